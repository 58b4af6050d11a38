"""The forest engine: shared tokens are computed once, nothing is padded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from crb.adapter import ScalarModel
from crb.engines import packing
from crb.engines.attention import ForestContext, PrefixCache
from crb.engines.forest import Forest, Ids, Rows, build
from crb.engines.scalar import Readings, ScalarEngine, read_heads
from crb.requests import Request


class ForestEngine(ScalarEngine):
    """Packs a batch's conversations into one forest and runs it as one sequence.

    The backbone must run under the attention `crb.engines.attention.NAME`; `crb.engines.choice` sees to that.
    """

    name = "forest"

    def __init__(self, model: ScalarModel, *, budget: int) -> None:
        super().__init__(model, budget=budget)
        self._prefix_ids: Ids | None = None
        self._prefix = PrefixCache()

    def plan(self, requests: Sequence[Request]) -> list[packing.Batch]:
        """Batches by group, so that each group's prefix is computed once."""
        return [batch for group in packing.groups(requests) for batch in packing.batches(group, self.budget)]

    @torch.inference_mode()
    def forward(self, batch: packing.Batch) -> Readings:
        """One forward pass over the batch's forest, behind the cached prefix."""
        prefix = self.prefix_for(batch.prefix)
        forest = build([request.tokens.ids[prefix.length :] for request in batch.requests])
        hidden = self.hidden_states(forest, forest.depths + prefix.length, prefix)
        rows = [
            [forest.row(i, position - prefix.length) for position in request.positions]
            for i, request in enumerate(batch.requests)
        ]
        return read_heads(self.model, hidden, batch.requests, rows)

    def forget(self) -> None:
        """Drop the cached prefix."""
        self._prefix_ids, self._prefix = None, PrefixCache()

    def hidden_states(
        self, forest: Forest, positions: Rows, prefix: PrefixCache, capture: PrefixCache | None = None
    ) -> Tensor:
        """The last hidden states, (rows, hidden_size), of a packed forest at absolute positions (rows,)."""
        device = self.model.backbone.device
        where = torch.as_tensor(positions, device=device)
        output = self.model.backbone(
            input_ids=torch.as_tensor(forest.ids, dtype=torch.long, device=device)[None],
            position_ids=where[None],
            use_cache=False,
            crb_context=ForestContext(forest, prefix, where, capture),
        )
        self.meter.tokens += len(forest)
        hidden: Tensor = output.last_hidden_state[0]
        return hidden

    def prefix_for(self, ids: Ids) -> PrefixCache:
        """The keys and values of a group's prefix, computed when the group begins."""
        if self._prefix_ids is not None and np.array_equal(self._prefix_ids, ids):
            return self._prefix
        cache = PrefixCache(length=len(ids))
        if len(ids):
            forest = build([ids])
            self.hidden_states(forest, forest.depths, PrefixCache(), capture=cache)
        self._prefix_ids, self._prefix = ids, cache
        return cache
