"""The format `pairs`: preference pairs in the benchmark's own columns, from any file, folder or hub data set.

Validation goes through all rows before it complains, see `crb.benchmarks.faults`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crb.benchmarks.base import Benchmark
from crb.benchmarks.faults import MESSAGES, Fault, duplicate, is_messages, missing, sound, text_fault, unknown
from crb.benchmarks.naming import content_name
from crb.benchmarks.rows import COLUMNS, REQUIRED, Row
from crb.benchmarks.sources import open_source
from crb.errors import UsageError
from crb.items import CHOSEN, Item
from crb.vocabulary import Criterion, Language

# Words that other data sets, or this project itself, use for a column.
_ALIASES = {
    "id": ("pair_id", "uid", "index", "idx"),
    "prompt": ("instruction", "question", "query", "input", "problem"),
    "chosen": ("accepted", "preferred", "response_chosen", "better"),
    "rejected": ("dispreferred", "response_rejected", "worse"),
    "aspect": ("criterion", "criteria", "dimension", "category"),
    "language": ("lang", "programming_language"),
}


@dataclass(frozen=True)
class Pairs:
    """Any rows with the columns id, prompt, chosen, rejected, aspect, language and, optionally, subset."""

    name: str = "pairs"
    summary: str = "preference pairs of your own: a file, a folder or a hub data set with the benchmark's columns"
    home: str = "pairs:PATH (Parquet, JSON, JSONL, a save_to_disk folder) or pairs:ORG/NAME"
    size: int | None = None

    def load(self, path: Path | None) -> Benchmark:
        """The pairs at a path (or hub id), in the order of the file; the benchmark takes the name of the file.

        Raises:
            UsageError: no path.
            DataError: nothing there, or a fault in the data; see `read_items`.
        """
        if path is None:
            raise UsageError("the benchmark 'pairs' needs to know where the pairs are", todo="give it as pairs:PATH")
        source = open_source(path, spec=self.name)
        return Benchmark.of(content_name(source.name, self.name), read_items(source.rows), source.label)


BENCHMARK = Pairs()


def read_items(rows: Iterable[Row]) -> tuple[Item, ...]:
    """The items of the rows, in order. Other columns than the benchmark's are ignored; `subset` may be missing.

    Raises:
        DataError: the first row with a missing column, a null, empty or blank text, a value that is no text, an
            unknown criterion or language, or an id that an earlier row has.
    """
    seen: dict[str, Row] = {}

    def make(row: Row) -> Item | Fault:
        made = _item(row)
        if isinstance(made, Item):
            if made.id in seen:
                return duplicate(made.id, seen[made.id])
            seen[made.id] = row
        return made

    return tuple(sound(rows, make))


def _item(row: Row) -> Item | Fault:
    texts: dict[str, str] = {}
    for column in REQUIRED:
        if column not in row.values:
            if column == "prompt" and is_messages(row.values.get(CHOSEN)):
                return Fault(
                    "missing", column, f"the column {column!r} is missing, and {CHOSEN!r} holds messages", MESSAGES
                )
            also = [other for other in REQUIRED if other not in row.values and other != column]
            return missing(column, row.columns, COLUMNS, _ALIASES, "subset", also)
        value = row.values[column]
        fault = text_fault(column, value)
        if fault is not None:
            return fault
        texts[column] = value
    subset = row.values.get("subset")
    if isinstance(subset, str) and not subset.strip():
        subset = None  # how tables without nulls write "none"
    if subset is not None:
        fault = text_fault("subset", subset)
        if fault is not None:
            return fault
    criterion = Criterion.parse(texts["aspect"])
    if criterion is None:
        return unknown("aspect", "criterion", texts["aspect"], [word.aspect for word in Criterion])
    language = Language.parse(texts["language"])
    if language is None:
        return unknown("language", "language", texts["language"], [word.value for word in Language])
    return Item.pair(
        texts["id"],
        texts["prompt"],
        texts["chosen"],
        texts["rejected"],
        criterion=criterion,
        language=language,
        subset=subset,
    )
