"""The difference of two models' accuracies on the same pairs: its value, its variances and its interval.

All from the 3 x 3 table of what the two made of the pairs. An accuracy difference is a sum of one number per pair,
its *influence*: the difference of the two credits for strict and half, the linearised difference of two shares for
valid. So one variance, a sum of squared influences, serves all three.

Sources. D. G. Bonett and R. M. Price (2012), Adjusted Wald confidence interval for a difference of binomial
proportions based on paired data, Journal of Educational and Behavioral Statistics 37:479-488: one pair more each way
before the Wald interval. R. M. Price and D. G. Bonett (2004), as in `crb.statistics.intervals`: divided among k groups
for a mean of k groups. W. Leisenring, T. Alonzo and M. S. Pepe (2000), Comparisons of predictive values of binary
medical diagnostic tests for paired designs, Biometrics 56:345-351: the variance of valid under equality.

Legend. Tables have shape (..., 3, 3): model i right, undecided, wrong x model j right, undecided, wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crb.statistics.accuracy import Kind
from crb.statistics.intervals import CONFIDENCE, Floats, quantile
from crb.statistics.paired import RIGHT, UNDECIDED, WRONG

_CREDITS = {"strict": np.array([1.0, 0.0, 0.0]), "half": np.array([1.0, 0.5, 0.0])}
_RIGHT = np.array([1.0, 0.0, 0.0])
_DECIDED = np.array([1.0, 0.0, 1.0])


@dataclass(frozen=True)
class Moments:
    """Differences of accuracies, model i minus model j, and their variances; NaN where there is no figure.

    `value` is the difference, `null_variance` its variance if the two were equally good (for tests), `centre` and
    `variance` those of the adjusted interval. All of the tables' leading shape.
    """

    value: Floats
    null_variance: Floats
    centre: Floats
    variance: Floats

    def interval(self, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
        """The lower and the upper limits, between -1 and 1 and with the value between them."""
        spread = quantile(confidence) * np.sqrt(self.variance)
        low, high = np.minimum(self.centre - spread, self.value), np.maximum(self.centre + spread, self.value)
        return np.clip(low, -1, 1), np.clip(high, -1, 1)


def moments(tables: npt.ArrayLike, kind: Kind, *, extra: float = 1.0) -> Moments:
    """The difference of two accuracies from what the two models made of the same pairs.

    Args:
        tables: counts, shape (..., 3, 3).
        kind: strict, half or valid.
        extra: pairs added each way (right against wrong) for the interval: 1, or 1/k where k groups are averaged.
    """
    counts = np.asarray(tables, dtype=np.float64)
    adjusted = counts.copy()
    adjusted[..., RIGHT, WRONG] += extra
    adjusted[..., WRONG, RIGHT] += extra
    value, null_variance = _value_and_variance(counts, kind, equal=True)
    centre, variance = _value_and_variance(adjusted, kind, equal=False)
    return Moments(value, null_variance, centre, variance)


def mean_of_groups(groups: npt.ArrayLike, kind: Kind) -> Moments:
    """The difference of two macro accuracies: the unweighted mean over groups of pairs.

    A group in which one of the two has no figure (valid, nothing decided) is left out.

    Args:
        groups: counts, shape (..., k, 3, 3), the groups disjoint.
        kind: strict, half or valid.
    """
    counts = np.asarray(groups, dtype=np.float64)
    found = moments(counts, kind, extra=1 / max(counts.shape[-3], 1))
    there = ~np.isnan(found.value)
    number = there.sum(axis=-1)

    def mean(values: Floats, power: int) -> Floats:
        return np.asarray(np.where(there, values, 0.0).sum(axis=-1) / np.where(number > 0, number, np.nan) ** power)

    return Moments(mean(found.value, 1), mean(found.null_variance, 2), mean(found.centre, 1), mean(found.variance, 2))


def _value_and_variance(counts: Floats, kind: Kind, *, equal: bool) -> tuple[Floats, Floats]:
    """The difference and its variance: under equality of the two accuracies, or as estimated."""
    if kind == "valid":
        return _valid(counts, equal=equal)
    n = counts.sum(axis=(-2, -1))
    credit = _CREDITS[kind]
    difference = credit[:, None] - credit[None, :]
    with np.errstate(invalid="ignore"):
        value = (counts * difference).sum(axis=(-2, -1)) / n
        second = (counts * difference**2).sum(axis=(-2, -1)) / n
        return value, (second if equal else second - value**2) / n


def _valid(counts: Floats, *, equal: bool) -> tuple[Floats, Floats]:
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        decided = rows @ _DECIDED, columns @ _DECIDED
        accuracies = rows[..., RIGHT] / decided[0], columns[..., RIGHT] / decided[1]
        pooled = (rows[..., RIGHT] + columns[..., RIGHT]) / (decided[0] + decided[1])
        one, other = (
            (_RIGHT - (pooled if equal else accuracy)[..., None] * _DECIDED) / size[..., None]
            for accuracy, size in zip(accuracies, decided, strict=True)
        )
        influence = one[..., :, None] - other[..., None, :]
        return accuracies[0] - accuracies[1], (counts * influence**2).sum(axis=(-2, -1))


def undecided(tables: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether either model left a pair undecided; where not, the three accuracies are one."""
    left = tables[..., UNDECIDED, :].sum(axis=-1) + tables[..., :, UNDECIDED].sum(axis=-1)
    return np.asarray(left > 0)
