"""A run in which nothing could be compared ends with an error, after its results were written and shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_distribution
import pytest
import tiny_models
from bad_place import Place
from bad_requests import NOTHING
from scripted_engine import ENTRY_POINTS, Script, ScriptedEngine, failing, rated

import crb
from crb.runs import open_run

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))
import other_rows
from benchmark_files import write_rows

pytestmark = pytest.mark.usefixtures("one_thread")
Crb = Callable[..., Any]
SAYS = NOTHING.removesuffix("...")


@pytest.fixture
def place(tmp_path: Path, tiny_llama: Path) -> Place:
    return Place(tmp_path, tiny_llama)


@pytest.fixture
def no_number(place: Place) -> Place:
    """The place's model scores every response as NaN."""
    place.change_weights(lambda found: found.update({"score.weight": found["score.weight"] * float("nan")}))
    return place


def test_no_number_at_all_is_an_error_once_the_results_are_written(no_number: Place, crb: Crb) -> None:
    done = crb(*no_number.run("--json"))
    assert done.code == 2
    assert f"error: {SAYS}20 of 20 responses have no score: the model returned nan" in done.err
    assert f"run {no_number.out}; the results are written" in done.err
    assert "next:  try --dtype float32" in done.err
    assert json.loads(done.out)["invalid_rate"] == 1.0
    assert open_run(no_number.out).finished
    again = crb(*no_number.run())
    assert (again.code, SAYS in again.err) == (2, True), "a finished run ends as it did the first time"
    assert "all pairs" in again.out
    assert crb("report", no_number.out).code == 0


def test_a_ranking_without_a_score_is_an_error_once_the_file_is_written(no_number: Place, crb: Crb) -> None:
    completions = no_number.out.with_name("completions.jsonl")
    completions.write_text(json.dumps({"prompt": "Add.", "completions": ["a + b", "a - b"]}) + "\n")
    out = no_number.out.with_name("scores.jsonl")
    done = crb("rerank", no_number.model, "--completions", completions, "--out", out, "--json")
    assert done.code == 2
    assert "no completion has a score: the model returned nan" in done.err
    assert "next:  try --dtype float32" in done.err
    assert json.loads(done.out)["unscored"] == len(out.read_text().splitlines()) == 2


def test_the_api_returns_such_a_run(no_number: Place) -> None:
    found = crb.evaluate(str(no_number.model), no_number.pairs(), out=no_number.out)
    assert found.results["crb"]["counts"]["invalid"] == no_number.count


def test_prompts_that_all_leave_no_room_are_an_error(place: Place, crb: Crb) -> None:
    done = crb(*place.run("--max-length", "20", "--long-prompts", "error"))
    assert done.code == 2
    assert SAYS in done.err
    assert "next:  raise --max-length" in done.err


def test_one_pair_that_can_be_compared_is_a_result(place: Place, crb: Crb) -> None:
    pairs = place.pairs(lambda rows: [row.update(prompt="long " * 200) for row in rows[1:]])
    done = crb(*place.run("--max-length", "200", "--long-prompts", "error", pairs=pairs))
    assert done.code == 0
    assert "18 of 20 responses have no score" in done.err


def test_a_score_on_one_side_of_every_pair_compares_nothing(place: Place, crb: Crb) -> None:
    from transformers import AutoTokenizer

    pairs = place.pairs(lambda rows: [row.update(rejected="\u00a7") for row in rows])
    poison = AutoTokenizer.from_pretrained(place.model)("\u00a7")["input_ids"][-1]
    place.change_weights(lambda found: found["model.embed_tokens.weight"][poison].fill_(float("nan")))
    done = crb(*place.run(pairs=pairs))
    assert done.code == 2
    assert f"{SAYS}10 of 20 responses have no score: the model returned nan" in done.err


def test_of_several_benchmarks_the_empty_one_is_named(place: Place, crb: Crb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.home)
    good = tiny_models.write_pairs(place.home / "good.jsonl", tiny_models.pairs(4))
    bad = place.pairs(lambda rows: [row.update(prompt="long " * 200) for row in rows])
    arguments = ("run", place.model, "--benchmark", f"{good},{bad}", "--max-length", "200", "--long-prompts", "error")
    done = crb(*arguments, "--json")
    assert done.code == 2
    first, second = (run["run"] for run in json.loads(done.out)["runs"])
    assert second in done.err
    assert first not in done.err
    assert open_run(Path(first)).finished


def test_items_that_are_not_pairs_can_lack_every_score_too(no_number: Place, crb: Crb) -> None:
    rows = write_rows(no_number.home / "rm.jsonl", other_rows.rmbench(["chat"], each=2))
    done = crb(*no_number.run(pairs=f"rmbench:{rows}"))
    assert done.code == 2
    assert f"{SAYS}12 of 12 responses have no score" in done.err


@pytest.fixture
def judge(tmp_path: Path, crb: Crb, monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], Any]:
    """A function that runs a judge whose answers a script writes."""
    monkeypatch.syspath_prepend(fake_distribution.install(tmp_path / "site", ENTRY_POINTS, name="scripted_judges"))
    pairs = tiny_models.write_pairs(tmp_path / "pairs.jsonl", tiny_models.pairs(6))

    def run(script: Script) -> Any:
        monkeypatch.setattr("crb.evaluation.judging.generator", lambda _: ScriptedEngine(script))
        endpoint = ("--endpoint", "http://localhost:1/v1", "--adapter", "scripted", "--score", "greedy")
        return crb("run", "org/judge", *endpoint, "--benchmark", pairs, "--out", tmp_path / "out")

    return run


def test_answers_that_cannot_be_read_are_a_finding_about_the_judge(
    judge: Callable[[Script], Any], crb: Crb, tmp_path: Path
) -> None:
    done = judge(lambda call: "no idea")
    assert (done.code, SAYS in done.err) == (0, False)
    assert "note: not one of 12 responses got an answer that can be read" in done.err
    assert "another judge (--adapter)" in done.err
    again = crb("reread", tmp_path / "out", "--out", tmp_path / "again")
    assert again.code == 0
    assert open_run(tmp_path / "again").results["crb"]["counts"]["invalid"] == 6


def test_answers_that_never_came_are_asked_for_again(judge: Callable[[Script], Any]) -> None:
    done = judge(failing(rated, share=1.0, reason="HTTP 503"))
    assert (done.code, SAYS in done.err) == (3, False)
