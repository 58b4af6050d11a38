"""A training step against a plain loop that does what the field's training scripts do.

    python benchmarks/trainer.py --json [--model smollm2] [--device cpu] [--pairs 16]

Plain: pairs in dataset order, chosen and rejected padded apart, each to its own longest, two forward passes, SDPA with
a padding mask, and logits of every position for the language-model loss (`--logits completion` makes them for the
chosen responses' tokens only, which is kinder than what the loop is modelled on needs without its CUDA kernels).
Ours: `crb_trainers.modelling.model.PairModel` on packed batches, dealt by weight. Both: same weights, head, pairs,
dtype, AdamW, clipping, one optimiser step over all pairs with gradients added up over micro-batches of `--batch` pairs.

Each side runs in a process of its own, so that its peak memory is its own; the two take turns `--repeats` times. The
first step warms up and is not counted. `ratio` is of pairs per second (on a CPU per second of processor time, which a
busy machine cannot take away); `memory_ratio` of the peaks: with weights, gradients and moments, of which both sides
have the same; `activation_memory_ratio` of what stands above them. Both sides report their loss, which must be one.

Models: `tiny` and `0.6b` are random weights in the shape of Qwen3, with made-up tokens; `smollm2` is SmolLM2-135M;
anything else is a folder or hub id. Pairs: of the real ones beside the checkout, or of crb-mini where there are none.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from _trainer_sides import head_weight, our_side, plain_side, tokens_of
from crb_trainers.settings import ObjectiveSettings
from crb_trainers.training.objective import WindowTotals, preference_loss, window_loss

OBJECTIVE = ObjectiveSettings(language_model=0.4, magnitude=0.01)


def measure_side(arguments: argparse.Namespace) -> dict[str, Any]:
    """One side, in this process: a step to warm up, then the one that counts."""
    pairs = tokens_of(arguments)
    on_gpu = arguments.device.startswith("cuda")
    model, micro_batches, tokens = (our_side if arguments.side == "ours" else plain_side)(arguments, pairs)
    model.head.weight.data.copy_(head_weight(model.head.weight.shape[1]))
    model.to(arguments.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-6, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    totals = WindowTotals(len(pairs), sum(pair.completion_tokens for pair in pairs))

    def step(chosen_batches: Sequence[Callable[[], Any]]) -> float:
        total = 0.0
        for compute in chosen_batches:
            chosen, rejected, language = compute()
            loss = window_loss(preference_loss(chosen, rejected, OBJECTIVE), language, totals, OBJECTIVE)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        optimiser.zero_grad()
        return total

    # Moments and gradients exist from the first step on: it is what both sides stand on.
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter) if parameter.requires_grad else None
    optimiser.step()
    standing = _memory(on_gpu)
    optimiser.zero_grad()
    loss = step(micro_batches)
    gc.collect()
    begun, processor = time.perf_counter(), time.process_time()
    for _ in range(arguments.steps):
        step(micro_batches)
    if on_gpu:
        torch.cuda.synchronize()
    return {
        "loss": loss,
        "seconds": (time.perf_counter() - begun) / arguments.steps,
        "processor_seconds": (time.process_time() - processor) / arguments.steps,
        "peak_mb": _peak(on_gpu),
        "standing_mb": standing,
        "tokens": tokens,
        "pairs": len(pairs),
    }


def _peak(on_gpu: bool) -> float:
    """Megabytes: of the allocator on a GPU, of the process elsewhere."""
    if on_gpu:
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def _memory(on_gpu: bool) -> float:
    """Megabytes in use now."""
    if on_gpu:
        return torch.cuda.memory_allocated() / 2**20
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 2**10


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both sides in turns, each time in a process of its own; medians."""
    passed = [
        f"--{name.replace('_', '-')}={value}"
        for name, value in vars(arguments).items()
        if name not in {"json", "side", "repeats", "checkpointing", "out"}
    ] + (["--checkpointing"] if arguments.checkpointing else [])
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "plain": []}
    for _ in range(arguments.repeats):
        for side in runs:
            with tempfile.TemporaryFile() as out:
                command = [sys.executable, __file__, "--json", f"--side={side}", *passed]
                subprocess.run(command, stdout=out, check=True)
                out.seek(0)
                runs[side].append(json.loads(out.read()))
    clock = "seconds" if arguments.device.startswith("cuda") else "processor_seconds"
    ours, plain = ({key: statistics.median(r[key] for r in runs[side]) for key in runs[side][0]} for side in runs)
    above = [side["peak_mb"] - side["standing_mb"] for side in (ours, plain)]
    return {
        "ratio": round(plain[clock] / ours[clock], 2),
        "ratio_wall": round(plain["seconds"] / ours["seconds"], 2),
        "memory_ratio": round(ours["peak_mb"] / plain["peak_mb"], 3),
        "activation_memory_ratio": round(above[0] / above[1], 3),
        "loss_difference": abs(ours["loss"] - plain["loss"]),
        "loss": ours["loss"],
        "pairs_per_s": round(ours["pairs"] / ours["seconds"], 3),
        "reference_pairs_per_s": round(plain["pairs"] / plain["seconds"], 3),
        "peak_mb": round(ours["peak_mb"]),
        "reference_peak_mb": round(plain["peak_mb"]),
        "standing_mb": round(ours["standing_mb"]),
        "tokens": int(ours["tokens"]),
        "reference_tokens": int(plain["tokens"]),
        "pairs": int(ours["pairs"]),
        "model": arguments.model,
        "dtype": arguments.dtype,
        "device": arguments.device,
        "batch": arguments.batch,
        "logits": arguments.logits,
        "checkpointing": arguments.checkpointing,
        "repeats": arguments.repeats,
        "threads": torch.get_num_threads(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny", help="tiny, 0.6b, smollm2, or a folder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--batch", type=int, default=4, help="pairs of a micro-batch")
    parser.add_argument("--max-length", type=int, default=2048)
    parser.add_argument("--logits", choices=("whole", "completion"), default="whole")
    parser.add_argument("--checkpointing", action="store_true", help="compute activations again, on both sides")
    parser.add_argument("--steps", type=int, default=1, help="steps that count, per process")
    parser.add_argument("--repeats", type=int, default=3, help="processes of each side")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--side", choices=("ours", "plain"), help="one side only, in this process")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    figures = measure_side(arguments) if arguments.side else compare(arguments)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
