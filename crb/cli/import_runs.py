"""`crb import`: runs that others made and published become runs that every command here can read."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crb.cli.codes import USER_ERROR

if TYPE_CHECKING:
    from crb.results.themis.runs import Import

app = typer.Typer(
    help="Bring in published per-sample scores as runs.",
    epilog="Example: crb import themis themis-runs --out imported",
    no_args_is_help=True,
)
_SHOWN = 12


@app.callback()
def _group() -> None:
    """Bring published runs in."""


@app.command(epilog="Example: crb import themis themis-runs --out imported")
def themis(
    folder: Annotated[
        Path, typer.Argument(help="A folder of models, each with results.json and scores.parquet; or one of these.")
    ],
    out: Annotated[Path, typer.Option(help="Where the runs go: OUT/<model>/crb/<fingerprint>/.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Import published per-sample scores on crb: every figure is computed again and compared with the printed one.

    A model whose files are damaged is told and left out; the others come in all the same, and the command exits with 2.
    """
    from crb.results.themis.runs import import_themis

    done = import_themis(folder, out)
    if as_json:
        typer.echo(json.dumps(_document(done), indent=2, allow_nan=False))
    else:
        _show(done, out)
    if done.faults:
        raise typer.Exit(USER_ERROR)


def _document(done: Import) -> dict[str, Any]:
    return {
        "models": [
            {
                "folder": one.folder,
                "model": one.model,
                "run": str(one.run),
                "n": one.n,
                "right": one.right,
                "missing": list(one.missing),
                "disagreements": [differ.as_json() for differ in one.disagreements],
            }
            for one in done.models
        ],
        "faults": [
            {"folder": name, "message": error.what, "where": error.where, "todo": error.todo}
            for name, error in done.faults.items()
        ],
    }


def _show(done: Import, out: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    from crb.results.documents import shown

    console = Console(highlight=False)
    for one in done.models:
        if one.missing:
            console.print(
                f"[yellow]{escape(one.folder)}[/]: {len(one.missing)} of {one.n:,} pairs are missing in its files and "
                "count as invalid",
                soft_wrap=True,
            )
        for differ in one.disagreements[:_SHOWN]:
            where = f"{differ.file}, {differ.key}"
            more = "" if differ.rows is None else f" in {differ.rows:,} rows, the first is row {differ.row}"
            console.print(
                f"[yellow]{escape(one.folder)}[/]: {escape(shown(where))}: printed {_figure(differ.printed)}, "
                f"recomputed {_figure(differ.recomputed)}{more}",
                soft_wrap=True,
            )
        if len(one.disagreements) > _SHOWN:
            console.print(f"[yellow]{escape(one.folder)}[/]: and {len(one.disagreements) - _SHOWN} more; see --json")
    for name, error in done.faults.items():
        lines = "\n".join(shown(line, 500) for line in str(error).splitlines())
        console.print(f"[bold red]{escape(shown(name))}[/] is not imported: {escape(lines)}", soft_wrap=True)
    count = sum(len(one.disagreements) for one in done.models)
    console.print(
        f"{len(done.models)} runs in {escape(str(out))}; {count} figures disagree with their own scores; "
        f"{len(done.faults)} models are damaged",
        soft_wrap=True,
    )
    if done.models:
        console.print(f"next  crb report {escape(shlex.quote(str(done.models[0].run)))}", soft_wrap=True)


def _figure(value: float | bool | None) -> str:
    return "none" if value is None else str(value)
