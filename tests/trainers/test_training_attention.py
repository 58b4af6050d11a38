"""Attention over a forest and its gradients equal plain attention over each sequence, by all three ways."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from crb_trainers.modelling.attention import gathered_chains, joined_chains, training_attention
from hypothesis import given, settings
from hypothesis import strategies as st
from largest_tensor import LargestTensor

from crb.engines.attention import ForestContext, PrefixCache, by_mask
from crb.engines.forest import Forest, build

HEADS, KV_HEADS, SIZE, SCALE = 4, 2, 8, 0.3
SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=6)


def context(forest: Forest) -> ForestContext:
    return ForestContext(forest, PrefixCache(), torch.as_tensor(forest.depths))


def masked(query, key, value, forest, scale):
    return by_mask(query, key, value, None, context(forest), scale, None, None)


WAYS = {"joined": joined_chains, "gathered": gathered_chains, "masked": masked}


def planted(sequences: list[list[int]], least_shared: int = 1) -> Forest:
    return build([np.asarray(ids, dtype=np.int32) for ids in sequences], least_shared)


def projections(rows: int, dtype: torch.dtype = torch.float32):
    """Laid out as a model's are: rows outside heads."""
    generator = torch.Generator().manual_seed(rows)
    made = [torch.randn(1, rows, heads, SIZE, generator=generator) for heads in (HEADS, KV_HEADS, KV_HEADS)]
    return [tensor.to(dtype).transpose(1, 2).requires_grad_() for tensor in made]


def plain(query, key, value, forest: Forest, window: int | None = None, softcap: float | None = None) -> torch.Tensor:
    """From the definition, each sequence by itself, with the rows of all sequences in their forest's order."""
    outs: dict[int, torch.Tensor] = {}
    for path in forest.paths:
        rows = torch.tensor([row for start, stop in path for row in range(start, stop)])
        own = query[:, :, rows]
        keys, values = (t[:, :, rows].repeat_interleave(HEADS // KV_HEADS, 1) for t in (key, value))
        logits = own @ keys.transpose(2, 3) * SCALE
        if softcap is not None:
            logits = softcap * torch.tanh(logits / softcap)
        distance = torch.arange(len(rows))[:, None] - torch.arange(len(rows))
        hidden = (distance < 0) | (distance >= (window or len(rows)))
        result = logits.masked_fill(hidden, float("-inf")).softmax(-1) @ values
        outs |= {int(row): result[:, :, i] for i, row in enumerate(rows) if int(row) not in outs}
    return torch.stack([outs[row] for row in range(len(forest))], dim=2)


def outcome(way, forest: Forest, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    """The output and the gradients of query, key and value."""
    inputs = projections(len(forest), dtype)
    out = way(*inputs, forest, SCALE) if way is not plain else plain(*inputs, forest)
    grad = torch.randn(out.shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    return [out, *torch.autograd.grad(out, inputs, grad)]


@settings(deadline=None, max_examples=60)
@given(SEQUENCES, st.sampled_from([1, 4, 100]), st.sampled_from(sorted(WAYS)))
def test_output_and_gradients_equal_plain_attention(sequences, least_shared, way):
    forest = planted(sequences, least_shared)
    for found, expected in zip(outcome(WAYS[way], forest), outcome(plain, forest), strict=True):
        torch.testing.assert_close(found, expected, atol=5e-6, rtol=5e-5)


FORKED = [[*range(40), 1, 2], [*range(40), 2, 1], [*range(20), 9, *range(30)], [7, 7, 7]]


@pytest.mark.parametrize("way", WAYS)
def test_bfloat16_stays_near_float32(way):
    forest = planted(FORKED)
    for found, expected in zip(outcome(WAYS[way], forest, torch.bfloat16), outcome(plain, forest), strict=True):
        assert ((found.float() - expected).norm() / expected.norm()).item() < 0.02


@pytest.mark.parametrize(("window", "softcap"), [(5, None), (None, 1.5), (5, 1.5), (1000, None)])
def test_windows_and_soft_caps_go_the_masked_way_with_gradients(window, softcap):
    forest = planted(FORKED)
    inputs = projections(len(forest))
    out, _ = training_attention(
        SimpleNamespace(layer_idx=0),  # type: ignore[arg-type]
        *inputs,
        scaling=SCALE,
        sliding_window=window,
        softcap=softcap,
        crb_context=context(forest),
    )
    expected = plain(*inputs, forest, window, softcap)
    torch.testing.assert_close(out.transpose(1, 2), expected, atol=5e-6, rtol=5e-5)
    grad = torch.randn_like(expected)
    for one, other in zip(
        torch.autograd.grad(out.transpose(1, 2), inputs, grad),
        torch.autograd.grad(expected, inputs, grad),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=5e-6, rtol=5e-5)


def test_joined_chains_make_nothing_of_size_rows_by_rows():
    forest = planted([[*range(600), 1], [*range(600), 2]])
    with LargestTensor() as watched:
        outcome(joined_chains, forest)
    assert watched.elements < len(forest) ** 2 / 4
    with LargestTensor() as watched:
        outcome(plain, forest)
    assert watched.elements >= len(forest) ** 2
