"""The model with two heads: its packed pass equals each response by itself, whatever is shared, cut or recomputed."""

from __future__ import annotations

import copy
import math
import time

import numpy as np
import pytest
import tiny_causal
import torch
from crb_trainers.data.batch import Batch, collate
from crb_trainers.data.tokenisation import TokenPair
from crb_trainers.modelling.loading import load
from crb_trainers.modelling.model import PairModel
from crb_trainers.settings import LoraSettings, ModelSettings, ObjectiveSettings
from crb_trainers.training.objective import WindowTotals, preference_loss, window_loss
from largest_tensor import LargestTensor
from torch.nn.functional import cross_entropy

FAMILIES = {
    "llama": {},
    "qwen3": {},
    "mistral": {"sliding_window": 24, "tied": False},  # shorter than the texts: the masked way
    "gemma2": {"sliding_window": 24, "query_pre_attn_scalar": 8, "attn_logit_softcapping": 5.0},
}
OBJECTIVE = ObjectiveSettings(language_model=0.4, magnitude=0.01)
Gradients = dict[str, torch.Tensor]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, tmp_path_factory) -> PairModel:
    folder = tiny_causal.build(
        tmp_path_factory.mktemp(request.param) / "model", request.param, **FAMILIES[request.param]
    )
    return seeded(load(ModelSettings(name=str(folder)), language_loss=True).model)


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> str:
    return str(tiny_causal.build(tmp_path_factory.mktemp("llama") / "model"))


def seeded(model: PairModel) -> PairModel:
    """The same with a head that is not zero, so that rewards reach the backbone."""
    with torch.no_grad():
        model.head.weight.copy_(torch.linspace(-1, 1, model.head.weight.numel()))
    return model


def token_pairs(count: int = 4, seed: int = 0, prompt: int = 40, response: int = 20) -> list[TokenPair]:
    """Random pairs; every second one's responses start alike, and the last two share a prompt."""
    rng = np.random.default_rng(seed)

    def ids(length: int) -> list[int]:
        return rng.integers(3, 340, length).tolist()

    made, asked = [], ids(prompt)
    for number in range(count):
        asked = asked if number == count - 1 else ids(prompt + number)
        common = ids(9) if number % 2 else []
        chosen, rejected = [ids(response + int(rng.integers(5))) for _ in range(2)]
        made.append(
            TokenPair(
                str(number),
                len(asked),
                np.asarray([*asked, *common, *chosen], np.int32),
                np.asarray([*asked, *common, *rejected], np.int32),
            )
        )
    return made


def share_of(model: PairModel, batch: Batch, totals: WindowTotals, autocast: bool = False) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        output = model(batch)
    return window_loss(preference_loss(output.chosen, output.rejected, OBJECTIVE), output.lm_sum, totals, OBJECTIVE)


def stepped(model: PairModel, windows: list[list[TokenPair]], share: str, **options: bool) -> tuple[float, Gradients]:
    """Loss and gradients of a window that is cut into these micro-batches."""
    pairs = [pair for window in windows for pair in window]
    totals = WindowTotals(len(pairs), sum(pair.completion_tokens for pair in pairs))
    model.zero_grad()
    loss = 0.0
    for window in windows:
        part = share_of(model, collate(window, share), totals, **options)  # type: ignore[arg-type]
        part.backward()
        loss += part.item()
    return loss, {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def plainly(model: PairModel, pairs: list[TokenPair]) -> tuple[float, Gradients]:
    """The same loss from its definition: eager attention, one response at a time, logits and all."""
    other = copy.deepcopy(model)
    other.causal.set_attn_implementation("eager")
    other.zero_grad()
    rewards, language = [], torch.zeros(())
    for pair in pairs:
        for ids in (pair.chosen, pair.rejected):
            inputs = torch.as_tensor(ids, dtype=torch.long)[None]
            output = other.causal(input_ids=inputs, output_hidden_states=True, use_cache=False)
            rewards.append(other.head(output.hidden_states[-1][0, -1])[0])
            if ids is pair.chosen:
                targets = inputs[0, pair.prompt_length :]
                language = language + cross_entropy(
                    output.logits[0, pair.prompt_length - 1 : -1], targets, reduction="sum"
                )
    values = torch.stack(rewards)
    loss = window_loss(
        preference_loss(values[0::2], values[1::2], OBJECTIVE),
        language,
        WindowTotals(len(pairs), sum(pair.completion_tokens for pair in pairs)),
        OBJECTIVE,
    )
    loss.backward()
    return loss.item(), {name: p.grad for name, p in other.named_parameters() if p.grad is not None}


def deviation(found: Gradients, expected: Gradients) -> float:
    """The largest absolute difference between two sets of gradients."""
    assert found.keys() == expected.keys()
    return max(float((found[name] - expected[name]).abs().max()) for name in expected)


@pytest.mark.parametrize("share", ["on", "off"])
def test_one_packed_pass_equals_every_response_by_itself(model, share):
    pairs = token_pairs()
    loss, gradients = stepped(model, [pairs], share)
    expected_loss, expected = plainly(model, pairs)
    assert loss == pytest.approx(expected_loss, abs=1e-5)
    assert deviation(gradients, expected) < 1e-5


def test_sharing_the_prefix_changes_neither_loss_nor_gradient(model):
    pairs = token_pairs(seed=1)
    loss, gradients = stepped(model, [pairs], "on")
    expected_loss, expected = stepped(model, [pairs], "off")
    assert loss == pytest.approx(expected_loss, abs=1e-6)
    assert deviation(gradients, expected) < 1e-5


def test_cutting_the_window_changes_no_gradient(model):
    pairs = token_pairs(count=8, seed=2, prompt=20, response=8)
    loss, gradients = stepped(model, [pairs], "auto")
    for cut in ([pairs[:4], pairs[4:]], [[pair] for pair in pairs]):
        other_loss, other = stepped(model, cut, "auto")
        assert other_loss == pytest.approx(loss, abs=1e-5)
        assert deviation(other, gradients) < 1e-5


def test_chosen_and_rejected_go_through_the_decoder_together(llama):
    model = load(ModelSettings(name=llama), language_loss=True).model
    calls = []
    model.decoder.register_forward_hook(lambda *_: calls.append(1))
    model(collate(token_pairs()))
    assert calls == [1]


def test_a_new_head_is_zero_in_float32_and_the_first_loss_ln_2(llama):
    model = load(ModelSettings(name=llama), language_loss=False).model
    pairs = token_pairs()
    assert model.head.weight.dtype == torch.float32
    output = model(collate(pairs))
    assert output.lm_sum is None
    loss = preference_loss(output.chosen, output.rejected, OBJECTIVE).bt / len(pairs)
    assert loss.item() == pytest.approx(math.log(2), abs=1e-6)
    assert not output.chosen.any()


def test_recomputing_activations_changes_no_gradient(llama):
    pairs = token_pairs()
    plain = stepped(seeded(load(ModelSettings(name=llama), language_loss=True).model), [pairs], "auto")
    model = seeded(load(ModelSettings(name=llama, gradient_checkpointing=True), language_loss=True).model)
    calls = []
    model.decoder.layers[0].self_attn.register_forward_hook(lambda *_: calls.append(1))
    loss, gradients = stepped(model, [pairs], "auto")
    assert len(calls) == 2  # it really recomputes
    assert loss == pytest.approx(plain[0], abs=1e-6)
    assert deviation(gradients, plain[1]) < 1e-6


@pytest.mark.parametrize("whole", [True, False], ids=["weights", "autocast"])
def test_bfloat16_keeps_the_head_in_float32(llama, whole):
    pairs = token_pairs()
    model = seeded(load(ModelSettings(name=llama), language_loss=True).model)
    exact, expected = stepped(model, [pairs], "on")
    if whole:
        model.causal.to(torch.bfloat16)
    loss, gradients = stepped(model, [pairs], "on", autocast=not whole)
    assert loss == pytest.approx(exact, rel=0.02)
    assert gradients["head.weight"].dtype == torch.float32
    for name, gradient in expected.items():
        assert float((gradients[name].float() - gradient).norm() / gradient.norm()) < 0.15, name
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not whole), torch.no_grad():
        rewards = model(collate(pairs)).chosen
    assert rewards.dtype == torch.float32
    assert (rewards.to(torch.bfloat16).float() != rewards).any()  # not on bfloat16's grid, where scores tie


