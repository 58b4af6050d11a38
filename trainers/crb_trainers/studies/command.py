"""`crb study`: train a grid of variants of one recipe and tell what transfers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crb_trainers.studies.grid import Question

if TYPE_CHECKING:
    from crb_trainers.studies.running import Answer, Grid

app = typer.Typer(help="Train a grid of variants of a recipe and compare them.")


@app.command(
    name="study",
    epilog="Example: crb study cross-language tiny --out studies/languages evaluation.benchmark=crb-mini",
)
def study(
    question: Annotated[
        Question,
        typer.Argument(metavar="QUESTION", help="cross-language, cross-criterion or ablations.", show_default=False),
    ],
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="A YAML file or a shipped recipe.", show_default=False)
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SECTION.FIELD=VALUE]...", help="Settings for every cell.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The study's folder; by default studies/QUESTION.", file_okay=False)
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="CELL", help="Only this cell and the reference; may be repeated.")
    ] = None,
    without_pretraining: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Ablations: the model before pre-training; adds the cells without it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the grid and train nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Train each cell of a grid, evaluate it by criterion and language, and compare all with the first.

    Stopped at any moment, the same command goes on where it was. In the folder: matrix.json, matrix.csv, matrix.svg.
    """
    from crb_trainers.studies.making import evaluate, train
    from crb_trainers.studies.preparing import prepare
    from crb_trainers.studies.running import run_study

    folder = out or Path("studies") / question.value
    grid = prepare(question, recipe, overrides or (), only=only or (), without_pretraining=without_pretraining)
    if dry_run:
        _show_grid(grid, as_json)
        return
    answer = run_study(
        grid, folder, train=train, evaluate=evaluate, told=lambda line: typer.echo(f"study  {line}", err=True)
    )
    if answer is None:
        return
    if as_json:
        typer.echo(json.dumps(answer.document, indent=2))
        return
    _show(answer, folder)


def _show_grid(grid: Grid, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(grid.described(), indent=2))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{grid.study.question}: {len(grid.study.cells)} cells", title_justify="left")
    for name in ("cell", "trained on", "overrides"):
        table.add_column(name, overflow="fold")
    for cell in grid.study.cells:
        made = [f"mean of {', '.join(cell.made_of)}"] if len(cell.made_of) > 1 else [f"of {n}" for n in cell.made_of]
        table.add_row(Text(cell.name), Text(cell.told), Text("\n".join([*made, *cell.overrides])))
    Console().print(table)


def _show(answer: Answer, folder: Path) -> None:
    from rich.console import Console

    from crb_trainers.studies.table import tables

    console = Console()
    for table in tables(answer.matrix, answer.told):
        console.print(table)
    console.print(f"matrix  {folder / 'matrix.json'}, .csv, .svg", highlight=False, soft_wrap=True)
