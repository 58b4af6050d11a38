"""slice: a dated benchmark that loads by its name and hash, the statement beside it, and a build that goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import small_history
from crb_builders.recipe import read_recipe
from crb_builders.run import build
from crb_builders.stages.slice import Slice, SliceSettings
from fresh_slices import DAY, FIRST, begun, code
from histories import MIT, Put
from llm_rows import through
from typer.testing import CliRunner

import crb
from crb.cli import app
from crb.errors import DataError

TEACHING = ("aspects.classifier=null", "deduplicate.threshold=1.0")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository of forty edits, one a day from the first day of 2026 on; what they edit is a day older."""
    small_history.write(tmp_path / "some.git", start=FIRST - 2 * DAY)
    return tmp_path / "some.git"


def built(history: Path, out: Path, overrides: Sequence[str] = (), workers: int = 1) -> dict[str, Any]:
    """The manifest of the last step."""
    recipe = read_recipe("fresh", [f"repositories=[{history}]", "since=2026-01-01", *TEACHING, *overrides])
    return build(recipe, out, workers=workers)[-1]


def test_a_history_becomes_a_dated_benchmark_with_its_statement(history: Path, tmp_path: Path) -> None:
    manifest = built(history, tmp_path / "out")
    extra = tmp_path / "out" / "slice" / "extra"
    statement = json.loads((extra / "statement.json").read_text())
    benchmark = crb.load_benchmark(extra / statement["name"])
    assert benchmark.name == statement["name"] == manifest["report"]["benchmark"] == "fresh-2026-01-01-to-2026-02-21"
    assert benchmark.content_hash == statement["content_hash"]
    assert len(benchmark) == statement["pairs"] == manifest["rows_out"] > 10
    assert {item.subset for item in benchmark} == {"some"}
    (repository,) = statement["repositories"]
    assert repository["pairs"] == len(benchmark)
    assert (repository["back_dated"], repository["dates_disagree"]) == (0, 0)
    assert statement["window"]["committed"][0] >= "2026-01-01T00:00:00Z"
    shares = {name: one["mean"] for name, one in statement["older"].items()}
    assert shares["old_seen"] == 1.0 > shares["new_seen"] > 0.0
    added = statement["older"]["added_seen"]
    assert added["known"] + added["unknown"] == len(benchmark)
    assert 0.5 < shares["lines_old"] < 1.0
    page = (extra / "statement.md").read_text()
    assert benchmark.content_hash in page
    assert "no judge was asked" in page
    for text in (page, json.dumps(statement), json.dumps(manifest["report"])):
        assert str(tmp_path) not in text  # a statement is published: no path of the machine that made it


def test_no_way_of_building_changes_the_slice(history: Path, tmp_path: Path) -> None:
    whole = built(history, tmp_path / "out")
    assert built(history, tmp_path / "out") == whole  # finished: not one byte anew
    for step in ("unseen", "slice"):  # as a kill leaves them
        shutil.rmtree(tmp_path / "out" / step / "shards")
        (tmp_path / "out" / step / "manifest.json").unlink()
    assert built(history, tmp_path / "out")["hash"] == whole["hash"]
    (tmp_path / "mirrors").mkdir()
    moved = history.rename(tmp_path / "mirrors" / history.name)
    assert built(moved, tmp_path / "elsewhere", workers=2)["hash"] == whole["hash"]


def test_new_commits_and_branches_are_looked_at_again(tmp_path: Path) -> None:
    history = begun((b"a.py", code("alpha")), (b"LICENSE", MIT))
    message = b"Handle an empty list without a crash"
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY, message=message)
    history.write(tmp_path / "one.git")
    assert built(tmp_path / "one.git", tmp_path / "out")["rows_out"] == 1
    shutil.rmtree(tmp_path / "one.git")
    history.commit(Put(b"old.py", code("alpha", 7)), time=FIRST - DAY, parents=[1])  # on a branch beside
    history.write(tmp_path / "one.git", tip=2)
    with pytest.raises(DataError, match="no pair is left of the window from 2026-01-01 on") as error:
        built(tmp_path / "one.git", tmp_path / "out")
    assert "crb build status DIR" in error.value.todo


def test_the_command_tells_what_wants_to_be_looked_at(history: Path, tmp_path: Path) -> None:
    arguments = ["build", "fresh", "--out", str(tmp_path / "out"), "--set", f"repositories=[{history}]"]
    arguments += [part for one in ("since=2026-01-01", *TEACHING) for part in ("--set", one)]
    plain = CliRunner().invoke(app, arguments)
    assert plain.exit_code == 0, plain.output
    assert "slice: criteria: warning: below 50 pairs" in plain.output
    found = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)["steps"][-1]["report"]
    verdicts = {check["name"]: check["verdict"] for check in found["checks"]}
    assert verdicts["syntax"] == verdicts["near-duplicates"] == "passed"
    assert verdicts["languages"] == "warning"
    assert verdicts["labels"] == "not checked"


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"a/b@{number}",
        "prompt": f"Rewrite file {number}.",
        "chosen": f"x = {number}\n",
        "rejected": f"y = {number}\n",
        "aspect": "readability",
        "language": "Python",
        "repository": "a/b",
        "unix_time": FIRST + number,
        **dict.fromkeys(("author_time", "lines_old", "old_seen", "new_seen", "added_seen"), None),
        **more,
    }


def test_rows_are_dropped_for_their_reasons(tmp_path: Path) -> None:
    rows = [
        row(1),
        row(2, prompt="Rewrite file 1."),
        row(3, chosen="y =  3"),
        row(4, unix_time=FIRST - 1),
        row(5, aspect="beauty"),
        row(6, language="Rust"),
        row(7, chosen=" "),
        row(8, license="MIT"),
    ]
    settings = SliceSettings.model_validate({"since": "2026-01-01"})
    kept, dropped = through(Slice(settings), rows, tmp_path)
    assert [(one["id"], one["subset"], one["aspect"]) for one in kept] == [
        ("a/b@1", "a/b", "Readability_Maintainability"),
        ("a/b@8", "a/b", "Readability_Maintainability"),
    ]
    assert list(dropped.values()) == [
        *("prompt_twice", "blanks_alone", "outside_the_window", "no_criterion", "other_language", "no_chosen")
    ]


def test_one_id_twice_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    stage = Slice(SliceSettings.model_validate({"since": "2026-01-01"}))
    with pytest.raises(DataError, match="occurs twice"):
        through(stage, [row(1), row(1, prompt="another")], tmp_path / "1")
    with pytest.raises(DataError, match="no pair is left"):
        through(stage, [row(1, unix_time=0)], tmp_path / "2")


def test_a_failed_check_ends_the_build_where_checks_are_required(history: Path, tmp_path: Path) -> None:
    broken = tmp_path / "one.git"
    history_of_one = begun((b"a.py", code("alpha") + b"def (:\n"), (b"LICENSE", MIT))
    message = b"Handle an empty list without a crash"
    history_of_one.commit(Put(b"a.py", code("alpha", 9)), time=FIRST + DAY, message=message)
    history_of_one.write(broken)
    loose = ("clean.trees=null",)
    report = built(broken, tmp_path / "out", loose)["report"]
    assert any(line.startswith("syntax: failed: 1 pairs") for line in report["attention"])
    with pytest.raises(DataError, match=r"1 checks of the slice failed:\n  syntax: failed: 1 pairs"):
        built(broken, tmp_path / "out", (*loose, "slice.checks=require"))
