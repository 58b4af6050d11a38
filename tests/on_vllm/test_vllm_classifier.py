"""vLLM as a second engine for sequence classifiers: the scores of the engines here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_models
from crb_adapters.crb_tiny import ADAPTER as TINY
from crb_adapters.sequence_classifier import ADAPTER

from crb.adapter import LoadRequest, ModelSource
from crb.engines.on_vllm.classifier import check, load
from crb.engines.padded_engine import PaddedEngine
from crb.errors import UsageError
from crb.items import Item
from crb.readings import Reading
from crb.requests import Key, scalar_requests
from crb.runs.folder import open_run

LENGTH = 96


def build(folder: Path) -> Path:
    """A tiny classifier of the family that the folder's name says, with a head size that vLLM has a kernel for."""
    return tiny_models.build(folder, folder.name, hidden_size=64, num_attention_heads=2, head_dim=32)


def test_vllm_gives_the_logits_of_the_padded_engine(tmp_path: Path) -> None:
    folder = build(tmp_path / "llama")
    source = ModelSource("llama", folder, "test", "LlamaForSequenceClassification", "float32", 4096)
    request = LoadRequest(source, "float32", "cpu")
    items = [Item.pair(row["id"], row["prompt"], row["chosen"], row["rejected"]) for row in tiny_models.pairs(24)]

    plain = ADAPTER.load(request)
    asked, _ = scalar_requests(plain, items, lambda item: "Judge the code.", LENGTH)
    expected = PaddedEngine(plain, budget=4096).read(asked)

    model, engine = load(request, LENGTH)
    try:
        found: dict[Key, Reading] = engine.read(
            scalar_requests(model, items, lambda item: "Judge the code.", LENGTH)[0]
        )
    finally:
        engine.close()
    assert found.keys() == expected.keys()
    for key, reading in expected.items():
        assert found[key].score == pytest.approx(reading.score, abs=1e-4)
        assert found[key].status == reading.status
    scores = [reading.score for reading in found.values() if reading.score is not None]
    assert max(map(abs, scores)) > 1.5, "logits, not their sigmoids"
    assert any(request.tokens.truncated for request in asked)
    assert engine.meter.tokens == sum(len(request.tokens) for request in asked)


def test_a_run_under_vllm_has_the_scores_of_a_run_without(
    crb: Callable[..., Any], tmp_path: Path, sixty_pairs: Path
) -> None:
    folder = build(tmp_path / "qwen2")
    scores = {}
    for engine in ("vllm", "padded"):
        out = tmp_path / engine
        options = ("--dtype", "float32", "--engine", engine, "--limit", "12", "--prompts", "criterion", "--out", out)
        done = crb("run", folder, "--benchmark", sixty_pairs, *options)
        assert done.code == 0, done.err
        scores[engine] = open_run(out).pairs()
    for column in ("chosen_score", "rejected_score"):
        assert scores["vllm"][column].tolist() == pytest.approx(scores["padded"][column].tolist(), abs=1e-4)


def test_other_heads_are_refused_by_name() -> None:
    check(ADAPTER.card)
    with pytest.raises(UsageError, match="crb-tiny"):
        check(TINY.card)
