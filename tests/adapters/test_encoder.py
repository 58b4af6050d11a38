"""Encoders: the scores are those of transformers' own forward pass; what does not fit is cut and marked, or refused."""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import parity
import pytest
import tiny_encoders
import tiny_models
import tiny_reward
import torch
from tiny_encoders import FAMILIES, OTHERS, build

import crb
from crb.adapter import LoadRequest
from crb.conformance import kit, texts
from crb.conformance.subject import Subject
from crb.errors import CrbError, ModelError, UsageError
from crb.items import Item
from crb.models.encoders import ClassifierHead
from crb.models.source import resolve
from crb.requests import scalar_requests
from crb.tokens import PromptTooLongError, Tokens
from crb.vocabulary import Status

QUESTION = "Add two numbers in Python."
ANSWERS = (
    "def add(a, b):\n    return a + b",
    "x",
    "print(1)  # \u00fc\U0001f600 <pad> [SEP] </s> [PAD]",  # tokens of the model written out in an answer
    "return 1\n" * 20,
)
Crb = Callable[..., Any]
Logits = namedtuple("Logits", "logits")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a family to a tiny checkpoint of it; copy it before you change it."""
    home = tmp_path_factory.mktemp("encoders")
    return lambda family: home / family if (home / family).exists() else build(home / family, family)


@torch.inference_mode()
def plain(folder: Path, *texts: str, **options: Any) -> float:
    """The logit of one text or a pair of texts in one forward pass of transformers, without crb."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = tokenizer(*texts, return_tensors="pt", **options)
    return float(model(**inputs).logits[0, 0])


def readings(folder: Path, answers: tuple[str, ...], *, budget: int = 100_000, **options: Any) -> list[Any]:
    """What crb makes of several answers to the question, in batches of a budget."""
    model = parity.load(folder)
    items = [Item.pair(str(i), QUESTION, answer, "return 0") for i, answer in enumerate(answers)]
    system, length = options.get("system"), options.get("max_length", 512)
    requests, _ = scalar_requests(model, items, lambda _: system, length)
    found = parity.choose(model, "auto", budget=budget).engine.read(requests)
    return [found[str(i), "chosen"] for i in range(len(answers))]


def tokens(folder: Path, answer: str, max_length: int = 512) -> Tokens:
    model = parity.load(folder)
    item = Item.pair("one", QUESTION, answer, "another")
    return scalar_requests(model, [item], lambda _: None, max_length)[0][0].tokens


@pytest.mark.parametrize("family", [*FAMILIES, *OTHERS])
def test_scores_are_those_of_a_plain_forward_pass_over_the_pair(family: str, encoders: Callable[[str], Path]) -> None:
    folder = encoders(family)
    assert resolve(str(folder))[1].card.name == "encoder"
    expected = [plain(folder, QUESTION, answer) for answer in ANSWERS]
    assert len(set(expected)) == len(ANSWERS)
    for budget in (1, 100, 100_000):  # alone, a few and all of them in one padded batch
        found = [reading.score for reading in readings(folder, ANSWERS, budget=budget)]
        assert found == pytest.approx(expected, abs=1e-5), budget


@pytest.mark.parametrize("family", FAMILIES)
def test_a_system_prompt_opens_the_question(family: str, encoders: Callable[[str], Path]) -> None:
    folder = encoders(family)
    (reading,) = readings(folder, ANSWERS[:1], system="Prefer speed.")
    assert reading.score == pytest.approx(plain(folder, f"Prefer speed.\n\n{QUESTION}", ANSWERS[0]), abs=1e-5)


def test_a_chat_template_writes_one_text(tmp_path: Path) -> None:
    folder = build(tmp_path / "chat", "modernbert", template=tiny_encoders.TEMPLATE)
    (reading,) = readings(folder, ANSWERS[:1], system="Be brief.")
    text = f"<system>\nBe brief.\n<user>\n{QUESTION}\n<assistant>\n{ANSWERS[0]}\n"
    assert reading.score == pytest.approx(plain(folder, text), abs=1e-5)


def test_a_mean_over_all_tokens_is_one_over_the_text_s_own(tmp_path: Path) -> None:
    folder = build(tmp_path / "mean", "modernbert", classifier_pooling="mean")
    expected = [plain(folder, QUESTION, answer) for answer in ANSWERS]
    assert [reading.score for reading in readings(folder, ANSWERS)] == pytest.approx(expected, abs=1e-5)


@functools.cache  # loaded once
def subject(folder: Path) -> Subject:
    return Subject("encoder", str(folder))


@pytest.mark.parametrize("family", ["bert", "roberta", "modernbert"])  # the kit has DeBERTa in tests/conformance
@pytest.mark.parametrize("check", kit.SCALAR[2:-4])
def test_each_family_keeps_what_adapters_promise(family: str, check: str, encoders: Callable[[str], Path]) -> None:
    finding = kit.examine(subject(encoders(family)), check)
    assert finding.state == ("skipped" if check == "tree" else "passed"), finding.problems


