"""InternLM2: the remap and the appended reward token, against the golden scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import parity
import pytest
import tiny_layouts
import tiny_models
import tiny_reward
from safetensors.torch import load_file, save_file

from crb.errors import ModelError

REWARD_TOKEN = 92527
LAYER = "model.layers.0.attention.wqkv.weight"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the golden checkpoint, to be damaged."""
    source = parity.needs("internlm")
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in source.iterdir():
        shutil.copyfile(file, folder / file.name)
    return folder


def test_it_reads_the_reference_s_tokens() -> None:
    assert parity.check_ids("internlm", "clean_bs1") == parity.TEXTS


@pytest.mark.parametrize("engine", parity.ENGINES)
def test_it_scores_as_the_reference_does(engine: str) -> None:
    assert parity.check_scores("internlm", "clean_bs1", engine) < 1e-5


def test_the_published_text_has_no_second_bos() -> None:
    """Mode none_bs4 is the clean one: this script of the reference adds no special tokens."""
    assert parity.check_scores("internlm", "none_bs4", "padded") < 1e-5


@pytest.mark.parametrize("engine", parity.ENGINES)
def test_packed_heads_are_the_plain_ones(engine: str, tmp_path: Path) -> None:
    """Two key-value heads, where the golden checkpoint has one: against the Llama that was packed."""
    model = parity.load(tiny_layouts.internlm2(tmp_path / "packed"))
    found = parity.scores(model, tiny_reward.requests(model), engine)
    plain = tiny_models.build(tmp_path / "plain")
    for side, response in zip(("chosen", "rejected"), tiny_reward.RESPONSES, strict=True):
        state = tiny_reward.last_state(plain, tiny_reward.chat(response) + tiny_models.END, bos=False)
        assert found["one", side] == pytest.approx(float(tiny_reward.random(1, tiny_reward.SIZE) @ state), abs=1e-4)


def test_the_reward_token_survives_a_cut() -> None:
    from crb.requests import scalar_requests

    item = max(parity.golden_items(), key=lambda item: len(item.candidates[0].text))
    requests = scalar_requests(parity.loaded("internlm"), [item], lambda _: None, 600)[0]
    assert [request.tokens.ids[-1] for request in requests] == [REWARD_TOKEN] * len(requests)
    assert any(request.tokens.truncated for request in requests)


def test_shards_give_the_same_weights(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    index: dict[str, str] = {}
    for number, keys in enumerate((list(weights)[::2], list(weights)[1::2])):
        name = f"model-0000{number + 1}-of-00002.safetensors"
        save_file({key: weights[key] for key in keys}, copy / name, metadata={"format": "pt"})
        index |= dict.fromkeys(keys, name)
    (copy / "model.safetensors").unlink()
    (copy / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    whole, sharded = parity.loaded("internlm").backbone.state_dict(), parity.load(copy).backbone.state_dict()
    assert whole.keys() == sharded.keys()
    assert all(whole[key].equal(sharded[key]) for key in whole)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda w: w.pop(LAYER), r"missing weight 'layers\.0\.self_attn\.[kqv]_proj\.weight' and 2 more"),
        (lambda w: w.pop("v_head.weight"), r"missing weight 'v_head\.weight'"),
        (lambda w: w.update({"v_head.weight": w["v_head.weight"][:, :8]}), r"'v_head\.weight' has shape \[1, 8\]"),
        (lambda w: w.update(other=w["v_head.weight"].clone()), "unexpected weight 'other'"),
        (
            lambda w: w.update({LAYER: w[LAYER][:23]}),
            r"'layers\.0\.self_attn\.[kqv]_proj\.weight' has shape \[23, 16\]",
        ),
    ],
    ids=["no attention", "no head", "narrow head", "extra", "short wqkv"],
)
def test_weights_that_do_not_fit_are_named(copy: Path, edit: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        parity.load(tiny_reward.edit_weights(copy, edit))
    assert str(copy) in caught.value.where


def test_a_tokenizer_without_the_reward_token_is_refused(copy: Path) -> None:
    def drop(file: dict[str, Any]) -> None:
        file["added_tokens"] = [token for token in file["added_tokens"] if token["id"] != REWARD_TOKEN]

    tiny_reward.edit_json(copy / "tokenizer.json", drop)
    tiny_reward.edit_json(
        copy / "tokenizer_config.json",
        lambda c: (c["added_tokens_decoder"].pop(str(REWARD_TOKEN)), c.pop("additional_special_tokens")),
    )
    with pytest.raises(ModelError, match=f"no special token for the reward_token_id {REWARD_TOKEN}") as caught:
        parity.load(copy)
    assert str(copy) in caught.value.where


def test_no_prompt_appears(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from crb.models.quiet import quiet

    with quiet():
        parity.load(copy)
    assert capfd.readouterr() == ("", "")
