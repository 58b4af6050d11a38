"""Rank intervals and standings: from the paired tests, simultaneous, and true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from paired_truth import benchmark
from scipy import stats

from crb.errors import UsageError
from crb.statistics.comparisons import compare
from crb.statistics.differences import mean_of_groups, moments
from crb.statistics.multiplicity import holm
from crb.statistics.paired import couples, paired_counts
from crb.statistics.power import minimum_detectable
from crb.statistics.ranking import rank_intervals, told_apart
from crb.statistics.standing import standing

UNHURRIED = settings(deadline=None, max_examples=40)
OUTCOMES = hnp.arrays(np.int8, st.tuples(st.integers(1, 6), st.integers(0, 60)), elements=st.integers(0, 2))
NAMES = "abcdefgh"


def test_it_counts_who_is_certainly_better_and_worse() -> None:
    # a > b and a > c are certain, a against d and the rest are not.
    value = np.array([0.2, 0.3, 0.1, 0.05, -0.02, -0.1])  # ab ac ad bc bd cd
    adjusted = np.array([0.01, 0.001, 0.2, 1.0, 1.0, np.nan])
    best, worst = rank_intervals(value, adjusted, 4)
    assert list(zip(best, worst, strict=True)) == [(1, 2), (2, 4), (2, 4), (1, 4)]


@UNHURRIED
@given(OUTCOMES)
def test_ranks_lie_within_1_and_n_and_no_model_is_below_one_that_it_beats(outcomes: np.ndarray) -> None:
    names = tuple(NAMES[: len(outcomes)])
    for found in standing(paired_counts(names, outcomes)).values():
        assert ((found.best >= 1) & (found.best <= found.worst) & (found.worst <= len(outcomes))).all()
        first, second = couples(len(outcomes))
        sure = found.comparisons.adjusted[:, 0] <= 0.05
        for i, j, value in zip(first[sure], second[sure], found.comparisons.value[sure, 0], strict=True):
            above, below = (i, j) if value > 0 else (j, i)
            assert found.best[below, 0] > 1
            assert found.worst[above, 0] < len(outcomes)


@UNHURRIED
@given(OUTCOMES, st.randoms())
def test_the_order_of_the_models_does_not_matter(outcomes: np.ndarray, random: object) -> None:
    order = list(range(len(outcomes)))
    random.shuffle(order)  # type: ignore[attr-defined]
    there = standing(paired_counts(tuple(NAMES[: len(outcomes)]), outcomes))
    back = standing(paired_counts(tuple(NAMES[place] for place in order), outcomes[order]))
    for kind, found in there.items():
        assert found.best[order].tolist() == back[kind].best.tolist()
        assert found.worst[order].tolist() == back[kind].worst.tolist()
        reference = NAMES[0]
        assert found.against(reference)[order].tolist() == back[kind].against(reference).tolist()


def test_all_true_ranks_are_held_at_once() -> None:
    # Two pairs of equal models: each of an equal pair may truly have either rank.
    skills = np.array([0.75, 0.70, 0.70, 0.62, 0.5, 0.5])
    truth = [(1, 1), (2, 3), (2, 3), (4, 4), (5, 6), (5, 6)]
    held, width = 0, 0.0
    for outcomes in benchmark(skills, 600, 1_000):
        found = standing(paired_counts(tuple("abcdef"), outcomes))["strict"]
        limits = list(zip(found.best[:, 0], found.worst[:, 0], strict=True))
        held += all(low <= best and worst <= high for (low, high), (best, worst) in zip(limits, truth, strict=True))
        width += float((found.worst - found.best).mean()) / 1_000
    assert held >= 1_000 * (0.95 - 3 * np.sqrt(0.05 * 0.95 / 1_000))
    assert width < 2.5, "intervals from 1 to 6 would hold the truth and say nothing"


def test_paired_tests_tell_apart_what_overlapping_intervals_do_not() -> None:
    # Both right on 700 of 1,000, only the first on 45, only the second on 10: 74.5% and 71.0%.
    codes = np.zeros((2, 1_000), dtype=np.int8)
    codes[1, :45], codes[0, 45:55], codes[:, 755:] = 2, 2, 2
    found = standing(paired_counts(("a", "b"), codes))["strict"]
    assert found.best[:, 0].tolist() == found.worst[:, 0].tolist() == [1, 2]
    limits = [stats.binomtest(int(n), 1_000).proportion_ci(method="wilson") for n in (codes == 0).sum(axis=1)]
    assert limits[0].low < limits[1].high


def test_a_reference_is_compared_with_holm_over_its_own_comparisons() -> None:
    outcomes = benchmark(np.array([0.7, 0.66, 0.6, 0.55, 0.7]), 800, 1, seed=3)[0]
    comparisons = compare(paired_counts(tuple("abcde"), outcomes))["strict"]
    first, second = couples(5)
    found = told_apart(comparisons.value, comparisons.p, 5, 1)
    mine = [place for place in range(10) if 1 in (first[place], second[place])]
    adjusted = holm(comparisons.p[mine, 0])
    for place, p in zip(mine, adjusted, strict=True):
        other = second[place] if first[place] == 1 else first[place]
        accuracy = (outcomes == 0).mean(axis=1)
        assert found[other, 0] == (np.sign(accuracy[other] - accuracy[1]) if p <= 0.05 else 0)
    assert found[1, 0] == 0
    assert {int(x) for x in found[:, 0]} >= {0, -1}


def test_not_being_told_apart_is_not_transitive() -> None:
    patterns = {(0, 0, 2): 14, (0, 2, 2): 14, (2, 0, 0): 6, (2, 2, 0): 6, (0, 0, 0): 100}
    outcomes = np.repeat(np.array([*patterns], dtype=np.int8).T, [*patterns.values()], axis=1)
    found = standing(paired_counts(tuple("abc"), outcomes))["strict"]
    assert found.against("b")[:, 0].tolist() == [0, 0, 0]
    assert found.against("a")[2, 0] == -1


def test_macro_means_and_few_pairs_are_named() -> None:
    outcomes = benchmark(np.array([0.8, 0.5]), 140, 1)[0]
    members = np.zeros((4, 140), dtype=bool)
    members[0], members[1, :100], members[2, 100:], members[3] = True, True, True, True
    groups = ("overall", "criterion:security_hardness", "criterion:functional_correctness", "subset:A")
    found = standing(paired_counts(("a", "b"), outcomes, groups, members))["strict"]
    assert found.comparisons.groups == (*groups, "criterion-macro")
    assert found.few.tolist() == [False, False, True, False, False]
    assert found.comparisons.value[0, 4] == pytest.approx(found.comparisons.value[0, 1:3].mean())
    with pytest.raises(UsageError, match="unknown model 'c'"):
        found.against("c")


def test_a_claim_needs_a_difference_and_a_p_value_of_at_most_alpha() -> None:
    value, p = np.array([0.1, 0.2, 0.0]), np.array([0.2, 0.2001, 0.0])  # ab ac bc
    assert [limits.tolist() for limits in rank_intervals(value, p, 3, alpha=0.2)] == [[1, 2, 1], [2, 3, 3]]
    assert [limits.tolist() for limits in rank_intervals(value, p, 3, alpha=0.1)] == [[1, 1, 1], [3, 3, 3]]
    # Holm over the two comparisons with b: the smaller p-value counts double.
    p = np.array([0.1, 0.9, 0.5])
    assert told_apart(value, p, 3, 1, alpha=0.2).tolist() == [1, 0, 0]
    assert told_apart(value, p, 3, 1, alpha=0.19).tolist() == [0, 0, 0]
    assert told_apart(-value, p, 3, 1, alpha=0.2).tolist() == [-1, 0, 0]
    assert told_apart(value, p, 3, 0, alpha=0.2).tolist() == [0, -1, 0]


def test_each_group_has_its_own_ranks_and_references() -> None:
    value, p = np.array([[0.3, -0.3, np.nan]]), np.array([[0.01, 0.01, np.nan]])
    assert [limits.tolist() for limits in rank_intervals(value, p, 2)] == [
        [[1, 2, 1], [2, 1, 1]],
        [[1, 2, 2], [2, 1, 2]],
    ]
    assert told_apart(value, p, 2, 0).tolist() == [[0, 0, 0], [-1, 1, 0]]


def test_fifty_pairs_are_not_few() -> None:
    members = np.zeros((2, 99), dtype=bool)
    members[0, :50], members[1, 50:] = True, True
    counts = paired_counts(("a",), np.zeros((1, 99), dtype=np.int8), ("language:C", "language:Go"), members)
    assert standing(counts)["strict"].few.tolist() == [False, True]


def test_the_confidence_asked_for_reaches_ranks_intervals_and_what_can_be_detected() -> None:
    codes = np.zeros((2, 200), dtype=np.int8)
    codes[1, :12], codes[0, 12:17] = 2, 2  # 12 to 5: p = 0.143
    counts = paired_counts(("a", "b"), codes)
    strict, loose = standing(counts)["strict"], standing(counts, confidence=0.8)["strict"]
    assert (strict.best[:, 0].tolist(), strict.worst[:, 0].tolist()) == ([1, 1], [2, 2])
    assert (loose.best[:, 0].tolist(), loose.worst[:, 0].tolist()) == ([1, 2], [1, 2])
    for found, confidence in ((strict, 0.95), (loose, 0.8)):
        compared = found.comparisons
        low, high = moments(counts.full(), "strict").interval(confidence)
        assert (compared.low.tolist(), compared.high.tolist()) == (low.tolist(), high.tolist())
        expected = float(minimum_detectable(17 / 200, 200, confidence=confidence))
        assert compared.detectable[0, 0] == pytest.approx(expected)


def test_macro_means_are_compared_as_means_of_their_groups() -> None:
    outcomes = benchmark(np.array([0.8, 0.5]), 300, 1)[0]
    outcomes[0, ::7] = 1
    members = np.arange(300) // 100 == np.arange(3)[:, None]
    counts = paired_counts(("a", "b"), outcomes, ("subset:A", "subset:B", "subset:C"), members)
    for kind, found in compare(counts).items():
        mean = mean_of_groups(counts.full(), kind)
        assert found.groups[-1] == "subset-macro"
        assert found.n.tolist() == [100, 100, 100, 300]
        assert found.kind == kind
        assert found.value[0, 3] == pytest.approx(mean.value[0])
        assert (found.low[0, 3], found.high[0, 3]) == pytest.approx(tuple(float(x[0]) for x in mean.interval()))
        assert found.p[0, 3] == pytest.approx(2 * stats.norm.sf(abs(mean.value[0]) / np.sqrt(mean.null_variance[0])))
        assert found.adjusted.tolist() == found.p.tolist()  # one couple is a family of one
        assert found.detectable[0, 3] == pytest.approx(float(minimum_detectable(300 * mean.null_variance[0], 300)))
