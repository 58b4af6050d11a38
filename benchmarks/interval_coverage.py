"""How often 95% intervals hold a known truth, and how often tests and ranks err: simulated figures of statistics.md.

    python benchmarks/interval_coverage.py [--json] [--only intervals differences bootstrap]

Benchmarks are drawn from models of known accuracy, the same draws at every start. A line is one statement and the range
of what was found over its mixtures, sizes and accuracies, in percent; tests/statistics holds the same draws to bounds.
A minute of one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from crb.statistics import intervals
from crb.statistics.accuracy import KINDS, Kind
from crb.statistics.clusters import accuracy_intervals
from crb.statistics.differences import mean_of_groups, moments
from crb.statistics.intervals import Floats, effective_size, wilson
from crb.statistics.mcnemar import p_values
from crb.statistics.paired import paired_counts
from crb.statistics.resampling import difference_intervals
from crb.statistics.standing import standing

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "statistics"))
from paired_truth import SEED, SHAPES, benchmark, draw, equal, shape  # the draws of the tests

# Shares of right, wrong, undecided: LMUnit's and R3's, then models with few ties, near chance and near perfect.
MIXTURES = [(0.28, 0.05, 0.67), (0.41, 0.13, 0.46), (0.28, 0.33, 0.39), (0.6, 0.35, 0.05), (0.75, 0.1, 0.15)]
CRITERIA = [4778, 1499, 1309, 991, 289]
SUBSETS = [173, 825, 252, 1371, 238, 769, 724, 399, 212, 628, 37, 134, 128, 37, 27, 460, 2430, 14, 8]
ACCURACIES = {"chance": (0.5, 0.5), "good": (0.6, 0.95), "mixed": (0.3, 0.9), "90 to 99%": (0.9, 0.99)}
LARGE, SIZES = (300, 2000), (50, 300, 2000)

Found = Iterator[tuple[str, Iterable[float]]]


def held(truth: float, limits: tuple[Floats, Floats]) -> float:
    """The share of intervals that hold the truth."""
    return float(((limits[0] <= truth) & (truth <= limits[1])).mean())


def one_model() -> Found:
    """Accuracies of one model, and means of groups."""
    half, strict = [], []
    for mixture in MIXTURES:
        for n in SIZES:
            right, _, undecided = np.random.default_rng(SEED).multinomial(n, mixture, size=20_000).T
            whole = np.full(right.shape, n)
            credit = wilson((right + undecided / 2) / n, effective_size(right, undecided, whole))
            half.append(held(mixture[0] + mixture[2] / 2, credit))
            strict.append(held(mixture[0], wilson(right / n, whole)))
    yield "half credit", half
    yield "strict", strict
    right, _, undecided = np.random.default_rng(SEED).multinomial(300, MIXTURES[0], size=20_000).T
    plain = wilson((right + undecided / 2) / 300, np.full(right.shape, 300))
    yield (
        "half credit of LMUnit's mixture: n for its effective size",
        [held(MIXTURES[0][0] + MIXTURES[0][2] / 2, plain)],
    )
    for label, sizes in (("5 criteria", CRITERIA), ("19 subsets", SUBSETS)):
        for name, ends in ACCURACIES.items():
            truth = np.linspace(*ends, len(sizes))
            means = np.random.default_rng(SEED).binomial(sizes, truth, size=(20_000, len(sizes))) / sizes
            limits = np.array([intervals.mean_of_groups(mean, sizes) for mean in means])
            yield f"mean of {label}, {name}", [held(float(truth.mean()), (limits[:, 0], limits[:, 1]))]
            yield f"mean of {label}, {name}: z^2 extra pairs each", [held(float(truth.mean()), _widest(means, sizes))]


def _widest(means: Floats, sizes: list[int]) -> tuple[Floats, Floats]:
    """The road not taken: Agresti and Coull's own extra pairs, undivided."""
    n, square = np.array(sizes), intervals.quantile() ** 2
    shrunk = (means * n + square / 2) / (n + square)
    spread = np.sqrt(square * (shrunk * (1 - shrunk) / (n + square)).sum(axis=1)) / len(sizes)
    return means.mean(axis=1) - spread, means.mean(axis=1) + spread


