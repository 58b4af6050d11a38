"""A step whose loss or gradient is no number: it is refused before it reaches the weights, and its pairs are named.

The weights are still sound at that moment, and so is every checkpoint. In a packed row one text's NaN may reach all
that share the row (0 x NaN), so suspects are computed once more, each alone, where the model is not sharded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from crb.errors import CrbError
from crb.files import write_json
from crb_trainers.modelling.model import PairOutput
from crb_trainers.training.records import FAULT
from crb_trainers.training.window import Window

_SHOWN = 5


class NotANumberError(CrbError):
    """A step's loss or gradient is NaN or infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that was computed and is not taken yet, as one process sees it.

    Attributes:
        number: from 1.
        folder: the run's, where fault.json is written.
        dtype: of the model.
        processes: how many take part.
        first: whether this one writes files.
        single: computes one pair by itself, by its id; None where the model is sharded.
    """

    number: int
    folder: Path
    dtype: str
    processes: int
    first: bool
    single: Callable[[str], PairOutput] | None


def refuse(figures: Mapping[str, Any], window: Window, step: Step) -> None:
    """Stop at a step that is no number; all processes find the same and stop together.

    Raises:
        NotANumberError: naming the step and its pairs; all of them stand in fault.json.
    """
    if math.isfinite(figures["loss"]) and math.isfinite(figures["grad_norm"]):
        return
    suspects = window.suspects()
    if step.single is not None:
        suspects = [id for id in suspects if not _sound(step.single(id))] or suspects
    everyone = _gathered([suspects, window.pairs()], step.processes)
    guilty = [id for found, _ in everyone for id in found]
    whole = [id for _, found in everyone for id in found]
    what = "loss" if not math.isfinite(figures["loss"]) else "gradient"
    file = step.folder / FAULT
    if step.first:
        told = {
            key: value if isinstance(value, int) or math.isfinite(value) else str(value)
            for key, value in figures.items()
        }
        document = {"step": step.number, "what": what, "suspects": guilty, "pairs": whole, "figures": told}
        write_json(file, document)
    found = f"{figures['loss']:g}, gradient norm {figures['grad_norm']:g}"
    raise NotANumberError(
        f"the {what} of step {step.number} is not a number ({found})",
        where=f"{_named(guilty, whole)}; all in {file}",
        todo=_advice(guilty, whole, step.dtype),
    )


def _advice(guilty: Sequence[str], whole: Sequence[str], dtype: str) -> str:
    """Few guilty pairs are a matter of their texts; none or all of them, of the weights and how they are computed."""
    if guilty and len(guilty) < len(whole):
        them = "it" if len(guilty) == 1 else "them"
        todo = f"look at the text, and leave {them} out of the data: the step's other pairs are sound"
    else:
        todo = "lower optimiser.lr or optimiser.clip: the weights went astray, no single pair"
    exact = "; or compute in float32: model.dtype=float32" if dtype == "bfloat16" else ""
    return f"{todo}{exact}. That is another run (--out); this one's checkpoints are sound"


def _sound(output: PairOutput) -> bool:
    """Whether a pair's rewards and its language-model loss are numbers."""
    told = [output.chosen, output.rejected, *([output.lm_sum] if output.lm_sum is not None else [])]
    return all(bool(torch.isfinite(value).all()) for value in told)


def _gathered(value: Any, processes: int) -> list[Any]:
    if processes == 1:
        return [value]
    everyone: list[Any] = [None] * processes
    torch.distributed.all_gather_object(everyone, value)
    return everyone


def _named(guilty: Sequence[str], whole: Sequence[str]) -> str:
    if not guilty:
        return f"one of the {len(whole)} pairs of the step, from {whole[0]!r} on"
    if len(guilty) == len(whole):
        return f"all {len(whole)} pairs of the step, from {whole[0]!r} on"
    shown = ", ".join(repr(id) for id in guilty[:_SHOWN])
    more = f" and {len(guilty) - _SHOWN} more" if len(guilty) > _SHOWN else ""
    return f"pair {shown}{more}" if len(guilty) == 1 else f"pairs {shown}{more}"
