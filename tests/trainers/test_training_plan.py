"""The plan: every pair as often as it should be, steps that do not depend on how they are cut, and learning rates."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from crb_trainers.data.plan import Plan, accumulation, of_pairs
from crb_trainers.recipe import OptimiserSettings, ScheduleSettings
from crb_trainers.training.schedule import factor
from hypothesis import given, settings
from hypothesis import strategies as st

from crb.errors import DataError

PARITY = Path(__file__).resolve().parents[2] / ".." / "shared" / "parity" / "trainer" / "lr_schedule.json"


def plan(count: int, per_step: int, *, epochs: float = 1, seed: int = 0, sizes: tuple[int, ...] = ()) -> Plan:
    costs = np.random.default_rng(1).integers(10, 2000, count).tolist()
    sources = [source for source, size in enumerate(sizes) for _ in range(size)] or [0] * count
    weights = [1.0, 0.5, 2.0][: max(len(sizes), 1)]
    return of_pairs(costs, costs, sources, weights, pairs_per_step=per_step, epochs=epochs, seed=seed)


@given(count=st.integers(1, 60), per_step=st.integers(1, 60), epochs=st.sampled_from([0.5, 1, 2, 3.3]))
@settings(max_examples=60)
def test_steps_go_through_the_epochs_one_after_another(count: int, per_step: int, epochs: float) -> None:
    made = plan(count, per_step, epochs=epochs)
    if made.drawn < per_step:
        with pytest.raises(DataError, match="a step takes"):
            _ = made.steps
        return
    drawn = np.concatenate([made.step(step) for step in range(made.steps)]).tolist()
    assert len(drawn) + made.unused == int(epochs * count + 1e-6)
    assert 0 <= made.unused < per_step
    for start in range(0, len(drawn), count):
        epoch = drawn[start : start + count]
        assert len(set(epoch)) == len(epoch)  # within an epoch nothing comes twice


@given(pairs=st.integers(1, 40), parts=st.integers(1, 12), step=st.integers(0, 3))
@settings(max_examples=60)
def test_micro_batches_deal_out_a_step(pairs: int, parts: int, step: int) -> None:
    made = plan(50, pairs, epochs=4)
    parts = min(parts, pairs)
    dealt = made.micro_batches(step % made.steps, parts)
    assert len(dealt) == parts
    assert sorted(np.concatenate(dealt).tolist()) == sorted(made.step(step % made.steps).tolist())
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1


def test_micro_batches_weigh_alike() -> None:
    made = plan(512, 512)
    loads = [int(made.costs[part].sum()) for part in made.micro_batches(0, 64)]
    assert max(loads) < 1.1 * sum(loads) / len(loads)  # eight pairs of 10 to 2,000 tokens each: at random it is 1.7


def test_the_order_follows_from_the_seed_alone() -> None:
    assert plan(40, 8, epochs=2).step(7).tolist() == plan(40, 8, epochs=2).step(7).tolist()
    assert plan(40, 8).step(0).tolist() != plan(40, 8, seed=1).step(0).tolist()
    both = plan(40, 40, epochs=2)
    assert both.step(0).tolist() != both.step(1).tolist()


def test_weights_mix_the_sources() -> None:
    made = plan(60, 1, epochs=2, sizes=(20, 20, 20))
    assert made.per_epoch == 20 + 10 + 40
    epochs = [[int(made.step(step)[0]) for step in range(start, start + 70)] for start in (0, 70)]
    for epoch in epochs:
        assert Counter(made.sources[epoch].tolist()) == {0: 20, 1: 10, 2: 40}
        assert set(Counter(pair for pair in epoch if pair >= 40).values()) == {2}
    halves = [{pair for pair in epoch if 20 <= pair < 40} for epoch in epochs]
    assert halves[0] != halves[1]  # another half in every epoch


@pytest.mark.parametrize(
    ("pairs", "per_device", "world", "expected"),
    [(8, 8, 1, 1), (8, 4, 1, 2), (8, 3, 1, 3), (1024, 4, 64, 4), (10, 1, 4, 2), (3, 8, 3, 1)],
)
def test_every_process_has_a_pair_in_every_micro_batch(pairs: int, per_device: int, world: int, expected: int) -> None:
    assert accumulation(pairs, per_device, world) == expected
    assert pairs >= world * expected


def test_more_processes_than_pairs_are_refused() -> None:
    with pytest.raises(DataError, match="2 pairs for 4 processes"):
        accumulation(2, 1, 4)


def test_wsd_is_the_published_schedule_step_for_step() -> None:
    if not PARITY.is_file():
        pytest.skip("../shared/parity/trainer is not here")
    for name, run in json.loads(PARITY.read_text()).items():
        schedule = ScheduleSettings(
            kind="wsd",
            warmup=run["warmup_ratio"],
            stable=run["stable_ratio"],
            warmup_shape=run["warmup_type"],
            decay_shape=run["decay_type"],
        )
        optimiser = OptimiserSettings(lr=run["base_lr"], min_lr=run["base_lr"] * run["min_lr_ratio"])
        at = factor(schedule, optimiser, run["num_update_steps"])
        found = [at(step) * optimiser.lr for step in range(len(run["lr"]))]
        assert found == pytest.approx(run["lr"], abs=1e-9, rel=1e-12), name


@pytest.mark.parametrize("kind", ["cosine", "linear"])
def test_the_rate_rises_to_its_peak_and_falls_to_its_lowest(kind: str) -> None:
    optimiser = OptimiserSettings(lr=2e-5, min_lr=1e-5)
    at = factor(ScheduleSettings.model_validate({"kind": kind, "warmup": 0.05}), optimiser, 200)
    rates = [at(step) * optimiser.lr for step in range(200)]
    assert rates[0] > 0
    assert max(rates) == rates[10] == pytest.approx(2e-5)
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(1e-5, rel=0.01)


def test_a_constant_rate_stays_where_it_is() -> None:
    at = factor(ScheduleSettings(kind="constant", warmup=0), OptimiserSettings(), 10)
    assert {at(step) for step in range(10)} == {1.0}
