"""What passes between the process that asks and those that compute: jobs one way, outcomes the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crb.generation import Failure, Generation, Sampling

Outcome = Generation | Failure | float
"""What becomes of a job: a text, a score, or neither."""


@dataclass(frozen=True, slots=True)
class Job:
    """A prompt in tokens, and how its answer is generated; None where it is to be scored."""

    number: int
    ids: tuple[int, ...]
    sampling: Sampling | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded; `about` tells how."""

    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Died:
    """A worker is gone, and why, as far as can be told."""

    reason: str


Message = Ready | Died | list[tuple[int, Outcome]]


class Worker(Protocol):
    """A copy of the model, wherever it is."""

    def send(self, job: Job) -> None:
        """Take a job. Returns at once, and says nothing where the worker is gone: `receive` will."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Team(Protocol):
    """Workers that can be waited for together."""

    @property
    def workers(self) -> Sequence[Worker]:
        """All of them, the dead ones too."""
        ...

    def receive(self) -> list[tuple[int, Message]]:
        """Wait until a worker says something; gives what all have said, with the worker's place in `workers`.

        A worker that died is not heard of again.
        """
        ...

    def close(self) -> None:
        """Let go of all workers."""
        ...
