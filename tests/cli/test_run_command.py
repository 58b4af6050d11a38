"""`crb run`: what others script against, what people see, and that a finished run answers without a model."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import crb as package
from crb.cli.progress import TerminalProgress

pytestmark = pytest.mark.usefixtures("one_thread")

Crb = Callable[..., Any]

# Runs a command and prints its exit code and the packages it imported, below its own output.
PROBE = """
import json, sys
sys.argv = ["crb", *sys.argv[1:]]
from crb.cli import main
try:
    main()
except SystemExit as stop:
    code = stop.code or 0
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def finished(tiny_llama: Path, sixty_pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    out = tmp_path_factory.mktemp("finished") / "run"
    package.evaluate(str(tiny_llama), sixty_pairs, dtype="float32", out=out)
    return out


def is_interval(figure: dict[str, float]) -> bool:
    """Whether this is a share with its interval."""
    return list(figure) == ["value", "low", "high"] and 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1


@pytest.mark.parametrize("prompts", ["none", "full", "criterion"])
def test_json_is_one_document_and_nothing_else(
    crb: Crb, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path, prompts: str
) -> None:
    out = tmp_path / "run"
    arguments = ("--benchmark", sixty_pairs, "--prompts", prompts, "--dtype", "float32", "--limit", "4")
    done = crb("run", tiny_llama, *arguments, "--out", out, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert {"run", "n", "accuracy", "tie_rate", "invalid_rate", "seconds", "pairs_per_second"} <= found.keys()
    assert (found["run"], found["n"], found["prompts"]) == (str(out), 4, prompts)
    assert list(found["accuracy"]) == ["strict", "half", "valid"]
    assert all(is_interval(figure) for figure in found["accuracy"].values())
    assert (found["tie_rate"], found["invalid_rate"]) == (0.0, 0.0)
    assert found["seconds"] > 0
    assert found["pairs_per_second"] == pytest.approx(4 / found["seconds"], rel=0.2)
    scores = pd.read_parquet(out / "scores.parquet")
    assert found["accuracy"]["strict"]["value"] == pytest.approx(scores["correct"].mean(), abs=1e-6)


def test_people_see_a_table_where_the_run_lies_and_what_to_do_next(
    crb: Crb, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = crb("run", tiny_llama, "--benchmark", sixty_pairs, "--out", tmp_path / "a run")
    assert (done.code, done.err) == (0, "")
    assert "Functional" in done.out
    assert "Python" in done.out
    assert f"run   {tmp_path / 'a run'}" in done.out
    assert f"next  crb report '{tmp_path / 'a run'}'" in done.out  # to be pasted into a shell
    assert f"      crb doctor '{tmp_path / 'a run'}'" in done.out
    assert "YOUR_MODEL" not in done.out  # that is for those who tried the embedded one
    file = tmp_path / "a run" / "run.json"
    document = json.loads(file.read_text())
    assert document["embedded"] is False
    file.write_text(json.dumps(document | {"embedded": True}))
    again = crb("run", tiny_llama, "--benchmark", sixty_pairs, "--out", tmp_path / "a run")
    assert "crb run YOUR_MODEL" in again.out


def test_by_default_runs_lie_below_the_working_folder(
    crb: Crb, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = json.loads(crb("run", tiny_llama, "--benchmark", sixty_pairs, "--limit", "2", "--json").out)
    assert Path(found["run"]) == Path("runs", tiny_llama.name, "sixty", found["fingerprint"])
    assert package.open_run("runs").finished


def test_filters_choose_the_pairs(crb: Crb, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path) -> None:
    filters = ("--criterion", "security", "--criterion", "memory", "--language", "c++", "--language", "C")
    done = crb("run", tiny_llama, "--benchmark", sixty_pairs, *filters, "--out", tmp_path / "run", "--json")
    pairs = package.open_run(tmp_path / "run").pairs()
    assert json.loads(done.out)["n"] == len(pairs) > 0
    assert set(pairs["criterion"]) == {"security_hardness", "memory_efficiency"}
    assert set(pairs["language"]) == {"Cpp", "C"}


def test_a_finished_run_answers_without_a_model(crb: Crb, finished: Path, tiny_llama: Path, sixty_pairs: Path) -> None:
    arguments = ["run", str(tiny_llama), "--benchmark", str(sixty_pairs), "--dtype", "float32", "--out", str(finished)]
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    command = [sys.executable, "-c", PROBE, *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    code, packages = json.loads(done.stderr)
    assert code == 0
    assert not {"torch", "transformers", "accelerate", "datasets"} & set(packages)
    assert json.loads(done.stdout)["n"] == 60
    assert {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()} == before
    assert crb(*arguments, "--json").out == done.stdout


def test_another_budget_or_engine_by_default_is_the_same_run(
    crb: Crb, finished: Path, tiny_llama: Path, sixty_pairs: Path
) -> None:
    arguments = ("run", tiny_llama, "--benchmark", sixty_pairs, "--dtype", "float32", "--out", finished)
    assert crb(*arguments, "--token-budget", "128", "--device", "cpu").code == 0
    done = crb(*arguments, "--engine", "padded")
    assert done.code == 2
    assert "engine: 'auto' there, 'padded' now" in done.err


def test_engines_and_batches_can_be_verified(crb: Crb, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path) -> None:
    arguments = ("run", tiny_llama, "--benchmark", sixty_pairs, "--limit", "6", "--verify-batching", "5")
    done = crb(*arguments, "--out", tmp_path / "run", "--json")
    (note,) = json.loads(done.out)["notes"]
    assert note.startswith("batched and single scores differ by at most")
    (session,) = package.open_run(tmp_path / "run").document["sessions"]
    assert session["engine"]["verified_max_abs_diff"] < 1e-4
    assert session["engine"]["verified_unequal"] == 0


def test_run_json_records_what_the_run_was(finished: Path) -> None:
    document = json.loads((finished / "run.json").read_text())
    assert (document["schema"], document["status"], document["n"]) == (1, "finished", 60)
    assert {"torch", "transformers", "pandas"} <= document["versions"].keys()
    assert document["hardware"]["cores"] == os.cpu_count()
    assert document["config"]["dtype"] == "float32"
    (session,) = document["sessions"]
    assert 0 < session["tokens_computed"] < session["tokens_submitted"]
    assert (session["readings"], session["engine"]["name"]) == (120, "forest")


def test_a_report_reads_the_run(crb: Crb, finished: Path) -> None:
    done = crb("report", finished, "--by", "language", "--format", "csv")
    assert (done.code, done.err) == (0, "")
    table = pd.read_csv(io.StringIO(done.out))
    assert table["n"].sum() in (60, 120)  # with or without a row for all


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("watched", [True, False])
def test_progress_is_drawn_for_a_terminal_only(monkeypatch: pytest.MonkeyPatch, watched: bool) -> None:
    stream = Terminal() if watched else io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stderr", stream)
    with TerminalProgress() as progress:
        progress.stage("loading [model]")
        progress.start(10, 1000, 4, 400)
        progress.advance(3, 300)
        progress.note("something [odd]")
        progress.advance(3, 300)
    drawn = stream.getvalue()
    assert "note: something [odd]" in drawn
    if not watched:
        assert drawn == "note: something [odd]\n"
        return
    assert "10/10" in drawn
    assert "pairs/s" in drawn
    assert "tokens/s" in drawn


def test_progress_is_quiet_where_nothing_began(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with TerminalProgress() as progress:
        progress.stage("reading the benchmark")
    assert stream.getvalue() == ""


def test_a_moved_run_is_still_a_run(finished: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(finished, tmp_path / "moved"))
    assert package.open_run(moved).accuracy(by="overall")["n"].tolist() == [60]
