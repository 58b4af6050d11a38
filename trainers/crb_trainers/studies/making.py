"""How a cell is made: by the trainer's own run and export, and by the core's engine."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from crb.errors import CrbError, UsageError
from crb.evaluation.ranks import Rank
from crb.files import read_json

if TYPE_CHECKING:
    from crb.benchmarks.base import Benchmark
    from crb.runs import Run
    from crb_trainers.recipe import Recipe


def train(recipe: Recipe, folder: Path) -> Path:
    """Train in a folder, or go on there, and export beside it; the exported folder.

    The training does not look at the benchmark, whatever the recipe says, and its last checkpoint counts: a checkpoint
    chosen by the pairs that the study measures on would be better there by luck.

    What is there is kept only if it is of this recipe and these pairs, which are read for that.

    Raises:
        UsageError: the folder holds the training or the model of another recipe, or of other pairs.
        CrbError: what the run cannot do, or that it was asked to stop.
    """
    from crb_trainers.checkpoints.export import export_checkpoint
    from crb_trainers.data.pairs import read_pairs
    from crb_trainers.training import records, run
    from crb_trainers.training.chosen import chosen_checkpoint
    from crb_trainers.training.progress import Terminal

    model = folder.parent / "model"
    blind = recipe.evaluation.model_copy(update={"benchmark": None, "patience": None})
    recipe = recipe.model_copy(update={"evaluation": blind})
    if model.is_dir() or (folder / records.SUMMARY).is_file():
        content_hash = read_pairs(recipe.data, seed=recipe.seed).content_hash
        if (folder / records.RUN).is_file():
            records.check_same(folder / records.RUN, recipe, content_hash)
        if model.is_dir():
            _check_model(model, recipe, content_hash)
            return model
    with Terminal() as watcher:
        came_to = run.train(recipe, folder, watcher=watcher)
    if came_to["state"] != "finished":
        raise CrbError(
            f"the study was stopped in step {came_to['steps']:,} of {came_to['of']:,}",
            where=str(folder),
            todo="run the same command again: it goes on from there",
        )
    rank = Rank.current()
    if rank.first:
        export_checkpoint(chosen_checkpoint(folder), recipe, model)
    rank.wait()
    return model


def _check_model(model: Path, recipe: Recipe, content_hash: str) -> None:
    """Refuse an exported model that was not made of this recipe and these pairs."""
    from crb_trainers.checkpoints.export import ABOUT

    about = read_json(model / ABOUT) if (model / ABOUT).is_file() else {}
    made_of = (about.get("fingerprint"), about.get("data_hash", content_hash))  # the first exports did not tell it
    if made_of != (recipe.fingerprint(), content_hash):
        other = "other pairs" if made_of[0] == recipe.fingerprint() else "another recipe"
        raise UsageError(
            f"the model that is there was made of {other}",
            where=f"file {model / ABOUT}",
            todo="use another folder (--out), or remove this model to have it made anew",
        )


def evaluate(model: Path, recipe: Recipe, benchmark: Benchmark, folder: Path) -> Run:
    """Score the benchmark under the recipe's prompts and length, as `crb run` would."""
    import crb

    gc.collect()  # the trained model's memory, before the next one is loaded
    return crb.evaluate(
        str(model),
        benchmark,
        prompts=recipe.evaluation.prompts,
        max_length=recipe.evaluation.max_length or recipe.data.max_length,
        long_prompts="error",  # a prompt that leaves no room counts as wrong, for every model alike
        out=folder,
    )
