"""Which pairs a step takes, in which micro-batch and on which process: the whole run, known before it begins.

The unit is the global batch. Epoch e is a permutation of the data drawn by (seed, e); the epochs are strung together
and cut into steps of `batch.pairs` pairs. How a step is divided into micro-batches is a detail of memory and speed: its
losses are sums, divided by what the whole step holds. So neither the size of micro-batches nor the number of processes
decides anything, and a run resumes on another number of them.

Inside a step, pairs are dealt by their tokens, the longest first, each to the micro-batch that has the fewest: all
weigh about alike, and no process waits for another. Less than a step is left at the end, and told.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from crb.errors import DataError

Order = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """A run's steps.

    Attributes:
        costs: tokens to compute of each pair, (pairs,).
        targets: tokens of each pair that the language-model loss is a mean over, (pairs,).
        sources: index of each pair's source, (pairs,).
        weights: of the sources.
        pairs_per_step: the global batch.
        epochs: passes over the data.
        seed: of the order.
        max_steps: an upper bound of the steps.
    """

    costs: Order
    targets: Order
    sources: Order
    weights: tuple[float, ...]
    pairs_per_step: int
    epochs: float
    seed: int
    max_steps: int | None = None

    @functools.cached_property
    def per_epoch(self) -> int:
        """How many pairs an epoch has, by the weights."""
        return len(self._epoch(0))

    @property
    def drawn(self) -> int:
        """How many pairs all epochs have."""
        return int(self.epochs * self.per_epoch + 1e-6)

    @functools.cached_property
    def steps(self) -> int:
        """How many steps the run has.

        Raises:
            DataError: the data do not fill one step.
        """
        steps = self.drawn // self.pairs_per_step
        if steps < 1:
            raise DataError(
                f"a step takes {self.pairs_per_step:,} pairs, and all epochs together have {self.drawn:,}",
                field="batch.pairs",
                todo="lower batch.pairs, raise epochs, or add data",
            )
        return steps if self.max_steps is None else min(steps, self.max_steps)

    @property
    def unused(self) -> int:
        """Pairs behind the last step that are not trained on."""
        return self.drawn - self.steps * self.pairs_per_step

    def step(self, number: int) -> Order:
        """The pairs of a step (from 0), (pairs_per_step,), in the order in which they were drawn."""
        first, last = number * self.pairs_per_step, (number + 1) * self.pairs_per_step
        parts = []
        for epoch in range(first // self.per_epoch, ceil(last / self.per_epoch)):
            start = epoch * self.per_epoch
            parts.append(self._epoch(epoch)[max(first - start, 0) : last - start])
        return np.concatenate(parts)

    def window_tokens(self, number: int) -> int:
        """Targets of the language-model loss in a whole step, over all micro-batches and processes."""
        return int(self.targets[self.step(number)].sum())

    def micro_batches(self, number: int, count: int) -> list[Order]:
        """A step's pairs dealt into micro-batches of equal or nearly equal numbers of pairs and tokens.

        They are sorted by their tokens, so that those which run at the same time on several processes weigh alike.
        """
        return _dealt(self.step(number), self.costs, count)

    def _epoch(self, epoch: int) -> Order:
        return _epoch_order(self, epoch)


def of_pairs(
    costs: Sequence[int],
    targets: Sequence[int],
    sources: Sequence[int],
    weights: Sequence[float],
    *,
    pairs_per_step: int,
    epochs: float,
    seed: int,
    max_steps: int | None = None,
) -> Plan:
    """A plan of plain lists; see `Plan`."""
    arrays = [np.asarray(values, dtype=np.int64) for values in (costs, targets, sources)]
    return Plan(arrays[0], arrays[1], arrays[2], tuple(weights), pairs_per_step, epochs, seed, max_steps)


def accumulation(pairs_per_step: int, pairs_per_device: int, world: int) -> int:
    """How many micro-batches each process computes in a step.

    Raises:
        DataError: a step has fewer pairs than there are processes.
    """
    if pairs_per_step < world:
        raise DataError(
            f"a step has {pairs_per_step} pairs for {world} processes",
            field="batch.pairs",
            todo="raise batch.pairs, or start fewer processes",
        )
    # Every micro-batch needs a pair: a process without one would leave the others waiting for its gradients.
    return min(ceil(pairs_per_step / (world * pairs_per_device)), pairs_per_step // world)


@functools.lru_cache(maxsize=2)  # a step may lie in two epochs; plans compare by identity
def _epoch_order(plan: Plan, epoch: int) -> Order:
    random = np.random.default_rng((plan.seed, epoch))
    parts = []
    for source, weight in enumerate(plan.weights):
        members = np.flatnonzero(plan.sources == source)
        wanted = round(weight * len(members))
        whole, rest = divmod(wanted, max(len(members), 1))
        parts += [members] * whole
        if rest:
            parts.append(random.permutation(members)[:rest])
    return random.permutation(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def _dealt(pairs: Order, costs: Order, count: int) -> list[Order]:
    if count == 1:
        return [pairs]
    small, larger = divmod(len(pairs), count)
    room = [small + (place < larger) for place in range(count)]
    hands: list[list[int]] = [[] for _ in range(count)]
    loads = [(0, place) for place in range(count) if room[place]]
    heapq.heapify(loads)
    for pair in sorted(pairs.tolist(), key=lambda pair: (-int(costs[pair]), pair)):
        load, place = heapq.heappop(loads)
        hands[place].append(pair)
        if len(hands[place]) < room[place]:
            heapq.heappush(loads, (load + int(costs[pair]), place))
    hands.sort(key=lambda hand: -sum(int(costs[pair]) for pair in hand))
    return [np.asarray(hand, dtype=np.int64) for hand in hands]
