"""`crb reread`: read a judge's answers again, by another mode of scoring or another adapter, without the model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crb.cli.codes import INCOMPLETE
from crb.cli.run import Score

app = typer.Typer(help="Read a judge's answers again, without the model.")


@app.command(name="reread", epilog="Example: crb reread RUN --score greedy")
def reread(
    run: Annotated[Path, typer.Argument(help="The run's folder, as `crb run` printed it.", show_default=False)],
    adapter: Annotated[
        str | None, typer.Option(help="Reads in place of the adapter that asked.", show_default=False)
    ] = None,
    score: Annotated[
        Score | None, typer.Option(help="How answers become scores; as before by default.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The new run's folder; by default beside the old one.", file_okay=False)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="The run's model, where the adapter looks into its tokenizer.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Read a judge's answers again into a run of its own: nothing is asked, nothing in the old run changes.

    Exits with 3 where answers are missing, as crb run does.
    """
    import json

    from crb.cli.run_output import document, show_run
    from crb.evaluation.rereading import reread as read_again
    from crb.evaluation.unscored import check_compared
    from crb.runs import open_run

    found = read_again(
        open_run(run), adapter=adapter, score=score.value if score is not None else None, out=out, model=model
    )
    if as_json:
        typer.echo(json.dumps(document(found), indent=2))
    else:
        show_run(found)
    check_compared([found])
    if found.incomplete:
        raise typer.Exit(INCOMPLETE)
