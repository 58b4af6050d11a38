"""Splits that share no repository and, where asked, no stretch of time; and the proof that they do not.

A row goes where its repository goes (one without a repository: where its prompt goes), so neighbours never part. What
is promised is checked on the finished rows: a promise in a card that nobody checked is worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from pydantic import Field

from crb.errors import DataError
from crb_builders.days import Day, begin, day_of
from crb_builders.stage import Settings


class SplitSettings(Settings):
    """A split.

    Attributes:
        share: of the repositories, before the windows take their part.
        since, until: commits from the first to before the second day, in UTC; rows without a time stay.
    """

    share: float = Field(default=1.0, ge=0, le=1)
    since: Day | None = None
    until: Day | None = None

    def has(self, unix_time: int | None) -> bool:
        """Whether a time lies in the window."""
        if unix_time is None:
            return True
        since, until = self.since, self.until
        return (since is None or unix_time >= begin(since)) and (until is None or unix_time < begin(until))


def choose(splits: Mapping[str, SplitSettings], random: np.random.Generator) -> str:
    """A split by its share."""
    shares = np.array([split.share for split in splits.values()])
    return list(splits)[int(random.choice(len(shares), p=shares / shares.sum()))]


@dataclass
class Disjoint:
    """Collects what the splits hold, then says whether they are apart."""

    time_too: bool
    homes: dict[str, str] = field(default_factory=dict)
    times: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows with `split`, `key` (repository, or the prompt's hash) and `unix_time`.

        Raises:
            DataError: a key has a home in another split.
        """
        for row in rows:
            split, key, time = row["split"], row["key"], row["unix_time"]
            if self.homes.setdefault(key, split) != split:
                raise DataError(
                    f"{key!r} is in the splits {self.homes[key]!r} and {split!r}", todo="report this: it is a defect"
                )
            if time is not None:
                low, high = self.times.get(split, (time, time))
                self.times[split] = (min(low, time), max(high, time))

    def conclude(self) -> dict[str, Any]:
        """What was found, for a manifest.

        Raises:
            DataError: the splits overlap in time, and must not.
        """
        ordered = sorted(self.times.items(), key=lambda entry: entry[1])
        if self.time_too:
            for (one, (_, high)), (other, (low, _)) in pairwise(ordered):
                if low <= high:
                    raise DataError(
                        f"the splits {one!r} and {other!r} overlap in time: {day_of(low)} is not after {day_of(high)}",
                        field="splits",
                        todo="give the splits windows (since, until) that do not meet, or set time_disjoint: false",
                    )
        return {
            "keys": len(self.homes),
            "shared_keys": 0,
            "time": {name: [str(day_of(low)), str(day_of(high))] for name, (low, high) in ordered},
            "time_disjoint": self.time_too,
        }
