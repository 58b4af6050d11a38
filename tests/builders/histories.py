"""Git histories made for tests, by one `git fast-import`: any tree, any path, any message, in milliseconds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

FILE, SCRIPT, LINK, MODULE = "100644", "100755", "120000", "160000"
START = 1_500_000_000
MIT = b"""MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction ...
The above copyright notice and this permission notice shall be included in all copies of the Software."""


@dataclass(frozen=True)
class Put:
    """A file gets content; of a submodule the content is a commit's hash."""

    path: bytes
    content: bytes
    mode: str = FILE


@dataclass(frozen=True)
class Drop:
    path: bytes


@dataclass(frozen=True)
class Move:
    path: bytes
    to: bytes


@dataclass
class History:
    """Commits to be, in order; a commit is named by its number, from 1. Each is a minute after the one before."""

    stream: list[bytes] = field(default_factory=list)
    count: int = 0

    def commit(
        self,
        *changes: Put | Drop | Move,
        message: bytes = b"",
        parents: Sequence[int] | None = None,
        time: int | None = None,
        written: int | None = None,
    ) -> int:
        """Add a commit; its parent is the one before it, unless others are given. Returns its number.

        `time` is the committer's, `written` the author's, by default the same.
        """
        self.count += 1
        text = message or b"change number %d of this history" % self.count
        when = time if time is not None else START + 60 * self.count
        named = parents if parents is not None else ([self.count - 1] if self.count > 1 else [])
        self.stream += [
            b"commit refs/heads/work%d\nmark :%d\n" % (self.count, self.count),
            b"author somebody <somebody@example.org> %d +0000\n" % (when if written is None else written),
            b"committer somebody <somebody@example.org> %d +0000\n" % when,
            b"data %d\n%s\n" % (len(text), text),
        ]
        for number, parent in enumerate(named):
            self.stream.append(b"%s :%d\n" % (b"merge" if number else b"from", parent))
        self.stream += map(_change, changes)
        self.stream.append(b"\n")
        return self.count

    def write(self, folder: Path, *, tip: int | None = None) -> list[str]:
        """Make a bare repository whose HEAD is a commit, by default the last; their hashes in order."""
        git(None, "init", "--quiet", "--bare", str(folder))
        marks = folder / "marks"
        git(folder, "fast-import", "--quiet", f"--export-marks={marks}", stdin=b"".join(self.stream))
        hashes = dict(line.split() for line in marks.read_text(encoding="utf-8").splitlines())
        git(folder, "update-ref", "refs/heads/main", hashes[f":{tip or self.count}"])
        git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
        return [hashes[f":{number}"] for number in range(1, self.count + 1)]


def git(folder: Path | None, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git says."""
    where = [f"--git-dir={folder}"] if folder is not None else []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        ["git", *where, *arguments], input=stdin, capture_output=True, check=True, env=environment
    ).stdout


def _change(change: Put | Drop | Move) -> bytes:
    if isinstance(change, Drop):
        return b"D %s\n" % _quoted(change.path)
    if isinstance(change, Move):
        return b"R %s %s\n" % (_quoted(change.path), _quoted(change.to))
    if change.mode == MODULE:
        return b"M %s %s %s\n" % (MODULE.encode(), change.content, _quoted(change.path))
    return b"M %s inline %s\ndata %d\n%s\n" % (
        change.mode.encode(),
        _quoted(change.path),
        len(change.content),
        change.content,
    )


def _quoted(path: bytes) -> bytes:
    return b'"%s"' % b"".join(
        b"\\%03o" % byte if byte < 33 or byte > 126 or byte in b'"\\' else bytes([byte]) for byte in path
    )
