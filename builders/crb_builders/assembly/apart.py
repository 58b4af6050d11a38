"""Repositories that a dataset must not share: read from another dataset's files, or from plain lists.

A model that saw a repository in training knows its style and its names; a benchmark out of the same one measures
memory. Names are compared without case, as GitHub compares them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crb.errors import DataError
from crb_builders.sources.places import fingerprint

_COLUMN = "repository"


def files_below(places: Iterable[Path]) -> list[Path]:
    """All Parquet files, JSON lists and text lists at these places, in order.

    Raises:
        DataError: nothing there.
    """
    found: list[Path] = []
    for place in places:
        files = sorted(place.rglob("*.parquet")) if place.is_dir() else [place]
        if not files or not files[0].is_file():
            raise DataError(
                "nothing to stay apart from is here", file=place, todo="give Parquet files, or lists of owner/name"
            )
        found += files
    return found


def repositories(places: Iterable[Path]) -> frozenset[str]:
    """The repositories named at these places, in lower case.

    Raises:
        DataError: a file that cannot be read, or a Parquet file without the column.
    """
    names: set[str] = set()
    for file in files_below(places):
        names.update(str(name).strip().lower() for name in _names(file) if name)
    return frozenset(names)


def hashes(places: Iterable[Path]) -> dict[str, str]:
    """Content hashes of the files at these places, by position: for `Stage.depends`."""
    return {f"apart {number}": fingerprint(file) for number, file in enumerate(files_below(places))}


def _names(file: Path) -> Iterable[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if file.suffix == ".parquet":
            if _COLUMN not in pq.read_schema(file).names:
                raise DataError(
                    "the file names no repositories", file=file, field=_COLUMN, todo="give shards of commits"
                )
            names: list[Any] = pq.read_table(file, columns=[_COLUMN]).column(_COLUMN).unique().to_pylist()
            return names
        text = file.read_text(encoding="utf-8")
        found = json.loads(text) if file.suffix == ".json" else text.splitlines()
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise ValueError("a list of owner/name is wanted")
        return found
    except (OSError, ValueError, RecursionError, pa.ArrowException) as error:
        raise DataError(f"the file cannot be read: {error}", file=file, todo="give Parquet, JSON or text") from error
