"""The journal: what a run gets, as it comes, append-only, flushed to disk with every append.

The first line names the format and the configuration's fingerprint; each further line is one entry. A line that was
torn by a crash can only be the last one: it is cut off on opening, and what it held is asked for again. What an entry
is, a reading or an answer, is for a codec to say; a journal is read line by line and never held in memory as a whole,
since answers with their log-probabilities may come to gigabytes.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from crb.errors import CrbError, DataError
from crb.files import writing

FORMAT = 1
_BUFFER = 1 << 20
_ABSORB_BYTES = 1 << 24  # how much of a sibling's journal is taken over at a time

Record = dict[str, Any]


class Place(NamedTuple):
    """Where a line lies: file, first byte, bytes with the newline."""

    file: Path
    offset: int
    length: int


K = TypeVar("K")
V = TypeVar("V")
E = TypeVar("E")
V_contra = TypeVar("V_contra", contravariant=True)


class Codec(Protocol[K, V_contra, E]):
    """What one line holds."""

    def write(self, key: K, value: V_contra) -> Record:
        """The record of an entry."""
        ...

    def read(self, record: Record, place: Place) -> tuple[K, E]:
        """An entry's key and what is remembered of it. Raises ValueError, KeyError or TypeError on a damaged one."""
        ...

    def same(self, one: E, other: E) -> bool:
        """Whether two entries of one key answer the same question."""
        ...


class Journal(Generic[K, V, E]):
    """A run's journal, opened for reading back and appending; use it as a context manager.

    Args:
        path: the file; created with its header where it does not exist.
        fingerprint: the configuration's; a journal of another one is refused, unless it holds no entry yet: a start
            that failed before its first one binds nobody.
        codec: what the lines hold.

    Raises:
        DataError: the file belongs to another configuration or is damaged before its last line.
        CrbError: another process is writing it, or it cannot be written.
    """

    def __init__(self, path: Path, fingerprint: str, codec: Codec[K, V, E]) -> None:
        self.path = path
        self.repaired = False
        self.entries: dict[K, E] = {}
        self.replaced: list[dict[K, E]] = []
        """Entries whose key has a later line, which may answer another question; each by itself, oldest first."""
        self._codec = codec
        self._fingerprint = fingerprint
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)  # no buffer whose remains closing would write after a failure
        try:
            self._lock()
            self._open()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal[K, V, E]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, values: Mapping[K, V]) -> dict[K, E]:
        """Write entries and flush them to disk before returning; gives what is remembered of them."""
        return self._append_lines([_line(self._codec.write(key, value)) for key, value in values.items()])

    def absorb(self, other: Path, fingerprint: str | None = None) -> None:
        """Take over what another journal holds and this one does not: of a key its lines, so that its last one wins.

        A key is passed over where both hold an answer to the same question, and not only where both know it: what was
        asked anew under other words must not be lost. The other file is read twice, which spares the memory.

        Args:
            fingerprint: of the other one; a sibling has our own.
        """
        theirs = read_journal(other, fingerprint or self._fingerprint, self._codec)
        wanted = {
            key
            for key, entry in theirs.items()
            if key not in self.entries or not self._codec.same(self.entries[key], entry)
        }
        lines: list[bytes] = []
        size = 0
        for key, _, line in _entries(other, fingerprint or self._fingerprint, self._codec):
            if key not in wanted:
                continue
            lines.append(line)
            size += len(line)
            if size > _ABSORB_BYTES:
                self._append_lines(lines)
                lines, size = [], 0
        self._append_lines(lines)

    def _append_lines(self, lines: list[bytes]) -> dict[K, E]:
        offset = self._append(b"".join(lines))
        found: dict[K, E] = {}
        for line in lines:
            key, entry = self._codec.read(json.loads(line), Place(self.path, offset, len(line)))
            found[key] = entry
            self._remember(key, entry)
            offset += len(line)
        return found

    def _remember(self, key: K, entry: E) -> None:
        if key in self.entries:
            self.replaced.append({key: self.entries[key]})
        self.entries[key] = entry

    def _append(self, data: bytes) -> int:
        """Write, flush to disk, and tell where it begins."""
        size = os.fstat(self._file.fileno()).st_size
        with writing(self.path):
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) :]
                os.fsync(self._file.fileno())
            except OSError:
                os.ftruncate(self._file.fileno(), size)  # a full disk leaves no torn batch behind
                raise
        return size

    def _lock(self) -> None:
        taken = CrbError(
            "another process is writing this run",
            where=f"file {self.path}",
            todo="wait for it, or give this run another folder with --out",
        )
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise taken from error
        if os.fstat(self._file.fileno()).st_nlink == 0:  # a start that failed took it back between our opening and here
            raise taken

    def _open(self) -> None:
        """Read what is there, cut off a torn last line, and begin a journal that has no entry."""
        size = header = 0
        for row, record, place, _ in _sound_lines(self.path, self._fingerprint):
            size = place.offset + place.length
            if row == 1:
                header = size
                continue
            key, entry = _read(self._codec, record, place, row)
            self._remember(key, entry)
        if size < os.fstat(self._file.fileno()).st_size:
            with writing(self.path):
                os.ftruncate(self._file.fileno(), size)
            self.repaired = True
        if size == header:  # of an earlier start, perhaps of another configuration: it binds nobody
            with writing(self.path):
                os.ftruncate(self._file.fileno(), 0)
            self._append(_line({"journal": FORMAT, "fingerprint": self._fingerprint}))


