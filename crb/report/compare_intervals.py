"""Bootstrap intervals for the rows of a comparison: resampling pairs, or prompts with all their pairs.

They take the place of the adjusted interval in every row but the macro means, which keep theirs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crb.report.compare import INDEPENDENT
from crb.report.compare_rows import Intervals, Row
from crb.report.compare_source import GROUPINGS, Compared
from crb.report.texts import items_of
from crb.statistics.clusters import accuracy_intervals, prompt_clusters
from crb.statistics.clusters import difference_intervals as cluster_intervals
from crb.statistics.estimates import Estimate
from crb.statistics.matrix import groups_of, outcome_matrix
from crb.statistics.paired import Ints
from crb.statistics.resampling import RESAMPLES, SEED, difference_intervals


def by_pairs(compared: Compared) -> Intervals:
    """Intervals of the paired bootstrap. Needs no samples."""
    whole = compared.counts.full()

    def refine(rows: list[Row]) -> list[Row]:
        plain = [row for row in rows if row.over == "pairs"]
        tables = np.reshape([whole[row.place] for row in plain], (-1, 3, 3)).astype(np.int64)
        found = difference_intervals(tables)
        resampled = iter([_with(row, found[row.kind][0][n], found[row.kind][1][n]) for n, row in enumerate(plain)])
        return [next(resampled) if row.over == "pairs" else row for row in rows]

    note = f"differences: paired bootstrap, {RESAMPLES:,} resamples of the pairs, seed {SEED}; means: adjusted"
    return Intervals((note, INDEPENDENT), refine)


def by_prompts(compared: Compared, benchmark: str) -> Intervals:
    """Intervals that resample prompts, of differences and of accuracies.

    Args:
        compared: runs, with their samples.
        benchmark: the benchmark they are of, as in `crb.benchmarks.load_benchmark`: it has the prompts.

    Raises:
        UsageError: it is another benchmark, or lacks pairs of the runs.
        DataError: the benchmark cannot be read.
    """
    letters = list(compared.labels)
    frame = compared.frames[letters[0]]
    clusters = _clusters(compared, benchmark)
    matrix = outcome_matrix(compared.frames)
    names, members = groups_of(frame, GROUPINGS)
    inside = dict(zip(names, members, strict=True))

    def refine(rows: list[Row]) -> list[Row]:
        return [row if row.over != "pairs" else _resampled(row) for row in rows]

    def _resampled(row: Row) -> Row:
        rows = inside[compared.counts.groups[row.place[1]]]
        first, second = (matrix[letters.index(letter), rows] for letter in (row.first, row.second))
        return _with(row, *cluster_intervals(first, second, clusters[rows])[row.kind])

    prompts = len(np.unique(clusters))
    notes = (
        f"intervals: bootstrap, {RESAMPLES:,} resamples of the {prompts:,} prompts, seed {SEED}; means: adjusted",
        "tests and ranks take pairs as independent",
    )
    return Intervals(notes, refine, lambda letter: accuracy_intervals(matrix[letters.index(letter)], clusters))


def _clusters(compared: Compared, benchmark: str) -> Ints:
    frame = compared.frames[next(iter(compared.labels))]
    return prompt_clusters(item.prompt for item in items_of(benchmark, compared.content_hash, map(str, frame.index)))


def _with(row: Row, low: float, high: float) -> Row:
    value = row.difference.value
    if value is None or np.isnan(low):
        return row
    return replace(row, difference=Estimate(value, min(float(low), value), max(float(high), value)))
