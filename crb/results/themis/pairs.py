"""Which pairs the published files are of, and each file's rows among them.

The ids of the benchmark are not in this package, only a hash over all of them. So the files tell: one with the known
hash settles it, and without one the files are put together, the fullest first, as far as the published counts per
cell allow. What no file holds is still counted: a row without an id of its own, invalid for every model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from crb.errors import DataError
from crb.results.documents import fault, shown
from crb.results.identity import CRB, Known, known, pairs_hash
from crb.results.themis.reading import SCORES, ThemisModel
from crb.statistics.grouping import GROUPS
from crb.vocabulary import Status

_TODO = "get the file again from where it was published; this import is of runs on the benchmark crb"
_SPELLING = {"criterion": "aspect"}


class Reference:
    """The pairs of the benchmark, as far as the files told.

    Args:
        models: the sound files; the order does not matter.
    """

    def __init__(self, models: Iterable[ThemisModel]) -> None:
        benchmark = known(CRB)
        assert benchmark is not None
        self._benchmark: Known = benchmark
        self.labels = pd.DataFrame(columns=list(GROUPS), index=pd.Index([], name="id", dtype=object), dtype=object)
        self.faults: dict[str, DataError] = {}
        self.complete = False
        waiting = sorted(models, key=lambda model: (-len(model.pairs), model.folder.name))
        whole = [model for model in waiting if len(model.pairs) == benchmark.n]
        for model in whole:
            if pairs_hash(model.pairs) == benchmark.pairs:
                self.labels, self.complete = model.pairs[list(GROUPS)], True
                break
        for model in waiting:
            try:
                self._take(model)
            except DataError as error:
                self.faults[model.folder.name] = error
        self._fill()

    def place(self, model: ThemisModel) -> tuple[pd.DataFrame, list[str]]:
        """All pairs of the benchmark as this model scored them, and the ids that its file lacks."""
        pairs = model.pairs.reindex(self.labels.index)
        missing = ~self.labels.index.isin(model.pairs.index)
        for column in GROUPS:
            pairs[column] = self.labels[column]
        for side in ("chosen", "rejected"):
            pairs.loc[missing, f"{side}_status"] = Status.ERROR.value
        return pairs, [str(id) for id in self.labels.index[missing]]

    def _take(self, model: ThemisModel) -> None:
        """Check a file's labels against those known so far and add its further ids."""
        path, pairs = model.folder / SCORES, model.pairs
        theirs = self.labels.reindex(pairs.index)
        new = ~pairs.index.isin(self.labels.index)
        for column in GROUPS:
            faulty = np.flatnonzero(~new & (theirs[column].to_numpy() != pairs[column].to_numpy()))
            if faulty.size:
                row = int(faulty[0])
                message = (
                    f"{shown(str(pairs[column].iloc[row]))!r} for {shown(str(pairs.index[row]))!r}, "
                    f"in the benchmark {shown(str(theirs[column].iloc[row]))!r}"
                )
                raise fault(path, (row, _SPELLING.get(column, column)), message, _TODO)
        rows = np.flatnonzero(new)
        if not rows.size:
            return
        if self.complete:
            row = int(rows[0])
            raise fault(path, (row, "id"), f"the id {shown(str(pairs.index[row]))!r} is not in the benchmark", _TODO)
        held = self._held()
        for row in rows:
            key = tuple(pairs[column].iloc[row] for column in GROUPS)
            held[key] += 1
            if held[key] > self._benchmark.cells.get(key, 0):
                message = f"more pairs of {', '.join(map(shown, key))} than the benchmark's"
                raise fault(path, (int(row), "subset"), f"{message} {self._benchmark.cells.get(key, 0)}", _TODO)
        self.labels = pd.concat([self.labels, pairs.loc[new, list(GROUPS)]])

    def _fill(self) -> None:
        """Add a row for each pair of the benchmark that no file holds."""
        held = self._held()
        rows = [
            (f"(missing {'/'.join(map(str, key))} {number})", *key)
            for key, n in self._benchmark.cells.items()
            for number in range(1, n - held[key] + 1)
        ]
        if rows:
            added = pd.DataFrame(rows, columns=["id", *GROUPS], dtype=object).set_index("id")
            self.labels = pd.concat([self.labels, added])

    def _held(self) -> Counter[tuple[str | None, ...]]:
        return Counter(self.labels.itertuples(index=False, name=None))
