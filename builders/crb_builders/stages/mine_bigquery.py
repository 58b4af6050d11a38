"""mine_bigquery: single-file commits of GitHub's public dataset, without contents: from an export, or by a query now.

The query counts all of a commit's changes (see queries/single_file_commits.sql) and is grouped by commit. Message rules
are those of `mine`; `retrieve` brings the contents and looks at each diff again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from crb.errors import UsageError
from crb_builders import bigquery
from crb_builders.commits import METADATA, row_id
from crb_builders.days import Day, begin
from crb_builders.extensions import BY_EXTENSION, language_of
from crb_builders.git.clone import is_commit, is_name
from crb_builders.git.licences import canonical
from crb_builders.messages import rules, subject
from crb_builders.stage import ROWS, Outcome, Settings, Sieve, Source, Unit, with_columns
from crb_builders.store import Shard
from crb_builders.tablefiles import hashes, read_rows

COLUMNS = with_columns(METADATA, {"forks": pa.list_(pa.string())})
_NEEDS = ("commit", "message", "path", "repositories")
_PERMISSIVE = ("0BSD", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-1.0", "ISC")
_MORE = ("MIT", "MPL-2.0", "Unlicense")


class MineBigQuerySettings(Settings):
    """Settings of `mine_bigquery`.

    Attributes:
        export: files of the query's result (Parquet, JSON Lines, CSV with repositories separated by commas).
        destination: without an export, the table project.dataset.table that the query is written to.
        project: who pays for the query; by default the credentials' own.
        licenses: SPDX ids.
        since, until: the committer's time, from the first to before the second, in UTC.
        message_min, message_max, message_rules: as of `mine`.
    """

    export: tuple[Path, ...] = ()
    destination: str | None = None
    project: str | None = None
    licenses: tuple[str, ...] = (*_PERMISSIVE, *_MORE)
    since: Day = datetime.date(2008, 1, 1)
    until: Day = datetime.date(2100, 1, 1)
    message_min: int = Field(default=10, ge=0)
    message_max: int = Field(default=15_000, ge=1)
    message_rules: bool = True


class MineBigQuery(Source[MineBigQuerySettings]):
    """Commits as rows of `METADATA`, with `forks`: the other repositories that hold them. Things seen are rows."""

    name = "mine_bigquery"
    version = 2
    settings_type = MineBigQuerySettings
    neutral = frozenset({"export", "project"})  # an export's contents are the unit's version

    def check(self) -> None:
        if bool(self.settings.export) == bool(self.settings.destination):
            raise UsageError(
                "either an export or a destination for the query is needed",
                where="stage mine_bigquery",
                todo="set export: [FILE.parquet], or destination: project.dataset.table",
            )
        hashes(self.settings.export)

    def units(self, shards: Sequence[Shard]) -> list[Unit]:
        """One per file of the export, or one for the table."""
        if self.settings.destination is not None:
            return [Unit(self.settings.destination)]
        return [Unit(str(path), next(iter(hashes([path]).values()))) for path in self.settings.export]

    def read(self, unit: Unit, shards: Sequence[Shard], done: int) -> Iterator[Outcome]:
        sieve = Sieve(COLUMNS)
        settings = self.settings
        fault_of = rules(
            shortest=settings.message_min,
            longest=settings.message_max,
            blocked=(),
            patterns=(),
            builtin=settings.message_rules,
        )
        for found in self._rows(unit, done):
            sieve.seen += 1
            row, fault = _row(found)
            time = row["unix_time"]
            if fault is None and time is not None and not begin(settings.since) <= time < begin(settings.until):
                fault = "out_of_window"
            fault = fault or fault_of(row["message"])
            if fault is not None:
                sieve.reject(row, fault)
            else:
                sieve.keep(row)
            if sieve.seen == ROWS:
                yield sieve.outcome()
        yield sieve.outcome()

    def _rows(self, unit: Unit, done: int) -> Iterator[Mapping[str, Any]]:
        settings = self.settings
        if settings.destination is None:
            for number, row in enumerate(read_rows(Path(unit.key), _NEEDS)):
                if number >= done:
                    yield row
            return
        parameters = {
            "licenses": [name.lower() for name in settings.licenses],
            "extensions": sorted(BY_EXTENSION),
            "since": begin(settings.since),
            "until": begin(settings.until),
            "message_min": settings.message_min,
            "message_max": settings.message_max,
        }
        bigquery.run(parameters, project=settings.project, destination=settings.destination)
        yield from bigquery.rows(settings.destination, project=settings.project, start=done)


def _row(found: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """A row in our columns, and why it cannot be used, if it cannot."""
    listed = found["repositories"]
    names = listed.split(",") if isinstance(listed, str) else list(listed if listed is not None else ())
    names = [name.strip() for name in names if name and is_name(name.strip())]
    commit, path, message = str(found["commit"] or ""), str(found["path"] or ""), str(found["message"] or "").strip()
    seconds = found.get("unix_time")
    row = {
        "id": row_id(names[0] if names else "", commit),
        "repository": names[0] if names else None,
        "commit": commit,
        "parent": found.get("parent"),
        "path": path,
        "subject": subject(message),
        "message": message,
        "license": canonical(str(found["license"])) if found.get("license") else None,
        "unix_time": int(seconds) if seconds not in (None, "") else None,
        "forks": names[1:],
    }
    if not names or not is_commit(commit):
        return row, "bad_name"
    return row, None if language_of(path) is not None else "unknown_language"
