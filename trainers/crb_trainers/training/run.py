"""A run: a recipe and a folder. The same call begins it, goes on with it, and answers at once when it is through.

Everything that can be wrong with recipe, data and folder is found before the model is loaded. Behind that, the folder
always holds whole checkpoints and the log up to the last step; whatever ends the process, the same call goes on.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.files import locked, write_json
from crb.packages import require_scoring
from crb_trainers.checkpoints import folders
from crb_trainers.data.pairs import read_pairs, write_benchmark
from crb_trainers.settings import Recipe
from crb_trainers.training import records
from crb_trainers.training.chosen import chosen_checkpoint
from crb_trainers.training.place import Place, find_place, stopping
from crb_trainers.training.preparing import State, check_tracker, ready
from crb_trainers.training.progress import Silent, Watcher

if TYPE_CHECKING:
    from crb.benchmarks.base import Benchmark
    from crb_trainers.training.trainer import PairTrainer

_TOLD = "asked to stop: a checkpoint is written behind this step; Ctrl-C once more stops at once"


def train(
    recipe: Recipe,
    out: Path,
    *,
    resume: Path | None = None,
    watcher: Watcher | None = None,
    stop_after: int | None = None,
) -> dict[str, Any]:
    """Train a recipe in a folder, or go on with it there.

    Args:
        out: the run's folder, one recipe and one run at a time.
        resume: a checkpoint to go on from, of this folder or of another one of the same recipe; by default this
            folder's newest one. What the folder has behind it is removed, unless it came of the same wish: the same
            call goes on here too.
        watcher: told what is going on.
        stop_after: stop behind this step as if asked to by a signal; for runs in portions.

    Returns:
        What the run came to, as summary.json has it; `state` is `finished`, or `stopped` where it was asked to stop.

    Raises:
        CrbError: the recipe, the data, the model or the disk. What was written stays, and the same call goes on.
    """
    watcher = watcher or Silent()
    done = records.summary(out)
    begun = resume is not None and records.newest_since(_kept(out), resume) is not None
    if done is not None and (resume is None or begun):
        records.check_same(out / records.RUN, recipe)
        return {**done, "out": str(out)}
    require_scoring("to train", extra="train")
    check_tracker(recipe)
    check_resumed(recipe, out, resume)
    place = find_place(recipe.parallel.kind)
    with locked(out, "another process is training in this folder", "run") if place.first else contextlib.nullcontext():
        return _train(recipe, out, place, resume, watcher if place.first else Silent(), stop_after)


def check_resumed(recipe: Recipe, out: Path, resume: Path | None) -> None:
    """Refuse a checkpoint to go on from that is of another recipe, or none.

    Raises:
        CrbError: what differs, or that there is no such checkpoint.
    """
    if resume is not None and records.newest_since(_kept(out), resume) is None:
        # else it may be removed by now, as old checkpoints are
        records.check_same(resume / folders.RUN, recipe)
        folders.step_of(resume)


def _train(
    recipe: Recipe, out: Path, place: Place, resume: Path | None, watcher: Watcher, stop_after: int | None
) -> dict[str, Any]:
    watcher.stage("reading the pairs")
    found = read_pairs(recipe.data, seed=recipe.seed)
    if place.first:
        records.begin(out, recipe, found.content_hash)
        write_benchmark(found.held_out, out / records.HELD_OUT)
        folders.tidy(out / records.CHECKPOINTS)
    place.wait()
    benchmark = _benchmark(recipe, out)
    kept = _kept(out)
    checkpoint = resume or (kept[max(kept)] if kept else None)
    if resume is not None and (later := records.newest_since(kept, resume)) is not None:
        watcher.note(f"{later.name} goes on from {resume.name} already; to begin there anew, remove it")
        checkpoint = later
    since = str(resume.resolve()) if resume is not None else None
    if checkpoint is not None:
        records.check_same(checkpoint / folders.RUN, recipe, found.content_hash)
        since = since or records.goes_on_from(checkpoint)
    place.wait()  # all have chosen before the first one removes
    step = folders.step_of(checkpoint) if checkpoint is not None else 0
    log, evaluations = records.Lines(out / records.LOG), records.Lines(out / records.EVALUATIONS)
    if place.first:
        for lines in (log, evaluations):
            lines.cut(step if checkpoint is not None else -1)  # at step 0 there may be an evaluation
        folders.forget_after(out / records.CHECKPOINTS, step)
        (out / records.SUMMARY).unlink(missing_ok=True)
    place.wait()
    begun = time.monotonic()
    trainer, state = ready(
        recipe,
        out,
        place,
        found,
        benchmark,
        watcher,
        log,
        evaluations,
        stop_after,
        since=since,
        resuming=checkpoint is not None,
    )
    watcher.start(trainer.plan.steps, step)

    def asked() -> None:
        state.stop = True
        watcher.note(_TOLD)

    if checkpoint is not None and state.history.exhausted:  # it was through, and killed before it said so
        trainer.state.global_step = step
    else:
        with stopping(asked):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint is not None else None)
    return _finish(out, trainer, state, place, log, evaluations, time.monotonic() - begun)


def _kept(out: Path) -> dict[int, Path]:
    return folders.checkpoints_in(out / records.CHECKPOINTS)


def _finish(
    out: Path,
    trainer: PairTrainer,
    state: State,
    place: Place,
    log: records.Lines,
    evaluations: records.Lines,
    seconds: float,
) -> dict[str, Any]:
    place.wait()
    step, steps = trainer.state.global_step, trainer.plan.steps
    stopped_early = state.history.exhausted and step < steps
    through = step >= steps or stopped_early
    lines, evaluated = log.read(), evaluations.read()
    best = next((line for line in evaluated if line["step"] == state.history.best), None)
    kept = _kept(out)
    document = {
        "state": "finished" if through else "stopped",
        "recipe": trainer.recipe.name,
        "out": str(out),
        "steps": step,
        "of": steps,
        "stopped_early": stopped_early,
        "pairs": step * trainer.plan.pairs_per_step,
        "tokens": sum(line["tokens"] for line in lines),
        "last": lines[-1] if lines else None,
        "best": best,
        "checkpoint": chosen_checkpoint(out).name if kept else None,
        "seconds": round(seconds, 3),
    }
    if through and place.first:
        write_json(out / records.SUMMARY, {**document, "out": out.name})
        (out / records.FAULT).unlink(missing_ok=True)  # of an earlier session
    place.wait()
    return document


def _benchmark(recipe: Recipe, out: Path) -> Benchmark | None:
    if recipe.evaluation.benchmark is None:
        return None
    from crb_trainers.training.evaluation import load_slice

    return load_slice(recipe.evaluation, out / records.HELD_OUT)
