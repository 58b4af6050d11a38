"""`crb doctor RUN...` as people and CI meet it: folders, JSON, exit codes, 80 columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from doctor_runs import healthy, unread

from crb.files import write_json
from crb.results.identity import known
from crb.runs.folder import write_run
from crb.runs.scores import write_scores
from crb.statistics.summary import summarise

Crb = Callable[..., Any]
CONFIG = {"model": "an-org/a-model", "benchmark": "pairs", "benchmark_hash": "1", "prompts": "none"}


def write(folder: Path, frame: pd.DataFrame, n: int | None = None, **config: str) -> Path:
    """A finished run on disk."""
    write_scores(folder / "scores.parquet", frame)
    write_json(folder / "results.json", summarise(frame))
    document = {"schema": 1, "status": "finished", "fingerprint": "0", "sessions": [], "n": n or len(frame)}
    write_run(folder, document | {"config": CONFIG | config})
    return folder


def ties(share: float) -> pd.DataFrame:
    frame = healthy()
    rows = frame.index[: round(share * len(frame))]
    frame.loc[rows, "chosen_score"] = frame.loc[rows, "rejected_score"]
    return frame


def test_a_healthy_run_is_silent_and_succeeds(crb: Crb, tmp_path: Path) -> None:
    run = write(tmp_path / "run", healthy())
    done = crb("doctor", run, "--json", "--fail-on", "note")
    assert (done.code, json.loads(done.out), done.err) == (0, [], "")
    assert crb("doctor", run).out == "1 run: 0 errors, 0 warnings, 0 notes; 0 with more than a note\n"


def test_json_is_a_list_of_findings_with_the_agreed_keys(crb: Crb, tmp_path: Path) -> None:
    run = write(tmp_path / "run", ties(0.05))
    told = json.loads(crb("doctor", "--json", run).out)  # options may come first
    assert {row["code"] for row in told} == {"tie-rate", "exact-ties"}
    for row in told:
        assert {"model", "severity", "code", "evidence", "message"} <= set(row)
        assert row["model"] == "an-org/a-model"
        assert not {"printed", "recomputed"} & set(row)


@pytest.mark.parametrize(
    ("share", "fail_on", "code"),
    [(0.05, "error", 0), (0.05, "warning", 1), (0.5, "error", 1), (0.5, "never", 0), (0.01, "note", 1)],
)
def test_the_exit_code_is_for_ci(crb: Crb, tmp_path: Path, share: float, fail_on: str, code: int) -> None:
    assert crb("doctor", write(tmp_path / "run", ties(share)), "--fail-on", fail_on).code == code


def test_errors_fail_unless_told_otherwise(crb: Crb, tmp_path: Path) -> None:
    assert crb("doctor", write(tmp_path / "run", ties(0.5))).code == 1


def test_a_folder_of_runs_is_examined_together_and_each_run_once(crb: Crb, tmp_path: Path) -> None:
    write(tmp_path / "runs" / "a", healthy(), model="a/whole")
    short = write(tmp_path / "runs" / "b", healthy().iloc[3:], model="a/short")
    told = json.loads(crb("doctor", tmp_path / "runs", short, "--json").out)
    assert [(row["model"], row["code"], row["evidence"]["missing"]) for row in told] == [
        ("a/short", "missing-items", 3)
    ]


def test_a_damaged_run_is_a_finding_beside_the_others(crb: Crb, tmp_path: Path) -> None:
    write(tmp_path / "runs" / "a", ties(0.5), model="a/tied")
    (write(tmp_path / "runs" / "b", healthy()) / "scores.parquet").write_bytes(b"PAR1")
    (write(tmp_path / "runs" / "c", healthy()) / "run.json").write_text("{", encoding="utf-8")
    write(tmp_path / "runs" / "d", healthy(), model="a/d")
    (tmp_path / "runs" / "d" / "results.json").write_text("[", encoding="utf-8")
    done = crb("doctor", tmp_path / "runs", "--json")
    told = {(row["model"], row["code"]) for row in json.loads(done.out)}
    assert {("an-org/a-model", "unreadable"), ("c", "unreadable"), ("a/d", "figures-disagree")} <= told
    assert ("a/tied", "tie-rate") in told
    assert done.code == 1


def test_the_terminal_gets_80_columns_and_no_control_characters(
    crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    frame = unread(ties(0.5), slice(-30, None), "unparsed", "chosen")
    run = write(tmp_path / "run", frame, model="an-org/[bold]a\x1b[31mmodel")
    for options in ((), ("--brief",)):
        out = crb("doctor", run, *options).out
        assert max(map(len, out.splitlines())) <= 80
        assert "\x1b[31m" not in out
        assert "[bold]" in out
        assert "error" in out
        assert "tie-rate" in out


def test_published_figures_are_compared(crb: Crb, tmp_path: Path) -> None:
    benchmark = known("crb")
    assert benchmark is not None
    labels = [cell for cell, n in benchmark.cells.items() for _ in range(n)]
    frame = healthy(benchmark.n)
    frame[["criterion", "language", "subset"]] = pd.DataFrame(labels, index=frame.index)
    run = write(tmp_path / "run", frame, benchmark="crb")
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "table2.csv").write_text("model,average\nan-org/a-model,12.345\n", encoding="utf-8")
    (row,) = json.loads(crb("doctor", run, "--published", tmp_path / "paper", "--json").out)
    right = (frame["chosen_score"] > frame["rejected_score"]).mean()
    assert (row["code"], row["printed"], row["recomputed"]) == ("published-figure", 12.345, round(100 * right, 3))
    assert row["evidence"]["reachable"] is False


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere",), "no such file or folder"),
        (("--json",), "nothing to examine"),
        (("empty",), "no run and no entry"),
        (("run", "--published", "nowhere"), "does not exist"),
    ],
)
def test_what_the_user_got_wrong_exits_with_2(
    crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write(tmp_path / "run", healthy())
    done = crb("doctor", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "next:" in done.err


def test_published_runs_that_are_not_imported_are_told_how(crb: Crb, tmp_path: Path) -> None:
    write_scores(tmp_path / "themis" / "model" / "scores.parquet", healthy())
    done = crb("doctor", tmp_path / "themis")
    assert done.code == 2
    assert "crb import themis" in done.err


def test_a_folder_may_be_called_as_a_command_is(crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "env", ties(0.5))
    write(tmp_path / "runs", ties(0.5))
    assert crb("doctor", "./env", "--brief").code == crb("doctor", "runs", "--brief").code == 1
    assert {row["code"] for row in json.loads(crb("doctor", "env", "--json").out)} >= {"python", "packages"}


def test_help_tells_both_ways(crb: Crb) -> None:
    told = crb("doctor", "--help").out
    assert "RUN..." in told
    assert "env" in told
    assert "--published" in crb("doctor", "RUN", "--help").out


def test_half_a_character_in_a_run_is_a_finding_and_no_traceback(crb: Crb, tmp_path: Path) -> None:
    run = write(tmp_path / "runs" / "one", healthy())
    document = json.loads((run / "run.json").read_text(encoding="utf-8"))
    document["config"]["model"] = "m\ud800"
    (run / "run.json").write_text(json.dumps(document), encoding="utf-8")
    done = crb("doctor", "--json", tmp_path / "runs")
    (told,) = json.loads(done.out)
    assert (done.code, told["code"]) == (1, "unreadable")
    assert "config.model" in told["message"]
    assert crb("doctor", tmp_path / "runs").code == 1
    assert crb("doctor", run / "run.json").code == 2


def test_half_a_character_in_stated_figures_can_be_printed(crb: Crb, tmp_path: Path) -> None:
    run = write(tmp_path / "run", healthy())
    stated = json.loads((run / "results.json").read_text(encoding="utf-8"))
    stated["by_language"]["\ud800"] = {"accuracy": 1}
    (run / "results.json").write_text(json.dumps(stated), encoding="utf-8")
    done = crb("doctor", "--json", run)
    assert r"by_language \ud800" in done.out  # escaped: no terminal can be given the character itself
    assert "figures-disagree" in {row["code"] for row in json.loads(done.out)}
    done = crb("doctor", run)
    assert done.code == 1


def test_a_run_that_is_not_of_pairs_is_no_error(crb: Crb, tmp_path: Path) -> None:
    run = write(tmp_path / "run", healthy(), benchmark="my-questions")
    (run / "scores.parquet").rename(run / "candidates.parquet")
    done = crb("doctor", run, "--json")
    (told,) = json.loads(done.out)
    assert (done.code, told["code"], told["severity"]) == (0, "not-pairs", "note")
    assert "not applicable: the items of my-questions are not pairs" in told["message"]
    (run / "candidates.parquet").rename(run / "elsewhere.parquet")
    assert crb("doctor", run).code == 1  # without scores of any kind nothing is known
