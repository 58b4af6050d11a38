"""`crb doctor`: look for what is wrong before it costs a night, or a table. `env` looks at this machine.

`crb doctor RUN...` and `crb doctor env` are one command with two shapes: whatever is not `env` is a run. A folder of
that name is `./env`.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from crb.cli.codes import FOUND

if TYPE_CHECKING:
    from crb.doctor.findings import Finding

_RUNS = "RUN..."
_TELLING = {"-h", "--help"}


class FailOn(StrEnum):
    """From which severity on the command fails."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


class _Doctor(typer.core.TyperGroup):
    """A group that takes everything but the name of a command for the arguments of `RUN...`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *_TELLING}:
            args = [_RUNS, *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, cmd_name) or self.commands[_RUNS]


class _Runs(typer.core.TyperCommand):
    """A command whose name already says what its arguments are."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[OPTIONS]"]


_EPILOG = "Example: crb doctor runs/ --fail-on warning"

app = typer.Typer(
    cls=_Doctor,
    help="Find what is wrong with runs, results or this machine.",
    epilog="Example: crb doctor RUN, crb doctor results/ or crb doctor env",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """Find what is wrong with runs, with published figures, or with this machine."""


@app.command(_RUNS, cls=_Runs, epilog=_EPILOG)
def runs(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RUN", help="Runs, entries, or folders of them, as results/.", show_default=False),
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option(help="A folder of CSV files with printed figures to compare cell by cell.", show_default=False),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 1 if a finding is at least this grave.")] = FailOn.ERROR,
    brief: Annotated[bool, typer.Option("--brief", help="Print the codes of each model alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Examine runs: are the figures what they seem? Findings with evidence and a likely cause, by model."""
    from crb.doctor.examination import examine_paths
    from crb.doctor.findings import RANK
    from crb.errors import UsageError

    if not paths:
        raise UsageError("nothing to examine", where="crb doctor", todo="name a run or a folder: crb doctor runs/")
    findings, examined = examine_paths(paths, published)
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        from rich.console import Console

        from crb.doctor.showing import show, show_overview

        (show_overview if brief else show)(findings, examined, Console(highlight=False))
    if fail_on is not FailOn.NEVER and any(RANK[finding.severity] >= RANK[fail_on] for finding in findings):
        raise typer.Exit(FOUND)


@app.command(epilog="Example: crb doctor env --json")
def env(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False) -> None:
    """Check this machine: versions, hardware, folders, plugins, the embedded model, the hub. Exits 1 on an error."""
    from crb.doctor.environment import check

    findings = check()
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        _show(findings)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FOUND)


def _show(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape

    from crb.doctor.showing import COLOURS

    console = Console(highlight=False)
    for finding in findings:
        mark = f"[{COLOURS[finding.severity]}]{finding.severity:8}[/]"
        console.print(f"{mark}{escape(finding.message)}", soft_wrap=not console.is_terminal)
        if finding.todo:
            console.print(f"        next: {escape(finding.todo)}", soft_wrap=True)
