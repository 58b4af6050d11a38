"""`crb results`: the folder of entries: add runs to it, look at it, check it."""

from __future__ import annotations

import json
import shlex
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crb.cli.codes import USER_ERROR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crb.results.entry import Entry
    from crb.results.metric_entry import MetricEntry
    from crb.runs import Run

app = typer.Typer(
    help="Add, list, show and check entries of the board.",
    epilog="Example: crb results list --benchmark crb",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Option("--results", help="The folder of results.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Benchmark = Annotated[str | None, typer.Option(help="Only entries on this benchmark.", show_default=False)]
RESULTS = Path("results")


@app.callback()
def _group() -> None:
    """The folder of results: entries, comparisons, published figures."""


@app.command(epilog="Example: crb results add runs/crb-tiny --results board")
def add(
    runs: Annotated[list[Path], typer.Argument(help="Finished runs, or folders of runs.", show_default=False)],
    results: Folder = RESULTS,
    compare: Annotated[
        list[Path] | None,
        typer.Option("--runs", help="A folder of runs that have entries: to compare with.", show_default=False),
    ] = None,
    overlap: Annotated[
        Path | None, typer.Option(help="What `crb overlap --out FILE` wrote of the training set.", show_default=False)
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the entry of another run.")] = False,
    as_json: Json = False,
) -> None:
    """Make entries of runs and their baselines, and compare them with the models whose samples are at hand.

    An entry holds counts, configuration and findings, and no data of single samples.
    """
    from crb.errors import UsageError
    from crb.results.adding import add_runs
    from crb.results.comparing import runs_in

    wanted, others = named_runs(runs), runs_in(compare or [])
    of_pairs = [run for run in wanted if not run.scored or run.measured is None]
    if overlap is not None and len(wanted) > 1:
        raise UsageError("an overlap is of one model's training set", where="--overlap", todo="add this run by itself")
    done = add_runs(
        results,
        wanted,
        findings=findings_of(of_pairs, others) if of_pairs else {},
        overlap=None if overlap is None else overlap_in(overlap),
        others=others,
        replace=replace,
    )
    if as_json:
        document = {
            "entries": [
                {"model": model, "benchmark": name}
                for model, name in [
                    *((one.model.name, one.benchmark.name) for one in done.entries),
                    *((one.model.name, one.benchmark.name) for one in done.measured),
                ]
            ],
            "changed": [str(path) for path in done.changed],
            "couples": done.couples,
            "never_compared": done.unknown,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"{len(done.entries) + len(done.measured)} entries in {results}; {len(done.changed)} files written")
    if done.unknown:
        typer.echo(
            f"{done.unknown:,} of {done.couples:,} couples of models were never compared: "
            "give the folder of the other runs with --runs"
        )
    typer.echo(f"next  crb results validate {shlex.quote(str(results))}")


@app.command("list", epilog="Example: crb results list --benchmark crb")
def list_(results: Folder = RESULTS, benchmark: Benchmark = None, as_json: Json = False) -> None:
    """List the entries with their accuracies: strict, half and valid, tie and invalid rates."""
    from crb.results.store import read_entries, read_metric_entries

    rows = [_summary(entry) for entry in read_entries(results, benchmark)]
    measured = [_measured_summary(entry) for entry in read_metric_entries(results, benchmark)]
    if as_json:
        typer.echo(json.dumps([*rows, *measured], indent=2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    rows.sort(key=lambda row: (row["benchmark"], -row["strict"]))
    for name, part in groupby(rows, key=lambda row: str(row["benchmark"])):
        table = Table(title=f"{escape(name)}, in percent", title_justify="left", box=None, padding=(0, 1, 0, 0))
        table.add_column("model", overflow="fold")
        for heading in ("strict", "half", "valid", "tie", "invalid"):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in part:
            shares = (f"{100 * row[share]:.2f}" for share in ("strict", "half", "valid", "tie_rate", "invalid_rate"))
            table.add_row(escape(row["model"]), *shares)
        console.print(table)
    for one in measured:
        value, low, high = (number if number is None else f"{number:.4f}" for number in one["value_low_high"])
        told = f"{one['model']} on {one['benchmark']}: {one['headline']} {value} [{low}, {high}]"
        console.print(escape(told), highlight=False, soft_wrap=True)
    console.print(f"{len(rows) + len(measured)} entries. `crb results show MODEL` tells more of one.")


@app.command(epilog="Example: crb results show Themis-RM-8B")
def show(
    model: Annotated[str, typer.Argument(help="A model's hub id, or the last part of it.", show_default=False)],
    results: Folder = RESULTS,
    as_json: Json = False,
) -> None:
    """Show a model's entries, and the figures that others printed of it, which stand apart."""
    from crb.results.show import show_entry, show_measured, show_printed
    from crb.results.store import find_entries, find_metric_entries, read_published

    measured = find_metric_entries(results, model)
    entries = find_entries(results, model) if not measured else find_entries(results, model, must=False)
    names = dict.fromkeys([*(one.model.name for one in entries), *(one.model.name for one in measured)])
    printed = {name: read_published(results, name) for name in names}
    if as_json:
        figures = [one.model_dump(mode="json", by_alias=True) for one in printed.values() if one is not None]
        listed = [*(one.as_json() for one in entries), *(one.as_json() for one in measured)]
        document = {"entries": listed, "published": figures}
        typer.echo(json.dumps(document, indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False)
    for entry in entries:
        show_entry(entry, console)
    for other in measured:
        show_measured(other, console)
    for one in printed.values():
        if one is not None:
            show_printed(one, console)


@app.command(epilog="Example: crb results validate results")
def validate(
    results: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder of results.")] = RESULTS,
    any_benchmark: Annotated[
        bool, typer.Option("--any-benchmark", help="Allow benchmarks that are not the board's.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check every file of a folder of results. Exits with 2 and tells all faults with file, row and field."""
    from crb.results.documents import shown
    from crb.results.validate import validate as check

    faults = check(results, any_benchmark=any_benchmark)
    if as_json:
        rows = [{"message": one.what, "file": one.file, "row": one.row, "field": one.field} for one in faults]
        typer.echo(json.dumps(rows, indent=2))
    else:
        for one in faults:
            typer.echo("\n".join(shown(line, 500) for line in str(one).splitlines()) + "\n", err=True)
        typer.echo(f"{len(faults)} faults in {results}" if faults else f"{results} is in order")
    if faults:
        raise typer.Exit(USER_ERROR)


@app.command(epilog="Example: crb results published paper --results results")
def published(
    folder: Annotated[Path, typer.Argument(help="A folder of printed tables as CSV.", show_default=False)],
    results: Folder = RESULTS,
    as_json: Json = False,
) -> None:
    """Cite printed figures: one published.json for each model, as printed, apart from all recomputed figures."""
    from crb.results.printed_tables import read_printed_tables
    from crb.results.store import write_published

    read = read_printed_tables(folder)
    changed = [model for model, figures in read.figures.items() if write_published(results, figures)]
    count = sum(len(figures.figures) for figures in read.figures.values())
    if as_json:
        document = {
            "models": list(read.figures),
            "figures": count,
            "changed": changed,
            "rows_left_out": list(read.left_out),
        }
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"{count:,} printed figures of {len(read.figures)} models; {len(changed)} files written")
    if read.left_out:
        typer.echo(f"{len(read.left_out)} rows are of no published model (ablations) and left out; see --json")


@app.command(epilog="Example: crb results schema --out results/entry.schema.json")
def schema(
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the screen.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same: a schema is JSON.")] = False,
) -> None:
    """Print the JSON Schema of an entry."""
    from crb.files import write_bytes
    from crb.results.schema import entry_schema

    if out is None:
        typer.echo(entry_schema(), nl=False)
    else:
        write_bytes(out, entry_schema().encode())


def named_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs that a user named: each path a run, or a folder of runs."""
    from crb.errors import UsageError
    from crb.runs import open_run
    from crb.runs.folder import RUN, holds_run

    found: dict[Path, Run] = {}
    for path in paths:
        inside = [] if holds_run(path) or not path.is_dir() else sorted(path.rglob(RUN))
        for folder in [file.parent for file in inside] or [path]:
            found.setdefault(folder.resolve(), open_run(folder))
    if not found:
        raise UsageError("no run was named", todo="crb results add RUN")
    return list(found.values())


def findings_of(runs: Sequence[Run], others: Sequence[Run] = ()) -> dict[Path, list[dict[str, Any]]]:
    """What the doctor finds on runs, by their folder; `others` are examined with them, for comparison."""
    from crb.doctor.examination import examine

    folders = {run.path.resolve() for run in runs}
    together = [*runs, *(run for run in others if run.path.resolve() not in folders)]
    found: dict[Path, list[dict[str, Any]]] = {run.path: [] for run in runs}
    for finding in examine(together):
        if finding.severity != "ok" and finding.run in found:
            found[finding.run].append(finding.as_dict())
    return found


def overlap_in(file: Path) -> dict[str, Any]:
    """The summary in what `crb overlap` wrote."""
    from crb.overlap.summary import read_summary

    return read_summary(file).model_dump(mode="json")


def _measured_summary(entry: MetricEntry) -> dict[str, Any]:
    headline = entry.measured.figures[0]
    return {
        "model": entry.model.name,
        "benchmark": entry.benchmark.name,
        "kind": entry.model.kind,
        "source": entry.provenance.source,
        "headline": headline.key,
        "value_low_high": [headline.value, headline.low, headline.high],
    }


def _summary(entry: Entry) -> dict[str, Any]:
    from crb.results.show import overall_row

    return {
        "model": entry.model.name,
        "benchmark": entry.benchmark.name,
        "kind": entry.model.kind,
        "source": entry.provenance.source,
        **overall_row(entry),
    }
