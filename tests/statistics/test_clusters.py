"""Clusters of one prompt: who is in one, and intervals that cover although pairs are not independent."""

from __future__ import annotations

import numpy as np
import pytest

from crb.statistics.accuracy import KINDS
from crb.statistics.clusters import accuracy_intervals, difference_intervals, prompt_clusters
from crb.statistics.intervals import wilson
from crb.statistics.resampling import difference_intervals as paired_intervals

SIMULATIONS = 1_000
PROMPTS, PER_PROMPT = 150, 4
CLUSTERS = np.repeat(np.arange(PROMPTS), PER_PROMPT)


def outcomes_by_prompt(seed: int, skills: tuple[float, ...]) -> np.ndarray:
    """Codes (simulations, models, n): half of the prompts are easy (+0.25) and half hard, for each model by itself."""
    generator = np.random.default_rng(seed)
    ease = generator.choice([-0.25, 0.25], size=(SIMULATIONS, len(skills), PROMPTS)).repeat(PER_PROMPT, axis=2)
    right = generator.random(ease.shape) < np.array(skills)[None, :, None] + ease
    codes = np.where(right, 0, 2).astype(np.int8)
    codes[generator.random(codes.shape) < 0.1] = 1
    return codes


def test_equal_prompts_share_a_cluster() -> None:
    assert prompt_clusters(["a", "b", "a", "", "b"]).tolist() == [0, 1, 0, 2, 1]
    assert prompt_clusters([]).dtype == np.int64


def test_accuracies_of_clustered_pairs_are_covered_where_wilsons_interval_is_too_narrow() -> None:
    truth = {"strict": 0.9 * 0.6, "half": 0.9 * 0.6 + 0.05, "valid": 0.6}
    drawn = outcomes_by_prompt(1, (0.6,))[:, 0]
    limits = [accuracy_intervals(codes, CLUSTERS, resamples=250, seed=seed) for seed, codes in enumerate(drawn)]
    for kind in KINDS:
        held = np.mean([limit[kind][0] <= truth[kind] <= limit[kind][1] for limit in limits])
        assert 0.93 <= held <= 0.97
    low, high = wilson((drawn == 0).mean(axis=1), np.full(len(drawn), drawn.shape[1]))
    assert ((low <= truth["strict"]) & (truth["strict"] <= high)).mean() < 0.92


def test_differences_of_clustered_pairs_are_covered() -> None:
    truth = {"strict": 0.9 * 0.1, "half": 0.9 * 0.1, "valid": 0.1}
    drawn = outcomes_by_prompt(2, (0.65, 0.55))
    limits = [
        difference_intervals(first, second, CLUSTERS, resamples=250, seed=seed)
        for seed, (first, second) in enumerate(drawn)
    ]
    for kind in KINDS:
        held = np.mean([limit[kind][0] <= truth[kind] <= limit[kind][1] for limit in limits])
        assert 0.93 <= held <= 0.97


def test_pairs_with_prompts_of_their_own_are_the_plain_bootstrap() -> None:
    first, second = outcomes_by_prompt(3, (0.65, 0.55))[0]
    table = np.zeros((1, 3, 3), dtype=np.int64)
    np.add.at(table[0], (first, second), 1)
    alone = difference_intervals(first, second, np.arange(len(first)))
    plain = paired_intervals(table)
    for kind in KINDS:
        assert alone[kind] == pytest.approx([float(limit[0]) for limit in plain[kind]], abs=0.004)


def test_names_of_clusters_and_the_order_of_pairs_do_not_matter() -> None:
    codes = outcomes_by_prompt(4, (0.6,))[0, 0]
    order = np.random.default_rng(5).permutation(len(codes))
    there = accuracy_intervals(codes, CLUSTERS, resamples=500)
    assert accuracy_intervals(codes[order], 7 * CLUSTERS[order] + 3, resamples=500) == there


def test_no_pairs_have_no_interval() -> None:
    found = accuracy_intervals(np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int64), resamples=20)
    assert all(np.isnan(limits).all() for limits in found.values())


def test_seed_and_confidence_are_those_asked_for() -> None:
    first, second = outcomes_by_prompt(6, (0.65, 0.55))[0]
    for found in (
        lambda **asked: accuracy_intervals(first, CLUSTERS, resamples=400, **asked),
        lambda **asked: difference_intervals(first, second, CLUSTERS, resamples=400, **asked),
    ):
        usual, other, narrow = found(), found(seed=1), found(confidence=0.5)
        for kind in KINDS:
            assert usual[kind] != other[kind]
            half = (usual[kind][1] - usual[kind][0]) * 0.6745 / 1.96
            assert narrow[kind][1] - narrow[kind][0] == pytest.approx(half, rel=0.25)


@pytest.mark.filterwarnings("error")  # a warning would stand in the middle of a table
def test_a_model_that_decides_nothing_has_no_valid_accuracy() -> None:
    codes = np.ones(8, dtype=np.int8)
    found = accuracy_intervals(codes, np.arange(8), resamples=50)
    assert found["strict"] == (0.0, 0.0)
    assert found["half"] == (0.5, 0.5)
    assert np.isnan(found["valid"]).all()


def test_pairs_of_one_prompt_are_drawn_together_or_not_at_all() -> None:
    codes = np.array([0, 0, 2, 1], dtype=np.int8)
    one = np.zeros(4, dtype=np.int64)
    found = accuracy_intervals(codes, one, resamples=50)
    assert found == {"strict": (0.5, 0.5), "half": (0.625, 0.625), "valid": (2 / 3, 2 / 3)}
    assert difference_intervals(codes, codes[::-1].copy(), one, resamples=50)["strict"] == (0.0, 0.0)
