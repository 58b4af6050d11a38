"""Do the figures of a published results.json follow from its own scores? Every one that does not, with both values.

A printed share has four decimals, so it agrees where it lies within half of the last one. Rows that are missing in a
file count as invalid here and are not in the file's own totals: such a file disagrees with itself nowhere and with its
benchmark everywhere, and both is said by the one comparison, against the whole benchmark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crb.results.themis.printed import DIFFERENCES, GROUPS
from crb.results.themis.reading import RESULTS, SCORES
from crb.vocabulary import Criterion, Language

HALF_DIGIT = 0.5e-4
_DIGITS = 4


@dataclass(frozen=True)
class Disagreement:
    """A figure or a column of a published file that its own scores do not give.

    Attributes:
        file: `results.json` or `scores.parquet`.
        key: dotted, e.g. `by_language.Ruby.accuracy`; of scores.parquet the column.
        printed, recomputed: the figures; of a column, its values in the first row at fault. None: there is none.
        rows: of a column, how many rows are at fault; None for a figure.
        row: of a column, the first row at fault, counted from 1.
    """

    file: str
    key: str
    printed: float | bool | None
    recomputed: float | bool | None
    rows: int | None = None
    row: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For JSON, without what a figure does not have."""
        found = {"file": self.file, "key": self.key, "printed": self.printed, "recomputed": self.recomputed}
        return found if self.rows is None else {**found, "rows": self.rows, "row": self.row}


def column_disagreements(pairs: pd.DataFrame, printed: pd.DataFrame) -> list[Disagreement]:
    """The columns `correct` and `score_diff` against the scores of a file.

    Args:
        pairs: the pairs frame of the file's own rows.
        printed: its columns `correct` and `score_diff`.
    """
    chosen, rejected = pairs["chosen_score"].to_numpy(), pairs["rejected_score"].to_numpy()
    with np.errstate(invalid="ignore", over="ignore"):
        columns = {"correct": chosen > rejected, "score_diff": chosen - rejected}
    found = []
    for name, recomputed in columns.items():
        stated = printed[name].to_numpy()
        if name == "correct":
            agrees = stated == recomputed
        else:
            agrees = np.isclose(stated, recomputed, rtol=1e-6, atol=1e-6, equal_nan=True)
        faulty = np.flatnonzero(~agrees)
        if faulty.size:
            row = int(faulty[0])
            values = _plain(stated[row]), _plain(recomputed[row])
            found.append(Disagreement(SCORES, name, *values, rows=int(faulty.size), row=row + 1))
    return found


def figure_disagreements(printed: dict[str, Any], recomputed: dict[str, Any]) -> list[Disagreement]:
    """A published results.json against the one computed from the scores.

    Args:
        printed: the file's content, as `read_printed` checked it.
        recomputed: what `crb.statistics.summary.summarise` gives for the same pairs.
    """
    found = _overall(printed, recomputed)
    for name, vocabulary in GROUPS.items():
        stated = {_canonical(group, vocabulary): (group, figures) for group, figures in printed[name].items()}
        for group in [*recomputed[name], *(group for group in stated if group not in recomputed[name])]:
            spelling, figures = stated.get(group, (group, {}))
            ours = recomputed[name].get(group, {})
            for key in ("accuracy", "count"):
                found += _figure(f"{name}.{spelling}.{key}", figures.get(key), ours.get(key))
    return found


def _overall(printed: dict[str, Any], recomputed: dict[str, Any]) -> list[Disagreement]:
    counts, statuses = recomputed["crb"]["counts"], recomputed["crb"]["statuses"]
    n, invalid = counts["n"], counts["invalid"]
    unparsed = sum(side["unparsed"] for side in statuses.values())
    overall = printed["overall"]
    by_pair = "total_parse_failures" in overall  # one judge's script counts pairs, another's readings
    ours = {
        **{key: recomputed["overall"][key] for key in ("accuracy", "total_examples", "correct_predictions")},
        **{key: recomputed["overall"][key] for key in DIFFERENCES},
        "valid_pairs": n - invalid,
        "accuracy_valid_only": counts["right"] / (n - invalid) if n > invalid else None,
        "total_parse_failures": invalid,
        "parse_failures": unparsed,
        "parse_failure_rate": invalid / n if by_pair else unparsed / (2 * n),
    }
    found = []
    for key, value in ours.items():
        if key in overall:
            found += _figure(f"overall.{key}", overall[key], value)
    if "parse_failures" in printed:
        found += _figure("parse_failures", printed["parse_failures"], invalid)
    return found


def _figure(key: str, printed: float | None, recomputed: float | None) -> list[Disagreement]:
    if printed is None or recomputed is None:
        return [] if printed is recomputed else [Disagreement(RESULTS, key, printed, recomputed)]
    if isinstance(recomputed, int):
        agrees = printed == recomputed
    else:
        agrees = math.isclose(printed, recomputed, rel_tol=1e-9, abs_tol=HALF_DIGIT + 1e-9)
        recomputed = round(recomputed, _DIGITS)
    return [] if agrees else [Disagreement(RESULTS, key, printed, recomputed)]


def _canonical(name: str, vocabulary: type[Criterion] | type[Language] | None) -> str:
    word = None if vocabulary is None else vocabulary.parse(name)
    if word is None:
        return name
    return word.aspect if isinstance(word, Criterion) else str(word)


def _plain(value: Any) -> float | bool | None:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return float(value) if math.isfinite(value) else None
