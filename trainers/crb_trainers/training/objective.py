"""What a step minimises, of the rewards of its pairs: Bradley-Terry with margin, label smoothing and a magnitude term.

With r_c and r_r the rewards of the chosen and the rejected response, and s the label smoothing,

    bt        = -(1 - s) log sigmoid(r_c - r_r - margin) - s log sigmoid(margin - r_c + r_r)
    magnitude = (|r_c| + |r_r|)^2   as the reference's code has it, or (r_c + r_r)^2 as its paper writes it
    loss      = mean(bt) + lambda * LM loss per token + mu * mean(magnitude)

The two magnitudes do different things. (|r_c| + |r_r|)^2 pulls a separable pair to r_c = m/2, r_r = -m/2 where
sigmoid(-m) = 2 mu m, so that the margin settles at about 2.8 for mu = 0.01 and 4.7 for mu = 0.001. (r_c + r_r)^2
vanishes where r_c = -r_r: it centres rewards and lets margins grow.

Everything here is a sum over pairs in float32. Who adds up a window divides by what the window holds, so that the
gradient does not depend on how the window was cut into micro-batches.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

Magnitude = Literal["sum_of_absolutes", "sum"]


class PreferenceSettings(Protocol):
    """The part of a recipe's `objective` that is read here."""

    @property
    def magnitude_kind(self) -> Magnitude:
        """`sum_of_absolutes`: (|r_c| + |r_r|)^2, the reference's code. `sum`: (r_c + r_r)^2, its paper."""
        ...

    @property
    def margin(self) -> float:
        """By how much the chosen reward must lead before a pair counts as well ordered."""
        ...

    @property
    def label_smoothing(self) -> float:
        """The share of pairs, from 0 to below 0.5, taken to be labelled the wrong way round."""
        ...


class ObjectiveSettings(PreferenceSettings, Protocol):
    """A recipe's `objective`."""

    @property
    def language_model(self) -> float:
        """Lambda, the weight of the language-model loss per token."""
        ...

    @property
    def magnitude(self) -> float:
        """Mu, the weight of the magnitude term per pair."""
        ...


class PreferenceSums(NamedTuple):
    """Sums over the pairs of a micro-batch, float32 scalars with gradients."""

    bt: Tensor
    magnitude: Tensor


class WindowTotals(NamedTuple):
    """What a whole accumulation window holds, over all micro-batches and ranks: the denominators of its losses."""

    pairs: int
    tokens: int


REWARD_SUMS = ("pairs", "correct", "chosen", "rejected", "absolute")
"""What `reward_sums` adds up over pairs, in this order."""


def preference_loss(chosen: Tensor, rejected: Tensor, settings: PreferenceSettings) -> PreferenceSums:
    """The sums of the two preference terms.

    Args:
        chosen: rewards, (pairs,).
        rejected: rewards, (pairs,), of the same pairs.
    """
    chosen, rejected = chosen.float(), rejected.float()
    lead = chosen - rejected - settings.margin
    smoothing = settings.label_smoothing
    bt = -(1 - smoothing) * logsigmoid(lead)
    if smoothing:
        bt = bt - smoothing * logsigmoid(-lead)
    size = chosen.abs() + rejected.abs() if settings.magnitude_kind == "sum_of_absolutes" else chosen + rejected
    return PreferenceSums(bt.sum(), size.square().sum())


def window_loss(
    sums: PreferenceSums, language_model_sum: Tensor | None, totals: WindowTotals, settings: ObjectiveSettings
) -> Tensor:
    """A micro-batch's share of its window's loss: the shares of all micro-batches of all ranks add up to the loss."""
    loss = sums.bt / totals.pairs
    if settings.magnitude:
        loss = loss + settings.magnitude * sums.magnitude / totals.pairs
    if language_model_sum is not None and totals.tokens:
        loss = loss + settings.language_model * language_model_sum / totals.tokens
    return loss


def reward_sums(chosen: Tensor, rejected: Tensor) -> Tensor:
    """Sums over pairs for the log, (5,) float64 as `REWARD_SUMS` names them: add over micro-batches and ranks first."""
    chosen, rejected = chosen.detach().double(), rejected.detach().double()
    absolute = (chosen.abs() + rejected.abs()) / 2
    correct = (chosen > rejected).double()
    return torch.stack([torch.ones_like(chosen), correct, chosen, rejected, absolute]).sum(dim=1)


def reward_metrics(sums: Tensor) -> dict[str, float]:
    """Means of summed `reward_sums`: `accuracy` (ties are wrong), `chosen`, `rejected`, `margin`, `absolute`."""
    pairs, correct, chosen, rejected, absolute = sums.tolist()
    return {
        "accuracy": correct / pairs,
        "chosen": chosen / pairs,
        "rejected": rejected / pairs,
        "margin": (chosen - rejected) / pairs,
        "absolute": absolute / pairs,
    }
