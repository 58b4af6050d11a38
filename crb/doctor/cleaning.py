"""From the columns of any table to clean arrays: what is no number or no status is set aside, never guessed at."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from crb.statistics.pairs import MISSING, SIDES
from crb.vocabulary import Status

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def hashable(value: object) -> object:
    """An id as it is, or as text where it cannot be looked up."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def numbers(frame: pd.DataFrame, column: str) -> tuple[Floats, Mask]:
    """The numbers of a column, NaN where there is none, and where something else than a number stood."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan), np.zeros(len(frame), dtype=bool)
    if frame[column].dtype == np.float64:  # the usual case, and a hundred times as fast
        return frame[column].to_numpy(dtype=np.float64, copy=True), np.zeros(len(frame), dtype=bool)
    values = [_number(value) for value in frame[column].to_numpy(dtype=object)]
    lost = np.array([value is None for value in values], dtype=bool)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64), lost


def _number(value: object) -> float | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return np.nan
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return None
    if isinstance(value, complex | np.complexfloating):
        return None
    try:
        return float(cast("float", value))
    except OverflowError:  # an integer beyond float64
        return np.inf if cast("int", value) > 0 else -np.inf


def truths(frame: pd.DataFrame, column: str) -> Mask | None:
    """Where a column says yes, as a truth value or as the number 1; None without the column."""
    if column not in frame.columns:
        return None
    values = frame[column].to_numpy(dtype=object)
    return np.array(
        [isinstance(value, bool | np.bool_ | int | float | np.number) and value == 1 for value in values], bool
    )


def statuses(frame: pd.DataFrame, column: str, score: Floats) -> npt.NDArray[np.str_]:
    """The words in a status column, whatever they are; without one they follow from the scores."""
    if column not in frame.columns:
        derived = np.where(np.isfinite(score), Status.OK.value, Status.ERROR.value)
        return np.where(np.isnan(score), Status.UNPARSED.value, derived)
    values = frame[column].to_numpy(dtype=object)
    named = [value if isinstance(value, str) else MISSING if _absent(value) else repr(value) for value in values]
    return np.array(named, dtype=str)


def _absent(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def conflicting(frame: pd.DataFrame, ids: pd.Index) -> int:
    """How many rows have an id that occurred before, and other scores than it had then."""
    columns = [f"{side}_score" for side in SIDES]
    if not set(columns) <= set(frame.columns):
        return 0
    first: dict[object, tuple[str, ...]] = {}
    found = 0
    for key, row in zip(ids, frame[columns].itertuples(index=False, name=None), strict=True):
        told = tuple(map(repr, row))
        found += first.setdefault(key, told) != told
    return found
