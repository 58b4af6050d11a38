"""Making and using the comparisons: which samples are at hand, what is counted anew, what is kept.

A comparison is counted from the samples of two runs and only if these are the samples that the two entries were made
of. What was counted once is kept as long as both entries stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from crb.errors import CrbError, DataError, UsageError, unknown_name
from crb.results.build import BASELINE_OWNER
from crb.results.entry import Entry
from crb.results.pairwise import UNKNOWN, Pairwise
from crb.runs.folder import RUN, open_run
from crb.runs.run import Run
from crb.statistics.cells import cells
from crb.statistics.grouping import GROUPS, By, sort_key
from crb.statistics.matrix import BOARD, count_frames, group_name
from crb.statistics.paired import DISCORDANT, Ints, PairedCounts, couples

_SWAPPED = [DISCORDANT.index(name[::-1]) for name in DISCORDANT]

Samples = Mapping[str, pd.DataFrame]
"""Pairs frames by the name of the model in its entry."""


def samples_of(runs: Iterable[Run], entries: Iterable[Entry]) -> dict[str, pd.DataFrame]:
    """The samples that entries on one benchmark were made of, from runs of any models and benchmarks.

    A run counts for an entry if it has its model (without the owner where no entry has that name), its benchmark and,
    cell by cell, its counts.
    """
    wanted = {entry.model.name: entry for entry in entries}
    baselines = {name for name in wanted if name.startswith(f"{BASELINE_OWNER}/")}
    found: dict[str, pd.DataFrame] = {}
    for run in runs:
        if not run.finished:
            continue
        model, benchmark = str(run.config.get("model")), run.config.get("benchmark")
        open_ones = {name for name, entry in wanted.items() if name not in found and entry.benchmark.name == benchmark}
        short = {name for name in open_ones if name.rpartition("/")[2] == model}
        named = open_ones & {model} if model in wanted else short
        frames = dict.fromkeys(named, run.pairs()) if named else {}
        if open_ones & baselines:
            frames |= {f"{BASELINE_OWNER}/{baseline}": frame for baseline, frame in run.baselines().items()}
        found |= {name: frame for name, frame in frames.items() if name in open_ones and _fits(frame, wanted[name])}
    return found


def runs_in(folders: Iterable[Path]) -> list[Run]:
    """All readable runs in folders, whatever lies between; what is not a run is passed over."""
    found = []
    for folder in folders:
        for file in sorted(folder.rglob(RUN)):
            try:
                found.append(open_run(file.parent))
            except CrbError:
                continue
    return found


def compared(
    earlier: Pairwise | None, entries: Iterable[Entry], samples: Samples, renewed: Collection[str] = ()
) -> Pairwise:
    """The comparisons of all models that have an entry on one benchmark.

    Args:
        earlier: the comparisons so far.
        entries: all entries on the benchmark, on the same pairs.
        samples: of those models whose samples are at hand, as `samples_of` gives them.
        renewed: models whose entry is another one than in `earlier`.

    Raises:
        DataError: the entries are of different pairs.
    """
    listed = sorted(entries, key=lambda entry: entry.model.name)
    if len({entry.benchmark.pairs for entry in listed}) != 1:
        raise DataError("the entries are of different pairs", field="benchmark.pairs", todo="crb results validate")
    models = tuple(entry.model.name for entry in listed)
    groups, _ = group_totals(listed[0])
    counts: Ints = np.full((len(couples(len(models))[0]), len(groups), 6), UNKNOWN, dtype=np.int64)
    block = Pairwise(listed[0].benchmark.name, listed[0].benchmark.pairs, models, groups, counts)
    if earlier is not None and (earlier.pairs, earlier.groups) == (block.pairs, groups):
        kept = [name for name in earlier.models if name in models and name not in renewed]
        _copy(earlier, block, kept)
    at_hand = sorted(set(samples) & set(models))
    if len(at_hand) > 1:
        counted = count_frames({name: samples[name] for name in at_hand})
        order = [counted.groups.index(group) for group in groups]
        fresh = Pairwise(block.benchmark, block.pairs, counted.models, groups, counted.counts[:, order])
        _copy(fresh, block, at_hand)
    return block


def paired(block: Pairwise, entries: Iterable[Entry], models: Iterable[str] | None = None) -> PairedCounts:
    """What the paired statistics need, from the files of results/ alone.

    Args:
        block: the comparisons on a benchmark.
        entries: the entries on it.
        models: the models wanted, in this order; without it all that were compared with each other throughout.

    Raises:
        UsageError: a model is not there, or two of the wanted ones were never compared.
    """
    by_name = {entry.model.name: entry for entry in entries}
    wanted = list(models) if models is not None else _throughout(block)
    for name in wanted:
        if name not in block.models or name not in by_name:
            raise unknown_name("model", name, [model for model in block.models if model in by_name])
    counts = np.zeros((len(couples(len(wanted))[0]), len(block.groups), 6), dtype=np.int64)
    known = block.known
    for number, (i, j) in enumerate(zip(*couples(len(wanted)), strict=True)):
        counts[number] = _couple(block, known, wanted[i], wanted[j])
    totals = [group_totals(by_name[name])[1] for name in wanted]
    stacked = np.stack(totals) if totals else np.zeros((0, len(block.groups), 3), dtype=np.int64)
    return PairedCounts(tuple(wanted), block.groups, stacked, counts)


def group_totals(entry: Entry) -> tuple[tuple[str, ...], Ints]:
    """The groups of an entry's benchmark in canonical order, and (G, 3): right, undecided, wrong in each."""
    names: list[str] = []
    rows: list[list[int]] = []
    for by in BOARD:
        held: dict[tuple[str | None, ...], list[int]] = {}
        for cell in entry.cells:
            key = tuple(getattr(cell, column) for column in by.columns)
            total = held.setdefault(key, [0, 0, 0])
            for place, count in enumerate((cell.right, cell.tie + cell.invalid, cell.wrong)):
                total[place] += count
        for key in sorted(held, key=lambda key: [sort_key(c, k) for c, k in zip(by.columns, key, strict=True)]):
            names.append(group_name(By(by), key))
            rows.append(held[key])
    return tuple(names), np.array(rows, dtype=np.int64)


