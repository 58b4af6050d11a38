"""scores.parquet: one row per pair, in the published layout plus statuses.

Columns: index `id`; `chosen_score`, `rejected_score` (NaN where unscored), `correct`, `score_diff`, `language`,
`aspect`, `subset` as published, then `chosen_status`, `rejected_status`. The types are fixed, whatever stands in the
rows and whichever pandas writes them: the bytes depend on the readings alone.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from crb.errors import DataError
from crb.files import write_bytes
from crb.items import CHOSEN, REJECTED, Item
from crb.readings import Reading
from crb.requests import Key
from crb.runs.columns import read_columns
from crb.vocabulary import Criterion, Status

PUBLISHED = ["chosen_score", "rejected_score", "correct", "score_diff", "language", "aspect", "subset"]
STATUSES = ["chosen_status", "rejected_status"]
_TODO = "repeat the run or the export"


def pairs_frame(items: Iterable[Item], readings: Mapping[Key, Reading]) -> pd.DataFrame:
    """The pairs frame of a benchmark's pairs: every pair has a row, scored or not.

    Returns:
        Index `id`; chosen_score, rejected_score, chosen_status, rejected_status, criterion, language, subset.
    """
    missing = Reading(Status.ERROR, reason="not scored")
    rows = []
    for item in items:
        chosen = readings.get((item.id, CHOSEN), missing)
        rejected = readings.get((item.id, REJECTED), missing)
        rows.append(
            {
                "id": item.id,
                "chosen_score": float("nan") if chosen.score is None else chosen.score,
                "rejected_score": float("nan") if rejected.score is None else rejected.score,
                "chosen_status": chosen.status.value,
                "rejected_status": rejected.status.value,
                "criterion": item.criterion.value if item.criterion else None,
                "language": item.language.value if item.language else None,
                "subset": item.subset,
            }
        )
    frame = pd.DataFrame(rows).set_index("id")
    return frame.astype({"chosen_score": "float64", "rejected_score": "float64"})


def write_scores(path: Path, pairs: pd.DataFrame) -> None:
    """Write a pairs frame as scores.parquet, in one step."""
    aspects = [_aspect(value) for value in pairs["criterion"]]
    table = pairs.assign(
        correct=pairs["chosen_score"] > pairs["rejected_score"],
        score_diff=pairs["chosen_score"] - pairs["rejected_score"],
        aspect=pd.Series(aspects, index=pairs.index, dtype="object"),
    )
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table, schema=_schema()), buffer)
    write_bytes(path, buffer.getvalue())


def read_scores(path: Path) -> pd.DataFrame:
    """The pairs frame of a scores.parquet, ours or a published one (which has no statuses).

    Raises:
        DataError: the file is missing, is not Parquet, lacks a column, or holds lists in one.
    """
    read = read_columns(path, texts=(), numbers=(), also=(), todo=_TODO)
    for column in ("id", *PUBLISHED):
        if column not in read.column_names:
            raise DataError("a column is missing", file=path, field=column, todo=_TODO)
    for field in read.schema:  # what else may be wrong in the values, the doctor tells and the statistics refuse
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            raise DataError(f"the column holds {field.type}", file=path, field=field.name, todo=_TODO)
    table: pd.DataFrame = read.to_pandas().set_index("id")
    for side in ("chosen", "rejected"):
        if f"{side}_status" not in table.columns:
            unscored = table[f"{side}_score"].isna()
            table[f"{side}_status"] = unscored.map({True: Status.UNPARSED.value, False: Status.OK.value})
    names = [value for value in table["aspect"].unique() if isinstance(value, str)]
    spelled = {name: str(Criterion.parse(name) or name) for name in names}
    criteria = [spelled.get(value) for value in table["aspect"].to_numpy(dtype=object)]
    table["criterion"] = pd.Series(criteria, index=table.index, dtype="object")
    return table[["chosen_score", "rejected_score", *STATUSES, "criterion", "language", "subset"]]


def _schema() -> pa.Schema:
    score, text = pa.float64(), pa.string()
    kinds = {"chosen_score": score, "rejected_score": score, "score_diff": score, "correct": pa.bool_()}
    return pa.schema([(name, kinds.get(name, text)) for name in (*PUBLISHED, *STATUSES, "id")])


@functools.cache  # five words, thousands of rows
def _aspect(criterion: object) -> str | None:
    return Criterion(criterion).aspect if isinstance(criterion, str) else None
