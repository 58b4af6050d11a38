"""The history as git log tells it: one process, all commits, each with everything that it changed.

Renames are not looked for: a renamed file counts as one file deleted and one added, so a commit that renames and edits
is never taken for one that edits a single file. Merges come without changes, or with those against the first parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crb_builders.git.process import GitError, output, reading

_START = b"\x01"
_FORMAT = "--format=%x01%H%x00%P%x00%ct%x00%B%x00"
_ARGUMENTS = (
    "log",
    "--raw",
    "-z",
    "-r",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-relative",
    "--ignore-submodules=none",  # else a .gitmodules file could hide a second change
    "--encoding=UTF-8",
    _FORMAT,
)
KEPT_CHANGES = 2
REGULAR = frozenset((b"100644", b"100755", b"100664"))
"""Modes of files that are neither links nor submodules."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a commit's diff.

    Attributes:
        old_mode, new_mode: as git writes them, e.g. b"100644"; b"000000" where there is no file.
        old, new: blob ids.
        status: A, D, M or T.
        path: as bytes; a path is not always UTF-8.
    """

    old_mode: bytes
    new_mode: bytes
    old: bytes
    new: bytes
    status: bytes
    path: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and what it changed.

    Attributes:
        id: its hash.
        parents: theirs.
        time: of the committer, in seconds since 1970.
        message: as bytes; UTF-8 where git could make it so.
        changes: the first entries of its diff, at most `KEPT_CHANGES`.
        changed: how many entries there are.
        watched: entries whose paths match the pattern that is watched for, all of them.
    """

    id: str
    parents: tuple[str, ...]
    time: int
    message: bytes
    changes: tuple[Change, ...]
    changed: int
    watched: tuple[Change, ...] = ()


def resolve(folder: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises:
        GitError: it names none.
    """
    if revision.startswith("-"):
        raise GitError(f"{revision!r} names no commit", where=f"repository {folder}")
    answer = output(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return answer.decode().strip()


def commits(
    folder: Path,
    commit: str,
    *,
    merges: bool = False,
    watch: re.Pattern[bytes] | None = None,
    since: int | None = None,
) -> Iterator[Commit]:
    """The commits that lead to `commit`, newest first, the order being the repository's own and always the same.

    Args:
        folder: the git directory.
        commit: a full hash.
        merges: tell what merges change against their first parent.
        watch: paths of which no change is to be missed, whatever else a commit changes.
        since: stop where only older commits are left, in seconds; some older ones may come before that.

    Raises:
        GitError: git failed: a damaged or incomplete repository.
    """
    rule = "--diff-merges=first-parent" if merges else "--diff-merges=off"
    age = (f"--max-age={since}",) if since is not None else ()
    with reading(folder, *_ARGUMENTS, rule, *age, "--end-of-options", commit, "--") as chunks:
        yield from parse(chunks, watch)


def parse(chunks: Iterator[bytes], watch: re.Pattern[bytes] | None = None) -> Iterator[Commit]:
    """The commits in git's answer. Every text in it ends with a NUL, and none of git's texts contains one."""
    tokens = _tokens(chunks)
    token = next(tokens, None)
    while token is not None:
        id, parents, time, message = token[1:], next(tokens), next(tokens), next(tokens)
        changes: list[Change] = []
        watched: list[Change] = []
        changed = 0
        token = next(tokens, None)
        if token == b"":  # the end of the header; behind it changes or the next commit
            token = next(tokens, None)
        while token is not None and not token.startswith(_START):
            path = next(tokens)
            changed += 1
            if changed <= KEPT_CHANGES:
                changes.append(_change(token, path))
            if watch is not None and watch.fullmatch(path):
                watched.append(_change(token, path))
            token = next(tokens, None)
        parts = (tuple(changes), changed, tuple(watched))
        yield Commit(id.decode(), tuple(parents.decode().split()), int(time), message, *parts)


def parse_raw(answer: bytes) -> Iterator[tuple[str, tuple[Change, ...], int]]:
    """What `git diff-tree --stdin --raw -z` tells: commit, the first entries of its diff, and how many there are."""
    tokens = iter(answer.split(b"\0"))
    token = next(tokens, b"")
    while token:
        id, changes, changed = token.decode(), list[Change](), 0
        token = next(tokens, b"")
        while token.startswith(b":"):
            path = next(tokens)
            changed += 1
            if changed <= KEPT_CHANGES:
                changes.append(_change(token, path))
            token = next(tokens, b"")
        yield id, tuple(changes), changed


def _tokens(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        whole = (rest + chunk).split(b"\0")
        rest = whole.pop()
        yield from whole
    if rest:
        yield rest


def _change(entry: bytes, path: bytes) -> Change:
    old_mode, new_mode, old, new, status = entry.lstrip(b"\n:").split(b" ")
    return Change(old_mode, new_mode, old, new, status[:1], path)
