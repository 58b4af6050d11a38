"""What a folder of results holds, strictly or as far as it can be read.

A page that is already public must not go down because of one bad file, and must not hide it either: asked to be
lenient, reading leaves out what is not in order and hands back the faults, which the page shows. Everything else in
crb is strict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from crb.errors import DataError
from crb.results.comparing import compared
from crb.results.documents import fault
from crb.results.entry import Entry
from crb.results.figures import PublishedFigures
from crb.results.metric_entry import MetricEntry
from crb.results.pairwise import UNKNOWN, Pairwise, read_pairwise
from crb.results.pairwise_checks import check_pairwise
from crb.results.store import (
    PAIRWISE,
    entry_files,
    entry_path,
    metric_files,
    published_files,
    read_entries,
    read_entry,
    read_metric_entries,
    read_metric_entry,
    read_published_file,
)

Read = TypeVar("Read")
_TODO = "crb results validate tells all faults of the folder"


@dataclass(frozen=True)
class Gathered:
    """What a board is made of.

    Attributes:
        entries: all that count, by model.
        blocks: the comparisons, by benchmark.
        published: what others printed, by model, of those without an entry too.
        refused: the faults of what was left out; empty where reading was strict.
        measured: entries on benchmarks with figures of their own, by model.
    """

    entries: tuple[Entry, ...]
    blocks: Mapping[str, Pairwise]
    published: Mapping[str, PublishedFigures]
    refused: tuple[DataError, ...] = ()
    measured: tuple[MetricEntry, ...] = ()


def gather(results: Path) -> Gathered:
    """Read a folder of results.

    Raises:
        UsageError: there is no such folder.
        DataError: the first file that is not in order.
    """
    entries = tuple(read_entries(results))
    measured = tuple(read_metric_entries(results))
    published = {figures.model: figures for figures in map(read_published_file, published_files(results))}
    return Gathered(entries, read_pairwise(results / PAIRWISE), published, measured=measured)


def gather_readable(results: Path) -> Gathered:
    """Read what is in order in a folder of results, and tell the rest.

    Of entries on one benchmark, those count that are of the same pairs as most. Comparisons that do not fit the
    entries are taken for never made, so that no rank comes out of them.

    Raises:
        UsageError: there is no such folder.
    """
    refused: list[DataError] = []
    entries = [entry for _, entry in _readable(read_entry, entry_files(results), refused)]
    printed = [figures for _, figures in _readable(read_published_file, published_files(results), refused)]
    kept = _same_pairs(results, sorted(entries, key=lambda one: (one.model.name, one.benchmark.name)), refused)
    try:
        found = read_pairwise(results / PAIRWISE)
    except DataError as error:
        refused.append(error)
        found = {}
    blocks = {
        name: block
        for name in found
        if (block := _fitting(results / PAIRWISE, found[name], _on(kept, name), refused)) is not None
    }
    measured = tuple(_measured(results, refused))
    published = {figures.model: figures for figures in printed}
    return Gathered(tuple(kept), blocks, published, tuple(refused), measured)


def _readable(
    read: Callable[[Path], Read], files: Iterable[Path], refused: list[DataError]
) -> Iterator[tuple[Path, Read]]:
    """The files that can be read, with what is in them; the faults of the others go to `refused`."""
    for file in files:
        try:
            found = read(file)
        except DataError as error:
            refused.append(error)
        else:
            yield file, found


def _measured(results: Path, refused: list[DataError]) -> list[MetricEntry]:
    """The entries on benchmarks with figures of their own that can be read, of the items that most of each are of."""
    found = list(_readable(read_metric_entry, metric_files(results), refused))
    hashes = Counter((entry.benchmark.name, entry.benchmark.hash) for _, entry in found)
    usual: dict[str, str] = {}
    for (name, hash), _ in hashes.most_common():
        usual.setdefault(name, hash)
    for file, entry in found:
        if entry.benchmark.hash != usual[entry.benchmark.name]:
            refused.append(fault(file, ("benchmark", "hash"), "other items than those of most entries", _TODO))
    kept = (entry for _, entry in found if entry.benchmark.hash == usual[entry.benchmark.name])
    return sorted(kept, key=lambda entry: (entry.model.name, entry.benchmark.name))


def _on(entries: Sequence[Entry], benchmark: str) -> list[Entry]:
    return [entry for entry in entries if entry.benchmark.name == benchmark]


def _same_pairs(results: Path, entries: Sequence[Entry], refused: list[DataError]) -> list[Entry]:
    """The entries without those that are of other pairs than most of their benchmark."""

    def pairs(entry: Entry) -> tuple[object, ...]:
        return entry.benchmark.pairs, tuple((cell.key, cell.n) for cell in entry.cells)

    usual = {
        name: Counter(pairs(entry) for entry in _on(entries, name)).most_common(1)[0][0]
        for name in {entry.benchmark.name for entry in entries}
    }
    kept = []
    for entry in entries:
        if pairs(entry) == usual[entry.benchmark.name]:
            kept.append(entry)
            continue
        file = entry_path(results, entry.model.name, entry.benchmark.name)
        refused.append(fault(file, ("benchmark", "pairs"), "other pairs than those of most entries", _TODO))
    return kept


def _fitting(path: Path, block: Pairwise, entries: Sequence[Entry], refused: list[DataError]) -> Pairwise | None:
    """The comparisons of the models that are left, without those that do not fit; None where there are none."""
    if len(entries) < 2:
        return None
    mine = compared(block, entries, {})
    counts = mine.counts.copy()
    for error in check_pairwise(path, {mine.benchmark: mine}, list(entries)):
        if error.row is not None and (counts[error.row - 1] != UNKNOWN).any():
            counts[error.row - 1] = UNKNOWN
            refused.append(error)
    mine = replace(mine, counts=counts)
    return mine if mine.known.any() else None
