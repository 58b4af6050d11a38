"""Paired counts: what any two models made of the same pairs, as six integers per group.

Every paired statistic (tests, differences, intervals, ranks) is computed from these integers and the three counts of
each model alone. That is what lets a board of 51 models test all 1,275 couples without a single per-sample score; the
price is that nothing that depends on single pairs, such as clusters of one prompt, can be had from them.

Legend. M models, n pairs, G groups of pairs, P = M (M - 1) / 2 couples of models (i < j), in the order of
`np.triu_indices(M, 1)`: (0, 1), (0, 2), ..., (1, 2), ... An outcome is right, undecided (a tie or invalid) or wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt

from crb.errors import DataError

RIGHT, UNDECIDED, WRONG = 0, 1, 2
"""The codes of an outcome in an outcome matrix."""

DISCORDANT = ("RU", "RW", "UR", "UW", "WR", "WU")
"""What the last axis of a table of counts holds: the first letter is model i's outcome, the second model j's."""

Ints = npt.NDArray[np.int64]


def couples(models: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The first and the second model of each couple, both of shape (P,)."""
    return np.triu_indices(models, 1)


def tables(outcomes: npt.NDArray[np.int8], members: npt.NDArray[np.bool_] | None = None) -> Ints:
    """How often the models of each couple differ, and how, in each group.

    Args:
        outcomes: shape (M, n): `RIGHT`, `UNDECIDED` or `WRONG`, all models on the same pairs in the same order.
        members: shape (G, n): which pairs belong to each group; without it one group of all pairs.

    Returns:
        Counts of shape (P, G, 6), the last axis as in `DISCORDANT`.

    Raises:
        DataError: a code is none of the three, or the shapes do not agree.
    """
    members = _checked(outcomes, members)
    first, second = couples(len(outcomes))
    counts = np.zeros((first.size, len(members), len(DISCORDANT)), dtype=np.int64)
    for group, inside in enumerate(members):
        right, undecided, wrong = _indicators(outcomes[:, inside])
        # A product of 0/1 matrices counts pairs; float32 goes through BLAS and is exact up to 2^24 pairs.
        ru, rw, uw = right @ undecided.T, right @ wrong.T, undecided @ wrong.T
        seen = {"RU": ru, "RW": rw, "UW": uw, "UR": ru.T, "WR": rw.T, "WU": uw.T}
        for place, kind in enumerate(DISCORDANT):
            counts[:, group, place] = seen[kind][first, second]
    return counts


def totals(outcomes: npt.NDArray[np.int8], members: npt.NDArray[np.bool_] | None = None) -> Ints:
    """How often each model is right, undecided and wrong in each group, shape (M, G, 3).

    Raises:
        DataError: as `tables`.
    """
    inside = _checked(outcomes, members).astype(np.float32)
    found = [indicator @ inside.T for indicator in _indicators(outcomes)]
    return np.stack(found, axis=-1).astype(np.int64)


@dataclass(frozen=True)
class PairedCounts:
    """The counts of some models in some groups: all that the paired statistics need.

    Args:
        models: M names, each once.
        groups: G names: `overall`, `criterion:security_hardness`, `language:C`, `subset:PIE_PERF`, ...
        totals: (M, G, 3): right, undecided, wrong, as `totals` returns them.
        counts: (P, G, 6), as `tables` returns them.

    Raises:
        DataError: the shapes do not agree, or no outcomes of n pairs have these counts.
    """

    models: tuple[str, ...]
    groups: tuple[str, ...]
    totals: Ints = field(repr=False)
    counts: Ints = field(repr=False)

    def __post_init__(self) -> None:
        models, groups = len(self.models), len(self.groups)
        for name, array, shape in (
            ("models", np.unique(self.models), (models,)),
            ("groups", np.unique(self.groups), (groups,)),
            ("totals", self.totals, (models, groups, 3)),
            ("counts", self.counts, (models * (models - 1) // 2, groups, 6)),
        ):
            if array.shape != shape:
                raise DataError(
                    f"{name} have shape {array.shape}, not {shape}",
                    field=name,
                    todo="count again with paired_counts(...)",
                )
        sizes = self.totals.sum(axis=2)
        fine = (sizes == sizes[:1]).all() and (self.full() >= 0).all() and (self.counts >= 0).all()
        if not fine or (self.totals < 0).any():
            raise DataError(
                "the counts of two models do not add up to the same pairs", todo="count again with paired_counts(...)"
            )

    @property
    def n(self) -> Ints:
        """Pairs per group, shape (G,)."""
        return cast("Ints", self.totals.sum(axis=2).max(axis=0, initial=0))

    def full(self) -> Ints:
        """The whole 3 x 3 table of each couple and group, shape (P, G, 3, 3): model i's outcome, model j's."""
        first, second = couples(len(self.models))
        whole = np.zeros((*self.counts.shape[:2], 3, 3), dtype=np.int64)
        off_row, off_column = np.nonzero(~np.eye(3, dtype=bool))  # RU, RW, UR, UW, WR, WU: the order of DISCORDANT
        whole[:, :, off_row, off_column] = self.counts
        for code in (RIGHT, UNDECIDED, WRONG):
            whole[:, :, code, code] = self.totals[first, :, code] - whole[:, :, code].sum(axis=2)
            mirrored = self.totals[second, :, code] - whole[:, :, :, code].sum(axis=2)
            if (mirrored != 0).any():
                raise DataError(
                    "the counts of two models do not add up to the same pairs",
                    todo="count again with paired_counts(...)",
                )
        return whole


def paired_counts(
    models: tuple[str, ...],
    outcomes: npt.NDArray[np.int8],
    groups: tuple[str, ...] = ("overall",),
    members: npt.NDArray[np.bool_] | None = None,
) -> PairedCounts:
    """Count an outcome matrix: `models` (M names), `outcomes` (M, n), `groups` (G names), `members` (G, n).

    Raises:
        DataError: as `tables` and `PairedCounts`.
    """
    return PairedCounts(models, groups, totals(outcomes, members), tables(outcomes, members))


def _indicators(outcomes: npt.NDArray[np.int8]) -> list[npt.NDArray[np.float32]]:
    return [(outcomes == code).astype(np.float32) for code in (RIGHT, UNDECIDED, WRONG)]


def _checked(outcomes: npt.NDArray[np.int8], members: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_]:
    if outcomes.ndim != 2 or not np.isin(outcomes, (RIGHT, UNDECIDED, WRONG)).all():
        raise DataError(
            "outcomes are not a (models, pairs) matrix of codes 0, 1 and 2",
            field="outcomes",
            todo="stack one row for each model: 0 right, 1 undecided, 2 wrong",
        )
    everyone = np.ones((1, outcomes.shape[1]), dtype=np.bool_)
    if members is not None and (members.ndim != 2 or members.shape[1] != outcomes.shape[1]):
        raise DataError(
            f"members have shape {members.shape}, not (groups, {outcomes.shape[1]})",
            field="members",
            todo="give one row for each group, true at the pairs that are in it",
        )
    return everyone if members is None else members.astype(np.bool_)
