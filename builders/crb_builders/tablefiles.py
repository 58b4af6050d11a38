"""Tables that a user gives: Parquet, CSV, JSON Lines, each plain or (but Parquet) gzipped, as rows with their place."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from crb.errors import DataError

FORMATS = ".parquet, .csv, .jsonl, or the last two with .gz"
_BATCH = 2000


def read_rows(path: Path, needs: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of a file.

    Raises:
        DataError: the file is missing, of another kind, damaged, or lacks a column of `needs`.
    """
    kinds = path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:]
    try:
        if kinds == [".parquet"]:
            yield from _checked(_parquet(path), path, needs)
        elif kinds[:1] in ([".csv"], [".jsonl"], [".json"]):
            opened: Any = gzip.open if path.suffix == ".gz" else open
            with opened(path, "rt", encoding="utf-8", newline="") as file:
                yield from _checked(_csv(file) if kinds[0] == ".csv" else _json_lines(file, path), path, needs)
        else:
            raise DataError(f"no table: the name should end in {FORMATS}", file=path, todo="convert or rename it")
    except FileNotFoundError:
        raise DataError("the file does not exist", file=path, todo="check the path") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise DataError(f"the table cannot be read: {error}", file=path, todo="write or copy the file again") from error


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of files, for `Stage.depends`.

    Raises:
        DataError: one cannot be read.
    """
    found: dict[str, str] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                found[path.name] = found.get(path.name, "") + hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"the file cannot be read: {error.strerror}", file=path, todo="check the path") from error
    return found


def _checked(rows: Iterator[dict[str, Any]], path: Path, needs: Sequence[str]) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, start=1):
        for name in needs:
            if name not in row:
                raise DataError(
                    f"the column {name!r} is missing; there are: {', '.join(map(str, row))}",
                    file=path,
                    row=number,
                    field=name,
                    todo=f"give a table with the columns {', '.join(needs)}",
                )
        yield row


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from batch.to_pylist()
    except pa.ArrowInvalid as error:
        raise DataError(f"the Parquet file is damaged: {error}", file=path, todo="write or copy it again") from error


def _csv(file: TextIO) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(1 << 30)
    yield from csv.DictReader(file)


def _json_lines(file: TextIO | io.TextIOBase, path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"the line is not JSON: {error}", file=path, row=number, todo="mend the line") from error
        if not isinstance(row, dict):
            raise DataError("the line is no JSON object", file=path, row=number, todo="write one object to a line")
        yield row
