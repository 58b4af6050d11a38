"""The value head: AceCodeRM's golden scores, and GRM's layout against plain forward passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import parity
import pytest
import tiny_layouts
import tiny_reward
import torch

from crb.errors import ModelError
from crb.models.source import resolve

HEAD = tiny_layouts.two_layers("v_head.summary")


@pytest.fixture
def grm(tmp_path: Path) -> Path:
    return tiny_layouts.grm(tmp_path / "GRM-tiny-sftreg")


@pytest.mark.parametrize("mode", ["clean_bs1", "clean_criterion_bs1"])
def test_acecode_reads_the_reference_s_tokens(mode: str) -> None:
    assert parity.check_ids("acecode", mode) == parity.TEXTS


@pytest.mark.parametrize("engine", parity.ENGINES)
@pytest.mark.parametrize("mode", ["clean_bs1", "clean_criterion_bs1"])
def test_acecode_scores_as_the_reference_does(mode: str, engine: str) -> None:
    assert parity.check_scores("acecode", mode, engine) < 1e-5


@pytest.mark.parametrize("engine", parity.ENGINES)
def test_grm_is_two_layers_at_the_last_token(grm: Path, engine: str) -> None:
    model = parity.load(grm)
    found = parity.scores(model, tiny_reward.requests(model), engine)
    for side, response in zip(("chosen", "rejected"), tiny_reward.RESPONSES, strict=True):
        state = tiny_reward.last_state(grm, tiny_reward.chat(response), bos=False)
        inner = torch.relu(HEAD["v_head.summary.0.weight"] @ state + HEAD["v_head.summary.0.bias"])
        score = HEAD["v_head.summary.2.weight"] @ inner + HEAD["v_head.summary.2.bias"]
        assert found["one", side] == pytest.approx(float(score), abs=1e-4)


def test_grm_needs_no_fields_in_its_config(grm: Path) -> None:
    tiny_reward.edit_json(
        grm / "config.json", lambda config: [config.pop(k) for k in list(config) if k.startswith("vhead")]
    )
    assert len(parity.load(grm).layers) == 2


def test_a_single_layer_can_be_asked_for(grm: Path) -> None:
    single = {"v_head.summary.weight": tiny_reward.random(1, 32), "v_head.summary.bias": tiny_reward.random(1)}
    tiny_reward.edit_json(grm / "config.json", lambda config: config.update(vhead_layer_type="linear"))
    tiny_reward.edit_weights(grm, lambda w: (w.update(single), [w.pop(k) for k in list(w) if "summary.0" in k]))
    assert len(parity.load(grm).layers) == 1


@pytest.mark.parametrize("name", ["TIGER-Lab/AceCodeRM-7B", "Ray2333/GRM-llama3.2-3B-sftreg"])
def test_the_published_models_are_claimed_by_name(name: str) -> None:
    from fnmatch import fnmatchcase

    from crb_adapters.value_head import ADAPTER

    assert any(fnmatchcase(name, pattern) for pattern in ADAPTER.card.hub_ids)


def test_acemath_is_a_sequence_classifier(tmp_path: Path) -> None:
    head = {"score.weight": tiny_reward.random(1, tiny_reward.SIZE)}
    folder = tiny_reward.write(tmp_path / "AceMath-7B-RM", "qwen2", "Qwen2ForSequenceClassification", head)
    assert resolve(str(folder))[1].card.name == "sequence-classifier"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda w: w.pop("v_head.summary.0.bias"), "missing weight 'v_head.summary.0.bias'"),
        (lambda w: w.pop("model.layers.1.mlp.up_proj.weight"), "missing weight"),
        (lambda w: w.update(other=w["v_head.summary.2.bias"].clone()), "unexpected weight 'other'"),
        (
            lambda w: w.update({"v_head.summary.0.weight": w["v_head.summary.0.weight"][:, :8]}),
            r"'v_head\.summary\.0\.weight' has shape \[16, 8\], expected \[any, 32\]",
        ),
        (
            lambda w: w.update({"v_head.summary.2.weight": w["v_head.summary.2.weight"][:, :8]}),
            r"the layer 'v_head\.summary\.2' takes 8 of 16 inputs",
        ),
    ],
    ids=["no bias", "no layer", "extra", "narrow", "layers apart"],
)
def test_weights_that_do_not_fit_are_named(grm: Path, edit: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        parity.load(tiny_reward.edit_weights(grm, edit))
    assert str(grm) in caught.value.where
