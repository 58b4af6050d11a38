"""Contracts of the format `pairs`: what becomes an item, and what each faulty row is called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crb.benchmarks import load_benchmark
from crb.benchmarks.pairs import BENCHMARK as PAIRS
from crb.errors import DataError, UsageError
from crb.vocabulary import Criterion, Language

Rows = list[dict[str, Any]]
Write = Callable[[Path, Rows], Path]


def fault(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        PAIRS.load(path)
    assert caught.value.todo
    assert caught.value.file is not None
    return caught.value


def test_a_row_becomes_an_item(tmp_path: Path, rows: Rows, write: Write) -> None:
    rows[0] |= {"aspect": "Runtime Efficiency", "language": "c++"}
    del rows[1]["subset"]
    rows[2]["subset"] = None
    rows[3]["subset"] = " "
    benchmark = PAIRS.load(write(tmp_path / "mine.jsonl", rows))
    first = benchmark.items[0]
    assert (first.criterion, first.language, first.subset) == (Criterion.RUNTIME_EFFICIENCY, Language.CPP, "LEFT")
    assert [(c.id, c.text, c.grade) for c in first.candidates] == [
        ("chosen", rows[0]["chosen"], 1.0),
        ("rejected", rows[0]["rejected"], 0.0),
    ]
    assert [item.subset for item in benchmark] == ["LEFT", None, None, None, "RIGHT", "RIGHT"]
    assert (benchmark.name, benchmark.source) == ("mine", str(tmp_path / "mine.jsonl"))


def test_a_file_does_not_take_the_name_of_a_registered_benchmark(tmp_path: Path, rows: Rows, write: Write) -> None:
    assert PAIRS.load(write(tmp_path / "crb.jsonl", rows)).name == "pairs-crb"


def test_a_file_of_any_name_is_read_under_one_that_an_entry_may_have(tmp_path: Path, rows: Rows, write: Write) -> None:
    assert PAIRS.load(write(tmp_path / "my p\u00e4irs (1).jsonl", rows)).name == "my-pairs-1"


def test_pairs_of_the_same_text_twice_are_counted(tmp_path: Path, rows: Rows, write: Write) -> None:
    rows[1]["rejected"] = rows[1]["chosen"]
    assert PAIRS.load(write(tmp_path / "mine.jsonl", rows)).alike == 1


def test_all_columns_that_are_missing_are_told_at_once(tmp_path: Path, rows: Rows, write: Write) -> None:
    few = [{key: row[key] for key in ("prompt", "chosen", "rejected", "language")} for row in rows]
    error = fault(write(tmp_path / "mine.jsonl", few))
    assert error.what.startswith("the column 'id' is missing, and so is 'aspect'; found: ")


@pytest.mark.parametrize("prompt", [None, "messages"])
def test_conversations_are_told_what_of_them_is_a_text(
    tmp_path: Path, rows: Rows, write: Write, prompt: str | None
) -> None:
    asked = [{"role": "user", "content": "Sum."}]
    for row in rows:
        row |= {side: [*asked, {"role": "assistant", "content": row[side]}] for side in ("chosen", "rejected")}
        if prompt is None:
            del row["prompt"]
        else:
            row["prompt"] = asked
    error = fault(write(tmp_path / "mine.jsonl", rows))
    assert error.field == "prompt"
    assert "the user's turn is the prompt and the last message's content a response" in error.todo


def test_another_language_is_not_taken_for_ours(tmp_path: Path, rows: Rows, write: Write) -> None:
    for written, near in (("rust", False), ("typescript", False), ("pyton", True)):
        rows[0]["language"] = written
        assert ("did you mean" in fault(write(tmp_path / "mine.jsonl", rows)).what) == near


def test_without_a_path() -> None:
    with pytest.raises(UsageError, match="pairs:PATH"):
        load_benchmark("pairs")


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.json", "saved"])
@pytest.mark.parametrize(
    ("field", "value", "what", "todo"),
    [
        ("prompt", None, "the value is null", "leave the row out"),
        ("id", "", "the text is empty", "leave the row out"),
        ("chosen", " \n\t", "the text is blank", "leave the row out"),
        ("rejected", None, "the value is null", "leave the row out"),
        ("aspect", "Memmory_Eficiency", "did you mean Memory_Efficiency", "Functional_Correctness"),
        ("language", "Pythn", "did you mean Python?", "JavaScript"),
        ("language", "COBOL-85-with-a-name-that-goes-on-and-on-and-on", "COBOL-85", "Ruby"),
        ("id", "pair-1", "row 2 of ", "an id of its own"),
    ],
)
def test_faulty_values(
    tmp_path: Path, rows: Rows, write: Write, name: str, field: str, value: object, what: str, todo: str
) -> None:
    rows[4][field] = value
    error = fault(write(tmp_path / name, rows))
    assert (error.row, error.field) == (5, field)
    assert what in error.what
    assert todo in error.todo
    assert "more" not in error.what


@pytest.mark.parametrize(
    ("value", "what"), [(7, "type int"), (["a"], "type list"), ({"a": 1}, "type dict"), (True, "type bool")]
)
def test_values_that_are_no_text(tmp_path: Path, rows: Rows, write: Write, value: object, what: str) -> None:
    for row in rows:
        row["chosen"] = value
    for name in ("a.jsonl", "a.parquet"):
        error = fault(write(tmp_path / name, rows))
        assert (error.row, error.field) == (1, "chosen")
        assert what in error.what
        assert "(5 more rows have the same fault)" in error.what
    rows[0] |= {"chosen": "fine", "subset": value}
    assert fault(write(tmp_path / "b.jsonl", rows)).field == "subset"


def test_half_a_surrogate_pair_is_refused(tmp_path: Path, rows: Rows) -> None:
    rows[1]["prompt"] = "ab\ud83d"
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    error = fault(tmp_path / "a.jsonl")
    assert (error.row, error.field) == (2, "prompt")
    assert "half a surrogate pair at character 3" in error.what


@pytest.mark.parametrize(
    ("column", "other", "todo"),
    [
        ("aspect", "criterion", "rename the column 'criterion' to 'aspect'"),
        ("chosen", "choosen", "rename the column 'choosen' to 'chosen'"),
        ("prompt", "xyz", "add it; the columns are id, prompt"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "saved"])
def test_a_missing_column_suggests_what_to_rename(
    tmp_path: Path, rows: Rows, write: Write, name: str, column: str, other: str, todo: str
) -> None:
    renamed = [{other if key == column else key: value for key, value in row.items()} for row in rows]
    error = fault(write(tmp_path / name, renamed))
    assert (error.row, error.field) == (1, column)
    assert f"the column {column!r} is missing" in error.what
    assert other in error.what
    assert "(5 more rows have the same fault)" in error.what
    assert todo in error.todo


def test_duplicates_name_both_rows_and_files(tmp_path: Path, rows: Rows, write: Write) -> None:
    write(tmp_path / "d" / "a.jsonl", rows[:3])
    write(tmp_path / "d" / "b.parquet", rows[1:4])
    error = fault(tmp_path / "d")
    assert (error.row, error.field) == (1, "id")
    assert error.file is not None
    assert error.file.endswith("b.parquet")
    assert f"row 2 of {tmp_path / 'd' / 'a.jsonl'}" in error.what
    assert "(1 more row has the same fault)" in error.what


def test_the_first_fault_is_reported_and_only_its_kind_counted(tmp_path: Path, rows: Rows, write: Write) -> None:
    rows[1]["prompt"] = ""
    rows[2]["language"] = "Klingon"
    rows[3]["chosen"] = ""
    rows[5]["prompt"] = " "
    error = fault(write(tmp_path / "a.jsonl", rows))
    assert (error.row, error.field) == (2, "prompt")
    assert "(1 more row has the same fault)" in error.what


def test_a_fault_before_the_place_where_the_file_breaks_comes_first(tmp_path: Path, rows: Rows, write: Write) -> None:
    rows[1]["prompt"] = None
    path = write(tmp_path / "a.jsonl", rows)
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert fault(path).row == 2
    rows[1]["prompt"] = "good"
    path = write(tmp_path / "a.jsonl", rows)
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert fault(path).row == 6
