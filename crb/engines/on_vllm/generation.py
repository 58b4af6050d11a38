"""The vLLM engine: texts from a model on this machine's GPUs, or on its CPU.

Prompts are rendered and tokenised here, so that a prompt that is too long is told before anything is computed; workers
are given token ids and seeds. An answer is a function of its call: docs/vllm.md says what that rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crb.engines.generation import Answer, Call
from crb.engines.on_vllm.jobs import Job, Team
from crb.engines.on_vllm.pool import Pool
from crb.engines.on_vllm.settings import VllmSettings, require_vllm
from crb.generation import Failure, Generation

__all__ = ["VllmEngine", "VllmSettings"]


class VllmEngine:
    """A `GenerationEngine` over vLLM.

    Raises:
        MissingPackageError: vLLM is not installed.
        ModelError: vLLM cannot load the model.
    """

    name = "vllm"

    def __init__(self, settings: VllmSettings) -> None:
        from crb.engines.on_vllm.prompts import Prompts, load_tokenizer

        require_vllm()
        self._settings = settings
        self._prompts = Prompts(load_tokenizer(settings.source, trust_remote_code=settings.trust_remote_code))
        self._pool = Pool(self._team(), f"model {settings.source.name}")
        self.capacity = settings.capacity * len(self._pool.abouts)
        self._calls: dict[int, Call] = {}
        self._refused: list[Answer] = []
        self._count = 0

    def _team(self) -> Team:
        from crb.engines.on_vllm.process import ProcessTeam

        return ProcessTeam(self._settings, "generate")

    def submit(self, call: Call) -> None:
        """Take a call. Returns at once.

        Raises:
            ModelError: the model's chat template does not take the turn's messages.
        """
        ids = self._prompts.ids(call.turn)
        if len(ids) >= self._settings.length:
            reason = (
                f"the prompt takes {len(ids)} tokens, which leaves no room for an answer "
                f"within the maximum length of {self._settings.length}"
            )
            self._refused.append((call, Failure(reason, permanent=True)))
            return
        self._count += 1
        self._calls[self._count] = call
        self._pool.submit(Job(self._count, ids, call.turn.sampling, call.seed))

    def poll(self) -> Sequence[Answer]:
        """Wait until at least one of the calls taken is answered, and hand over all answers that are there."""
        if self._refused:
            answers, self._refused = self._refused, []
            return answers
        return [
            (self._calls.pop(number), outcome)
            for number, outcome in self._pool.poll()
            if isinstance(outcome, (Generation, Failure))
        ]

    def about(self) -> dict[str, Any]:
        """Versions, parallelism, and what scores depend on beside the model."""
        settings = self._settings
        return {
            **{key: value for key, value in self._pool.abouts[0].items() if key != "classes"},
            "dtype": settings.dtype,
            "max_length": settings.length,
            "tensor_parallel": settings.tensor_parallel,
            "workers": len(self._pool.abouts),
            "system_in_user": self._prompts.system_in_user,
            **({"workers_lost": list(self._pool.lost.values())} if self._pool.lost else {}),
        }

    def close(self) -> None:
        """End the processes that hold the model."""
        self._pool.close()
