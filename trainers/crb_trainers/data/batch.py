"""A micro-batch: the chosen and rejected responses of all its pairs as one packed row, for one forward pass.

Nothing is padded. A prefix that sequences share (a pair's prompt, a criterion's system prompt) is stored once where
it is long enough to pay; sequences that share less stand as trees of their own. Either way the layout is the core's
forest, so the losses and gradients are the same and only the time differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from crb.engines.forest import Forest, Ids, Rows, build, common_prefix
from crb_trainers.data.tokenisation import TokenPair

Sharing = Literal["auto", "on", "off"]
BREAK_EVEN = 16
"""Tokens of a shared prefix from which on storing it once pays: below, a second chain in every layer costs more.

Measured on a CPU by `python benchmarks/prefix_sharing.py`: two layers of hidden size 32 cross 1 between 16 (0.99) and
32 tokens (1.03), sizes 256 and 576 below 8; where the shared part is 1.6 times the rest, sharing is 1.6 to 1.7 times as
fast. Not measured on a GPU.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs in one row of tokens.

    Shapes: `ids` and `positions` (rows,); `chosen_rows` and `rejected_rows` (pairs,), the rows that the reward head
    reads; `lm_rows` and `lm_targets` (completion tokens,): the row that predicts, and what. All int64.
    """

    pair_ids: tuple[str, ...]
    forest: Forest
    ids: Tensor
    positions: Tensor
    chosen_rows: Tensor
    rejected_rows: Tensor
    lm_rows: Tensor
    lm_targets: Tensor
    plain_tokens: int  # what the sequences would take without sharing

    def __len__(self) -> int:
        return len(self.pair_ids)

    @property
    def rows(self) -> int:
        """Tokens computed."""
        return len(self.ids)

    @property
    def completion_tokens(self) -> int:
        """Targets of the language-model loss."""
        return len(self.lm_targets)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Batch:
        """The batch with its tensors on a device."""
        names = ("ids", "positions", "chosen_rows", "rejected_rows", "lm_rows", "lm_targets")
        moved = {name: getattr(self, name).to(device, non_blocking=non_blocking) for name in names}
        return replace(self, **moved)


def collate(pairs: Sequence[TokenPair], share: Sharing = "auto") -> Batch:
    """One micro-batch of pairs (at least one).

    Args:
        share: `on` stores any common prefix once, `off` none, `auto` those that pay.
    """
    sequences = [ids for pair in pairs for ids in (pair.chosen, pair.rejected)]
    plain = sum(len(ids) for ids in sequences)
    forest = build(sequences, _least(share, plain))
    last = [forest.row(i, len(ids) - 1) for i, ids in enumerate(sequences)]
    predicting = [_rows(forest, 2 * i)[pair.prompt_length - 1 : -1] for i, pair in enumerate(pairs)]
    targets = [pair.chosen[pair.prompt_length :] for pair in pairs]
    return Batch(
        tuple(pair.id for pair in pairs),
        forest,
        _tensor(forest.ids),
        _tensor(forest.depths),
        _tensor(last[0::2]),
        _tensor(last[1::2]),
        _tensor(np.concatenate(predicting)),
        _tensor(np.concatenate(targets)),
        plain,
    )


def cost(pair: TokenPair, share: Sharing = "auto") -> int:
    """Rows that a pair takes by itself: what dealing pairs into micro-batches of like weight goes by."""
    shared = common_prefix(pair.chosen, pair.rejected)
    return pair.tokens - (shared if shared >= _least(share, pair.tokens) else 0)


def _least(share: Sharing, tokens: int) -> int:
    """The shortest prefix that is shared; longer than any sequence for `off`."""
    return {"auto": BREAK_EVEN, "on": 1, "off": tokens + 1}[share]


def _rows(forest: Forest, sequence: int) -> Rows:
    """The rows of a sequence, token by token."""
    return np.concatenate([np.arange(start, stop) for start, stop in forest.paths[sequence]])


def _tensor(values: Ids | Rows | list[int]) -> Tensor:
    return torch.as_tensor(np.asarray(values, dtype=np.int64))
