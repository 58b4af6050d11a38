"""`crb models`: the models with published results, and what is known of each."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crb.models.published import PublishedModel

_WIDE = 100
"""Columns from which family and licence fit beside what one copies from here."""

app = typer.Typer(help="List the 51 published models, or tell all about one.")


class Kind(StrEnum):
    """What a model's score is read from."""

    SCALAR = "scalar"
    JUDGE = "judge"


@app.command(epilog="Example: crb models --kind scalar --family Qwen3")
def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One model, by its published name or its hub id.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only models of this kind.", show_default=False)] = None,
    family: Annotated[
        str | None, typer.Option(help="Only models of this base family, e.g. Qwen3.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the published models: hub id, size and adapter, on 100 columns family and licence; or tell all of one."""
    from crb.models.cards import find, select

    if model is not None:
        card = find(model)
        if as_json:
            typer.echo(json.dumps(card.model_dump(mode="json"), indent=2))
        else:
            _tell(card)
        return
    cards = select(kind=kind.value if kind else None, family=family)
    if as_json:
        typer.echo(json.dumps([card.model_dump(mode="json") for card in cards], indent=2))
    else:
        _list(cards)


def _list(cards: tuple[PublishedModel, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    wide = console.width >= _WIDE
    table = Table(title="Published models", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("hub id", no_wrap=True)  # an id cut short cannot be used
    table.add_column("B", justify="right", no_wrap=True)
    table.add_column("adapter", no_wrap=True)
    for heading in ("base family", "licence") if wide else ():
        table.add_column(heading, overflow="fold")
    for card in cards:
        more = (card.base_family, card.license or "-") if wide else ()
        table.add_row(escape(card.hub_id), f"{card.params_b:g}", escape(card.adapter or "(judge)"), *map(escape, more))
    console.print(table)
    console.print(f"{len(cards)} models. `crb models NAME` tells more of one; a dash is what is not recorded.")
    console.print("`crb run` takes others too, decoders and encoders: `crb adapters` lists their architectures.")


def _tell(card: PublishedModel) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    tags = ", ".join(card.paper_tags)
    rows = {
        "hub id": card.hub_id,
        "in the paper": card.hub_id_in_paper or "",
        "parameters": f"{card.params_b:g} billion (class {card.size_class})",
        "kind": card.kind if card.kind == card.style else f"{card.kind}, {card.style}",
        "base family": f"{card.base_family} (known from: {card.base_family_basis})",
        "licence": f"{card.license} (known from: {card.license_basis})" if card.license else "not recorded",
        "adapter": card.adapter or "none yet: it comes with the judges",
        "scored by": f"reference script {card.reference_script}",
        "paper's tags": tags,
        "note": card.note or "",
    }
    table = Table.grid(padding=(0, 2))
    for label, value in rows.items():
        if value:
            table.add_row(label, escape(value))
    console = Console(highlight=False)
    console.print(f"[bold]{escape(card.name)}[/bold]")
    console.print(table)
    if card.adapter:
        console.print(f"\nnext  crb run {escape(card.hub_id)} --benchmark crb", soft_wrap=True)