def test_the_head_keeps_float32_whatever_the_encoder_computes_in(encoders: Callable[[str], Path]) -> None:
    source, adapter = resolve(str(encoders("bert")))
    model: Any = adapter.load(LoadRequest(source, "bfloat16", "cpu"))
    assert model.backbone.dtype is torch.bfloat16
    states = torch.randn(64, 1, 32, generator=torch.Generator().manual_seed(0))
    scores = model.reward(states)
    assert scores.dtype is torch.float32
    assert not torch.equal(scores, scores.bfloat16().float()), "the scores lie on bfloat16's grid"


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_that_is_too_long_is_cut_as_transformers_cuts_it(
    family: str, encoders: Callable[[str], Path]
) -> None:
    folder = encoders(family)
    answer = "return 1\n" * 200
    (reading,) = readings(folder, (answer,), max_length=100)
    assert reading.status is Status.TRUNCATED
    expected = plain(folder, QUESTION, answer, truncation="only_second", max_length=100)
    assert reading.score == pytest.approx(expected, abs=1e-5)


def test_a_chat_that_is_too_long_keeps_the_closing_token(tmp_path: Path) -> None:
    folder = build(tmp_path / "chat", "modernbert", template=tiny_encoders.TEMPLATE)
    cut = tokens(folder, "return 1\n" * 200, max_length=100)
    tokenizer = parity.load(folder).tokenizer
    assert (len(cut), cut.truncated, cut.ids[-1]) == (100, True, tokenizer.sep_token_id)
    response = tokenizer.convert_ids_to_tokens(cut.ids[cut.prompt_length : cut.response_end].tolist())
    assert "".join(response).startswith("return\u01201\u010areturn\u01201")
    assert cut.response_end == 99


@pytest.mark.parametrize(("family", "longest"), [("roberta", 512), ("bert", 512), ("modernbert", 1024)])
def test_the_longest_text_is_as_long_as_there_are_positions(
    family: str, longest: int, encoders: Callable[[str], Path]
) -> None:
    folder = encoders(family)
    assert resolve(str(folder))[0].max_length == longest
    (reading,) = crb.score(str(folder), QUESTION, ["return 1\n" * 800])
    assert reading.status is Status.TRUNCATED
    assert len(tokens(folder, "return 1\n" * 800, longest)) == longest


@pytest.mark.parametrize("family", ["roberta", "bert"])
def test_texts_are_never_longer_than_the_learned_positions(family: str, encoders: Callable[[str], Path]) -> None:
    with pytest.raises(UsageError, match="learned positions for 512 tokens, and texts may have 513") as caught:
        tokens(encoders(family), "x", 513)
    assert caught.value.todo == "--max-length 512"


def test_a_run_says_how_far_the_positions_go(tmp_path: Path, encoders: Callable[[str], Path], crb: Crb) -> None:
    pairs = tiny_models.write_pairs(tmp_path / "pairs.jsonl", tiny_models.pairs(2))
    done = crb("run", encoders("roberta"), "--benchmark", pairs, "--max-length", "514", "--out", tmp_path / "out")
    assert done.code == 2
    assert "the model has learned positions for 512 tokens" in done.err
    assert "next:  --max-length 512" in done.err


def test_relative_positions_do_not_run_out(encoders: Callable[[str], Path]) -> None:
    folder = encoders("deberta-v2")
    (reading,) = readings(folder, ("return 1\n" * 100,), max_length=2000)
    assert reading.status is Status.OK
    assert reading.score == pytest.approx(plain(folder, QUESTION, "return 1\n" * 100), abs=1e-5)


def test_a_question_that_leaves_no_room_is_refused_with_what_helps(encoders: Callable[[str], Path]) -> None:
    model = parity.load(encoders("bert"))
    item = Item.pair("long", "add " * 400, "a", "b")
    with pytest.raises(PromptTooLongError) as caught:
        scalar_requests(model, [item], lambda _: None, 512)
    assert "--long-prompts error" in caught.value.todo
    assert "raise" not in caught.value.todo, "there is nothing to raise it to"
    _, refused = scalar_requests(model, [item], lambda _: None, 512, long_prompts="error")
    assert {reading.status for reading in refused.values()} == {Status.ERROR}


def drop_head(weights: dict[str, Any]) -> None:
    for key in [key for key in weights if key.startswith("classifier")]:
        del weights[key]


