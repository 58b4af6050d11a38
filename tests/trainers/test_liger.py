"""Of Liger's kernels we take those of the layers; its cross-entropy would replace a model's forward pass."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
import torch
from crb_trainers.modelling.liger import apply_kernels


class Model:
    """A model whose forward pass is its own."""

    def forward(self) -> str:
        return "own"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A stand-in for Liger: with its cross-entropy it replaces the forward pass, as Liger does unless told not to."""
    calls: list[dict[str, Any]] = []

    def apply(
        *, model: Any, cross_entropy: bool = False, fused_linear_cross_entropy: bool = True, **kernels: bool
    ) -> None:
        calls.append(kernels)
        if cross_entropy or fused_linear_cross_entropy:
            model.forward = lambda: "a language-model loss"

    package, transformers = ModuleType("liger_kernel"), ModuleType("liger_kernel.transformers")
    package.__spec__ = ModuleSpec("liger_kernel", None)
    transformers._apply_liger_kernel_to_instance = apply  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "liger_kernel", package)
    monkeypatch.setitem(sys.modules, "liger_kernel.transformers", transformers)
    return calls


def test_the_forward_pass_stays_the_models_own(monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    model = Model()
    assert apply_kernels(model)
    assert model.forward() == "own"
    assert asked == [{"rope": True, "rms_norm": True, "swiglu": True, "geglu": True}]


def test_without_a_gpu_nothing_is_patched(monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert not apply_kernels(Model())
    assert asked == []


def test_without_liger_nothing_is_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("crb_trainers.modelling.liger.find_spec", lambda name: None)
    assert not apply_kernels(Model())
