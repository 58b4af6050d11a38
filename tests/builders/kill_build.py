"""Kills and resumes builds, for `killing.py`: a process that imports everything once and forks for every start.

Usage: python kill_build.py RECIPE FOLDER KILLS SEED [MODULE ...]

Builds RECIPE once without a disturbance in FOLDER/whole, then builds it in FOLDER/round-0, FOLDER/round-1, ... and
kills each start with SIGKILL at a random moment until the build is through, until KILLS starts were killed. MODULEs are
imported before the first fork. Prints one JSON document: the steps' hashes and how many parts were written, of the
undisturbed build and of each round, and how often that was killed.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
from pathlib import Path

import pyarrow.compute  # noqa: F401  # before the first fork: what takes seconds is done once
from crb_builders import store
from crb_builders.recipe import read_recipe
from crb_builders.run import build
from crb_builders.store import PartWriter, Record

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from forked import forked, killed, through  # a script, which knows its own folder alone

RECIPE, FOLDER = sys.argv[1], Path(sys.argv[2])
KILLS, SEED = map(int, sys.argv[3:5])
for module in sys.argv[5:]:
    importlib.import_module(module)
for step in read_recipe(RECIPE).steps:
    importlib.import_module(type(step.stage).__module__)


def start(out: Path) -> int:
    """A child that builds or goes on; each part it writes adds a byte to a file. Returns its id."""

    def work() -> None:
        written = os.open(parts_file(out), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        close = PartWriter.close

        def counted(writer: PartWriter, seconds: float) -> Record:
            os.write(written, b".")
            return close(writer, seconds)

        PartWriter.close = counted  # type: ignore[method-assign]
        store.os.fsync = lambda handle: None  # type: ignore[attr-defined]  # a killed process loses no page cache
        build(read_recipe(RECIPE), out)

    return forked(work)


def parts_file(out: Path) -> Path:
    return out.with_suffix(".parts")


def parts(out: Path) -> int:
    return parts_file(out).stat().st_size if parts_file(out).exists() else 0


def hashes(out: Path) -> dict[str, str]:
    return {path.parent.name: json.loads(path.read_bytes())["hash"] for path in sorted(out.glob("*/manifest.json"))}


def killed_once(out: Path, chance: random.Random, seconds: float) -> bool:
    """Start a build and kill it at a random moment; False where it was through before that."""
    begun = time.monotonic()
    there = parts(out)
    child = start(out)
    by_part = chance.random() < 0.7  # short steps would hardly be met by the clock
    wanted = there + chance.randint(0, 3) if by_part else 0
    moment = begun + (0 if by_part else chance.uniform(0, seconds))
    pause = chance.choice((0, 0, 0.0005, 0.002, 0.01))
    return killed(child, lambda: parts(out) >= wanted and time.monotonic() >= moment, pause)


def main() -> None:
    chance = random.Random(SEED)
    FOLDER.mkdir(parents=True, exist_ok=True)
    whole = FOLDER / "whole"
    begun = time.monotonic()
    through(start(whole))
    seconds = time.monotonic() - begun
    rounds: list[dict[str, object]] = []
    kills = 0
    while kills < KILLS:
        out = FOLDER / f"round-{len(rounds)}"
        here = 0
        while kills < KILLS and killed_once(out, chance, seconds):
            here += 1
            kills += 1
        through(start(out))
        left = [str(path) for path in out.rglob(".*") if path.is_file()]
        rounds.append({"kills": here, "parts": parts(out), "hashes": hashes(out), "left": left})
    print(json.dumps({"hashes": hashes(whole), "parts": parts(whole), "rounds": rounds}))  # noqa: T201


main()
