"""Features of crb-tiny's head that were kept: those of the same texts, or none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from crb.items import Item

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "adapters" / "crb_tiny"))
import make_head  # a script beside its data, not a package


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were extracted each time; their features are the lengths of the responses."""
    calls: list[int] = []

    def extract(items: Sequence[Item]) -> tuple[make_head.Matrix, make_head.Matrix]:
        calls.append(len(items))
        lengths = np.array([[len(one.text) for one in item.candidates] for item in items], dtype=np.float32)
        return lengths[:, :1], lengths[:, 1:]

    monkeypatch.setattr(make_head, "extract", extract)
    return calls


def test_features_are_kept_for_the_same_texts_alone(tmp_path: Path, asked: list[int]) -> None:
    cache = tmp_path / "features"  # any name will do
    items = [Item.pair("a", "prompt", "chosen", "no")]
    first = make_head.features(items, cache)
    again = make_head.features(items, cache)
    assert asked == [1]
    assert [found.tolist() for found in again] == [found.tolist() for found in first] == [[[6.0]], [[2.0]]]
    chosen, _ = make_head.features([Item.pair("a", "prompt", "another text", "no")], cache)  # under the same id
    assert chosen.tolist() == [[12.0]]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn"])
def test_a_file_that_is_none_is_made_anew(tmp_path: Path, asked: list[int], content: bytes) -> None:
    cache = tmp_path / "features.npz"
    cache.write_bytes(content)
    make_head.features([Item.pair("a", "prompt", "chosen", "no")], cache)
    make_head.features([Item.pair("a", "prompt", "chosen", "no")], cache)
    assert asked == [1]
