"""The bootstrap: seeded, mirrored, the same as resampling pair by pair, and right about 95 times in 100."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paired_truth import SHAPES, draw, shape
from scipy import stats

from crb.statistics.accuracy import KINDS
from crb.statistics.differences import moments
from crb.statistics.resampling import difference_intervals, differences, pair_features, percentile_intervals

UNHURRIED = settings(deadline=None, max_examples=25)
TABLES = st.lists(st.integers(0, 40), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3))
TABLE = np.array([[60, 9, 31], [8, 6, 3], [17, 2, 41]])


def test_it_is_scipys_paired_bootstrap() -> None:
    codes = np.indices((3, 3)).reshape(2, -1).repeat(TABLE.ravel(), axis=1)
    found = difference_intervals(TABLE)
    for kind, credit in (("strict", [1, 0, 0]), ("half", [1, 0.5, 0])):
        steps = np.array(credit)[codes[0]] - np.array(credit)[codes[1]]
        reference = stats.bootstrap((steps,), np.mean, n_resamples=20_000, method="percentile", rng=1)
        assert found[kind] == pytest.approx(tuple(reference.confidence_interval), abs=0.006)  # within a step of 1/n


def test_valid_is_resampled_pair_by_pair() -> None:
    codes = np.indices((3, 3)).reshape(2, -1).repeat(TABLE.ravel(), axis=1)
    chosen = codes[:, np.random.default_rng(1).integers(0, TABLE.sum(), size=(20_000, TABLE.sum()))]
    shares = [(model == 0).sum(axis=1) / (model != 1).sum(axis=1) for model in chosen]
    expected = np.quantile(shares[0] - shares[1], [0.025, 0.975])
    assert difference_intervals(TABLE)["valid"] == pytest.approx(tuple(expected), abs=0.006)


def test_units_of_one_type_are_drawn_as_if_one_by_one() -> None:
    codes = np.indices((3, 3)).astype(np.int8).reshape(2, -1).repeat(TABLE.ravel(), axis=1)
    features = pair_features(codes[0], codes[1])
    one_by_one = percentile_intervals(features, np.ones(len(features), dtype=int), differences, resamples=4_000)
    together = difference_intervals(TABLE)
    for place, kind in enumerate(KINDS):
        assert one_by_one[0][place] == pytest.approx(float(together[kind][0]), abs=0.01)
        assert one_by_one[1][place] == pytest.approx(float(together[kind][1]), abs=0.01)


@UNHURRIED
@example([np.array([[0, 0, 2], [0, 0, 0], [2, 0, 1]])], 0)  # neither is the better
@given(st.lists(TABLES, min_size=1, max_size=3), st.integers(0, 100))
def test_an_interval_depends_on_its_own_table_and_the_seed_alone(tables: list[np.ndarray], seed: int) -> None:
    together = difference_intervals(np.stack(tables), resamples=200, seed=seed)
    for place, table in enumerate(tables):
        alone, mirrored = (difference_intervals(t, resamples=200, seed=seed) for t in (table, table.T))
        for kind in KINDS:
            low, high = (float(limit) for limit in alone[kind])
            assert [float(limit[place]) for limit in together[kind]] == pytest.approx([low, high], abs=0, nan_ok=True)
            assert [-float(limit) for limit in mirrored[kind][::-1]] == pytest.approx([low, high], abs=0, nan_ok=True)


def test_another_seed_is_another_draw() -> None:
    assert (
        difference_intervals(TABLE, resamples=99)["half"] != difference_intervals(TABLE, resamples=99, seed=1)["half"]
    )


def test_without_undecided_pairs_the_three_accuracies_have_one_interval() -> None:
    table = np.array([[60, 0, 31], [0, 0, 0], [17, 0, 41]])
    found = difference_intervals(table, resamples=500)
    found["alone"] = difference_intervals(table, ("valid",), resamples=500)["valid"]
    limits = {kind: [float(limit) for limit in found[kind]] for kind in found}
    assert limits["strict"][0] < limits["strict"][1]
    assert all(each == limits["strict"] for each in limits.values())


@pytest.mark.filterwarnings("error::RuntimeWarning")  # it would stand in the middle of a table
def test_nothing_has_no_interval() -> None:
    found = difference_intervals(np.stack([np.zeros((3, 3), dtype=int), np.diag([0, 9, 0])]), resamples=50)
    assert np.isnan(found["strict"][0]).tolist() == [True, False]
    assert np.isnan(found["valid"][0]).all()


@pytest.mark.parametrize("name", SHAPES)
def test_the_interval_covers_the_truth(name: str) -> None:
    # 500 resamples each: their quantiles are rougher than those of 10,000, so the seed changes lest they err together.
    tables = np.array_split(draw(shape(name), 1_000), 50)
    found = [difference_intervals(part, resamples=500, seed=seed) for seed, part in enumerate(tables)]
    for kind in KINDS:
        truth = float(moments(shape(name), kind).value)
        low, high = (np.concatenate([part[kind][end] for part in found]) for end in (0, 1))
        assert 0.93 <= ((low <= truth) & (truth <= high)).mean() <= 0.97


def ranks(sums: np.ndarray) -> np.ndarray:
    """A statistic whose resamples are 0, 1, 2, ..., whatever was drawn."""
    return np.arange(len(sums), dtype=float)[::-1, None]


@pytest.mark.parametrize(
    ("resamples", "confidence", "limits"),
    [(10_000, 0.95, (249, 9750)), (99, 0.5, (24, 74)), (99, 0.95, (1, 97)), (1, 0.95, (0, 0)), (39, 0.95, (0, 38))],
)
def test_as_many_resamples_are_left_out_on_either_side(
    resamples: int, confidence: float, limits: tuple[float, float]
) -> None:
    low, high = percentile_intervals([[1.0]], [9], ranks, resamples=resamples, confidence=confidence)
    assert (low.tolist(), high.tolist()) == ([limits[0]], [limits[1]])


def test_figures_that_most_resamples_lack_have_no_interval() -> None:
    def some(sums: np.ndarray) -> np.ndarray:
        return np.where(np.arange(len(sums))[:, None] < np.array([0, 1, 6]), np.nan, 2.0)

    low, high = percentile_intervals([[1.0]], [9], some, resamples=100)
    assert (low[:2].tolist(), high[:2].tolist()) == ([2, 2], [2, 2])
    assert np.isnan([low[2], high[2]]).all()


@pytest.mark.parametrize(("without", "limits"), [(0, (0, 99)), (2, (0, 97)), (4, (0, 95)), (5, (np.nan, np.nan))])
def test_both_limits_are_of_the_resamples_with_a_figure(without: int, limits: tuple[float, float]) -> None:
    """NaN sorts last: among all resamples the upper limit alone would be none."""

    def some(sums: np.ndarray) -> np.ndarray:
        places = np.arange(len(sums), dtype=np.float64)[:, None]
        return np.where(places < len(sums) - without, places, np.nan)

    low, high = percentile_intervals([[1.0]], [9], some, resamples=100, confidence=0.98)
    assert [float(low[0]), float(high[0])] == pytest.approx(limits, nan_ok=True)


@pytest.mark.parametrize("at_a_time", [1, 40, 2_000_000])
def test_a_resample_is_as_many_units_as_there_are_each_type_by_its_share(
    monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    monkeypatch.setattr("crb.statistics.resampling._CELLS", at_a_time)
    counts, seen = np.array([6, 0, 30, 24]), []

    def keep(sums: np.ndarray) -> np.ndarray:
        seen.append(sums)
        return sums

    percentile_intervals(np.eye(4), counts, keep, resamples=3_000)
    drawn = np.concatenate(seen)
    assert drawn.shape == (3_000, 4)
    assert (drawn.sum(axis=1) == 60).all()
    assert (drawn >= 0).all()
    share = counts / 60
    assert drawn.mean(axis=0) == pytest.approx(counts, abs=5 * np.sqrt(15 / 3_000))
    expected = 60 * (np.diag(share) - np.outer(share, share))
    assert np.cov(drawn.T) == pytest.approx(expected, abs=1.5)


def test_no_units_have_limits_of_the_right_shape() -> None:
    low, high = percentile_intervals(np.eye(3), [0, 0, 0], lambda sums: sums[:, :2])
    assert low.shape == high.shape == (2,)
    assert np.isnan([low, high]).all()


def test_a_pair_adds_what_the_two_models_made_of_it() -> None:
    right, undecided, wrong = (np.array([code], dtype=np.int8) for code in range(3))
    # 1, strict and half difference, then right and decided of the first and of the second
    assert pair_features(right, wrong).tolist() == [[1, 1, 1, 1, 1, 0, 1]]
    assert pair_features(undecided, right).tolist() == [[1, -1, -0.5, 0, 0, 1, 1]]
    assert pair_features(wrong, undecided).tolist() == [[1, 0, -0.5, 0, 1, 0, 0]]


def test_the_confidence_asked_for_is_the_one_of_the_interval() -> None:
    wide, narrow = difference_intervals(TABLE), difference_intervals(TABLE, confidence=0.5)
    for kind in KINDS:
        half = (wide[kind][1] - wide[kind][0]) * 0.6745 / 1.96
        assert narrow[kind][1] - narrow[kind][0] == pytest.approx(half, rel=0.1)


def test_limits_have_the_shape_of_the_tables_and_only_what_is_asked_for() -> None:
    found = difference_intervals(np.stack([[TABLE, TABLE.T]]), ("half",), resamples=60)
    assert list(found) == ["half"]
    assert found["half"][0].shape == found["half"][1].shape == (1, 2)


def test_one_resample_is_a_point_and_each_seed_another() -> None:
    found = [difference_intervals(TABLE, resamples=1, seed=seed) for seed in range(9)]
    for kind in KINDS:
        assert all(one[kind][0] == one[kind][1] for one in found)
        assert len({float(one[kind][0]) for one in found}) > 4
