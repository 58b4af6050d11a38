"""The parts of the data that a page loads when they are asked for, by name. The app and the static page serve the same.

    couples/B/M      the differences of model M of board B and each model behind it
    exports/B/BY     what the downloads of board B by criterion, language, subset or overall are put together from
    pairs/B/index    which pairs there are, and every model's outcome      (with the samples of runs; see pair_shards)
    pairs/B/K        the texts and scores of a hundred of them

B, M and K are places in lists, so no name of a model ever becomes part of a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from crb.board.comparisons import compared_groups, couple_documents, only_right
from crb.board.document import standings
from crb.board.gather import Gathered
from crb.errors import UsageError
from crb.exports.choices import ExportBy
from crb.results.comparing import paired
from crb.results.entry import Entry
from crb_leaderboard.export_parts import export_parts
from crb_leaderboard.pair_shards import Samples


class Shards:
    """All shards of a board document.

    Args:
        gathered: what the document was made of.
        document: the board document.
        samples: the pairs' texts and scores by benchmark, where they are at hand.
    """

    def __init__(
        self, gathered: Gathered, document: Mapping[str, Any], samples: Mapping[str, Samples] | None = None
    ) -> None:
        self._gathered = gathered
        self._boards = document["boards"]
        self._samples = dict(samples or {})
        self._couples: dict[int, list[Any]] = {}

    @property
    def with_pairs(self) -> list[str]:
        """The benchmarks whose pairs can be browsed."""
        return [board["benchmark"]["name"] for board in self._boards if board["benchmark"]["name"] in self._samples]

    @cached_property
    def names(self) -> list[str]:
        """The names of all shards."""
        found: list[str] = []
        for place, board in enumerate(self._boards):
            found += [f"exports/{place}/{by}" for by in ExportBy]
            if board["apart"]:
                found += [f"couples/{place}/{model}" for model in range(len(board["models"]))]
            samples = self._samples.get(board["benchmark"]["name"])
            found += [f"pairs/{place}/{part}" for part in (samples.parts if samples else ())]
        return found

    def shard(self, name: str) -> Any:
        """One shard, as plain JSON.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self._known:
            raise UsageError(
                f"there is no part {name[:60]!r} of this leaderboard", todo="load the page again: it has changed since"
            )
        kind, place, part = name.split("/")
        board = int(place)
        if kind == "exports":
            return export_parts(self._entries(board), ExportBy(part))
        if kind == "couples":
            if board not in self._couples:
                self._couples[board] = self._compare(board)
            return self._couples[board][int(part)]
        return self._samples[self._boards[board]["benchmark"]["name"]].part(part)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """All shards with their names."""
        return ((name, self.shard(name)) for name in self.names)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    def _entries(self, board: int) -> list[Entry]:
        name = self._boards[board]["benchmark"]["name"]
        return [entry for entry in self._gathered.entries if entry.benchmark.name == name]

    def _compare(self, board: int) -> list[Any]:
        """A document per model of a board, of it and the models behind it in the board's order."""
        entries = self._entries(board)
        block = self._gathered.blocks[self._boards[board]["benchmark"]["name"]]
        stands = standings(entries, block)
        groups = {kind: compared_groups(found) for kind, found in stands.items()}
        found = couple_documents(stands)
        counts = only_right(paired(block, entries), groups["strict"])
        order = [model["name"] for model in self._boards[board]["models"]]
        documents: list[Any] = []
        for place, model in enumerate(order):
            others: dict[str, Any] = {}
            for other in range(place + 1, len(order)):
                key, back = f"{model}|{order[other]}", f"{order[other]}|{model}"
                if key in found:
                    others[str(other)] = {**found[key], "only": counts[key]}
                elif back in found:
                    others[str(other)] = {"turned": True, **found[back], "only": counts[back]}
            documents.append({"groups": groups, "others": others})
        return documents
