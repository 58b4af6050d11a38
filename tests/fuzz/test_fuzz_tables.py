"""Tables, lists and result files that a user or a service hands us: rows, or the file that cannot be used."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from crb_builders.assembly.apart import repositories
from crb_builders.llm.batch import Results
from crb_builders.sources.places import rows_of
from crb_builders.stage import Reject
from crb_builders.stages.repositories import Repositories, RepositoriesSettings
from crb_builders.tablefiles import read_rows
from fuzzing import attempt, cases, damaged, json_files, line_files, parquet_files
from hypothesis import given
from hypothesis import strategies as st
from mutations import HOSTILE

from crb.doctor.printed.tables import read_tables
from crb.overlap.summary import read_summary
from crb.overlap.trainset import Batch, open_trainset
from crb.results.printed_tables import read_printed_tables

ROWS: list[dict[str, Any]] = [
    {"text": "one two", "repository": "a/b", "stars": 3, "messages": [{"role": "user", "content": "three"}]},
    {"text": "four", "repository": "c/d", "stars": 0, "messages": [{"role": "user", "content": ""}]},
]
FLAT = [{key: row[key] for key in ("text", "repository", "stars")} for row in ROWS]


def csv_files(rows: list[list[str]]) -> st.SearchStrategy[bytes]:
    """A CSV file, damaged or with another cell somewhere."""
    cell = st.sampled_from(["", "x,y", '"', "1e999", "-5.5", "101.123", "nan", "9" * 200_000, "\u0667", *HOSTILE[:-3]])

    def written(place: int, value: str) -> bytes:
        changed = [list(row) for row in rows]
        changed[place // len(rows[0])][place % len(rows[0])] = value
        buffer = io.StringIO()
        csv.writer(buffer).writerows(changed)
        return buffer.getvalue().encode("utf-8", "surrogatepass")

    sound = "".join(",".join(row) + "\n" for row in rows).encode()
    return st.builds(written, st.integers(0, len(rows) * len(rows[0]) - 1), cell) | damaged(sound)


def files_of(suffix: str, rows: list[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    """A file of rows by its suffix."""
    if suffix == ".parquet":
        return parquet_files(pa.Table.from_pylist(rows))
    if suffix == ".json":
        return json_files(rows)
    if suffix.startswith(".csv"):
        found = csv_files([list(rows[0]), *([str(value) for value in row.values()] for row in rows)])
    else:
        found = line_files(rows)
    if suffix.endswith(".gz"):
        packed = gzip.compress(json.dumps(rows[0]).encode() * 3, mtime=0)
        return found.map(lambda content: gzip.compress(content, mtime=0)) | damaged(packed)
    return found


def in_its_row(batch: Batch) -> bool:
    """Whether every text of a batch of a training set stands in a row of its own."""
    alone = int(np.count_nonzero(batch.packed == 0)) == len(batch.rows)
    return alone and batch.count >= len(set(batch.rows.tolist()))


@dataclass(frozen=True)
class Reader:
    """A reader of rows: which files it takes, what stands in them, and what must hold of each thing that it gives."""

    suffixes: tuple[str, ...]
    rows: list[dict[str, Any]]
    read: Callable[[Path], Iterable[Any]]
    sound: Callable[[Any], bool]


READERS = {
    "training set": Reader((".parquet", ".json", ".jsonl"), ROWS, lambda path: open_trainset(path).batches, in_its_row),
    "table": Reader(
        (".parquet", ".csv", ".csv.gz", ".jsonl", ".jsonl.gz"),
        FLAT,
        lambda path: read_rows(path, ["repository"]),
        lambda row: "repository" in row,
    ),
    "public dataset": Reader((".parquet", ".json", ".jsonl"), ROWS, rows_of, lambda row: isinstance(row, dict)),
}


@pytest.mark.parametrize(
    ("name", "suffix"), [(name, suffix) for name, reader in READERS.items() for suffix in reader.suffixes]
)
@cases(30)
@given(data=st.data())
def test_rows_of_any_kind_are_read_one_by_one_or_refused(
    tmp_path: Path, name: str, suffix: str, data: st.DataObject
) -> None:
    reader = READERS[name]
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(data.draw(files_of(suffix, reader.rows)))
    for found in attempt(lambda: list(reader.read(path)), path) or ():
        assert reader.sound(found)


@pytest.mark.parametrize("suffix", [".parquet", ".json", ".txt"])
@cases(30)
@given(data=st.data())
def test_names_to_stay_apart_from_of_any_kind_are_texts_or_refused(
    tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    path = tmp_path / f"apart{suffix}"
    names: Any = ["a/b", "C/d"]
    kinds = {".json": json_files(names), ".txt": damaged("\n".join(names).encode())}
    content = data.draw(kinds[suffix] if suffix in kinds else parquet_files(pa.Table.from_pylist(FLAT)))
    path.write_bytes(content)
    found = attempt(lambda: repositories([path]), path)
    assert all(isinstance(name, str) and name == name.lower() for name in found or ())


@cases(60)
@given(data=st.data())
def test_lists_and_reputations_of_any_kind_are_used_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    names, table = tmp_path / "names.json", tmp_path / "table.jsonl"
    rows = [{"repository": "a/b", "stars": 90, "contributors": 9, "issues": 90}]
    names.write_bytes(data.draw(json_files({"Python": ["a/b"], "C": ["c/d"]})))
    table.write_bytes(data.draw(line_files(rows)))
    for settings, file in ((RepositoriesSettings(lists=(names,)), names), (RepositoriesSettings(table=table), table)):
        stage = Repositories(settings, seed=0)
        row = {"repository": "a/b", "language": "Python", "forks": ["c/d"]}
        found = attempt(lambda stage=stage, row=row: (stage.check(), stage.row(row))[1], file)  # type: ignore[misc]
        assert found is None or isinstance(found, Reject) or found["repository"] in ("a/b", "c/d")


@cases(60)
@given(data=st.data())
def test_batch_results_of_any_kind_are_answers_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    body = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}
    rows = [{"custom_id": f"c{n}", "response": {"status_code": 200, "body": body}, "error": None} for n in range(2)]
    (tmp_path / "results").mkdir(exist_ok=True)
    path = tmp_path / "results" / "one.jsonl"
    path.write_bytes(data.draw(line_files(rows)))
    results = attempt(lambda: Results(tmp_path), path)
    for id in ("c0", "c1", "None"):
        found = results.get(id) if results is not None else None
        assert found is None or isinstance(found.text, str)


PRINTED = {
    "table2.csv": [["model", "average", "security_hardness"], ["project-themis/Themis-RM-8B", "88.10", "91.2"]],
    "readme_table.csv": [["model", "size", "rewardbench_v1"], ["project-themis/Themis-RM-8B", "8B", "93.7"]],
}


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.parametrize("reader", [read_printed_tables, read_tables])
@cases(40)
@given(data=st.data())
def test_printed_tables_of_any_kind_are_figures_or_refused(
    tmp_path: Path, name: str, reader: Callable[[Path], Any], data: st.DataObject
) -> None:
    path = tmp_path / name
    path.write_bytes(data.draw(csv_files(PRINTED[name])))
    found = attempt(lambda: reader(tmp_path), path, named=str(tmp_path))
    for figures in getattr(found, "figures", {}).values():
        assert all(abs(figure.value) <= 1000 for figure in figures.figures)


@cases(60)
@given(data=st.data())
def test_an_overlap_of_any_kind_adds_up_or_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    share = {"n": 5, "touched": 1}
    summary = {
        "schema_version": 1,
        "trainset": "t",
        "trainset_rows": 3,
        "trainset_mb": 0.1,
        "n": 13,
        "benchmark": "b",
        "benchmark_hash": "0" * 64,
        "items": 4,
        "items_touched": 1,
        "items_flagged": 1,
        "parts": {},
        "flagged": [{"id": "a", "prompt": 0.5, "chosen": None, "rejected": None}],
    }
    path = tmp_path / "overlap.json"
    path.write_bytes(data.draw(json_files({"summary": summary, "texts": [share]})))
    found = attempt(lambda: read_summary(path), path)
    if found is not None:
        assert found.items_flagged == len(found.flagged) <= found.items_touched <= found.items
        json.dumps(found.model_dump(mode="json"), allow_nan=False)
