"""Pairs become the reference's tokens where those are defensible; each deviation has a test that names it."""

from __future__ import annotations

import hashlib
import json

import pytest
import tiny_models
from crb_trainers.data.tokenisation import PairTokeniser, TokenPair, tokenise_pairs
from tiny_causal import ENDS_WITH_NEWLINE
from trainer_reference import FOLDER, PARITY, batch_pairs, document, needed, rows, text_pair

from crb.errors import ModelError


@pytest.fixture(scope="module")
def tokenizer():
    return tiny_models._tokenizer(ENDS_WITH_NEWLINE)


@pytest.fixture(scope="module")
def qwen():
    if not FOLDER.is_dir():
        pytest.skip("shared/parity/trainer is not beside the repository")
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(FOLDER)


def digest(ids) -> str:
    return hashlib.sha256(",".join(map(str, ids.tolist())).encode()).hexdigest()[:16]


def reference_cases():
    """Text pair, maximum length, policy, and what the reference made of it."""
    texts = rows(PARITY / "pairs.jsonl")
    prompts = json.loads((PARITY / "prompts.json").read_text(encoding="utf-8"))
    for setting, expected in document("tokenize.json").items():
        length, policy = setting.removeprefix("max").split("_")
        for row in texts:
            for kind, system in (("nosys", None), ("sys", prompts[row["aspect"]])):
                pair = text_pair(row["id"], system, row["prompt"], row["chosen"], row["rejected"])
                yield pair, int(length), policy, expected[f"{row['id']}|{kind}"]


@needed()
def test_tokens_are_the_references_where_nothing_is_cut_and_deviations_are_these_three(qwen):
    tokeniser = PairTokeniser(qwen)
    seen: dict[str, int] = {}
    for pair, length, policy, expected in reference_cases():
        found = tokeniser.pair(pair, length, policy)
        if isinstance(found, str):
            seen[found] = seen.get(found, 0) + 1
            if found in ("prompt_too_long", "too_long"):
                assert expected["skip"], "only what the reference skips as well"
            else:  # deviation 1: the reference trains on pairs without a difference
                assert found in ("identical", "identical_after_truncation")
                assert expected["chosen_sha"] == expected["rejected_sha"]
            continue
        assert not expected["skip"]
        assert found.prompt_length == expected["prompt_len"]
        for side, ids, cut in (
            ("chosen", found.chosen, found.chosen_truncated),
            ("rejected", found.rejected, found.rejected_truncated),
        ):
            assert len(ids) == expected[f"{side}_n"]
            if cut:  # deviation 2: the reference closes what it cut as if it were whole
                assert expected[f"{side}_tail"][-2:] == qwen("<|im_end|>\n")["input_ids"]
                assert ids[-2:].tolist() != expected[f"{side}_tail"][-2:]
                assert len(ids) == length
            else:
                assert digest(ids) == expected[f"{side}_sha"]
            seen["cut" if cut else "equal"] = seen.get("cut" if cut else "equal", 0) + 1
    assert seen["equal"] > 300  # the comparison is not empty
    assert seen["cut"] > 20
    assert seen["identical_after_truncation"] > 20


@needed()
def test_the_references_batch_is_reproduced_token_by_token(qwen):
    expected = document("expected.json")
    pairs, report = tokenise_pairs(batch_pairs(), qwen, max_length=1024)
    assert (report.kept, report.truncated, report.dropped) == (4, 0, {})
    assert [digest(pair.chosen) for pair in pairs] == expected["chosen_ids_sha"]
    assert [digest(pair.rejected) for pair in pairs] == expected["rejected_ids_sha"]
    assert [pair.prompt_length for pair in pairs] == expected["prompt_lengths"]
    # deviation 3: under transformers 5 the reference takes 2, the number of an encoding's keys, for every length
    assert min(pair.prompt_length for pair in pairs) > 2
    assert sum(pair.completion_tokens for pair in pairs) == expected["lm_target_tokens"]


def test_the_language_model_is_given_the_generation_prompt_and_writes_the_rest(tokenizer):
    pair = PairTokeniser(tokenizer).pair(text_pair("a", "Be brief.", "Sum two numbers.", "a + b", "a - b"), 500)
    assert isinstance(pair, TokenPair)
    assert tokenizer.decode(pair.chosen[: pair.prompt_length]).endswith(f"{tiny_models.START}assistant\n")
    assert tokenizer.decode(pair.chosen[pair.prompt_length :]) == f"a + b{tiny_models.END}\n"


def test_without_a_generation_prompt_the_completion_begins_at_the_response():
    tokenizer = tiny_models._tokenizer(tiny_models.CHAT_TEMPLATE)
    pair = PairTokeniser(tokenizer).pair(text_pair("a", None, "Sum two numbers.", "a + b", "a - b"), 500)
    assert isinstance(pair, TokenPair)
    assert tokenizer.decode(pair.chosen[pair.prompt_length :]).startswith("a + b")


def test_a_template_that_refuses_a_system_prompt_gets_it_in_the_users_turn():
    tokenizer = tiny_models._tokenizer(tiny_models.NO_SYSTEM_TEMPLATE)
    pair = PairTokeniser(tokenizer).pair(text_pair("a", "Be brief.", "Sum.", "a + b", "a - b"), 500)
    assert isinstance(pair, TokenPair)
    assert "user\nBe brief.\n\nSum." in tokenizer.decode(pair.chosen)


def test_every_pair_is_kept_or_counted(tokenizer):
    pairs = [
        text_pair("fine", None, "Sum.", "yes", "no"),
        text_pair("cut", None, "Sum.", "yes " * 90, "no"),
        text_pair("late", None, "Sum.", "y" * 300 + "a", "y" * 300 + "b"),
        text_pair("same", None, "Sum.", "yes", "yes"),
        text_pair("long", None, "Sum. " * 300, "yes", "no"),
        text_pair("none", None, "Sum.", "", "no"),
    ]
    kept, report = tokenise_pairs(iter(pairs), tokenizer, max_length=100)
    assert [pair.id for pair in kept] == ["fine", "cut"]
    assert kept[1].chosen_truncated
    assert not kept[1].rejected_truncated
    assert len(kept[1].chosen) == 100
    assert report.read == 6
    assert (report.kept, report.truncated) == (2, 1)
    assert report.dropped == {
        "identical_after_truncation": 1,
        "identical": 1,
        "prompt_too_long": 1,
        "empty_response": 1,
    }
    assert report.examples["identical_after_truncation"] == ("late",)


def test_drop_leaves_out_what_would_be_cut(tokenizer):
    pairs = [text_pair("fine", None, "Sum.", "yes", "no"), text_pair("cut", None, "Sum.", "yes " * 90, "no")]
    kept, report = tokenise_pairs(pairs, tokenizer, max_length=100, too_long="drop")
    assert [pair.id for pair in kept] == ["fine"]
    assert report.dropped == {"too_long": 1}


def test_a_template_that_fails_says_so_instead_of_falling_back():
    tokenizer = tiny_models._tokenizer("{{ raise_exception('no') }}")
    with pytest.raises(ModelError, match="chat template failed"):
        tokenise_pairs([text_pair("a", None, "Sum.", "yes", "no")], tokenizer, max_length=100)
