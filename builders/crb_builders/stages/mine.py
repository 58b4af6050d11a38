"""mine: commits that change a single file, with the file before and after, from local repositories.

One `git log` and one `git cat-file` per repository. A commit counts as single-file when its whole diff has one entry
and that entry edits a regular file: additions, deletions, renames, submodules and changed modes all count, so a commit
that touches anything else gives no row. The rules that need no content come first; contents are read for what is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from crb.errors import UsageError
from crb_builders.commits import METADATA, PAIRS, change_fault, row_id, text_of
from crb_builders.days import Day, begin
from crb_builders.extensions import language_of
from crb_builders.git.blobs import Blobs
from crb_builders.git.licences import LICENCE_FILE, LicenceTrail, allowed
from crb_builders.git.log import Commit, commits, resolve
from crb_builders.git.places import find_repositories
from crb_builders.git.process import GitError, need_git
from crb_builders.messages import rules, subject
from crb_builders.stage import ROWS, Outcome, Settings, Sieve, Source, Unit
from crb_builders.store import Shard

_GROUP = 16  # commits whose contents are asked for together, one group ahead
_PIECE_ROWS, _PIECE_BYTES = 500, 1 << 19  # what is in memory together
_SHARD_BYTES = 128 << 20  # a shard of large files ends before ROWS
_SHARD_COMMITS = 100_000  # one with nothing to keep ends too, so that no kill loses more


class MineSettings(Settings):
    """Settings of `mine`.

    Attributes:
        repositories: checkouts, bare repositories or mirrors, or patterns that match such; or name -> path. Without a
            name, it is owner/name of the remote, else the folder's name.
        revision: whose history is read.
        merges: what becomes of a commit with several parents: left out, or compared with the first.
        since, until: the committer's time, from the first to before the second, in UTC.
        known_languages: keep only files whose extension tells a language.
        licenses: SPDX ids to keep; null keeps all, also those without one.
        message_min, message_max: length of the message in characters.
        message_rules: drop messages that say nothing and those of merges, reverts, robots and releases.
        blocked_messages, blocked_patterns: further messages to drop; regular expressions for how such begin.
        min_bytes, max_bytes: size of the file, before and after.
    """

    repositories: list[Path] | dict[str, Path] = Field(min_length=1)
    revision: str = "HEAD"
    merges: Literal["leave_out", "first_parent"] = "leave_out"
    since: Day | None = None
    until: Day | None = None
    known_languages: bool = True
    licenses: list[str] | None = None
    message_min: int = Field(default=10, ge=0)
    message_max: int = Field(default=15_000, ge=1)
    message_rules: bool = True
    blocked_messages: tuple[str, ...] = ()
    blocked_patterns: tuple[str, ...] = ()
    min_bytes: int = Field(default=1, ge=0)
    max_bytes: int = Field(default=1_000_000, ge=1)

    @field_validator("blocked_patterns")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return patterns


@dataclass(frozen=True, slots=True)
class _Looked:
    """A commit after the rules that need no content: its row so far, and why it is dropped, if it is."""

    row: dict[str, Any]
    reason: str | None
    old: bytes = b""
    new: bytes = b""


class Mine(Source[MineSettings]):
    """Commits that change a single file, as rows of `PAIRS`. Things seen are commits."""

    name = "mine"
    version = 2
    settings_type = MineSettings
    neutral = frozenset({"repositories"})  # where they lie; what they hold is in the units

    def check(self) -> None:
        need_git()
        self._places()

    def units(self, shards: Sequence[Shard]) -> list[Unit]:
        """One per repository, in the order of the settings; its version is the commit that is read."""
        if shards:
            raise UsageError("mine reads repositories and no rows", where="step mine", todo="write from: [] beside it")
        return [Unit(name, self._version(folder)) for name, folder in self._places().items()]

    def read(self, unit: Unit, shards: Sequence[Shard], done: int) -> Iterator[Outcome]:
        """The rows of a repository. One that git cannot read is a rejected row, and the others go on."""
        folder = self._places()[unit.key]
        sieve = Sieve(PAIRS, METADATA)
        rows = size = shard_size = seen = 0
        try:
            looked_at = self._look_at(unit.key, folder, unit.version, done)
            with Blobs(folder, self.settings.max_bytes) as blobs:
                for looked in _ask_ahead(looked_at, blobs):
                    sieve.seen += 1
                    seen += 1
                    reason, old, new = looked.reason, "", ""
                    if looked.old:
                        old, old_fault = text_of(blobs.take(looked.old), self.settings.min_bytes)
                        new, new_fault = text_of(blobs.take(looked.new), self.settings.min_bytes)
                        size += len(old) + len(new)
                        shard_size += len(old) + len(new)
                        reason = old_fault or new_fault
                    if reason is not None:
                        sieve.reject(looked.row, reason)
                    else:
                        sieve.keep(looked.row | {"old": old, "new": new})
                        rows += 1
                    if rows >= ROWS or shard_size >= _SHARD_BYTES or seen >= _SHARD_COMMITS:
                        yield sieve.outcome()
                        rows = size = shard_size = seen = 0
                    elif sieve.kept >= _PIECE_ROWS or size >= _PIECE_BYTES or sieve.seen >= ROWS:
                        yield sieve.outcome(ends=False)
                        size = 0
        except GitError as error:
            sieve.reject({"id": row_id(unit.key, ""), "repository": unit.key, "message": error.what}, "git_failed")
        yield sieve.outcome()

    def _places(self) -> dict[str, Path]:
        return find_repositories(self.settings.repositories)

    def _version(self, folder: Path) -> str:
        try:
            return resolve(folder, self.settings.revision)
        except GitError:
            return self.settings.revision  # reading it fails, and says so in the rejects

    def _look_at(self, repository: str, folder: Path, tip: str, done: int) -> Iterator[_Looked]:
        """The commits from number `done` on. Those before are read as well: one may have changed the licence."""
        trail = LicenceTrail(folder, tip)
        look = self._looker(repository)
        history = commits(folder, tip, merges=self.settings.merges == "first_parent", watch=LICENCE_FILE)
        for number, commit in enumerate(history):
            if number >= done:
                yield look(commit, trail.now)
            if commit.watched:
                trail.take_back(commit.watched)

    def _looker(self, repository: str) -> Callable[[Commit, str | None], _Looked]:
        """A function that applies the rules that need no content, given the licence."""
        settings = self.settings
        message_fault = rules(
            shortest=settings.message_min,
            longest=settings.message_max,
            blocked=settings.blocked_messages,
            patterns=settings.blocked_patterns,
            builtin=settings.message_rules,
        )
        first = begin(settings.since) if settings.since else None
        end = begin(settings.until) if settings.until else None
        wanted = frozenset(settings.licenses) if settings.licenses is not None else None

        def look(commit: Commit, licence: str | None) -> _Looked:
            row: dict[str, Any] = {
                "id": row_id(repository, commit.id),
                "repository": repository,
                "commit": commit.id,
                "parent": commit.parents[0] if commit.parents else None,
                "unix_time": commit.time,
            }
            if len(commit.parents) > 1 and settings.merges == "leave_out":
                return _Looked(row, "merge")
            if fault := change_fault(commit.changes, commit.changed):
                return _Looked(row, fault)
            (change,) = commit.changes
            if (first is not None and commit.time < first) or (end is not None and commit.time >= end):
                return _Looked(row, "out_of_window")
            try:
                row["path"] = path = change.path.decode("utf-8")
            except UnicodeDecodeError:
                return _Looked(row, "path_not_utf8")
            if settings.known_languages and language_of(path) is None:
                return _Looked(row, "unknown_language")
            try:
                message = commit.message.decode("utf-8").strip()
            except UnicodeDecodeError:
                return _Looked(row, "message_not_utf8")
            row |= {"message": message, "subject": subject(message), "license": licence}
            if fault := message_fault(message):
                return _Looked(row, fault)
            if wanted is not None and not allowed(row["license"], wanted):
                return _Looked(row, "license")
            return _Looked(row, None, change.old, change.new)

        return look


def _ask_ahead(looked: Iterator[_Looked], blobs: Blobs) -> Iterator[_Looked]:
    """The same, with the contents of one group asked for while the one before it is worked on."""
    ready: list[_Looked] = []
    while ready or (ready := _group(looked, blobs)):
        coming = _group(looked, blobs)
        yield from ready
        ready = coming


def _group(looked: Iterator[_Looked], blobs: Blobs) -> list[_Looked]:
    """The next commits: up to `_GROUP` with contents to read, and those between them."""
    group: list[_Looked] = []
    wanted = 0
    for one in islice(looked, 4096):
        group.append(one)
        wanted += bool(one.old)
        if wanted == _GROUP:
            break
    blobs.ask([id for one in group if one.old for id in (one.old, one.new)])
    return group
