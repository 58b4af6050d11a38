"""Arithmetic on a CPU that does not depend on the batch: matrix products in blocks of as many rows, always.

The kernels for one row, for few and for many add up in different orders, so a text's log-probabilities would move in
the last digits with the number of texts beside it. With every product computed in blocks of 16 rows, the last one
filled up with zeros, a row's result is the row's alone: measured equal to the last bit, docs/vllm.md.

vLLM has no hook for this. What is replaced here is two functions of it, in the process that runs the model and nowhere
else; where they are not there, as in another version, calls are run one at a time instead.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

ROWS = 16  # a decoding step of up to so many texts costs one block


def fix_blocks() -> bool:
    """Make models loaded from now on compute in blocks; False where this vLLM cannot."""
    from vllm.model_executor.layers import logits_processor, utils

    dispatch = getattr(utils, "dispatch_cpu_unquantized_gemm", None)
    head = getattr(logits_processor.LogitsProcessor, "_apply_head", None)
    if dispatch is None or head is None:
        return False

    def linear_in_blocks(layer: Any, remove_weight: bool) -> None:
        dispatch(layer, remove_weight)
        product = getattr(layer, "cpu_linear", None)
        if product is not None:
            layer.cpu_linear = lambda rows, weight, bias: _by_blocks(product, rows, weight, bias)

    def head_in_blocks(processor: Any, layer: Any, hidden: Tensor, bias: Tensor | None) -> Tensor:
        import torch
        from torch.nn.functional import linear

        if processor.head_dtype != torch.float32 or hidden.dtype == torch.float32:
            found: Tensor = head(processor, layer, hidden, bias)  # through the layer's own product
            return found
        weight = getattr(layer, "crb_float32", None)
        if weight is None:  # kept: vLLM would convert it at each step
            weight = layer.crb_float32 = layer.weight.float()
        return _by_blocks(linear, hidden.float(), weight, None if bias is None else bias.float())

    utils.dispatch_cpu_unquantized_gemm = linear_in_blocks
    processors: Any = logits_processor.LogitsProcessor
    processors._apply_head = head_in_blocks
    return True


def _by_blocks(product: Any, rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`product` over rows (..., inputs), `ROWS` of them at a time; gives (..., outputs)."""
    import torch

    flat = rows.reshape(-1, rows.shape[-1])
    count = len(flat)
    if count % ROWS:
        flat = torch.cat([flat, flat.new_zeros(-count % ROWS, flat.shape[1])])
    parts: list[Tensor] = [product(block, weight, bias) for block in torch.split(flat, ROWS)]
    whole = parts[0] if len(parts) == 1 else torch.cat(parts)
    return whole[:count].reshape(*rows.shape[:-1], -1)
