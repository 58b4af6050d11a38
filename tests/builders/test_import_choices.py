"""import: which of several texts become a pair, by chance, by cost or by what can be read of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from crb_builders.sources.fields import fastest, last_number, plain_text, zipf
from dataset_copies import RETRIEVAL, imported, written


def test_negatives_are_drawn_by_zipf_from_the_ten_hardest() -> None:
    random = np.random.default_rng(0)
    count = Counter(zipf(random, 10) for _ in range(20_000))
    harmonic = sum(1 / rank for rank in range(1, 11))
    for position in range(10):
        assert count[position] / 20_000 == pytest.approx(1 / (position + 1) / harmonic, abs=0.01)


def test_a_draw_hangs_on_the_row_and_the_seed_alone(tmp_path: Path) -> None:
    rows = RETRIEVAL[:1] * 50
    first, _ = imported("coder-pile", written(tmp_path, rows))
    again, _ = imported("coder-pile", written(tmp_path, rows + RETRIEVAL[:1]))
    assert again[:50] == first
    ranks = Counter(int(row["rejected"].split()[1]) for row in first)
    assert max(ranks) < 10
    assert len(ranks) > 3


def test_cheap_and_dear_programs_are_paired_five_times_apart() -> None:
    solutions = [{"code": str(cost), "cost": cost} for cost in (100, 10, 49, 50, 500, 0)]
    pairs = fastest(solutions, "cost", 5.0, most=9)
    assert [(good["cost"], poor["cost"]) for good, poor, _ in pairs] == [(10, 500)]
    assert fastest(solutions[:1], "cost", 1.0) == []


def test_small_readers() -> None:
    assert last_number("so 1,234.5 it is") == 1234.5
    assert last_number("none") is None
    assert plain_text("<p>a</p><p>b &lt;br&gt;</p>") == "a\n\nb <br>"
