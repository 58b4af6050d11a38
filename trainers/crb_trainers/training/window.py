"""A step's figures: sums over all its micro-batches and all processes, in float64, reduced once.

The reference logs what its first process saw in its last micro-batch. Here every figure is a mean over the whole step,
so a run on eight GPUs logs what it would log on one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from crb_trainers.data.batch import Batch
from crb_trainers.modelling.model import PairOutput
from crb_trainers.training.objective import REWARD_SUMS, PreferenceSums, WindowTotals, reward_metrics, reward_sums

if TYPE_CHECKING:
    from crb_trainers.settings import ObjectiveSettings

_OWN = ("bt", "magnitude", "language_model", "completion_tokens", "tokens", "plain_tokens", "stop")


@dataclass
class Window:
    """What one process adds up in a step.

    Attributes:
        totals: what the step holds, over all processes.
        seen: the pairs of each micro-batch here, their rewards (pairs,) and their summed language-model loss ().
    """

    totals: WindowTotals
    device: torch.device
    seen: list[tuple[tuple[str, ...], Tensor, Tensor, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._own = torch.zeros(len(_OWN), dtype=torch.float64, device=self.device)
        self._rewards = torch.zeros(len(REWARD_SUMS), dtype=torch.float64, device=self.device)

    def add(self, batch: Batch, output: PairOutput, sums: PreferenceSums) -> None:
        """Add a micro-batch; nothing waits for the device."""
        language = output.lm_sum.detach().double() if output.lm_sum is not None else self._own.new_zeros(())
        counts = self._own.new_tensor([batch.completion_tokens, batch.rows, batch.plain_tokens, 0.0])
        self._own += torch.cat([torch.stack([sums.bt.detach(), sums.magnitude.detach(), language]).double(), counts])
        self._rewards += reward_sums(output.chosen, output.rejected)
        self.seen.append((batch.pair_ids, output.chosen.detach(), output.rejected.detach(), language))

    def ask_to_stop(self) -> None:
        """Let all processes know that this one was asked to stop."""
        self._own[-1] += 1

    def reduce(self, objective: ObjectiveSettings, world: int) -> dict[str, Any]:
        """The step's figures, equal on all processes, which call this together."""
        whole = torch.cat([self._own, self._rewards])
        if world > 1:
            torch.distributed.all_reduce(whole)
        own = dict(zip(_OWN, whole[: len(_OWN)].tolist(), strict=True))
        preference = own["bt"] / self.totals.pairs
        magnitude = own["magnitude"] / self.totals.pairs
        language = own["language_model"] / self.totals.tokens if self.totals.tokens else 0.0
        loss = preference + objective.magnitude * magnitude + objective.language_model * language
        rewards = reward_metrics(whole[len(_OWN) :])
        accuracy = rewards.pop("accuracy")
        return {
            "loss": loss,
            "preference": preference,
            "language_model": language,
            "magnitude": magnitude,
            "accuracy": accuracy,
            **rewards,
            "pairs": self.totals.pairs,
            "tokens": int(own["tokens"]),
            "plain_tokens": int(own["plain_tokens"]),
            "completion_tokens": int(own["completion_tokens"]),
            "stop": bool(own["stop"]),
        }

    def suspects(self) -> list[str]:
        """The pairs here whose rewards or language-model loss are no numbers; of a packed row, all it holds may be."""
        found = []
        for ids, chosen, rejected, language in self.seen:
            sound = torch.isfinite(chosen) & torch.isfinite(rejected)
            whole = bool(torch.isfinite(language))
            found += [id for id, fine in zip(ids, sound.tolist(), strict=True) if not (fine and whole)]
        return found

    def pairs(self) -> list[str]:
        """All pairs here."""
        return [id for ids, *_ in self.seen for id in ids]
