"""A run that is asked to stop writes its checkpoint, however often and by whomever it is asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import training_doubles as doubles
import yaml
from crb_trainers.training import place as places
from crb_trainers.training.place import stopping


def test_repeats_of_a_signal_do_not_end_the_run_before_its_checkpoint() -> None:
    heard: list[str] = []
    with stopping(lambda: heard.append("asked")):
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):  # a launcher hands on what its group got
            signal.raise_signal(number)
    assert heard == ["asked"]


def test_ctrl_c_later_on_ends_the_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_SAME_SECONDS", -1.0)
    before = signal.getsignal(signal.SIGTERM)
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start background jobs without one
    try:
        with stopping(lambda: None):
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)  # a scheduler that asks again
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGINT, inherited)


@pytest.mark.slow
@pytest.mark.parametrize("everyone", [False, True], ids=["the-launcher-alone", "the-launcher-and-its-workers"])
def test_a_launcher_that_is_stopped_leaves_a_checkpoint(tmp_path: Path, everyone: bool) -> None:
    file, out = tmp_path / "mine.yaml", tmp_path / "run"
    file.write_text(yaml.safe_dump(doubles.document(tmp_path, epochs=200)), encoding="utf-8")
    asked = ["crb", "train", str(file), "--out", str(out), "batch.pairs_per_device=4"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    with subprocess.Popen(
        [*launcher, "-m", *asked],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            end = time.monotonic() + 240
            while not (out / "log.jsonl").is_file() and started.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            if everyone:
                os.killpg(started.pid, signal.SIGTERM)
            else:
                started.send_signal(signal.SIGTERM)
            shown = started.communicate(timeout=120)[0]
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
    steps = len(doubles.log(out))
    assert (out / f"checkpoints/checkpoint-{steps}/run.json").is_file(), shown[-3000:]
