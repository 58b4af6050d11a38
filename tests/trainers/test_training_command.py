"""`crb train`: what it prints, how it fails, what it exports, and that launchers start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import training_doubles as doubles
import yaml
from crb_trainers.training.progress import Terminal, time_left

from crb.cli import main

Crb = Callable[..., Any]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe file."""
    folder = tmp_path_factory.mktemp("command")
    changes = {"max_steps": 2, "evaluation": {"benchmark": "held-out"}, "data__held_out": 0.3}
    (folder / "mine.yaml").write_text(yaml.safe_dump(doubles.document(folder, **changes)), encoding="utf-8")
    return folder


def crb(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of a command line."""
    monkeypatch.setattr(sys, "argv", ["crb", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        main()
    code = caught.value.code
    return code if isinstance(code, int) else 0


def test_a_recipe_is_trained_told_and_exported(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert crb(monkeypatch, "train", place / "mine.yaml", "--out", out, "optimiser.lr=2e-3") == 0
    shown = capsys.readouterr()
    assert "finished after 2 of 2 steps" in shown.out
    assert "security_hardness" in shown.out
    assert max(len(line) for line in shown.out.splitlines() if "\u2502" in line) <= 80
    assert "step 2/2  loss" in shown.err  # no terminal: plain lines
    assert "evaluation at step 2:" in shown.err
    assert crb(monkeypatch, "train", place / "mine.yaml", "--out", out, "optimiser.lr=2e-3", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["state"] == "finished"
    assert summary["last"]["step"] == 2
    assert crb(monkeypatch, "train", "export", out, tmp_path / "a model") == 0
    assert f"next  crb run '{tmp_path / 'a model'}' --benchmark crb-mini" in capsys.readouterr().out
    assert crb(monkeypatch, "train", "export", out, tmp_path / "model", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["checkpoint"]).name == summary["checkpoint"]
    assert (Path(told["out"]) / "config.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nosuch",), "unknown recipe 'nosuch'"),
        (("{recipe}", "optimiser.lrr=1"), "unknown field 'lrr'"),
        (("{recipe}", "--resume", "nowhere"), "the file does not exist"),
        (("export", "nowhere"), "what is exported where?"),
        (("export", "nowhere", "out"), "there is no checkpoint"),
        (("{recipe}", "--dtype", "float32"), "--dtype is for exports"),
        (("{recipe}", "--gpus", "3"), "--gpus has no meaning here"),
        (("{recipe}", "--dry-run", "--resume", "nowhere"), "the file does not exist"),
        (("export", "a", "b", "--dry-run"), "--dry-run has no meaning here"),
        (("export", "a", "b", "--out", "c"), "--out has no meaning here"),
    ],
)
def test_errors_are_told_without_a_traceback(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    filled = [argument.replace("{recipe}", str(place / "mine.yaml")) for argument in arguments]
    assert crb(monkeypatch, "train", *filled) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert "Traceback" not in shown


def test_a_start_that_failed_takes_the_setting_that_its_error_asks_for(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert crb(monkeypatch, "train", place / "mine.yaml", "--out", out, "data.max_length=8", "max_steps=1") == 2
    assert "raise data.max_length" in capsys.readouterr().err
    assert crb(monkeypatch, "train", place / "mine.yaml", "--out", out, "max_steps=1") == 0
    capsys.readouterr()
    assert crb(monkeypatch, "train", place / "mine.yaml", "--out", out, "max_steps=1", "optimiser.lr=1e-5") == 2
    assert "a run of another recipe" in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_written_over(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.json").write_text('{"schema": 1}')
    assert crb(monkeypatch, "train", place / "mine.yaml", "--out", tmp_path) == 2
    assert "not made by this version of crb train" in capsys.readouterr().err
    assert (tmp_path / "run.json").read_text() == '{"schema": 1}'


def test_asking_for_help_imports_no_torch() -> None:
    modules = "crb_trainers.command, crb_trainers.recipe, crb_trainers.training.run"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_signal_ends_a_run_behind_its_step_and_the_same_command_goes_on(place: Path, tmp_path: Path) -> None:
    import signal
    import time

    out = tmp_path / "run"
    command = [
        sys.executable,
        "-m",
        "crb",
        "train",
        str(place / "mine.yaml"),
        "--out",
        str(out),
        "max_steps=null",
        "epochs=90",
    ]
    quiet = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        end = time.monotonic() + 240
        while not (out / "log.jsonl").is_file() and started.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        started.send_signal(signal.SIGTERM)
        shown, notes = started.communicate(timeout=120)
    assert started.returncode == 130, notes
    assert "asked to stop" in notes
    assert "stopped after" in shown
    steps = len(doubles.log(out))
    assert (out / f"checkpoints/checkpoint-{steps}/run.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["torch.distributed.run", "accelerate.commands.launch"])
def test_launchers_start_it(place: Path, tmp_path: Path, launcher: str) -> None:
    processes = {
        "torch.distributed.run": ["--nproc-per-node", "2", "--master-port", "29577"],
        "accelerate.commands.launch": ["--cpu", "--num_processes", "1"],  # several need MPI on a CPU
    }[launcher]
    out = tmp_path / "run"
    asked = ["crb", "train", str(place / "mine.yaml"), "--out", str(out), "--json", "batch.pairs_per_device=2"]
    done = subprocess.run(
        [sys.executable, "-m", launcher, *processes, "-m", *asked],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout[done.stdout.index("{") :])["steps"] == 2  # one document, of the first process
    assert len(doubles.log(out)) == 2


def test_time_left_is_told_as_people_say_it() -> None:
    assert [time_left(seconds) for seconds in (5.4, 75, 3599, 7322)] == [
        "5 s",
        "1 min 15 s",
        "59 min 59 s",
        "2 h 02 min",
    ]


def test_a_log_that_nobody_watches_gets_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"loss": 0.5, "accuracy": 0.75, "lr": 1e-4, "grad_norm": 1.0}
    with Terminal() as watcher:
        watcher.start(500, 0)
        for step in range(1, 501):
            watcher.step({"step": step, **figures})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2  # the first and the last: half a minute has not passed
    assert "left 0 s" in lines[-1]
