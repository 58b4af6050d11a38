"""`crb prompts delta`: runs that differ in their prompts alone are compared, anything else is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from crb.cli.prompts import app
from crb.errors import UsageError
from crb.runs.folder import write_run
from crb.runs.run import RESULTS, SCORES
from crb.runs.scores import write_scores

CRITERIA = ["security_hardness"] * 60 + ["memory_efficiency"] * 40
MakeRun = Callable[..., Path]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    def make(mode: str, right: int, *, status: str = "finished", **config: Any) -> Path:
        """A run that is right on the first `right` of 60 pairs of security and 40 of memory."""
        path = tmp_path / "runs" / mode.replace(":", "-") / str(len(list(tmp_path.glob("runs/*/*"))))
        frame = pd.DataFrame(
            {
                "chosen_score": [1.0] * right + [0.0] * (100 - right),
                "rejected_score": 0.5,
                "chosen_status": "ok",
                "rejected_status": "ok",
                "criterion": CRITERIA,
                "language": "Python",
                "subset": "S",
            },
            index=pd.Index([str(i) for i in range(100)], name="id"),
        )
        write_scores(path / SCORES, frame)
        (path / RESULTS).write_text("{}", encoding="utf-8")
        stored = {"model": "org/model", "benchmark": "b", "benchmark_hash": "0" * 64, "dtype": "float32"}
        stored |= {"prompts": mode, "prompts_hash": None if mode == "none" else mode} | config
        write_run(
            path, {"schema": 1, "status": status, "config": stored, "fingerprint": f"{right:016x}", "sessions": []}
        )
        return path

    return make


def delta(*arguments: Any) -> Result:
    return CliRunner().invoke(app, ["delta", *map(str, arguments)], catch_exceptions=False)


def test_modes_are_compared_by_criterion_from_none_to_criterion(make_run: MakeRun, tmp_path: Path) -> None:
    for mode, right in (("crb:criterion", 60), ("none", 30), ("crb:full", 40)):
        make_run(mode, right)
    document = json.loads(delta("org/MODEL", "--runs", tmp_path / "runs", "--json").stdout)
    assert document["title"] == "Prompts none, crb:full, crb:criterion of org/model on b"
    found = {
        (row["criterion"], row["first"].rpartition(" ")[2], row["second"].rpartition(" ")[2]): row
        for row in document["tables"]["comparisons"]["rows"]
    }
    security = found["security_hardness", "none", "crb:criterion"]  # 30 against 60 of 60
    assert security["difference"]["value"] == -0.5
    assert security["difference"]["low"] < -0.5 < security["difference"]["high"] < 0
    assert security["p"] < 1e-6
    assert found["memory_efficiency", "none", "crb:full"]["difference"]["value"] == 0
    assert len(found) == 6  # three couples, two criteria


def test_run_folders_can_be_named(make_run: MakeRun) -> None:
    assert "-16.7" in delta(make_run("none", 10), make_run("crb:full", 20)).stdout  # 10 and 20 of 60


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"mode": "none"}, "two runs have the prompts none|only none"),
        ({"mode": "crb:full", "dtype": "bfloat16"}, "differ in more than their prompts: dtype"),
        ({"mode": "crb:full", "model": "org/other"}, "differ in more than their prompts: model"),
    ],
)
def test_runs_that_differ_otherwise_are_refused(make_run: MakeRun, other: dict[str, str], message: str) -> None:
    mode = other.pop("mode")
    with pytest.raises(UsageError, match=message):
        delta(make_run("none", 10), make_run(mode, 20, **other))


def test_two_runs_of_a_mode_have_to_be_chosen_from(make_run: MakeRun, tmp_path: Path) -> None:
    for mode, right in (("none", 1), ("none", 2), ("crb:full", 3)):
        make_run(mode, right)
    with pytest.raises(UsageError, match="two runs have the prompts none"):
        delta("org/model", "--runs", tmp_path / "runs")


def test_a_model_without_finished_runs_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    make_run("none", 1, status="running")
    with pytest.raises(UsageError, match="no run of org/model is finished"):
        delta("org/model", "--runs", tmp_path / "runs")
    with pytest.raises(UsageError, match="did you mean org/model"):
        delta("org/modle", "--runs", tmp_path / "runs")
    with pytest.raises(UsageError, match="no such folder"):
        delta("org/model", "--runs", tmp_path / "nowhere")
