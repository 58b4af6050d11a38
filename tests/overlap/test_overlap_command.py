"""The figures of an overlap by hand, the command, and the summary that an entry keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from overlap_data import ROWS, SHORT, sentence
from typer.testing import CliRunner

from crb.benchmarks.base import Benchmark
from crb.cli.overlap import app
from crb.errors import DataError, UsageError
from crb.items import Candidate, Item
from crb.overlap.measure import measure
from crb.overlap.summary import OverlapSummary, read_summary
from crb.overlap.trainset import open_trainset
from crb.results.text import faults


@pytest.fixture
def trainset(tmp_path: Path) -> Path:
    """The prompt of a, the first 16 of 20 words of b's chosen response (4 of its 8 n-grams), one n-gram of c's."""
    rows = [
        {"text": "nothing of the kind"},
        {"text": ROWS[0]["prompt"].upper().replace(" ", " -- ")},
        {"text": sentence("cb", 16)},
        {"text": sentence("cc", 13)},
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_shares_by_hand(benchmark_of_four: Benchmark, trainset: Path) -> None:
    found = measure(benchmark_of_four, open_trainset(trainset))
    summary = found.summary
    assert (summary.items, summary.items_touched, summary.items_flagged) == (4, 3, 2)
    prompt, chosen, rejected = (summary.parts[part] for part in ("prompt", "chosen", "rejected"))
    assert prompt.model_dump() == {"texts": 3, "short": 1, "touched": 1, "flagged": 1, "whole": 1, "mean": 0.333333}
    assert chosen.model_dump() == {"texts": 4, "short": 0, "touched": 2, "flagged": 1, "whole": 0, "mean": 0.15625}
    assert (rejected.texts, rejected.short, rejected.touched) == (3, 1, 0)
    assert [item.model_dump() for item in summary.flagged] == [
        {"id": "pair-a", "prompt": 1.0, "chosen": 0.0, "rejected": 0.0},
        {"id": "pair-b", "prompt": 0.0, "chosen": 0.5, "rejected": 0.0},
    ]
    listed = {item["id"]: item["rows"] for item in found.as_json()["items"]}
    assert listed["pair-a"] == [{"part": "prompt", "share": 1.0, "file": "train.jsonl", "row": 2}]
    assert listed["pair-c"] == [{"part": "chosen", "share": 0.125, "file": "train.jsonl", "row": 4}]


def test_the_best_rows_are_listed_first_and_no_more_than_three(benchmark_of_four: Benchmark, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    lengths = [13, 20, 15, 15, 14]
    path.write_text("".join(json.dumps({"t": sentence("pa", n)}) + "\n" for n in lengths), encoding="utf-8")
    (item,) = measure(benchmark_of_four, open_trainset(path)).as_json()["items"]
    assert [(row["row"], row["share"]) for row in item["rows"]] == [(2, 1.0), (3, 0.375), (4, 0.375)]


def test_a_benchmark_overlaps_itself_wholly(benchmark_of_four: Benchmark, tmp_path: Path) -> None:
    path = tmp_path / "itself.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (*ROWS, SHORT)), encoding="utf-8")
    summary = measure(benchmark_of_four, open_trainset(path)).summary
    assert all(part.whole == part.texts and part.mean == 1 for part in summary.parts.values())


def test_the_command_writes_what_an_entry_can_keep(trainset: Path, tmp_path: Path) -> None:
    out = tmp_path / "overlap.json"
    done = CliRunner().invoke(app, [str(trainset), "--benchmark", "crb-mini", "--json", "--out", str(out)])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == json.loads(out.read_text(encoding="utf-8"))
    summary = read_summary(out)
    assert (summary.trainset, summary.trainset_rows, summary.items, summary.items_touched) == ("train.jsonl", 4, 160, 0)
    assert list(faults(summary.model_dump(mode="json"))) == []


def test_the_table_says_where_to_look(tmp_path: Path) -> None:
    path = tmp_path / "mini.jsonl"
    rows = [{"text": sentence("q")}, {"text": sentence("pa")}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    pairs = tmp_path / "pairs.jsonl"
    extra = {"aspect": "Security_Hardness", "language": "Python"}
    pairs.write_text("".join(json.dumps(row | extra) + "\n" for row in ROWS), encoding="utf-8")
    done = CliRunner().invoke(app, [str(path), "--benchmark", str(pairs)], catch_exceptions=False)
    assert "1 of 3 items are touched, 1 flagged" in done.stdout
    assert "pair-a: prompt 100%, chosen 0%, rejected 0% (closest: mini.jsonl row 2, 100%)" in done.stdout


def test_items_that_are_no_pairs_are_refused(trainset: Path) -> None:
    item = Item("many", "p", tuple(Candidate(str(i), "x", 0.0) for i in range(3)))
    with pytest.raises(UsageError, match="preference pairs"):
        measure(Benchmark.of("many", [item], "memory"), open_trainset(trainset))
    with pytest.raises(UsageError, match="n-grams of 0 words"):
        measure(Benchmark.of("none", [], "memory"), open_trainset(trainset), n=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items_touched": 9}, "items_flagged <= items_touched"),
        ({"flagged": []}, "as many items"),
        ({"extra": 1}, "not permitted"),
        ({"trainset_mb": float("1e999")}, "finite"),
    ],
)
def test_a_summary_that_contradicts_itself_is_refused(
    benchmark_of_four: Benchmark, trainset: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    document = measure(benchmark_of_four, open_trainset(trainset)).as_json()
    assert OverlapSummary.model_validate(document["summary"])
    path = tmp_path / "changed.json"
    path.write_text(json.dumps({"summary": document["summary"] | change}), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_summary(path)
