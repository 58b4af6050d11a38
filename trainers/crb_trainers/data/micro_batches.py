"""The batches of a training run as torch's loader asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch.utils.data import Dataset

from crb_trainers.data.batch import Batch, Sharing, collate
from crb_trainers.data.plan import Plan
from crb_trainers.data.tokenisation import TokenPair

if TYPE_CHECKING:
    from crb_trainers.settings import DataSettings


class MicroBatches(Dataset[Batch]):
    """This process' micro-batches, in order; made when asked for, so that resuming skips what is done for free."""

    def __init__(
        self, plan: Plan, pairs: Sequence[TokenPair], data: DataSettings, *, accumulation: int, rank: int, world: int
    ) -> None:
        self._plan, self._pairs = plan, pairs
        self._share: Sharing = data.share_prefix
        self._accumulation, self._rank, self._world = accumulation, rank, world

    def __len__(self) -> int:
        return self._plan.steps * self._accumulation

    def __getitem__(self, index: int) -> Batch:
        step, place = divmod(index, self._accumulation)
        members = self._plan.micro_batches(step, self._world * self._accumulation)[place * self._world + self._rank]
        return collate([self._pairs[member] for member in members.tolist()], self._share)


def alone(batch: list[Batch]) -> Batch:
    """What a loader of one micro-batch at a time makes of it."""
    return batch[0]
