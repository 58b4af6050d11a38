"""Paired tests against scipy, statsmodels and counting every assignment of signs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paired_truth import SHAPES, draw, equal
from scipy import stats

import crb.statistics.mcnemar as mcnemar_module
from crb.statistics.accuracy import KINDS, Kind
from crb.statistics.differences import moments
from crb.statistics.mcnemar import mcnemar, normal, p_values, sign_flip

UNHURRIED = settings(deadline=None, max_examples=60)
FEW_STEPS = st.integers(0, 4)
TABLES = st.lists(st.integers(0, 40), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3))


def test_mcnemar_is_statsmodels_exact_test() -> None:
    reference = pytest.importorskip("statsmodels.stats.contingency_tables")
    first, second = np.random.default_rng(1).integers(0, 400, size=(2, 200))
    expected = [
        reference.mcnemar([[5, b], [c, 7]], exact=True).pvalue for b, c in zip(first, second, strict=True) if b + c
    ]
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-9)


@UNHURRIED
@given(st.integers(0, 3000), st.integers(0, 3000))
def test_mcnemar_is_scipys_binomial_test(first: int, second: int) -> None:
    expected = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-9)


@UNHURRIED
@given(FEW_STEPS, FEW_STEPS, FEW_STEPS, FEW_STEPS)
def test_the_sign_flip_test_counts_every_assignment_of_signs(up: int, down: int, half_up: int, half_down: int) -> None:
    steps = [2] * (up + down) + [1] * (half_up + half_down)
    seen = abs(2 * (up - down) + half_up - half_down)
    sums = [
        abs(sum(s * step for s, step in zip(signs, steps, strict=True)))
        for signs in itertools.islice(itertools.product((-1, 1), repeat=len(steps)), 2**12)
    ]
    if len(steps) <= 12:
        expected = np.mean([total >= seen for total in sums])
        assert sign_flip((up, down), (half_up, half_down)) == pytest.approx(expected, rel=1e-12)


def test_the_sign_flip_test_is_scipys_permutation_test() -> None:
    differences = np.repeat([1.0, -1.0, 0.5, -0.5, 0.0], [4, 1, 5, 2, 1])
    expected = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=2**13)
    assert sign_flip((4, 1), (5, 2)) == pytest.approx(expected.pvalue)


def test_a_difference_without_variance_is_certain_and_nothing_is_said_of_it() -> None:
    with np.errstate(all="raise"):  # a warning would stand in the middle of a table
        assert normal(np.array([0.0, 1.0, -2.0]), np.zeros(3)).tolist() == [1.0, 0.0, 0.0]


def test_large_tables_agree_with_the_normal_approximation() -> None:
    p = sign_flip(([900, 40], [800, 30]), ([1500, 3000], [1400, 2900]))
    totals, variances = np.array([2 * 100 + 100, 2 * 10 + 100]), np.array([4 * 1700 + 2900, 4 * 70 + 5900])
    # the sum moves in steps of 2: half a step less is the continuity correction
    assert p == pytest.approx(2 * stats.norm.sf((totals - 1) / np.sqrt(variances)), rel=2e-3)


def test_many_tables_at_once_are_those_tables_one_by_one() -> None:
    cells = np.random.default_rng(2).integers(0, 60, size=(50, 4))
    together = sign_flip((cells[:, 0], cells[:, 1]), (cells[:, 2], cells[:, 3]))
    alone = [float(sign_flip((a, b), (c, d))) for a, b, c, d in cells]
    assert together.tolist() == alone


def test_the_score_test_of_valid_is_the_one_of_generalised_estimating_equations() -> None:
    # Leisenring, Alonzo and Pepe's statistic is the score test of a marginal model with independent working
    # correlation, pairs as clusters: statsmodels has it as a comparison of two nested models.
    genmod = pytest.importorskip("statsmodels.genmod.api")
    counts = np.array([[30, 9, 12], [8, 6, 3], [7, 2, 11]])
    right, model, pair = [], [], []
    cells = [(i, j) for i in range(3) for j in range(3) for _ in range(counts[i, j])]
    for number, codes in enumerate(cells):
        for which, code in enumerate(codes):
            if code != 1:
                right.append(float(code == 0))
                model.append(float(which))
                pair.append(number)
    ones = np.ones(len(right))
    full = genmod.GEE(right, np.column_stack([ones, model]), groups=pair, family=genmod.families.Binomial())
    null = genmod.GEE(right, ones[:, None], groups=pair, family=genmod.families.Binomial()).fit()
    assert p_values(counts, "valid") == pytest.approx(full.compare_score_test(null)["p-value"], rel=1e-6)


@UNHURRIED
@given(TABLES, st.sampled_from(KINDS))
def test_swapping_the_models_changes_no_p_value(table: np.ndarray, kind: Kind) -> None:
    assert p_values(table, kind) == pytest.approx(float(p_values(table.T, kind)), nan_ok=True)


@UNHURRIED
@given(TABLES)
def test_pairs_on_which_both_do_the_same_tell_nothing_of_strict_and_half(table: np.ndarray) -> None:
    more = table + 100 * np.eye(3, dtype=int)
    if table.sum():
        for kind in ("strict", "half"):
            assert p_values(table, kind) == p_values(more, kind)


@UNHURRIED
@given(TABLES)
def test_without_undecided_pairs_the_three_tests_are_one(table: np.ndarray) -> None:
    table[1], table[:, 1] = 0, 0
    found = {float(p_values(table, kind)) for kind in KINDS if table.sum()}
    assert len(found) <= 1


def test_nothing_to_compare_is_no_p_value_and_no_difference_is_1() -> None:
    assert np.isnan(p_values(np.zeros((3, 3), dtype=int), "strict"))
    assert np.isnan(p_values(np.array([[0, 0, 0], [3, 2, 1], [0, 0, 0]]), "valid"))
    assert p_values(np.diag([3, 1, 2]), "valid") == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n", [50, 300, 2000])
def test_of_equal_models_at_most_5_in_100_look_different(name: str, n: int, kind: Kind) -> None:
    tables = draw(equal(name), n, simulations=4_000)
    rejected = (p_values(tables, kind, moments(tables, kind)) <= 0.05).mean()
    assert rejected <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4_000)
    if n == 2000:
        assert rejected >= 0.03, "so conservative that it could hardly find anything"


def test_half_holds_its_level_where_means_are_equal_but_the_models_are_not_exchangeable() -> None:
    # Ten right-against-wrong steps one way are outweighed by twenty half steps the other way.
    uneven = np.array([[0.4, 0.0, 0.1], [0.2, 0.1, 0.0], [0.0, 0.0, 0.2]])
    tables = draw(uneven, 1_000, simulations=4_000)
    assert (p_values(tables, "half") <= 0.05).mean() <= 0.06


@UNHURRIED
@given(st.lists(TABLES, min_size=1, max_size=5), st.sampled_from(KINDS))
def test_the_p_values_of_many_tables_are_those_of_each(tables: list[np.ndarray], kind: Kind) -> None:
    tables = [*tables, np.zeros((3, 3), dtype=int), np.array([[9, 0, 1], [0, 0, 0], [7, 0, 3]])]
    stacked = np.stack(tables)
    alone = [float(p_values(table, kind)) for table in tables]
    assert p_values(stacked, kind).tolist() == pytest.approx(alone, nan_ok=True)
    assert p_values(stacked, kind, moments(stacked, kind)).tolist() == pytest.approx(alone, nan_ok=True)
    assert p_values(stacked[None], kind).shape == (1, len(tables))


def test_blocks_of_any_size_give_the_same_p_values(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = np.random.default_rng(4).integers(0, 30, size=(4, 3, 20))
    whole = sign_flip((cells[0], cells[1]), (cells[2], cells[3]))
    assert whole.shape == (3, 20)
    tail, taken = mcnemar_module._tail, list[int]()

    def noted(total: np.ndarray, outer: np.ndarray, *rest: np.ndarray) -> np.ndarray:
        taken.append(len(outer))
        assert (outer[1:] + 1).sum() < mcnemar_module._BLOCK, "more memory than it may take"
        return tail(total, outer, *rest)

    monkeypatch.setattr(mcnemar_module, "_tail", noted)
    for size in (2, 7, 40, 10_000):
        monkeypatch.setattr(mcnemar_module, "_BLOCK", size)
        taken.clear()
        assert sign_flip((cells[0], cells[1]), (cells[2], cells[3])).tolist() == whole.tolist()
        assert sum(taken) == 60, "a table is looked at twice"
    assert taken == [60]
    assert sign_flip(([], []), ([], [])).tolist() == []
