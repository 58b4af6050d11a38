"""The forest's attention, with gradients: three ways to the same numbers.

- *Joined chains*, on the CPU: the core's way, a chain's rows against each range of keys they see by flash kernels,
  joined through their log-sum-exps. The way back runs each part's kernel with the *joined* output and log-sum-exp:
  with P = exp(s - lse) and D = rowsum(dO * O), dS = P * (dO V^T - D) holds for any subset of the keys once lse and O
  are those of the whole row, so the parts' gradients add up (Dao 2023, FlashAttention-2, section 3.1).
- *Gathered chains*, on other devices: the keys a chain sees are laid end to end, and its rows attend to them causally
  from the lower right corner, which flash kernels for GPUs know as a mask of their own. torch has no such kernel for
  the CPU, where this way is tested with the mask written out.
- *Masked*: the core's path, where logits are soft-capped or a sliding window is shorter than the text.

The first two make nothing of size rows x rows. Attention dropout is not applied: no model of the recipes has any.

Shapes: query (1, heads, rows, head_dim); key and value (1, kv_heads, rows, head_dim), heads a multiple of kv_heads.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from crb.engines.attention import ForestContext, by_chains, by_mask
from crb.engines.forest import Forest

NAME = "crb_forest_training"


def training_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
    *,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    crb_context: ForestContext,
    **_: Any,
) -> tuple[Tensor, None]:
    """The function registered with transformers; returns (1, rows, heads, head_dim)."""
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    query, key = query.to(value.dtype), key.to(value.dtype)  # under autocast, rotating them gave float32
    windowed = sliding_window is not None and sliding_window < crb_context.longest
    if softcap is not None or windowed:
        out = by_mask(query, key, value, None, crb_context, scale, sliding_window if windowed else None, softcap)
    elif query.device.type == "cpu":
        out = joined_chains(query, key, value, crb_context.forest, scale)
    else:
        out = gathered_chains(query, key, value, crb_context.forest, scale)
    return out.transpose(1, 2), None


AttentionInterface.register(NAME, training_attention)


def joined_chains(query: Tensor, key: Tensor, value: Tensor, forest: Forest, scale: float) -> Tensor:
    """Attention over a forest by the CPU's flash kernels; returns (1, heads, rows, head_dim)."""
    out: Tensor = _JoinedChains.apply(query, key, value, forest, scale)  # type: ignore[no-untyped-call]
    return out


def gathered_chains(query: Tensor, key: Tensor, value: Tensor, forest: Forest, scale: float) -> Tensor:
    """Attention over a forest by torch's own function, a chain at a time; returns (1, heads, rows, head_dim)."""
    groups = query.shape[1] // key.shape[1]
    # Repeated by hand: the lower right mask picks its kernels without regard to grouped heads.
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    outs: list[Tensor] = []
    for chain in forest.chains:
        seen = (*chain.ancestors, (chain.start, chain.stop))
        own = query[:, :, chain.start : chain.stop]
        keys = torch.cat([key[:, :, start:stop] for start, stop in seen], dim=2)
        values = torch.cat([value[:, :, start:stop] for start, stop in seen], dim=2)
        mask: Any = causal_lower_right(own.shape[2], keys.shape[2])
        outs.append(scaled_dot_product_attention(own, keys, values, attn_mask=mask, scale=scale))
    return torch.cat(outs, dim=2)


class _JoinedChains(torch.autograd.Function):
    """Saves query, key, value, output and log-sum-exp: nothing that grows with rows x rows."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, forest: Forest, scale: float) -> Tensor:
        out, lse = by_chains(query, key, value, forest, scale)
        ctx.save_for_backward(query, key, value, out, lse)
        ctx.forest, ctx.scale = forest, scale
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        query, key, value, out, lse = ctx.saved_tensors
        (grad_out,) = grads
        grad_query, grad_key, grad_value = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
        for chain in ctx.forest.chains:
            rows = slice(chain.start, chain.stop)
            for start, stop in ((chain.start, chain.stop), *chain.ancestors):
                keys = slice(start, stop)
                # An operator below torch's public ones, as in the core: the public ones do not take a log-sum-exp.
                part, part_key, part_value = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
                    grad_out[:, :, rows],
                    query[:, :, rows],
                    key[:, :, keys],
                    value[:, :, keys],
                    out[:, :, rows],
                    lse[:, :, rows],
                    0.0,
                    start == chain.start,
                    scale=ctx.scale,
                )
                grad_query[:, :, rows] += part
                grad_key[:, :, keys] += part_key
                grad_value[:, :, keys] += part_value
        return grad_query, grad_key, grad_value, None, None