def _fits(frame: pd.DataFrame, entry: Entry) -> bool:
    held = [
        tuple(row) for row in cells(frame)[[*GROUPS, "n", "right", "wrong", "tie", "invalid"]].itertuples(index=False)
    ]
    return held == [(*cell.key, cell.n, cell.right, cell.wrong, cell.tie, cell.invalid) for cell in entry.cells]


def _copy(source: Pairwise, target: Pairwise, models: Collection[str]) -> None:
    """Copy what `source` knows of couples of `models` into `target`, which has them too."""
    known = source.known
    ordered = sorted(models)
    for place, first in enumerate(ordered):
        for second in ordered[place + 1 :]:
            row = source.row(first, second)
            if known[row]:
                target.counts[target.row(first, second)] = source.counts[row]


def _couple(block: Pairwise, known: npt.NDArray[np.bool_], first: str, second: str) -> Ints:
    """The counts (G, 6) of a couple in the order asked for."""
    swapped = first > second
    row = block.row(second, first) if swapped else block.row(first, second)
    if not known[row]:
        raise UsageError(
            f"{first} and {second} were never compared",
            where=f"benchmark {block.benchmark}",
            todo="crb results add RUN --runs DIR, where DIR holds the runs of both",
        )
    counts: Ints = block.counts[row]
    return counts[:, _SWAPPED] if swapped else counts


def _throughout(block: Pairwise) -> list[str]:
    """Models of which each two were compared: those with gaps are left out, the one with the most first."""
    first, second = couples(len(block.models))
    gaps = np.zeros((len(block.models), len(block.models)), dtype=np.int64)
    gaps[first, second] = gaps[second, first] = ~block.known
    left = list(range(len(block.models)))
    while left and (lacking := gaps[np.ix_(left, left)].sum(axis=1)).any():
        left.pop(int(lacking.argmax()))
    return [block.models[place] for place in left]
