"""A logit as the reward: the golden scores, and the one row of the LM head that is read."""

from __future__ import annotations

from pathlib import Path

import parity
import pytest
import tiny_reward

from crb.errors import ModelError

ADAPTER = "log-probability"


def test_it_reads_the_reference_s_tokens() -> None:
    assert parity.check_ids("nemotron", "clean_bs1") == parity.TEXTS


@pytest.mark.parametrize("engine", parity.ENGINES)
def test_it_scores_as_the_reference_does(engine: str) -> None:
    assert parity.check_scores("nemotron", "clean_bs1", engine) < 1e-5


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_the_score_is_the_first_token_s_logit(tied: bool, tmp_path: Path) -> None:
    head = {} if tied else {"lm_head.weight": tiny_reward.random(8, tiny_reward.SIZE)}
    folder = tiny_reward.write(tmp_path / "lm", "llama", "LlamaForCausalLM", head, tie_word_embeddings=tied)
    model = parity.load(folder, ADAPTER)
    row = model.backbone.get_input_embeddings().weight[0].detach() if tied else head["lm_head.weight"][0]
    found = parity.scores(model, tiny_reward.requests(model), "padded")
    for side, response in zip(("chosen", "rejected"), tiny_reward.RESPONSES, strict=True):
        state = tiny_reward.last_state(folder, tiny_reward.chat(response), bos=False)
        assert found["one", side] == pytest.approx(float(row @ state), abs=1e-4)
    assert [tuple(weight.shape) for weight, _ in model.layers] == [(1, tiny_reward.SIZE)]


def test_a_causal_lm_of_another_name_is_not_taken_for_a_reward_model(tmp_path: Path) -> None:
    head = {"lm_head.weight": tiny_reward.random(8, tiny_reward.SIZE)}
    folder = tiny_reward.write(tmp_path / "chat-model", "llama", "LlamaForCausalLM", head)
    with pytest.raises(ModelError, match=r"missing weight 'v_head\.summary\.0\.weight'"):
        parity.load(folder)


def test_a_missing_lm_head_is_named(tmp_path: Path) -> None:
    folder = tiny_reward.write(tmp_path / "lm", "llama", "LlamaForCausalLM", {}, tie_word_embeddings=False)
    with pytest.raises(ModelError, match=r"missing weight 'lm_head\.weight'") as caught:
        parity.load(folder, ADAPTER)
    assert str(folder) in caught.value.where