def read_journal(path: Path, fingerprint: str, codec: Codec[K, V, E]) -> dict[K, E]:
    """What a journal holds that nobody is writing; a torn last line is left out."""
    return {key: entry for key, entry, _ in _entries(path, fingerprint, codec)}


def holds_entries(folder: Path) -> bool:
    """Whether any journal in a run's folder holds more than its header."""
    return any(row > 1 for file in folder.glob("journal*.jsonl") for row, *_ in _sound_lines(file, None))


def _entries(path: Path, fingerprint: str, codec: Codec[K, V, E]) -> Iterator[tuple[K, E, bytes]]:
    for row, record, place, line in _sound_lines(path, fingerprint):
        if row > 1:
            yield *_read(codec, record, place, row), line


def _sound_lines(path: Path, fingerprint: str | None) -> Iterator[tuple[int, Record, Place, bytes]]:
    """Row from 1, record, place and bytes of every line but a torn last one: without newline, or no JSON object.

    The header is checked where an entry follows it, against a fingerprint or (None) not at all.
    """
    header: Record = {}
    fault: DataError | None = None
    row = offset = 0
    with path.open("rb", buffering=_BUFFER) as file:
        for row, line in enumerate(file, start=1):
            if fault is not None:
                raise fault  # only the last line can be torn
            if not line.endswith(b"\n"):
                break
            try:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("the line is no JSON object")
            except (ValueError, RecursionError) as error:
                fault = _damaged(error, path, row)
                continue
            if row == 1:
                header = record
            elif row == 2 and fingerprint is not None:
                _check_header(header, path, fingerprint)
            yield row, record, Place(path, offset, len(line)), line
            offset += len(line)
    if header and header.get("journal") != FORMAT and fingerprint is not None:
        _check_header(header, path, fingerprint)  # a header alone is of a start that binds nobody, unless it is foreign


def _read(codec: Codec[K, V, E], record: Record, place: Place, row: int) -> tuple[K, E]:
    try:
        return codec.read(record, place)
    except (ValueError, KeyError, TypeError, OverflowError) as error:  # OverflowError: a score of 400 digits
        raise _damaged(error, place.file, row) from error


def _line(record: Record) -> bytes:
    def dump(*, ascii: bool) -> str:
        return json.dumps(record, ensure_ascii=ascii, allow_nan=False, separators=(",", ":"))

    try:
        return dump(ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, which a model may write and UTF-8 may not
        return dump(ascii=True).encode() + b"\n"


def _damaged(error: Exception, path: Path, row: int) -> DataError:
    return DataError(
        f"the journal is damaged: {error}",
        file=path,
        row=row,
        todo="restore the file, or delete this line: what it held will be asked for again",
    )


def _check_header(record: Mapping[str, Any], path: Path, fingerprint: str) -> None:
    try:
        format, stored = record["journal"], record["fingerprint"]
    except KeyError as error:
        raise _damaged(error, path, 1) from error
    if format != FORMAT:
        raise DataError(
            f"the journal has format {format}, this version reads {FORMAT}",
            file=path,
            row=1,
            todo="go on with the version that wrote it, or give this run another folder with --out",
        )
    if stored != fingerprint:
        raise DataError(
            f"the journal belongs to another configuration ({stored}, now {fingerprint})",
            file=path,
            row=1,
            field="fingerprint",
            todo="give this run another folder with --out, or repeat the settings in the folder's run.json",
        )
