"""candidates.parquet: one row per candidate, with all that a metric needs to compute its figures again; no texts.

Columns: `item`, `candidate`, `grade`, `score` (NaN where there is none), `status`, `criterion`, `language`, `subset`,
then a column `fact.<name>` per fact of the items. Rows stand in the benchmark's order, an item's candidates together.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crb.errors import DataError
from crb.files import write_bytes
from crb.items import Candidate, Item
from crb.readings import Reading
from crb.requests import Key
from crb.runs.columns import read_columns
from crb.vocabulary import Criterion, Language, Status

_COLUMNS = ("item", "candidate", "grade", "score", "status", "criterion", "language", "subset")
_NUMBERS = ("grade", "score")
_TEXTS = tuple(name for name in _COLUMNS if name not in _NUMBERS)
_FACT = "fact."
_TODO = "repeat the crb run command of this run"
_UNREAD = Reading(Status.ERROR, reason="not scored")


def write_candidates(path: Path, items: Sequence[Item], readings: Mapping[Key, Reading]) -> None:
    """Write the candidates of all items, scored or not, in one step."""
    facts = sorted({name for item in items for name, _ in item.facts})
    rows: list[dict[str, Any]] = []
    for item in items:
        shared = {
            "item": item.id,
            "criterion": item.criterion.value if item.criterion else None,
            "language": item.language.value if item.language else None,
            "subset": item.subset,
            **{f"{_FACT}{name}": item.fact(name) for name in facts},
        }
        for candidate in item.candidates:
            reading = readings.get((item.id, candidate.id), _UNREAD)
            rows.append(
                {
                    **shared,
                    "candidate": candidate.id,
                    "grade": candidate.grade,
                    "score": float("nan") if reading.score is None else reading.score,
                    "status": reading.status.value,
                }
            )
    numbers: dict[str, pa.DataType] = dict.fromkeys(_NUMBERS, pa.float64())
    names = [*_COLUMNS, *(f"{_FACT}{name}" for name in facts)]
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in names])
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer)
    write_bytes(path, buffer.getvalue())


def read_candidates(path: Path) -> tuple[tuple[Item, ...], dict[Key, Reading]]:
    """The items, without their texts, and the readings of a candidates.parquet.

    Raises:
        DataError: the file is missing, is not Parquet, lacks a column, or holds a value that cannot stand there.
    """
    table = read_columns(path, texts=_TEXTS, numbers=_NUMBERS, also=(_FACT,), todo=_TODO)
    items: list[Item] = []
    readings: dict[Key, Reading] = {}
    numbered = enumerate(table.to_pylist(), start=1)
    for id, group in groupby(numbered, key=lambda numbered: numbered[1]["item"]):
        candidates = []
        row: dict[str, Any] = {}
        for number, row in group:
            try:
                candidate = Candidate(row["candidate"], "", float(row["grade"]))
                key = (id, candidate.id)
                if None in key or key in readings or not math.isfinite(candidate.grade):
                    raise ValueError("item and candidate name it, once, and its grade is a finite number")
                status = Status(row["status"])
                reading = Reading(status, float(row["score"])) if status.scored else Reading(status)
            except (TypeError, ValueError) as error:
                raise DataError(f"the row cannot be used: {error}", file=path, row=number, todo=_TODO) from error
            candidates.append(candidate)
            readings[key] = reading
        items.append(_item(id, row, tuple(candidates), path))
    return tuple(items), readings


def _item(id: str, row: Mapping[str, Any], candidates: tuple[Candidate, ...], path: Path) -> Item:
    names = {"criterion": Criterion, "language": Language}
    for column, known in names.items():
        if row[column] is not None and row[column] not in list(known):
            raise DataError(f"unknown {column} {row[column]!r}", file=path, field=column, todo=_TODO)
    return Item(
        id,
        "",
        candidates,
        criterion=Criterion(row["criterion"]) if row["criterion"] else None,
        language=Language(row["language"]) if row["language"] else None,
        subset=row["subset"],
        facts=tuple(
            (name.removeprefix(_FACT), value)
            for name, value in row.items()
            if name.startswith(_FACT) and value is not None
        ),
    )
