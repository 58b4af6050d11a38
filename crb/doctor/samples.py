"""Scores as the doctor reads them: any frame at all becomes clean arrays, and what was wrong with it is counted.

The statistics refuse a frame that is not in order, and rightly so. A doctor that refused it would say nothing about
the run that needs it most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from crb.doctor.cleaning import Floats, Mask, conflicting, hashable, numbers, statuses, truths
from crb.statistics.grouping import GROUPS
from crb.statistics.pairs import MISSING, SIDES
from crb.vocabulary import Outcome, Status

_SCORED = [status.value for status in Status if status.scored]
_UNREAD = [Status.ERROR.value, MISSING]


@dataclass(frozen=True)
class Samples:
    """The pairs of a run, one row per id, n rows.

    Attributes:
        pairs: a pairs frame in order (see `crb.statistics.pairs`): every score is a finite number or NaN, and NaN
            wherever the status carries none.
        nonfinite: readings with an infinite or NaN score although their status carries a score, by side.
        not_numbers: readings whose score was no number at all, by side.
        unknown_statuses: how often which status outside the vocabulary occurred.
        duplicates: rows dropped because their id had occurred before.
        conflicting: of these, rows with other scores than the first.
        declared: what the file's own column `correct` says, where it has one.
    """

    pairs: pd.DataFrame
    nonfinite: Mapping[str, int] = field(default_factory=dict)
    not_numbers: Mapping[str, int] = field(default_factory=dict)
    unknown_statuses: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    conflicting: int = 0
    declared: Mask | None = None

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Samples:
        """Read any frame. A column that is missing counts as empty; a missing status follows from the score."""
        frame = frame.loc[:, ~frame.columns.duplicated()]
        ids = pd.Index([hashable(place) for place in frame.index], dtype=object, tupleize_cols=False, name="id")
        again = np.asarray(ids.duplicated(), dtype=bool)
        clashes = conflicting(frame, ids) if again.any() else 0
        frame, ids = frame.loc[~again], ids[~again]
        table: dict[str, object] = {}
        nonfinite: dict[str, int] = {}
        not_numbers: dict[str, int] = {}
        unknown: dict[str, int] = {}
        for side in SIDES:
            score, lost = numbers(frame, f"{side}_score")
            status = statuses(frame, f"{side}_status", score)
            for name in status[~np.isin(status, [*Status, MISSING])]:
                unknown[str(name)] = unknown.get(str(name), 0) + 1
            carries = np.isin(status, _SCORED)
            nonfinite[side] = int((carries & ~np.isfinite(score) & ~lost).sum())
            not_numbers[side] = int(lost.sum())
            table[f"{side}_score"] = np.where(carries & np.isfinite(score), score, np.nan)
            table[f"{side}_status"] = np.where(np.isin(status, [*Status, MISSING]), status, Status.ERROR.value)
        for column in GROUPS:
            values = frame[column].to_numpy(dtype=object) if column in frame.columns else [None] * len(frame)
            table[column] = np.array([v if isinstance(v, str) else None for v in values], dtype=object)
        return cls(
            pd.DataFrame(table, index=ids),
            nonfinite,
            not_numbers,
            unknown,
            int(again.sum()),
            clashes,
            truths(frame, "correct"),
        )

    @cached_property
    def chosen(self) -> Floats:
        """Scores of the chosen responses, shape (n,), NaN where there is none."""
        return cast("Floats", self.pairs["chosen_score"].to_numpy(dtype=np.float64))

    @cached_property
    def rejected(self) -> Floats:
        """Scores of the rejected responses, shape (n,), NaN where there is none."""
        return cast("Floats", self.pairs["rejected_score"].to_numpy(dtype=np.float64))

    @cached_property
    def scores(self) -> Floats:
        """All scores of both sides."""
        both = np.concatenate([self.chosen, self.rejected])
        found: Floats = both[np.isfinite(both)]
        return found

    @cached_property
    def values(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """The distinct scores in ascending order, and how often each occurs."""
        found, counts = np.unique(self.scores, return_counts=True)
        return found, counts.astype(np.int64)

    @cached_property
    def ties(self) -> Mask:
        """Pairs with equal scores, shape (n,)."""
        found: Mask = self.chosen == self.rejected
        return found

    @cached_property
    def right(self) -> Mask:
        """Pairs with the chosen response above, shape (n,)."""
        found: Mask = self.chosen > self.rejected
        return found

    def has(self, side: str, *statuses: str) -> Mask:
        """Where the reading of a side has one of these statuses, shape (n,)."""
        found: Mask = np.isin(self.pairs[f"{side}_status"].to_numpy(dtype=str), statuses)
        return found

    @cached_property
    def unread(self) -> Mask:
        """Pairs without an answer on either side: never scored, or failed twice; shape (n,)."""
        return self.has("chosen", *_UNREAD) & self.has("rejected", *_UNREAD)

    def statuses(self, side: str) -> dict[str, int]:
        """How many readings of a side have which status."""
        found = self.pairs[f"{side}_status"].value_counts()
        return {str(name): int(count) for name, count in found.items()}

    def outcomes(self) -> npt.NDArray[np.object_]:
        """What became of each pair, shape (n,)."""
        scored = np.isfinite(self.chosen) & np.isfinite(self.rejected)
        wrong, tie = Outcome.WRONG.value, Outcome.TIE.value
        decided = np.select([self.right, self.ties], [Outcome.RIGHT.value, tie], default=wrong)
        return np.where(scored, decided, Outcome.INVALID.value).astype(object)
