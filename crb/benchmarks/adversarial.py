"""The format `adversarial`: pairs beside variants of them in which one side, or both, was perturbed.

A file holds rows in the columns of pairs, and two more: `original`, the id of the pair a row is a variant of, and
`perturbation`, what was done. A row without an `original` is a pair as it was. All rows of a pair become one item
whose candidates are the texts that differ, so that a text is scored once however many variants show it, and what
the responses share is computed once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from crb.benchmarks.base import Benchmark
from crb.benchmarks.fields import Fields
from crb.benchmarks.naming import content_name
from crb.benchmarks.pairs import read_items
from crb.benchmarks.rows import COLUMNS, Row
from crb.benchmarks.sources import open_source
from crb.errors import DataError, UsageError
from crb.items import CHOSEN, Candidate, Item
from crb.metrics.robustness import NONE, Robustness, variant_id

ORIGINAL, PERTURBATION = "original", "perturbation"


@dataclass(frozen=True)
class Adversarial:
    """Pairs and their perturbed variants, as `crb perturb` writes them, or of other origin in the same columns."""

    name: str = "adversarial"
    summary: str = "robustness: pairs beside variants with a perturbed side; `crb perturb` makes them"
    home: str = "adversarial:PATH (what `crb perturb` wrote) or adversarial:ORG/NAME"
    size: int | None = None
    metric: Robustness = field(default_factory=Robustness)

    def load(self, path: Path | None) -> Benchmark:
        """The pairs with their variants at a path or hub id.

        Raises:
            UsageError: no path.
            DataError: nothing there, or a fault in the data, with file, row and field.
        """
        if path is None:
            raise UsageError(
                "the benchmark 'adversarial' needs to know where the variants are",
                todo="make some with `crb perturb BENCHMARK --out FILE`, then give adversarial:FILE",
            )
        source = open_source(path, spec=self.name, columns=(*COLUMNS, ORIGINAL, PERTURBATION))
        return Benchmark.of(content_name(source.name, self.name), joined(source.rows), source.label, self.metric)


BENCHMARK = Adversarial()


def joined(rows: Iterable[Row]) -> tuple[Item, ...]:
    """One item per original pair, in the order in which they first appear.

    Raises:
        DataError: a faulty pair; a variant without a name, of another prompt, or twice under one name; no variant.
    """
    kept = list(rows)
    named = [(*_variant_of(row, pair), row, pair) for row, pair in zip(kept, read_items(kept), strict=True)]
    items: dict[str, Item] = {}
    texts: dict[str, dict[str, str]] = {}
    seen: dict[tuple[str, str], Row] = {}
    # The pairs as they were first, wherever they stand in the file: a variant is what differs from them.
    for id, kind, row, pair in sorted(named, key=lambda one: one[1] != NONE):
        if (id, kind) in seen:
            what = f"the pair {id[:80]!r} has the variant {kind!r} already, in row {seen[id, kind].number}"
            raise _fault(row, PERTURBATION, what, "give every variant of a pair a name of its own")
        seen[id, kind] = row
        first = items.setdefault(id, replace(pair, id=id))
        if first.prompt != pair.prompt:
            what = f"the prompt is not that of the other rows of the pair {id[:80]!r}"
            raise _fault(row, "prompt", what, "variants of a pair share its prompt: give other prompts other ids")
        found = texts.setdefault(id, {})
        changed = [one for one in pair.candidates if kind == NONE or one.text != found.get(one.id)]
        if not changed:
            what = f"the variant {kind!r} is equal to the pair {id[:80]!r}"
            raise _fault(row, PERTURBATION, what, "perturb one of its sides, or leave the row out")
        found |= {one.id if kind == NONE else variant_id(one.id, kind): one.text for one in changed}
    if kept and all(kind == NONE for _, kind in seen):
        raise _fault(kept[0], PERTURBATION, "no row is a variant", "make some with `crb perturb BENCHMARK --out FILE`")
    in_order = dict.fromkeys(id for id, *_ in named)
    return tuple(replace(items[id], candidates=_candidates(texts[id])) for id in in_order)


def _variant_of(row: Row, pair: Item) -> tuple[str, str]:
    """The id of the original, and the perturbation's name."""
    values = row.values
    if values.get(ORIGINAL) is None and values.get(PERTURBATION) in (None, NONE):
        return pair.id, NONE
    fields = Fields(row)
    kind = fields.text(PERTURBATION)
    if ":" in kind:
        raise fields.fault(PERTURBATION, f"the name {kind[:40]!r} holds a colon", "name it with letters and hyphens")
    return (pair.id if values.get(ORIGINAL) is None else fields.id(ORIGINAL)), kind


def _candidates(texts: dict[str, str]) -> tuple[Candidate, ...]:
    """The texts of a pair as candidates; all that stand on its chosen side have the grade 1."""
    return tuple(Candidate(key, text, float(key.partition(":")[0] == CHOSEN)) for key, text in texts.items())


def _fault(row: Row, column: str, what: str, todo: str) -> DataError:
    return DataError(what, file=row.file, row=row.number, field=column, todo=todo)
