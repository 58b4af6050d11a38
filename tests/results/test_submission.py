"""`crb submit`: what is missing is told at once, and what is fit becomes an entry and a pull request."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from result_doubles import make_run, mini, mini_scores
from typer.main import get_command

from crb.cli import app
from crb.cli.results import findings_of
from crb.errors import DataError
from crb.evaluation.evaluate import evaluate
from crb.evaluation.judge_settings import JudgeSettings
from crb.evaluation.prepare import Settings, prepare
from crb.files import write_json
from crb.results.build import entry_of
from crb.results.validate import validate
from crb.runs import Run, open_run
from crb.runs.config import JudgeConfig
from crb.runs.scores import write_scores
from crb.statistics.summary import summarise
from crb.submission.checks import check_submission
from crb.submission.request import again, pull_request


def failed(run: Run, findings: list[dict[str, Any]] | None = None) -> list[str]:
    """The names of the checks that a run fails."""
    return [check.name for check in check_submission(run, findings or []) if not check.passed]


def parsed(words: list[str]) -> dict[str, Any]:
    """What the program's own parser makes of the arguments of `crb`."""
    parser: Any = get_command(app)
    context = parser.make_context("crb", [], resilient_parsing=True)
    command = parser.get_command(context, words[0])
    found: dict[str, Any] = command.make_context(words[0], words[1:], parent=context).params
    return found


JUDGE = JudgeConfig(score="mean", samples=7, seed=3, max_tokens=64, templates="mine", templates_hash="2" * 16)


@pytest.mark.parametrize("judge", [None, JUDGE])
def test_a_sound_run_passes(tmp_path: Path, judge: JudgeConfig | None) -> None:
    run = make_run(tmp_path / "run", "someone/model", judge=judge)
    assert failed(run) == []
    assert all(check.todo == "" or check.passed for check in check_submission(run, []))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"revision": "main"}, "revision pinned"),
        ({"revision": "unknown"}, "revision pinned"),
        ({"revision": "0123456789abcdef"}, "revision pinned"),  # a folder's hash under a hub id
        ({"benchmark_hash": "0" * 64}, "benchmark known"),
        ({"benchmark": "pairs"}, "benchmark known"),
        ({"selection": {"limit": 3}}, "complete"),
    ],
)
def test_a_configuration_that_does_not_do(tmp_path: Path, changes: dict[str, Any], name: str) -> None:
    assert failed(make_run(tmp_path / "run", "someone/model", **changes)) == [name]


def test_a_local_model_is_pinned_by_its_hash(tmp_path: Path) -> None:
    assert failed(make_run(tmp_path / "run", "mine", revision="sha256:0123456789abcdef")) == []
    assert failed(make_run(tmp_path / "other", "mine", revision="latest")) == ["revision pinned"]


