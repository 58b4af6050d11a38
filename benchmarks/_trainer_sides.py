"""The two sides of benchmarks/trainer.py: its pairs, its models, and a micro-batch of each."""

from __future__ import annotations

import argparse
import json
import random
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from crb_adapters.smollm2 import backbone_folder
from crb_trainers.data.batch import collate, cost
from crb_trainers.data.plan import of_pairs
from crb_trainers.data.tokenisation import TokenPair, tokenise_pairs
from crb_trainers.modelling.attention import NAME as FOREST_ATTENTION
from crb_trainers.modelling.model import PairModel
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from crb.benchmarks import load_benchmark

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
SHAPES: dict[str, dict[str, Any]] = {
    "tiny": {"hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 4, "vocab_size": 4096},
    "0.6b": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "vocab_size": 151936},
}
HEADS: dict[str, dict[str, Any]] = {
    "tiny": {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16},
    "0.6b": {"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128},
}


class TextPair:
    """A pair as text, as `tokenise_pairs` reads it."""

    def __init__(self, id: str, prompt: str, chosen: str, rejected: str) -> None:
        self.id, self.system, self.prompt, self.chosen, self.rejected = id, None, prompt, chosen, rejected


def draw(count: int, seed: int) -> list[TextPair]:
    """Pairs drawn by seed, lengths as they come."""
    items: list[Any] = []
    for file in sorted(REAL.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            has_columns = {"aspect", "language", "chosen"} <= json.loads(next(lines)).keys()
        if has_columns:
            items += load_benchmark(file).items
    drawn = random.Random(seed).sample(items or list(load_benchmark("crb-mini").items), count)
    return [TextPair(item.id, item.prompt, *(candidate.text for candidate in item.candidates)) for item in drawn]


def tokens_of(arguments: argparse.Namespace) -> list[TokenPair]:
    """The pairs as tokens: of the model's own tokenizer, or of hashed words where the model is a shape."""
    pairs = draw(arguments.pairs, arguments.seed)
    if arguments.model not in SHAPES:
        tokenizer = AutoTokenizer.from_pretrained(folder_of(arguments.model))
        return tokenise_pairs(pairs, tokenizer, max_length=arguments.max_length)[0]
    found = []
    for pair in pairs:
        prompt, chosen, rejected = (_words(text, arguments.model) for text in (pair.prompt, pair.chosen, pair.rejected))
        prompt = prompt[: arguments.max_length // 2]
        sides = [np.concatenate([prompt, side])[: arguments.max_length] for side in (chosen, rejected)]
        found.append(TokenPair(pair.id, len(prompt), *sides))
    return found


def _words(text: str, shape: str) -> Any:
    parts = re.findall(r"\w{1,6}|\s+|[^\w\s]", text)
    return np.array([zlib.crc32(part.encode()) % SHAPES[shape]["vocab_size"] for part in parts] or [0], dtype=np.int32)


def folder_of(model: str) -> str:
    return str(backbone_folder(30)) if model == "smollm2" else model


def load(arguments: argparse.Namespace, attention: str) -> Any:
    """The causal language model; random weights are the same for both sides."""
    dtype = getattr(torch, arguments.dtype)
    torch.manual_seed(arguments.seed)
    if arguments.model in SHAPES:
        sizes = {**SHAPES[arguments.model], **HEADS[arguments.model]}
        config = AutoConfig.for_model("qwen3", **sizes, tie_word_embeddings=True, max_position_embeddings=40960)
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    else:
        folder = folder_of(arguments.model)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation=attention)
    if arguments.checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model.to(arguments.device).train()


def head_weight(size: int) -> Tensor:
    """Not zero: else the preference loss would have no gradient below the head."""
    return torch.randn(1, size, generator=torch.Generator().manual_seed(1)) / size**0.5


class Plain(torch.nn.Module):
    """Two padded forward passes, a head at the last token, logits as an ordinary model makes them."""

    def __init__(self, language_model: Any, logits: str) -> None:
        super().__init__()
        self.language_model, self.logits = language_model, logits
        self.head = torch.nn.Linear(language_model.config.hidden_size, 1, bias=False, dtype=torch.float32)

    def side(self, rows: Sequence[Any]) -> tuple[Tensor, Tensor]:
        """Hidden states (pairs, longest, hidden) and rewards (pairs,)."""
        device = self.head.weight.device
        longest = max(map(len, rows))
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.as_tensor(row)
            mask[i, : len(row)] = 1
        ids, mask = ids.to(device), mask.to(device)
        hidden = self.language_model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        last = hidden[torch.arange(len(rows), device=device), mask.sum(dim=1) - 1]
        return hidden, self.head(last.float())[:, 0]

    def forward(self, pairs: Sequence[TokenPair]) -> tuple[Tensor, Tensor, Tensor]:
        hidden, chosen = self.side([pair.chosen for pair in pairs])
        _, rejected = self.side([pair.rejected for pair in pairs])
        labels = torch.full(hidden.shape[:2], -100)
        for i, pair in enumerate(pairs):
            end = len(pair.chosen)
            labels[i, pair.prompt_length - 1 : end - 1] = torch.as_tensor(pair.chosen[pair.prompt_length :]).long()
        labels = labels.to(hidden.device)
        head = self.language_model.lm_head
        if self.logits == "completion":
            rows = labels >= 0
            hidden, labels = hidden[rows], labels[rows]
        logits = head(hidden).float()
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, -2), labels.flatten(), ignore_index=-100, reduction="sum"
        )
        return chosen, rejected, loss


def plain_side(arguments: argparse.Namespace, pairs: Sequence[TokenPair]) -> tuple[Any, list[Callable[[], Any]], int]:
    """The model, its micro-batches in dataset order, and the tokens that they compute."""
    model = Plain(load(arguments, "sdpa"), arguments.logits)
    groups = [pairs[i : i + arguments.batch] for i in range(0, len(pairs), arguments.batch)]
    tokens = sum(
        len(group) * (max(len(pair.chosen) for pair in group) + max(len(pair.rejected) for pair in group))
        for group in groups
    )
    return model, [lambda group=group: model(group) for group in groups], tokens


def our_side(arguments: argparse.Namespace, pairs: Sequence[TokenPair]) -> tuple[Any, list[Callable[[], Any]], int]:
    """The same of packed batches."""
    model = PairModel(load(arguments, FOREST_ATTENTION), language_loss=True)
    count = -(-len(pairs) // arguments.batch)
    batches = [collate(group) for group in deal(pairs, count)]
    device = arguments.device
    return model, [lambda b=b: model(b.to(device))[:3] for b in batches], sum(b.rows for b in batches)


def deal(pairs: Sequence[TokenPair], hands: int) -> list[list[TokenPair]]:
    """One step of the trainer's own plan."""
    nothing = [0] * len(pairs)
    plan = of_pairs(
        [cost(pair) for pair in pairs], nothing, nothing, [1.0], pairs_per_step=len(pairs), epochs=1, seed=0
    )
    return [[pairs[i] for i in hand] for hand in plan.micro_batches(0, hands)]
