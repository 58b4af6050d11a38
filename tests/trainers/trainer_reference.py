"""The reference trainer's golden data, where it lies beside the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from crb_trainers.data.pairs import Pair

PARITY = Path(__file__).resolve().parents[2] / ".." / "shared" / "parity"
FOLDER = PARITY / "trainer"


def needed() -> pytest.MarkDecorator:
    """Skips where the data are missing."""
    return pytest.mark.skipif(not FOLDER.is_dir(), reason="shared/parity/trainer is not beside the repository")


def document(name: str) -> Any:
    """A JSON file of the trainer's."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def text_pair(id: str, system: str | None, prompt: str, chosen: str, rejected: str) -> Pair:
    """A pair without the columns that training does not read."""
    return Pair(id, system, prompt, chosen, rejected, criterion="", language="", source=0)


def batch_pairs() -> list[Pair]:
    """The four pairs of the reference's batch."""
    return [
        text_pair(row["idx"], row["system"], row["input"], row["chosen"], row["rejected"])
        for row in rows(FOLDER / "pairs.jsonl")
    ]
