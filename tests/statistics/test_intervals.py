"""Intervals against scipy, against hand calculation, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from crb.statistics.intervals import effective_size, mean_of_groups, quantile, wilson


@pytest.mark.parametrize("n", [1, 2, 7, 49, 8866])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_is_scipys(n: int, confidence: float) -> None:
    successes = np.unique(np.linspace(0, n, 25).astype(int))
    low, high = wilson(successes / n, np.full(len(successes), n), confidence)
    expected = [binomtest(int(k), n).proportion_ci(confidence, method="wilson") for k in successes]
    assert low == pytest.approx([limits.low for limits in expected], abs=1e-12)
    assert high == pytest.approx([limits.high for limits in expected], abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.floats(0, 1))
def test_wilson_lies_in_the_unit_interval_around_the_mean(n: int, mean: float) -> None:
    low, high = wilson(mean, n)
    assert 0 <= low <= mean <= high <= 1
    assert high - low > 0, "no number of pairs makes an accuracy certain"


def test_wilson_of_nothing_is_nothing() -> None:
    low, high = wilson([0.5, np.nan], [0, 0])
    assert np.isnan([*low, *high]).all()


@pytest.mark.parametrize("confidence", [0, 1, 1.5, -0.5])
def test_a_confidence_out_of_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        quantile(confidence)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.floats(0, 1))
def test_without_half_credits_the_effective_size_is_n_to_the_last_bit(n: int, share: float) -> None:
    assert effective_size(round(share * n), 0, n) == n


@settings(deadline=None)
@example(1, 1, 0)  # the least variance that there can be
@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_the_effective_size_matches_the_variance_of_the_credits(ones: int, halves: int, zeros: int) -> None:
    n = ones + halves + zeros
    if n == 0:
        return
    credits = np.repeat([1.0, 0.5, 0.0], [ones, halves, zeros])
    size = float(effective_size(ones, halves, n))
    if np.ptp(credits) == 0:
        assert size == n
    else:
        mean = credits.mean()
        assert mean * (1 - mean) / size == pytest.approx(credits.var() / n)
        assert size >= n * (1 - 1e-12)


def test_mean_of_groups_by_hand() -> None:
    # Two groups, 10 of 10 and 5 of 10; z^2/2 = 1.920729 extra draws each, half of them successes.
    shrunk = np.array([10.960365, 5.960365]) / 11.920729
    spread = 1.959964 * np.sqrt((shrunk * (1 - shrunk) / 11.920729).sum()) / 2
    expected = (shrunk.mean() - spread, shrunk.mean() + spread)
    assert mean_of_groups([1.0, 0.5], [10, 10]) == pytest.approx(expected, abs=1e-6)


def test_one_group_has_wilsons_interval() -> None:
    assert mean_of_groups([0.7], [20]) == tuple(float(limit) for limit in wilson(0.7, 20))


def test_groups_that_are_all_right_are_not_certain() -> None:
    low, high = mean_of_groups([1.0, 1.0, 1.0], [30, 30, 30])
    assert low < 0.99
    assert high == 1.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 5000)), min_size=1, max_size=40))
def test_the_interval_of_a_mean_of_groups_holds_the_mean(groups: list[tuple[float, int]]) -> None:
    means, sizes = zip(*groups, strict=True)
    low, high = mean_of_groups(means, sizes)
    assert 0 <= low <= np.mean(means) <= high <= 1
    assert low < high


def test_no_groups_have_no_interval() -> None:
    assert np.isnan(mean_of_groups([], [])).all()
