"""Histories around the first day of a window, and the way of their commits through the stages of a fresh slice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crb_builders.recipe import parse
from crb_builders.run import build
from crb_builders.store import Place
from histories import History, Put

Row = dict[str, Any]
SINCE = "2026-01-01"
DAY = 86_400
FIRST = 1_767_225_600  # 2026-01-01, UTC
RECIPE = """
shared: {repositories: [%s], since: %s, until: null}
stages:
  - mine: {since: null, message_rules: false}
  - languages: {}
  - pull_requests: {}
  - unseen: {}
"""


def code(name: str, lines: int = 6) -> bytes:
    """A function with words of its own, of some lines."""
    body = "".join(f"    {name}_{number} = {name}_start + {number} * {name}_step\n" for number in range(lines))
    return f"def {name}({name}_start, {name}_step):\n{body}    return {name}_{lines - 1}\n".encode()


def begun(*files: tuple[bytes, bytes]) -> History:
    """A history whose first commit, a month before the window, brings files."""
    brought = [Put(path, content) for path, content in files or [(b"a.py", code("alpha"))]]
    history = History()
    history.commit(*brought, time=FIRST - 30 * DAY)
    return history


def through(history: History, tmp_path: Path, *overrides: str) -> tuple[dict[int, str], list[Row]]:
    """What became of each commit, by its number (`kept`, or why it was dropped), and the rows that `unseen` kept."""
    folder = tmp_path / "one.git"
    hashes = history.write(folder)
    numbers = {hash: number for number, hash in enumerate(hashes, start=1)}
    recipe = parse(RECIPE % (folder, SINCE), name="fresh", source="a test", overrides=overrides)
    fates: dict[int, str] = {}
    for manifest in build(recipe, tmp_path / "out"):
        place = Place(tmp_path / "out" / manifest["step"])
        for path in place.folder.glob("rejects/*.parquet"):
            rows = _read(path)
            fates |= {numbers[row["commit"]]: row["reason"] for row in rows}
    kept = [row for path in place.folder.glob("shards/*.parquet") for row in _read(path)]
    return fates | {numbers[row["commit"]]: "kept" for row in kept}, kept


def _read(path: Path) -> list[Row]:
    import pyarrow.parquet as pq

    return list(pq.read_table(path).to_pylist())
