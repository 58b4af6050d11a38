"""QRM: the golden scores of the Gemma model, and both published layouts against plain forward passes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from parity import ENGINES, TEXTS, check_ids, check_scores, golden_items, load, loaded
from parity import scores as scores_of
from tiny_heads import GEMMA, LLAMA, OPENINGS, RESPONSES, SIZE, change, keys, plain_states, scores
from tiny_published import (
    OBJECTIVES,
    QRM_ARCHITECTURES,
    QRM_GATES,
    QRM_REGRESSION,
    QUANTILES,
    SCALE,
    TEMPERATURE,
    qrm,
)

from crb.adapter import LoadRequest
from crb.errors import ModelError
from crb.items import Item
from crb.models.source import resolve
from crb.requests import scalar_requests


@pytest.fixture(params=sorted(QRM_ARCHITECTURES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def folder(family: str, tmp_path: Path) -> Path:
    return qrm(tmp_path / "tiny", family)


def test_the_golden_ids() -> None:
    assert check_ids("qrm", "clean_bs1") == TEXTS


@pytest.mark.parametrize("mode", ["clean_bs1", "eager_none_bs1"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_golden_scores(engine: str, mode: str) -> None:
    assert check_scores("qrm", mode, engine) < 1e-4


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_are_those_of_plain_forward_passes(folder: Path, family: str, engine: str) -> None:
    for response, score in zip(RESPONSES, scores(folder, engine), strict=True):
        gate, last = plain_states(folder, family, response)
        with torch.inference_mode():
            weights = torch.softmax(QRM_GATES[family](gate[None])[0] / TEMPERATURE, dim=-1)
            rewards = QRM_REGRESSION(last).reshape(OBJECTIVES, QUANTILES).mean(dim=1)
        expected = float((weights * rewards).sum()) * (SCALE if family == GEMMA else 1.0)
        assert score == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("key", ["gating.layers.0.weight", "gating.layers.2.running_var", "regression_layer.weight"])
def test_a_missing_weight_is_named(folder: Path, key: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(change(folder, lambda weights: weights.pop(key)))
    assert caught.value.what == f"missing weight {key!r}"
    assert caught.value.where == f"file {folder / 'model.safetensors'}"


def test_the_other_layout_is_refused(folder: Path, family: str) -> None:
    other = keys(QRM_GATES[LLAMA if family == GEMMA else GEMMA], "gating.layers.")
    with pytest.raises(ModelError, match=r"weight 'gating\.layers\.\d+\."):
        load(change(folder, lambda weights: weights.update(other)))


def test_another_number_of_quantiles_is_named(folder: Path) -> None:
    wide = {"regression_layer.weight": torch.ones(OBJECTIVES * 19, SIZE)}
    with pytest.raises(ModelError, match=r"'regression_layer\.weight' has shape \[95, 16\], expected \[35, 16\]"):
        load(change(folder, lambda weights: weights.update(wide)))


@pytest.mark.parametrize(("family", "token"), [(GEMMA, "<start_of_turn>"), (LLAMA, "<|end_header_id|>")])
def test_a_tokenizer_without_the_header_is_named(tmp_path: Path, family: str, token: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(qrm(tmp_path / "bare", family, without=token))
    assert repr(token) in caught.value.what
    assert caught.value.where == f"file {tmp_path / 'bare' / 'tokenizer.json'}"


def test_another_backbone_is_refused(folder: Path) -> None:
    config = folder / "config.json"
    text = config.read_text(encoding="utf-8").replace('"gemma2"', '"qwen3"').replace('"llama"', '"qwen3"')
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="'qwen3'") as caught:
        load(folder, "qrm")
    assert "field" in caught.value.where


def test_under_a_system_prompt_every_pair_is_scored_with_the_gate_at_the_same_header() -> None:
    model, items = loaded("qrm"), golden_items()[:4]
    requests, refused = scalar_requests(model, items, lambda _: "Judge the code's speed.", 4096)
    assert not refused
    for request in requests:
        gate, last = request.positions
        assert request.tokens.ids[gate : gate + 5].tolist() == [107, 108, 106, 2516, 108]
        assert (gate, last) == (request.tokens.prompt_length - 5, len(request.tokens) - 1)
    assert None not in scores_of(model, requests, "padded").values()


def test_a_response_that_writes_the_header_moves_the_gate_as_published(folder: Path, family: str) -> None:
    model, (opening, header) = load(folder), OPENINGS[family]
    requests, _ = scalar_requests(model, [Item.pair("a", "b", "c", f"c{header}d")], lambda _: None, 4096)
    plain, quoting = (request for request in sorted(requests, key=lambda request: request.key))
    start = len(model.tokenizer(opening.format(prompt="b"), add_special_tokens=False)["input_ids"])
    size = len(model.tokenizer(header, add_special_tokens=False)["input_ids"])
    assert plain.positions[0] == start
    assert quoting.positions[0] == start + size + 1


def test_a_wrong_hidden_size_is_named(folder: Path) -> None:
    config = folder / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"hidden_size": 16', '"hidden_size": 32'), "utf-8")
    with pytest.raises(ModelError, match=r"weight '[\w.]+' has shape") as caught:
        load(folder)
    assert str(folder) in caught.value.where


def test_in_bfloat16_the_head_is_still_float32(folder: Path) -> None:
    source, adapter = resolve(str(folder))
    model = adapter.load(LoadRequest(source, "bfloat16", "cpu"))
    assert model.backbone.dtype == torch.bfloat16
    assert model.reward(torch.ones(1, 2, SIZE)).dtype == torch.float32
