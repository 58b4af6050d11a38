"""How far a build is, read from its folder: manifests of finished steps, records of unfinished ones."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crb.errors import DataError
from crb.files import read_json

_COUNTS = ("rows_in", "rows_out", "dropped", "reasons", "seconds", "rows_per_second", "hash", "report")


def status(out: Path) -> dict[str, Any]:
    """The recipe, the folder and each step's state and counts.

    A step is `finished`, `begun` (some parts are on disk) or `waiting`. Whether the recipe has changed since is not
    looked at: `crb build` finds out.

    Raises:
        DataError: there is no build in the folder, or one that this version did not write.
    """
    path = out / "recipe.json"
    if not path.is_file():
        raise DataError("no build lies in this folder", file=out, todo="name the --out of a `crb build RECIPE`")
    recipe = read_json(path)
    with _shape(path):
        stages = [(out / stage["name"], _head(stage)) for stage in recipe["stages"]]
        told = {"recipe": recipe["recipe"], "seed": recipe["seed"], "out": str(out)}
    return told | {"steps": [_step(folder, head) for folder, head in stages]}


@contextlib.contextmanager
def _shape(path: Path) -> Iterator[None]:
    """Turn a surprise at what a JSON file holds into an error that names it."""
    try:
        yield
    except (LookupError, TypeError, AttributeError) as error:
        raise DataError(
            "the file is of no build of this version",
            file=path,
            todo="name the --out of a `crb build RECIPE`; where it is one, that command makes again what is missing",
        ) from error


def _head(stage: dict[str, Any]) -> dict[str, Any]:
    return {"step": stage["name"], "stage": stage["use"], "from": stage["from"]}


def _step(folder: Path, head: dict[str, Any]) -> dict[str, Any]:
    head |= {"shards": str(folder / "shards")}
    path = folder / "manifest.json"
    if path.is_file():
        manifest = read_json(path)
        with _shape(path):
            counts = {name: manifest[name] for name in _COUNTS}
            return head | {"state": "finished", "parts": len(manifest["shards"])} | counts
    return head | _begun(folder)


def _begun(folder: Path) -> dict[str, Any]:
    """What the records of a step that is not finished add up to."""
    parts, seen, kept, seconds = 0, 0, 0, 0.0
    reasons: Counter[str] = Counter()
    for path in sorted(folder.glob("records/[!.]*.json")):
        record = read_json(path)
        with _shape(path):
            parts, seen, kept = parts + 1, seen + record["seen"], kept + record["kept"]
            seconds += record["seconds"]
            reasons.update(record["reasons"])
    return {
        "state": "begun" if parts or (folder / "summaries").is_dir() else "waiting",
        "parts": parts,
        "rows_in": seen if parts else None,
        "rows_out": kept if parts else None,
        "dropped": sum(reasons.values()),
        "reasons": dict(reasons.most_common()),
        "seconds": round(seconds, 3),
        "rows_per_second": round(seen / seconds, 1) if seconds else None,
        "hash": None,
        "report": {},
    }
