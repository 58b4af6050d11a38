"""vLLM as a second engine for standard sequence classifiers, for those who run vLLM anyway.

It gives the logit, not its sigmoid, on which high rewards tie. It is fed the token ids that the engines here are fed:
one rendering, one tokenisation, one cut, and the last token is the text's last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from transformers import AutoConfig, PreTrainedTokenizerBase

from crb.adapter import AdapterCard, LoadRequest, ScalarModel
from crb.engines.forest import sort_key
from crb.engines.on_vllm.jobs import Job
from crb.engines.on_vllm.pool import Pool
from crb.engines.on_vllm.process import ProcessTeam
from crb.engines.on_vllm.prompts import load_tokenizer
from crb.engines.on_vllm.settings import VllmSettings, require_vllm
from crb.engines.packing import Batch
from crb.engines.scalar import Readings, ScalarEngine
from crb.errors import ModelError, UsageError
from crb.generation import Failure, Generation
from crb.readings import Reading
from crb.requests import Request
from crb.vocabulary import Status

_NO_PREFIX = np.empty(0, dtype=np.int32)
_BUDGET = 65536  # tokens per batch: vLLM divides it as it likes; a killed run loses what it did not hand over yet


class Classifier(ScalarModel):
    """What the text of a model needs: its tokenizer. The weights are vLLM's."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, vocab_size: int) -> None:
        self.tokenizer = tokenizer
        self._vocab_size = vocab_size

    @property
    def vocab_size(self) -> int:
        """How many tokens the model has embeddings for."""
        return self._vocab_size


class VllmClassifierEngine(ScalarEngine):
    """A `ScalarEngine` whose scores vLLM computes. To be closed."""

    name = "vllm"

    def __init__(self, model: ScalarModel, pool: Pool, *, budget: int) -> None:
        super().__init__(model, budget=budget)
        self._pool = pool
        self._count = 0

    def plan(self, requests: Sequence[Request]) -> list[Batch]:
        """Batches of at most `budget` tokens in the order of the texts, so that equal beginnings meet."""
        batches: list[Batch] = []
        current: list[Request] = []
        stored = 0
        for request in sorted(requests, key=lambda request: (sort_key(request.tokens.ids), request.key)):
            if current and stored + len(request.tokens) > self.budget:
                batches.append(Batch(_NO_PREFIX, tuple(current)))
                current, stored = [], 0
            current.append(request)
            stored += len(request.tokens)
        return [*batches, Batch(_NO_PREFIX, tuple(current))] if current else batches

    def forward(self, batch: Batch) -> Readings:
        """The readings of a batch."""
        readings: Readings = {}
        for part in self.score(batch):
            readings |= part
        return readings

    def score(self, batch: Batch) -> Iterator[Readings]:
        """The readings of a batch as they come.

        Raises:
            ModelError: vLLM died.
        """
        waiting: dict[int, Request] = {}
        for request in batch.requests:
            self._count += 1
            waiting[self._count] = request
            self._pool.submit(Job(self._count, tuple(request.tokens.ids.tolist())))
        while waiting:
            readings: Readings = {}
            for number, outcome in self._pool.poll():
                request = waiting.pop(number)
                self.meter.tokens += len(request.tokens)
                readings |= dict.fromkeys(request.keys, _reading(outcome, request))
            yield readings

    def about(self) -> dict[str, Any]:
        """What run.json tells of it."""
        return {key: value for key, value in self._pool.abouts[0].items() if key != "classes"}

    def close(self) -> None:
        """End the processes that hold the model."""
        self._pool.close()


def check(card: AdapterCard) -> None:
    """Refuse what vLLM cannot run.

    Raises:
        UsageError: the adapter's models are no plain sequence classifiers.
    """
    if not card.classifier:
        raise UsageError(
            f"vLLM runs standard sequence classifiers only, and the adapter {card.name!r} has a head or a pooling "
            "of its own",
            where="--engine vllm",
            todo="leave --engine out: the engines here run it",
        )


def load(
    request: LoadRequest, max_length: int, tensor_parallel: int = 1, *, budget: int | None = None
) -> tuple[Classifier, VllmClassifierEngine]:
    """A model's text side, and the engine that scores it. `check` the adapter first.

    Raises:
        MissingPackageError: vLLM is not installed.
        ModelError: vLLM cannot load the model, or it has more than one label.
    """
    require_vllm()
    source = request.source
    settings = VllmSettings(
        source=source,
        dtype=request.dtype,
        max_length=max_length,
        tensor_parallel=tensor_parallel,
        trust_remote_code=request.trust_remote_code,
    )
    tokenizer = load_tokenizer(source, trust_remote_code=request.trust_remote_code)
    config: Any = AutoConfig.from_pretrained(str(source.path), trust_remote_code=request.trust_remote_code)
    pool = Pool(ProcessTeam(settings, "classify"), f"model {source.name}")
    classes = pool.abouts[0]["classes"]
    if classes != 1:
        pool.close()
        raise ModelError(
            f"the classifier has {classes} outputs, and a reward is one number",
            where=f"model {source.name}",
            todo="leave --engine out, and name the adapter of this head with --adapter: crb adapters lists them",
        )
    model = Classifier(tokenizer, int(config.get_text_config().vocab_size))
    return model, VllmClassifierEngine(model, pool, budget=budget or _BUDGET)


def _reading(outcome: Generation | Failure | float, request: Request) -> Reading:
    if isinstance(outcome, float):
        return Reading.of(outcome, truncated=request.tokens.truncated)
    if isinstance(outcome, Failure) and not outcome.permanent:
        raise ModelError(f"vLLM died: {outcome.reason}", todo="start the run again: it goes on where it stopped")
    return Reading(Status.ERROR, reason=outcome.reason if isinstance(outcome, Failure) else "vLLM wrote a text")
