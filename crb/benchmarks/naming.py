"""What the content of a file is called, for formats that read any file: a plain word, and no registered name."""

from __future__ import annotations

from crb import registry
from crb.names import plain_word


def content_name(stem: str, form: str) -> str:
    """The name of what a format reads from a file, never that of a registered benchmark.

    Args:
        stem: the file's or folder's name without its ending, or the last part of a hub id.
        form: the registered name of the format.
    """
    word = plain_word(stem, f"{form}-data")
    return f"{form}-{word}" if word in registry.names(registry.BENCHMARKS) else word
