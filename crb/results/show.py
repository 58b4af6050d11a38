"""An entry and published figures in front of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from rich.markup import escape
from rich.table import Table

from crb.report.formats import show
from crb.report.measured import figures_table, group_tables
from crb.report.names import label
from crb.report.neutral import Report
from crb.results.entry import Entry
from crb.results.figures import PublishedFigures
from crb.results.metric_entry import MetricEntry
from crb.statistics.accuracy import KINDS, with_accuracies
from crb.statistics.cells import COUNTS, roll_up
from crb.statistics.grouping import CRITERION, GROUPS, LANGUAGE, By

if TYPE_CHECKING:
    from rich.console import Console

RATES = ("tie_rate", "invalid_rate")


def cells_frame(entry: Entry) -> pd.DataFrame:
    """The cells of an entry as `crb.statistics.cells.cells` would give them."""
    rows = [
        {**dict(zip(GROUPS, cell.key, strict=True)), **{count: getattr(cell, count) for count in COUNTS}}
        for cell in entry.cells
    ]
    return pd.DataFrame(rows, columns=[*GROUPS, *COUNTS])


def overall_row(entry: Entry) -> dict[str, float | int]:
    """The counts over all pairs, the accuracies (shares, rounded to 6 decimals) and the rates."""
    row = with_accuracies(roll_up(cells_frame(entry), By.OVERALL)).iloc[0]
    shares = {name: round(float(row[name]), 6) for name in (*KINDS, *RATES) if pd.notna(row[name])}
    return {**{name: int(row[name]) for name in COUNTS}, **dict.fromkeys((*KINDS, *RATES), 0.0), **shares}


def show_entry(entry: Entry, console: Console) -> None:
    """Print an entry: where it comes from, accuracy overall, by criterion and by language, and its findings."""
    facts = (
        f"{entry.benchmark.name}, {entry.benchmark.n:,} pairs; {entry.provenance.origin}"
        f"{f', {entry.provenance.date}' if entry.provenance.date else ''}; revision {entry.model.revision}"
    )
    console.print(f"[bold]{escape(entry.model.name)}[/], in percent\n{escape(facts)}", soft_wrap=True)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("n", "strict", "95%", "half", "valid", "tie", "invalid"):
        table.add_column(name, justify="right", no_wrap=True)
    cells = cells_frame(entry)
    for by in (By.OVERALL, By.CRITERION, By.LANGUAGE):
        for _, row in with_accuracies(roll_up(cells, by)).iterrows():
            name = "all" if by is By.OVERALL else label(by.columns[0], row[by.columns[0]], short=True).text
            interval = f"{100 * row['strict_low']:.1f}-{100 * row['strict_high']:.1f}"
            shares = [_percent(row[share]) for share in ("half", "valid", *RATES)]
            table.add_row(escape(name), f"{int(row['n']):,}", _percent(row["strict"]), interval, *shares)
    console.print(table)
    for finding in entry.findings:
        _wrapped(f"{finding.severity}: {escape(finding.message)}", console)
    console.print()


def show_measured(entry: MetricEntry, console: Console) -> None:
    """Print an entry on a benchmark with figures of its own: its figures and what it has by group."""
    facts = (
        f"{entry.benchmark.name}, {entry.benchmark.n:,} items; {entry.provenance.origin}"
        f"{f', {entry.provenance.date}' if entry.provenance.date else ''}; revision {entry.model.revision}"
    )
    console.print(f"[bold]{escape(entry.model.name)}[/]\n{escape(facts)}", soft_wrap=True)
    measured = entry.figures()
    baselines = {name: [one.model_dump() for one in found] for name, found in entry.baselines.items()}
    tables = (figures_table(measured, baselines), *group_tables(measured))
    show(Report("", tables, (), ()), console)


def show_printed(figures: PublishedFigures, console: Console) -> None:
    """Print published figures, by the table they stand in."""
    console.print(f"[bold]Printed by others[/] of {escape(figures.model)}: cited, not recomputed")
    lines: dict[tuple[str, str, str], list[str]] = {}
    for figure in figures.figures:
        key = figure.key or "overall"
        column = {"criterion": CRITERION, "language": LANGUAGE}.get(figure.by)
        name = label(column, key, short=True).text if column else key
        lines.setdefault((figure.source, figure.benchmark, figure.metric), []).append(f"{name} {figure.printed}")
    for (source, benchmark, metric), parts in lines.items():
        _wrapped(f"{escape(source)}, {benchmark}, {metric}: {escape(', '.join(parts))}", console, indent=2)


def _wrapped(text: str, console: Console, *, indent: int = 0) -> None:
    """A long line: between words on a screen, whole in a file or a pipe, where somebody may search it."""
    if not console.is_terminal:
        console.print(f"{' ' * indent}{text}", soft_wrap=True)
        return
    body = Table.grid(padding=0)
    body.add_row(" " * indent, text)
    console.print(body)


def _percent(share: float) -> str:
    return "-" if pd.isna(share) else f"{100 * share:.2f}"
