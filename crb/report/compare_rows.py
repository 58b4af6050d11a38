"""The rows of a comparison: two models in one group of pairs, with everything a table may want to say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crb.statistics.accuracy import Kind
from crb.statistics.clusters import Limits
from crb.statistics.comparisons import MACROS, Comparisons
from crb.statistics.estimates import Estimate
from crb.statistics.grouping import By
from crb.statistics.intervals import CONFIDENCE, Floats
from crb.statistics.matrix import group_key
from crb.statistics.multiplicity import holm
from crb.statistics.paired import PairedCounts, couples

Better = Literal["first", "second", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Two models, called by their letters, in one group of pairs, by one accuracy. Shares from 0 to 1.

    Attributes:
        kind: which accuracy.
        by, key: which group.
        over: `pairs`, or the name of a macro mean.
        first, second: the models' letters.
        n: pairs in the group.
        accuracies: of the first and of the second; None where there is none.
        difference: of the two, first minus second.
        p, adjusted: of no difference, by itself and after Holm's correction over the rows of one table.
        detectable: the smallest difference found with 80% power; see `crb.statistics.comparisons`.
        discordant: the six counts in the order of `crb.statistics.paired.DISCORDANT`, None for a mean.
        place: the couple's and the group's.
    """

    kind: Kind
    by: By
    key: tuple[str | None, ...]
    over: str
    first: str
    second: str
    n: int
    accuracies: tuple[float | None, float | None]
    difference: Estimate
    p: float | None
    adjusted: float | None
    detectable: float | None
    discordant: tuple[int, ...] | None
    place: tuple[int, int]

    @property
    def better(self) -> Better:
        """Which of the two is certainly better; `open` where they cannot be told apart."""
        if self.adjusted is None or self.adjusted > 1 - CONFIDENCE or not self.difference.value:
            return "open"
        return "first" if self.difference.value > 0 else "second"


@dataclass(frozen=True)
class Intervals:
    """Other intervals than the usual ones, such as those of a bootstrap.

    Args:
        notes: what to say of them.
        refine: puts them into rows.
        accuracies: gives those of a model's accuracies over all pairs, by its letter; without it Wilson's stay.
    """

    notes: tuple[str, ...]
    refine: Callable[[list[Row]], list[Row]]
    accuracies: Callable[[str], Limits] | None = None


def rows_of(counts: PairedCounts, found: Comparisons, bys: tuple[By, ...]) -> list[Row]:
    """The rows of every group of some groupings, and of the macro means where `overall` is one of them.

    Holm's correction is over all couples and groups of a grouping; overall, each mean is a family of its own.

    Args:
        counts: the models' counts.
        found: their comparisons by one accuracy, `compare(counts)[kind]`.
        bys: what to group by.
    """
    accuracies = accuracy_of(counts, found.kind)
    rows: list[Row] = []
    for by in bys:
        places = [place for place, group in enumerate(found.groups) if _by(group) is by]
        if by is By.OVERALL:
            adjusted = found.adjusted[:, places]
        else:
            adjusted = holm(found.p[:, places].ravel()).reshape(-1, len(places))
        for column, place in enumerate(places):
            for couple in range(len(found.value)):
                rows.append(_row(counts, found, accuracies, place, couple, float(adjusted[couple, column])))
    return rows


def accuracy_of(counts: PairedCounts, kind: Kind) -> Floats:
    """The accuracy of each model in each group, shape (M, G), NaN where there is none."""
    right, undecided, wrong = np.moveaxis(counts.totals, -1, 0).astype(np.float64)
    with np.errstate(invalid="ignore"):
        if kind == "valid":
            return np.asarray(right / (right + wrong))
        return np.asarray((right + (undecided / 2 if kind == "half" else 0)) / (right + undecided + wrong))


def _row(counts: PairedCounts, found: Comparisons, accuracies: Floats, place: int, couple: int, adjusted: float) -> Row:
    first, second = (int(models[couple]) for models in couples(len(found.models)))
    group = found.groups[place]
    macro = MACROS.get(group)
    if macro is None:
        by, key = group_key(group)
        both = accuracies[[first, second], place]
        discordant = tuple(int(count) for count in counts.counts[couple, place])
    else:
        by, key, discordant = By.OVERALL, (), None
        inside = accuracies[:, [number for number, name in enumerate(counts.groups) if name.startswith(macro)]]
        shared = inside[[first, second]][:, ~np.isnan(inside[[first, second]]).any(axis=0)]
        both = shared.mean(axis=1) if shared.size else np.full(2, np.nan)
    return Row(
        kind=found.kind,
        by=by,
        key=key,
        over="pairs" if macro is None else group,
        first=found.models[first],
        second=found.models[second],
        n=int(found.n[place]),
        accuracies=(_number(both[0]), _number(both[1])),
        difference=Estimate.of(found.value[couple, place], found.low[couple, place], found.high[couple, place]),
        p=_number(found.p[couple, place]),
        adjusted=_number(adjusted),
        detectable=_number(found.detectable[couple, place]),
        discordant=discordant,
        place=(couple, place),
    )


def _by(group: str) -> By:
    return By.OVERALL if group in MACROS else group_key(group)[0]


def _number(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
