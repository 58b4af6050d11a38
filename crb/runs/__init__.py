"""Runs: one model on one benchmark under one configuration, as a directory that can be resumed, read and shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crb.runs.folder import open_run
    from crb.runs.run import Run

__all__ = ["Run", "open_run"]


def __getattr__(name: str) -> object:
    """Import on first use: a run needs pandas, listing commands does not."""
    if name in __all__:
        from crb.runs import folder

        return getattr(folder, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
