"""Sharing jobs out to copies of a model, and what is done when one of them dies.

Each job goes to the worker that has the fewest; its answer is a function of the job alone, so it does not matter which
that is. A dead worker's jobs go to the others once. A job whose second worker dies too may be what kills them, and is
given up for this start of the run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from crb.engines.on_vllm.jobs import Died, Job, Message, Outcome, Ready, Team
from crb.errors import ModelError
from crb.generation import Failure

_TRIES = 2
_HINTS = (  # what the last words of a dying process mean
    ("torchvision", "pip uninstall -y torchvision torchaudio torchcodec: they do not load with this torch"),
    ("max seq len", "give a smaller --max-length, or more memory: VLLM_CPU_KVCACHE_SPACE on a CPU"),
    ("max_model_len", "give a --max-length that the model has room for"),
    ("out of memory", "give more GPUs with --tensor-parallel, or a smaller --max-length"),
    ("memory", "close other programs, or give a smaller --max-length"),
)


@dataclass(slots=True)
class _Open:
    job: Job
    worker: int
    tries: int = 1


class Pool:
    """A team of workers, all loaded.

    Raises:
        ModelError: one of them could not load the model; the others are stopped.
    """

    def __init__(self, team: Team, where: str) -> None:
        self._team = team
        self._open: dict[int, _Open] = {}
        self._ready: list[tuple[int, Outcome]] = []
        self._why: dict[int, str] = {}
        self.abouts: dict[int, dict[str, Any]] = {}
        while len(self.abouts) < len(team.workers):
            for worker, message in team.receive():
                if isinstance(message, Ready):
                    self.abouts[worker] = message.about
                elif isinstance(message, Died):
                    team.close()
                    raise _not_loaded(message.reason, where)

    @property
    def lost(self) -> dict[int, str]:
        """The workers that died, and why."""
        return self._why

    def submit(self, job: Job) -> None:
        """Take a job. Returns at once."""
        self._give(_Open(job, -1))

    def poll(self) -> list[tuple[int, Outcome]]:
        """Wait until a job is done; gives the numbers and outcomes of all that are."""
        while not self._ready and self._open:
            for worker, message in self._team.receive():
                self._hear(worker, message)
        done, self._ready = self._ready, []
        return done

    def close(self) -> None:
        """Let go of all workers."""
        self._team.close()

    def _give(self, open: _Open) -> None:
        load = Counter(entry.worker for entry in self._open.values())
        alive = [worker for worker in range(len(self._team.workers)) if worker not in self._why]
        if not alive:
            reasons = "; ".join(dict.fromkeys(self._why.values()))
            self._ready.append((open.job.number, Failure(f"no worker is left: {reasons}")))
            return
        open.worker = min(alive, key=lambda worker: (load[worker], worker))
        self._open[open.job.number] = open
        self._team.workers[open.worker].send(open.job)

    def _hear(self, worker: int, message: Message) -> None:
        if isinstance(message, list):
            for number, outcome in message:
                del self._open[number]
                self._ready.append((number, outcome))
        elif isinstance(message, Died):
            self._why[worker] = message.reason
            for open in [entry for entry in self._open.values() if entry.worker == worker]:
                del self._open[open.job.number]
                open.tries += 1
                if open.tries > _TRIES:
                    self._ready.append((open.job.number, Failure(f"vLLM died twice over it: {message.reason}")))
                else:
                    self._give(open)


def _not_loaded(reason: str, where: str) -> ModelError:
    lower = reason.lower()
    hint = next((todo for word, todo in _HINTS if word in lower), "CRB_VLLM_LOG=FILE keeps all that vLLM says")
    return ModelError(f"vLLM cannot load the model: {reason}", where=where, todo=hint)
