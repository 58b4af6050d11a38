"""Pairs that share a prompt, and intervals that know of it.

Several pairs about one prompt are right or wrong together more often than chance, so they tell less than as many pairs
about prompts of their own. The cluster bootstrap (A. C. Davison and D. V. Hinkley 1997, Bootstrap Methods and their
Application, section 3.8) draws prompts, each with all its pairs; where every pair has its own prompt it is the plain
bootstrap. It needs the prompts: a published scores.parquet holds ids alone, random UUIDs behind the name of their
source, which do not tell what shares a prompt. There the clusters are unknown, and intervals take pairs as independent.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from crb.statistics.accuracy import KINDS, Kind
from crb.statistics.intervals import CONFIDENCE, Floats
from crb.statistics.paired import RIGHT, UNDECIDED, Ints
from crb.statistics.resampling import RESAMPLES, SEED, differences, pair_features, percentile_intervals

Limits = dict[Kind, tuple[float, float]]
"""The lower and the upper limit of each accuracy or difference."""


def prompt_clusters(prompts: Iterable[str]) -> Ints:
    """The cluster of each pair, shape (n,): pairs with equal prompts share one, numbered by first appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(prompt, len(numbers)) for prompt in prompts], dtype=np.int64)


def accuracy_intervals(
    outcomes: npt.NDArray[np.int8],
    clusters: Ints,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> Limits:
    """Cluster bootstrap intervals of a model's accuracies.

    Args:
        outcomes: codes as in `crb.statistics.paired`, shape (n,).
        clusters: the cluster of each pair, shape (n,).
        resamples: how many benchmarks to draw.
        seed: the same seed and data give the same interval.
        confidence: coverage aimed at.
    """
    right, undecided = outcomes == RIGHT, outcomes == UNDECIDED
    features = np.stack([np.ones(len(outcomes)), right, right + undecided / 2, ~undecided], axis=1)
    types, counts = _types(features, clusters)
    return _named(
        *percentile_intervals(types, counts, _accuracies, resamples=resamples, seed=seed, confidence=confidence)
    )


def difference_intervals(
    first: npt.NDArray[np.int8],
    second: npt.NDArray[np.int8],
    clusters: Ints,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> Limits:
    """Cluster bootstrap intervals of the differences of two models' accuracies, first minus second.

    Args:
        first: outcome codes of the first model, shape (n,).
        second: those of the second on the same pairs.
        clusters, resamples, seed, confidence: as in `accuracy_intervals`.
    """
    types, counts = _types(pair_features(first, second), clusters)
    return _named(
        *percentile_intervals(types, counts, differences, resamples=resamples, seed=seed, confidence=confidence)
    )


def _types(features: Floats, clusters: Ints) -> tuple[Floats, Ints]:
    """The sums of each cluster, and how many clusters have the same ones."""
    _, place = np.unique(clusters, return_inverse=True)
    sums = np.zeros((int(place.max(initial=-1)) + 1, features.shape[1]))
    np.add.at(sums, place, features)
    types, counts = np.unique(sums, axis=0, return_counts=True)
    return types, counts.astype(np.int64)


def _accuracies(sums: Floats) -> Floats:
    n, right, half, decided = sums.T
    with np.errstate(invalid="ignore"):
        return np.stack([right / n, half / n, right / decided], axis=1)


def _named(low: Floats, high: Floats) -> Limits:
    return {kind: (float(low[place]), float(high[place])) for place, kind in enumerate(KINDS)}
