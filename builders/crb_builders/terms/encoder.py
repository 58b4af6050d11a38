"""A classifier of the user's: an encoder of the ModernBERT kind, fine-tuned per criterion on what the terms found.

One sequence classifier with one output, binary cross-entropy, AdamW with a linear warm-up and decline. Negatives are
drawn (by id) to `negatives` per positive. All is seeded; on a CPU with one thread equal input gives equal weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crb.errors import ModelError, first_line

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Training:
    """How an encoder is fine-tuned. `tokens`: of a text that are read."""

    model: str
    epochs: int = 2
    batch: int = 16
    learning_rate: float = 5e-5
    tokens: int = 512
    device: str = "cpu"


class Encoder:
    """A sequence classifier with one output, and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any, training: Training) -> None:
        self._model, self._tokenizer, self._training = model, tokenizer, training

    @classmethod
    def load(cls, folder: str | Path, training: Training, *, seed: int = 0) -> Encoder:
        """A checkpoint, fine-tuned or not; a head that it lacks is drawn by the seed.

        Raises:
            ModelError: it cannot be read.
        """
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        torch.manual_seed(seed)
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            model: Any = AutoModelForSequenceClassification.from_pretrained(
                folder, num_labels=1, trust_remote_code=False
            )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"no encoder can be read: {first_line(error)}",
                where=f"model: {folder}",
                todo="name a folder with config.json, weights and tokenizer, or a hub id",
            ) from error
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
        if model.config.pad_token_id is None:
            model.config.pad_token_id = tokenizer.pad_token_id
        return cls(model.float().to(training.device), tokenizer, training)

    def fit(self, texts: Sequence[str], labels: Sequence[bool], *, seed: int) -> None:
        """Fine-tune on texts; their order is drawn anew in each epoch."""
        import torch

        size, epochs = self._training.batch, self._training.epochs
        steps = epochs * -(-len(texts) // size)
        warm = max(steps // 10, 1)
        optimizer = torch.optim.AdamW(self._model.parameters(), lr=self._training.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(steps - warm, 1))
        )
        random = np.random.default_rng(seed)
        torch.manual_seed(seed)  # of dropout
        self._model.train()
        for _ in range(epochs):
            order = random.permutation(len(texts))
            for at in range(0, len(texts), size):
                part: list[int] = order[at : at + size].tolist()
                wanted = torch.tensor([float(labels[i]) for i in part], device=self._training.device)
                loss = torch.nn.functional.binary_cross_entropy_with_logits(self._run([texts[i] for i in part]), wanted)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
        self._model.eval()

    def logits(self, texts: Sequence[str]) -> Floats:
        """The logit of each text, shape (T,)."""
        import torch

        self._model.eval()
        found = np.empty(len(texts))
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding
        with torch.inference_mode():
            for at in range(0, len(order), self._training.batch):
                part = order[at : at + self._training.batch]
                found[part] = self._run([texts[i] for i in part]).cpu().numpy()
        return found

    def save(self, folder: Path) -> None:
        """Write model and tokenizer in hub layout."""
        self._model.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)

    def _run(self, texts: Sequence[str]) -> Any:
        batch = self._tokenizer(
            list(texts), truncation=True, max_length=self._training.tokens, padding=True, return_tensors="pt"
        )
        batch = {name: batch[name].to(self._training.device) for name in ("input_ids", "attention_mask")}
        return self._model(**batch).logits[:, 0].float()
