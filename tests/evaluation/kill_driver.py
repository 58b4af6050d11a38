"""Kills and resumes runs, for test_kill.py: a process of its own that imports torch once and forks for every start.

Usage: python kill_driver.py MODEL BENCHMARK FOLDER TOKEN_BUDGET KILLS SEED

Runs once without a disturbance in FOLDER/whole, then starts runs in FOLDER/round-0, FOLDER/round-1, ... and kills each
start at a random moment until the run is through, until KILLS starts were killed. Prints one JSON document:
`batches`, the sizes of the batches of the undisturbed run, and for each round how often it was killed and how many
batches it computed in all.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

import torch  # before the first fork: what takes seconds is done once

import crb.engines.choice
import crb.runs.environment
import crb.statistics.summary  # noqa: F401
from crb.engines.forest_engine import ForestEngine
from crb.engines.packing import Batch
from crb.engines.scalar import Readings
from crb.evaluation.evaluate import evaluate
from crb.evaluation.prepare import Settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from forked import forked, killed, through  # a script, which knows its own folder alone

MODEL, BENCHMARK, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
TOKEN_BUDGET, KILLS, SEED = map(int, sys.argv[4:])


def start(out: Path) -> int:
    """A child that runs or resumes `out`; each batch it computes adds its size to a file, as a byte. Returns its id."""

    def work() -> None:
        torch.set_num_threads(1)
        computed = os.open(batches_file(out), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        forward = ForestEngine.forward

        def counted(engine: ForestEngine, batch: Batch) -> Readings:
            os.write(computed, bytes([len(batch.requests)]))
            return forward(engine, batch)

        ForestEngine.forward = counted  # type: ignore[method-assign]
        settings = Settings(
            model=MODEL, benchmark=BENCHMARK, dtype="float32", engine="forest", token_budget=TOKEN_BUDGET, out=out
        )
        evaluate(settings)

    return forked(work)


def batches_file(out: Path) -> Path:
    return out.with_suffix(".batches")


def journal_lines(out: Path) -> int:
    try:
        return (out / "journal.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def killed_once(out: Path, chance: random.Random, seconds: float, lines: int) -> bool:
    """Start a run and kill it at a random moment; False where it was through before that."""
    begun = time.monotonic()
    child = start(out)
    by_lines = chance.random() < 0.6  # loading takes most of the time, and scoring is what matters
    there = journal_lines(out)
    wanted = chance.randint(there, lines) if by_lines else 0
    moment = begun + (0 if by_lines else chance.uniform(0, seconds))
    pause = chance.choice((0, 0, 0.002, 0.01, 0.05))
    return killed(child, lambda: journal_lines(out) >= wanted and time.monotonic() >= moment, pause)


def main() -> None:
    chance = random.Random(SEED)
    whole = FOLDER / "whole"
    begun = time.monotonic()
    through(start(whole))
    seconds = time.monotonic() - begun
    lines = journal_lines(whole)
    rounds: list[dict[str, object]] = []
    kills = 0
    while kills < KILLS:
        out = FOLDER / f"round-{len(rounds)}"
        here = 0
        while killed_once(out, chance, seconds, lines):
            here += 1
            kills += 1
        rounds.append({"folder": str(out), "kills": here, "batches": batches_file(out).stat().st_size})
    print(json.dumps({"batches": list(batches_file(whole).read_bytes()), "rounds": rounds}))  # noqa: T201


main()