@pytest.mark.parametrize(
    ("family", "edit", "message"),
    [
        *((family, drop_head, r"missing weight 'classifier\.") for family in FAMILIES),
        ("roberta", lambda w: w.pop("classifier.dense.weight"), r"missing weight 'classifier\.dense\.weight'"),
        ("bert", lambda w: w.pop("bert.pooler.dense.weight"), r"missing weight 'bert\.pooler\.dense\.weight'"),
        ("bert", lambda w: w.update(extra=torch.ones(1)), "unexpected weight 'extra'"),
    ],
)
def test_an_encoder_without_its_trained_head_is_refused(family: str, edit: Any, message: str, tmp_path: Path) -> None:
    folder = tiny_reward.edit_weights(build(tmp_path / family, family), edit)
    with pytest.raises(ModelError, match=message) as caught:
        parity.load(folder)
    assert str(folder) in caught.value.where


@pytest.mark.parametrize("family", FAMILIES)
def test_two_labels_are_no_score(family: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'classifier\..*' has shape \[2.*\], expected \[1") as caught:
        parity.load(build(tmp_path / family, family, labels=2))
    assert "num_labels=1" in caught.value.todo


def test_buffers_of_old_checkpoints_are_no_foreign_weights(tmp_path: Path) -> None:
    folder = build(tmp_path / "old", "deberta-v2")
    before = [reading.score for reading in readings(folder, ANSWERS)]
    key = "deberta.embeddings.position_ids"  # stored by transformers before 4.31
    tiny_reward.edit_weights(folder, lambda weights: weights.update({key: torch.arange(512)[None]}))
    assert [reading.score for reading in readings(folder, ANSWERS)] == before


def test_a_head_that_reads_more_than_states_is_refused(tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    whole = AutoModelForSequenceClassification.from_pretrained(build(tmp_path / "bert", "bert")).eval()
    original = whole.forward
    whole.forward = lambda input_ids=None, **more: Logits(original(input_ids, **more).logits + (input_ids is None))
    with pytest.raises(ModelError, match="does not score from its encoder's states alone"):
        ClassifierHead(whole)


def test_a_run_is_resumed_to_the_same_bytes(tmp_path: Path, encoders: Callable[[str], Path], crb: Crb) -> None:
    pairs = tiny_models.write_pairs(tmp_path / "pairs.jsonl", tiny_models.pairs(12))
    arguments = ("run", encoders("deberta-v2"), "--benchmark", pairs, "--token-budget", "600", "--verify-batching", "6")
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    done = crb(*arguments, "--out", whole)
    assert done.code == 0, done.err
    assert "padded batches instead of prefix trees: its tokens see what comes after them" in done.err
    lines = (whole / "journal.jsonl").read_bytes().splitlines(keepends=True)
    resumed.mkdir()
    (resumed / "journal.jsonl").write_bytes(b"".join(lines[:6]))
    assert crb(*arguments, "--out", resumed).code == 0
    assert (resumed / "scores.parquet").read_bytes() == (whole / "scores.parquet").read_bytes()


@pytest.mark.parametrize(
    ("engine", "message"),
    [("forest", "cannot run as a forest: its tokens see what"), ("vllm", "runs standard sequence classifiers only")],
)
def test_engines_that_read_one_way_are_refused(
    engine: str, message: str, tmp_path: Path, encoders: Callable[[str], Path], crb: Crb
) -> None:
    done = crb("run", encoders("bert"), "--benchmark", "crb-mini", "--engine", engine, "--out", tmp_path / "out")
    assert done.code == 2
    assert message in done.err


def test_a_base_encoder_is_nobody_s_reward_model(tmp_path: Path) -> None:
    folder = build(tmp_path / "base", "bert")
    tiny_reward.edit_json(folder / "config.json", lambda config: config.update(architectures=["BertForMaskedLM"]))
    with pytest.raises(CrbError, match="no adapter claims the architecture 'BertForMaskedLM'"):
        resolve(str(folder))


def test_odd_answers_are_those_of_a_plain_forward_pass(encoders: Callable[[str], Path]) -> None:
    folder, answers = encoders("deberta-v2"), tuple(texts.ODD.values())
    expected = [plain(folder, QUESTION, answer) for answer in answers]
    assert [reading.score for reading in readings(folder, answers)] == pytest.approx(expected, abs=1e-5)


def test_damaged_weights_give_readings_of_errors(tmp_path: Path) -> None:
    folder = build(tmp_path / "nan", "roberta")
    tiny_reward.edit_weights(folder, lambda weights: weights["classifier.out_proj.weight"].fill_(float("nan")))
    (reading,) = readings(folder, ANSWERS[:1])
    assert (reading.status, reading.reason) == (Status.ERROR, "the model returned nan")


def test_a_decoder_is_not_read_at_its_first_token(tiny_llama: Path) -> None:
    with pytest.raises(ModelError, match="does not score from its encoder's states alone"):
        parity.load(tiny_llama, "encoder")
