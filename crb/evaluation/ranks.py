"""Several processes on one run, as `accelerate launch` starts them: each takes a share, the first writes the end."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from crb.runs.folder import JOURNAL

T = TypeVar("T")

# Shares end at different times, and torch's own 10 or 30 minutes would abort the process that is through first. That a
# sibling died is for the launcher to see: it stops the others.
_PATIENCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rank:
    """This process' place among its siblings."""

    index: int = 0
    count: int = 1
    _state: Any = field(default=None, repr=False)

    @classmethod
    def current(cls) -> Rank:
        """From the environment that `accelerate launch` and `torchrun` set; alone without it."""
        if processes() < 2:
            return cls()
        import torch
        from accelerate import PartialState

        state = PartialState(
            cpu=not torch.cuda.is_available(),  # else every process without a GPU is the first
            timeout=_PATIENCE,
        )
        return cls(state.process_index, state.num_processes, state)

    @property
    def first(self) -> bool:
        """Whether this process writes run.json and the results."""
        return self.index == 0

    @property
    def journal(self) -> str:
        """The name of this process' journal; the first one's is the run's."""
        return JOURNAL if self.first else f"journal.rank{self.index}.jsonl"

    def device(self, wanted: str) -> str:
        """The device of this process: what the user named, else one GPU each, else the CPU."""
        import torch

        if wanted != "auto":
            return wanted
        if self._state is not None:
            return str(self._state.device)
        return "cuda" if torch.cuda.is_available() else "cpu"

    def gather(self, value: T) -> list[T]:
        """Every process' value, in the order of their indices."""
        if self._state is None:
            return [value]
        from accelerate.utils import gather_object

        gathered: list[T] = gather_object([value])
        return gathered

    def wait(self) -> None:
        """Until every process is here."""
        if self._state is not None:
            self._state.wait_for_everyone()


def processes() -> int:
    """How many processes a launcher started for this run; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def leave() -> None:
    """End the group of processes, all together: one that leaves early can take a gloo neighbour down with it."""
    if "torch" not in sys.modules:  # nothing was computed, and nothing need be imported to say so
        return
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()
