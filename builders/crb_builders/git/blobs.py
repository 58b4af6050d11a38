"""Contents of files: one `git cat-file --batch` per repository, asked ahead of its answers.

What is asked for twice within the window is read once: the old side of a change is often the new side of an earlier
one. Only contents that are still wanted are kept, so memory is bounded by the window and the size limit.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crb.errors import CrbError
from crb_builders.git.process import command, environment, failure

_CHUNK = 1 << 20
AHEAD = 512
"""So many requests fit into a pipe, whatever else is going on."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A blob beyond the limit, of so many bytes."""

    size: int


Content = bytes | TooLarge | None


class Blobs:
    """Reads blobs of one repository; a context manager.

    Ask for ids with `ask`, at most `AHEAD` before they are taken. Then `take` each, as often as it was asked for and in
    the same order.

    Args:
        folder: the git directory.
        limit: bytes; of a larger blob only the size is told.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._process = subprocess.Popen(
            command("cat-file", "--batch", folder=folder),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 18,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("both are pipes")
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout
        self._wanted: Counter[bytes] = Counter()
        self._held: dict[bytes, Content] = {}

    def __enter__(self) -> Blobs:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._from.close()
        with contextlib.suppress(BrokenPipeError):
            self._to.close()
        self._process.wait()

    def ask(self, ids: Sequence[bytes]) -> None:
        """Announce ids that will be taken."""
        new = []
        for id in ids:
            if not self._wanted[id]:
                new.append(id)
            self._wanted[id] += 1
        try:
            self._to.writelines(id + b"\n" for id in new)
            self._to.flush()
        except BrokenPipeError:
            raise self._failure() from None

    def take(self, id: bytes) -> Content:
        """The content of a blob; None where the repository does not have it.

        Raises:
            GitError: git ended before its time: the repository is damaged.
            GitKilledError: somebody ended it.
        """
        while id not in self._held:
            read, content = self._read()
            self._held[read] = content
        content = self._held[id]
        self._wanted[id] -= 1
        if not self._wanted[id]:
            del self._wanted[id], self._held[id]
        return content

    def _read(self) -> tuple[bytes, Content]:
        head = self._from.readline().split()
        if len(head) == 2:  # "<id> missing"
            return head[0], None
        if len(head) != 3:
            raise self._failure()
        size = int(head[2])
        if size > self._limit or head[1] != b"blob":
            rest = size + 1
            while rest:
                rest -= len(self._from.read(min(rest, _CHUNK))) or self._fail()
            return head[0], TooLarge(size) if head[1] == b"blob" else None
        content = self._from.read(size)
        if len(content) != size or self._from.read(1) != b"\n":
            raise self._failure()
        return head[0], content

    def _fail(self) -> int:
        raise self._failure()

    def _failure(self) -> CrbError:
        with contextlib.suppress(subprocess.TimeoutExpired):  # it still runs where its answer is none that we know
            self._process.wait(timeout=5)
        return failure("git cat-file ended before its time", "cat-file", self._process.returncode, self._folder)
