"""Folders of the user's that `crb` writes to: data that must stay (imported prompts) and caches that may go."""

from __future__ import annotations

import os
from pathlib import Path

from crb.errors import UsageError


def data_folder() -> Path:
    """`$CRB_HOME`, else `$XDG_DATA_HOME/crb`, else `~/.local/share/crb`; it need not exist.

    Raises:
        UsageError: there is no home folder.
    """
    return _folder("CRB_HOME", "XDG_DATA_HOME", ".local/share")


def cache_folder() -> Path:
    """`$CRB_CACHE`, else `$XDG_CACHE_HOME/crb`, else `~/.cache/crb`; it need not exist.

    Raises:
        UsageError: there is no home folder.
    """
    return _folder("CRB_CACHE", "XDG_CACHE_HOME", ".cache")


def _folder(own: str, xdg: str, default: str) -> Path:
    try:
        if chosen := os.environ.get(own):
            return Path(chosen).expanduser()
        base = Path(os.environ.get(xdg, ""))
        # The XDG specification has relative paths ignored.
        return (base if base.is_absolute() else Path.home() / default) / "crb"
    except RuntimeError as error:  # a user whom the machine does not know, as in many containers
        todo = f"set {own} to a folder that can be written to"
        raise UsageError("there is no home folder", where=f"environment variable {own}", todo=todo) from error