def test_a_run_that_was_touched(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model")
    document = json.loads((run.path / "run.json").read_text())
    document["config"]["prompts"] = "full"
    write_json(run.path / "run.json", document)
    assert failed(open_run(run.path)) == ["fingerprint"]
    write_json(run.path / "run.json", {**run.document, "imported": {"folder": "x"}})
    assert failed(open_run(run.path)) == ["a run of crb"]
    write_json(run.path / "run.json", run.document)
    write_scores(run.path / "scores.parquet", mini_scores(5))
    assert failed(open_run(run.path)) == ["figures follow from the scores"]
    write_scores(run.path / "scores.parquet", mini_scores(0).iloc[:-1])
    assert failed(open_run(run.path)) == ["complete"]
    (run.path / "results.json").unlink()
    assert failed(open_run(run.path)) == ["complete"]


def test_what_a_judge_tells_belongs_to_judges(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model")
    write_json(run.path / "results.json", summarise(run.pairs(), judge={"score": "mean"}))
    assert failed(open_run(run.path)) == ["figures follow from the scores"]
    run = make_run(tmp_path / "judge", "someone/model", judge=JUDGE)
    write_json(run.path / "results.json", {"crb": None})
    with pytest.raises(DataError, match="not one that this version"):
        failed(open_run(run.path))


def test_renamed_pairs_are_not_the_benchmark(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model")
    pairs = run.pairs()
    pairs = pairs.rename(index={pairs.index[0]: "renamed"})
    write_scores(run.path / "scores.parquet", pairs)
    write_json(run.path / "results.json", summarise(pairs))
    assert failed(open_run(run.path)) == ["benchmark known"]


def test_an_error_of_the_doctor_stops_it(tmp_path: Path) -> None:
    finding = {"severity": "error", "code": "constant-scores", "evidence": {}, "message": "all are 0"}
    run = make_run(tmp_path / "run", "someone/model")
    assert failed(run, [finding]) == ["doctor without errors"]
    assert failed(run, [{**finding, "severity": "warning"}]) == []


def test_the_doctor_is_asked_about_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model")
    pairs = run.pairs().assign(chosen_score=1.0, rejected_score=1.0, chosen_status="ok", rejected_status="ok")
    write_scores(run.path / "scores.parquet", pairs)
    write_json(run.path / "results.json", summarise(pairs))
    run = open_run(run.path)
    found = findings_of([run])[run.path]
    assert any(finding["severity"] == "error" for finding in found)
    assert entry_of(run, found).findings


def test_findings_on_another_run_of_the_model_are_not_this_runs(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name, "someone/model", prompts=name) for name in ("none", "full")]
    flat = runs[1].pairs().assign(chosen_score=1.0, rejected_score=1.0, chosen_status="ok", rejected_status="ok")
    write_scores(runs[1].path / "scores.parquet", flat)
    write_json(runs[1].path / "results.json", summarise(flat))
    alone = findings_of([runs[0]])[runs[0].path]
    beside = findings_of([runs[0]], [open_run(runs[1].path)])[runs[0].path]
    assert not any(finding["code"] == "constant-scores" for finding in beside)
    assert {finding["code"] for finding in beside} == {finding["code"] for finding in alone}
    assert all("run" not in finding and str(tmp_path) not in json.dumps(finding) for finding in beside)
    found = findings_of([runs[0], open_run(runs[1].path)])
    assert any(finding["code"] == "constant-scores" for finding in found[runs[1].path])


def test_a_run_with_damaged_scores_has_its_findings(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model")
    (run.path / "scores.parquet").write_bytes(b"damaged")
    (finding,) = findings_of([open_run(run.path)])[run.path]
    assert finding["code"] == "unreadable"


def test_a_run_without_a_models_name_is_refused_by_file_and_field(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model")
    config = {key: value for key, value in run.config.items() if key != "model"}
    write_json(run.path / "run.json", {**run.document, "config": config})
    with pytest.raises(DataError, match="has no model") as caught:
        open_run(run.path)
    assert str(run.path / "run.json") in caught.value.where
    assert "config.model" in caught.value.where


@pytest.mark.parametrize("judge", [None, JUDGE])
def test_the_entry_of_a_run_is_in_order(tmp_path: Path, crb: Callable[..., Any], judge: JudgeConfig | None) -> None:
    run = make_run(tmp_path / "run", "someone/model", judge=judge, engine="vllm" if judge else "auto")
    left = crb("submit", run.path, "--results", tmp_path / "results", "--json")
    assert left.code == 0
    assert ("| judge seed | `3` |" in json.loads(left.out)["body"]) == (judge is not None)
    assert crb("results", "validate", tmp_path / "results").code == 0


def test_the_pull_request(tmp_path: Path, crb: Callable[..., Any]) -> None:
    run = make_run(tmp_path / "run", "someone/model", prompts="criterion")
    results = tmp_path / "results"
    left = crb("submit", run.path, "--results", results, "--json")
    told = json.loads(left.out)
    assert left.code == 0
    assert all(check["passed"] for check in told["checks"])
    assert told["title"] == "Results: someone/model on crb-mini"
    assert "| all | 160 |" in told["body"]
    assert str(tmp_path) not in told["body"]
    assert Path(told["text"]).read_text(encoding="utf-8").count("```bash") == 2
    assert validate(results) == []
    added = next(shlex.split(command) for command in told["commands"] if command.startswith("git add"))
    assert {Path(path) for path in added[2:]} == set(results.rglob("*.json"))


def test_nothing_is_written_for_a_run_that_is_not_fit(tmp_path: Path, crb: Callable[..., Any]) -> None:
    run = make_run(tmp_path / "run", "someone/model", revision="main")
    left = crb("submit", run.path, "--results", tmp_path / "results")
    assert left.code == 2
    assert "no  revision pinned" in left.out
    assert not (tmp_path / "results").exists()
    assert not (run.path / "pull-request.md").exists()


def test_the_command_to_run_it_again_is_one_that_crb_knows(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model", prompts="criterion", reference_text=True)
    entry = entry_of(run)
    words = shlex.split(again(entry))
    assert words[:3] == ["crb", "run", f"someone/model@{run.config['revision']}"]
    assert parsed(words[1:])["prompts"] == "criterion"
    assert parsed(words[1:])["reference_text"] is True
    assert pull_request(entry, Path("results"), []).title.endswith(mini().name)


def test_a_judge_is_run_again_with_its_options(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model", judge=JUDGE, adapter="judge", engine="vllm", prompts="criterion")
    found = parsed(shlex.split(again(entry_of(run)))[1:])
    assert found["model"] == f"someone/model@{run.config['revision']}"
    assert (found["score"], found["samples"], found["seed"], found["max_new_tokens"]) == ("mean", 7, 3, 64)
    assert (found["templates"], found["adapter"], found["engine"]) == ("mine", "judge", "vllm")
    assert found["endpoint"] is None
    once = make_run(tmp_path / "once", "someone/model", judge=JudgeConfig(score="greedy"), engine="vllm")
    assert "--samples" not in again(entry_of(once))  # crb run refuses it without --score mean


def test_a_served_judge_is_asked_again_where_it_was(tmp_path: Path) -> None:
    judge = JudgeConfig(endpoint="http://localhost:8000/v1")
    facts: dict[str, Any] = {
        "adapter": "judge",
        "engine": "endpoint",
        "revision": "served",
        "dtype": "served",
        "max_length": None,
    }
    entry = entry_of(make_run(tmp_path / "run", "someone/model", judge=judge, **facts))
    words = shlex.split(again(entry))
    assert words[2] == "someone/model"
    assert "--dtype" not in words
    found = parsed(words[1:])
    assert found["endpoint"] == "http://localhost:8000/v1"
    options = JudgeSettings(endpoint=found["endpoint"], score=found["score"], seed=found["seed"])
    asked = {name: found[name] for name in ("model", "benchmark", "prompts", "adapter", "dtype", "engine")}
    prepared = prepare(Settings(**asked, judge=options))
    assert prepared.config.model_dump(mode="json") == entry.config


def test_what_another_adapter_read_is_read_again(tmp_path: Path) -> None:
    judge = JudgeConfig(score="greedy", reread_of="0123456789abcdef")
    words = shlex.split(again(entry_of(make_run(tmp_path / "run", "someone/model", judge=judge, adapter="r3"))))
    assert words[:2] == ["crb", "reread"]
    found = parsed(words[1:])
    assert found["run"] == Path("runs/someone__model/crb-mini/0123456789abcdef")
    assert (found["adapter"], found["score"]) == ("r3", "greedy")


def test_a_run_with_figures_of_its_own_is_told_its_way_in_one_line(
    crb: Callable[..., Any], tiny_llama: Path, tmp_path: Path
) -> None:
    rows = [
        {"pair_id": f"p{n}", "source": "mmlu-pro-law", "question": f"Q{n}?", "response_model": "m",
         "response_A": f"yes {n}", "response_B": f"no {n}", "label": "A>B"}
        for n in range(2)
    ]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    benchmark = f"judgebench:{tmp_path / 'rows.jsonl'}"
    run = evaluate(Settings(model=str(tiny_llama), benchmark=benchmark, out=tmp_path / "run"))
    done = crb("submit", run.path, "--results", tmp_path / "results")
    assert done.code == 2
    assert "has figures of its own" in done.err
    assert f"crb results add {run.path}" in " ".join(done.err.split())
    assert "doctor" not in done.out
    assert not (tmp_path / "results").exists()
