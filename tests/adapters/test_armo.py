"""ArmoRM: the golden scores, and what does not fit is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from parity import ENGINES, TEXTS, check_ids, check_scores, load
from tiny_heads import LLAMA, RESPONSES, change, plain_states, scores
from tiny_published import ARMO_GATE, ARMO_REGRESSION, ARMO_TRANSFORM, SCALE, TEMPERATURE, armo

from crb.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return armo(tmp_path / "tiny")


def test_the_golden_ids() -> None:
    assert check_ids("armo", "clean_bs1") == TEXTS


@pytest.mark.parametrize("mode", ["clean_bs1", "none_bs1"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_golden_scores(engine: str, mode: str) -> None:
    assert check_scores("armo", mode, engine) < 1e-4


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_are_those_of_plain_forward_passes(folder: Path, engine: str) -> None:
    for response, score in zip(RESPONSES, scores(folder, engine), strict=True):
        gate, last = plain_states(folder, LLAMA, response)
        with torch.inference_mode():
            for layer in ARMO_GATE[:-1]:
                gate = torch.relu(layer(gate))
            weights = torch.softmax(ARMO_GATE[-1](gate) / TEMPERATURE, dim=-1) * SCALE
            expected = sum(weights * (ARMO_REGRESSION(last) @ ARMO_TRANSFORM))
        assert score == pytest.approx(float(expected), abs=1e-4)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda w: w.pop("gating.layers.1.bias"), r"missing weight 'gating\.layers\.1\.bias'"),
        (lambda w: w.pop("reward_transform_matrix"), "missing weight 'reward_transform_matrix'"),
        (lambda w: w.update({"gating.layers.3.bias": torch.ones(5)}), r"unexpected weight 'gating\.layers\.3\.bias'"),
        (
            lambda w: w.update({"regression_layer.weight": torch.ones(5, 8)}),
            r"'regression_layer\.weight' has shape \[5, 8\], expected \[5, 16\]",
        ),
        (lambda w: w.pop("model.norm.weight"), r"missing weight 'norm\.weight'"),
    ],
    ids=["gate", "transform", "extra", "narrow", "backbone"],
)
def test_weights_that_do_not_fit_are_named(folder: Path, edit, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        load(change(folder, edit))
    assert str(folder) in caught.value.where


@pytest.mark.parametrize("token", ["<|start_header_id|>", "<|eot_id|>"])
def test_a_tokenizer_without_the_header_is_named(tmp_path: Path, token: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(armo(tmp_path / "bare", without=token))
    assert repr(token) in caught.value.what
    assert caught.value.where == f"file {tmp_path / 'bare' / 'tokenizer.json'}"


def test_a_template_without_the_header_is_named(folder: Path) -> None:
    template = folder / "chat_template.jinja"
    template.write_text("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", encoding="utf-8")
    with pytest.raises(ModelError, match="no assistant header") as caught:
        scores(folder, "padded")
    assert str(folder) in caught.value.where
