"""`crb adapters`: which reward-model architectures are known, through which package, and what each keeps to."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from crb.cli import conformance

app = typer.Typer(help="List, show, check and begin adapters.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.callback(invoke_without_command=True, epilog="Example: crb adapters --json")
def adapters(context: typer.Context, as_json: AsJson = False) -> None:
    """List the registered adapters: what each claims and which distribution brings it."""
    if context.invoked_subcommand is None:
        list_adapters(as_json)


@app.command(name="list", epilog="Example: crb adapters list --json")
def list_adapters(as_json: AsJson = False) -> None:
    """List the registered adapters; the same as `crb adapters` alone."""
    listing = _listing()
    if as_json:
        typer.echo(json.dumps(listing, indent=2))
    else:
        _show(listing)


@app.command(epilog="Example: crb adapters show sequence-classifier")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An adapter, as `crb adapters` lists it.")],
    as_json: AsJson = False,
) -> None:
    """Tell what an adapter reads and claims, where it comes from, and which published models it is for."""
    found = _details(name)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        _tell(found)


app.command(epilog="Example: crb adapters check sequence-classifier --model path/to/tiny-checkpoint")(conformance.check)
app.command(epilog="Example: crb adapters new my_model --kind scalar")(conformance.new)


def _listing() -> list[dict[str, Any]]:
    from dataclasses import asdict

    from crb import registry
    from crb.models.source import adapters as registered

    found, broken = registered()
    rows: list[dict[str, Any]] = []
    for name in registry.names(registry.ADAPTERS):
        row = (
            asdict(found[name].card) | {"error": None} if name in found else {"name": name, "error": str(broken[name])}
        )
        rows.append(row | {"distribution": registry.distribution(registry.ADAPTERS, name)})
    return rows


def _details(name: str) -> dict[str, Any]:
    from importlib.util import find_spec

    from crb import registry
    from crb.models.cards import covered_by

    module = registry.module(registry.ADAPTERS, name)
    (row,) = [row for row in _listing() if row["name"] == name]
    spec = find_spec(module) if row["error"] is None else None
    covered = [card.hub_id for card in covered_by(name)]
    return row | {"module": module, "file": spec.origin if spec else None, "published_models": covered}


def _show(listing: list[dict[str, Any]]) -> None:
    """A table per distribution: its name on every row would leave the rest no room in 80 columns."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    for owner in dict.fromkeys(row["distribution"] for row in listing):
        table = Table("adapter", "kind", title=f"From {escape(owner)}", title_justify="left", box=box.SIMPLE_HEAD)
        table.add_column("what it reads, and what it claims", overflow="fold")
        for row in (row for row in listing if row["distribution"] == owner):
            if row["error"]:
                table.add_row(escape(row["name"]), "-", f"[red]{escape(row['error'])}[/red]")
                continue
            claims = f"{row['summary']}\n[dim]{escape(', '.join(_claims(row)) or 'by --adapter only')}[/dim]"
            table.add_row(row["name"], row["kind"], claims)
        console.print(table)
    console.print("`crb adapters show NAME` tells more; `crb adapters check NAME` proves it.")


def _claims(row: dict[str, Any]) -> tuple[str, ...]:
    return (*row["embedded"], *row["hub_ids"], *row["architectures"])


def _tell(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    rows = {"from": found["distribution"], "module": found["module"], "file": found["file"] or ""}
    if found["error"]:
        rows["error"] = found["error"]
    else:
        rows = {
            "reads": found["summary"],
            "kind": found["kind"],
            "embeds": "\n".join(found["embedded"]),
            "claims names": "\n".join(found["hub_ids"]),
            "architectures": "\n".join(found["architectures"]),
            **rows,
            "published": "\n".join(found["published_models"]) or "none of the published models",
        }
        if not _claims(found):
            rows["claims names"] = "nothing: by --adapter only"
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in rows.items():
        if value:
            table.add_row(label, escape(value))
    console = Console(highlight=False)
    console.print(f"[bold]{escape(found['name'])}[/bold]")
    console.print(table)
