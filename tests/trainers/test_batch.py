"""A packed micro-batch holds its pairs whole and nothing else, shared or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from crb_trainers.data.batch import BREAK_EVEN, collate, cost
from crb_trainers.data.tokenisation import TokenPair
from hypothesis import given
from hypothesis import strategies as st

SHARING = ("auto", "on", "off")


@st.composite
def token_pairs(draw) -> list[TokenPair]:
    """Pairs with prompts shared between pairs or not, and responses that may start alike."""
    tokens = st.integers(0, 3)
    prompts = draw(st.lists(st.lists(tokens, min_size=1, max_size=25), min_size=1, max_size=2))
    made = []
    for number in range(draw(st.integers(1, 4))):
        prompt = draw(st.sampled_from(prompts))
        chosen = draw(st.lists(tokens, min_size=1, max_size=12))
        rejected = draw(st.lists(tokens, min_size=1, max_size=12).filter(lambda ids: ids != chosen))  # noqa: B023
        made.append(pair(str(number), prompt, chosen, rejected))
    return made


def pair(id: str, prompt: list[int], chosen: list[int], rejected: list[int]) -> TokenPair:
    return TokenPair(
        id, len(prompt), np.asarray([*prompt, *chosen], np.int32), np.asarray([*prompt, *rejected], np.int32)
    )


def seen_by(batch, row: int) -> list[int]:
    """The tokens that a row attends to, itself last."""
    ends = batch.forest.subtree_end
    return [int(batch.ids[k]) for k in range(row + 1) if row < ends[k]]


@given(token_pairs(), st.sampled_from(SHARING))
def test_every_head_reads_the_last_row_of_exactly_its_sequence(pairs, share):
    batch = collate(pairs, share)
    for number, found in enumerate(pairs):
        assert seen_by(batch, int(batch.chosen_rows[number])) == found.chosen.tolist()
        assert seen_by(batch, int(batch.rejected_rows[number])) == found.rejected.tolist()
        assert int(batch.positions[batch.chosen_rows[number]]) == len(found.chosen) - 1


@given(token_pairs(), st.sampled_from(SHARING))
def test_language_model_targets_are_the_chosen_completions_and_nothing_else(pairs, share):
    batch = collate(pairs, share)
    expected = [
        (found.chosen[:end].tolist(), int(found.chosen[end]))
        for found in pairs
        for end in range(found.prompt_length, len(found.chosen))
    ]
    found = [
        (seen_by(batch, row), target)
        for row, target in zip(batch.lm_rows.tolist(), batch.lm_targets.tolist(), strict=True)
    ]
    assert found == expected
    assert batch.completion_tokens == sum(pair.completion_tokens for pair in pairs)


@given(token_pairs(), st.sampled_from(SHARING))
def test_packing_wastes_nothing(pairs, share):
    batch = collate(pairs, share)
    assert batch.plain_tokens == sum(pair.tokens for pair in pairs)
    assert batch.rows <= batch.plain_tokens
    if share == "off":
        assert batch.rows == batch.plain_tokens
    used = {row for path in batch.forest.paths for start, stop in path for row in range(start, stop)}
    assert used == set(range(batch.rows))  # no row that belongs to no sequence


@given(token_pairs(), st.sampled_from(SHARING))
def test_cost_is_what_a_pair_takes_alone(pairs, share):
    for found in pairs:
        assert cost(found, share) == collate([found], share).rows


@pytest.mark.parametrize("length", [BREAK_EVEN - 1, BREAK_EVEN])
def test_auto_shares_from_the_break_even_on(length):
    found = pair("a", [1] * length, [2, 3], [3, 2])
    shared = collate([found], "auto").rows < found.tokens
    assert shared == (length >= BREAK_EVEN)
    assert collate([found], "on").rows == found.tokens - length


def test_pairs_under_one_system_prompt_share_it():
    pairs = [pair(str(n), [*range(40), 50 + n], [1, 2], [3, 4]) for n in range(3)]
    assert collate(pairs, "auto").rows == 40 + 3 * 5


def test_moving_a_batch_moves_every_tensor():
    batch = collate([pair("a", [1, 2], [3], [4, 5])]).to("meta")
    tensors = (
        batch.ids, batch.positions, batch.chosen_rows, batch.rejected_rows, batch.lm_rows, batch.lm_targets,
    )  # fmt: skip
    assert {tensor.device for tensor in tensors} == {torch.device("meta")}
    assert {tensor.dtype for tensor in tensors} == {torch.int64}
