"""`crb run`, `crb report` and `crb reread` of a judge: what people see, what scripts read, the exit code."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_distribution
import pytest
import tiny_models
from scripted_engine import ENTRY_POINTS, Script, ScriptedEngine, failing, rated

from crb.engines.generation import Call
from crb.generation import Generation

Crb = Callable[..., Any]


@pytest.fixture
def script() -> list[Script]:
    """The engine's script, to be replaced."""
    return [rated]


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crb: Crb, script: list[Script]) -> Crb:
    """`crb run` of a scripted judge on twelve pairs into tmp_path/run."""
    monkeypatch.syspath_prepend(fake_distribution.install(tmp_path / "site", ENTRY_POINTS, name="scripted_judges"))
    module = importlib.import_module("crb.evaluation.judging")
    monkeypatch.setattr(module, "generator", lambda _: ScriptedEngine(script[0]))
    monkeypatch.setenv("COLUMNS", "200")
    pairs = tiny_models.write_pairs(tmp_path / "pairs.jsonl", tiny_models.pairs(12))
    base = ("run", "org/judge", "--endpoint", "http://user:secret@localhost:1/v1?token=hidden", "--adapter", "scripted")
    return lambda *more: crb(*base, "--benchmark", pairs, "--out", tmp_path / "run", *more)


def test_json_tells_how_it_was_scored(judge: Crb) -> None:
    done = judge("--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["status"] == "finished"
    assert found["judge"]["score"] == "expected"
    assert found["resolution"]["distinct"] == 24


def test_what_the_address_holds_beside_host_and_path_is_nowhere(judge: Crb, tmp_path: Path) -> None:
    assert judge().code == 0
    for file in (tmp_path / "run").rglob("*.json*"):
        assert b"secret" not in file.read_bytes()
        assert b"hidden" not in file.read_bytes()
    config = json.loads((tmp_path / "run" / "run.json").read_text())["config"]
    assert config["judge"]["endpoint"] == "http://localhost:1/v1"
    assert (config["revision"], config["engine"], config["max_length"]) == ("served", "endpoint", None)


def at_times_rated(call: Call) -> Generation | str:
    return "no idea" if int(call.turn.digest, 16) % 2 else rated(call)


def test_people_see_resolution_reasons_and_what_is_missing(
    judge: Crb, script: list[Script], crb: Crb, tmp_path: Path
) -> None:
    script[0] = failing(at_times_rated, share=0.2, reason="HTTP 503 after 5 tries")
    done = judge("--score", "greedy")
    assert done.code == 3
    assert "lack an answer; the same command asks for it again" in done.err
    shown = crb("report", tmp_path / "run")
    assert shown.code == 0
    assert shown.out in done.out
    assert "greedy scores: as written" in shown.out
    assert "error: HTTP 503 after 5 tries" in shown.out
    assert "unparsed: no score at the end" in shown.out
    script[0] = rated
    done = judge("--score", "greedy")
    assert (done.code, done.err) == (0, "")
    assert "resolution: " in done.out
    assert "lack an answer" not in done.out


def test_reread_prints_as_run_does(judge: Crb, crb: Crb, tmp_path: Path) -> None:
    assert judge().code == 0
    done = crb("reread", tmp_path / "run", "--score", "greedy", "--out", tmp_path / "greedy", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["judge"]["score"] == "greedy"
    done = crb("reread", tmp_path / "run", "--score", "greedy", "--out", tmp_path / "greedy")
    assert f"run   {tmp_path / 'greedy'}" in done.out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--engine", "forest"), "not by the engine 'forest'"),
        (("--engine", "vllm"), "not by the engine 'vllm'"),
        (("--reference-text",), "--reference-text does nothing for a judge"),
        (("--dtype", "float32"), "--dtype does nothing for a judge behind an endpoint"),
        (("--prompts", "mine:full"), "a judge has wording of its own"),
        (("--samples", "3"), "add --score mean"),
        (("--concurrency", "0"), "at least 1"),
        (("--timeout", "-1"), "--timeout -1"),
        (("--adapter", "sequence-classifier"), "reads hidden states"),
        (("--templates", "nobodys"), "nobodys"),
    ],
)
def test_options_that_do_nothing_are_refused(judge: Crb, more: tuple[str, ...], says: str) -> None:
    done = judge(*more)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert says in done.err
