"""From a run's outcomes on the coreset to the strict accuracy that it would have on the whole benchmark.

Per criterion, with N pairs of which the run has seen m, and p_i the model's probability at the run's ability, which is
estimated from what was seen:

    expected  = (right pairs seen + sum of p_i over pairs not seen) / N
    corrected = mean of p_i over all pairs + mean of (outcome_i - p_i) over pairs seen
    value     = (corrected + expected) / 2

Sources: `expected` is p-IRT and the mixture gp-IRT of F. Maia Polo et al. (2024), tinyBenchmarks, arXiv 2402.14992,
who mix it with the mean over the seen; here both have half. `corrected` is the difference estimator of survey sampling,
e.g. C.-E. Särndal, B. Swensson, J. Wretman (1992), Model assisted survey sampling: it stays right on average where
the model is wrong.

The standard error is that of the difference estimator, sqrt((1 - m/N) v / m), where v is the mean of two variances of
an outcome around p_i: the one that is seen and the one that the model expects. The interval is that many standard
errors wide as left-out families of models needed; limits that what was seen rules out are cut off. It always holds the
plain mean over the seen, which a run unlike all known ones (right nowhere, say) may have far from the model's opinion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from crb.coreset.document import ENOUGH, Coreset
from crb.coreset.irt import abilities
from crb.statistics.estimates import Estimate
from crb.vocabulary import Criterion

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """What a prediction of one criterion is put together from, before anything is mixed; all are shares but counts.

    Attributes:
        n, seen, right: pairs in the benchmark, seen, and right among the seen.
        expected, corrected, error: as the module says; `error` is the standard error.
    """

    n: int
    seen: int
    right: int
    expected: float
    corrected: float
    error: float

    @property
    def value(self) -> float:
        """The prediction, between what would be if all unseen pairs were wrong and if all were right."""
        low, high = self.bounds
        return min(max((self.corrected + self.expected) / 2, low), high)

    @property
    def bounds(self) -> tuple[float, float]:
        """What the outcomes seen leave possible."""
        return self.right / self.n, (self.n - self.seen + self.right) / self.n


@dataclass(frozen=True)
class Prediction:
    """Predicted strict accuracies on the whole benchmark: nothing here was measured.

    Attributes:
        by_criterion: for each criterion of which the run has enough of the coreset.
        seen: pairs seen, by criterion.
        sizes: pairs of the whole benchmark, by criterion.
        overall: of all pairs; None unless every criterion could be predicted.
    """

    overall: Estimate | None
    by_criterion: Mapping[Criterion, Estimate]
    seen: Mapping[Criterion, int]
    sizes: Mapping[Criterion, int]

    def as_json(self, coreset: Coreset) -> dict[str, Any]:
        """As it stands in results.json."""
        return {
            "what": "predicted strict accuracy on the whole benchmark, not measured",
            "coreset": coreset.hash,
            "n": coreset.n,
            "seen": sum(self.seen.values()),
            "confidence": coreset.confidence,
            "overall": None if self.overall is None else self.overall.as_json(),
            "by_criterion": [
                {
                    "criterion": name.value,
                    "n": self.sizes[name],
                    "seen": self.seen[name],
                    "strict": self.by_criterion[name].as_json() if name in self.by_criterion else None,
                }
                for name in self.sizes
            ],
        }


def predict(coreset: Coreset, right: Mapping[str, bool]) -> Prediction:
    """The prediction for a run.

    Args:
        right: by id, whether a pair of the coreset was strictly right (a tie is not); other ids are passed over.
    """
    held = [pair for pair in coreset.items if pair.id in right]
    names = [criterion.name for criterion in coreset.criteria]
    sizes = {criterion.name: criterion.n for criterion in coreset.criteria}
    seen = {name: sum(pair.criterion is name for pair in held) for name in names}
    wanted = {name: sum(pair.criterion is name for pair in coreset.items) for name in names}
    whole = [name for name in names if seen[name] >= ENOUGH * wanted[name]]
    if not whole:
        return Prediction(None, {}, seen, sizes)
    found = parts(
        np.array([right[pair.id] for pair in held], dtype=bool)[None, :],
        np.array([pair.id in right for pair in coreset.items]),
        coreset,
    )
    values = {name: found[k][0] for k, name in enumerate(names)}
    by_criterion = {
        curve.name: _estimate([values[curve.name]], curve.width) for curve in coreset.criteria if curve.name in whole
    }
    overall = _estimate(list(values.values()), coreset.width) if len(whole) == len(names) else None
    return Prediction(overall, by_criterion, seen, sizes)


def parts(right: npt.NDArray[np.bool_], held: npt.NDArray[np.bool_], coreset: Coreset) -> list[list[Part]]:
    """What predictions of runs are put together from, by criterion, then by run.

    Args:
        right: the outcomes of R runs on the held pairs, shape (R, held.sum()).
        held: which pairs of the coreset were seen, shape (len(coreset.items),).
    """
    number = {curve.name: k for k, curve in enumerate(coreset.criteria)}
    of = np.array([number[pair.criterion] for pair in coreset.items], dtype=np.int64)
    slope = np.array([pair.slope for pair in coreset.items])
    intercept = np.array([pair.intercept for pair in coreset.items])
    ability, _ = abilities(right, of[held], slope[held], intercept[held], coreset.covariance)
    p = expit(slope * ability[:, of] + intercept)
    grid = np.linspace(coreset.grid.low, coreset.grid.high, coreset.grid.points)
    found: list[list[Part]] = []
    for k, curve in enumerate(coreset.criteria):
        outside = np.interp(ability[:, k], grid, curve.expected)
        everywhere = outside + p[:, of == k].sum(axis=1)
        p_seen = p[:, (of == k) & held]
        y = right[:, of[held] == k].astype(np.float64)
        found.append([_part(curve.n, *row) for row in zip(y, p_seen, everywhere, strict=True)])
    return found


def _part(n: int, y: Floats, p: Floats, everywhere: float) -> Part:
    """One run on one criterion; `everywhere` is the sum of p over all n pairs, `y` and `p` are of those seen."""
    m = y.size
    expected = (y.sum() + everywhere - p.sum()) / n
    if m == 0:
        return Part(n, 0, 0, float(expected), float(expected), math.nan)
    variance = (((y - p) ** 2).mean() + (p * (1 - p)).mean()) / 2
    corrected = everywhere / n + (y - p).mean()
    return Part(n, m, int(y.sum()), float(expected), float(corrected), math.sqrt((1 - m / n) * variance / m))


def _estimate(found: list[Part], width: float) -> Estimate:
    """The estimate over all pairs of the criteria given."""
    value, error = combined(found)
    n = sum(part.n for part in found)
    lows, highs = zip(*(part.bounds for part in found), strict=True)
    low = sum(part.n * bound for part, bound in zip(found, lows, strict=True)) / n
    high = sum(part.n * bound for part, bound in zip(found, highs, strict=True)) / n
    plain = sum(part.n * part.right / part.seen for part in found) / n
    below, above = min(value - width * error, plain), max(value + width * error, plain)
    return Estimate.of(value, min(max(below, low), value), max(min(above, high), value))


def combined(found: list[Part]) -> tuple[float, float]:
    """The predicted accuracy over several criteria's pairs together, and its standard error."""
    n = sum(part.n for part in found)
    value = sum(part.n * part.value for part in found) / n
    return value, math.sqrt(sum((part.n * part.error) ** 2 for part in found)) / n
