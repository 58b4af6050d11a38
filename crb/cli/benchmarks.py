"""`crb benchmarks`: what is registered, and what one benchmark holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from crb.benchmarks import Benchmark

app = typer.Typer(help="List the benchmarks, or count what one holds.")


@app.command(epilog="Example: crb benchmarks crb-mini")
def benchmarks(
    benchmark: Annotated[
        str | None,
        typer.Argument(metavar="[NAME_OR_PATH]", help="A registered name, a path, NAME:PATH, or ORG/NAME on the hub."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the registered benchmarks, or count what one of them holds."""
    if benchmark is None:
        listing = _listing()
        if as_json:
            typer.echo(json.dumps(listing, indent=2))
        else:
            _print_listing(listing)
        return
    from crb.benchmarks import load_benchmark

    loaded = load_benchmark(benchmark)
    if as_json:
        typer.echo(json.dumps(_description(loaded), indent=2))
    else:
        _print_description(loaded)


def _listing() -> list[dict[str, Any]]:
    from crb import registry
    from crb.benchmarks import get_format
    from crb.errors import CrbError

    rows: list[dict[str, Any]] = []
    for name in registry.names(registry.BENCHMARKS):
        row: dict[str, Any] = {
            "name": name,
            "size": None,
            "home": None,
            "summary": None,
            "distribution": registry.distribution(registry.BENCHMARKS, name),
            "error": None,
        }
        try:
            form = get_format(name)
            row |= {"size": form.size, "home": form.home, "summary": form.summary}
        except CrbError as error:  # one broken plugin must not hide the others
            row["error"] = str(error)
        rows.append(row)
    return rows


def _description(benchmark: Benchmark) -> dict[str, Any]:
    head = {"name": benchmark.name, "source": benchmark.source, "content_hash": benchmark.content_hash}
    return head | benchmark.counts().to_json() | {"alike": benchmark.alike}


def _print_listing(listing: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("benchmark", "what it is", title="Registered benchmarks", title_justify="left")
    table.add_column("where it comes from", overflow="fold")  # an address cut short cannot be followed
    table.add_column("pairs", justify="right")
    for row in listing:
        summary = f"[red]{escape(row['error'])}[/red]" if row["error"] else escape(row["summary"])
        size = f"{row['size']:,}" if row["size"] is not None else "-"
        table.add_row(escape(row["name"]), summary, escape(row["home"] or row["distribution"]), size)
    console = Console()
    console.print(table)
    console.print("`crb benchmarks NAME_OR_PATH` counts what one holds.")


def _print_description(benchmark: Benchmark) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    counts = benchmark.counts()
    console = Console()
    console.print(f"[bold]{escape(benchmark.name)}[/bold]: {counts.total:,} pairs from {escape(benchmark.source)}")
    console.print(f"content {benchmark.content_hash}", soft_wrap=True)
    for kind, rollup in (("criterion", counts.criterion), ("language", counts.language), ("subset", counts.subset)):
        table = Table(kind)
        table.add_column("pairs", justify="right")
        for name, n in rollup.items():
            table.add_row(escape(name), f"{n:,}")
        console.print(table)
    if benchmark.alike:
        console.print(f"note: in {benchmark.alike:,} of them chosen and rejected are the same text: they can only tie")
