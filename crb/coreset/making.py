"""From the outcomes of published runs to a coreset, and how far off its predictions are on runs it was not made from.

`hold_out` repeats the whole procedure without some runs, fit and choice of pairs included, and predicts those. Runs
of one family resemble each other, so the error that leaves out single runs flatters: the widths of the intervals
come from leaving out whole families.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.special import expit

from crb.coreset.choosing import choose, places
from crb.coreset.document import Coreset, CoresetPair, CriterionCurve, Grid
from crb.coreset.irt import fit
from crb.coreset.prediction import Part, combined, parts
from crb.vocabulary import Criterion

SIZE, LEAST = 500, 40
CONFIDENCE = 0.95
_GRID = Grid(low=-6.0, high=6.0, points=121)
_DIGITS = 5


@dataclass(frozen=True)
class Material:
    """What coresets are made from.

    Attributes:
        benchmark, hash: the benchmark's name and the hash over its pairs.
        pairs: criterion, language and subset of its pairs, indexed by id and in the order of the ids.
        right: which run is strictly right on which pair, shape (R, N).
        families: of each run, a name.
    """

    benchmark: str
    hash: str
    pairs: pd.DataFrame = field(repr=False)
    right: npt.NDArray[np.bool_] = field(repr=False)
    families: tuple[str, ...]

    @property
    def criteria(self) -> list[Criterion]:
        """Those of the pairs, in the order of the vocabulary."""
        held = set(self.pairs["criterion"])
        return [name for name in Criterion if name in held]

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The criterion of each pair, as its place in `criteria`."""
        place = {name.value: k for k, name in enumerate(self.criteria)}
        return np.array([place[str(name)] for name in self.pairs["criterion"]], dtype=np.int64)

    def labels(self) -> npt.NDArray[np.bool_]:
        """Which pair is of which language or subset, shape (L, N)."""
        columns = [self.pairs[name] for name in ("language", "subset")]
        return np.stack([column.to_numpy() == name for column in columns for name in sorted(set(column))])


@dataclass(frozen=True)
class HeldOut:
    """Predictions of runs by coresets that were made without them.

    Attributes:
        parts: by run, then by criterion.
        truth, mean: the strict accuracies on all pairs, and on the pairs of the coreset alone, shape (R, C).
    """

    parts: list[list[Part]] = field(repr=False)
    truth: npt.NDArray[np.float64] = field(repr=False)
    mean: npt.NDArray[np.float64] = field(repr=False)


def make(material: Material, runs: Sequence[int], widths: Sequence[float], size: int = SIZE) -> Coreset:
    """The coreset that the given runs (places in the material) choose; `widths` as that function gives them."""
    right, of, criteria = material.right[list(runs)], material.numbers, material.criteria
    sizes = np.bincount(of)
    model = fit(right, of)
    counts = places(sizes.tolist(), size, min(LEAST, size // len(sizes)))
    chosen = choose(model.intercept, right, material.labels(), of, counts)
    outside = np.ones(of.size, dtype=bool)
    outside[chosen] = False
    grid = np.linspace(_GRID.low, _GRID.high, _GRID.points)
    curves = []
    for k, name in enumerate(criteria):
        rows = outside & (of == k)
        expected = expit(grid[:, None] * model.slope[rows] + model.intercept[rows]).sum(axis=1)
        curves.append(
            CriterionCurve(name=name, n=int(sizes[k]), width=round(widths[k], 3), expected=_rounded(expected))
        )
    pairs = [
        CoresetPair(
            id=str(material.pairs.index[i]),
            criterion=criteria[of[i]],
            slope=round(float(model.slope[i]), _DIGITS),
            intercept=round(float(model.intercept[i]), _DIGITS),
        )
        for i in chosen
    ]
    return Coreset(
        benchmark=material.benchmark,
        pairs=material.hash,
        n=of.size,
        runs=len(runs),
        families=len({material.families[run] for run in runs}),
        confidence=CONFIDENCE,
        width=round(widths[-1], 3),
        grid=_GRID,
        covariance=[_rounded(row) for row in model.covariance],
        criteria=curves,
        items=pairs,
    )


def hold_out(material: Material, folds: Sequence[Sequence[int]], size: int = SIZE) -> HeldOut:
    """Predict the runs of each fold by a coreset made without them; runs in no fold stay NaN, and without parts."""
    of, criteria = material.numbers, material.criteria
    everyone = range(len(material.right))
    neutral = (1.0,) * (len(criteria) + 1)
    found: list[list[Part]] = [[] for _ in everyone]
    truth, mean = (np.full((len(found), len(criteria)), np.nan) for _ in range(2))
    for fold in folds:
        coreset = make(material, [run for run in everyone if run not in set(fold)], neutral, size)
        rows = material.pairs.index.get_indexer(pd.Index([pair.id for pair in coreset.items]))
        seen = material.right[list(fold)][:, rows]
        by_criterion = parts(seen, np.ones(len(rows), dtype=bool), coreset)
        for place, run in enumerate(fold):
            found[run] = [column[place] for column in by_criterion]
            truth[run] = [material.right[run, of == k].mean() for k in range(len(criteria))]
            mean[run] = [seen[place, of[rows] == k].mean() for k in range(len(criteria))]
    return HeldOut(found, truth, mean)


def errors(held: HeldOut) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Prediction less truth, and the standard errors: each (R, C + 1), the last column overall."""
    rows = []
    for found, truth in zip(held.parts, held.truth, strict=True):
        sizes = np.array([part.n for part in found])
        target = [*truth, float(truth @ sizes / sizes.sum())]
        predicted = [combined(some) for some in (*([part] for part in found), found)]
        rows.append([(value - true, error) for (value, error), true in zip(predicted, target, strict=True)])
    both = np.array(rows)
    return both[:, :, 0], both[:, :, 1]


def widths(held: HeldOut, families: Sequence[str], runs: Sequence[int] | None = None) -> tuple[float, ...]:
    """Half an interval in standard errors: of each criterion in order, then overall.

    The root mean square of the errors in standard errors, times the t quantile with the number of families less one as
    degrees of freedom.

    Args:
        held: with whole families left out.
        families: of each run.
        runs: the runs whose errors count; all by default.
    """
    rows = list(range(len(families))) if runs is None else list(runs)
    away, error = errors(held)
    root = np.sqrt(((away[rows] / error[rows]) ** 2).mean(axis=0))
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, len({families[run] for run in rows}) - 1))
    return tuple(float(quantile * value) for value in root)


def covered(held: HeldOut, calibrated: HeldOut, families: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether each run's truth lies in its interval, whose width the other families alone decide; shape (R, C + 1).

    By the width alone: that a prediction's interval is stretched to the plain mean is not counted in its favour.

    Args:
        held: the predictions that are judged.
        calibrated: with whole families left out.
    """
    away, error = errors(held)
    found = np.zeros(away.shape, dtype=bool)
    for family in set(families):
        inside = [run for run, name in enumerate(families) if name == family]
        others = [run for run, name in enumerate(families) if name != family]
        found[inside] = np.abs(away[inside]) <= np.array(widths(calibrated, families, others)) * error[inside]
    return found


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
