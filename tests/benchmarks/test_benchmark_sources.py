"""Contracts of the readers: what can be read, and what each broken place is called."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crb.benchmarks import load_benchmark
from crb.benchmarks.pairs import BENCHMARK as PAIRS
from crb.benchmarks.sources import open_source
from crb.errors import DataError

Rows = list[dict[str, Any]]
Write = Callable[[Path, Rows], Path]
FORMATS = ["a.parquet", "a.json", "a.jsonl", "a.ndjson", "a.JSONL", "saved"]


def fault(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        list(open_source(path, spec="pairs").rows)
    assert caught.value.todo, "every error says what to do next"
    return caught.value


@pytest.mark.parametrize("name", FORMATS[:4] + FORMATS[5:])
def test_every_format_reads_the_same_rows(tmp_path: Path, rows: Rows, write: Write, name: str) -> None:
    read = list(open_source(write(tmp_path / name, rows), spec="pairs").rows)
    assert [row.values["rejected"] for row in read] == [row["rejected"] for row in rows]
    assert [row.number for row in read] == [1, 2, 3, 4, 5, 6]
    assert all("note" in row.columns for row in read)


def test_json_may_keep_its_list_under_data(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"version": 1, "data": rows}))
    assert len(list(open_source(path, spec="pairs").rows)) == 6


def test_jsonl_with_byte_order_mark_blank_lines_and_windows_ends(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "a.JSONL"
    lines = [json.dumps(row) for row in rows]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines[:2], "", "  ", *lines[2:]]).encode() + b"\n\n")
    read = list(open_source(path, spec="pairs").rows)
    assert [row.number for row in read] == [1, 2, 5, 6, 7, 8]


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path: Path, rows: Rows, write: Write) -> None:
    write(tmp_path / "d" / "b.jsonl", rows[3:5])
    write(tmp_path / "d" / "a" / "z.parquet", rows[:3])
    write(tmp_path / "d" / "c.json", rows[5:])
    write(tmp_path / "d" / ".cache" / "old.jsonl", rows)
    (tmp_path / "d" / "README.md").write_text("nothing to see")
    benchmark = PAIRS.load(tmp_path / "d")
    assert [item.id for item in benchmark] == [row["id"] for row in rows]
    assert benchmark.name == "d"


def test_a_saved_folder_of_splits_is_read_whole(tmp_path: Path, rows: Rows) -> None:
    from datasets import Dataset, DatasetDict

    splits = DatasetDict({"test": Dataset.from_list(rows[:2]), "Full": Dataset.from_list(rows[2:])})
    splits.save_to_disk(str(tmp_path / "saved"))
    assert len(list(open_source(tmp_path / "saved", spec="pairs").rows)) == 6
    only = list(open_source(tmp_path / "saved", spec="pairs", split="Full").rows)
    assert [row.values["id"] for row in only] == [row["id"] for row in rows[2:]]
    assert only[0].file.endswith("saved split Full")


def test_missing_paths_suggest_near_ones(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("x")
    error = fault(tmp_path / "pair.jsonl")
    assert "no such file" in error.what
    assert "pairs.jsonl" in error.todo
    assert "no folder" in fault(tmp_path / "no" / "where.jsonl").todo
    assert "no such file" in fault(Path("x" * 5000)).what  # too long for any file system


def test_an_empty_folder_and_one_without_data(tmp_path: Path) -> None:
    assert "the folder is empty" in fault(tmp_path).what
    (tmp_path / "README.md").write_text("no data here")
    (tmp_path / "dataset_infos.json").write_text("{}")
    assert "holds no data file" in fault(tmp_path).what


@pytest.mark.parametrize(
    ("name", "todo"), [("a.csv", ".parquet"), ("a.jsonl.gz", "gunzip -k"), ("a", ".parquet"), ("a.txt", ".parquet")]
)
def test_unsupported_types(tmp_path: Path, name: str, todo: str) -> None:
    (tmp_path / name).write_text("id,prompt\n")
    error = fault(tmp_path / name)
    assert "unsupported file type" in error.what
    assert todo in error.todo


@pytest.mark.parametrize(("ending", "separator"), [(".csv", ","), (".tsv", "\t")])
def test_the_command_that_converts_a_table_does(tmp_path: Path, rows: Rows, ending: str, separator: str) -> None:
    place = tmp_path / f"d'un \u00e9l\u00e8ve{ending}"
    given = [{**row, "id": f"0{number}"} for number, row in enumerate(rows)]  # an id, not a number
    pd.DataFrame(given).to_csv(place, sep=separator, index=False)
    told = fault(place).todo.removeprefix("convert it: python -c ")
    exec(compile(shlex.split(told)[0], "told", "exec"), {})
    made = load_benchmark(place.with_suffix(".parquet"))
    assert [item.id for item in made] == [row["id"] for row in given]
    assert [item.prompt for item in made] == [row["prompt"] for row in given]


def test_a_list_under_the_name_of_json_lines_is_told_its_name(tmp_path: Path, rows: Rows) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(rows))
    assert "a name that ends in .json" in fault(tmp_path / "a.jsonl").todo


def test_foreign_data_in_a_folder_is_not_passed_over(tmp_path: Path, rows: Rows, write: Write) -> None:
    write(tmp_path / "part-0.jsonl", rows)
    (tmp_path / "part-1.jsonl.gz").write_bytes(b"\x1f\x8b")
    error = fault(tmp_path)
    assert "unsupported type '.gz'" in error.what
    assert error.file is not None
    assert error.file.endswith("part-1.jsonl.gz")


@pytest.mark.parametrize("name", ["a.parquet", "a.json", "a.jsonl"])
def test_empty_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert fault(tmp_path / name).what == "the file is empty"


@pytest.mark.parametrize("name", ["a.parquet", "a.json", "a.jsonl"])
def test_files_without_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    else:
        path.write_text("[]" if path.suffix == ".json" else "\n \n")
    assert fault(path).what == "the file holds no rows"


@pytest.mark.parametrize("newline", ["", "\n", "\n\n "])
def test_a_cut_last_line_is_called_that(tmp_path: Path, rows: Rows, write: Write, newline: str) -> None:
    path = write(tmp_path / "a.jsonl", rows)
    path.write_text(path.read_text(encoding="utf-8").rstrip()[:-25] + newline, encoding="utf-8")
    error = fault(path)
    assert "the last line is not complete JSON" in error.what
    assert "cut short" in error.what
    assert error.row == 6


def test_a_broken_line_in_the_middle_is_not_called_last(tmp_path: Path, rows: Rows, write: Write) -> None:
    path = write(tmp_path / "a.jsonl", rows)
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[2] = lines[2][:30]
    path.write_text("\n".join(lines), encoding="utf-8")
    error = fault(path)
    assert error.what.startswith("the line is not JSON")
    assert error.row == 3


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_bytes_that_are_not_utf8_have_row_and_offset(tmp_path: Path, rows: Rows, name: str) -> None:
    text = "\n".join(json.dumps(row) for row in rows)
    content = (f"[{text}]" if name.endswith("json") else text).encode()
    if name.endswith("json"):
        content = content.replace(b"}\n{", b"},\n{")
    at = content.index(b"Write function 3")
    (tmp_path / name).write_bytes(content[:at] + b"\xe9" + content[at:])
    error = fault(tmp_path / name)
    assert error.row == 4
    assert f"byte 0xe9 at offset {at} of the file" in error.what


def test_offset_counts_the_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"id": "\xff"}')
    assert "offset 11 " in fault(tmp_path / "a.jsonl").what


def test_utf_16_is_recognised(tmp_path: Path, rows: Rows) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(rows[0]), encoding="utf-16")
    assert "UTF-16" in fault(tmp_path / "a.jsonl").todo


@pytest.mark.parametrize(
    ("name", "text", "what", "todo"),
    [
        ("a.json", '"text"', "the file holds a text", "write it as"),
        ("a.json", '{"rows": []}', "an object without a list under 'data'", "JSON Lines"),
        ("a.json", '{"data": {}}', "an object without a list under 'data'", ""),
        ("a.json", "null", "the file holds null", ""),
        ("a.json", '[{"id": "1"}, 7]', "the row is a number", ""),
        ("a.json", '{"id": "1"}\n{"id": "2"}\n', "Extra data", "JSON Lines"),
        ("a.json", '[{"id": "1"}, {"id"', "cut short", ""),
        ("a.json", "[" * 100_000, "recursion", ""),
        ("a.json", f"[{'9' * 5000}]", "integer string conversion", ""),
        ("a.jsonl", '[{"id": "1"},\n{"id": "2"}]', "not JSON", "name it .json"),
        ("a.jsonl", '["id"]\n', "the row is a list", ""),
        ("a.jsonl", "1\n", "the row is a number", ""),
        ("a.jsonl", "null\n", "the row is null", ""),
        ("a.jsonl", "[" * 100_000 + "\n", "recursion", ""),
        ("a.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer", "git lfs pull"),
    ],
)
def test_other_shapes(tmp_path: Path, name: str, text: str, what: str, todo: str) -> None:
    (tmp_path / name).write_text(text)
    error = fault(tmp_path / name)
    assert what in error.what
    assert todo in error.todo


def test_parquet_cut_in_half_and_not_parquet_at_all(tmp_path: Path, rows: Rows, write: Write) -> None:
    path = write(tmp_path / "a.parquet", rows)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "the Parquet file is cut short" in fault(path).what
    path.write_bytes(content[len(content) // 2 :])
    assert "is not Parquet" in fault(path).what
    path.write_bytes(b"PA")
    assert "is not Parquet" in fault(path).what


def test_parquet_that_announces_more_rows_than_it_holds(tmp_path: Path, rows: Rows, write: Write) -> None:
    path = write(tmp_path / "a.parquet", rows)
    # In the footer the number of rows is a 64-bit field (type 6) in zigzag form (6 rows are 12), then comes a list.
    path.write_bytes(path.read_bytes().replace(b"\x16\x0c\x19", b"\x16\x0e\x19", 1))
    assert "announces 7 rows and holds 6" in fault(path).what


def test_parquet_text_that_is_not_utf8_has_row_and_column(tmp_path: Path) -> None:
    column = pa.array([b"good"] * 1500 + [b"\xff\xfe"], pa.binary()).cast(pa.string(), safe=False)
    pq.write_table(pa.table({"id": pa.array([str(n) for n in range(1501)]), "prompt": column}), tmp_path / "a.parquet")
    error = fault(tmp_path / "a.parquet")
    assert (error.row, error.field) == (1501, "prompt")


def test_parquet_with_a_column_twice(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 2, names=["id", "id"]), tmp_path / "a.parquet")
    assert fault(tmp_path / "a.parquet").field == "id"


def test_categorical_columns_are_text(tmp_path: Path, rows: Rows) -> None:
    table = pa.Table.from_pylist(rows)
    at = table.schema.get_field_index("language")
    table = table.set_column(at, "language", table.column("language").dictionary_encode())
    pq.write_table(table, tmp_path / "a.parquet")
    assert PAIRS.load(tmp_path / "a.parquet").counts().language == {"C": 2, "Java": 2, "Python": 2}


@pytest.mark.parametrize("damage", ["state.json", "dataset_info.json", "arrow", "half"])
def test_a_damaged_saved_folder(tmp_path: Path, rows: Rows, write: Write, damage: str) -> None:
    folder = write(tmp_path / "saved", rows)
    data = next(folder.glob("*.arrow"))
    if damage == "arrow":
        data.unlink()
    elif damage == "half":
        data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    else:
        (folder / damage).write_text('{"_data_files": 3}' if damage == "state.json" else "{")
    assert "save_to_disk cannot be read" in fault(folder).what


@pytest.mark.parametrize("name", ["a.parquet", "saved"])
def test_tables_without_any_known_column_still_have_rows(tmp_path: Path, write: Write, name: str) -> None:
    path = write(tmp_path / name, [{"text": "a"}, {"text": "b"}])
    read = list(open_source(path, spec="pairs").rows)
    assert [(row.number, row.values, list(row.columns)) for row in read] == [(1, {}, ["text"]), (2, {}, ["text"])]
