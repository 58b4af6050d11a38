"""What is compared: some models on the same pairs, under letters, because their names are long.

Runs are compared only if they are of the same benchmark and have the same pairs. Entries of a results folder have no
samples; whoever opens them fills in a `Compared` without frames, and disagreements cannot be listed then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Protocol

import pandas as pd

from crb.errors import UsageError
from crb.statistics.grouping import By
from crb.statistics.matrix import BOARD, count_frames
from crb.statistics.paired import PairedCounts

GROUPINGS = (*BOARD, By.CRITERION_LANGUAGE)
UNKNOWN = "unknown"
MOST = len(ascii_uppercase)


class ComparedRun(Protocol):
    """A run, as far as a comparison is concerned."""

    @property
    def config(self) -> Mapping[str, Any]:
        """Its configuration, as stored."""
        ...

    @property
    def fingerprint(self) -> str:
        """The configuration's fingerprint."""
        ...

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    def pairs(self) -> pd.DataFrame:
        """Its pairs frame (see `crb.statistics.pairs`)."""
        ...


@dataclass(frozen=True)
class Compared:
    """Two or more models on the same pairs.

    Args:
        benchmark: its name.
        labels: what each model is called, by its letter; the letters are `counts.models`.
        counts: what they made of the pairs.
        frames: their pairs frames by letter, empty where there are no samples.
        content_hash: of the benchmark, `unknown` where it is not known.
        notes: what a reader should know of the inputs.
    """

    benchmark: str
    labels: Mapping[str, str]
    counts: PairedCounts = field(repr=False)
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    content_hash: str = UNKNOWN
    notes: tuple[str, ...] = ()


def compare_runs(runs: Sequence[ComparedRun]) -> Compared:
    """What is compared when runs are.

    Raises:
        UsageError: fewer than two runs, more than there are letters, or runs of different benchmarks.
        DataError: the runs have different pairs, or a run has no scores.
    """
    check_number(len(runs))
    _same_benchmark(runs)
    letters = ascii_uppercase[: len(runs)]
    frames = {letter: run.pairs() for letter, run in zip(letters, runs, strict=True)}
    hashes = {str(run.config.get("benchmark_hash")) for run in runs}
    notes = ["the texts of an imported run are not known: the pairs have equal ids"] if UNKNOWN in hashes else []
    labels = dict(zip(letters, _labels(runs), strict=True))
    known = sorted(hashes - {UNKNOWN})
    return Compared(
        str(runs[0].config.get("benchmark")),
        labels,
        count_frames(frames, GROUPINGS),
        frames,
        known[0] if known else UNKNOWN,
        tuple(notes),
    )


def check_number(models: int) -> None:
    """Refuse to compare fewer than two models or more than there are letters.

    Raises:
        UsageError: what the first line says.
    """
    if not 2 <= models <= MOST:
        raise UsageError(
            f"{models} {'run' if models == 1 else 'runs'} to compare",
            todo=f"give from 2 to {MOST}: crb compare RUN RUN, or crb compare NAME NAME --results DIR",
        )


def _same_benchmark(runs: Sequence[ComparedRun]) -> None:
    """Equal content; where that of an imported run is unknown, equal names (the ids are compared later)."""
    for first, run in combinations(runs, 2):
        # each with each: two that differ may both fit one whose content is unknown
        for field_name in ("benchmark_hash", "benchmark"):
            there, here = (str(one.config.get(field_name)) for one in (first, run))
            if UNKNOWN in (there, here):
                continue
            if there != here:
                raise UsageError(
                    f"the runs are of different benchmarks: {field_name} is {there} there and {here} here",
                    where=f"{first.path} and {run.path}",
                    todo="compare runs of the same benchmark and the same version of it",
                )
            break


def _labels(runs: Sequence[ComparedRun]) -> list[str]:
    """The model's name; with the prompts, and then with the fingerprint, where that does not tell two runs apart."""
    names = [str(run.config.get("model")) for run in runs]
    further = (
        [""] * len(runs),
        [f", prompts {run.config.get('prompts')}" for run in runs],
        [f", run {run.fingerprint}" for run in runs],
        [f", {run.path}" for run in runs],
    )
    for more in further:
        labels = [name + text for name, text in zip(names, more, strict=True)]
        if len(set(labels)) == len(labels):
            return labels
    raise UsageError("a run is given twice", where=", ".join(str(run.path) for run in runs), todo="give each run once")
