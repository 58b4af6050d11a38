"""`crb report`: show or write the figures of a run that is already there. Computes nothing anew but the statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crb.report.choices import Format, View

app = typer.Typer(help="Show the accuracy of a run, with intervals.")


@app.command(name="report", epilog="Example: crb report RUN --by cell --format csv --out cells.csv")
def report(
    run: Annotated[Path, typer.Argument(help="The run's folder, as `crb run` printed it.", show_default=False)],
    by: Annotated[View, typer.Option(help="What a row is.")] = View.OVERVIEW,
    format: Annotated[Format, typer.Option(help="How the report is written.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the screen.", dir_okay=False, show_default=False)
    ] = None,
) -> None:
    """Show the accuracy of a run: strict, half and valid, with 95% intervals, tie and invalid rates.

    Tables and Markdown give percent for people; CSV and JSON give shares from 0 to 1, and counts, for programs.
    """
    from crb.cli.output import put
    from crb.report.build import build
    from crb.runs import open_run

    put(build(open_run(run), by), Format.JSON if as_json else format, out)
