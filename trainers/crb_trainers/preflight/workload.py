"""What a recipe's data come to: pairs, tokens and steps, counted where all is at hand, estimated where it is not.

Three ways, the first that works: the run's own plan over the real tokens; texts at hand, their bytes over
`BYTES_PER_TOKEN`; published figures of the data set. Which one it was is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crb.errors import CrbError
from crb_trainers.data.plan import Plan, accumulation, of_pairs
from crb_trainers.preflight.estimates import Load

if TYPE_CHECKING:
    from crb_trainers.data.pairs import PairSet
    from crb_trainers.data.tokenisation import TokenPair
    from crb_trainers.settings import Recipe

BYTES_PER_TOKEN = 3.5
"""Of code and English in UTF-8; 3.51 under SmolLM2's tokenizer on 60 rows of each of 22 sets of preference pairs."""
PUBLISHED = {  # pairs and bytes of text, as the cards of the data sets say
    "project-themis/Themis-GeneralPreference": (110_717, 581_086_365),
    "project-themis/Themis-CodePreference": (354_010, 3_018_930_512),
}
_PROMPT_SHARE = 0.3  # of a pair's bytes, where only the sum of them is known
_STEPS_LOOKED_AT = 50


@dataclass(frozen=True)
class Workload:
    """A run's data.

    Attributes:
        basis: `counted`, or how they were estimated.
        pairs: kept, of all sources.
        steps: of the run.
        pairs_trained: pairs of all steps.
        largest_pairs: how many pairs the largest micro-batch has.
        load: tokens of all steps.
    """

    basis: str
    pairs: int
    steps: int
    pairs_trained: int
    largest_pairs: int
    load: Load


def workload(recipe: Recipe, processes: int) -> Workload:
    """What a recipe's data come to on so many processes.

    Raises:
        CrbError: the data cannot be read and no figures of them are known, or they do not fill a step.
    """
    from crb_trainers.data.pairs import read_pairs

    try:
        found = read_pairs(recipe.data, seed=recipe.seed)
    except CrbError:
        if any(source.path.partition("@")[0] not in PUBLISHED for source in recipe.data.sources):
            raise
        return _published(recipe, processes)
    return _of_pairs(recipe, found, processes)


def _of_pairs(recipe: Recipe, found: PairSet, processes: int) -> Workload:
    from crb_trainers.modelling.loading import load_tokenizer
    from crb_trainers.training.preparing import planned
    from crb_trainers.training.progress import Silent

    try:
        tokenizer = load_tokenizer(recipe.model)
    except CrbError:
        if Path(recipe.model.name).is_dir():  # it is at hand, and the run will say the same
            raise
        prompts = np.asarray([_tokens((pair.system or "") + pair.prompt) for pair in found.train])
        chosen = np.asarray([_tokens(pair.chosen) for pair in found.train])
        rejected = np.asarray([_tokens(pair.rejected) for pair in found.train])
        sources = np.asarray([pair.source for pair in found.train])
        return _counted(
            recipe,
            processes,
            prompts,
            chosen,
            rejected,
            sources,
            "estimated from the texts' bytes: no tokenizer at hand",
        )
    pairs, plan = planned(recipe, found, tokenizer, None, Silent())
    shared = np.asarray([pair.tokens for pair in pairs]) - plan.costs
    return _workload(recipe, plan, processes, _seen(pairs, shared), "counted")


def _published(recipe: Recipe, processes: int) -> Workload:
    sizes = [PUBLISHED[source.path.partition("@")[0]] for source in recipe.data.sources]
    counts = np.concatenate([[pairs] for pairs, _ in sizes])
    means = np.concatenate([[size / pairs / BYTES_PER_TOKEN] for pairs, size in sizes])
    sources = np.repeat(np.arange(len(sizes)), counts)
    total = np.repeat(means, counts)
    half = ((1 - _PROMPT_SHARE) / 2 * total).astype(np.int64)
    prompts = (_PROMPT_SHARE * total).astype(np.int64)
    basis = "estimated from the published size: the data are not at hand"
    found = _counted(recipe, processes, prompts, half, half, sources, basis)
    # Of the lengths only the mean is known. Some pair has the longest: a micro-batch is taken to have one of these.
    mean, longest = found.load.largest // found.largest_pairs, 2 * recipe.data.max_length
    wanted = found.load.largest_completion > 0
    load = replace(
        found.load,
        largest=found.load.largest + max(0, longest - mean),
        largest_completion=found.load.largest_completion + (recipe.data.max_length if wanted else 0),
    )
    return replace(found, load=load)


def _counted(
    recipe: Recipe,
    processes: int,
    prompts: np.ndarray[tuple[int], np.dtype[np.int64]],
    chosen: np.ndarray[tuple[int], np.dtype[np.int64]],
    rejected: np.ndarray[tuple[int], np.dtype[np.int64]],
    sources: np.ndarray[tuple[int], np.dtype[np.int64]],
    basis: str,
) -> Workload:
    """A workload of lengths alone; the prompt is taken to be shared unless sharing is off."""
    longest = recipe.data.max_length
    prompts = np.minimum(prompts, longest)
    first, second = np.minimum(prompts + chosen, longest), np.minimum(prompts + rejected, longest)
    shared = prompts if recipe.data.share_prefix != "off" else np.zeros_like(prompts)
    plan = of_pairs(
        (first + second - shared).tolist(),
        (first - prompts).tolist(),
        sources.tolist(),
        [source.weight for source in recipe.data.sources],
        pairs_per_step=recipe.batch.pairs,
        epochs=recipe.epochs,
        seed=recipe.seed,
        max_steps=recipe.max_steps,
    )
    return _workload(recipe, plan, processes, (first**2 + second**2 - shared**2) / 2, basis)


def _workload(
    recipe: Recipe, plan: Plan, processes: int, seen: np.ndarray[tuple[int], np.dtype[np.float64]], basis: str
) -> Workload:
    count = processes * accumulation(plan.pairs_per_step, recipe.batch.pairs_per_device, processes)
    trained = plan.steps * plan.pairs_per_step
    looked = range(0, plan.steps, max(1, plan.steps // _STEPS_LOOKED_AT))
    hands = [hand for step in looked for hand in plan.micro_batches(step, count)]
    largest = max(hands, key=lambda hand: int(plan.costs[hand].sum()))
    wanted = recipe.objective.language_model > 0
    load = Load(
        tokens=round(float(plan.costs.mean()) * trained),
        attended=round(float(seen.mean()) * trained),
        completion=round(float(plan.targets.mean()) * trained) if wanted else 0,
        largest=int(plan.costs[largest].sum()),
        largest_completion=int(plan.targets[largest].sum()) if wanted else 0,
    )
    return Workload(basis, len(plan.costs), plan.steps, trained, max(map(len, hands)), load)


def _seen(
    pairs: list[TokenPair], shared: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How many tokens a pair's tokens attend to, in all: each those in front of it, a shared one once."""
    first = np.asarray([len(pair.chosen) for pair in pairs], dtype=np.float64)
    second = np.asarray([len(pair.rejected) for pair in pairs], dtype=np.float64)
    return (first**2 + second**2 - shared.astype(np.float64) ** 2) / 2


def _tokens(text: str) -> int:
    return round(len(text.encode()) / BYTES_PER_TOKEN)
