"""Evaluation while training: the weights as they are, through the core's own engine.

The model in training is shown to the core as one more scalar model, so requests, prefix trees, packing and readings are
those of `crb run`: a score in the loop is the score of the exported model. What differs is only that nothing is loaded
and that the attention is put back behind it.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from crb.adapter import ScalarModel
from crb.benchmarks import load_benchmark
from crb.benchmarks.base import content_hash
from crb.engines.choice import choose
from crb.engines.packing import Batch
from crb.engines.scalar import Readings, ScalarEngine
from crb.errors import DataError, UsageError
from crb.items import CHOSEN, REJECTED
from crb.prompts import PromptMode, load_prompt_set, parse_choice
from crb.readings import outcome
from crb.requests import Key, Request, scalar_requests
from crb.statistics.intervals import wilson
from crb.vocabulary import Outcome
from crb_trainers.settings import HELD_OUT

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from crb.benchmarks.base import Benchmark
    from crb.items import Item
    from crb.readings import Reading
    from crb_trainers.modelling.model import PairModel
    from crb_trainers.settings import EvaluationSettings


class InTraining(ScalarModel):
    """A model in training as the core's engines know models."""

    def __init__(self, model: PairModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self._model = model
        self.backbone = model.decoder
        self.tokenizer = tokenizer

    def reward(self, hidden: Tensor) -> Tensor:
        """The head's score of the last token, in float32 as in training and in the exported model."""
        with torch.autocast(hidden.device.type, enabled=False):
            scores: Tensor = self._model.head(hidden[:, -1].float())
        return scores.float()[:, 0]


def load_slice(settings: EvaluationSettings, held_out: Path) -> Benchmark | None:
    """The recipe's slice of its benchmark; None where it names none.

    Raises:
        CrbError: no such benchmark, nothing left of it, or items that are no pairs.
    """
    if settings.benchmark is None:
        return None
    if settings.benchmark == HELD_OUT and not (held_out.is_file() and held_out.stat().st_size):
        raise UsageError(
            "no pair is held out, or none with a criterion and a language of the benchmark",
            where="field evaluation.benchmark",
            todo="set data.held_out, e.g. data.held_out=0.1, or name another benchmark",
        )
    place = held_out if settings.benchmark == HELD_OUT else settings.benchmark
    found = load_benchmark(place, criteria=settings.criteria, languages=settings.languages, limit=settings.limit)
    if strange := next((item for item in found if not item.is_pair), None):
        raise DataError(
            f"item {strange.id!r} is no preference pair", file=found.source, todo="name a benchmark of pairs"
        )
    return found


class Evaluator:
    """Scores a benchmark with the model in training.

    Args:
        model: as it is trained; under FSDP2 itself the sharded one.
        max_length: tokens, where the recipe names none for the evaluation.
        rank, world: this process, and how many there are; the benchmark is divided among them.
        sharded: whether weights are in parts, so that all processes must compute in step.
    """

    def __init__(
        self,
        settings: EvaluationSettings,
        benchmark: Benchmark,
        model: PairModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        max_length: int,
        rank: int = 0,
        world: int = 1,
        sharded: bool = False,
        autocast: torch.dtype | None = None,
    ) -> None:
        self._benchmark, self._model = benchmark, model
        self.benchmark_hash = _hash(benchmark, settings.prompts)
        self._seen = InTraining(model, tokenizer)
        self._rank, self._world, self._sharded, self._autocast = rank, world, sharded, autocast
        self._requests, self._refused = scalar_requests(
            self._seen,
            benchmark.items,
            _system(settings.prompts),
            settings.max_length or max_length,
            long_prompts="error",
            source=benchmark.source,
        )

    def __call__(self, step: int) -> dict[str, Any]:
        """The figures at a step, as a line of evaluations.jsonl; equal on all processes, which call it together."""
        begun = time.monotonic()
        with _as_evaluated(self._model, self._sharded, self._autocast):
            choice = choose(self._seen)
            found = self._score(choice.engine)
        readings = self._refused | _together(found, self._world)
        figures = summary(self._benchmark.items, readings)
        return {
            "step": step,
            "benchmark": self.benchmark_hash,
            **figures,
            "engine": choice.engine.name,
            "truncated": sum(len(request.keys) for request in self._requests if request.tokens.truncated),
            "seconds": round(time.monotonic() - begun, 3),
        }

    def _score(self, engine: ScalarEngine) -> Readings:
        found: Readings = {}
        for batch in self._share(engine, self._requests):
            if self._sharded:  # neither divided nor repeated: every process must make equally many passes
                found |= engine.forward(batch)
            else:
                for readings in engine.score(batch):
                    found |= readings
        return found

    def _share(self, engine: ScalarEngine, requests: Sequence[Request]) -> Iterator[Batch]:
        """This process' batches; of each group equally many for all, the last ones twice where they do not come out."""
        for _, group in groupby(engine.plan(requests), key=lambda batch: batch.prefix.tobytes()):
            batches = list(group)
            for turn in range(ceil(len(batches) / self._world)):
                yield batches[min(turn * self._world + self._rank, len(batches) - 1)]


def _hash(benchmark: Benchmark, prompts: str) -> str:
    """Of what is asked: the items that the slice leaves, and how they are prompted."""
    return hashlib.sha256(f"{content_hash(benchmark.items)} {prompts}".encode()).hexdigest()[:16]


def summary(items: Sequence[Item], readings: dict[Key, Reading]) -> dict[str, Any]:
    """Counts, strict accuracy and its 95% Wilson interval: of all pairs, and by criterion and language."""
    outcomes = [(item, outcome(readings.get((item.id, CHOSEN)), readings.get((item.id, REJECTED)))) for item in items]
    scored = [
        (chosen.score, rejected.score)
        for item in items
        if (chosen := readings.get((item.id, CHOSEN))) is not None
        and (rejected := readings.get((item.id, REJECTED))) is not None
        and chosen.score is not None
        and rejected.score is not None
    ]
    leads = [chosen - rejected for chosen, rejected in scored if chosen is not None and rejected is not None]
    by: dict[str, dict[str, Any]] = {}
    for name in ("criterion", "language"):
        values = sorted({str(value) for item in items if (value := getattr(item, name)) is not None})
        by[f"by_{name}"] = {
            value: _cell([found for item, found in outcomes if str(getattr(item, name)) == value]) for value in values
        }
    return {
        **_cell([found for _, found in outcomes]),
        "margin": sum(leads) / len(leads) if leads else None,
        **by,
    }


def _cell(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    counts = Counter(outcomes)
    accuracy = counts[Outcome.RIGHT] / len(outcomes)
    low, high = wilson(accuracy, len(outcomes))
    return {
        "n": len(outcomes),
        **{found.value: counts[found] for found in Outcome},
        "accuracy": accuracy,
        "low": float(low),
        "high": float(high),
    }


def _system(prompts: str) -> Callable[[Item], str | None]:
    name, mode = parse_choice(prompts)
    if mode is PromptMode.NONE:
        return lambda _: None
    prompt_set = load_prompt_set(name)
    return lambda item: prompt_set.system(mode, item.criterion)


@contextlib.contextmanager
def _as_evaluated(model: PairModel, sharded: bool, autocast: torch.dtype | None) -> Iterator[None]:
    """The model in evaluation mode and whole at its root; attention, mode and shards are put back."""
    attention, training = model.causal.config._attn_implementation, model.training
    root: Any = model
    model.eval()
    try:
        if sharded:
            root.unshard()  # the layers gather themselves, but nobody calls the root's forward here
            model.head.unshard()  # type: ignore[operator]  # FSDP2 adds it
        device = next(model.parameters()).device.type
        with torch.autocast(device, autocast) if autocast is not None else contextlib.nullcontext():
            yield
    finally:
        if sharded:
            root.reshard()
            model.head.reshard()  # type: ignore[operator]
        model.causal.set_attn_implementation(attention)
        model.train(training)


def _together(found: Readings, world: int) -> Readings:
    if world == 1:
        return found
    everyone: list[Any] = [None] * world
    torch.distributed.all_gather_object(everyone, found)
    return {key: reading for readings in everyone for key, reading in readings.items()}
