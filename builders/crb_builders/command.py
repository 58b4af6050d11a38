"""`crb build`: build a recipe of preference data, or tell how far one is."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

app = typer.Typer(help="Build preference data from commits and other sources.")
STATUS = "status"


class On(StrEnum):
    """Who does the work."""

    LOCAL = "local"
    RAY = "ray"


@app.command(epilog="Example: crb build commits --set 'mine.repositories=[.]' --out built/commits")
def build(
    recipe: Annotated[
        str,
        typer.Argument(metavar="RECIPE|status", help="A YAML file or a shipped recipe; status tells how far one is."),
    ],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="With status: the folder of the build.", show_default=False)
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(help="Only this stage, and those it reads where they are not finished.", show_default=False),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", min=1, help="How many parts are worked on at once.")] = 1,
    executor: Annotated[On, typer.Option(help="local: processes here; ray: a Ray cluster's workers.")] = On.LOCAL,
    out: Annotated[
        Path | None, typer.Option(help="The build's folder; by default built/RECIPE.", file_okay=False)
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="STEP.FIELD=VALUE", help="Overrule a setting; YAML; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Build a recipe; a build that was stopped goes on, a finished one answers at once."""
    from crb.errors import UsageError
    from crb_builders.status import status

    if recipe == STATUS:
        if folder is None:
            raise UsageError("which build?", where="crb build status", todo="write crb build status DIR")
        _show(status(folder), as_json)
        return
    if folder is not None:
        raise UsageError(f"unexpected argument {str(folder)!r}", where="crb build", todo="name the folder with --out")
    from crb_builders.recipe import read_recipe
    from crb_builders.run import build as build_recipe

    found = read_recipe(recipe, setting or ())
    where = out or Path("built") / found.name
    with _Bars() as bars:
        build_recipe(found, where, stage=stage, workers=workers, on=executor.value, progress=bars)
    _show(status(where), as_json)


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("step", "state", title=f"{escape(found['recipe'])} in {escape(found['out'])}", title_justify="left")
    for heading in ("in", "out", "rows/s"):
        table.add_column(heading, justify="right")
    table.add_column("dropped, by reason", overflow="fold")
    for step in found["steps"]:
        counts = [f"{step[name]:,}" if step[name] is not None else "-" for name in ("rows_in", "rows_out")]
        rate = f"{step['rows_per_second']:,.0f}" if step["rows_per_second"] else "-"
        reasons = ", ".join(f"{escape(reason)} {count:,}" for reason, count in step["reasons"].items())
        table.add_row(escape(step["step"]), step["state"], *counts, rate, reasons)
    console = Console()
    console.print(table)
    for step in found["steps"]:
        for line in step["report"].get("attention", ()):  # what a finished step wants to be looked at
            console.print(f"{step['step']}: {line}", style="yellow", highlight=False, markup=False)
    last = next((step for step in reversed(found["steps"]) if step["state"] == "finished"), None)
    if last is not None:
        console.print(f"rows in  {last['shards']}", highlight=False, soft_wrap=True)
        console.print(f"hash     {last['hash']}", highlight=False, soft_wrap=True)


class _Bars:
    """One line per step on standard error, where that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("parts"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> _Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, step: str, parts: int, done: int) -> None:
        self._task = self._bars.add_task(step, total=parts, completed=done)

    def advance(self) -> None:
        if self._task is not None:
            self._bars.advance(self._task)
