"""Paired differences: against one pair at a time, against the accuracies themselves, and against known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paired_truth import SHAPES, draw, shape

from crb.statistics.accuracy import KINDS, Kind, with_accuracies
from crb.statistics.differences import mean_of_groups, moments, undecided

UNHURRIED = settings(deadline=None, max_examples=60)
TABLES = st.lists(st.integers(0, 40), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3))
DRAWS = 10_000  # a coverage of 0.95 is then measured with a standard error of 0.002
Z = 1.959963984540054


def accuracies(table: np.ndarray) -> pd.DataFrame:
    rows = [(int(sum(c)), c[0], c[2], c[1], 0) for c in (table.sum(axis=1), table.sum(axis=0))]
    return with_accuracies(pd.DataFrame(rows, columns=["n", "right", "wrong", "tie", "invalid"]))


@UNHURRIED
@given(TABLES)
def test_the_difference_is_that_of_the_two_accuracies(table: np.ndarray) -> None:
    both = accuracies(table)
    for kind in KINDS:
        value = moments(table, kind).value
        assert value == pytest.approx(both[kind][0] - both[kind][1], nan_ok=True, abs=1e-12)


@pytest.mark.parametrize(("kind", "credits"), [("strict", (1, 0, 0)), ("half", (1, 0.5, 0))])
@UNHURRIED
@given(TABLES)
def test_the_variances_are_those_of_the_differences_pair_by_pair(
    kind: Kind, credits: tuple[float, float, float], table: np.ndarray
) -> None:
    table = table + np.eye(3, dtype=int)
    found = moments(table, kind)
    cells = np.indices((3, 3)).reshape(2, -1).repeat(table.ravel(), axis=1)
    steps = np.array(credits)[cells[0]] - np.array(credits)[cells[1]]
    assert found.null_variance == pytest.approx(np.mean(steps**2) / len(steps))
    adjusted = np.concatenate([steps, [1, -1]])
    assert found.centre == pytest.approx(adjusted.mean())
    assert found.variance == pytest.approx(adjusted.var() / len(adjusted))


def test_the_interval_is_bonett_and_prices() -> None:
    # Of 120 pairs only the first is right on 30, only the second on 12: shares with one more each way, of 122.
    table = np.array([[60, 0, 30], [0, 0, 0], [12, 0, 18]])
    p, q = 31 / 122, 13 / 122
    spread = Z * np.sqrt((p + q - (p - q) ** 2) / 122)
    for kind in KINDS:
        low, high = moments(table, kind).interval()
        assert (low, high) == pytest.approx((p - q - spread, p - q + spread))


@UNHURRIED
@given(TABLES, st.sampled_from(KINDS))
def test_swapping_the_models_mirrors_everything(table: np.ndarray, kind: Kind) -> None:
    there, back = moments(table, kind), moments(table.T, kind)
    assert there.value == pytest.approx(-back.value, nan_ok=True, abs=1e-12)
    assert there.interval()[0] == pytest.approx(-back.interval()[1], nan_ok=True, abs=1e-12)
    assert there.null_variance == pytest.approx(back.null_variance, nan_ok=True, abs=1e-12)


@UNHURRIED
@given(TABLES, st.sampled_from(KINDS))
def test_every_interval_holds_its_difference_and_has_a_width(table: np.ndarray, kind: Kind) -> None:
    found = moments(table, kind)
    low, high = found.interval()
    if not np.isnan(found.value):
        assert -1 <= low <= found.value <= high <= 1
        assert low < high


def test_a_model_that_decides_nothing_has_no_valid_difference() -> None:
    found = moments(np.array([[0, 0, 0], [5, 1, 2], [0, 0, 0]]), "valid")
    assert np.isnan(found.value)
    assert np.isnan(found.interval()[0])


def test_the_mean_of_one_group_is_that_group_and_a_group_without_a_figure_is_left_out() -> None:
    table, silent = np.array([[9, 2, 4], [1, 3, 2], [5, 0, 8]]), np.array([[0, 0, 0], [5, 1, 2], [0, 0, 0]])
    for kind in KINDS:
        alone, mean = moments(table, kind), mean_of_groups(table[None], kind)
        assert mean.value == pytest.approx(alone.value)
        assert mean.interval() == pytest.approx(alone.interval())
    assert mean_of_groups(np.stack([table, silent]), "valid").value == pytest.approx(moments(table, "valid").value)
    assert np.isnan(mean_of_groups(silent[None], "valid").value)


def share_holding(truth: float, limits: tuple[np.ndarray, np.ndarray]) -> float:
    return float(((limits[0] <= truth) & (truth <= limits[1])).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n", [300, 2000])
def test_the_interval_covers_the_truth(name: str, n: int, kind: Kind) -> None:
    truth = float(moments(shape(name), kind).value)
    assert 0.93 <= share_holding(truth, moments(draw(shape(name), n, DRAWS), kind).interval()) <= 0.97


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHAPES)
def test_at_fifty_pairs_it_errs_on_the_wide_side(name: str, kind: Kind) -> None:
    truth = float(moments(shape(name), kind).value)
    assert share_holding(truth, moments(draw(shape(name), 50, DRAWS), kind).interval()) >= 0.93


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["even", "apart", "judge", "judges"])
@pytest.mark.parametrize("sizes", [[4778, 1499, 1309, 991, 289], [32] * 5], ids=["5 criteria", "5 x 32"])
def test_the_interval_of_a_macro_difference_covers_the_truth(name: str, sizes: list[int], kind: Kind) -> None:
    # In every group another mixture of the shape and its mirror image: the difference differs from group to group.
    weights = np.linspace(0.2, 1, len(sizes))
    shapes = [weight * shape(name) + (1 - weight) * shape(name).T for weight in weights]
    truth = float(np.mean([moments(table, kind).value for table in shapes]))
    drawn = [draw(table, n, seed=place) for place, (table, n) in enumerate(zip(shapes, sizes, strict=True))]
    assert 0.93 <= share_holding(truth, mean_of_groups(np.stack(drawn, axis=1), kind).interval()) <= 0.97


def test_the_mean_of_two_groups_by_hand() -> None:
    groups = np.array([[[9, 2, 4], [1, 3, 2], [5, 0, 8]], [[6, 0, 3], [2, 1, 0], [1, 4, 2]]])
    for kind in KINDS:
        parts, mean = moments(groups, kind, extra=0.5), mean_of_groups(groups, kind)
        for name, divided in (("value", 2), ("centre", 2), ("null_variance", 4), ("variance", 4)):
            assert getattr(mean, name) == pytest.approx(getattr(parts, name).sum() / divided)
        low, high = mean.interval(0.8)
        spread = 1.2815515655446004 * np.sqrt(mean.variance)
        assert (low, high) == pytest.approx((mean.centre - spread, mean.centre + spread))


@pytest.mark.filterwarnings("error")  # a warning would stand in the middle of a table
def test_no_pairs_and_no_groups_have_no_difference() -> None:
    for kind in KINDS:
        assert np.isnan(moments(np.zeros((3, 3)), kind).value)
        assert np.isnan(mean_of_groups(np.zeros((0, 3, 3)), kind).value)
        assert np.isnan(mean_of_groups(np.zeros((2, 3, 3)), kind).variance)


def test_the_variances_of_valid_by_hand() -> None:
    """Of 11 that the first decides it has 7 right, of 12 that the second decides 7: pooled 14 of 23."""
    table = np.array([[4, 1, 2], [2, 0, 2], [1, 2, 1]])
    found = moments(table, "valid", extra=0.0)
    assert found.value == pytest.approx(7 / 11 - 7 / 12)

    def summed(first: float, second: float) -> float:
        one, other = [(1 - first) / 11, 0, -first / 11], [(1 - second) / 12, 0, -second / 12]
        return float(sum(table[i, j] * (one[i] - other[j]) ** 2 for i in range(3) for j in range(3)))

    assert found.null_variance == pytest.approx(summed(14 / 23, 14 / 23))
    assert found.variance == pytest.approx(summed(7 / 11, 7 / 12))
    assert found.centre == pytest.approx(found.value)


def test_each_table_says_for_itself_whether_a_pair_is_undecided() -> None:
    decided = np.array([[5, 0, 2], [0, 0, 0], [1, 0, 3]])
    one, other, both = (decided + np.eye(3, k=k, dtype=int) for k in (1, -1, 0))
    assert undecided(np.stack([[decided, one], [other, both]])).tolist() == [[False, True], [True, True]]
