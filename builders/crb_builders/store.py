"""Shards on disk: Parquet files that appear whole, under names that say what they were made from.

A part of the work is done when its record is there, and the record is written last: kept rows, rejects, record. So a
kill at any moment leaves a part done or not done, and what is done is never computed twice. The name of a part is the
hash of everything that decides it, so a changed setting never meets old rows, and an unchanged one finds them again.

    OUT/<step>/shards/<part>.parquet     kept rows
    OUT/<step>/rejects/<part>.parquet    dropped rows, with their reason; only where there are some
    OUT/<step>/records/<part>.json       counts, seconds and the SHA-256 of the kept rows' file
    OUT/<step>/manifest.json             the finished step: all of this added up, and the shards in their order
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crb.errors import DataError
from crb.files import read_json, write_json, writing

_OF_PARTS = ("shards", "rejects", "records")
_AGAIN = "remove the file and run the same command again: what is missing is made again"


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file of rows.

    Attributes:
        path: where it lies.
        rows: how many rows it has.
        sha256: of the file.
    """

    path: Path
    rows: int
    sha256: str

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Its rows, or some columns of them.

        Raises:
            DataError: the file is missing, damaged or without such a column.
        """
        try:
            with pq.ParquetFile(self.path) as file:
                if missing := set(columns or ()) - set(file.schema_arrow.names):
                    raise DataError(
                        f"the shard has no column {min(missing)!r}; it has: {', '.join(file.schema_arrow.names)}",
                        file=self.path,
                        field=min(missing),
                        todo="put a stage that adds the column before this one",
                    )
                return file.read(columns=list(columns) if columns is not None else None, use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"the shard cannot be read: {error}", file=self.path, todo=_AGAIN) from error

    def schema(self) -> pa.Schema:
        """Its columns.

        Raises:
            DataError: the file is missing or damaged.
        """
        try:
            return pq.read_schema(self.path)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"the shard cannot be read: {error}", file=self.path, todo=_AGAIN) from error


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a part that is done.

    Attributes:
        part: its name.
        seen, kept: rows looked at and rows kept.
        reasons: dropped rows by reason.
        seconds: that it took.
        sha256: of the kept rows' file.
    """

    part: str
    seen: int
    kept: int
    seconds: float
    sha256: str
    reasons: Mapping[str, int] = field(default_factory=dict)


