"""Cross-entropy of a language-model head without its logits: chunks of rows, never rows x vocabulary at once.

Logits of a 2,560-token pair over 151,936 words are 1.5 GB in float32, and their gradient as much again. Here each
chunk's logits live until its share of the gradients is added up, then the next chunk takes their place. The gradients
are computed on the way forward (the loss is a sum, so all that the way back can add is one factor): three matrix
products per chunk, where computing the logits again on the way back would take four. The price is a weight gradient
that exists from the forward pass on. On CUDA, Liger's kernel does the same where it is installed.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

_CHUNK_ELEMENTS = 1 << 25  # of logits at a time: 128 MB in float32


def fused_cross_entropy(
    hidden: Tensor,
    weight: Tensor,
    targets: Tensor,
    *,
    chunk: int | None = None,
    softcap: float | None = None,
    scale: float = 1.0,
) -> Tensor:
    """The summed cross-entropy of `targets` under softmax(scale * hidden @ weight.T), a float32 scalar with gradient.

    Args:
        hidden: (rows, hidden_size).
        weight: (vocabulary, hidden_size), the head's, tied or not.
        targets: (rows,), every one a token.
        chunk: rows whose logits exist at a time; by default what fits 128 MB in float32.
        softcap: of the logits, where the model has it (Gemma-2).
        scale: of the logits, where the model has one (Cohere, Granite).
    """
    device = hidden.device.type
    if torch.is_autocast_enabled(device):  # what a linear layer would do here
        dtype = torch.get_autocast_dtype(device)
        hidden, weight = hidden.to(dtype), weight.to(dtype)
    with torch.autocast(device, enabled=False):
        if device == "cuda" and find_spec("liger_kernel") is not None:
            return _liger(hidden * scale if scale != 1.0 else hidden, weight, targets, softcap)
        rows = chunk or max(1, _CHUNK_ELEMENTS // len(weight))
        keep = torch.is_grad_enabled()
        wanted = (keep and hidden.requires_grad, keep and weight.requires_grad)
        loss: Tensor = _ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]
            hidden, weight, targets, rows, softcap, scale, wanted
        )
    return loss


def _liger(hidden: Tensor, weight: Tensor, targets: Tensor, softcap: float | None) -> Tensor:
    """Liger's kernel; its gradients add up in float32 as ours do."""
    kernels: Any = import_module("liger_kernel.transformers")
    loss = kernels.LigerFusedLinearCrossEntropyLoss(reduction="sum", softcap=softcap, accum_dtype=torch.float32)
    summed: Tensor = loss(weight, hidden, targets)
    return summed.float()


class _ChunkedCrossEntropy(torch.autograd.Function):
    """The loss and, where wanted, the gradients of hidden and weight, all on the way forward."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        targets: Tensor,
        chunk: int,
        softcap: float | None,
        scale: float,
        wanted: tuple[bool, bool],
    ) -> Tensor:
        loss = hidden.new_zeros((), dtype=torch.float32)
        grad_hidden = torch.empty_like(hidden) if wanted[0] else None
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if wanted[1] else None
        for start in range(0, len(hidden), chunk):
            here = slice(start, start + chunk)
            own = hidden[here]
            part, grad_logits = _chunk(own @ weight.T, targets[here], softcap, scale, any(wanted))
            loss += part
            if grad_hidden is not None:
                grad_hidden[here] = grad_logits.to(weight.dtype) @ weight
            if grad_weight is not None and own.dtype == torch.float32:
                grad_weight.addmm_(grad_logits.T, own)
            elif grad_weight is not None:
                grad_weight += grad_logits.to(own.dtype).T @ own
        ctx.grads, ctx.weight_dtype = (grad_hidden, grad_weight), weight.dtype
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.grads is None:
            raise RuntimeError("the gradients of this language-model loss were handed on already: it goes back once")
        (factor,), (grad_hidden, grad_weight) = grads, ctx.grads
        ctx.grads = None
        if grad_hidden is not None:
            grad_hidden.mul_(factor)
        if grad_weight is not None:
            grad_weight = grad_weight.mul_(factor).to(ctx.weight_dtype)
        return grad_hidden, grad_weight, None, None, None, None, None


def _chunk(
    logits: Tensor, targets: Tensor, softcap: float | None, scale: float, want_gradient: bool
) -> tuple[Tensor, Tensor]:
    """A chunk's summed loss and, in the place of its logits (rows, vocabulary), their gradient in float32."""
    logits = logits.float()
    if scale != 1.0:
        logits.mul_(scale)
    slope = None
    if softcap is not None:
        logits.div_(softcap).tanh_()
        slope = 1 - logits.square() if want_gradient else None
        logits.mul_(softcap)
    target = logits.gather(1, targets[:, None])[:, 0]
    highest = logits.amax(dim=1, keepdim=True)
    total = logits.sub_(highest).exp_().sum(dim=1, keepdim=True)
    loss = (total.log() + highest)[:, 0] - target
    if want_gradient:
        logits.div_(total)
        logits[torch.arange(len(targets), device=targets.device), targets] -= 1
        if slope is not None:
            logits.mul_(slope)
        if scale != 1.0:
            logits.mul_(scale)
    return loss.sum(), logits
