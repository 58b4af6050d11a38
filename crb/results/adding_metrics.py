"""Runs on benchmarks with figures of their own, as entries: made and checked before one is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crb.errors import DataError, UsageError
from crb.results.build import metric_entry_of
from crb.results.metric_checks import check_metric_entry, size_fault
from crb.results.metric_entry import MetricEntry
from crb.results.store import metric_path, read_metric_entries, read_metric_entry
from crb.runs.folder import RUN
from crb.runs.run import Run


def metric_entries(results: Path, runs: Iterable[Run], *, replace: bool) -> dict[Path, MetricEntry]:
    """The entries of runs, by their files.

    Args:
        results: the folder of results; need not be there.
        replace: whether an entry of another run of the same model may be overwritten.

    Raises:
        UsageError: a run cannot be an entry, or is not of a whole benchmark, two are of one model, one is there
            already, or the items are others than those of the entries there.
        DataError: something in a run, or in the folder, is not in order.
    """
    made: dict[Path, MetricEntry] = {}
    for run in runs:
        entry = metric_entry_of(run)
        if what := size_fault(entry.benchmark.metric, entry.benchmark.n):
            todo = f"run the whole benchmark: crb run {entry.model.name} --benchmark {entry.benchmark.metric}"
            raise UsageError(what, where=f"file {run.path / RUN}, field 'n'", todo=todo)
        file = metric_path(results, entry.model.name, entry.benchmark.name)
        if file in made:
            raise UsageError(
                f"two of the runs are of {entry.model.name} on {entry.benchmark.name}",
                where=str(run.path),
                todo="add one of them: the board keeps one entry of a model on a benchmark",
            )
        made[file] = entry
        _check_place(file, entry, replace=replace)
    for file, entry in made.items():
        _check_items(results, file, entry, made)
    return made


def _check_place(file: Path, entry: MetricEntry, *, replace: bool) -> None:
    if replace or not file.is_file():
        return
    there = read_metric_entry(file)
    if (there.config, there.provenance.source) != (entry.config, entry.provenance.source):
        raise UsageError(
            f"there is an entry of {entry.model.name} on {entry.benchmark.name} already: {there.provenance.origin}",
            where=f"file {file}",
            todo="add --replace to put this run in its place",
        )


def _check_items(results: Path, file: Path, entry: MetricEntry, made: dict[Path, MetricEntry]) -> None:
    """Refuse entries on one benchmark that are of different items."""
    name = entry.benchmark.name
    there = read_metric_entries(results, name) if results.is_dir() else []
    replaced = {one.model.name for one in made.values() if one.benchmark.name == name}
    concerned = [one for one in there if one.model.name not in replaced]
    concerned += [one for one in made.values() if one.benchmark.name == name]
    for other in concerned:
        if other.benchmark.hash != entry.benchmark.hash:
            raise UsageError(
                f"{entry.model.name} and {other.model.name} are of different items, both under the name {name}",
                where=f"file {file}",
                todo="run both on the same benchmark, or keep them in different folders of results",
            )


def faults(files: Iterable[Path], *, any_benchmark: bool = False) -> list[DataError]:
    """What is wrong with the entries in files: each by itself, against its benchmark, configuration and model, and
    where items differ on one benchmark.

    Args:
        any_benchmark: whether entries on benchmarks that are not installed here are in order.
    """
    found: list[DataError] = []
    first: dict[str, str] = {}
    for file in files:
        try:
            entry = read_metric_entry(file)
        except DataError as error:
            found.append(error)
            continue
        found += check_metric_entry(file, entry, any_benchmark=any_benchmark)
        if first.setdefault(entry.benchmark.name, entry.benchmark.hash) != entry.benchmark.hash:
            what = "other items than those of the entries before it"
            todo = "run the model on the same content of the benchmark, or remove the entry"
            found.append(DataError(what, file=file, field="benchmark.hash", todo=todo))
    return found
