"""`crb diagnose`: where a run is right, and what its margins and criteria say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crb.report.choices import Format

app = typer.Typer(help="Show where a run fails: lengths, edits, repeats, calibration.")


@app.command(epilog="Example: crb diagnose RUN --benchmark crb-mini")
def diagnose(
    run: Annotated[Path, typer.Argument(help="The run's folder, as `crb run` printed it.", show_default=False)],
    benchmark: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_PATH", help="The benchmark's texts, for lengths, edits and prompts.", show_default=False
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How the report is written.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the screen.", dir_okay=False, show_default=False)
    ] = None,
) -> None:
    """Diagnose a run: accuracy by length ratio, edit size, response length and repeated prompts; calibration.

    Where the same two responses are judged under several criteria, also whether the criterion changes the choice.
    """
    from crb.cli.output import put
    from crb.report.diagnostics import diagnostics_report
    from crb.report.texts import UNKNOWN, items_of
    from crb.runs import open_run

    opened = open_run(run)
    items = None
    if benchmark is not None:
        content = str(opened.config.get("benchmark_hash", UNKNOWN))
        items = items_of(benchmark, content, map(str, opened.pairs().index))
    put(diagnostics_report(opened, items), Format.JSON if as_json else format, out)
