"""repositories: keep rows of repositories worth learning from, named in a list or known by their reputation.

A row that stands in several repositories (`forks`) is kept if one of them is wanted, and is told of that one from then
on. With a list and a table, being in either is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from crb.errors import DataError, UsageError
from crb.files import read_json
from crb_builders.stage import Each, Reject, Row, Settings
from crb_builders.tablefiles import hashes, read_rows

_COUNTS = ("stars", "contributors", "issues")


class RepositoriesSettings(Settings):
    """Settings of `repositories`.

    Attributes:
        lists: JSON files, or folders of such: an array of owner/name; or an object language -> array. A file in a
            folder that is called as a language (Python.json) is for that language alone.
        table: Parquet, CSV or JSON Lines with the columns repository, stars, contributors, issues.
        stars, contributors, issues: a repository of the table needs as many of each, at least.
    """

    lists: tuple[Path, ...] = ()
    table: Path | None = None
    stars: int = Field(default=15, ge=0)
    contributors: int = Field(default=5, ge=0)
    issues: int = Field(default=10, ge=0)


class Repositories(Each[RepositoriesSettings]):
    """Drops rows of other repositories. Names are compared without case, as hosts do."""

    name, needs = "repositories", ("repository",)
    settings_type = RepositoriesSettings
    neutral = frozenset({"lists", "table"})  # their contents count: `depends`
    reads = ("repository", "forks", "language")
    adds = {"repository": pa.string(), "forks": pa.list_(pa.string())}  # noqa: RUF012

    def check(self) -> None:
        if not self.settings.lists and self.settings.table is None:
            raise UsageError(
                "neither lists nor a table say which repositories are wanted",
                where="stage repositories",
                todo="set lists: [FILE.json] or table: FILE.parquet",
            )
        _ = self._listed, self._reputed

    def depends(self) -> Mapping[str, str]:
        return hashes([*(path for path, _ in self._files()), *([self.settings.table] if self.settings.table else [])])

    def row(self, row: Row) -> Row | Reject:
        """The first of a row's repositories that is wanted, and the others."""
        here = row["repository"]
        names = [name for name in [here, *(row.get("forks") or [])] if name]
        language = row.get("language")
        faults = []
        for name in names:
            fault = self._fault(name.casefold(), language)
            if fault is None:
                return {"repository": name, "forks": [n for n in names if n != name]}
            faults.append(fault)
        return Reject(min(faults, key=_ORDER.index) if faults else "repository_not_listed")

    def _fault(self, name: str, language: str | None) -> str | None:
        if name in self._listed.get("", ()) or (language is not None and name in self._listed.get(language, ())):
            return None
        if self.settings.table is None:
            return "repository_not_listed"
        return self._reputed.get(name, "repository_unknown")

    @cached_property
    def _listed(self) -> dict[str, set[str]]:
        """Names by language; under the empty text those for every language."""
        found: dict[str, set[str]] = {}
        for path, language in self._files():
            document = read_json(path)
            arrays = document if isinstance(document, dict) else {language: document}
            for key, names in arrays.items():
                if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                    raise DataError(
                        "a list of repositories is an array of texts, or an object of such arrays",
                        file=path,
                        field=key or None,
                        todo='write ["owner/name", ...]',
                    )
                found.setdefault(key, set()).update(name.casefold() for name in names)
        return found

    def _files(self) -> list[tuple[Path, str]]:
        files: list[tuple[Path, str]] = []
        for path in self.settings.lists:
            if path.is_dir():
                files += [(entry, entry.stem) for entry in sorted(path.glob("*.json"))]
            else:
                files.append((path, ""))
        return files

    @cached_property
    def _reputed(self) -> dict[str, str | None]:
        """Of each repository of the table: None where it is wanted, else what it lacks."""
        found: dict[str, str | None] = {}
        if self.settings.table is None:
            return found
        for number, row in enumerate(read_rows(self.settings.table, ("repository", *_COUNTS)), start=1):
            lacks = [
                f"few_{name}"
                for name in _COUNTS
                if _count(row, name, self.settings.table, number) < getattr(self.settings, name)
            ]
            found[str(row["repository"]).casefold()] = lacks[0] if lacks else None
        return found


_ORDER = [*(f"few_{name}" for name in _COUNTS), "repository_unknown", "repository_not_listed"]


def _count(row: Mapping[str, Any], name: str, file: Path, number: int) -> int:
    try:
        return int(row[name] or 0)
    except (TypeError, ValueError, OverflowError):
        raise DataError(
            f"{row[name]!r} is no whole number", file=file, row=number, field=name, todo="mend the row"
        ) from None
