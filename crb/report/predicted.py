"""What a run on the coreset predicts for the whole benchmark: a table of its own, apart from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crb.report.names import label
from crb.report.neutral import Column, Figure, Label, Table, Value
from crb.statistics.estimates import Estimate
from crb.statistics.grouping import CRITERION

COLUMNS = (
    Column(CRITERION, "", "left"),
    Column("predicted", "predicted"),
    Column("seen", "pairs seen"),
    Column("n", "of"),
)


def prediction_table(prediction: Mapping[str, Any]) -> Table:
    """The table of a prediction as it stands in results.json (`crb.coreset.prediction.Prediction.as_json`)."""
    rows: list[tuple[Value, ...]] = [
        (label(CRITERION, part["criterion"]), _figure(part["strict"]), part["seen"], part["n"])
        for part in prediction["by_criterion"]
        if part["seen"]
    ]
    total = (Label("overall", "all"), _figure(prediction["overall"]), prediction["seen"], prediction["n"])
    notes = [
        f"predicted: an estimate for pairs most of which were not run, with its {prediction['confidence']:.0%} "
        "interval; no figure of a leaderboard"
    ]
    if prediction["overall"] is None:
        notes.append("no prediction where less than nine tenths of a criterion's part of the coreset was run")
    title = f"Strict accuracy predicted for all {prediction['n']:,} pairs, in percent: not measured"
    return Table("prediction", title, COLUMNS, tuple(rows), (total,), tuple(notes))


def _figure(strict: Mapping[str, float] | None) -> Figure:
    estimate = (
        Estimate(None, None, None) if strict is None else Estimate(strict["value"], strict["low"], strict["high"])
    )
    return Figure(estimate, interval=True)
