"""The seeded bootstrap: what a figure would be on other benchmarks drawn like this one.

B. Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7:1-26. Units (pairs, or all
pairs of a prompt) are drawn with replacement, as many as there are. What is drawn is only ever summed, so units that
add the same to the sums are one *type*, and a resample is one multinomial draw of how often each type comes: exact,
and 10,000 resamples of 8,866 pairs are as many draws of three to nine numbers.

Every call starts from its own seed, so an interval depends on its own data and the seed, not on what else was asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from crb.statistics.accuracy import KINDS, Kind
from crb.statistics.differences import undecided
from crb.statistics.intervals import CONFIDENCE, Floats
from crb.statistics.paired import Ints

RESAMPLES = 10_000
SEED = 20261120
_CELLS = 2_000_000  # drawn at a time: bounds memory

Statistic = Callable[[Floats], Floats]
"""From the sums of each resample, shape (R, F), to its figures, shape (R, S)."""


def percentile_intervals(
    types: npt.ArrayLike,
    counts: npt.ArrayLike,
    statistic: Statistic,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> tuple[Floats, Floats]:
    """Percentile intervals of figures that are functions of sums over units.

    Args:
        types: what a unit of each type adds to the F sums, shape (T, F).
        counts: how many units are of each type, shape (T,).
        statistic: from sums (R, F) to figures (R, S).
        resamples: how many benchmarks to draw.
        seed: the same seed and data give the same interval.
        confidence: coverage aimed at.

    Returns:
        The lower and the upper limits, both of shape (S,). NaN without units, or where a twentieth of the resamples
        or more has no figure.
    """
    features, number = np.asarray(types, dtype=np.float64), np.asarray(counts, dtype=np.int64)
    order = np.argsort(number, kind="stable")  # the commonest type last: its number follows from the others
    order = order[number[order] > 0]
    features, number = features[order], number[order]
    if not number.size:
        nothing = np.full(statistic(np.zeros((1, np.shape(types)[1]))).shape[1], np.nan)
        return nothing, nothing
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // number.size)
    drawn = [
        _multinomial(generator, number, min(step, resamples - done)) @ features for done in range(0, resamples, step)
    ]
    return _percentiles(statistic(np.concatenate(drawn)), confidence)


def difference_intervals(
    tables: Ints,
    kinds: Sequence[Kind] = KINDS,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> dict[Kind, tuple[Floats, Floats]]:
    """The paired bootstrap: intervals for the difference of two models' accuracies, model i minus model j.

    The better model is drawn first, whichever it is called, so that swapping the two mirrors the interval to the last
    digit; where neither is, the interval is made even about zero, for the same reason.

    Args:
        tables: counts, shape (..., 3, 3), as `PairedCounts.full` returns them.
        kinds: which accuracies. Strict alone takes a third of the time where pairs are undecided.
        resamples: how many benchmarks to draw for each table.
        seed: the same for every table.
        confidence: coverage aimed at.

    Returns:
        For each accuracy the lower and the upper limits, of shape (...).
    """
    shape = tables.shape[:-2]
    flat = tables.reshape(-1, 3, 3)
    mixed = undecided(flat)
    found: dict[Kind, Floats] = {kind: np.empty((2, len(flat))) for kind in kinds}

    def fill(place: int) -> None:
        table = flat[place]
        swapped = table.ravel().tolist() < table.T.ravel().tolist()
        even = bool(np.array_equal(table, table.T))
        counts = (table.T if swapped else table).ravel()
        for kind in kinds if mixed[place] else kinds[:1]:
            # Without undecided pairs the three accuracies are one.
            types, kind_of_cell = _MERGED[kind if mixed[place] else "strict"]
            low, high = percentile_intervals(
                types,
                np.bincount(kind_of_cell, weights=counts, minlength=len(types)),
                _STATISTICS[kind if mixed[place] else "strict"],
                resamples=resamples,
                seed=seed,
                confidence=confidence,
            )
            if even:
                high = (high - low) / 2
                low = -high
            for other in (kind,) if mixed[place] else kinds:
                found[other][:, place] = (-high[0], -low[0]) if swapped else (low[0], high[0])

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy draws without the interpreter's lock
        list(pool.map(fill, range(len(flat))))
    return {kind: (limits[0].reshape(shape), limits[1].reshape(shape)) for kind, limits in found.items()}


def pair_features(first: npt.NDArray[np.int8], second: npt.NDArray[np.int8]) -> Floats:
    """What each pair adds to the sums behind a difference, shape (n, 7), from two models' outcome codes, (n,) each."""
    features: Floats = _TYPES[3 * first.astype(np.int64) + second]
    return features


def differences(sums: Floats) -> Floats:
    """Strict, half and valid difference, shape (R, 3), from sums of `pair_features`, shape (R, 7)."""
    parts = (_share(sums[:, [0, 1]]), _share(sums[:, [0, 2]]), _valid(sums[:, 3:]))
    return np.concatenate(parts, axis=1)


def _features() -> Floats:
    """For each of the nine cells: 1, strict and half difference, and right and decided of either model."""
    i, j = (codes.ravel() for codes in np.meshgrid(range(3), range(3), indexing="ij"))
    credit, right, decided = np.array([1, 0.5, 0]), np.array([1.0, 0, 0]), np.array([1.0, 0, 1])
    differing = [right[i] - right[j], credit[i] - credit[j]]
    return np.stack([np.ones(9), *differing, right[i], decided[i], right[j], decided[j]], axis=1)


def _share(sums: Floats) -> Floats:
    return np.asarray(sums[:, 1:] / np.maximum(sums[:, :1], 1))


def _valid(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, :1] / sums[:, 1:2] - sums[:, 2:3] / sums[:, 3:])


_TYPES = _features()
_STATISTICS: Mapping[Kind, Statistic] = {"strict": _share, "half": _share, "valid": _valid}
_COLUMNS: Mapping[Kind, list[int]] = {"strict": [0, 1], "half": [0, 2], "valid": [3, 4, 5, 6]}
_MERGED = {kind: np.unique(_TYPES[:, columns], axis=0, return_inverse=True) for kind, columns in _COLUMNS.items()}
"""For each accuracy the types of cells that it can tell apart, and the type of each of the nine cells."""


def _multinomial(generator: np.random.Generator, counts: Ints, size: int) -> Ints:
    """Multinomial draws, shape (size, T), of as many units as there are, by one binomial draw per type.

    A third faster than numpy's own: a binomial draw is cheap after one of the same number, so the first type's draws
    are sorted. Resamples have no order.
    """
    total = int(counts.sum())
    drawn = np.empty((size, counts.size), dtype=np.int64)
    left: int | Ints = total
    for place, count in enumerate(counts[:-1].tolist()):
        drawn[:, place] = generator.binomial(left, count / total, size=size)
        if place == 0:
            drawn[:, 0].sort()
        left, total = left - drawn[:, place], total - count
    drawn[:, -1] = left
    return drawn


def _percentiles(figures: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The order statistics that leave out (R + 1) (1 - confidence) / 2 resamples on either side, of R with a figure."""
    columns = np.ascontiguousarray(figures.T)
    number = columns.shape[1] - np.isnan(columns).sum(axis=1)
    first = np.maximum(((1 - confidence) / 2 * (number + 1)).astype(np.int64) - 1, 0)
    last = np.maximum(number - 1 - first, 0)
    columns.partition(np.unique([first, last]), axis=1)  # NaN sorts last
    rows, rare = np.arange(len(columns)), number <= CONFIDENCE * columns.shape[1]
    return np.where(rare, np.nan, columns[rows, first]), np.where(rare, np.nan, columns[rows, last])
