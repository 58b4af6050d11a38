"""`--reference-text`: the doubled BOS of the published runs, in the scores, the fingerprint and the notes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import parity
import pytest
import tiny_reward

DOUBLED = ("seqcls_llama", "armo", "nemotron")
EAGER = ("seqcls_gemma2", "qrm")  # soft-capped; QRM's code takes the second BOS out again
SAME = ("seqcls_qwen3", "athene", "acecode", "starling", "automodel")


@pytest.mark.parametrize("engine", parity.ENGINES)
@pytest.mark.parametrize("family", [*DOUBLED, *EAGER, *SAME])
def test_scores_are_those_of_the_published_text(family: str, engine: str) -> None:
    assert parity.check_scores(family, "eager_none_bs1" if family in EAGER else "none_bs1", engine) < 2e-5


@pytest.mark.parametrize("family", [*DOUBLED, *SAME])
def test_token_ids_are_those_of_the_published_text(family: str) -> None:
    assert parity.expected(family)["tokens_mode"] == "none_bs1"
    assert parity.check_ids(family, "none_bs1") == parity.TEXTS


@pytest.mark.parametrize("family", DOUBLED)
def test_the_bos_is_doubled_only_on_demand(family: str) -> None:
    for mode, count in (("clean_bs1", 1), ("none_bs1", 2)):
        bos = parity.loaded(family).tokenizer.bos_token_id
        for request in parity.golden_requests(family, mode):
            assert request.tokens.ids.tolist().count(bos) == count


def doubling(folder: Path) -> Path:
    """A model whose template writes a BOS and whose tokenizer adds one."""
    head = {"score.weight": tiny_reward.random(1, tiny_reward.SIZE)}
    tiny_reward.write(folder, "llama", "LlamaForSequenceClassification", head)
    template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    tiny_reward.with_bos(folder)
    (folder / "chat_template.jinja").write_text("{{ bos_token }}" + template, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("twice", "note"), [(True, "every text begins with two BOS tokens"), (False, "its BOS stands once")]
)
def test_a_run_records_it(
    twice: bool, note: str, crb: Callable[..., Any], tiny_llama: Path, sixty_pairs: Path, tmp_path: Path
) -> None:
    model = doubling(tmp_path / "model") if twice else tiny_llama
    arguments = ("run", model, "--benchmark", sixty_pairs, "--limit", "4", "--json")
    plain = json.loads(crb(*arguments, "--out", tmp_path / "plain").out)
    found = json.loads(crb(*arguments, "--out", tmp_path / "reference", "--reference-text").out)
    assert found["fingerprint"] != plain["fingerprint"]
    assert any(note in line for line in found["notes"])
    assert not plain["notes"]
    document = json.loads((tmp_path / "reference" / "run.json").read_text(encoding="utf-8"))
    assert document["config"]["reference_text"] is True
    scores = [(tmp_path / name / "scores.parquet").read_bytes() for name in ("plain", "reference")]
    assert (scores[0] != scores[1]) is twice


def test_the_api_takes_it(tmp_path: Path) -> None:
    import crb

    model = doubling(tmp_path / "model")
    asked = (str(model), tiny_reward.PROMPT, tiny_reward.RESPONSES)
    plain, reference = crb.score(*asked), crb.score(*asked, reference_text=True)
    assert [r.score for r in plain] != [r.score for r in reference]
