"""From a run to a report: chooses the tables of a view and writes the notes that explain what stands in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from crb.metrics.base import Measured
from crb.report.choices import View
from crb.report.judged import judge_notes
from crb.report.measured import data_tables, figures_table, group_tables
from crb.report.names import printable
from crb.report.neutral import FEW_MARK, NO_PAIRS, Figure, Report, Table
from crb.report.overview import grid, overall_table
from crb.report.predicted import prediction_table
from crb.report.source import ReportSource
from crb.report.table import data_by, table_by
from crb.statistics.baselines import Baseline
from crb.statistics.cells import cells
from crb.statistics.estimates import FEW
from crb.statistics.grouping import By
from crb.statistics.pairs import SIDES, statuses
from crb.statistics.resolution import resolution
from crb.vocabulary import Status

KINDS_NOTE = "ties and invalid pairs: wrong in strict, half right in half, left out of valid"
INTERVAL_NOTE = "brackets: 95% interval"


def build(source: ReportSource, view: View | str = View.OVERVIEW) -> Report:
    """The report of a run.

    The overview sets the longer-response baseline beside the model, on the run's own pairs, where the source knows it.

    Args:
        source: a run, or anything with the same few members.
        view: what the rows are.

    Raises:
        DataError: the run's pairs are not a pairs frame, or the run has none and another view is asked for.
    """
    measured: Measured | None = getattr(source, "measured", None)  # an import or an entry has none
    if measured is not None and View(view) is View.OVERVIEW:
        return _metric_report(source, measured)
    pairs = source.pairs()
    notes = list(_status_notes(pairs))
    if source.judged is not None:
        notes += judge_notes(source.judged, resolution(pairs))
    baselines: dict[str, pd.DataFrame] = {}
    if View(view) is View.OVERVIEW and Baseline.LONGER in source.baselines():
        baseline = source.baselines()[Baseline.LONGER]
        same = baseline[baseline.index.isin(pairs.index)]
        baselines[Baseline.LONGER.value] = cells(same)
        if len(same) < len(pairs):
            notes.append(f"the baseline {Baseline.LONGER} is known for {len(same):,} of the {len(pairs):,} pairs only")
    report = report_of_cells(cells(pairs), view, title=source.title, baselines=baselines, notes=notes)
    predicted = getattr(source, "prediction", None) if View(view) is View.OVERVIEW else None
    if predicted is None:
        return report
    below = prediction_table(predicted)
    return replace(report, tables=(*report.tables, below), data=(*report.data, below))


def _metric_report(source: ReportSource, measured: Measured) -> Report:
    """The report of a run on a benchmark with a metric of its own: its figures, and what it has by group."""
    section = source.results["crb"]
    baselines = section["metric"]["baselines"]
    tables = (figures_table(measured, baselines), *group_tables(measured))
    notes = [INTERVAL_NOTE]
    if any(isinstance(value, Figure) and value.few for table in tables for row in table.rows for value in row):
        notes.append(f"{FEW_MARK}: fewer than {FEW} items, a rough figure")
    notes += _candidate_notes(section["statuses"])
    if source.judged is not None:
        notes += judge_notes(source.judged, section["resolution"])
    return Report(printable(source.title), tables, tuple(data_tables(measured, baselines)), tuple(notes))


def _candidate_notes(statuses: Mapping[str, Any]) -> list[str]:
    """One note where some readings are not plainly ok; counts by status, or by side and status."""
    sides: list[Mapping[str, int]] = [counts for counts in statuses.values() if isinstance(counts, dict)] or [statuses]
    found: Counter[str] = Counter()
    for counts in sides:
        found.update(counts)
    listed = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in found.items() if n and name != Status.OK)
    return [f"of {found.total():,} responses: {listed}"] if listed else []


def report_of_cells(
    counted: pd.DataFrame,
    view: View | str = View.OVERVIEW,
    *,
    title: str = "",
    baselines: Mapping[str, pd.DataFrame] | None = None,
    notes: Iterable[str] = (),
) -> Report:
    """The report of counts per cell: what a leaderboard entry can be reported from.

    Args:
        counted: as `crb.statistics.cells.cells` returns them.
        view: what the rows are.
        title: heading of the report.
        baselines: cells of baselines on the same pairs, by name; shown in the overview.
        notes: further notes, below ours.
    """
    if View(view) is View.OVERVIEW:
        below = overall_table(counted, baselines or {})
        tables: tuple[Table, ...] = (grid(counted), below)
        margins = (By.CRITERION, By.LANGUAGE, By.OVERALL)
        data: tuple[Table, ...] = (data_by(counted, By.CRITERION_LANGUAGE, margins=margins), below)
    else:
        by = By(View(view).value)
        tables, data = (table_by(counted, by),), (data_by(counted, by),)
    return Report(printable(title), tables, data, (KINDS_NOTE, INTERVAL_NOTE, *_mark_notes(tables), *notes))


def _mark_notes(tables: Iterable[Table]) -> list[str]:
    shown = [value for table in tables for row in (*table.rows, *table.totals) for value in row]
    found = [value for value in shown if isinstance(value, Figure)]
    notes = []
    if any(figure.few and figure.estimate.value is not None for figure in found):
        notes.append(f"{FEW_MARK}: fewer than {FEW} pairs, a rough figure")
    if any(figure.estimate.value is None for figure in found):
        notes.append(f"{NO_PAIRS}: no pairs, or for valid no decided pair")
    return notes


def _status_notes(pairs: pd.DataFrame) -> list[str]:
    """One note where some readings are not plainly ok: how many responses have which status."""
    found = np.concatenate([statuses(pairs, side) for side in SIDES]).astype(str)
    names, counts = np.unique(found[found != Status.OK.value], return_counts=True)
    listed = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in zip(names, counts, strict=True))
    return [f"of {found.size:,} responses: {listed}"] if listed else []
