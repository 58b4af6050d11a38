"""Kills and resumes a judge's runs, for test_judge_kill.py: a process that imports once and forks for every start.

Usage: python judge_kill_driver.py ADAPTER BENCHMARK FOLDER CAPACITY KILLS SEED, with the scripted adapters installed.

Runs once without a disturbance in FOLDER/whole, then starts runs in FOLDER/round-0, FOLDER/round-1, ... and kills each
start at a random moment until the run is through, until KILLS starts were killed. Prints one JSON document: for each
round how often it was killed, and for each of its starts how many calls the engine took that the journal had answers
to, took in all, and answered.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import torch  # noqa: F401  # before the first fork: what takes seconds is done once
from forked import forked, killed, through
from scripted_engine import ScriptedEngine

import crb.evaluation.judging
import crb.evaluation.writing
import crb.runs.environment
import crb.runs.scores
import crb.statistics.baselines
import crb.statistics.summary
from crb.evaluation.evaluate import evaluate
from crb.evaluation.judge_settings import JudgeSettings
from crb.evaluation.prepare import Settings

ADAPTER, BENCHMARK, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
CAPACITY, KILLS, SEED = map(int, sys.argv[4:])
CHANCE = random.Random(SEED)


def start(out: Path) -> int:
    """A child that runs or resumes `out` with a slow engine that answers in an order of its own. Returns its id."""
    order, at_once = CHANCE.randrange(1000), CHANCE.choice((1, 1, 3))

    def work() -> None:
        engine = ScriptedEngine(capacity=CAPACITY, order=order, at_once=at_once, seconds=0.002, log=log_file(out))
        crb.evaluation.judging.generator = lambda _: engine
        options = JudgeSettings(endpoint="http://localhost:1/v1")
        evaluate(Settings(model="org/judge", benchmark=BENCHMARK, adapter=ADAPTER, out=out, judge=options))

    return forked(work)


def log_file(out: Path) -> Path:
    return out.with_suffix(".log")


def logged(out: Path) -> list[list[str]]:
    return [line.split() for line in log_file(out).read_text().splitlines()] if log_file(out).exists() else []


def journal(out: Path) -> list[bytes]:
    try:
        return (out / "journal.jsonl").read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def answered(out: Path) -> set[str]:
    """The turns that the journal has answers to; a torn line is none."""
    lines = [json.loads(line) for line in journal(out)[1:] if line.endswith(b"\n")]
    return {f"{line['digest']}:{line['sample']}" for line in lines if "text" in line}


def killed_once(out: Path, seconds: float, lines: int) -> tuple[bool, dict[str, int]]:
    """Start a run and kill it at a random moment; False where it was through before that. Then, what it asked."""
    known, before = answered(out), len(logged(out))
    child = start(out)
    there = len(journal(out))
    by_lines = CHANCE.random() < 0.8 and there < lines  # loading takes most of the time, and asking is what matters
    wanted = CHANCE.randint(there + 1, min(there + lines // 4 + 1, lines)) if by_lines else 0
    late = seconds if by_lines or CHANCE.random() < 0.7 else 1e9  # else it may come to its end
    moment = time.monotonic() + (0 if by_lines else CHANCE.uniform(0.2, 1.0) * late)
    pause = CHANCE.choice((0, 0, 0.001, 0.005, 0.05))
    died = killed(child, lambda: len(journal(out)) >= wanted and time.monotonic() >= moment, pause)
    now = logged(out)[before:]
    asked = [call for what, call in now if what == "asked"]
    again = sum(call in known for call in asked)
    return died, {"again": again, "asked": len(asked), "answered": len(now) - len(asked)}


def main() -> None:
    whole = FOLDER / "whole"
    begun = time.monotonic()
    through(start(whole))
    seconds = time.monotonic() - begun
    lines = len(journal(whole))
    rounds: list[dict[str, object]] = []
    kills = 0
    while kills < KILLS:
        out = FOLDER / f"round-{len(rounds)}"
        starts = []
        while True:
            died, asked = killed_once(out, seconds, lines)
            starts.append(asked)
            kills += died
            if not died:
                break
        rounds.append({"folder": str(out), "starts": starts, "kills": len(starts) - 1})
    print(json.dumps({"calls": len(answered(whole)), "rounds": rounds}))  # noqa: T201


main()
