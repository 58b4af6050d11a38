"""The folder results/: where an entry lies, and reading what is there.

<org>__<model>/<benchmark>.json      an entry
<org>__<model>/<benchmark>.metric.json  an entry on a benchmark with figures of its own
<org>__<model>/published.json        figures that others printed
pairwise.json                        comparisons
entry.schema.json, README.md         for people and programs that make entries
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crb.errors import UsageError, unknown_name
from crb.results.documents import fault, read_document, validated, write_rows
from crb.results.entry import Entry
from crb.results.figures import PublishedFigures
from crb.results.metric_entry import MetricEntry
from crb.results.names import folder_name

PUBLISHED = "published.json"
METRIC_SUFFIX = ".metric.json"
PAIRWISE = "pairwise.json"
SCHEMA_FILE = "entry.schema.json"
README = "README.md"


def entry_path(results: Path, model: str, benchmark: str) -> Path:
    """Where the entry of a model on a benchmark lies."""
    return results / folder_name(model) / f"{benchmark}.json"


def entry_files(results: Path) -> Iterator[Path]:
    """The files of all entries, by model and benchmark.

    Raises:
        UsageError: there is no such folder.
    """
    for folder in model_folders(results):
        yield from (
            file
            for file in sorted(folder.glob("*.json"))
            if file.name != PUBLISHED and not file.name.endswith(METRIC_SUFFIX)
        )


def published_files(results: Path) -> Iterator[Path]:
    """The files of all published figures, of models with entries and without.

    Raises:
        UsageError: there is no such folder.
    """
    yield from (file for folder in model_folders(results) if (file := folder / PUBLISHED).is_file())


def metric_path(results: Path, model: str, benchmark: str) -> Path:
    """Where the entry of a model on a benchmark with figures of its own lies."""
    return results / folder_name(model) / f"{benchmark}{METRIC_SUFFIX}"


def metric_files(results: Path) -> Iterator[Path]:
    """The files of all entries on benchmarks with figures of their own.

    Raises:
        UsageError: there is no such folder.
    """
    for folder in model_folders(results):
        yield from sorted(folder.glob(f"*{METRIC_SUFFIX}"))


def read_metric_entry(file: Path) -> MetricEntry:
    """The entry in a file.

    Raises:
        DataError: it is not one, or it lies under another model's or benchmark's name.
    """
    entry = validated(MetricEntry, read_document(file), file)
    if file.parent.name != folder_name(entry.model.name):
        raise fault(file, ("model", "name"), f"the entry of {entry.model.name} lies in another model's folder")
    if file.name != f"{entry.benchmark.name}{METRIC_SUFFIX}":
        raise fault(file, ("benchmark", "name"), f"the entry on {entry.benchmark.name} lies under another name")
    return entry


def read_metric_entries(results: Path, benchmark: str | None = None) -> list[MetricEntry]:
    """All entries on benchmarks with figures of their own, or those on one of them, by model.

    Raises:
        UsageError: there is no such folder.
        DataError: a file is not an entry.
    """
    wanted = None if benchmark is None else f"{benchmark}{METRIC_SUFFIX}"
    found = [read_metric_entry(file) for file in metric_files(results) if wanted in (None, file.name)]
    return sorted(found, key=lambda entry: (entry.model.name, entry.benchmark.name))


def write_metric_entry(results: Path, entry: MetricEntry) -> bool:
    """Write an entry to its place; returns whether the file changed."""
    return write_rows(metric_path(results, entry.model.name, entry.benchmark.name), entry.as_json())


def model_folders(results: Path) -> list[Path]:
    """The folders of models, by name.

    Raises:
        UsageError: there is no such folder.
    """
    try:
        return sorted(path for path in results.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise UsageError(
            f"the folder of results cannot be read: {error.strerror or error}",
            where=f"--results {results}",
            todo="give the folder results/ of a checkout, or make one with `crb results add RUN --results DIR`",
        ) from error


def read_entry(file: Path) -> Entry:
    """The entry in a file.

    Raises:
        DataError: it is not one, or it lies under another model's or benchmark's name.
    """
    entry = validated(Entry, read_document(file), file)
    if file.parent.name != folder_name(entry.model.name):
        raise fault(file, ("model", "name"), f"the entry of {entry.model.name} lies in another model's folder")
    if file.stem != entry.benchmark.name:
        raise fault(file, ("benchmark", "name"), f"the entry on {entry.benchmark.name} lies under another name")
    return entry


def read_entries(results: Path, benchmark: str | None = None) -> list[Entry]:
    """All entries, or those on one benchmark, by model.

    Raises:
        UsageError: there is no such folder.
        DataError: a file is not an entry.
    """
    found = [read_entry(file) for file in entry_files(results) if benchmark in (None, file.stem)]
    return sorted(found, key=lambda entry: (entry.model.name, entry.benchmark.name))


def find_entries(results: Path, model: str, *, must: bool = True) -> list[Entry]:
    """The entries of one model, named by its hub id or the last part of it, in any case.

    Args:
        results: the folder of results.
        model: the name.
        must: whether there has to be one.

    Raises:
        UsageError: there is none; near names are suggested.
    """
    entries = read_entries(results)
    found = [entry for entry in entries if _is(entry.model.name, model)]
    if not found and must:
        known = {name for entry in entries for name in (entry.model.name, entry.model.name.rpartition("/")[2])}
        raise unknown_name("model", model, known, todo="crb results list names them")
    return found


def find_metric_entries(results: Path, model: str) -> list[MetricEntry]:
    """The entries of one model on benchmarks with figures of their own, named in the same way; may be none."""
    return [entry for entry in read_metric_entries(results) if _is(entry.model.name, model)]


def write_entry(results: Path, entry: Entry) -> bool:
    """Write an entry to its place; returns whether the file changed."""
    return write_rows(entry_path(results, entry.model.name, entry.benchmark.name), entry.as_json())


def read_published(results: Path, model: str) -> PublishedFigures | None:
    """The published figures of a model, None where there are none.

    Raises:
        DataError: the file is not one of published figures.
    """
    file = results / folder_name(model) / PUBLISHED
    return read_published_file(file) if file.is_file() else None


def read_published_file(file: Path) -> PublishedFigures:
    """The published figures in a file.

    Raises:
        DataError: the file is not one of published figures, or lies in another model's folder.
    """
    figures = validated(PublishedFigures, read_document(file), file)
    if file.parent.name != folder_name(figures.model):
        raise fault(file, ("model",), f"the figures of {figures.model} lie in another model's folder")
    return figures


def write_published(results: Path, figures: PublishedFigures) -> bool:
    """Write the published figures of a model to their place; returns whether the file changed."""
    file = results / folder_name(figures.model) / PUBLISHED
    return write_rows(file, figures.model_dump(mode="json", by_alias=True))


def _is(name: str, wanted: str) -> bool:
    return wanted.casefold() in (name.casefold(), name.rpartition("/")[2].casefold())