def test_nothing_as_large_as_the_logits_is_made_in_a_step(llama):
    pairs = token_pairs(count=2, prompt=10, response=400)
    model = seeded(load(ModelSettings(name=llama), language_loss=True, chunk=32).model)
    targets = sum(pair.completion_tokens for pair in pairs)
    vocabulary = model.causal.config.vocab_size
    with LargestTensor() as watched:
        stepped(model, [pairs], "auto")
    assert watched.elements < targets * vocabulary / 2


def test_lora_trains_adapters_and_head_alone(llama):
    pytest.importorskip("peft")
    torch.manual_seed(0)
    settings = ModelSettings(name=llama, lora=LoraSettings(rank=2), gradient_checkpointing=True)
    model = seeded(load(settings, language_loss=True).model)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert "head.weight" in trained
    assert all("lora_" in name for name in trained - {"head.weight"})
    _, gradients = stepped(model, [token_pairs()], "auto")
    assert gradients.keys() == trained
    assert sum(bool(gradient.any()) for gradient in gradients.values()) > len(trained) / 2


def test_frozen_trains_the_head_alone(llama):
    model = load(ModelSettings(name=llama, freeze=True), language_loss=False).model
    _, gradients = stepped(model, [token_pairs()], "auto")
    assert gradients.keys() == {"head.weight"}
    assert gradients["head.weight"].any()


def test_without_a_language_model_loss_an_untied_head_is_frozen(tmp_path):
    folder = tiny_causal.build(tmp_path / "model", tied=False)
    model = load(ModelSettings(name=str(folder)), language_loss=False).model
    _, gradients = stepped(seeded(model), [token_pairs()], "auto")
    expected = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert gradients.keys() == expected  # DDP waits for ever for a gradient that never comes
    assert "language_model.lm_head.weight" not in expected


def test_sharing_is_worth_a_third_where_the_prompt_is_long(tmp_path):
    """Processor time and not the clock's, one thread, the best of several: other work on the machine moves neither."""
    sizes = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 2, "head_dim": 64}
    model = load(ModelSettings(name=str(tiny_causal.build(tmp_path / "model", **sizes))), language_loss=False).model
    pairs = token_pairs(count=1, prompt=480, response=150)  # 480 shared, 300 of both responses together: 1.6 times
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = {"on": math.inf, "off": math.inf}
        for _ in range(3):
            for share in seconds:
                batch = collate(pairs, share)  # type: ignore[arg-type]
                before = time.process_time()
                share_of(model, batch, WindowTotals(1, 1)).backward()
                seconds[share] = min(seconds[share], time.process_time() - before)
    finally:
        torch.set_num_threads(threads)
    assert collate(pairs, "auto").rows == collate(pairs, "on").rows
    assert seconds["off"] / seconds["on"] >= 1.3, seconds
