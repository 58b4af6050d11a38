"""`crb export`: results as a paper, a spreadsheet, a program or a model card takes them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crb.exports.choices import ExportBy, ExportFormat, Intervals, Measure

if TYPE_CHECKING:
    from crb.exports.scored import Scored
    from crb.results.metric_entry import MetricEntry

app = typer.Typer(help="Write LaTeX, Markdown, CSV, BibTeX or model-card metadata.")

_RESULTS = Path("results")


@app.command(epilog="Example: crb export --runs RUN --format latex --intervals interval --out table.tex")
def export(
    results: Annotated[
        Path | None, typer.Option(help="A folder of entries; results/ unless runs are given.", show_default=False)
    ] = None,
    runs: Annotated[
        list[Path] | None, typer.Option(help="A finished run; may be repeated.", show_default=False)
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(help="Only these models, by hub id or the last part of it: A,B or repeated.", show_default=False),
    ] = None,
    benchmark: Annotated[str | None, typer.Option(help="Only results on this benchmark.", show_default=False)] = None,
    by: Annotated[ExportBy, typer.Option(help="What stands beside the figure over all pairs.")] = ExportBy.CRITERION,
    measure: Annotated[Measure, typer.Option(help="The accuracy that LaTeX and Markdown show.")] = Measure.STRICT,
    intervals: Annotated[
        Intervals, typer.Option(help="What LaTeX and Markdown show behind a figure.")
    ] = Intervals.NONE,
    format: Annotated[ExportFormat, typer.Option(help="How the results are written.")] = ExportFormat.MARKDOWN,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the screen.", dir_okay=False, show_default=False)
    ] = None,
) -> None:
    """Export results: a LaTeX or Markdown table, CSV, Parquet, JSON, BibTeX, or the metadata of a model card.

    Tables give percent with one decimal; formats for programs give shares from 0 to 1 with all counts and intervals.
    """
    from crb.errors import UsageError
    from crb.exports.scored import chosen
    from crb.exports.write import export as write
    from crb.files import write_bytes

    format = ExportFormat.JSON if as_json else format
    if format is ExportFormat.PARQUET and out is None and sys.stdout.isatty():
        raise UsageError("Parquet is no text for a screen", where="--format parquet", todo="give a file with --out")
    names = [name.strip() for text in models or () for name in text.split(",") if name.strip()]
    measured = _measured(results, runs or [], names, benchmark)
    if measured:
        from crb.exports.measured import export_measured

        content = export_measured(measured, format, intervals)
    else:
        scored = chosen(_scored(results, runs or []), names, benchmark)
        content = write(scored, format, by=by, measure=measure, intervals=intervals)
    if out is not None:
        write_bytes(out, content)
    elif format is ExportFormat.PARQUET:
        sys.stdout.buffer.write(content)
    else:
        typer.echo(content.decode(), nl=False)


def _measured(results: Path | None, runs: list[Path], names: list[str], benchmark: str | None) -> list[MetricEntry]:
    """The results on a benchmark with figures of its own, where that is what was asked for: by its name, or by runs
    of nothing else."""
    from crb.errors import unknown_name
    from crb.results.build import metric_entry_of
    from crb.results.store import read_metric_entries
    from crb.runs import open_run

    opened = [open_run(run) for run in runs]
    of_runs = [run for run in opened if run.scored and run.measured is not None]
    folder = results if results is not None or runs else _RESULTS
    entries = read_metric_entries(folder, benchmark) if folder is not None and benchmark is not None else []
    if benchmark is not None:
        of_runs = [run for run in of_runs if run.config.get("benchmark") == benchmark]
    elif len(of_runs) < len(opened) or results is not None:
        return []  # of both kinds: those of pairs, as ever
    found = [*entries, *map(metric_entry_of, of_runs)]
    if not names:
        return found
    kept = [one for one in found if {one.model.name, one.model.name.rpartition("/")[2]} & set(names)]
    if found and not kept:
        raise unknown_name("model", names[0], {one.model.name for one in found})
    return kept


def _scored(results: Path | None, runs: list[Path]) -> list[Scored]:
    from crb.exports.scored import Scored
    from crb.results.store import read_entries
    from crb.runs import open_run

    folder = results if results is not None or runs else _RESULTS
    entries = [] if folder is None else [Scored.of_entry(entry) for entry in read_entries(folder)]
    return [*entries, *(Scored.of_run(open_run(run)) for run in runs)]
