"""Killed at any moment, a build with models, imports and assembly ends with the same bytes, and asks nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from killing import survives_kills

HERE = Path(__file__).parent
RECIPE = """
stages:
  - import: {dataset: pairs, path: %(data)s, subset: SECBENCH}
    name: first
  - import: {dataset: oss-instruct, path: %(bare)s}
    name: second
    from: []
  - instruct: {task: bug, models: [fine], engine: {kind: python, make: "llm_scripts:writer"}}
  - judge: {models: [m], votes: 4, engine: {kind: python, make: "llm_scripts:judge_of_changes"}, agree: 0.5}
    from: [first, instruct]
  - assemble: {}
  - benchmark: {}
    from: [judge]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    pairs = [
        {"prompt": f"p{n}", "chosen": f"z{n}", "rejected": f"a{n}", "aspect": "security", "language": "C"}
        for n in range(40)
    ]
    bare = [{"lang": "go", "problem": f"q{n}", "solution": f"z := {n % 7} + {n}"} for n in range(20)]
    for name, rows in (("data", pairs), ("bare", bare)):
        (tmp_path / name).mkdir()
        for part in range(4):
            lines = [json.dumps(row) + "\n" for row in rows[part::4]]
            (tmp_path / name / f"{part}.jsonl").write_text("".join(lines))
    path = tmp_path / "small.yaml"
    path.write_text(RECIPE % {"data": tmp_path / "data", "bare": tmp_path / "bare"})
    return path


def start(recipe: Path, out: Path, **environment: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "crb", "build", str(recipe), "--out", str(out)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finished(recipe: Path, out: Path, **environment: str) -> dict[str, Any]:
    """The hashes of all steps."""
    process = start(recipe, out, **environment)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors.decode()
    return {path.parent.name: json.loads(path.read_text())["hash"] for path in sorted(out.glob("*/manifest.json"))}


@pytest.mark.slow
def test_a_build_killed_at_single_answers_asks_only_for_the_rest(recipe: Path, tmp_path: Path) -> None:
    log = tmp_path / "asked.log"
    log.touch()
    whole = finished(recipe, tmp_path / "whole", LLM_LOG=str(log))
    assert set(whole) == {"first", "second", "instruct", "judge", "assemble", "benchmark"}
    asked = Counter(log.read_text().splitlines())
    assert asked.total() > 100

    log.write_text("")
    out = tmp_path / "killed"
    for number in (7, 40, 3, 61):  # the answer at which the process kills itself
        process = start(recipe, out, LLM_LOG=str(log), LLM_KILL_AT=str(number))
        process.communicate(timeout=200)
        assert process.returncode == -signal.SIGKILL
    assert finished(recipe, out, LLM_LOG=str(log)) == whole
    again = Counter(line for line in log.read_text().splitlines() if line.startswith("answered"))
    repeated = sum(count - 1 for count in again.values())
    assert repeated <= 4 * 3  # per kill at most what one poll had: three answers


@pytest.mark.slow
def test_stages_with_models_imports_and_assembly_survive_kills(recipe: Path, tmp_path: Path) -> None:
    assert (
        survives_kills(recipe, tmp_path / "builds", kills=20, modules=["llm_scripts"], path=[HERE, HERE.parent]) == 20
    )
