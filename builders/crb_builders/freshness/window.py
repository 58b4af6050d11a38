"""The window of a fresh slice, and what must hold before any commit is read.

The committer's time decides: it is when the commit came to be as it is now, and what a host shows as a branch's order.
An author's time may be years older (a branch that waited, a rebase), and is asked for beside it.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import field_validator, model_validator

from crb.errors import DataError, UsageError
from crb_builders.days import Day, begin, day_of
from crb_builders.git.log import resolve
from crb_builders.git.places import find_repositories
from crb_builders.git.process import GitError, need_git, output
from crb_builders.stage import Settings


class WindowSettings(Settings):
    """Settings of the stages that know the window.

    Attributes:
        repositories: as of `mine`.
        revision: whose history is the slice's.
        since, until: the committer's day, from the first to before the second, in UTC; without `until` to the head.
    """

    repositories: tuple[Path, ...] | dict[str, Path] = ()
    revision: str = "HEAD"
    since: Day
    until: Day | None = None

    @field_validator("since", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("the day on which the window begins is missing; write e.g. --set since=2026-01-31")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> WindowSettings:
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"the window ends on {self.until}, before a day of it is over; it begins on {self.since}")
        return self

    def has(self, unix_time: int | None) -> bool:
        """Whether a committer's time lies in the window."""
        return (
            unix_time is not None
            and unix_time >= begin(self.since)
            and (self.until is None or unix_time < begin(self.until))
        )


class Place(NamedTuple):
    """A repository: its git directory, and the commit that it is read from."""

    folder: Path
    head: str


def places(settings: WindowSettings) -> dict[str, Place]:
    """The repositories by name; those that git cannot read are left out: `mine` tells of them."""
    found = {}
    for name, folder in find_repositories(settings.repositories).items():
        with contextlib.suppress(GitError):
            found[name] = Place(folder, resolve(folder, settings.revision))
    return found


def times(folder: Path, head: str) -> list[int]:
    """The committers' times of a history, in no order."""
    return [int(line) for line in output(folder, "log", "--format=%ct", "--end-of-options", head, "--").split()]


def check(settings: WindowSettings) -> None:
    """Refuse a window that can give nothing, or nothing that is proven.

    Raises:
        UsageError: no repositories, a window that is still to come, or one without commits.
        DataError: a history that is cut short: what came before the window cannot be looked at.
    """
    need_git()
    if not settings.repositories:
        raise UsageError(
            "no repositories are named", where="setting repositories", todo="write --set 'repositories=[PATH]'"
        )
    if settings.since > datetime.datetime.now(datetime.UTC).date():
        raise UsageError(
            f"the window begins on {settings.since}, and that day is still to come",
            where="setting since",
            todo="choose a day that is past; the commits must be there already",
        )
    newest: dict[str, int] = {}
    inside = False
    for name, (folder, head) in places(settings).items():
        if output(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
            raise DataError(
                f"the history of {name} is cut short, so nobody can tell what stood in it before {settings.since}",
                file=folder,
                todo="fetch the whole history: git fetch --unshallow",
            )
        if not inside:
            found = times(folder, head)
            inside = any(settings.has(time) for time in found)
            newest[name] = max(found)
    if not inside:
        raise UsageError(
            f"no repository has a commit in the window {spelled(settings)}{_newest(newest)}",
            where="settings since and until",
            todo="choose an earlier day with --set since=DAY, or fetch the repositories",
        )


def spelled(settings: WindowSettings) -> str:
    """The window in words."""
    return f"from {settings.since} " + (f"to before {settings.until}" if settings.until else "on")


def _newest(newest: Mapping[str, int]) -> str:
    if not newest:
        return ""
    name = max(newest, key=newest.__getitem__)
    return f"; the newest commit is of {day_of(newest[name])}, in {name}"
