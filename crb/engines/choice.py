"""Which engine a model gets. A forest is trusted only after it reproduced plain scores on the very model at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from crb.adapter import ScalarModel
from crb.engines.attention import NAME as FOREST_ATTENTION
from crb.engines.attention import PrefixCache
from crb.engines.forest import Ids, build
from crb.engines.forest_engine import ForestEngine
from crb.engines.padded_engine import PaddedEngine
from crb.engines.scalar import ScalarEngine
from crb.errors import ModelError, first_line, unknown_name

ENGINES = ("auto", ForestEngine.name, PaddedEngine.name)
_TOLERANCE = {torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 8e-2}  # relative, of a random probe
_CPU_BUDGET, _GPU_BUDGET = 8192, 32768  # tokens per pass: where throughput stops growing, docs/performance.md
_LAYERS = {"full_attention", "sliding_attention"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and why it is not the forest where it is not."""

    engine: ScalarEngine
    attention: str
    fallback_reason: str | None = None


def plain_attention(backbone: PreTrainedModel) -> str:
    """The ordinary attention to use: eager where a model has no other, and where its logits are soft-capped, which SDPA
    skips in some versions."""
    capped = getattr(backbone.config, "attn_logit_softcapping", None)
    return "sdpa" if getattr(backbone, "_supports_sdpa", True) and not capped else "eager"


def choose(model: ScalarModel, wanted: str = "auto", budget: int | None = None) -> Choice:
    """The engine for a model.

    Args:
        wanted: `auto` takes the forest where it reproduces plain hidden states, else the padded engine.
        budget: tokens per forward pass; by default by device.

    Raises:
        UsageError: no such engine.
        ModelError: `forest` was asked for by name and does not work.
    """
    if wanted not in ENGINES:
        raise unknown_name("engine", wanted, ENGINES)
    if budget is None:
        budget = _CPU_BUDGET if model.backbone.device.type == "cpu" else _GPU_BUDGET
    plain = plain_attention(model.backbone)
    if wanted == PaddedEngine.name:
        model.backbone.set_attn_implementation(plain)
        return Choice(PaddedEngine(model, budget=budget), plain)
    reason = why_not_forest(model, plain)
    if reason is None:
        return Choice(ForestEngine(model, budget=budget), FOREST_ATTENTION)
    if wanted == ForestEngine.name:
        raise ModelError(f"this model cannot run as a forest: {reason}", todo="use --engine auto or --engine padded")
    model.backbone.set_attn_implementation(plain)
    return Choice(PaddedEngine(model, budget=budget), plain, reason)


def why_not_forest(model: ScalarModel, plain: str) -> str | None:
    """None where the backbone, now under forest attention, reproduces plain hidden states; else the reason.

    Args:
        plain: the attention to compare with, see `plain_attention`.
    """
    if model.bidirectional:
        return "its tokens see what comes after them, so texts that start alike share nothing"
    backbone = model.backbone
    layers = set(getattr(backbone.config, "layer_types", None) or ["full_attention"])
    if not layers <= _LAYERS:
        return f"layers of type {', '.join(sorted(layers - _LAYERS))}"
    sequences = _probe(backbone)
    try:
        backbone.set_attn_implementation(plain)
        expected = _plain_states(backbone, sequences)
        backbone.set_attn_implementation(FOREST_ATTENTION)
        found = _forest_states(model, sequences)
    except (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {first_line(error)}"
    deviation = float((found - expected).norm() / expected.norm())
    if not deviation <= _TOLERANCE.get(backbone.dtype, 1e-3):
        return f"its hidden states deviate from plain ones by {deviation:.2g}"
    if backbone.config._attn_implementation != FOREST_ATTENTION:  # transformers warns and goes on; small weights agree
        return "its attention cannot be replaced"
    return None


def _probe(backbone: PreTrainedModel) -> list[Ids]:
    """Random sequences with a shared start, a fork, a fork in a branch, and a loner."""
    size = int(backbone.config.get_text_config().vocab_size)
    ids = np.random.default_rng(0).integers(0, size, 96).astype(np.int32)
    return [ids[:40], np.r_[ids[:20], ids[40:60]], np.r_[ids[:30], ids[60:70]], np.r_[ids[:8], ids[70:96]]]


@torch.inference_mode()
def _plain_states(backbone: PreTrainedModel, sequences: list[Ids]) -> Tensor:
    def last(ids: Ids) -> Tensor:
        inputs = torch.as_tensor(ids, dtype=torch.long, device=backbone.device)[None]
        state: Tensor = backbone(input_ids=inputs, use_cache=False).last_hidden_state[0, -1]
        return state.float()

    return torch.stack([last(ids) for ids in sequences])


@torch.inference_mode()
def _forest_states(model: ScalarModel, sequences: list[Ids]) -> Tensor:
    engine = ForestEngine(model, budget=1)
    prefix = PrefixCache(length=4)
    start = build([sequences[0][:4]])
    engine.hidden_states(start, start.depths, PrefixCache(), capture=prefix)
    forest = build([ids[4:] for ids in sequences])
    hidden = engine.hidden_states(forest, forest.depths + 4, prefix)
    return torch.stack([hidden[forest.row(i, len(ids) - 5)].float() for i, ids in enumerate(sequences)])
