"""The folders of a run's checkpoints: whole or not there.

    checkpoint-120/
      trained.safetensors ...  weights and moments, see `crb_trainers.checkpoints.checkpoint`
      trainer_state.json       the Trainer's own state
      run.json                 of which recipe it is, see `crb_trainers.training.records`

Order, chance and learning rate follow from the recipe and the step, so no state of them is kept. A checkpoint is made
under another name and renamed when it is whole: a kill or a full disk leaves the older ones, and never half of one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crb.errors import CrbError, DataError, first_line

RUN = "run.json"
_PREFIX, _PART = "checkpoint-", ".part"


def checkpoints_in(folder: Path) -> dict[int, Path]:
    """The whole checkpoints of a folder by their step, the oldest first."""
    found = {}
    for path in folder.glob(f"{_PREFIX}*"):
        step = path.name.removeprefix(_PREFIX)
        if step.isdigit() and (path / RUN).is_file():
            found[int(step)] = path
    return dict(sorted(found.items()))


def step_of(checkpoint: Path) -> int:
    """The step that a checkpoint was written after.

    Raises:
        DataError: the folder is no checkpoint.
    """
    step = checkpoint.name.removeprefix(_PREFIX)
    if not step.isdigit() or not (checkpoint / RUN).is_file():
        raise DataError(
            "the folder is no checkpoint of crb train",
            file=checkpoint,
            todo="name a folder checkpoint-STEP of a run's folder checkpoints",
        )
    return int(step)


def name(step: int) -> str:
    """The name of a step's checkpoint."""
    return f"{_PREFIX}{step}"


@contextmanager
def whole(target: Path, *, first: bool, wait: Callable[[], None]) -> Iterator[Path]:
    """A folder to write a checkpoint into; it becomes `target` when all of it is on the disk.

    Args:
        first: whether this process makes and renames folders.
        wait: returns when all processes have called it.

    Raises:
        CrbError: the disk is full or cannot be written; nothing of this checkpoint stays.
    """
    from safetensors import SafetensorError
    from torch.distributed.checkpoint.api import CheckpointException

    part = target.with_name(f".{target.name}{_PART}")
    try:
        if first:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
        wait()
        yield part
        wait()
        if first:
            _settle(part)
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
            _flush(target.parent)
        wait()
    except (OSError, SafetensorError, CheckpointException, CrbError, RuntimeError) as error:
        # RuntimeError: how torch.save tells of a full disk. What else it may be is told with it.
        shutil.rmtree(part, ignore_errors=True)
        raise CrbError(
            f"the checkpoint cannot be written: {_reason(error)}",
            where=f"folder {target}",
            todo="free disk space, then run the same command again: it goes on from the checkpoint before this one",
        ) from error


def tidy(folder: Path) -> None:
    """Remove what a kill left half written."""
    for left in folder.glob(f".{_PREFIX}*{_PART}"):
        shutil.rmtree(left, ignore_errors=True)


def rotate(folder: Path, keep: int, best: int | None) -> None:
    """Remove all but the newest `keep` checkpoints and the best; 0 keeps all."""
    found = checkpoints_in(folder)
    for step in list(found)[: max(len(found) - keep, 0)] if keep else ():
        if step != best:
            shutil.rmtree(found[step], ignore_errors=True)


def forget_after(folder: Path, step: int) -> None:
    """Remove the checkpoints behind a step: a run that goes on from it writes them anew."""
    for later, path in checkpoints_in(folder).items():
        if later > step:
            shutil.rmtree(path, ignore_errors=True)


def _settle(folder: Path) -> None:
    """Bring a folder's files to the disk, so that the name never appears before the content."""
    for path in folder.rglob("*"):
        if path.is_file():
            _flush(path)
    _flush(folder)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: BaseException) -> str:
    if isinstance(error, CrbError):
        return error.what
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return first_line(error)


def write_run(folder: Path, document: Mapping[str, Any]) -> None:
    """Write down of which run a checkpoint is."""
    (folder / RUN).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
