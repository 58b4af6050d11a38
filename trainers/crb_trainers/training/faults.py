"""A step whose loss or gradient is no number: it is refused before it reaches the weights, and its pairs are named.

The weights are still sound at that moment, and so is every checkpoint. In a packed row one text's NaN may reach all
that share the row (0 x NaN), so suspects are computed once more, each alone, where the model is not sharded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from crb.errors import CrbError
from crb.files import write_json
from crb_trainers.data.batch import collate
from crb_trainers.data.tokenisation import TokenPair
from crb_trainers.training.records import FAULT
from crb_trainers.training.window import Window

if TYPE_CHECKING:
    from crb_trainers.training.trainer import PairTrainer

_SHOWN = 5


class NotANumberError(CrbError):
    """A step's loss or gradient is NaN or infinite."""


def refuse(
    figures: Mapping[str, Any], window: Window, model: torch.nn.Module, pairs: Mapping[str, TokenPair], of: PairTrainer
) -> None:
    """Stop at a step that is no number; all processes find the same and stop together.

    Raises:
        NotANumberError: naming the step and its pairs; all of them stand in fault.json.
    """
    if math.isfinite(figures["loss"]) and math.isfinite(figures["grad_norm"]):
        return
    step = of.state.global_step + 1
    suspects = window.suspects()
    if suspects and not of.shards:
        suspects = _alone(suspects, model, pairs, of) or suspects
    everyone = _gathered([suspects, window.pairs()], of)
    guilty = [id for found, _ in everyone for id in found]
    whole = [id for _, found in everyone for id in found]
    what = "loss" if not math.isfinite(figures["loss"]) else "gradient"
    home = of.home.parent
    if of.args.should_save:
        told = {
            key: value if isinstance(value, int) or math.isfinite(value) else str(value)
            for key, value in figures.items()
        }
        write_json(home / FAULT, {"step": step, "what": what, "suspects": guilty, "pairs": whole, "figures": told})
    raise NotANumberError(
        f"the {what} of step {step} is not a number ({figures['loss']:g}, gradient norm {figures['grad_norm']:g})",
        where=f"{_named(guilty, whole)}; all in {home / FAULT}",
        todo=_advice(guilty, whole, of.recipe.model.dtype),
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


def _alone(
    suspects: Sequence[str], model: torch.nn.Module, pairs: Mapping[str, TokenPair], of: PairTrainer
) -> list[str]:
    """Those that are no numbers even by themselves."""
    found = []
    with torch.no_grad():
        for id in suspects:
            output = model(collate([pairs[id]]).to(of.args.device))
            told = [output.chosen, output.rejected, *([output.lm_sum] if output.lm_sum is not None else [])]
            if not all(bool(torch.isfinite(value).all()) for value in told):
                found.append(id)
    return found


def _gathered(value: Any, of: PairTrainer) -> list[Any]:
    if of.args.world_size == 1:
        return [value]
    everyone: list[Any] = [None] * of.args.world_size
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
