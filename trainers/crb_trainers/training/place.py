"""This process among those that a launcher started, and how it is asked to stop."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crb.errors import UsageError
from crb.evaluation.ranks import processes
from crb_trainers.modelling.parallel import refuse_launcher_fsdp

SEVERAL = ("ddp", "fsdp2")
"""Kinds of parallelism that are nothing with one process."""
_PATIENCE = timedelta(hours=1)
"""An evaluation or a slow disk holds one process up while the others wait."""
_SAME_SECONDS = 3.0
"""A signal so soon behind the first one is the same wish, heard twice."""


@dataclass(frozen=True)
class Place:
    """This process among those that a launcher started.

    Attributes:
        rank, world: which one, of how many.
        wait: returns when all have called it.
    """

    rank: int = 0
    world: int = 1
    wait: Callable[[], None] = lambda: None

    @property
    def first(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0


def find_place(kind: str) -> Place:
    """This process' place; starts the process group where a launcher started several.

    Raises:
        UsageError: `parallel.kind` wants one process, or several, and it is otherwise.
    """
    refuse_launcher_fsdp()
    world = processes()
    check_world(kind, world)
    if world < 2:
        return Place()
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)
    return Place(state.process_index, state.num_processes, state.wait_for_everyone)


def check_world(kind: str, world: int) -> None:
    """Refuse a kind of parallelism that so many processes cannot have.

    Raises:
        UsageError: `parallel.kind` wants one process, or several, and it is otherwise.
    """
    if world < 2 and kind in SEVERAL:
        raise UsageError(
            f"{kind} needs several processes, and this is the only one",
            where="field parallel.kind",
            todo="launch with torchrun --nproc-per-node N -m crb train ..., or set parallel.kind=auto",
        )
    if world > 1 and kind == "none":
        raise UsageError(
            f"the recipe wants one process, and there are {world}",
            where="field parallel.kind",
            todo="set parallel.kind=auto, or start it without a launcher",
        )


@contextlib.contextmanager
def stopping(asked: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C or a scheduler's SIGTERM ends the run behind the step at hand, with a checkpoint.

    A launcher hands on what its workers got themselves, and a scheduler asks again: repeats do not end the run before
    its checkpoint is written. Only Ctrl-C does, some seconds behind the first signal.

    Args:
        asked: called at the first one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {}
    first: list[float] = []

    def hear(number: int, _: Any) -> None:
        now = time.monotonic()
        if not first:
            first.append(now)
            asked()
        elif number == signal.SIGINT and now - first[0] > _SAME_SECONDS:
            for which, handler in before.items():
                signal.signal(which, handler)
            signal.raise_signal(signal.SIGINT)

    for which in (signal.SIGINT, signal.SIGTERM):
        before[which] = signal.signal(which, hear)
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
