"""How far what a judge writes under vLLM depends on what else is asked: texts, log-probabilities, seconds.

    python benchmarks/vllm_batches.py MODEL [--prompts 24] [--tokens 24] [--dtype float32 bfloat16]

MODEL is the folder of a chat model, e.g. what `python tests/smollm.py` prints. The same prompts, half of them sampled,
are answered one after the other, all together, in reversed order and in fives; with the arithmetic that `crb` holds
vLLM to, and without it (VLLM_BATCH_INVARIANT=0), where prefixes are cached too. Differences are against the first
way, up to the first token that differs. Needs vLLM: docs/vllm.md.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crb.benchmarks import load_benchmark
from crb.conversation import Message
from crb.engines.generation import Call, CallKey
from crb.engines.on_vllm.generation import VllmEngine, VllmSettings
from crb.generation import Generation, Sampling, Turn
from crb.models.source import resolve

_ASKED = "Rate the response to the task from 1 to 10. Write one sentence of reasons, then the number."


def calls(count: int, tokens: int) -> list[Call]:
    """Prompts from the embedded benchmark, every other one sampled."""
    found = []
    for number, item in enumerate(load_benchmark("crb-mini").items[:count]):
        text = f"{_ASKED}\n\nTask:\n{item.prompt}\n\nResponse:\n{item.candidates[0].text}"
        sampling = Sampling(max_tokens=tokens, temperature=0.8 * (number % 2), logprobs=20)
        found.append(Call((CallKey(item.id, "chosen", 0, 0),), Turn((Message("user", text),), sampling), number))
    return found


def ask(engine: VllmEngine, groups: Sequence[Sequence[Call]]) -> tuple[dict[str, Generation], float]:
    """All answers, group after group, and the seconds they took."""
    found: dict[str, Generation] = {}
    started = time.monotonic()
    for group in groups:
        for call in group:
            engine.submit(call)
        wanted = len(found) + len(group)
        while len(found) < wanted:
            for call, answer in engine.poll():
                if not isinstance(answer, Generation):
                    raise SystemExit(f"{call.keys[0].item}: {answer.reason}")
                found[call.keys[0].item] = answer
    return found, time.monotonic() - started


def difference(one: Generation, other: Generation) -> float:
    """The largest difference of log-probabilities over the tokens that both wrote."""
    largest = 0.0
    for left, right in zip(one.steps, other.steps, strict=False):
        known = {token.id: token.logprob for token in right.top}
        gaps = [abs(token.logprob - known[token.id]) for token in left.top if token.id in known]
        largest = max(largest, *gaps)
        if left.token.id != right.token.id:
            break
    return largest


def measure(folder: str, dtype: str, asked: list[Call], *, invariant: bool) -> list[dict[str, Any]]:
    """One row per way of asking."""
    if invariant:
        os.environ.pop("VLLM_BATCH_INVARIANT", None)
    else:
        os.environ["VLLM_BATCH_INVARIANT"] = "0"
    source, _ = resolve(folder, "judge")
    engine = VllmEngine(VllmSettings(source=source, dtype=dtype, max_length=4096))
    ways = {
        "one by one": [[call] for call in asked],
        "together": [asked],
        "reversed": [asked[::-1]],
        "in fives": [asked[start : start + 5] for start in range(0, len(asked), 5)],
    }
    rows: list[dict[str, Any]] = []
    first: dict[str, Generation] = {}
    try:
        ask(engine, [asked[:1]])  # the first answer pays for warming up
        for way, groups in ways.items():
            found, seconds = ask(engine, groups)
            first = first or found
            rows.append(
                {
                    "dtype": dtype,
                    "batch_invariance": engine.about()["batch_invariance"],
                    "way": way,
                    "same_texts": sum(found[item].text == first[item].text for item in first),
                    "same_to_the_last_bit": sum(found[item].steps == first[item].steps for item in first),
                    "prompts": len(first),
                    "largest_difference": max(difference(first[item], found[item]) for item in first),
                    "cached_tokens": sum(answer.usage.cached_tokens for answer in found.values()),
                    "seconds": round(seconds, 1),
                }
            )
    finally:
        engine.close()
    return rows


def main() -> None:
    """Measure and print one line of JSON per row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    options = parser.parse_args()
    asked = calls(options.prompts, options.tokens)
    for dtype in options.dtype:
        for invariant in (True, False):
            for row in measure(str(options.model), dtype, asked, invariant=invariant):
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
