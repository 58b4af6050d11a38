"""The evaluations of a run, and what they come to: the best one, and whether waiting for a better one still pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crb_trainers.settings import EvaluationSettings


class History:
    """The evaluations of a run, and which of them was the best.

    An evaluation is an improvement where its accuracy is more than `min_delta` above the best before it. Only those on
    one benchmark are compared: a run may go on with another one.

    Args:
        lines: of evaluations.jsonl.
        benchmark: the hash of the current one; by default that of the last line.
    """

    def __init__(
        self, settings: EvaluationSettings, lines: Sequence[Mapping[str, Any]] = (), benchmark: str | None = None
    ) -> None:
        self._settings = settings
        self._best: tuple[float, int] | None = None
        self.waited = 0
        """Evaluations since the best one."""
        current = benchmark if benchmark is not None or not lines else lines[-1].get("benchmark")
        for line in lines:
            if line.get("benchmark") == current:
                self.add(line)

    @property
    def best(self) -> int | None:
        """The step of the best evaluation."""
        return self._best[1] if self._best is not None else None

    @property
    def exhausted(self) -> bool:
        """Whether the recipe's patience has run out."""
        return self._settings.patience is not None and self.waited >= self._settings.patience

    def add(self, line: Mapping[str, Any]) -> bool:
        """Take an evaluation; whether it is the best so far."""
        if not line["step"]:  # what the run began with: no checkpoint holds it
            return False
        accuracy = float(line["accuracy"])
        if self._best is None or accuracy > self._best[0] + self._settings.min_delta:
            self._best, self.waited = (accuracy, int(line["step"])), 0
            return True
        self.waited += 1
        return False
