"""Golden scores of ../shared/parity, and scoring one folder's requests with a given engine.

The folders hold tiny checkpoints in the hub's layout; their scores were made with the reference's model code. Tests
that use them are skipped where the folder is not there.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crb.adapter import LoadRequest, ScalarModel
from crb.engines.choice import choose
from crb.items import Item
from crb.models.source import resolve
from crb.requests import Key, Request, scalar_requests
from crb.vocabulary import Criterion

PARITY = Path(__file__).resolve().parents[2] / ".." / "shared" / "parity"
ENGINES = ("forest", "padded")
TOLERANCE = 1e-4
TEXTS = 54
"""Two responses for each of the 27 pairs."""


def needs(family: str) -> Path:
    """A family's folder; skips the test where it is missing."""
    folder = PARITY / family
    if not (folder / "expected.json").is_file():
        pytest.skip(f"../shared/parity/{family} is not here")
    return folder


@cache
def expected(family: str) -> dict[str, Any]:
    """The family's expected.json."""
    document: dict[str, Any] = json.loads((needs(family) / "expected.json").read_text(encoding="utf-8"))
    return document


@cache
def loaded(family: str) -> ScalarModel:
    """The family's model in float32, by the adapter that claims it."""
    return load(needs(family))


def load(folder: Path, adapter: str | None = None) -> ScalarModel:
    """A folder's model in float32 on the CPU."""
    source, found = resolve(str(folder), adapter)
    return found.load(LoadRequest(source, "float32", "cpu"))


@cache
def golden_items() -> tuple[Item, ...]:
    """The 27 pairs, past the benchmark loader, which refuses the blank response of one of them."""
    rows = map(json.loads, (PARITY / "pairs.jsonl").read_text(encoding="utf-8").splitlines())
    return tuple(
        Item.pair(r["id"], r["prompt"], r["chosen"], r["rejected"], criterion=Criterion.parse(r["aspect"]))
        for r in rows
    )


def golden_requests(family: str, mode: str) -> list[Request]:
    """What a mode of expected.json asks: `none_*` with the reference's text, `*criterion*` with system prompts."""
    prompts = json.loads((PARITY / "prompts.json").read_text(encoding="utf-8"))

    def system(item: Item) -> str | None:
        return prompts[item.criterion.aspect] if "criterion" in mode and item.criterion else None

    reference = not mode.startswith("clean")
    return scalar_requests(loaded(family), golden_items(), system, 4096, reference_text=reference)[0]


def scores(model: ScalarModel, requests: list[Request], engine: str) -> dict[Key, float | None]:
    """The scores by item and candidate."""
    chosen = choose(model, engine, budget=2048).engine
    return {k: r.score for batch in chosen.plan(requests) for part in chosen.score(batch) for k, r in part.items()}


def check_ids(family: str, mode: str) -> int:
    """Every text's token ids are the golden ones: their number, and their hash. Returns how many were compared."""
    facts = expected(family)["clean_tokens"][mode] if mode.startswith("clean") else expected(family)["tokens"]
    requests = golden_requests(family, mode)
    for request in requests:
        golden = facts[request.key[0]][request.key[1]]
        ids = ",".join(map(str, request.tokens.ids.tolist()))
        found = (len(request.tokens), hashlib.sha256(ids.encode()).hexdigest()[:16])
        assert found == (golden["n"], golden["sha256"]), request.key
    return sum(len(request.keys) for request in requests)


def check_scores(family: str, mode: str, engine: str, tolerance: float = TOLERANCE) -> float:
    """Every score is the golden one within the tolerance; returns the largest difference."""
    golden = expected(family)["modes"][mode]
    found = scores(loaded(family), golden_requests(family, mode), engine)
    assert {id for id, _ in found} == golden.keys()
    for (id, side), score in found.items():
        assert score == pytest.approx(golden[id][side == "rejected"], abs=tolerance), (id, side)
    return max(abs((score or 0.0) - golden[id][side == "rejected"]) for (id, side), score in found.items())
