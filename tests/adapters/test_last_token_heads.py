"""Starling and Qwen2ForRewardModel: golden scores, renamed keys, what does not fit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import parity
import pytest
import tiny_layouts
import tiny_reward
import torch

from crb.errors import ModelError

FAMILIES = ("starling", "automodel")


@pytest.mark.parametrize("family", FAMILIES)
def test_they_read_the_reference_s_tokens(family: str) -> None:
    assert parity.check_ids(family, "clean_bs1") == parity.TEXTS


@pytest.mark.parametrize("engine", parity.ENGINES)
@pytest.mark.parametrize("family", FAMILIES)
def test_they_score_as_the_reference_does(family: str, engine: str) -> None:
    assert parity.check_scores(family, "clean_bs1", engine) < 1e-5


def test_a_tokenizer_is_not_made_up_where_tokenizer_json_is_missing(tmp_path: Path) -> None:
    folder = tiny_layouts.starling(tmp_path / "model")
    (folder / "tokenizer.json").rename(folder / "vocab.txt")
    with pytest.raises(ModelError, match=r"the tokenizer cannot be loaded: .*tokenizer\.json"):
        parity.load(folder)


def test_one_row_of_a_bin_file_is_read(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = tiny_layouts.nemotron(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    ((row, bias),) = parity.load(folder, "log-probability").layers
    assert bias is None
    assert row.equal(weights["lm_head.weight"][:1])


@pytest.mark.parametrize(
    ("family", "edit", "message"),
    [
        ("starling", lambda w: w.pop("v_head.weight"), r"missing weight 'v_head\.weight'"),
        ("starling", lambda w: w.pop("transformer.norm.weight"), r"missing weight 'norm\.weight'"),
        (
            "starling",
            lambda w: w.update({"v_head.bias": w["v_head.weight"][0, :1]}),
            r"unexpected weight 'v_head\.bias'",
        ),
        ("automodel", lambda w: w.pop("score.2.bias"), r"missing weight 'score\.2\.bias'"),
        (
            "automodel",
            lambda w: w.update({"score.0.weight": w["score.0.weight"][:, :8]}),
            r"'score\.0\.weight' has shape \[16, 8\], expected \[any, 16\]",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named(family: str, edit: Any, message: str, tmp_path: Path) -> None:
    folder = tmp_path / family
    folder.mkdir()
    for file in parity.needs(family).iterdir():
        shutil.copyfile(file, folder / file.name)
    with pytest.raises(ModelError, match=message) as caught:
        parity.load(tiny_reward.edit_weights(folder, edit))
    assert str(folder) in caught.value.where
