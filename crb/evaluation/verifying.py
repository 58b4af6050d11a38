"""`--verify-batching`: responses scored in batches and one by one, on the plain path; how far the two agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crb.readings import Reading
from crb.requests import Key, Request

if TYPE_CHECKING:
    from crb.adapter import ScalarModel
    from crb.engines.choice import Choice


@dataclass(frozen=True, slots=True)
class Agreement:
    """How batched scores and single ones agree.

    Attributes:
        responses: how many were scored in both ways.
        largest: the largest difference of two scores; None where no response has both.
        unequal: responses with a score in one way alone.
    """

    responses: int
    largest: float | None
    unequal: int

    def told(self) -> str:
        """For people; claims nothing about what was not compared."""
        first = (
            f"batched and single scores cannot be compared: none of {self.responses:,} responses has both"
            if self.largest is None
            else f"batched and single scores differ by at most {self.largest:.3g}"
        )
        if not self.unequal:
            return first
        verb = "has" if self.unequal == 1 else "have"
        return f"{first}; of {self.responses:,} responses, {self.unequal:,} {verb} a score in one way alone"


def verify(model: ScalarModel, choice: Choice, requests: Sequence[Request], sample: int) -> Agreement:
    """Score an even sample of requests in the engine's batches and one by one."""
    from crb.engines.choice import plain_attention
    from crb.engines.padded_engine import PaddedEngine

    chosen = requests[:: max(1, len(requests) // sample)][:sample]
    batched: dict[Key, Reading] = choice.engine.read(chosen)
    model.backbone.set_attn_implementation(plain_attention(model.backbone))
    single = PaddedEngine(model, budget=1).read(chosen)
    model.backbone.set_attn_implementation(choice.attention)
    return agreement(batched, single)


def agreement(batched: Mapping[Key, Reading], single: Mapping[Key, Reading]) -> Agreement:
    """How the readings of the same responses agree."""
    couples = [(batched[key].score, reading.score) for key, reading in single.items()]
    differences = [abs(one - other) for one, other in couples if one is not None and other is not None]
    unequal = sum((one is None) != (other is None) for one, other in couples)
    return Agreement(len(couples), max(differences, default=None), unequal)
