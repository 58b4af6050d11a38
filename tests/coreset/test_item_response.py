"""The item-response model: what was put into simulated runs comes out again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import draw

from crb.coreset.irt import abilities, fit


def test_known_parameters_are_recovered() -> None:
    drawn = draw(runs=300)
    found = fit(drawn.material.right, drawn.material.numbers)
    for k in range(2):
        assert np.corrcoef(found.ability[:, k], drawn.ability[:, k])[0, 1] > 0.95
    assert np.corrcoef(found.intercept, drawn.intercept)[0, 1] > 0.97
    assert np.abs(found.intercept - drawn.intercept).mean() < 0.25
    assert np.corrcoef(found.slope, drawn.slope)[0, 1] > 0.6
    assert abs(found.slope.mean() - drawn.slope.mean()) < 0.15


def test_abilities_in_two_criteria_are_known_to_go_together() -> None:
    found = fit(draw(runs=200, correlation=0.9).material.right, draw().material.numbers)
    deviation = np.sqrt(np.diag(found.covariance))
    assert 0.75 < found.covariance[0, 1] / deviation.prod() < 1
    apart = fit(draw(runs=200, correlation=0.0).material.right, draw().material.numbers)
    assert abs(apart.covariance[0, 1]) < 0.25


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 40), st.integers(1, 4))
def test_any_outcomes_give_finite_parameters(seed: int, runs: int, pairs: int, criteria: int) -> None:
    generator = np.random.default_rng(seed)
    right = generator.random((runs, pairs + criteria)) < generator.choice([0.0, 0.02, 0.5, 1.0])
    criterion = np.sort(np.concatenate([np.arange(criteria), generator.integers(0, criteria, size=pairs)]))
    found = fit(right, criterion, rounds=10)
    for values in (found.slope, found.intercept, found.ability, found.covariance):
        assert np.isfinite(values).all()
    assert np.linalg.eigvalsh(found.covariance).min() > 0


@given(st.integers(0, 39))
def test_one_more_right_pair_never_lowers_an_ability(place: int) -> None:
    generator = np.random.default_rng(place)
    slope, intercept, criterion = np.full(40, 0.8), generator.normal(size=40), np.repeat([0, 1], 20)
    right = generator.random(40) < 0.5
    right[place] = False
    better = right.copy()
    better[place] = True
    prior = np.array([[1.0, 0.7], [0.7, 1.0]])
    found, _ = abilities(np.stack([right, better]), criterion, slope, intercept, prior)
    assert (found[1] > found[0]).all()
