"""Which pairs make the coreset: by criterion, one from every step of difficulty, balanced over the known runs.

Within a criterion the pairs are put in the order of their difficulty and cut into as many blocks as there are places.
One pair of each block is taken, so that the coreset is as hard as the whole at every level. Which one: in turn, each
block's pair is exchanged for the one that brings the known runs' accuracies on the chosen pairs, and the shares of
languages and subsets, closest to those of the whole criterion. Picking the pairs that discriminate best instead was
tried and is far worse on runs that were left out: what they discriminate between is the runs that were there.

All comparisons are of whole numbers, so that equal orders give equal choices on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crb.errors import UsageError

Ints = npt.NDArray[np.int64]

PASSES = 3
_RUN_WEIGHT, _LABEL_WEIGHT = 100, 9  # squares of 1 and 0.3: a run's share counts for more than a label's
_DIGITS = 6  # of a difficulty: what is closer is a tie, which the order of the pairs breaks


def places(sizes: Sequence[int], total: int, least: int) -> list[int]:
    """How many pairs each criterion gives: in proportion to its size, but at least `least` or all it has.

    Args:
        sizes: pairs of each criterion.
        total: pairs of the coreset.
        least: what a small criterion is brought up to; the others share what is left.

    Raises:
        UsageError: that many pairs cannot be placed so.
    """
    floor = [min(least, size) for size in sizes]
    if not sum(floor) <= total <= sum(sizes):
        raise UsageError(
            f"{total} pairs cannot be drawn from {sum(sizes)} with at least {least} of each criterion",
            todo="ask for more pairs, or for fewer of each",
        )
    small: set[int] = set()
    while True:
        left = total - sum(floor[k] for k in small)
        open_size = sum(size for k, size in enumerate(sizes) if k not in small)
        exact = [floor[k] if k in small else left * size / open_size for k, size in enumerate(sizes)]
        below = {k for k, share in enumerate(exact) if k not in small and share < floor[k]}
        if not below:
            break
        small |= below
    found = [int(share) for share in exact]
    order = sorted(range(len(sizes)), key=lambda k: (found[k] - exact[k], k))  # largest remainder first
    for k in order[: total - sum(found)]:
        found[k] += 1
    return found


def choose(
    intercept: npt.NDArray[np.float64],
    right: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.bool_],
    criterion: Ints,
    counts: Sequence[int],
) -> Ints:
    """The chosen pairs' places, rising.

    Args:
        intercept: how easy each pair is, shape (N,).
        right: which run is right on which pair, shape (R, N).
        labels: which pair has which further label (a language, a subset), shape (L, N).
        criterion: of each pair as a number from 0, shape (N,).
        counts: how many pairs each criterion gives.
    """
    easy = np.round(intercept, _DIGITS)
    features = np.concatenate([right, labels]).T.astype(np.int64)
    weights = np.repeat([_RUN_WEIGHT, _LABEL_WEIGHT * len(right)], [len(right), len(labels)])
    chosen: list[int] = []
    for number, count in enumerate(counts):
        members = np.flatnonzero(criterion == number)
        order = members[np.argsort(easy[members], kind="stable")]
        chosen += order[_balanced(features[order], weights, count)].tolist()
    return np.sort(np.array(chosen, dtype=np.int64))


def _balanced(features: Ints, weights: Ints, count: int) -> Ints:
    """One row of each of `count` blocks of the rows, chosen so that their sums are in proportion to all rows' sums."""
    size = len(features)
    edges = np.arange(count + 1) * size // count
    picks = (edges[:-1] + edges[1:]) // 2
    scaled = features * size
    away = scaled[picks].sum(axis=0) - features.sum(axis=0) * count
    for _ in range(PASSES):
        for block in range(count):
            rows = np.arange(edges[block], edges[block + 1])
            rest = away - scaled[picks[block]]
            best = int(rows[np.argmin((rest + scaled[rows]) ** 2 @ weights)])
            away, picks[block] = rest + scaled[best], best
    return picks
