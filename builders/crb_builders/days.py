"""Days and seconds: settings speak of days in UTC, commits of seconds since 1970."""

from __future__ import annotations

import datetime


def begin(day: datetime.date) -> int:
    """The first second of a day in UTC."""
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())


def day_of(unix_time: int) -> datetime.date:
    """The day in UTC that a second lies in."""
    return datetime.datetime.fromtimestamp(unix_time, datetime.UTC).date()
