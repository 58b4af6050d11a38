"""One family of errors: what is wrong, where it is, what to do next.

The command line prints a `CrbError` without a traceback and exits with 2; every other exception is a defect of
ours and keeps its traceback. Two shapes cover the whole project: something in the user's data (`DataError`,
which knows file, row and field) and something in the user's request (`UsageError`, which can suggest near names).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

TAKE_ONE = "take one of the names shown"
_MOST, _SOME = 30, 10  # names; the hundred of the published models would fill a screen


class CrbError(Exception):
    """Base of every error a user can cause and mend.

    Args:
        what: what is wrong, one sentence without a full stop.
        where: where it is: a file, a row, a field, a command-line option.
        todo: the next step, an imperative sentence.
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.todo:
            lines.append(f"  next:  {self.todo}")
        return "\n".join(lines)


class DataError(CrbError):
    """Data that cannot be used. Rows count from 1, as editors count lines.

    Args:
        what: as in `CrbError`.
        file: the file or folder (or data set) that holds the fault.
        row: 1-based line or row, where one is at fault.
        field: the column or key, where one is at fault.
        todo: as in `CrbError`.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | Path | None = None,
        row: int | None = None,
        field: str | None = None,
        todo: str = "",
    ) -> None:
        self.file = str(file) if file is not None else None
        self.row = row
        self.field = field
        parts = [
            f"file {self.file}" if self.file else "",
            f"row {row}" if row is not None else "",
            f"field {field!r}" if field else "",
        ]
        super().__init__(what, where=", ".join(part for part in parts if part), todo=todo)


class UsageError(CrbError):
    """A request that cannot be carried out as it was put."""


class ModelError(CrbError):
    """A model that cannot be loaded or does not fit its adapter."""


class MissingPackageError(CrbError):
    """An optional package is not installed; `todo` is the exact command that installs it.

    Args:
        package: the distribution, by the name that pip knows.
        why: what it is needed for, e.g. `to run a model under vLLM`.
        extra: the extra of ours that brings it, in a version that fits; without one, pip is told its name.
        otherwise: a way round it, e.g. `leave --workers out`.
    """

    def __init__(self, package: str, *, why: str, extra: str = "", otherwise: str = "") -> None:
        wanted = f"'code-reward-bench[{extra}]'" if extra else package
        super().__init__(
            f"the package {package!r} is needed {why} and is not installed",
            todo=f"pip install {wanted}{', or ' if otherwise else ''}{otherwise}",
        )


def first_line(error: BaseException) -> str:
    """What another library's error says, without its further lines; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def unknown_name(kind: str, name: str, known: Iterable[str], *, todo: str = "") -> UsageError:
    """The error for a name that is not among `known`: shows up to three near ones, else all, of many ten."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    listed = names if len(names) <= _MOST else [*names[:_SOME], f"and {len(names) - _SOME} more"]
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(listed) or 'none'}"
    return UsageError(f"unknown {kind} {name!r}", where=hint, todo=todo or (TAKE_ONE if names else "leave it out"))
