"""One training set in every shape it may come in: each gives the same texts at the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crb.errors import DataError, UsageError
from crb.overlap.trainset import open_trainset

ROWS: list[dict[str, Any]] = [
    {"id": 1, "prompt": "first prompt", "messages": [{"role": "user", "content": "hällo"}], "tags": ["x", "y"]},
    {"id": 2, "prompt": None, "messages": [], "tags": None},
    {
        "id": 3,
        "prompt": "with \0 inside",
        "messages": [{"role": "a", "content": "1"}, {"role": "b", "content": None}],
        "tags": [],
    },
]
FIRST = ("first prompt", "user", "hällo", "x", "y")
TEXTS = sorted([*((1, text) for text in FIRST), *((3, text) for text in ("with   inside", "a", "1", "b"))])


def write_parquet(path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(ROWS), path / "rows.parquet", row_group_size=2)
    return path / "rows.parquet"


def write_jsonl(path: Path) -> Path:
    (path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path / "rows.jsonl"


def write_json(path: Path) -> Path:
    (path / "rows.json").write_text(json.dumps(ROWS), encoding="utf-8")
    return path / "rows.json"


def write_folder(path: Path) -> Path:
    write_parquet(path)
    return path


def write_saved(path: Path) -> Path:
    import datasets

    datasets.Dataset.from_list(ROWS).save_to_disk(str(path / "saved"))
    return path / "saved"


def read(place: Path, columns: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    found = []
    for batch in open_trainset(place, columns).batches:
        texts = batch.packed.tobytes().decode().split("\0")[:-1]
        assert len(texts) == batch.rows.size
        found += [(row, text) for row, text in zip(batch.rows.tolist(), texts, strict=True) if text]
    return sorted(found)


@pytest.mark.parametrize("write", [write_parquet, write_jsonl, write_json, write_folder, write_saved])
def test_every_text_is_read_with_its_row(write: Callable[[Path], Path], tmp_path: Path) -> None:
    place = write(tmp_path)
    assert read(place) == TEXTS
    assert read(place, ("prompt",)) == [(1, "first prompt"), (3, "with   inside")]
    assert sum(batch.count for batch in open_trainset(place).batches) == len(ROWS)


def test_other_arrow_types_of_text(tmp_path: Path) -> None:
    words = pa.array(["one", "two", None, "one"])
    columns = {
        "large": words.cast(pa.large_string()),
        "coded": words.dictionary_encode(),
        "fixed": pa.array([["p", "q"]] * 4, pa.list_(pa.string(), 2)),
        "number": pa.array([1.0] * 4),
    }
    pq.write_table(pa.table(columns), tmp_path / "types.parquet")
    found = read(tmp_path / "types.parquet")
    assert found == sorted([(1, "one"), (2, "two"), (4, "one")] * 2 + [(row, w) for row in range(1, 5) for w in "pq"])


def test_rows_go_on_over_batches(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [f"row {i}" for i in range(1, 3001)]}), tmp_path / "many.parquet")
    batches = list(open_trainset(tmp_path / "many.parquet").batches)
    assert len(batches) > 1
    assert np.array_equal(np.concatenate([batch.rows for batch in batches]), np.arange(1, 3001))


def test_a_label_is_never_a_path(tmp_path: Path) -> None:
    assert open_trainset(write_parquet(tmp_path)).label == "rows.parquet"
    assert open_trainset(tmp_path).label == tmp_path.name


@pytest.mark.parametrize("write", [write_parquet, write_jsonl])
def test_an_unknown_column_suggests_a_near_one(write: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean prompt"):
        read(write(tmp_path), ("promt",))


def test_what_is_no_training_set_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    cut = write_parquet(tmp_path)
    cut.write_bytes(cut.read_bytes()[:-20])
    numbers = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"n": [1, 2]}), numbers)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"a": "b"}\n{"a": \n', encoding="utf-8")
    for place, message in (
        (tmp_path / "nowhere.jsonl", "no such file"),
        (empty, "holds no data file"),
        (cut, "not readable as Parquet"),
        (numbers, "no column holds text"),
        (broken, "not complete JSON"),
    ):
        with pytest.raises(DataError, match=message):
            read(place)


def test_a_data_set_on_the_hub_is_named_with_its_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    asked = []

    def load_hub(hub_id: str, **_: Any) -> tuple[str, Any]:
        asked.append(hub_id)
        rows = datasets.Dataset.from_list(ROWS)
        return f"{hub_id}@0123", datasets.DatasetDict({"train": rows, "test": rows})

    monkeypatch.setattr("crb.overlap.trainset.load_hub", load_hub)
    trainset = open_trainset("org/name", ("prompt",))
    assert (trainset.label, asked) == ("org/name@0123", ["org/name"])
    assert [(batch.file, batch.rows.tolist()) for batch in trainset.batches] == [
        ("train", [1, 2, 3]),
        ("test", [1, 2, 3]),
    ]
