"""All models' counts at once: every group of every model is summed and estimated in one pass, not one by one.

The entries of a board are of the same pairs, so their cells agree in everything but the outcomes; that is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crb.errors import DataError
from crb.results.entry import Entry
from crb.statistics.accuracy import KINDS, Kind, Way, estimate, macro, with_accuracies
from crb.statistics.cells import COUNTS
from crb.statistics.estimates import Estimate
from crb.statistics.grouping import GROUPS, By, sort_key
from crb.statistics.matrix import BOARD, group_name

LISTED = (*BOARD, By.CRITERION_LANGUAGE)


@dataclass(frozen=True)
class BoardCounts:
    """Counts and accuracies of M models in G groups.

    Args:
        models: M names.
        groups: G names, those of `crb.statistics.matrix.group_name`; `criterion-language` ones last.
        crossed: how many these are.
        table: M x G rows, all groups of the first model first, with the columns of `with_accuracies`.
    """

    models: tuple[str, ...]
    groups: tuple[str, ...]
    crossed: int
    table: pd.DataFrame = field(repr=False)

    def of(self, model: str) -> pd.DataFrame:
        """The rows of one model, a group each."""
        place = self.models.index(model) * len(self.groups)
        return self.table.iloc[place : place + len(self.groups)]

    def ways(self, model: str) -> dict[Way, dict[Kind, Estimate]]:
        """The overall accuracies of a model, three ways."""
        rows = self.of(model)
        by = np.array([group.partition(":")[0] for group in self.groups])
        return {
            "micro": {kind: estimate(rows.iloc[self.groups.index("overall")], kind) for kind in KINDS},
            "criterion_macro": dict(macro(rows[by == "criterion"])),
            "subset_macro": dict(macro(rows[by == "subset"])),
        }


def board_counts(entries: Sequence[Entry]) -> BoardCounts:
    """Sum and estimate the counts of entries on one benchmark.

    Raises:
        DataError: two entries are of different pairs.
    """
    keys = [cell.key for cell in entries[0].cells]
    for entry in entries:
        if [cell.key for cell in entry.cells] != keys or entry.benchmark.pairs != entries[0].benchmark.pairs:
            raise DataError(
                f"{entry.model.name} and {entries[0].model.name} were not scored on the same pairs",
                field="benchmark.pairs",
                todo="crb results validate",
            )
    names, members = _groups(keys)
    counts = np.array([[[getattr(c, name) for name in COUNTS] for c in e.cells] for e in entries], dtype=np.int64)
    totals = np.einsum("gc,mck->mgk", members, counts).reshape(-1, len(COUNTS))
    table = with_accuracies(pd.DataFrame(totals, columns=list(COUNTS)))
    crossed = sum(name.startswith(f"{By.CRITERION_LANGUAGE}:") for name in names)
    return BoardCounts(tuple(entry.model.name for entry in entries), names, crossed, table)


def _groups(
    keys: Sequence[tuple[str | None, str | None, str | None]],
) -> tuple[tuple[str, ...], np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    """Names of all groups in canonical order, and (G, cells): whether a cell is in a group."""
    names: list[str] = []
    rows: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    for by in LISTED:
        places = [GROUPS.index(column) for column in by.columns]
        held = [tuple(key[place] for place in places) for key in keys]
        order = sorted(set(held), key=lambda key: [sort_key(c, k) for c, k in zip(by.columns, key, strict=True)])
        for key in order:
            names.append(group_name(by, key))
            rows.append(np.array([one == key for one in held], dtype=np.int64))
    return tuple(names), np.stack(rows)
