"""Best-of-n, hits and their undefined cases against brute force: every subset, every order of the tied."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from questions import question, readings_of
from scipy import stats

from crb.metrics.base import Measured
from crb.metrics.reranking import Reranking
from crb.readings import Reading
from crb.statistics.reranking import best_of, hits_at, median_interval, sizes, spearman, variance

GRADES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=6)


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    grades = draw(GRADES)
    some = st.sampled_from([-1.0, 0.0, 1.0, 2.5, math.nan])
    return draw(st.lists(some, min_size=len(grades), max_size=len(grades))), grades


def orders(scores: list[float]) -> list[tuple[int, ...]]:
    """All orders that agree with the scores, each as likely as the others."""
    keys = [-math.inf if math.isnan(score) else score for score in scores]
    places = permutations(range(len(scores)))
    return [order for order in places if all(keys[a] >= keys[b] for a, b in pairwise(order))]


@settings(deadline=None, max_examples=60)
@given(scored(), st.integers(1, 6))
def test_best_of_n_is_the_mean_over_all_subsets(data: tuple[list[float], list[float]], n: int) -> None:
    scores, grades = data
    n = min(n, len(grades))
    chosen = []
    for subset in combinations(range(len(grades)), n):
        picks = list(orders([scores[place] for place in subset]))
        chosen.append(np.mean([grades[subset[order[0]]] for order in picks]))
    assert best_of(scores, grades, n) == pytest.approx(np.mean(chosen))


@settings(deadline=None, max_examples=60)
@given(scored(), st.integers(1, 8))
def test_hits_are_the_share_of_orders_with_a_pass_among_the_first(
    data: tuple[list[float], list[float]], k: int
) -> None:
    scores, grades = data
    passed = [grade == 1 for grade in grades]
    found = hits_at(scores, passed, k)
    if not any(passed):
        assert math.isnan(found)
    else:
        assert found == pytest.approx(np.mean([any(passed[place] for place in order[:k]) for order in orders(scores)]))


@given(scored(), st.randoms(use_true_random=False))
def test_the_order_of_the_completions_in_the_file_changes_nothing(
    data: tuple[list[float], list[float]], random: np.random.Generator
) -> None:
    scores, grades = data
    places = list(range(len(grades)))
    random.shuffle(places)
    mixed = [scores[place] for place in places], [grades[place] for place in places]
    for n in range(1, len(grades) + 1):
        assert best_of(*mixed, n) == pytest.approx(best_of(scores, grades, n))
    assert spearman(*mixed) == pytest.approx(spearman(scores, grades), nan_ok=True)


@given(GRADES)
def test_an_oracle_has_no_regret_and_chance_lies_between(grades: list[float]) -> None:
    n = len(grades)
    assert best_of(grades, grades, n) == max(grades)
    assert best_of([-grade for grade in grades], grades, n) == min(grades)
    assert best_of([0.0] * n, grades, n) == pytest.approx(np.mean(grades))
    curve = [best_of(grades, grades, size) for size in range(1, n + 1)]
    assert all(one <= other + 1e-12 for one, other in pairwise(curve))


@pytest.mark.parametrize(
    ("scores", "grades"),
    [([1.0], [0.5]), ([1.0, 1.0], [0.0, 1.0]), ([1.0, 2.0], [0.5, 0.5]), ([1.0, math.nan], [0.0, 1.0])],
)
def test_a_correlation_that_is_not_defined_is_none(scores: list[float], grades: list[float]) -> None:
    assert math.isnan(spearman(scores, grades))


@pytest.mark.parametrize("n", [2, 3, 6, 7, 40])
def test_a_perfect_order_is_exactly_one(n: int) -> None:
    assert spearman(range(n), [place / n for place in range(n)]) == 1.0
    assert spearman(range(n), [-place / n for place in range(n)]) == -1.0


@pytest.mark.filterwarnings("error")
def test_a_variance_beyond_all_numbers_is_none() -> None:
    assert math.isnan(variance([1e200, -1e200, 0.0]))
    assert math.isnan(variance([1.7e308, 1.7e308, -1.7e308]))
    assert variance([1.0, 3.0]) == 1.0


def test_the_curve_of_forty_ends_at_forty() -> None:
    assert sizes(40) == [1, 2, 4, 8, 16, 32, 40]
    assert sizes(1) == [1]


def test_undefined_questions_are_counted_and_not_taken_as_zero() -> None:
    found = measure({"good": ([0.0, 1.0], [1.0, 2.0]), "even": ([0.5, 0.5], [1.0, 2.0])})
    figures = {figure.key: figure for figure in found.figures}
    assert (figures["spearman_mean"].estimate.value, figures["spearman_mean"].n) == (pytest.approx(1.0), 1)
    assert (figures["hits_at_1"].estimate.value, figures["hits_at_1"].n) == (pytest.approx(1.0), 1)
    assert figures["best"].estimate.value == 0.75
    assert any("1 of 2 questions with equal pass rates" in note for note in found.notes)
    assert any("1 of 2 questions without a completion that passes" in note for note in found.notes)


def test_a_run_without_any_score_has_figures_and_says_why() -> None:
    item = question("a", [0.0, 1.0])
    found = Reranking().measure([item], {})
    figures = {figure.key: figure.estimate.value for figure in found.figures}
    assert figures["hits_at_1"] == 0.5  # as good as chance
    assert figures["spearman_median"] is None
    assert "missing score (2 completions)" in " ".join(found.notes)


def test_figures_by_language_are_those_of_the_language_alone() -> None:
    from crb.vocabulary import Language

    items = [question("a", [0.0, 1.0], language=Language.GO), question("b", [1.0, 0.0], language=Language.C)]
    readings = {key: value for item in items for key, value in readings_of(item, [1.0, 2.0]).items()}
    table = Reranking().measure(items, readings).tables[0]
    rows = {row["language"]: row for row in table.rows}
    assert list(rows) == ["C", "Go"]
    assert rows["Go"]["hits_at_1"].value == 1.0
    assert rows["C"]["hits_at_1"].value == 0.0


def measure(data: dict[str, tuple[list[float], list[float]]]) -> Measured:
    items, readings = [], dict[tuple[str, str], Reading]()
    for id, (grades, rewards) in data.items():
        items.append(question(id, grades))
        readings |= readings_of(items[-1], rewards)
    return Reranking().measure(items, readings)


def test_the_interval_of_a_median_by_hand() -> None:
    """Of two questions 0 and 1 a draw has the median 0, 1/2 or 1 with chances 1/4, 1/2 and 1/4."""

    def interval(confidence: float, seed: int = 1, resamples: int = 4000) -> tuple[float, float]:
        return median_interval([0.0, 1.0], resamples=resamples, seed=seed, confidence=confidence)

    assert interval(0.4) == (0.5, 0.5)
    assert interval(0.6) == (0.0, 1.0)
    low, high = interval(0.95, resamples=1)
    assert low == high
    assert len({interval(0.95, seed=seed, resamples=1) for seed in range(20)}) == 3
    assert np.isnan(median_interval([], resamples=10, seed=1, confidence=0.95)).all()


def test_many_questions_are_drawn_in_parts_and_every_resample_counts() -> None:
    values = np.repeat([0.0, 1.0], [700_000, 500_000])
    assert median_interval(values, resamples=3, seed=1, confidence=0.95) == (0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=12))
def test_the_correlation_is_scipys(pairs: list[tuple[int, int]]) -> None:
    scores, grades = zip(*pairs, strict=True)
    if len(set(scores)) > 1 and len(set(grades)) > 1:
        assert spearman(scores, grades) == pytest.approx(stats.spearmanr(scores, grades).statistic)
