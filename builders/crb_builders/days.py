"""Days and seconds: settings speak of days in UTC, commits of seconds since 1970."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator


def _parsed(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    if value is not None and type(value) is not datetime.date:
        raise ValueError(f"{str(value)!r} is no day; write e.g. 2026-01-31")
    return value


Day = Annotated[datetime.date, BeforeValidator(_parsed)]
"""The type of a setting that is a day: year, month and day, and nothing that could be read in two ways."""


def begin(day: datetime.date) -> int:
    """The first second of a day in UTC."""
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())


def day_of(unix_time: int) -> datetime.date:
    """The day in UTC that a second lies in."""
    return datetime.datetime.fromtimestamp(unix_time, datetime.UTC).date()
