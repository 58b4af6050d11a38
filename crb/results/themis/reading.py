"""Reading one model of the published layout: a folder with results.json and scores.parquet.

Both are read for what they hold, not for what they ought to: types, names and ranges are checked, agreement is not.
Whether the printed figures follow from the scores is `comparing.py`'s question, and a file whose figures are wrong is
still imported, with the disagreement told. The columns are read by name without pandas' own notes in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from crb.errors import DataError
from crb.results.documents import check_size, fault, shown
from crb.results.text import text_fault
from crb.vocabulary import Criterion, Language, Status

SCORES = "scores.parquet"
RESULTS = "results.json"
SIDES = ("chosen", "rejected")
NUMBERS = ("chosen_score", "rejected_score", "score_diff")
LABELS = ("language", "aspect", "subset")
FLAGS = ("chosen_parse_failed", "rejected_parse_failed")
_MOST_ROWS = 1_000_000
_LARGEST = 500_000_000  # bytes
_TODO = "get the file again from where it was published"


@dataclass(frozen=True)
class ThemisModel:
    """One model of the published layout, as it stands in its files.

    Attributes:
        folder: the folder; its name is the name under which the model is published.
        name: its hub id.
        pairs: a pairs frame in the file's order (see `crb.statistics.pairs`).
        printed: the columns `correct` (bool) and `score_diff` (float64) of the file, indexed as `pairs`.
        results: the content of results.json.
    """

    folder: Path
    name: str
    pairs: pd.DataFrame = field(repr=False)
    printed: pd.DataFrame = field(repr=False)
    results: dict[str, Any] = field(repr=False)


def read_pairs(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs frame of a published scores.parquet, and its columns `correct` and `score_diff`.

    A score that is not finite is none: of status `unparsed` where the file says that parsing failed, else `error`.

    Raises:
        DataError: not readable, a column is missing or of another type, or a name or id is not one; with the row.
    """
    table = _table(path)
    ids = _texts(table, "id", path)
    index = pd.Index(ids, name="id", dtype=object)
    if not index.is_unique:
        row = int(np.flatnonzero(index.duplicated())[0])
        raise fault(path, (row, "id"), f"the id {ids[row]!r} stands twice", _TODO)
    numbers = {name: _floats(table, name, path) for name in NUMBERS}
    columns: dict[str, Any] = {}
    for side, flag in zip(SIDES, FLAGS, strict=True):
        score = numbers[f"{side}_score"]
        failed = _flags(table, flag, path) if flag in table.column_names else np.zeros(len(score), dtype=np.bool_)
        finite = np.isfinite(score)
        unscored = np.where(failed, Status.UNPARSED.value, Status.ERROR.value)
        columns[f"{side}_score"] = np.where(finite, score, np.nan)
        columns[f"{side}_status"] = np.where(finite, Status.OK.value, unscored).astype(object)
    columns["criterion"] = _named(table, "aspect", path, Criterion)
    columns["language"] = _named(table, "language", path, Language)
    columns["subset"] = _texts(table, "subset", path)
    order = [f"{side}_{what}" for what in ("score", "status") for side in SIDES] + ["criterion", "language", "subset"]
    frame = pd.DataFrame({name: columns[name] for name in order}, index=index)
    for name in order[2:]:
        frame[name] = frame[name].astype(object)
    printed = pd.DataFrame(
        {"correct": _flags(table, "correct", path), "score_diff": numbers["score_diff"]}, index=index
    )
    return frame, printed


def _table(path: Path) -> pa.Table:
    try:
        check_size(path, _LARGEST)
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            if not 0 < rows <= _MOST_ROWS:
                raise DataError(f"the file says that it has {rows} rows", file=path, todo=_TODO)
            names = set(file.schema_arrow.names)
            wanted = [name for name in ("id", *NUMBERS, "correct", *LABELS, *FLAGS) if name in names]
            for name in ("id", *NUMBERS, "correct", *LABELS):
                if name not in names:
                    raise DataError("a column is missing", file=path, field=name, todo=_TODO)
            table = file.read(columns=wanted, use_threads=False)
            table.validate(full=True)
    except FileNotFoundError:
        raise DataError("the file does not exist", file=path, todo=_TODO) from None
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise DataError(
            f"the file is not readable as Parquet: {shown(str(error), 300)}", file=path, todo=_TODO
        ) from error
    return table


def _column(table: pa.Table, name: str, path: Path) -> pa.ChunkedArray:
    if table.column_names.count(name) != 1:
        raise DataError("the column stands twice", file=path, field=name, todo=_TODO)
    column = table.column(name)
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _floats(table: pa.Table, name: str, path: Path) -> npt.NDArray[np.float64]:
    column = _column(table, name, path)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise DataError(f"the column holds {column.type}, not numbers", file=path, field=name, todo=_TODO)
    return cast("npt.NDArray[np.float64]", column.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan))


def _flags(table: pa.Table, name: str, path: Path) -> npt.NDArray[np.bool_]:
    column = _column(table, name, path)
    if not pa.types.is_boolean(column.type):
        raise DataError(f"the column holds {column.type}, not true and false", file=path, field=name, todo=_TODO)
    _no_null(column, name, path)
    return cast("npt.NDArray[np.bool_]", column.to_pandas().to_numpy(dtype=np.bool_))


def _texts(table: pa.Table, name: str, path: Path) -> list[str]:
    column = _column(table, name, path)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise DataError(f"the column holds {column.type}, not text", file=path, field=name, todo=_TODO)
    _no_null(column, name, path)
    found = cast("list[str]", column.to_pylist())
    faults = {text: wrong for text in set(found) if (wrong := text_fault(text) or (None if text else "it is empty"))}
    if faults:
        row = next(row for row, text in enumerate(found) if text in faults)
        raise fault(path, (row, name), faults[found[row]], _TODO)
    return found


def _no_null(column: pa.ChunkedArray, name: str, path: Path) -> None:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_pandas().to_numpy())[0])
        raise fault(path, (row, name), "the value is null", _TODO)


def _named(table: pa.Table, name: str, path: Path, vocabulary: type[Criterion] | type[Language]) -> list[str]:
    found = _texts(table, name, path)
    words = {text: vocabulary.parse(text) for text in set(found)}
    if None in words.values():
        row = next(row for row, text in enumerate(found) if words[text] is None)
        raise fault(path, (row, name), f"unknown {name} {shown(found[row])!r}", _TODO)
    return [str(words[text]) for text in found]
