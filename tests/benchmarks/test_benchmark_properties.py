"""Properties: formats do not matter, and no damage to a file gets past the error family."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from benchmark_files import write_rows
from fuzzing import CASES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crb.benchmarks import Benchmark, load_benchmark
from crb.errors import CrbError
from crb.vocabulary import Criterion, Language

# Everything UTF-8 can say, line separators and control characters included; not only white space.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: bool(text.strip()))
row = st.fixed_dictionaries(
    {
        "id": texts,
        "prompt": texts,
        "chosen": texts,
        "rejected": texts,
        "aspect": st.sampled_from([criterion.aspect for criterion in Criterion]),
        "language": st.sampled_from([language.value for language in Language]),
        "subset": st.none() | texts,
        "extra": st.integers(0, 9),
    }
)
tables = st.lists(row, min_size=1, max_size=6, unique_by=lambda row: row["id"])
SUFFIXES = (".parquet", ".json", ".jsonl", ".ndjson")
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
fixed = [
    {
        "id": f"row {n}",
        "prompt": "Write it\n" * n,
        "chosen": "λ = 1" * 9,
        "rejected": "pass",
        "aspect": "Security_Hardness",
        "language": "Python",
        "subset": "S",
    }
    for n in range(1, 40)
]


@given(tables)
@settings(slow, max_examples=200)
def test_every_format_gives_the_same_items_and_hash(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = [load_benchmark(write_rows(Path(folder, f"a{n}{s}"), rows)) for n, s in enumerate(SUFFIXES)]
    assert [item.id for item in loaded[0]] == [row["id"] for row in rows]
    for other in loaded[1:]:
        assert other.items == loaded[0].items
        assert other.content_hash == loaded[0].content_hash


@given(tables)
@settings(slow, max_examples=15)
def test_a_saved_folder_gives_the_same_hash(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        saved, plain = (load_benchmark(write_rows(Path(folder, name), rows)) for name in ("saved", "a.jsonl"))
    assert saved.content_hash == plain.content_hash


def damaged(content: bytes, data: st.DataObject) -> bytes:
    """The content with a few bytes overwritten, inserted or removed, and perhaps cut."""
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(changed)))
        removed = data.draw(st.integers(0, 9))
        changed[at : at + removed] = data.draw(st.binary(max_size=9))
    if data.draw(st.booleans()):
        del changed[data.draw(st.integers(0, len(changed))) :]
    return bytes(changed)


def load_damaged(content: bytes, suffix: str) -> Benchmark | CrbError:
    """What loading gives; every exception but a CrbError gets through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{suffix}")
        path.write_bytes(content)
        try:
            return load_benchmark(path)
        except CrbError as error:
            return error


@given(st.data())
@settings(slow, max_examples=max(CASES, 400))
def test_a_damaged_jsonl_file_gives_valid_items_or_an_error(data: st.DataObject) -> None:
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in fixed).encode()
    found = load_damaged(damaged(content, data), ".jsonl")
    if isinstance(found, CrbError):
        assert found.where
        assert found.todo
    else:
        assert all(item.id.strip() and item.prompt.strip() and item.criterion and item.language for item in found)


@given(st.data())
@settings(slow, max_examples=max(CASES, 400))
def test_a_damaged_json_file_gives_valid_items_or_an_error(data: st.DataObject) -> None:
    found = load_damaged(damaged(json.dumps(fixed).encode(), data), ".json")
    assert found.where and found.todo if isinstance(found, CrbError) else len(found) > 0


@given(st.data())
@settings(slow, max_examples=max(CASES, 600))
def test_a_damaged_parquet_file_gives_valid_items_or_an_error(data: st.DataObject) -> None:
    found = load_damaged(damaged(PARQUET, data), ".parquet")
    if isinstance(found, CrbError):
        assert found.where
        assert found.todo
    else:
        assert all(item.id.strip() and item.criterion and item.language for item in found)


@given(st.integers(0, 10_000))
@settings(slow, max_examples=200)
def test_a_jsonl_file_cut_inside_a_row_is_never_accepted(at: int) -> None:
    content = "".join(json.dumps(row) + "\n" for row in fixed).encode()
    cut = content[: at % len(content)]
    found = load_damaged(cut, ".jsonl")
    whole_rows = cut.endswith((b"}", b"}\n"))
    assert isinstance(found, CrbError) != whole_rows
    if isinstance(found, Benchmark):  # a cut between two rows cannot be seen
        assert [item.id for item in found] == [row["id"] for row in fixed[: len(found)]]


@given(st.integers(0, 100_000))
@settings(slow, max_examples=200)
def test_a_parquet_file_cut_anywhere_is_never_accepted(at: int) -> None:
    assert isinstance(load_damaged(PARQUET[: at % len(PARQUET)], ".parquet"), CrbError)


def _parquet() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.parquet")
        pq.write_table(pa.Table.from_pylist(fixed), path, row_group_size=10, write_page_checksum=True)
        return path.read_bytes()


PARQUET = _parquet()
