"""`crb overlap`: how much of a benchmark stands word for word in a training set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crb.overlap.measure import Overlap

app = typer.Typer(help="Measure what a benchmark shares with a training set.")

_LISTED = 10


@app.command(epilog="Example: crb overlap train.parquet --benchmark crb-mini --out overlap.json")
def overlap(
    trainset: Annotated[
        str, typer.Argument(help="A Parquet, JSON or JSONL file, a folder of them, or ORG/NAME.", show_default=False)
    ],
    benchmark: Annotated[str, typer.Option(help="The benchmark, as for `crb run`.", show_default=False)],
    n: Annotated[int, typer.Option("--n", help="Words in an n-gram.", min=1, max=1000)] = 13,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", help="Read only this column; may be repeated.", show_default="all with text"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the JSON to this file as well.", dir_okay=False, show_default=False)
    ] = None,
) -> None:
    """Measure the n-gram overlap of a benchmark's prompts and responses with a training set.

    A text's share is the part of its n-grams that stand in the training set; an item is flagged where a share reaches
    one half. `crb results add RUN --overlap FILE` keeps the summary of the file that --out wrote.
    """
    from rich.console import Console

    from crb.benchmarks import load_benchmark
    from crb.files import write_json
    from crb.overlap.measure import measure
    from crb.overlap.trainset import open_trainset

    items = load_benchmark(benchmark)
    with Console(stderr=True).status(f"reading {Path(trainset).name} ..."):
        found = measure(items, open_trainset(trainset, columns or ()), n)
    document = found.as_json()
    if out is not None:
        write_json(out, document)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _show(found)


def _show(found: Overlap) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from crb.overlap.measure import PARTS
    from crb.overlap.summary import FLAGGED
    from crb.report.names import printable

    summary = found.summary
    console = Console(highlight=False)
    title = f"{summary.n}-grams of {summary.benchmark} in {printable(summary.trainset)}"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("part", "texts", "too short", "touched", "flagged", "whole", "mean share %"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for part in PARTS:
        of_part = summary.parts[part]
        counts = (of_part.texts, of_part.short, of_part.touched, of_part.flagged, of_part.whole)
        mean = "-" if of_part.mean is None else f"{100 * of_part.mean:.2f}"
        table.add_row(part, *(f"{count:,}" for count in counts), mean)
    console.print(table)
    console.print(
        f"\n{summary.items_touched:,} of {summary.items:,} items are touched, {summary.items_flagged:,} flagged "
        f"(a share of {100 * FLAGGED:.0f}% or more); "
        f"{summary.trainset_rows:,} rows, {summary.trainset_mb:,.1f} MB read.",
        soft_wrap=True,
    )
    places = {id: place for place, id in enumerate(found.ids)}
    for item in summary.flagged[:_LISTED]:
        rows = [row for part in range(len(PARTS)) for row in found.rows.get((places[item.id], part), ())]
        share, file, row = max(rows, default=(0.0, "", 0), key=lambda found: found[0])
        shares = ", ".join(f"{part} {100 * (getattr(item, part) or 0):.0f}%" for part in PARTS)
        where = f" (closest: {file} row {row:,}, {100 * share:.0f}%)" if rows else ""
        console.print(Text(printable(f"  {item.id}: {shares}{where}")), soft_wrap=True)
    if summary.items_flagged > _LISTED:
        console.print(f"  ... and {summary.items_flagged - _LISTED:,} more: --json or --out lists them all.")