def two_models() -> Found:
    """Tests of equal models, intervals of differences, and of differences of means."""
    pairs = {(name, n): draw(equal(name), n, 4_000) for name in SHAPES for n in SIZES}
    rejected = [
        (p_values(table, kind, moments(table, kind)) <= 0.05).mean() for table in pairs.values() for kind in KINDS
    ]
    yield "equal models with p <= 0.05", rejected
    for label, sizes in (("n = 300 and 2,000", LARGE), ("n = 50", (50,))):
        yield (
            f"difference, {label}",
            [
                held(float(moments(shape(name), kind).value), moments(draw(shape(name), n, 10_000), kind).interval())
                for name in SHAPES
                for n in sizes
                for kind in KINDS
            ],
        )
    for label, groups in (("5 criteria", CRITERIA), ("19 subsets", SUBSETS)):
        for name in SHAPES:
            yield f"difference of means of {label}, {name}", [_of_means(name, groups, kind) for kind in KINDS]


def _of_means(name: str, sizes: list[int], kind: Kind) -> float:
    """In every group another mixture of a shape and its mirror image: the difference differs from group to group."""
    shapes = [weight * shape(name) + (1 - weight) * shape(name).T for weight in np.linspace(0.2, 1, len(sizes))]
    truth = float(np.mean([moments(table, kind).value for table in shapes]))
    drawn = [draw(table, n, 10_000, seed=place) for place, (table, n) in enumerate(zip(shapes, sizes, strict=True))]
    return held(truth, mean_of_groups(np.stack(drawn, axis=1), kind).interval())


def bootstraps() -> Found:
    """The paired bootstrap, and the one that draws prompts beside Wilson's interval."""
    usual = [name for name in SHAPES if name != "alike"]
    yield (
        "paired bootstrap, n = 100, 300 and 2,000",
        [
            share
            for n in (100, *LARGE)
            for name in SHAPES
            if (name, n) != ("alike", 100)
            for share in _resampled(name, n)
        ],
    )
    yield "paired bootstrap, n = 50", [share for name in usual for share in _resampled(name, 50)]
    for n in (100, 50):
        yield f"paired bootstrap, n = {n}, models that differ on 7%", _resampled("alike", n)
    generator = np.random.default_rng(1)
    ease = generator.choice([-0.25, 0.25], size=(4_000, 150)).repeat(4, axis=1)
    codes = np.where(generator.random(ease.shape) < 0.6 + ease, 0, 2).astype(np.int8)
    clusters = np.repeat(np.arange(150), 4)
    found = [accuracy_intervals(one, clusters, resamples=250, seed=n)["strict"] for n, one in enumerate(codes)]
    low, high = np.array(found).T
    yield "150 prompts with 4 pairs each, drawn by prompt", [held(0.6, (low, high))]
    yield "the same, Wilson's interval", [held(0.6, wilson((codes == 0).mean(axis=1), np.full(4_000, 600)))]


def _resampled(name: str, n: int) -> list[float]:
    parts = np.array_split(draw(shape(name), n, 4_000), 50)  # a seed for each part, lest rough quantiles err together
    found = [difference_intervals(part, resamples=500, seed=seed) for seed, part in enumerate(parts)]
    shares = []
    for kind in KINDS:
        low, high = (np.concatenate([part[kind][end] for part in found]) for end in (0, 1))
        shares.append(held(float(moments(shape(name), kind).value), (low, high)))
    return shares


def ranks() -> Found:
    """Six models, two pairs of them equal: are all true ranks held at once?"""
    skills = np.array([0.75, 0.70, 0.70, 0.62, 0.5, 0.5])
    best, worst = np.array([1, 2, 2, 4, 5, 5]), np.array([1, 3, 3, 4, 6, 6])
    good = []
    for outcomes in benchmark(skills, 600, 1_000):
        found = standing(paired_counts(tuple("abcdef"), outcomes))["strict"]
        good.append(bool(((found.best[:, 0] <= best) & (worst <= found.worst[:, 0])).all()))
    yield "all ranks of six models at once", [float(np.mean(good))]


PARTS: dict[str, Callable[[], Found]] = {
    "intervals": one_model,
    "differences": two_models,
    "bootstrap": bootstraps,
    "ranks": ranks,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    found = {
        what: [min(shares), max(shares)] for part in arguments.only for what, shares in map(_listed, PARTS[part]())
    }
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for what, (low, high) in found.items():
        print(f"{what:62} {100 * low:5.1f}" + (f" to {100 * high:.1f}" if high > low else ""))


def _listed(line: tuple[str, Iterable[float]]) -> tuple[str, list[float]]:
    return line[0], [float(share) for share in line[1]]


if __name__ == "__main__":
    main()
