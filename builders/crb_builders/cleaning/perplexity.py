"""Perplexity under a causal language model that the user names: text that no model expects is often no text.

exp of the mean negative log-likelihood of each token after the first, over the first `tokens` tokens. Texts are sorted
by length and padded little; the result is put back in order. A text of fewer than two tokens has none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from crb.errors import ModelError, first_line


class Perplexity:
    """Scores texts.

    Args:
        model: a folder or hub id that transformers reads as a causal model with its tokenizer.
        device: `cpu`, `cuda`, ...
        tokens: of a text that are read.
        batch: texts at once.

    Raises:
        ModelError: the model cannot be read.
    """

    def __init__(self, model: str, *, device: str = "cpu", tokens: int = 1024, batch: int = 8) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
            loaded: Any = AutoModelForCausalLM.from_pretrained(model, trust_remote_code=False)
            self._model = loaded.eval().to(device)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"no causal language model can be read: {first_line(error)}",
                where=f"model: {model}",
                todo="name a folder with config.json, weights and tokenizer, or a hub id",
            ) from error
        self._torch = torch
        self._device, self._tokens, self._batch = device, tokens, batch

    def score(self, texts: Sequence[str]) -> list[float | None]:
        """The perplexity of each text."""
        ids = [
            self._tokenizer(text, add_special_tokens=False, truncation=True, max_length=self._tokens)["input_ids"]
            for text in texts
        ]
        found: list[float | None] = [None] * len(texts)
        order = sorted((i for i, tokens in enumerate(ids) if len(tokens) > 1), key=lambda i: len(ids[i]))
        for at in range(0, len(order), self._batch):
            part = order[at : at + self._batch]
            for i, loss in zip(part, self._losses([ids[i] for i in part]), strict=True):
                found[i] = math.exp(min(loss, 700.0))
        return found

    def _losses(self, ids: Sequence[list[int]]) -> list[float]:
        torch = self._torch
        longest = max(map(len, ids))
        tokens = torch.tensor([entry + [0] * (longest - len(entry)) for entry in ids], device=self._device)
        mask = torch.tensor([[1] * len(entry) + [0] * (longest - len(entry)) for entry in ids], device=self._device)
        with torch.inference_mode():
            logits = self._model(input_ids=tokens, attention_mask=mask).logits[:, :-1].float()
            losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
            losses = (losses * mask[:, 1:]).sum(dim=1) / mask[:, 1:].sum(dim=1)
        return [float(loss) for loss in losses]
