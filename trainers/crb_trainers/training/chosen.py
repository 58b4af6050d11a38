"""Which checkpoint of a run stands for it, and of which recipe it is."""

from __future__ import annotations

from pathlib import Path

from crb.errors import DataError
from crb.files import read_json
from crb_trainers.checkpoints import folders
from crb_trainers.settings import Recipe
from crb_trainers.training import records
from crb_trainers.training.history import History


def chosen_checkpoint(place: Path) -> Path:
    """A checkpoint, given itself or as a run's folder: the best by evaluation, else the newest.

    Raises:
        DataError: there is none.
    """
    if (place / folders.RUN).is_file() and place.name.startswith("checkpoint-"):
        folders.step_of(place)
        return place
    kept = folders.checkpoints_in(place / records.CHECKPOINTS)
    if not kept:
        raise DataError(
            "there is no checkpoint", file=place, todo="name a run's folder that has checkpoints, or a checkpoint"
        )
    best = History(recipe_of(place).evaluation, records.Lines(place / records.EVALUATIONS).read()).best
    return kept[best if best in kept else max(kept)]


def recipe_of(place: Path) -> Recipe:
    """The recipe that a run's folder or a checkpoint is of.

    Raises:
        DataError: the folder is neither.
    """
    try:
        return Recipe.model_validate(read_json(place / records.RUN)["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            "the file does not describe a run of crb train", file=place / records.RUN, todo="name another folder"
        ) from error
