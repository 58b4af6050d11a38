"""unseen: keeps changes that nobody can have seen before the window, and measures how much of each is older.

A date alone proves little: a commit of today may bring a file that a branch has had for years, or a function that stood
in the next file. So a row stays only where both of its times lie in the window, no date of the history contradicts
them, the new content stood nowhere before, and nothing took the change back later. What is left is told apart: lines
that both sides share and n-grams that the tree had before the window are old, whatever the commit's date.

    lines_old    share of the new side's lines that the old side has
    old_seen, new_seen, added_seen    share of the 13-grams of the old side, the new side and the added lines that stood
                 in the repository's tree before the window; null where a text is too short to have one
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from crb_builders.days import begin
from crb_builders.freshness import window
from crb_builders.freshness.history import Dates, blob_id, blobs_before, dates, files_of, start_of, undone
from crb_builders.freshness.older import added, grams_in, old_lines
from crb_builders.git.process import GitError, output
from crb_builders.stage import Each, Outcome, Row, Sieve
from crb_builders.store import digest

_BATCH = 8 << 20  # characters whose n-grams are in memory together
_SHARES = ("old_seen", "new_seen", "added_seen")


class UnseenSettings(window.WindowSettings):
    """Settings of `unseen`.

    Attributes:
        written_inside: the author's time lies in the window as well.
        moved: drop rows of whose added n-grams the tree had this share before the window; null keeps them.
    """

    written_inside: bool = True
    moved: float | None = Field(default=1.0, gt=0, le=1)


@dataclass(frozen=True)
class _History:
    """What is read of a repository once for all of a shard's rows."""

    folder: Path
    head: str
    dates: Dates
    undone: set[str]
    seen: set[str]  # of the rows' new contents


class Unseen(Each[UnseenSettings]):
    """See the module."""

    name = "unseen"
    settings_type = UnseenSettings
    neutral: ClassVar[frozenset[str]] = frozenset({"repositories"})
    needs = ("id", "repository", "commit", "unix_time", "old", "new")
    adds: ClassVar[Mapping[str, pa.DataType]] = {
        "author_time": pa.int64(),
        "lines_old": pa.float64(),
        **{name: pa.float64() for name in _SHARES},
    }

    def check(self) -> None:
        window.check(self.settings)

    def depends(self) -> Mapping[str, str]:
        """Heads, and every branch that a content may have stood on."""
        found = {}
        for name, (folder, head) in self._places.items():
            refs = output(folder, "for-each-ref", "--format=%(objectname)")
            found[f"repository {name}"] = digest(head, sorted(set(refs.decode().split())))
        return found

    def shard(self, rows: pa.Table) -> Outcome:
        sieve = Sieve(self.schema(rows.schema), rows.schema)
        sieve.seen = rows.num_rows
        listed: list[Any] = rows.to_pylist()
        kept: dict[str, Row] = {}
        reasons: dict[str, str] = {}
        for name in dict.fromkeys(row["repository"] for row in listed):
            mine = [row for row in listed if row["repository"] == name]
            if name not in self._places:
                reasons |= {row["id"]: "history_unknown" for row in mine}
                continue
            try:
                history = self._history(name, mine)
                for row in mine:
                    if fault := self._fault(row, history):
                        reasons[row["id"]] = fault
                fresh = [row for row in mine if row["id"] not in reasons]
                kept |= {row["id"]: row for row in self._measured(fresh, history)}
            except GitError:  # a history that cannot be read proves nothing
                reasons |= {row["id"]: "history_unknown" for row in mine}
        for row in listed:
            measured: Row = kept.get(row["id"]) or row
            fault = reasons.get(row["id"]) or self._moved(measured)
            if fault:
                sieve.reject(measured, fault)
            else:
                sieve.keep(measured)
        return sieve.outcome()

    @cached_property
    def _places(self) -> Mapping[str, window.Place]:
        return window.places(self.settings)

    def _history(self, name: str, rows: list[Row]) -> _History:
        folder, head = self._places[name]
        since = begin(self.settings.since)
        wanted = {blob_id(row["new"], row["commit"]) for row in rows}
        return _History(
            folder,
            head,
            dates(folder, head, since),
            undone(folder, head, since),
            blobs_before(folder, head, wanted, since),
        )

    def _fault(self, row: Row, history: _History) -> str | None:
        known = history.dates
        if not self.settings.has(row["unix_time"]):
            return "outside_the_window"
        if row["commit"] not in known.authored:
            return "history_unknown"
        if self.settings.written_inside and known.authored[row["commit"]] < begin(self.settings.since):
            return "written_before_window"
        if row["commit"] in known.contradicted:
            return "dates_disagree"
        if blob_id(row["new"], row["commit"]) in history.seen:
            return "seen_before_window"
        return "taken_back" if row["commit"] in history.undone else None

    def _measured(self, rows: list[Row], history: _History) -> Iterator[Row]:
        start = start_of(history.folder, history.head, begin(self.settings.since))
        for batch in _batches(rows):
            parts = [(row["old"], row["new"], *added(row["old"], row["new"])) for row in batch]
            tree = files_of(history.folder, start) if start else ()
            every, seen = grams_in([text for part in parts for text in part], tree)
            ends = np.cumsum([len(part) for part in parts]).tolist()
            for row, part, end in zip(batch, parts, ends, strict=True):
                first = end - len(part)
                bounds = ((first, first + 1), (first + 1, first + 2), (first + 2, end))
                counts = [(int(every[a:b].sum()), int(seen[a:b].sum())) for a, b in bounds]
                shares = [found / n if n else None for n, found in counts]
                yield (
                    row
                    | dict(zip(_SHARES, shares, strict=True))
                    | {
                        "author_time": history.dates.authored[row["commit"]],
                        "lines_old": old_lines(row["old"], row["new"]),
                    }
                )

    def _moved(self, row: Row) -> str | None:
        share, limit = row["added_seen"], self.settings.moved
        return "seen_before_window" if limit is not None and share is not None and share >= limit else None


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row["old"]) + len(row["new"])
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
