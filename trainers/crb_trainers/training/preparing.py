"""What a run needs before its first step: pairs as tokens, the plan, the model, and the Trainer with all of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.errors import DataError, MissingPackageError, UsageError
from crb.files import write_json
from crb_trainers.data.pairs import Pair, PairSet
from crb_trainers.data.plan import Plan, accumulation, of_pairs
from crb_trainers.settings import ModelSettings, Recipe
from crb_trainers.training import records
from crb_trainers.training.chosen import chosen_checkpoint, recipe_of
from crb_trainers.training.history import History
from crb_trainers.training.place import Place
from crb_trainers.training.progress import Watcher

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from crb.benchmarks.base import Benchmark
    from crb_trainers.data.tokenisation import TokenisingReport, TokenPair
    from crb_trainers.modelling.loading import Loaded
    from crb_trainers.modelling.model import PairModel
    from crb_trainers.training.evaluation import Evaluator
    from crb_trainers.training.trainer import PairTrainer


@dataclass
class State:
    """What a run knows of itself while it goes."""

    history: Any = None
    stop: bool = False


def ready(
    recipe: Recipe,
    out: Path,
    place: Place,
    found: PairSet,
    benchmark: Benchmark | None,
    watcher: Watcher,
    log: records.Lines,
    evaluations: records.Lines,
    stop_after: int | None,
    *,
    since: str | None,
    resuming: bool,
) -> tuple[PairTrainer, State]:
    """The Trainer with everything it needs.

    Args:
        since: the checkpoint that --resume named, if any; those to come keep it.
        resuming: whether the weights will come from a checkpoint of this run.
    """
    from transformers import PrinterCallback, set_seed

    from crb_trainers.modelling.loading import load
    from crb_trainers.training.arguments import arguments
    from crb_trainers.training.pace import Pace
    from crb_trainers.training.trainer import PairTrainer

    watcher.stage(f"loading {recipe.model.name}")
    set_seed(recipe.seed)
    weights = place.first or recipe.parallel.kind != "fsdp2"  # sharding sends the first process' to all
    loaded = load(
        recipe.model,
        language_loss=recipe.objective.language_model > 0,
        chunk=recipe.objective.language_model_chunk,
        weights=weights,
    )
    if weights and recipe.model.start_from is not None and not resuming:  # a checkpoint has all that is trained
        start_from(Path(recipe.model.start_from), recipe.model, loaded.model)
    watcher.stage(f"tokenising {len(found.train):,} pairs")
    pairs, plan = planned(recipe, found, loaded.tokenizer, out if place.first else None, watcher)
    args = arguments(
        recipe,
        out / records.CHECKPOINTS,
        plan,
        accumulation=accumulation(plan.pairs_per_step, recipe.batch.pairs_per_device, place.world),
    )
    evaluator = _evaluator(recipe, benchmark, loaded, place)
    state = State(History(recipe.evaluation, evaluations.read(), evaluator.benchmark_hash if evaluator else None))
    place.wait()  # all have read what the first one appends to from now on
    pace = Pace(recipe, plan.steps, evaluates=benchmark is not None)
    pace.history = state.history

    def told(figures: Mapping[str, Any]) -> None:
        log.append(figures)
        watcher.step(figures)

    def evaluated(figures: Mapping[str, Any]) -> None:
        pace.improved = state.history.add(figures)
        if place.first:
            evaluations.append(figures)
            watcher.evaluated(figures)

    trainer = PairTrainer(
        loaded.model,
        recipe,
        plan,
        pairs,
        args,
        evaluator=evaluator,
        evaluated=evaluated,
        told=told,
        described=records.describe(recipe, found.content_hash, since=since),
        best=lambda: state.history.best,
        asked_to_stop=lambda: state.stop or (stop_after is not None and trainer.state.global_step + 1 >= stop_after),
        callbacks=[pace],
    )
    pace.trainer = trainer
    if recipe.tracker.kind == "wandb":
        os.environ["WANDB_PROJECT"] = recipe.tracker.project  # the callback of transformers reads it nowhere else
    trainer.remove_callback(PrinterCallback)
    return trainer, state


def _evaluator(recipe: Recipe, benchmark: Benchmark | None, loaded: Loaded, place: Place) -> Evaluator | None:
    if benchmark is None:
        return None
    import torch

    from crb_trainers.training.evaluation import Evaluator

    sharded = recipe.parallel.kind == "fsdp2"
    return Evaluator(
        recipe.evaluation,
        benchmark,
        loaded.model,
        loaded.tokenizer,
        max_length=recipe.data.max_length,
        rank=place.rank,
        world=place.world,
        sharded=sharded,
        autocast=torch.bfloat16 if recipe.model.dtype == "bfloat16" and not sharded else None,
    )


def planned(
    recipe: Recipe, found: PairSet, tokenizer: PreTrainedTokenizerBase, out: Path | None, watcher: Watcher
) -> tuple[list[TokenPair], Plan]:
    """The pairs as tokens, and the plan; data.json where `out` is given.

    Raises:
        DataError: no pair is left, or too few for a step.
    """
    from crb_trainers.data.batch import cost
    from crb_trainers.data.tokenisation import tokenise_pairs

    data = recipe.data
    pairs, report = tokenise_pairs(found.train, tokenizer, max_length=data.max_length, too_long=data.too_long)
    if not pairs:
        told = "; ".join(
            f"{reason}: {count:,}, e.g. {report.examples[reason][0]!r}" for reason, count in report.dropped.items()
        )
        raise DataError(
            f"no pair is left of {report.read:,} at {data.max_length} tokens ({told})",
            file=", ".join(source.path for source in data.sources),
            field="data.max_length",
            todo=_room(report, data.too_long),
        )
    sources: dict[str, Pair] = {pair.id: pair for pair in found.train}
    plan = of_pairs(
        [cost(pair, data.share_prefix) for pair in pairs],
        [pair.completion_tokens for pair in pairs],
        [sources[pair.id].source for pair in pairs],
        [source.weight for source in data.sources],
        pairs_per_step=recipe.batch.pairs,
        epochs=recipe.epochs,
        seed=recipe.seed,
        max_steps=recipe.max_steps,
    )
    document = _data_document(found, report, pairs, plan)
    if out is not None:
        write_json(out / records.DATA, document)
    for reason, count in [*found.dropped.items(), *report.dropped.items()]:
        watcher.note(f"{count:,} pairs are left out: {reason}")
    if report.truncated:
        watcher.note(f"{report.truncated:,} pairs have a response that is cut to {data.max_length:,} tokens")
    if plan.unused and recipe.max_steps is None:
        watcher.note(f"{plan.unused:,} pairs are left over behind the last of {plan.steps:,} steps")
    return pairs, plan


def _room(report: TokenisingReport, too_long: str) -> str:
    """What to do where no pair is left; cutting is no way out where it is the prompts that are too long."""
    if set(report.dropped) == {"identical"}:
        return "give pairs whose responses differ before data.max_length cuts them"
    return "raise data.max_length" + (", or set data.too_long=truncate" if too_long == "drop" else "")


def _data_document(found: PairSet, report: TokenisingReport, pairs: list[TokenPair], plan: Plan) -> dict[str, Any]:
    return {
        "rows": list(found.rows),
        "left_out": dict(found.dropped),
        "held_out": len(found.held_out),
        "tokenised": {
            "read": report.read,
            "kept": report.kept,
            "truncated": report.truncated,
            "dropped": dict(report.dropped),
            "examples": {reason: list(ids) for reason, ids in report.examples.items()},
        },
        "tokens": sum(pair.tokens for pair in pairs),
        "tokens_computed": int(plan.costs.sum()),
        "completion_tokens": int(plan.targets.sum()),
        "pairs_per_epoch": plan.per_epoch,
        "steps": plan.steps,
        "pairs_left_over": plan.unused,
    }


def start_from(place: Path, settings: ModelSettings, model: PairModel) -> None:
    """Weights of another run: of a checkpoint, or of a run's folder its chosen one.

    A language-model head that is not computed here may stand there and is left. Of what else is frozen here nothing is
    taken, because no checkpoint of this run would keep it.

    Raises:
        UsageError: that run trained other parts of the model than this one.
        DataError: the checkpoint is damaged, or of another model.
    """
    from crb_trainers.checkpoints.checkpoint import load_weights

    checkpoint = startable(place, settings)
    output = model.causal.get_output_embeddings()
    idle = {id(weight) for weight in output.parameters() if not weight.requires_grad} if output is not None else set()
    load_weights(checkpoint, model, unused={name for name, weight in model.named_parameters() if id(weight) in idle})


def startable(place: Path, settings: ModelSettings) -> Path:
    """The checkpoint that a run or checkpoint stands for, if weights like those of the settings are in it.

    Raises:
        UsageError: that run trained other parts of the model than this one.
        DataError: there is no checkpoint.
    """
    checkpoint = chosen_checkpoint(place)
    there, here = _trained_part(recipe_of(checkpoint).model), _trained_part(settings)
    if there != here:
        raise UsageError(
            f"the checkpoint has {there} of a model, and this recipe trains {here}",
            where=f"field model.start_from: {checkpoint}",
            todo=f"crb train export {shlex.quote(str(place))} MODEL, then set model.name=MODEL and "
            "model.start_from=null; the reward head begins anew",
        )
    return checkpoint


def _trained_part(settings: ModelSettings) -> str:
    if settings.lora is not None:
        return "the adapters"
    return "the reward head" if settings.freeze else "all weights"


def check_tracker(recipe: Recipe) -> None:
    kind = recipe.tracker.kind
    if kind != "none" and find_spec(kind) is None and not (kind == "tensorboard" and find_spec("tensorboardX")):
        extra = "train" if kind == "tensorboard" else ""
        raise MissingPackageError(kind, why=f"for tracker.kind={kind}", extra=extra)
