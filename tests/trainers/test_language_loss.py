"""The language-model loss equals torch's cross-entropy, gradients included, and its logits never exist at once."""

from __future__ import annotations

import pytest
import torch
from crb_trainers.modelling.language_loss import fused_cross_entropy
from hypothesis import given, settings
from hypothesis import strategies as st
from largest_tensor import LargestTensor
from torch.nn.functional import cross_entropy


def tensors(rows: int, vocabulary: int, size: int, dtype: torch.dtype = torch.float32):
    generator = torch.Generator().manual_seed(rows * vocabulary)
    hidden = torch.randn(rows, size, generator=generator).to(dtype).requires_grad_()
    weight = torch.randn(vocabulary, size, generator=generator).to(dtype).requires_grad_()
    return hidden, weight, torch.randint(0, vocabulary, (rows,), generator=generator)


def plain(hidden, weight, targets, softcap=None, scale=1.0):
    logits = (hidden @ weight.T).float() * scale
    if softcap is not None:
        logits = softcap * torch.tanh(logits / softcap)
    return cross_entropy(logits, targets, reduction="sum")


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 20),
    st.integers(2, 30),
    st.sampled_from([None, 1, 3, 100]),
    st.sampled_from([None, 2.0]),
    st.sampled_from([1.0, 0.25]),
)
def test_loss_and_gradients_equal_plain_cross_entropy(rows, vocabulary, chunk, softcap, scale):
    hidden, weight, targets = tensors(rows, vocabulary, 6)
    loss = fused_cross_entropy(hidden, weight, targets, chunk=chunk, softcap=softcap, scale=scale)
    expected = plain(hidden, weight, targets, softcap, scale)
    torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)
    found = torch.autograd.grad(0.3 * loss, (hidden, weight))
    wanted = torch.autograd.grad(0.3 * expected, (hidden, weight))
    torch.testing.assert_close(found, wanted, atol=2e-6, rtol=1e-4)


def test_logits_never_exist_at_once():
    rows, vocabulary, size, chunk = 512, 300, 8, 16
    hidden, weight, targets = tensors(rows, vocabulary, size)
    with LargestTensor() as watched:
        fused_cross_entropy(hidden, weight, targets, chunk=chunk).backward()
    assert watched.elements <= max(chunk * vocabulary, rows * size)
    with LargestTensor() as watched:  # the watch itself sees logits where they exist
        plain(hidden, weight, targets).backward()
    assert watched.elements == rows * vocabulary


def test_default_chunks_bound_the_logits_of_a_large_vocabulary():
    hidden, weight, targets = tensors(600, 151_936, 2)
    with LargestTensor() as watched, torch.no_grad():
        fused_cross_entropy(hidden, weight, targets)
    assert watched.elements <= 1 << 25


def test_a_frozen_head_costs_no_weight_gradient():
    hidden, weight, targets = tensors(8, 5000, 4)
    weight = weight.detach()
    with LargestTensor() as watched:
        fused_cross_entropy(hidden, weight, targets, chunk=1).backward()
    assert watched.elements == 5000  # one row of logits; 20,000 with the gradient
    assert hidden.grad is not None


def test_bfloat16_is_summed_in_float32_close_to_the_exact_loss():
    hidden, weight, targets = tensors(64, 300, 32, torch.bfloat16)
    loss = fused_cross_entropy(hidden, weight, targets, chunk=7)
    exact = plain(hidden.detach().float(), weight.detach().float(), targets)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(exact.item(), rel=5e-3)
    loss.backward()
    assert weight.grad is not None
    assert weight.grad.dtype == torch.bfloat16


def test_autocast_computes_as_a_linear_layer_would():
    hidden, weight, targets = tensors(32, 100, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = fused_cross_entropy(hidden, weight, targets, chunk=5)
        expected = plain(hidden, weight, targets)
    assert loss.item() == pytest.approx(expected.item(), rel=2e-3)
    loss.backward()
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32  # master weights keep their own


def test_no_targets_make_no_loss():
    hidden, weight, _ = tensors(1, 5, 4)
    loss = fused_cross_entropy(hidden[:0], weight, torch.zeros(0, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0
    assert weight.grad is not None
    assert not weight.grad.any()


def test_going_back_twice_is_refused_rather_than_wrong():
    hidden, weight, targets = tensors(3, 5, 4)
    loss = fused_cross_entropy(hidden, weight, targets)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="handed on already"):
        loss.backward()
