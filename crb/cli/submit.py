"""`crb submit`: check a run, make its entry, write the pull request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crb.cli.codes import USER_ERROR

if TYPE_CHECKING:
    from crb.submission.checks import Check

app = typer.Typer(help="Check a run, make its entry, write the pull request.")
TEXT = "pull-request.md"


@app.command(epilog="Example: crb submit RUN --results results")
def submit(
    run: Annotated[Path, typer.Argument(help="A finished run.", show_default=False)],
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    compare: Annotated[
        list[Path] | None,
        typer.Option("--runs", help="A folder of runs that have entries: to compare with.", show_default=False),
    ] = None,
    overlap: Annotated[
        Path | None, typer.Option(help="What `crb overlap --out FILE` wrote of the training set.", show_default=False)
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the entry of another run.")] = False,
    text: Annotated[
        Path | None,
        typer.Option(help=f"The pull request's text; by default RUN/{TEXT}.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check whether a run is fit for the leaderboard; if it is, write its entry and a ready pull-request text.

    Exits with 2 if a check fails; nothing is written then.
    """
    from crb.cli.results import findings_of, overlap_in
    from crb.files import write_bytes
    from crb.results.adding import add_runs
    from crb.results.comparing import runs_in
    from crb.runs import open_run
    from crb.submission.checks import check_submission, refuse_measured
    from crb.submission.request import pull_request

    opened, others = open_run(run), runs_in(compare or [])
    refuse_measured(opened)
    findings = findings_of([opened], others)
    checks = check_submission(opened, findings[opened.path])
    if not all(check.passed for check in checks):
        _tell(checks, {}, as_json)
        raise typer.Exit(USER_ERROR)
    done = add_runs(
        results,
        [opened],
        findings=findings,
        overlap=None if overlap is None else overlap_in(overlap),
        others=others,
        replace=replace,
    )
    request = pull_request(done.entries[0], results, list(done.changed))
    place = text or opened.path / TEXT
    write_bytes(place, request.as_text().encode())
    told = {
        "title": request.title,
        "body": request.body,
        "commands": list(request.commands),
        "text": str(place),
        "changed": [str(path) for path in done.changed],
        "never_compared": done.unknown,
    }
    _tell(checks, told, as_json)


def _tell(checks: list[Check], told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        rows = [{"check": one.name, "passed": one.passed, "fault": one.fault, "todo": one.todo} for one in checks]
        typer.echo(json.dumps({"checks": rows, **told}, indent=2))
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    for check in checks:
        mark = "[green]yes[/]" if check.passed else "[bold red]no [/]"
        console.print(f"{mark} {escape(check.name)}{f': {escape(check.fault)}' if check.fault else ''}", soft_wrap=True)
        if not check.passed:
            console.print(f"    next: {escape(check.todo)}", soft_wrap=True)
    if told:
        console.print(f"\n[bold]{escape(told['title'])}[/]: the text is in {escape(told['text'])}", soft_wrap=True)
        for command in told["commands"]:
            console.print(f"  {escape(command)}", soft_wrap=True)
