"""A training set as batches of packed texts, each text with the row it stands in.

Every column counts that has text in it, alone, in lists or in structs (chat messages): a response may hide in any of
them, and a column of ids or of languages has no thirteen words in a row. Files are streamed; what is in memory at one
time is a batch. Arrow columns go to bytes without a Python object per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crb.benchmarks import layout
from crb.benchmarks.hub import is_hub_id, load_hub
from crb.benchmarks.sources import exists, looks_like_file, missing_path, read_file
from crb.errors import DataError, first_line, unknown_name
from crb.overlap.words import END, Bytes, Places, pack

_ROWS = 1024  # of a Parquet file or data set, at a time
_CHARACTERS = 1 << 22  # of JSON rows, at a time
_AGAIN = "write or copy the file again"


@dataclass(frozen=True)
class Batch:
    """Some texts of a training set.

    Attributes:
        packed: T texts, as `crb.overlap.words.pack` returns them.
        rows: the row each stands in, counted from 1 within `file`, shape (T,).
        file: the last name of the file, or the split.
        count: how many rows they come from.
    """

    packed: Bytes
    rows: Places
    file: str
    count: int


@dataclass(frozen=True)
class TrainSet:
    """An opened training set.

    Attributes:
        label: its hub id with the revision, or the last name of its path; never a path of this machine.
        batches: its texts, read as they are asked for.
    """

    label: str
    batches: Iterator[Batch]


def open_trainset(place: str | Path, columns: Sequence[str] = ()) -> TrainSet:
    """Open a file, a folder of files, a folder saved by `datasets`, or a data set on the hub.

    Args:
        place: the path, or `org/name[@revision]`. All configurations of a folder are read, of the hub the default one.
        columns: only these columns; all that hold text if empty.

    Raises:
        DataError: nothing there, or (while reading) a fault in it; names file and row.
        UsageError: while reading, a column is not there or holds no text.
    """
    path = Path(place)
    if exists(path):
        if path.is_file():
            return TrainSet(path.name, _file(path, columns))
        name = path.resolve().name
        if layout.is_saved_dataset(path):
            return TrainSet(name, _saved(path, columns))
        files = layout.every_file(path)
        if not files:
            todo = f"give a folder with {', '.join(layout.SUFFIXES)} files, or one written by datasets.save_to_disk"
            raise DataError("the folder holds no data file", file=path, todo=todo)
        return TrainSet(name, (batch for file in files for batch in _file(file, columns)))
    hub_id = path.as_posix()
    if is_hub_id(hub_id) and not looks_like_file(hub_id):
        note = " (nor is there a file or folder of that name here)"
        label, data = load_hub(hub_id, instead="give DIR as the training set", note=note)
        return TrainSet(label, _splits(data, columns, label))
    raise missing_path(path)


def _file(path: Path, columns: Sequence[str]) -> Iterator[Batch]:
    if path.suffix.lower() != ".parquet":
        yield from _json(path, columns)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as parquet:
            schema = parquet.schema_arrow
            wanted = _wanted(schema, columns, str(path))
            found = parquet.iter_batches(batch_size=_ROWS, columns=wanted)
            yield from _arrow(found, path.name)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"the file is not readable as Parquet: {first_line(error)}", file=path, todo=_AGAIN) from error


def _saved(folder: Path, columns: Sequence[str]) -> Iterator[Batch]:
    import pyarrow as pa
    from datasets import load_from_disk

    try:
        yield from _splits(load_from_disk(str(folder)), columns, folder.name)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"the folder written by datasets.save_to_disk cannot be read: {type(error).__name__}"
        todo = "save or copy the folder again, with all its files"
        raise DataError(f"{what}: {first_line(error)}", file=folder, todo=todo) from error


def _splits(data: Any, columns: Sequence[str], label: str) -> Iterator[Batch]:
    splits = data.items() if isinstance(data, dict) else [("", data)]
    for name, split in splits:
        wanted = _wanted(split.features.arrow_schema, columns, label)
        tables = split.select_columns(wanted).with_format("arrow").iter(batch_size=_ROWS)
        yield from _arrow((part for table in tables for part in table.to_batches()), name or label)


def _arrow(batches: Iterable[Any], file: str) -> Iterator[Batch]:
    seen = 0
    for batch in batches:
        rows = np.arange(seen + 1, seen + 1 + batch.num_rows)
        leaves = [leaf for column in batch.columns for leaf in _leaves(column, rows)]
        packed = [_packed(texts) for texts, _ in leaves] or [pack([])]
        of_rows = [numbers for _, numbers in leaves] or [rows[:0]]
        yield Batch(np.concatenate(packed), np.concatenate(of_rows), file, batch.num_rows)
        seen += batch.num_rows


def _leaves(column: Any, rows: Places) -> Iterator[tuple[Any, Places]]:
    """The arrays of text in a column, and the row of each text."""
    import pyarrow as pa

    pc = _compute()
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield from _leaves(column.dictionary_decode(), rows)
    elif _is_text(kind):
        yield column, rows
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(column.flatten(), rows[pc.list_parent_indices(column).to_numpy(zero_copy_only=False)])
    elif pa.types.is_struct(kind):
        for part in column.flatten():
            yield from _leaves(part, rows)


def _packed(texts: Any) -> Bytes:
    """A text array as packed bytes: Arrow appends the ends, and its buffer is ours."""
    import pyarrow as pa

    pc = _compute()
    end = bytes([END])
    texts.validate(full=True)  # a damaged file can hold offsets that point outside its buffers
    plain = pc.fill_null(texts.cast(pa.large_binary()), b"")
    joined = pc.binary_join_element_wise(plain, pa.scalar(b"", pa.large_binary()), pa.scalar(end, pa.large_binary()))
    _, offsets, content = joined.buffers()
    first, last = np.frombuffer(offsets, dtype=np.int64)[[joined.offset, joined.offset + len(joined)]]
    found = np.frombuffer(content, dtype=np.uint8)[first:last] if content is not None else np.empty(0, dtype=np.uint8)
    if np.count_nonzero(found == END) != len(texts):
        return _packed(pc.replace_substring(plain, pattern=end, replacement=b" "))
    return found


def _compute() -> Any:
    """Arrow's functions, which it makes when it is imported: no type checker sees them."""
    import pyarrow.compute

    return pyarrow.compute


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _holds_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return any(_holds_text(kind.field(place).type) for place in range(kind.num_fields))
    if pa.types.is_dictionary(kind) or hasattr(kind, "value_type"):
        return _holds_text(kind.value_type)
    return _is_text(kind)


def _wanted(schema: Any, columns: Sequence[str], file: str) -> list[str]:
    texts = [field.name for field in schema if _holds_text(field.type)]
    for name in columns:
        if name not in texts:
            raise unknown_name("column of text", name, texts, todo="see --columns")
    if not texts:
        raise DataError("no column holds text", file=file, todo="give a training set with columns of text")
    return list(columns) or texts


def _json(path: Path, columns: Sequence[str]) -> Iterator[Batch]:
    texts: list[str] = []
    rows: list[int] = []
    size = count = 0
    for row in read_file(path):
        for name in columns:
            if name not in row.values:
                raise unknown_name("column", name, row.columns, todo=f"see --columns; row {row.number} of {path.name}")
        found = [text for name in (columns or row.values) for text in _strings(row.values[name])]
        texts += found
        rows += [row.number] * len(found)
        size += sum(map(len, found))
        count += 1
        if size >= _CHARACTERS:
            yield Batch(pack(texts), np.array(rows, dtype=np.int64), path.name, count)
            texts, rows, size, count = [], [], 0, 0
    yield Batch(pack(texts), np.array(rows, dtype=np.int64), path.name, count)


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
