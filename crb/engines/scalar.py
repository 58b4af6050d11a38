"""What all scalar engines share: planning, memory, and handing hidden states to heads.

Hidden states of a batch live in memory together, so the token budget bounds memory and sets the speed. On running
out of memory the budget is halved, the batch is divided, and the run goes on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from crb.adapter import ScalarModel
from crb.engines.packing import Batch
from crb.readings import Reading
from crb.requests import Key, Request

Readings = dict[Key, Reading]
_HEAD_ROWS = 65536  # hidden states given to a head at a time: bounds the float32 copy


@dataclass(slots=True)
class Meter:
    """What an engine computed so far: tokens (padding and prefixes included), budget cuts."""

    tokens: int = 0
    budget_cuts: list[int] = field(default_factory=list)


class ScalarEngine(ABC):
    """Scores requests in batches of at most `budget` tokens."""

    name: ClassVar[str]

    def __init__(self, model: ScalarModel, *, budget: int) -> None:
        self.model = model
        self.budget = budget
        self.meter = Meter()

    @abstractmethod
    def plan(self, requests: Sequence[Request]) -> list[Batch]:
        """All batches in the order in which they are best scored; depends on requests and budget alone."""

    @abstractmethod
    def forward(self, batch: Batch) -> Readings:
        """The readings of one batch, in one forward pass."""

    def forget(self) -> None:  # noqa: B027  # most engines keep nothing
        """Free what is kept between batches; called when memory runs out."""

    def about(self) -> dict[str, Any]:
        """What run.json tells of it beyond its name and budget."""
        return {}

    def close(self) -> None:  # noqa: B027  # most engines are this process
        """Let go of processes that hold the model."""

    def score(self, batch: Batch) -> Iterator[Readings]:
        """The readings of a batch: one dict, or several where memory ran out and the batch was divided."""
        tokens = sum(len(request.tokens) for request in batch.requests)
        halves = batch.halves()
        if halves and self.meter.budget_cuts and tokens > self.meter.budget_cuts[-1]:
            yield from self._each(halves)
            return
        try:
            readings = self.forward(batch)
        except (RuntimeError, MemoryError) as error:
            if halves is None or not _out_of_memory(error):
                raise
        else:
            yield self._apart(batch, readings) if halves else readings
            return
        # Outside the except clause: the exception's traceback would keep the failed pass' tensors alive.
        self.forget()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.meter.budget_cuts.append(max(1, tokens // 2))
        yield from self._each(halves)

    def read(self, requests: Sequence[Request]) -> Readings:
        """The readings of requests, planned and scored in one go; for callers that keep no journal."""
        found: Readings = {}
        for batch in self.plan(requests):
            for readings in self.score(batch):
                found |= readings
        return found

    def _apart(self, batch: Batch, readings: Readings) -> Readings:
        """Score again, each alone, what got no number: one text's NaN reaches all that share its pass (0 x NaN)."""
        for request in batch.requests:
            if not readings[request.key].status.scored:
                readings |= self.forward(Batch(batch.prefix, (request,)))
        return readings

    def _each(self, batches: Sequence[Batch]) -> Iterator[Readings]:
        for batch in batches:
            yield from self.score(batch)


def _out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out; of a CPU, torch says so only in words."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "DefaultCPUAllocator" in str(error)


def read_heads(
    model: ScalarModel, hidden: Tensor, requests: Sequence[Request], rows: Sequence[Sequence[int]]
) -> Readings:
    """Give each head its positions and turn what it returns into readings.

    Requests whose heads read equally many positions are read together. The head computes in float32, because a
    bfloat16 head puts its scores on a grid on which pairs tie.

    Args:
        hidden: (rows, hidden_size).
        rows: for each request the rows its head reads.
    """
    readings: Readings = {}
    by_count: dict[int, list[int]] = {}
    for i, wanted in enumerate(rows):
        by_count.setdefault(len(wanted), []).append(i)
    for count, members in by_count.items():
        step = max(1, _HEAD_ROWS // count)
        for first in range(0, len(members), step):
            part = members[first : first + step]
            index = torch.tensor([rows[i] for i in part], device=hidden.device)
            scores = model.reward(hidden[index].float()).float().tolist()
            for i, score in zip(part, scores, strict=True):
                reading = Reading.of(score, truncated=requests[i].tokens.truncated)
                readings |= dict.fromkeys(requests[i].keys, reading)
    return readings
