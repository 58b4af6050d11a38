"""The tables of a run, checked before their values are used: a copy may be damaged, and anybody may have edited one.

Every column is validated in full: a damaged Parquet file can hold offsets that point outside its buffers, and text
that is not UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crb.errors import DataError


def read_columns(
    path: Path, *, texts: Sequence[str], numbers: Sequence[str], also: tuple[str, ...], todo: str
) -> pa.Table:
    """The table in a Parquet file of a run, without what pandas noted in it.

    Args:
        path: the file.
        texts: columns that it must have, of text or null.
        numbers: columns that it must have, of numbers or null.
        also: columns whose names begin so hold text too, where there are any.
        todo: the next step where it cannot be used.

    Raises:
        DataError: the file is missing or is not Parquet, or a column is missing, of another type, or there twice.
    """
    if not path.is_file():
        raise DataError("the run has no scores yet", file=path, todo="finish the run: repeat its crb run command")
    try:
        table = pq.read_table(path)
        table.validate(full=True)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataError(f"the file is not readable as Parquet: {error}", file=path, todo=todo) from error
    names = table.column_names
    for name in (*texts, *numbers):
        if name not in names:
            raise DataError("a column is missing", file=path, field=name, todo=todo)
    for name in names:
        if names.count(name) > 1:
            raise DataError("the column stands twice", file=path, field=name, todo=todo)
    texts = [*texts, *(name for name in names if name.startswith(also))]
    for name in (*texts, *numbers):
        kind = table.schema.field(name).type
        if not (_is_text(kind) if name in texts else pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            what = "text" if name in texts else "numbers"
            raise DataError(f"the column holds {kind}, not {what}", file=path, field=name, todo=todo)
    return table.replace_schema_metadata(None)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))
