"""What a run's folder says of itself: the recipe it is of, the log of its steps, its evaluations.

    OUT/
      run.json            the recipe with all its settings, the data's hash, versions
      data.json           what was read, left out and cut, and what is left over behind the last step
      log.jsonl           a line per step
      evaluations.jsonl   a line per evaluation
      held_out.jsonl      the held-out pairs, as a benchmark
      checkpoints/        see `crb_trainers.checkpoints.checkpoint`
      summary.json        of a run that is through

Nothing here imports torch, so that a finished run answers at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crb.errors import UsageError
from crb.files import read_json, write_bytes, write_json, writing
from crb_trainers.settings import Recipe

RUN, DATA, LOG, EVALUATIONS, SUMMARY = "run.json", "data.json", "log.jsonl", "evaluations.jsonl", "summary.json"
HELD_OUT, CHECKPOINTS, FAULT = "held_out.jsonl", "checkpoints", "fault.json"
FORMAT = 1
_SINCE = "goes_on_from"


def describe(recipe: Recipe, content_hash: str, *, since: str | None = None) -> dict[str, Any]:
    """What a run's folder and each of its checkpoints keep of the recipe.

    Args:
        since: the checkpoint that --resume named and this one goes on from.
    """
    return {
        **({_SINCE: since} if since is not None else {}),
        "format": FORMAT,
        "recipe": recipe.name,
        "fingerprint": recipe.fingerprint(),
        "data_hash": content_hash,
        "settings": recipe.model_dump(mode="json"),
    }


def goes_on_from(checkpoint: Path) -> str | None:
    """The checkpoint that --resume named before this one was written; None where it named none."""
    found = read_json(checkpoint / RUN).get(_SINCE)
    return str(found) if found is not None else None


def newest_since(kept: Mapping[int, Path], resume: Path) -> Path | None:
    """The newest of a folder's checkpoints, where it already goes on from the one that --resume names."""
    newest = kept[max(kept)] if kept else None
    return newest if newest is not None and goes_on_from(newest) == str(resume.resolve()) else None


def check_same(file: Path, recipe: Recipe, content_hash: str | None = None) -> None:
    """Refuse to go on with what another recipe began.

    Args:
        file: a run.json, of a run's folder or of a checkpoint.
        content_hash: of the data; None where they were not read yet.

    Raises:
        UsageError: another recipe or other data, with what differs.
    """
    before, data_hash = _known(file)
    told = [
        f"{field}: {old} there, {new} here" for field, old, new in _differences(before.decisive(), recipe.decisive())
    ]
    if not told and content_hash not in (None, data_hash):
        told = ["the pairs: the sources hold other rows now"]
    if told:
        raise UsageError(
            "the folder holds a run of another recipe:\n    " + "\n    ".join(told),
            where=f"file {file}",
            todo="take the differences back to go on with it, or give this run another folder with --out",
        )


def _known(file: Path) -> tuple[Recipe, Any]:
    """The recipe and the data's hash in a run.json; an error where it is not one of crb train."""
    known = read_json(file)
    try:
        return Recipe.model_validate(known["settings"]), known["data_hash"]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            "the folder was not made by this version of crb train, or its run.json was edited",
            where=f"file {file}",
            todo="give this run another folder with --out",
        ) from error


def _differences(old: Any, new: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{place}.{key}" if place else key)
    elif old != new:
        yield place, json.dumps(old), json.dumps(new)


class Lines:
    """A JSONL file of a run, a line per step or evaluation; each has its `step`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        """All whole lines; a line that a kill tore is left out."""
        if not self.path.is_file():
            return []
        found = []
        for line in self.path.read_bytes().split(b"\n")[:-1]:
            try:
                found.append(json.loads(line))
            except ValueError:  # torn by a crash of the machine; what follows it was never written
                break
        return found

    def cut(self, step: int) -> None:
        """Forget what came behind a step: the run goes on from there."""
        kept = [line for line in self.read() if line["step"] <= step]
        if self.path.is_file():
            write_bytes(self.path, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def append(self, line: Mapping[str, Any]) -> None:
        """Write a line.

        Raises:
            CrbError: the disk is full.
        """
        with writing(self.path), self.path.open("ab") as file:
            file.write((json.dumps(line) + "\n").encode())


def summary(folder: Path) -> dict[str, Any] | None:
    """What a finished run came to; None of one that is not through."""
    path = folder / SUMMARY
    return dict(read_json(path)) if path.is_file() else None


def check_folder(folder: Path, recipe: Recipe, content_hash: str | None = None) -> None:
    """Refuse a folder in which another recipe has begun; None for data that were not read yet.

    Raises:
        UsageError: the folder holds a run of another recipe, or of something else.
    """
    file = folder / RUN
    if file.is_file():
        if Lines(folder / LOG).read() or (folder / CHECKPOINTS).is_dir():
            check_same(file, recipe, content_hash)
        else:
            _known(file)


def begin(folder: Path, recipe: Recipe, content_hash: str) -> None:
    """Write run.json, of a new run or with the settings that a resumed one may change.

    A start that failed before its first step binds nobody: what its error asks for is most often another setting.

    Raises:
        UsageError: the folder holds a run of another recipe.
    """
    check_folder(folder, recipe, content_hash)
    write_json(folder / RUN, describe(recipe, content_hash))
