"""Losses, rewards and gradient norms of the reference trainer, within 1e-4, with the shared prefix once and twice."""

from __future__ import annotations

import math

import pytest
import torch
from crb_trainers.data.batch import collate
from crb_trainers.data.tokenisation import tokenise_pairs
from crb_trainers.modelling.model import PairModel
from crb_trainers.settings import ModelSettings, ObjectiveSettings
from crb_trainers.training.objective import WindowTotals, preference_loss, reward_metrics, reward_sums, window_loss
from trainer_reference import FOLDER, batch_pairs, document, needed

pytestmark = needed()
TOLERANCE = 1e-4
SETTINGS = ("lm0.4_mag0.01", "lm0.25_mag0.001", "lm0_mag0", "lm0.1_mag0.01")
Gradients = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def loaded():
    from crb_trainers.modelling.loading import load

    return load(ModelSettings(name=str(FOLDER)), language_loss=True)


@pytest.fixture(scope="module", params=["on", "off"])
def batch(request, loaded):
    pairs, _ = tokenise_pairs(batch_pairs(), loaded.tokenizer, max_length=1024)
    return collate(pairs, request.param)


@pytest.fixture(scope="module", params=["seeded", "zero"])
def head(request, loaded):
    from safetensors.torch import load_file

    weight = load_file(FOLDER / "head.safetensors")["reward_head.weight"]
    with torch.no_grad():
        loaded.model.head.weight.copy_(weight if request.param == "seeded" else torch.zeros_like(weight))
    return request.param


@pytest.fixture(scope="module")
def computed(loaded, batch, head):
    """The outputs of one forward pass, and the gradients of its three terms apart: the objective is linear in them."""
    model: PairModel = loaded.model
    output = model(batch)
    assert output.lm_sum is not None
    sums = preference_loss(output.chosen, output.rejected, ObjectiveSettings())
    parameters = dict(model.named_parameters())

    def gradients(term: torch.Tensor) -> Gradients:
        found = torch.autograd.grad(term, list(parameters.values()), retain_graph=True, materialize_grads=True)
        return dict(zip(parameters, found, strict=True))

    return output, sums, [gradients(term) for term in (*sums, output.lm_sum)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_losses_and_gradient_norms(computed, batch, head, setting):
    output, sums, (of_bt, of_magnitude, of_language) = computed
    expected = document("expected.json")["runs"][setting if head == "seeded" else f"zerohead_{setting}"]
    objective = ObjectiveSettings(language_model=expected["lambda_lm"], magnitude=expected["lambda_mag"])
    totals = WindowTotals(len(batch), batch.completion_tokens)
    loss = window_loss(sums, output.lm_sum, totals, objective)
    assert loss.item() == pytest.approx(expected["total"], abs=TOLERANCE)
    assert sums.bt.item() / totals.pairs == pytest.approx(expected["bt"], abs=TOLERANCE)
    assert sums.magnitude.item() / totals.pairs == pytest.approx(expected["mag"], abs=TOLERANCE)
    assert output.lm_sum.item() / totals.tokens == pytest.approx(expected["lm"], abs=TOLERANCE)
    if head == "zero":
        assert sums.bt.item() / totals.pairs == pytest.approx(math.log(2), abs=1e-6)
    norms = {}
    for name in of_bt:
        preference = (of_bt[name] + objective.magnitude * of_magnitude[name]) / totals.pairs
        norms[name] = (preference + objective.language_model * of_language[name] / totals.tokens).norm().item()
    assert math.hypot(*norms.values()) == pytest.approx(expected["grad_norm_total"], abs=TOLERANCE)
    for name, norm in expected["grad_norm"].items():
        ours = name.replace("backbone.", "language_model.").replace("reward_head.", "head.")
        assert norms[ours] == pytest.approx(norm, abs=TOLERANCE), name


def test_rewards_and_their_metrics(computed, head):
    output, *_ = computed
    expected = document("expected.json")
    rewards = expected["rewards"] if head == "seeded" else {"chosen": [0.0] * 4, "rejected": [0.0] * 4}
    assert output.chosen.tolist() == pytest.approx(rewards["chosen"], abs=TOLERANCE)
    assert output.rejected.tolist() == pytest.approx(rewards["rejected"], abs=TOLERANCE)
    metrics = reward_metrics(reward_sums(output.chosen, output.rejected))
    told = expected["runs"][SETTINGS[0] if head == "seeded" else f"zerohead_{SETTINGS[0]}"]["metrics"]
    assert metrics["accuracy"] == told["reward/accuracy"]
    assert metrics["margin"] == pytest.approx(told["reward/margin"], abs=TOLERANCE)
    assert metrics["chosen"] == pytest.approx(told["reward/chosen_mean"], abs=TOLERANCE)


def test_the_shares_backward_pass_is_the_sum_of_its_terms(loaded, batch, head, computed):
    """What the Trainer does, against the terms apart: a window's loss sent back at once."""
    objective = ObjectiveSettings(language_model=0.4, magnitude=0.01)
    output = loaded.model(batch)
    totals = WindowTotals(len(batch), batch.completion_tokens)
    loaded.model.zero_grad()
    sums = preference_loss(output.chosen, output.rejected, objective)
    window_loss(sums, output.lm_sum, totals, objective).backward()
    weight = loaded.model.head.weight.grad
    loaded.model.zero_grad()
    _, _, (of_bt, of_magnitude, _) = computed
    expected = (of_bt["head.weight"] + 0.01 * of_magnitude["head.weight"]) / len(batch)
    torch.testing.assert_close(weight, expected, atol=1e-6, rtol=1e-5)
