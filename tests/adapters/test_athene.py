"""Athene-RM: the golden scores, the token the head reads, and what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from parity import ENGINES, TEXTS, check_ids, check_scores, golden_items, load, loaded
from tiny_heads import LLAMA, RESPONSES, change, plain_states, scores
from tiny_published import ATHENE_HEAD, CLS, athene

from crb.errors import ModelError
from crb.requests import scalar_requests


def test_the_golden_ids() -> None:
    assert check_ids("athene", "clean_bs1") == TEXTS


@pytest.mark.parametrize("mode", ["clean_bs1", "none_bs1"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_golden_scores(engine: str, mode: str) -> None:
    assert check_scores("athene", mode, engine) < 1e-4


def test_the_token_that_the_head_reads_is_never_cut() -> None:
    requests, refused = scalar_requests(loaded("athene"), golden_items(), lambda _: None, 300, long_prompts="error")
    cut = [request for request in requests if request.tokens.truncated]
    assert cut
    assert all(len(request.tokens) == 300 for request in cut)
    assert all(request.tokens.ids[-1] == 128003 for request in requests)
    assert sum(len(request.keys) for request in requests) + len(refused) == 2 * len(golden_items())


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_are_those_of_plain_forward_passes(tmp_path: Path, engine: str) -> None:
    folder = athene(tmp_path / "tiny")
    for response, score in zip(RESPONSES, scores(folder, engine), strict=True):
        _, last = plain_states(folder, LLAMA, response, suffix=CLS)
        assert score == pytest.approx(float(ATHENE_HEAD(last)), abs=1e-4)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda w: w.pop("v_head.weight"), r"missing weight 'v_head\.weight'"),
        (
            lambda w: w.update({"v_head.weight": torch.ones(1, 8)}),
            r"'v_head\.weight' has shape \[1, 8\], expected \[1, 16\]",
        ),
        (lambda w: w.update({"v_head.bias": torch.ones(1)}), r"unexpected weight 'v_head\.bias'"),
    ],
    ids=["none", "narrow", "bias"],
)
def test_a_head_that_does_not_fit_is_named(tmp_path: Path, edit, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        load(change(athene(tmp_path / "tiny"), edit))
    assert str(tmp_path / "tiny") in caught.value.where


def test_a_tokenizer_without_the_token_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load(athene(tmp_path / "bare", without=CLS))
    assert repr(CLS) in caught.value.what
    assert caught.value.where == f"file {tmp_path / 'bare' / 'tokenizer.json'}"
