"""What a benchmark is, and what a registered benchmark format answers.

A `Benchmark` keeps the hash of everything it was loaded from even after `select`: a run records that hash and the
selection, so "the first 50 pairs of this content" and "this content" can never be mistaken for each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from crb.benchmarks.counts import Counts
from crb.errors import UsageError, unknown_name
from crb.items import Item
from crb.metrics.base import Metric
from crb.vocabulary import Criterion, Language

_Name = TypeVar("_Name", Criterion, Language)


def content_hash(items: Iterable[Item]) -> str:
    """Hex sha256 over the canonical content of the items, in order.

    Each item is one line of ASCII JSON, so file format, column order and spelling of criteria leave no trace. Facts
    stand there only where an item has some, so that pairs keep the hash they had before there were facts.
    """
    digest = hashlib.sha256(b"crb items 1\n")  # the number changes with the canonical form
    for item in items:
        candidates = [[candidate.id, candidate.text, candidate.grade] for candidate in item.candidates]
        row: list[Any] = [item.id, item.prompt, candidates, item.criterion, item.language, item.subset]
        if item.facts:
            row.append(sorted(item.facts))
        digest.update(json.dumps(row, separators=(",", ":")).encode("ascii"))
        digest.update(b"\n")
    return digest.hexdigest()


@dataclass(frozen=True)
class Benchmark:
    """Items under a name.

    Attributes:
        name: a word fit for a folder name.
        items: the items, in the order of the source.
        source: for people: a path, or a hub id with its revision.
        content_hash: of the benchmark as loaded, before any selection.
        selection: the filters applied since, JSON-ready; empty for the whole benchmark. A selection of a selection
            holds the earlier one under `of`.
        metric: what its figures are, where they are not the accuracies of pairs alone.
    """

    name: str
    items: tuple[Item, ...] = field(repr=False)
    source: str
    content_hash: str
    selection: dict[str, Any] = field(default_factory=dict, hash=False)
    metric: Metric | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, name: str, items: Iterable[Item], source: str, metric: Metric | None = None) -> Benchmark:
        """A whole benchmark; computes the content hash."""
        items = tuple(items)
        return cls(name, items, source, content_hash(items), metric=metric)

    @property
    def of_pairs(self) -> bool:
        """Whether every item is a preference pair, so that the accuracies of pairs can be taken."""
        return all(item.is_pair for item in self.items)

    @property
    def alike(self) -> int:
        """Pairs whose two responses are the same text: no model can do other than tie on them."""
        return sum(item.is_pair and len({candidate.text for candidate in item.candidates}) == 1 for item in self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def counts(self) -> Counts:
        """Items per criterion, language, subset and cell."""
        return Counts.of(self.items)

    def select(
        self,
        criteria: Iterable[str] = (),
        languages: Iterable[str] = (),
        subsets: Iterable[str] = (),
        limit: int | None = None,
    ) -> Benchmark:
        """The items of any of the given criteria, languages and subsets (empty: all), then the first `limit`.

        Raises:
            UsageError: an unknown name (near ones are suggested), a limit below 1, or nothing left.
        """
        wanted_criteria = _parse("criterion", criteria, Criterion)
        wanted_languages = _parse("language", languages, Language)
        wanted_subsets = self._subsets(subsets)
        if limit is not None and limit < 1:
            raise UsageError(f"a limit of {limit} items", todo="give a limit of 1 or more, or none for all items")
        selection: dict[str, Any] = {
            "criteria": [str(name) for name in wanted_criteria],
            "languages": [str(name) for name in wanted_languages],
            "subsets": wanted_subsets,
            "limit": limit,
        }
        selection = {key: value for key, value in selection.items() if value}
        if not selection:
            return self
        items = tuple(
            item
            for item in self.items
            if (not wanted_criteria or item.criterion in wanted_criteria)
            and (not wanted_languages or item.language in wanted_languages)
            and (not wanted_subsets or item.subset in wanted_subsets)
        )[:limit]
        if not items:
            asked = "; ".join(f"{key} {', '.join(value)}" for key, value in selection.items() if key != "limit")
            raise UsageError(
                f"no item of benchmark {self.name!r} is left after selecting {asked}",
                where=self.source,
                todo="see what it holds with `crb benchmarks NAME_OR_PATH`",
            )
        if self.selection:
            selection["of"] = self.selection
        return replace(self, items=items, selection=selection)

    def pick(self, ids: Iterable[str], items: dict[str, Any]) -> Benchmark:
        """The items of the given ids, in the benchmark's order.

        Args:
            ids: ids that the benchmark has.
            items: what the selection says of them: a name, and a hash over them.
        """
        wanted = set(ids)
        selection = {"items": items, **({"of": self.selection} if self.selection else {})}
        return replace(self, items=tuple(item for item in self.items if item.id in wanted), selection=selection)

    def _subsets(self, names: Iterable[str]) -> list[str]:
        known = {item.subset for item in self.items if item.subset is not None}
        folded = {subset.casefold(): subset for subset in sorted(known, reverse=True)}
        wanted = set()
        for name in _listed(names):
            subset = name if name in known else folded.get(name.strip().casefold())
            if subset is None:
                raise unknown_name("subset", name, known)
            wanted.add(subset)
        return sorted(wanted)


@runtime_checkable
class BenchmarkFormat(Protocol):
    """What an entry point in the group `crb.benchmarks` stands for: how one benchmark, or kind of benchmark, loads.

    A format may also have an attribute `metric` (`crb.metrics.base.Metric`), the same that its benchmarks carry: by
    it the figures of a run are computed again where the benchmark is not at hand.
    """

    @property
    def name(self) -> str:
        """The name it is registered under."""
        ...

    @property
    def summary(self) -> str:
        """One line for listings."""
        ...

    @property
    def home(self) -> str:
        """Where its data comes from."""
        ...

    @property
    def size(self) -> int | None:
        """The number of items, where that is known without loading or a network."""
        ...

    def load(self, path: Path | None) -> Benchmark:
        """The benchmark from its home (`path` None) or from a local copy (or a hub id, as `Path("org/name")`).

        Raises:
            CrbError: the data is missing or faulty; says where and what to do.
        """
        ...


def _listed(names: Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)  # a lone string is one name, not its letters


def _parse(kind: str, names: Iterable[str], vocabulary: type[_Name]) -> list[_Name]:
    wanted = set()
    for name in _listed(names):
        parsed = vocabulary.parse(name)
        if parsed is None:
            raise unknown_name(kind, name, [word.value for word in vocabulary])
        wanted.add(parsed)
    return [word for word in vocabulary if word in wanted]
