"""What a history says of a window: whose dates contradict each other, what stood there before, what was undone.

Dates are claims. A commit cannot be older than its parents, so a commit dated in the window under one that is dated
before it is dated wrongly, or the other is: nobody can tell which, so neither counts as fresh. Contents are facts: a
file's blob id is a hash of its bytes, and one pass over all branches lists every content that commits before the window
had, whatever its path. Branches and pull requests that the clone has count too: what waits there can be read as well.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crb_builders.extensions import language_of
from crb_builders.git.blobs import AHEAD, Blobs
from crb_builders.git.log import REGULAR, commits
from crb_builders.git.process import output, reading

_ANY = re.compile(rb".*", re.DOTALL)


@dataclass(frozen=True)
class Dates:
    """What the dates of a history say.

    Attributes:
        authored: the author's time of each commit dated from the window's begin on, in seconds.
        contradicted: those of them that a commit dated before the window descends from.
        back_dated: commits dated before the window that descend from one dated in it, newest first.
    """

    authored: dict[str, int]
    contradicted: frozenset[str]
    back_dated: tuple[str, ...]


def dates(folder: Path, head: str, since: int) -> Dates:
    """Read the dates of all commits that lead to `head`.

    Raises:
        GitError: git failed.
    """
    history = list(_dated(folder, head))  # children before their parents
    authored: dict[str, int] = {}
    contradicted: set[str] = set()
    below_old: set[str] = set()  # ancestors of commits dated before the window
    for id, committed, author_time, parents in history:
        if committed >= since:
            authored[id] = author_time
            if id in below_old:
                contradicted.add(id)
        if committed < since or id in below_old:
            below_old.update(parents)
    after: set[str] = set()  # commits dated in the window, and what descends from them
    back_dated: list[str] = []
    for id, committed, _, parents in reversed(history):
        descends = not after.isdisjoint(parents)
        if committed < since and descends:
            back_dated.append(id)
        if committed >= since or descends:
            after.add(id)
    return Dates(authored, frozenset(contradicted), tuple(reversed(back_dated)))


def _dated(folder: Path, head: str) -> Iterator[tuple[str, int, int, tuple[str, ...]]]:
    arguments = ("log", "--topo-order", "--format=%H %ct %at %P", "--end-of-options", head, "--")
    for line in _lines(folder, *arguments):
        id, committed, author_time, *parents = line.decode().split()
        yield id, int(committed), int(author_time), tuple(parents)


def _lines(folder: Path, *arguments: str) -> Iterator[bytes]:
    rest = b""
    with reading(folder, *arguments) as chunks:
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole


def blob_id(text: str, commit: str) -> str:
    """The id that git gives a file with this content, in a repository whose commits have ids like this one."""
    content = text.encode()
    hasher = hashlib.sha1 if len(commit) == 40 else hashlib.sha256
    return hasher(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def blobs_before(folder: Path, head: str, wanted: Collection[str], since: int) -> set[str]:
    """Those of the blobs that a commit before the window had, under any path and on any branch.

    One walk through all trees, without contents; those that a partial clone lacks are listed as well.

    Raises:
        GitError: git failed.
    """
    arguments = ("--objects", "--no-object-names", "--missing=print", "--filter=object:type=blob", "--all")
    listed = _lines(folder, "rev-list", f"--min-age={since - 1}", *arguments, head, "--")
    return {id for line in listed if (id := line.lstrip(b"?").decode()) in wanted}


def undone(folder: Path, head: str, since: int) -> set[str]:
    """Commits from the window's begin on of which a later one gave a file back the content it had before.

    Raises:
        GitError: git failed.
    """
    restored: set[tuple[bytes, bytes]] = set()  # contents that later commits gave to a path
    found: set[str] = set()
    for commit in commits(folder, head, watch=_ANY, since=since):
        if commit.time < since:
            continue
        if any((change.path, change.old) in restored for change in commit.watched):
            found.add(commit.id)
        restored.update((change.path, change.new) for change in commit.watched)
    return found


def start_of(folder: Path, head: str, since: int) -> str | None:
    """The last commit of the main line before the window; None where the repository began in it."""
    answer = output(folder, "rev-list", "--first-parent", "-1", f"--min-age={since - 1}", head, "--")
    return answer.decode().strip() or None


def files_of(folder: Path, commit: str, largest: int = 1_000_000) -> Iterator[list[str]]:
    """The texts of a commit's files of code, some at a time; larger ones, in bytes, are left out.

    Raises:
        GitError: git failed.
    """
    ids: list[bytes] = []
    for entry in output(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        head, _, path = entry.partition(b"\t")
        mode, _, rest = head.partition(b" ")
        if mode in REGULAR and language_of(path.decode("utf-8", "replace")) is not None:
            ids.append(rest.rpartition(b" ")[2])
    every = iter(ids)
    with Blobs(folder, largest) as blobs:
        while group := list(islice(every, AHEAD // 4)):
            blobs.ask(group)
            contents = [blobs.take(id) for id in group]
            yield [content.decode("utf-8", "replace") for content in contents if isinstance(content, bytes)]
