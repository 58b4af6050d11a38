"""Files of pairs and variants: one item per original, and what is said of a file that cannot be read so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks.benchmark_files import PAIR, VARIANT

from crb.benchmarks.adversarial import BENCHMARK
from crb.errors import DataError, UsageError
from crb.evaluation.prepare import Settings, prepare


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "variants.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_pair_and_its_variants_are_one_item_and_equal_texts_one_candidate(tmp_path: Path) -> None:
    renamed = VARIANT | {
        "id": "p1#rename",
        "perturbation": "rename",
        "chosen": "return x + y",
        "rejected": "return x - y",
    }
    (item,) = BENCHMARK.load(written(tmp_path, PAIR, VARIANT, renamed)).items
    assert item.id == "p1"
    assert {one.id: (one.text, one.grade) for one in item.candidates} == {
        "chosen": ("return a + b", 1.0),
        "rejected": ("return a - b", 0.0),
        "rejected:praise": ("# best\nreturn a - b", 0.0),
        "chosen:rename": ("return x + y", 1.0),
        "rejected:rename": ("return x - y", 0.0),
    }


def test_variants_without_their_original_are_read_too(tmp_path: Path) -> None:
    (item,) = BENCHMARK.load(written(tmp_path, VARIANT)).items
    assert [one.id for one in item.candidates] == ["chosen:praise", "rejected:praise"]


@pytest.mark.parametrize(
    ("row", "field", "word"),
    [
        (VARIANT | {"perturbation": None}, "perturbation", "null"),
        (VARIANT | {"perturbation": "a:b"}, "perturbation", "colon"),
        (VARIANT | {"prompt": "Another one."}, "prompt", "prompt is not that"),
        (VARIANT | {"rejected": "return a - b"}, "perturbation", "equal to the pair"),
        (VARIANT | {"chosen": ""}, "chosen", "empty"),
        (VARIANT | {"language": "Cobol"}, "language", "unknown language"),
    ],
)
def test_a_fault_names_file_row_field_and_next_step(tmp_path: Path, row: dict[str, Any], field: str, word: str) -> None:
    path = written(tmp_path, PAIR, row)
    with pytest.raises(DataError) as caught:
        BENCHMARK.load(path)
    assert word in caught.value.what
    assert (caught.value.file, caught.value.row, caught.value.field) == (str(path), 2, field)
    assert caught.value.todo


def test_a_variant_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has the variant 'praise' already, in row 2"):
        BENCHMARK.load(written(tmp_path, PAIR, VARIANT, VARIANT | {"id": "again"}))


def test_it_does_not_matter_where_in_the_file_the_original_stands(tmp_path: Path) -> None:
    (first,) = BENCHMARK.load(written(tmp_path, PAIR, VARIANT)).items
    (last,) = BENCHMARK.load(written(tmp_path, VARIANT, PAIR)).items
    assert last == first
    with pytest.raises(DataError, match="the variant 'praise' is equal to the pair") as caught:
        BENCHMARK.load(written(tmp_path, VARIANT | {"rejected": PAIR["rejected"]}, PAIR))
    assert caught.value.row == 1


def test_pairs_alone_are_no_adversarial_benchmark(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row is a variant"):
        BENCHMARK.load(written(tmp_path, PAIR))
    with pytest.raises(UsageError, match="where the variants are"):
        BENCHMARK.load(None)


def test_a_selection_without_a_variant_is_refused_before_anything_is_scored(tiny_llama: Path, tmp_path: Path) -> None:
    alone = PAIR | {"id": "p0", "prompt": "Subtract."}
    place = f"adversarial:{written(tmp_path, alone, PAIR, VARIANT)}"
    settings = Settings(model=str(tiny_llama), benchmark=place, limit=1, out=tmp_path / "run")
    with pytest.raises(UsageError, match="none of the 1 pairs has a variant"):
        prepare(settings)
    assert not (tmp_path / "run").exists()
    assert len(prepare(replace(settings, limit=2)).benchmark.items) == 2
