"""`--items`: the coreset, or the ids of a file; and at the end of a run on the coreset, what it predicts.

The coreset is ids alone: the pairs come from the user's own copy of the benchmark, and a copy that lacks many of them
is refused before anything is scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.benchmarks.base import Benchmark
from crb.coreset.document import ENOUGH, LITE, Coreset, ids_hash, load_lite
from crb.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd

ITEMS = "items"
FROM_FILE = "file"


def pick(benchmark: Benchmark, asked: str) -> Benchmark:
    """The items that `--items` asks for, in the benchmark's order.

    Args:
        asked: `lite`, or the path of a text file with an id on each line.

    Raises:
        UsageError: the coreset is of another benchmark.
        DataError: this copy lacks too many of the coreset's pairs, or a file is not one or names what is not there.
    """
    if asked == LITE:
        coreset = load_lite()
        if benchmark.name != coreset.benchmark:
            raise UsageError(
                f"the coreset {LITE} is of pairs of the benchmark {coreset.benchmark}, not of {benchmark.name}",
                where=f"--items {LITE}",
                todo=f"leave it out, or run --benchmark {coreset.benchmark}",
            )
        held = _held(benchmark, coreset)
        missing = len(coreset.items) - len(held)
        return benchmark.pick(held, {"name": LITE, "hash": coreset.hash, **({"missing": missing} if missing else {})})
    ids = _read(Path(asked).expanduser())
    known = {item.id for item in benchmark.items}
    for id, row in ids.items():
        if id not in known:
            more = sum(other not in known for other in ids) - 1
            raise DataError(
                f"the id {id!r} is not in the benchmark {benchmark.name}"
                + (f", nor are {more:,} more" if more else ""),
                file=asked,
                row=row,
                todo="write an id of the benchmark on each line; scores.parquet of any run on it holds them",
            )
    return benchmark.pick(ids, {"name": FROM_FILE, "hash": ids_hash(ids)})


def prediction(selection: Mapping[str, Any], pairs: pd.DataFrame) -> dict[str, Any] | None:
    """What a run predicts for the whole benchmark, as it stands in results.json; None unless it is on the coreset.

    Args:
        selection: of the run's configuration.
        pairs: the run's pairs frame.
    """
    from crb.coreset.prediction import predict
    from crb.statistics.outcomes import outcomes
    from crb.vocabulary import Outcome

    inner: Any = selection
    while isinstance(inner, Mapping) and ITEMS not in inner:
        inner = inner.get("of")
    asked = inner[ITEMS] if isinstance(inner, Mapping) else {}
    if asked.get("name") != LITE:
        return None
    coreset = load_lite()
    if asked.get("hash") != coreset.hash:  # a judge's answers, read again by a version with another coreset
        return None
    right = outcomes(pairs) == Outcome.RIGHT.value
    found = predict(coreset, dict(zip(map(str, right.index), right.tolist(), strict=True)))
    return {"items": LITE, **found.as_json(coreset)}


def _held(benchmark: Benchmark, coreset: Coreset) -> list[str]:
    """The ids of the coreset that a copy holds, under the same criterion."""
    here = {item.id: item.criterion for item in benchmark.items}
    held = [pair for pair in coreset.items if here.get(pair.id) is pair.criterion]
    for curve in coreset.criteria:
        wanted = sum(pair.criterion is curve.name for pair in coreset.items)
        found = sum(pair.criterion is curve.name for pair in held)
        if found < ENOUGH * wanted:
            raise DataError(
                f"the copy has {len(held)} of the {len(coreset.items)} pairs of the coreset {LITE}, and of "
                f"{curve.name.title} {found} of {wanted}: a prediction needs {ENOUGH:.0%} of each criterion",
                file=benchmark.source,
                todo="get the published benchmark, or leave --items out and run all pairs of this copy",
            )
    return [pair.id for pair in held]


def _read(path: Path) -> dict[str, int]:
    """The ids of a file and their rows; lines without a character are passed over."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # some editors write a byte order mark
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise DataError(
            f"the ids cannot be read: {reason}",
            file=path,
            todo=f"give a text file with an id on each line, or --items {LITE}",
        ) from error
    ids: dict[str, int] = {}
    for row, line in enumerate(lines, start=1):
        id = line.strip()
        if id in ids:
            raise DataError(f"the id {id!r} stands in row {ids[id]} already", file=path, row=row, todo="leave one out")
        if id:
            ids[id] = row
    if not ids:
        raise DataError("the file names no id", file=path, todo="write an id of the benchmark on each line")
    return ids
