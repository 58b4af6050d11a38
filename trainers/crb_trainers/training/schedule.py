"""The learning rate of each step, as a factor of its peak.

`wsd` follows the published code step for step (its first step, at rate min_lr, included) so that published runs can be
repeated. The other kinds waste no step: the first already moves, the peak comes right behind the warm-up, and min_lr
is what a step behind the last one would have.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sqrt

from crb_trainers.settings import OptimiserSettings, ScheduleSettings

Factor = Callable[[int], float]


def factor(settings: ScheduleSettings, optimiser: OptimiserSettings, steps: int) -> Factor:
    """The factor of the peak learning rate at a step (from 0) of a run of so many steps."""
    lowest = optimiser.min_lr / optimiser.lr
    if settings.kind == "wsd":
        return _wsd(settings, lowest, steps)
    warmup = round(settings.warmup * steps)
    span = max(steps - warmup, 1)

    def at(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        if settings.kind == "constant":
            return 1.0
        left = 1 - min((step - warmup) / span, 1.0)
        return lowest + (1 - lowest) * (left if settings.kind == "linear" else _rise("cosine", left))

    return at


def _wsd(settings: ScheduleSettings, lowest: float, steps: int) -> Factor:
    warmup, stable = int(settings.warmup * steps + 1e-9), int(settings.stable * steps + 1e-9)
    decay = steps - warmup - stable

    def at(step: int) -> float:
        if step < warmup:
            return lowest + (1 - lowest) * _rise(settings.warmup_shape, step / warmup)
        if step < warmup + stable:
            return 1.0
        gone = min((step - warmup - stable) / decay, 1.0) if decay else 1.0
        if settings.decay_shape == "1-sqrt":
            return lowest + (1 - lowest) * (1 - sqrt(gone))
        return lowest + (1 - lowest) * _rise(settings.decay_shape, 1 - gone)

    return at


def _rise(shape: str, share: float) -> float:
    """From 0 to 1 as `share` goes from 0 to 1."""
    if shape == "linear":
        return share
    if shape == "cosine":
        return (1 - cos(pi * share)) / 2
    return 1 - sqrt(1 - share)
