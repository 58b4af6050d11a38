"""The padded engine: for encoders and models whose attention cannot take a forest, and the plain truth to compare with.

Requests are sorted by length, so that little is padded, and every score comes from an ordinary forward pass with an
attention mask. Pooling goes by position, never by pad id: a pad token written in a response moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from crb.engines.packing import Batch
from crb.engines.scalar import Readings, ScalarEngine, read_heads
from crb.requests import Request

_NO_PREFIX = np.empty(0, dtype=np.int32)
_PAD_TO_RIGHT = 0  # any id will do: the mask hides it


class PaddedEngine(ScalarEngine):
    """Length-sorted batches padded to their longest request."""

    name = "padded"

    def plan(self, requests: Sequence[Request]) -> list[Batch]:
        """Batches whose padded size stays within the budget, longest first, so that memory trouble comes early."""
        batches: list[Batch] = []
        current: list[Request] = []
        for request in sorted(requests, key=lambda request: (-len(request.tokens), request.key)):
            if current and (len(current) + 1) * len(current[0].tokens) > self.budget:
                batches.append(Batch(_NO_PREFIX, tuple(current)))
                current = []
            current.append(request)
        if current:
            batches.append(Batch(_NO_PREFIX, tuple(current)))
        return batches

    @torch.inference_mode()
    def forward(self, batch: Batch) -> Readings:
        """One ordinary forward pass, right-padded."""
        lengths = [len(request.tokens) for request in batch.requests]
        longest = max(lengths)
        ids = np.full((len(lengths), longest), _PAD_TO_RIGHT, dtype=np.int64)
        mask = np.zeros((len(lengths), longest), dtype=np.int64)
        for i, request in enumerate(batch.requests):
            ids[i, : lengths[i]] = request.tokens.ids
            mask[i, : lengths[i]] = 1
        device = self.model.backbone.device
        more: dict[str, object] = {} if self.model.bidirectional else {"use_cache": False}
        if self.model.segments:
            segments = np.zeros_like(ids)
            for i, request in enumerate(batch.requests):
                if request.tokens.segments is not None:
                    segments[i, : lengths[i]] = request.tokens.segments
            more["token_type_ids"] = torch.as_tensor(segments, device=device)
        output = self.model.backbone(
            input_ids=torch.as_tensor(ids, device=device),
            attention_mask=None if min(lengths) == longest else torch.as_tensor(mask, device=device),
            **more,
        )
        self.meter.tokens += ids.size
        hidden = output.last_hidden_state.flatten(0, 1)
        rows = [[i * longest + position for position in request.positions] for i, request in enumerate(batch.requests)]
        return read_heads(self.model, hidden, batch.requests, rows)
