"""What a run's end writes: scores, a judge's readings with their reasons, results. Each file appears in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crb.errors import DataError
from crb.evaluation.picking import prediction
from crb.evaluation.work import Outcome
from crb.files import write_bytes, write_json
from crb.items import Item
from crb.metrics.base import Metric
from crb.metrics.document import candidates_document, metric_section
from crb.readings import Reading
from crb.requests import Key
from crb.runs.folder import READINGS
from crb.runs.run import CANDIDATES, RESULTS, SCORES


def write_results(
    folder: Path,
    items: Sequence[Item],
    outcome: Outcome,
    metric: Metric | None = None,
    baselines: Mapping[str, Mapping[Key, Reading]] | None = None,
    selection: Mapping[str, Any] | None = None,
) -> None:
    """Write scores.parquet (of pairs), candidates.parquet (with a metric), readings.jsonl (of a judge), results.json.

    Args:
        items: all items of the run.
        metric: the benchmark's own; without one all items are pairs.
        baselines: readings of the baselines, whose figures by the metric stand in results.json too.
        selection: of the run's configuration; a run on the coreset predicts, and that stands apart in results.json.
    """
    from crb.runs.scores import pairs_frame, write_scores
    from crb.statistics.summary import summarise

    document: dict[str, Any] = {}
    section = None if metric is None else metric_section(metric, items, outcome.readings, baselines)
    if all(item.is_pair for item in items):
        pairs = pairs_frame(items, outcome.readings)
        write_scores(folder / SCORES, pairs)
        document = summarise(pairs, judge=outcome.judge)
        if section is not None:
            document["crb"]["metric"] = section
        if selection and (predicted := prediction(selection, pairs)) is not None:
            document["crb"]["prediction"] = predicted
    elif section is not None:
        document = candidates_document(section, items, outcome.readings)
        if outcome.judge is not None:
            document["crb"]["judge"] = outcome.judge
    if section is not None:
        from crb.runs.candidates import write_candidates

        write_candidates(folder / CANDIDATES, items, outcome.readings)
    if outcome.judge is not None:
        write_bytes(folder / READINGS, _lines(outcome))
    write_json(folder / RESULTS, document)


def read_missing(folder: Path) -> frozenset[Key]:
    """The candidates that lacked an answer when a judge's results were written.

    Raises:
        DataError: readings.jsonl is missing or damaged.
    """
    path = folder / READINGS
    try:
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        keys = frozenset((row["item"], row["candidate"]) for row in rows if row["missing"])
        if not all(isinstance(word, str) for key in keys for word in key):
            raise TypeError("item and candidate are texts")
        return keys
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"the readings cannot be read: {error}", file=path, todo="repeat the crb run command of this run"
        ) from error


def _lines(outcome: Outcome) -> bytes:
    """A line per candidate: whose it is, status, score or null, reason or null, whether an answer is missing."""
    rows = (
        {
            "item": key[0],
            "candidate": key[1],
            "status": reading.status.value,
            "score": reading.score,
            "reason": reading.reason,
            "missing": key in outcome.missing,
        }
        for key, reading in outcome.readings.items()
    )
    text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    return text.encode("utf-8", "backslashreplace")
