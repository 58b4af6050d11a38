"""The preference objective: its values, where it comes to rest, and that windows may be cut anywhere."""

from __future__ import annotations

import math

import pytest
import torch
from crb_trainers.settings import ObjectiveSettings
from crb_trainers.training.objective import WindowTotals, preference_loss, reward_metrics, reward_sums, window_loss
from hypothesis import given, settings
from hypothesis import strategies as st

REWARDS = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=8)


def columns(pairs: list[tuple[float, float]]) -> tuple[torch.Tensor, torch.Tensor]:
    chosen, rejected = torch.tensor(pairs, dtype=torch.float32).T
    return chosen, rejected


def test_the_first_loss_under_a_zero_head_is_ln_2():
    sums = preference_loss(torch.zeros(64), torch.zeros(64), ObjectiveSettings(magnitude=0.01))
    loss = window_loss(sums, None, WindowTotals(64, 0), ObjectiveSettings(magnitude=0.01))
    assert float(loss) == pytest.approx(math.log(2), abs=1e-6)


@given(REWARDS, st.floats(0, 2), st.floats(0, 0.4))
def test_margin_and_label_smoothing_are_as_the_formula_says(pairs, margin, smoothing):
    chosen, rejected = columns(pairs)
    found = preference_loss(chosen, rejected, ObjectiveSettings(margin=margin, label_smoothing=smoothing))
    expected = 0.0
    for c, r in zip(chosen.double().tolist(), rejected.double().tolist(), strict=True):
        lead = c - r - margin
        expected += (1 - smoothing) * math.log1p(math.exp(-lead)) + smoothing * math.log1p(math.exp(lead))
    assert float(found.bt) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@given(REWARDS)
def test_the_two_magnitudes_are_the_codes_and_the_papers(pairs):
    chosen, rejected = columns(pairs)
    of_code = preference_loss(chosen, rejected, ObjectiveSettings(magnitude_kind="sum_of_absolutes"))
    of_paper = preference_loss(chosen, rejected, ObjectiveSettings(magnitude_kind="sum"))
    assert float(of_code.magnitude) == pytest.approx(sum((abs(c) + abs(r)) ** 2 for c, r in pairs), rel=1e-5, abs=1e-9)
    assert float(of_paper.magnitude) == pytest.approx(sum((c + r) ** 2 for c, r in pairs), rel=1e-4, abs=1e-5)


def trained(objective: ObjectiveSettings, *, start: tuple[float, float] = (0.5, 0.3), steps: int = 400) -> torch.Tensor:
    """The rewards (2,) of one pair that nothing but the objective holds back."""
    rewards = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.LBFGS([rewards], lr=0.3, max_iter=steps, tolerance_change=1e-12)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = window_loss(preference_loss(rewards[:1], rewards[1:], objective), None, WindowTotals(1, 0), objective)
        loss.backward()
        return loss

    optimiser.step(closure)
    return rewards.detach()


@pytest.mark.parametrize(("mu", "margin"), [(0.01, 2.8), (0.001, 4.7)])
def test_a_separable_pair_settles_at_the_documented_margin(mu, margin):
    chosen, rejected = trained(ObjectiveSettings(magnitude=mu)).tolist()
    assert chosen - rejected == pytest.approx(margin, abs=0.05)
    settled = chosen - rejected
    assert 1 / (1 + math.exp(settled)) == pytest.approx(2 * mu * settled, rel=1e-3)  # where the two forces are equal


def test_the_papers_magnitude_centres_and_does_not_shrink():
    objective = ObjectiveSettings(magnitude=0.01, magnitude_kind="sum")
    chosen, rejected = trained(objective, start=(3.0, 2.0)).tolist()
    assert chosen + rejected == pytest.approx(0, abs=0.05)
    assert chosen - rejected > 8


@settings(deadline=None)
@given(REWARDS, st.integers(0, 8))
def test_the_shares_of_micro_batches_add_up_to_the_windows_loss(pairs, cut):
    objective = ObjectiveSettings(language_model=0.4, magnitude=0.01, margin=0.1, label_smoothing=0.05)
    totals = WindowTotals(len(pairs), 50)
    chosen, rejected = columns(pairs)

    def share(here: slice, language_model: float) -> float:
        sums = preference_loss(chosen[here], rejected[here], objective)
        return float(window_loss(sums, torch.tensor(language_model), totals, objective))

    whole = share(slice(None), 90.0)
    parts = share(slice(None, cut), 60.0) + share(slice(cut, None), 30.0)
    assert parts == pytest.approx(whole, rel=1e-5)


def test_half_precision_rewards_are_summed_in_float32():
    chosen = torch.full((4096,), 0.1, dtype=torch.bfloat16)
    sums = preference_loss(chosen, -chosen, ObjectiveSettings())
    assert sums.bt.dtype == torch.float32
    assert float(sums.bt) == pytest.approx(4096 * math.log1p(math.exp(-0.2)), rel=1e-3)


@given(st.lists(REWARDS, min_size=1, max_size=4))
def test_metrics_are_of_all_micro_batches_and_not_of_the_last(batches):
    metrics = reward_metrics(torch.stack([reward_sums(*columns(pairs)) for pairs in batches]).sum(0))
    everything = [pair for pairs in batches for pair in pairs]
    count = len(everything)
    chosen, rejected = columns(everything)
    assert metrics["accuracy"] == pytest.approx(float((chosen > rejected).double().mean()))
    assert metrics["margin"] == pytest.approx(sum(c - r for c, r in everything) / count, abs=1e-5)
    assert metrics["chosen"] == pytest.approx(sum(c for c, _ in everything) / count, abs=1e-5)
    assert metrics["rejected"] == pytest.approx(sum(r for _, r in everything) / count, abs=1e-5)


def test_a_tie_is_not_correct():
    assert reward_metrics(reward_sums(torch.zeros(4), torch.zeros(4)))["accuracy"] == 0
