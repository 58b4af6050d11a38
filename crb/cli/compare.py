"""`crb compare`: two or more models on the same pairs, side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crb.report.choices import Accuracy, CompareView, Format

if TYPE_CHECKING:
    from crb.report.compare_rows import Intervals
    from crb.report.compare_source import Compared
    from crb.results.entry import Entry
    from crb.results.pairwise import Pairwise

app = typer.Typer(help="Compare models pair by pair; say who cannot be told apart.")


@app.command(
    name="compare",
    epilog="Example: crb compare runs/A/crb-mini/0123 runs/B/crb-mini/4567 --by criterion --disagreements 10",
)
def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [...]", help="Run folders, or with --results the names of models.", show_default=False
        ),
    ],
    results: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Compare entries of this folder of results.", show_default=False),
    ] = None,
    benchmark: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_PATH",
            help="Runs: the benchmark's texts, for intervals that resample prompts. Entries: which benchmark.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[CompareView, typer.Option(help="What a row is.")] = CompareView.OVERVIEW,
    accuracy: Annotated[Accuracy, typer.Option(help="Which accuracy the rows by group are of.")] = Accuracy.STRICT,
    disagreements: Annotated[
        int, typer.Option(metavar="N", min=0, help="List N pairs on which the models disagree.")
    ] = 0,
    bootstrap: Annotated[
        bool, typer.Option("--bootstrap", help="Intervals of the seeded paired bootstrap, 10,000 resamples.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How the comparison is written.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the screen.", dir_okay=False, show_default=False)
    ] = None,
) -> None:
    """Compare models on the same pairs: differences, intervals, p-values, ranks, and who cannot be told apart.

    Tables and Markdown give percent for people; CSV and JSON give shares from 0 to 1, and counts, for programs.
    """
    from crb.cli.output import put
    from crb.report.compare import compare_report

    compared = _runs(models) if results is None else _entries(models, results, benchmark)
    intervals = _intervals(compared, bootstrap=bootstrap, texts=benchmark if results is None else None)
    report = compare_report(compared, by, kind=accuracy.value, disagreements=disagreements, intervals=intervals)
    put(report, Format.JSON if as_json else format, out)


def _runs(folders: list[str]) -> Compared:
    from crb.report.compare_source import check_number, compare_runs
    from crb.runs import open_run

    check_number(len(folders))
    return compare_runs([open_run(folder) for folder in folders])


def _entries(names: list[str], results: Path, benchmark: str | None) -> Compared:
    from string import ascii_uppercase

    from crb.report.compare_source import Compared, check_number
    from crb.results.comparing import paired
    from crb.results.pairwise import read_pairwise
    from crb.results.store import PAIRWISE, find_entries

    check_number(len(names))
    found = [_entry(find_entries(results, name), name, benchmark) for name in names]
    block = _block(read_pairwise(results / PAIRWISE), found, results / PAIRWISE)
    counts = paired(block, found, [entry.model.name for entry in found])
    letters = ascii_uppercase[: len(found)]
    labels = {letter: entry.model.name for letter, entry in zip(letters, found, strict=True)}
    return Compared(block.benchmark, labels, replace(counts, models=tuple(letters)))


def _entry(entries: list[Entry], name: str, benchmark: str | None) -> Entry:
    """The one entry that is meant: a model may have one for each benchmark."""
    from crb.errors import UsageError

    fitting = [entry for entry in entries if benchmark in (None, entry.benchmark.name)]
    if len(fitting) != 1:
        there = ", ".join(f"{entry.model.name} on {entry.benchmark.name}" for entry in entries)
        raise UsageError(
            f"{name}: {len(fitting)} entries fit, not one",
            where=f"there are {there}",
            todo="name the model in full, and the benchmark with --benchmark",
        )
    return fitting[0]


def _block(blocks: dict[str, Pairwise], entries: list[Entry], file: Path) -> Pairwise:
    """The comparisons of the entries' benchmark, all on the same pairs and none of a model with itself."""
    from crb.errors import DataError, UsageError

    facts = {(entry.benchmark.name, entry.benchmark.pairs) for entry in entries}
    if len(facts) > 1 or len({entry.model.name for entry in entries}) < len(entries):
        listed = ", ".join(f"{entry.model.name} on {entry.benchmark.name}" for entry in entries)
        raise UsageError(
            "entries are compared on the same pairs, and each with others", where=listed, todo="choose with --benchmark"
        )
    name, pairs = next(iter(facts))
    if name not in blocks or blocks[name].pairs != pairs:
        raise DataError(
            "there are no comparisons of these entries' pairs",
            file=file,
            field=f"benchmarks.{name}",
            todo="make them with `crb results add RUN...`, or compare the runs themselves",
        )
    return blocks[name]


def _intervals(compared: Compared, *, bootstrap: bool, texts: str | None) -> Intervals | None:
    if texts is None and not bootstrap:
        return None
    from crb.report.compare_intervals import by_pairs, by_prompts

    return by_pairs(compared) if texts is None else by_prompts(compared, texts)