class Place:
    """A step's folder: where parts are written and found again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, part: str, kept: pa.Table, rejected: pa.Table | None, *, seen: int, seconds: float) -> Record:
        """Put a part on disk; it is done when this returns."""
        with self.writer(part) as writer:
            writer.add(kept, rejected, seen)
            return writer.close(seconds)

    def writer(self, part: str) -> PartWriter:
        """Put a part on disk piece by piece; without `close` nothing is left."""
        return PartWriter(self, part)

    def find(self, part: str) -> Record | None:
        """The record of a part that is done, else None.

        Raises:
            DataError: the record is damaged, or of another version.
        """
        path = self.record_path(part)
        if not path.is_file() or not self.shard_path(part).is_file():
            return None
        try:
            return Record(**read_json(path))
        except TypeError as error:
            raise DataError("the file is no record of this version", file=path, todo=_AGAIN) from error

    def shard(self, record: Record) -> Shard:
        """The kept rows of a part."""
        return Shard(self.shard_path(record.part), record.kept, record.sha256)

    def shard_path(self, part: str) -> Path:
        return self.folder / "shards" / f"{part}.parquet"

    def reject_path(self, part: str) -> Path:
        return self.folder / "rejects" / f"{part}.parquet"

    def record_path(self, part: str) -> Path:
        return self.folder / "records" / f"{part}.json"

    def keep_only(self, parts: Iterable[str]) -> None:
        """Remove what other settings left behind, and what a kill left half written."""
        names = set(parts)
        for kind in ("", "units", *_OF_PARTS):
            for path in (self.folder / kind).glob("*") if (self.folder / kind).is_dir() else ():
                if path.name.startswith(".") and path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif path.name.startswith(".") or (kind in _OF_PARTS and path.stem not in names):
                    path.unlink(missing_ok=True)


class PartWriter:
    """Writes a part in pieces, one row group each, so that only one piece is in memory. A context manager."""

    def __init__(self, place: Place, part: str) -> None:
        self._place, self._part = place, part
        self._kept = TableWriter(place.shard_path(part))
        self._rejected: TableWriter | None = None
        self._seen = 0
        self._reasons: Counter[str] = Counter()

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.abandon()

    def abandon(self) -> None:
        """Remove what was written, unless the part is closed."""
        self._kept.abandon()
        if self._rejected is not None:
            self._rejected.abandon()

    def add(self, kept: pa.Table, rejected: pa.Table | None, seen: int) -> None:
        """Write a piece."""
        self._kept.write(kept)
        self._seen += seen
        if rejected is not None and rejected.num_rows:
            self._rejected = self._rejected or TableWriter(self._place.reject_path(self._part))
            self._rejected.write(rejected)
            self._reasons.update(rejected.column("reason").to_pylist())

    def adds_nothing_to(self, before: Record) -> bool:
        """Whether nothing was seen, and nothing dropped for a reason that the part before does not have as well."""
        return not self._seen and not self._kept.rows and self._reasons.keys() <= before.reasons.keys()

    def close(self, seconds: float) -> Record:
        """Make the part appear: rows, rejects, and the record last."""
        if self._rejected is not None:
            self._rejected.close()
        sha256 = self._kept.close()
        reasons = dict(sorted(self._reasons.items()))
        record = Record(self._part, self._seen, self._kept.rows, round(seconds, 4), sha256, reasons)
        write_json(self._place.record_path(self._part), asdict(record))
        return record


class TableWriter:
    """A Parquet file that appears in one step, when it is closed. Equal rows in equal pieces give equal bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._writer: pq.ParquetWriter | None = None
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            self._file = os.fdopen(handle, "r+b")
        self._name = Path(name)

    def write(self, rows: pa.Table) -> None:
        """Add a row group; an empty table only tells the columns."""
        plain = rows.combine_chunks().replace_schema_metadata(None)  # one chunk: the bytes depend on the rows alone
        with writing(self.path):
            if self._writer is None:
                self._writer = pq.ParquetWriter(
                    self._file,
                    plain.schema,
                    compression="zstd",
                    use_dictionary=False,
                    write_page_checksum=True,
                )
            if plain.num_rows:
                self._writer.write_table(plain)
        self.rows += plain.num_rows

    def close(self) -> str:
        """Finish the file and give it its name. Returns its SHA-256."""
        with writing(self.path):
            if self._writer is not None:
                self._writer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.seek(0)
            sha256 = hashlib.file_digest(self._file, "sha256").hexdigest()
            self._file.close()
            self._name.chmod(0o644)
            self._name.replace(self.path)
        return sha256

    def abandon(self) -> None:
        """Remove what was written, unless the file has its name already."""
        if self._writer is not None and self._writer.is_open:
            with contextlib.suppress(OSError, ValueError):  # a full disk, again
                self._writer.close()  # left open, it would write once more when it is collected
        self._file.close()
        self._name.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder that appears at `path` in one step when the block is through; an older one there goes."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield made
        with writing(path):
            made.chmod(0o755)
            remove_folder(path)
            made.replace(path)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Remove a folder whose name tells what is in it: it loses its name first, so that a kill leaves no half of it."""
    if not path.is_dir():
        return
    hidden = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    path.replace(hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def digest(*parts: Any) -> str:
    """A short hash of JSON values: the name of whatever they decide."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def tables(shards: Iterable[Shard], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The shards' rows, one shard in memory at a time."""
    for shard in shards:
        yield shard.read(columns)
