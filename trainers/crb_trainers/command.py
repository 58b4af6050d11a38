"""`crb train`: train a recipe, tell what it would take, or export what was trained."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crb.cli.codes import INTERRUPTED

app = typer.Typer(help="Train reward models from preference pairs.")
EXPORT = "export"
_FIRST_ALONE_SECONDS = 5.0


class Dtype(StrEnum):
    """Of an exported model's weights; the head is float32 in any case."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@app.command(epilog="Example: crb train tiny --out trained/tiny optimiser.lr=1e-4")
def train(
    recipe: Annotated[
        str,
        typer.Argument(metavar="RECIPE|export", help="A YAML file or a shipped recipe; export writes a model folder."),
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SECTION.FIELD=VALUE]...",
            help="Settings that overrule the recipe's, in YAML. With export: RUN_OR_CHECKPOINT OUT.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; by default trained/RECIPE.", file_okay=False)
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="CHECKPOINT",
            help="Go on from this checkpoint; by default from the folder's newest.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Train nothing; check what can be checked, and estimate.")
    ] = False,
    gpus: Annotated[
        int | None, typer.Option(min=1, help="With --dry-run: for so many GPUs.", show_default=False)
    ] = None,
    dtype: Annotated[
        Dtype | None, typer.Option(help="With export: of the weights; by default the recipe's.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Train a recipe. Stopped at any moment, the same command goes on; a finished run answers at once.

    Several devices: torchrun --nproc-per-node N -m crb train ..., or accelerate launch -m crb train ...
    """
    from crb.errors import UsageError

    if recipe == EXPORT:
        if len(arguments or ()) != 2:
            raise UsageError(
                "what is exported where?", where="crb train export", todo="write crb train export RUN_OR_CHECKPOINT OUT"
            )
        _refuse({"--out": out, "--resume": resume, "--dry-run": dry_run, "--gpus": gpus}, "crb train export")
        _export(Path((arguments or [])[0]), Path((arguments or [])[1]), dtype, as_json)
        return
    if dtype is not None:
        raise UsageError("--dtype is for exports", where="crb train", todo="write model.dtype=... to train in another")
    from crb_trainers.recipe import read_recipe

    found = read_recipe(recipe, arguments or ())
    if dry_run:
        _preflight(found, gpus, out, resume, as_json)
        return
    _refuse({"--gpus": gpus}, "crb train", "add --dry-run; a launcher says how many GPUs train")
    from crb.evaluation.ranks import leave

    summary = _quietly_but_the_first(lambda: _train(found, out or Path("trained") / found.name, resume))
    leave()
    if _first():
        _show(summary, as_json)
    if summary["state"] == "stopped":
        raise typer.Exit(INTERRUPTED)


def _refuse(options: dict[str, Any], where: str, todo: str = "leave it out: nothing would come of it") -> None:
    """Refuse options that were given and mean nothing here."""
    from crb.errors import UsageError

    if given := [name for name, value in options.items() if value]:
        raise UsageError(f"{given[0]} has no meaning here", where=where, todo=todo)


def _train(recipe: Any, out: Path, resume: Path | None) -> dict[str, Any]:
    from crb_trainers.training.progress import Terminal
    from crb_trainers.training.run import train as run

    if not _first():
        return run(recipe, out, resume=resume)
    with Terminal() as watcher:
        return run(recipe, out, resume=resume, watcher=watcher)


def _first() -> bool:
    import os

    return int(os.environ.get("RANK", "0")) == 0


def _quietly_but_the_first(run: Any) -> dict[str, Any]:
    """Let the first process tell an error that all meet: the others wait until the launcher stops them."""
    from crb.errors import CrbError

    try:
        found: dict[str, Any] = run()
    except CrbError:
        if not _first():
            import time

            time.sleep(_FIRST_ALONE_SECONDS)
        raise
    return found


def _export(place: Path, out: Path, dtype: Dtype | None, as_json: bool) -> None:
    from crb_trainers.checkpoints.export import export_checkpoint
    from crb_trainers.training.chosen import chosen_checkpoint, recipe_of

    checkpoint = chosen_checkpoint(place)
    written = export_checkpoint(checkpoint, recipe_of(checkpoint), out, dtype=dtype.value if dtype else None)
    if as_json:
        typer.echo(json.dumps({"checkpoint": str(checkpoint), "out": str(written)}, indent=2))
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    console.print(f"{escape(str(checkpoint))} is now the model {escape(str(written))}", highlight=False, soft_wrap=True)
    console.print(
        f"next  crb run {escape(shlex.quote(str(written)))} --benchmark crb-mini", highlight=False, soft_wrap=True
    )


def _preflight(recipe: Any, gpus: int | None, out: Path | None, resume: Path | None, as_json: bool) -> None:
    from crb_trainers.preflight.answer import preflight, show

    found = preflight(recipe, processes=gpus, out=out, resume=resume)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
        return
    from rich.console import Console

    show(found, Console())


def _show(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    state = "stopped early" if summary["stopped_early"] else summary["state"]
    title = f"{escape(summary['recipe'])}: {state} after {summary['steps']:,} of {summary['of']:,} steps"
    table = Table("", title=title, title_justify="left")
    table.add_column("pairs", justify="right")
    for heading in ("accuracy", "95% interval"):
        table.add_column(heading, justify="right")
    last, best = summary["last"], summary["best"]
    if last is not None:
        table.add_row("last step, training", f"{last['pairs']:,}", f"{last['accuracy']:.1%}", "")
    if best is not None:
        rows = {f"best evaluation (step {best['step']:,})": best, **best["by_criterion"]}
        for name, cell in rows.items():
            interval = f"{cell['low']:.1%} to {cell['high']:.1%}"
            table.add_row(escape(name), f"{cell['n']:,}", f"{cell['accuracy']:.1%}", interval)
    console.print(table)
    place = Path(summary["out"])
    if summary["checkpoint"] is not None:
        where = escape(str(place / "checkpoints" / summary["checkpoint"]))
        console.print(f"checkpoint  {where}", highlight=False, soft_wrap=True)
        console.print(
            f"next        crb train export {escape(shlex.quote(str(place)))} MODEL", highlight=False, soft_wrap=True
        )
