"""Rows of Parquet files, of folders written by `datasets.save_to_disk`, and of loaded data sets.

Only the columns asked for are read, by default the benchmark's. Every column is validated in full before its values
are used: a damaged file can hold offsets that point outside its buffers, and text that is not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.benchmarks.rows import COLUMNS, Row
from crb.errors import DataError, first_line

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

_BATCH = 1024  # rows
_WRITE_AGAIN = "write or copy the file again"


def read_parquet(path: Path, columns: Sequence[str] = COLUMNS) -> Iterator[Row]:
    """The rows of a Parquet file, with those of `columns` that it has.

    Raises:
        DataError: the file is cut short, damaged, or no Parquet at all.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    seen = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as parquet:
            names = parquet.schema_arrow.names
            wanted = _wanted(names, str(path), columns)
            if not wanted:  # without columns there would be no batches, and the missing columns would go unreported
                yield from (Row(str(path), number + 1, {}, names) for number in range(parquet.metadata.num_rows))
                return
            for batch in parquet.iter_batches(batch_size=_BATCH, columns=wanted):
                yield from _batch_rows(batch, str(path), seen + 1, names)
                seen += batch.num_rows
            expected = parquet.metadata.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(_parquet_fault(path, error), file=path, todo=_WRITE_AGAIN) from error
    if seen != expected:
        raise DataError(
            f"the Parquet file announces {expected} rows and holds {seen}: it is damaged", file=path, todo=_WRITE_AGAIN
        )


def read_saved(folder: Path, split: str | None = None, columns: Sequence[str] = COLUMNS) -> Iterator[Row]:
    """The rows of a folder written by `datasets.save_to_disk`: of all its splits, or of `split` where it has that.

    Raises:
        DataError: the folder is damaged or incomplete.
    """
    import pyarrow as pa
    from datasets import load_from_disk

    try:
        yield from dataset_rows(load_from_disk(str(folder)), str(folder), split, columns)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        # The library checks nothing in the folder's JSON files: a damaged one surfaces as any of these.
        raise DataError(
            f"the folder written by datasets.save_to_disk cannot be read: {type(error).__name__}: {first_line(error)}",
            file=folder,
            todo="save or copy the folder again, with all its files",
        ) from error


def dataset_rows(
    data: Dataset | DatasetDict, label: str, split: str | None = None, columns: Sequence[str] = COLUMNS
) -> Iterator[Row]:
    """The rows of a loaded data set called `label`: of all its splits, or of `split` where it has that."""
    if isinstance(data, dict):
        for name in [split] if split in data else list(data):
            yield from _split_rows(data[name], f"{label} split {name}", columns)
    else:
        yield from _split_rows(data, label, columns)


def _split_rows(dataset: Dataset, label: str, columns: Sequence[str]) -> Iterator[Row]:
    names = dataset.column_names
    wanted = _wanted(names, label, columns)
    if not wanted:
        yield from (Row(label, number + 1, {}, names) for number in range(len(dataset)))
        return
    seen = 0
    tables: Any = dataset.select_columns(wanted).with_format("arrow").iter(batch_size=_BATCH)
    for table in tables:
        for batch in table.to_batches():
            yield from _batch_rows(batch, label, seen + 1, names)
            seen += batch.num_rows


def _wanted(names: list[str], file: str, columns: Sequence[str]) -> list[str]:
    for name in columns:
        if names.count(name) > 1:
            raise DataError("the column stands there twice", file=file, field=name, todo="keep one of them")
    return [name for name in columns if name in names]


def _batch_rows(batch: Any, file: str, first: int, names: Collection[str]) -> Iterator[Row]:
    values = {name: _values(batch.column(name), file, first, name) for name in batch.schema.names}
    for index in range(batch.num_rows):
        yield Row(file, first + index, {name: column[index] for name, column in values.items()}, names)


def _values(column: Any, file: str, first: int, name: str) -> list[Any]:
    import pyarrow as pa

    try:
        column.validate(full=True)
        return list(column.to_pylist())
    except (pa.ArrowException, ValueError, OverflowError) as error:
        at = re.search(r"string index (\d+)", str(error))  # how Arrow says where text is not UTF-8
        raise DataError(
            f"the column cannot be read: {first_line(error)}",
            file=file,
            row=first + int(at[1]) if at else None,
            field=name,
            todo=_WRITE_AGAIN,
        ) from error


def _parquet_fault(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        if file.read(4) != b"PAR1":
            return "the file is not Parquet (it does not begin with PAR1)"
        file.seek(-4, 2)
        tail = file.read(4)
    if tail != b"PAR1":
        return "the Parquet file is cut short (it does not end with PAR1)"
    return f"the Parquet file is damaged: {first_line(error)}"
