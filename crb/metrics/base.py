"""What a benchmark's metric answers, and what it returns: figures and tables that any report, page or export can show.

A metric sees items and readings and nothing else, so that it can be computed again from a run's candidates.parquet,
where the texts are gone: it must not look at prompts or at candidates' texts. What it returns is data without layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from crb.items import Item
from crb.readings import Reading
from crb.statistics.estimates import Estimate

SCHEMA_VERSION = 1


class Unit(StrEnum):
    """What a number is."""

    SHARE = "share"
    """From 0 to 1; shown in percent."""
    DIFFERENCE = "difference"
    """Of two shares, from -1 to 1; shown in percent points, with its sign."""
    NUMBER = "number"
    """Shown as it is: a correlation, a variance."""
    COUNT = "count"
    """A whole number, given as int."""


@dataclass(frozen=True, slots=True)
class MetricFigure:
    """One figure of a run on a benchmark.

    Args:
        key: for machines; stable.
        title: for people.
        estimate: the value and its 95% interval, whose limits are None where there is none.
        unit: not `count`.
        n: how many items, or comparisons, stand behind it.
        lower: whether less is better, as of a loss: a list of models puts the lowest first.
    """

    key: str
    title: str
    estimate: Estimate
    unit: Unit = Unit.SHARE
    n: int | None = None
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures in a table: its key in the rows, its title for people, its unit."""

    key: str
    title: str
    unit: Unit = Unit.SHARE


Cell = str | int | Estimate | None
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class MetricTable:
    """Figures by group.

    Args:
        key: for machines; stable, e.g. `section`.
        title: for people.
        names: the keys of the leading columns, which name the group, e.g. `("section", "subset")`.
        columns: the figures.
        rows: one per group: a text (or None) per name; an int per count, else an Estimate or None, per column.

    Raises:
        ValueError: a row has other keys than the names and columns.
    """

    key: str
    title: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        wanted = {*self.names, *(column.key for column in self.columns)}
        for row in self.rows:
            if set(row) != wanted:
                raise ValueError(f"table {self.key!r}: a row of {sorted(row)} under {sorted(wanted)}")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a metric found.

    Args:
        figures: for the whole benchmark; the first is the headline, by which models are ranked.
        tables: by group.
        notes: what a reader must know to read them.
    """

    figures: tuple[MetricFigure, ...]
    tables: tuple[MetricTable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> MetricFigure:
        """The one figure that stands for the run."""
        return self.figures[0]

    def as_json(self, digits: int = 6) -> dict[str, Any]:
        """Strict JSON values: shares and numbers rounded to `digits`."""
        return {
            "headline": self.headline.key,
            "figures": [
                {
                    "key": one.key,
                    "title": one.title,
                    "unit": one.unit.value,
                    "n": one.n,
                    **({"lower": True} if one.lower else {}),
                    **one.estimate.as_json(digits),
                }
                for one in self.figures
            ],
            "tables": [
                {
                    "key": table.key,
                    "title": table.title,
                    "names": list(table.names),
                    "columns": [{"key": one.key, "title": one.title, "unit": one.unit.value} for one in table.columns],
                    "rows": [
                        {key: cell.as_json(digits) if isinstance(cell, Estimate) else cell for key, cell in row.items()}
                        for row in table.rows
                    ],
                }
                for table in self.tables
            ],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Measured:
        """What `as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is another document.
        """
        figures = tuple(
            MetricFigure(
                one["key"], one["title"], _estimate(one), Unit(one["unit"]), one.get("n"), one.get("lower", False)
            )
            for one in document["figures"]
        )
        tables = tuple(
            MetricTable(
                table["key"],
                table["title"],
                tuple(table["names"]),
                tuple(Column(one["key"], one["title"], Unit(one["unit"])) for one in table["columns"]),
                tuple(
                    {key: _estimate(cell) if isinstance(cell, dict) else cell for key, cell in row.items()}
                    for row in table["rows"]
                ),
            )
            for table in document["tables"]
        )
        if not figures:
            raise ValueError("there is no figure")
        return cls(figures, tables, tuple(document["notes"]))


def _estimate(document: Mapping[str, Any]) -> Estimate:
    numbers = [document["value"], document["low"], document["high"], document.get("groups")]
    if any(isinstance(number, bool) or not isinstance(number, int | float | None) for number in numbers):
        raise TypeError("a figure is a number or null")
    return Estimate(document["value"], document["low"], document["high"], document.get("groups"))


@runtime_checkable
class Metric(Protocol):
    """What a benchmark brings where accuracy per cell of pairs is not its figure.

    It belongs to a `BenchmarkFormat` (its attribute `metric`) and to every `Benchmark` the format loads.
    """

    @property
    def name(self) -> str:
        """The name of the registered format that it belongs to: where it is found again."""
        ...

    def measure(self, items: Sequence[Item], readings: Mapping[tuple[str, str], Reading]) -> Measured:
        """The figures of a run.

        Args:
            items: all items of the run; their texts may be empty. At least one.
            readings: by (item id, candidate id); a candidate without one was not scored, and counts like one whose
                reading has no score: never silently left out.
        """
        ...


@runtime_checkable
class Demanding(Protocol):
    """A metric that some selections of its items leave nothing to measure; asked before anything is scored."""

    def refusal(self, items: Sequence[Item]) -> str | None:
        """Why there is nothing to measure in these items; None where there is."""
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores by candidate, for metrics: None where there is no score.

    Args:
        readings: by (item id, candidate id).
    """

    readings: Mapping[tuple[str, str], Reading] = field(repr=False)

    def of(self, item: Item) -> list[float | None]:
        """The scores of an item's candidates, in their order."""
        found = (self.readings.get((item.id, candidate.id)) for candidate in item.candidates)
        return [None if reading is None else reading.score for reading in found]
