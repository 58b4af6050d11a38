"""A training step with the prefix of chosen and rejected computed once, against the same step with it computed twice.

    python benchmarks/prefix_sharing.py --json [--shapes tiny smollm2] [--shared 4 8 16 32 480] [--rest 150]

Forward and backward of four random pairs of one length in `crb_trainers.modelling.model.PairModel`, packed both ways,
no language model loss. `ratio` is the seconds of processor time without sharing over those with it, the median over
`--repeats` turns: above 1, sharing pays. `bound` is the ratio of the tokens, what it could be at most where attention
is cheap. Where the ratio crosses 1 is `crb_trainers.data.batch.BREAK_EVEN`. Shapes: two layers of each, for one thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import numpy as np
import torch
from crb_trainers.data.batch import BREAK_EVEN, Batch, Sharing, collate
from crb_trainers.data.tokenisation import TokenPair
from crb_trainers.modelling import attention
from crb_trainers.modelling.model import PairModel
from transformers import AutoConfig, AutoModelForCausalLM

SHAPES = {  # hidden size, intermediate size, heads, kv heads
    "tiny": (32, 64, 4, 2),
    "small": (256, 1024, 4, 2),
    "smollm2": (576, 1536, 9, 3),
    "0.6b": (1024, 3072, 16, 8),
}
WORDS = 4096


def model_of(shape: str) -> PairModel:
    """Two layers of random weights."""
    hidden, intermediate, heads, kv_heads = SHAPES[shape]
    config = AutoConfig.for_model(
        "llama",
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=2,
        vocab_size=WORDS,
    )
    torch.manual_seed(0)
    causal = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation=attention.NAME)
    return PairModel(causal, language_loss=False).train()


def pairs_of(count: int, shared: int, rest: int) -> list[TokenPair]:
    """Pairs that share exactly `shared` tokens, and nothing with one another."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        prompt, chosen, rejected = (rng.integers(100, WORDS, n).astype(np.int32) for n in (shared, rest, rest))
        prompt[0], chosen[0], rejected[0] = number, 50, 51
        made.append(
            TokenPair(str(number), shared, np.concatenate((prompt, chosen)), np.concatenate((prompt, rejected)))
        )
    return made


def seconds(model: PairModel, batch: Batch) -> float:
    """Processor time of a step."""
    begun = time.process_time()
    output = model(batch)
    (output.chosen - output.rejected).sum().backward()
    model.zero_grad()
    return time.process_time() - begun


def measure(model: PairModel, shared: int, rest: int, count: int, repeats: int) -> dict[str, Any]:
    """Both ways in turns; the first turn warms up."""
    pairs = pairs_of(count, shared, rest)
    sides: tuple[Sharing, ...] = ("off", "on")
    batches = {side: collate(pairs, side) for side in sides}
    turns = [{side: seconds(model, batches[side]) for side in sides} for _ in range(repeats + 1)][1:]
    return {
        "shared": shared,
        "rest": rest,
        "ratio": round(statistics.median(turn["off"] / turn["on"] for turn in turns), 3),
        "bound": round(batches["off"].rows / batches["on"].rows, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["tiny", "small", "smollm2"])
    parser.add_argument("--shared", nargs="+", type=int, default=[4, 8, 16, 32, 480])
    parser.add_argument("--rest", type=int, default=150, help="tokens of each response")
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    found = [
        {"shape": shape, **measure(model, shared, arguments.rest, arguments.pairs, arguments.repeats)}
        for shape in arguments.shapes
        for model in [model_of(shape)]
        for shared in arguments.shared
    ]
    if arguments.json:
        print(json.dumps({"break_even": BREAK_EVEN, "measured": found}))
        return
    for line in found:
        print("{shape:8} shared {shared:4} of {rest} more: {ratio:.3f} (tokens {bound:.3f})".format(**line))


if __name__ == "__main__":
    main()
