"""Liger's kernels for rotary positions, norms and gated layers, on GPUs where they are installed.

Its cross-entropy is switched off by name: it replaces the forward pass of the whole model, a classifier's too, by one
that computes a language-model loss. Ours is called where it is wanted, see `language_loss`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from crb.errors import ModelError

KERNELS = {
    "rope": True,
    "rms_norm": True,
    "swiglu": True,
    "geglu": True,
    "cross_entropy": False,
    "fused_linear_cross_entropy": False,
}


def apply_kernels(causal: Any) -> bool:
    """Patch a model's layers in place, where there is a GPU, Liger, and kernels for this architecture.

    Args:
        causal: a PreTrainedModel, without PEFT's wrapping; of what Liger does not know nothing is changed.

    Returns:
        Whether Liger was asked to.

    Raises:
        ModelError: it replaced the forward pass all the same.
    """
    import torch

    if not torch.cuda.is_available() or find_spec("liger_kernel") is None:
        return False
    before = causal.forward
    import_module("liger_kernel.transformers")._apply_liger_kernel_to_instance(model=causal, **KERNELS)
    if causal.forward != before:
        raise ModelError(
            "Liger replaced the model's forward pass, though told not to",
            where=f"class {type(causal).__name__}",
            todo="install another version of liger-kernel, or none: pip uninstall liger-kernel",
        )
    return True
