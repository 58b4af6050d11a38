"""benchmarks/trainer.py compares like with like: both sides have one loss and one gradient."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import _trainer_sides as sides  # a script's half, not a package
from crb_trainers.data.tokenisation import TokenPair
from crb_trainers.settings import ObjectiveSettings
from crb_trainers.training.objective import WindowTotals, preference_loss, window_loss

OBJECTIVE = ObjectiveSettings(language_model=0.4, magnitude=0.01)


def step(made: Any, pairs: Sequence[TokenPair]) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss of a step and its gradients by name."""
    model, micro_batches, _ = made
    model.head.weight.data.copy_(sides.head_weight(model.head.weight.shape[1]))
    totals = WindowTotals(len(pairs), sum(pair.completion_tokens for pair in pairs))
    loss = 0.0
    for compute in micro_batches:
        chosen, rejected, language = compute()
        part = window_loss(preference_loss(chosen, rejected, OBJECTIVE), language, totals, OBJECTIVE)
        part.backward()
        loss += part.item()
    return loss, {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("logits", ["whole", "completion"])
def test_both_sides_do_the_same_work(logits: str, one_thread: None) -> None:
    settings = argparse.Namespace(
        model="tiny", device="cpu", dtype="float32", pairs=5, batch=2, max_length=192, logits=logits,
        checkpointing=False, seed=3,
    )  # fmt: skip
    pairs = sides.tokens_of(settings)
    plain, ours = sides.plain_side(settings, pairs), sides.our_side(settings, pairs)
    expected, found = step(plain, pairs), step(ours, pairs)
    assert found[0] == pytest.approx(expected[0], abs=1e-5)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        assert (found[1][name] - gradient).abs().max() < 1e-5, name
    assert ours[2] < plain[2], "packing computes fewer tokens than padding"
