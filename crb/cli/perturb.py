"""`crb perturb`: make variants of a benchmark's pairs that a reward model should judge as it judges the pairs."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from crb.perturbations.variants import Tally

app = typer.Typer(help="Perturb pairs without changing what the programs do.")


class Side(StrEnum):
    """Which response of a pair is perturbed."""

    ADVERSE = "adverse"
    CHOSEN = "chosen"
    REJECTED = "rejected"
    BOTH = "both"


@app.command(epilog="Example: crb perturb crb-mini --out variants.jsonl --only rename --only praise")
def perturb(
    benchmark: Annotated[str, typer.Argument(help="The pairs, as for `crb run`.", show_default=False)],
    out: Annotated[
        Path, typer.Option(help="Write here: a .jsonl or .parquet file.", dir_okay=False, show_default=False)
    ],
    only: Annotated[
        list[str] | None, typer.Option(help="Only this perturbation; may be repeated.", show_default="all six")
    ] = None,
    side: Annotated[
        Side, typer.Option(help="Which response; adverse is the one on which it works against the right answer.")
    ] = Side.ADVERSE,
    seed: Annotated[int, typer.Option(help="Seed of all choices.")] = 0,
    language: Annotated[list[str] | None, typer.Option(help="Only this language; may be repeated.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N pairs.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Perturb one side of a benchmark's pairs without changing what the programs do.

    Comments, praise, docstrings, renamed local names, dead code and white space, in all eight languages. The file
    holds every pair once as it was and once per perturbation that suits it; score it with
    `crb run MODEL --benchmark adversarial:FILE`.
    """
    from rich.console import Console

    from crb.benchmarks import load_benchmark
    from crb.errors import UsageError, unknown_name
    from crb.perturbations import KINDS
    from crb.perturbations.variants import Sides, Tally, rows
    from crb.tables import check_table, write_table

    for name in only or ():
        if name not in KINDS:
            raise unknown_name("perturbation", name, KINDS)
    check_table(out, "--out", source=benchmark)
    pairs = load_benchmark(benchmark, languages=language or (), limit=limit)
    tally = Tally()
    kinds = [name for name in KINDS if not only or name in only]
    with Console(stderr=True).status("perturbing ...") as status:

        def told() -> None:
            status.update(f"perturbing ... {tally.pairs:,} of {len(pairs):,} pairs")

        found = list(rows(pairs.items, kinds, Sides(side.value), seed, tally, told))
    if not found:
        reason = next((reason for reasons in tally.skipped.values() for reason in reasons), "there are no pairs")
        raise UsageError(
            f"no pair of {pairs.name} can be perturbed so, for instance because {reason}",
            where=f"benchmark {benchmark}",
            todo="choose other perturbations with --only, or other pairs",
        )
    write_table(out, found)
    document = {"benchmark": pairs.name, "seed": seed, "side": side.value, "out": str(out), **tally.as_json()}
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _show(tally, document)


def _show(tally: Tally, document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from crb.perturbations import KINDS
    from crb.report.names import printable

    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("perturbation", "made", "not", "mostly because"):
        table.add_column(name, justify="right" if name in ("made", "not") else "left", overflow="fold")
    for name in KINDS:
        skipped = tally.skipped[name]
        if tally.made[name] or skipped:
            reason = skipped.most_common(1)[0][0] if skipped else ""
            table.add_row(name, f"{tally.made[name]:,}", f"{skipped.total():,}", printable(reason))
    console.print(table)
    console.print(
        Text(f"\n{tally.kept:,} of {tally.pairs:,} pairs have variants: {printable(document['out'])}"), soft_wrap=True
    )
    console.print(
        Text(f"next  crb run MODEL --benchmark {shlex.quote('adversarial:' + printable(document['out']))}"),
        soft_wrap=True,
    )
