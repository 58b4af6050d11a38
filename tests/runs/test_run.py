"""A run as an object: its figures add up, and what is no run says so with the next step."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from limits import forbidden_folder

from crb.errors import CrbError, DataError, UsageError
from crb.items import CHOSEN, REJECTED, Item
from crb.readings import Reading
from crb.requests import Key
from crb.runs import Run, open_run
from crb.runs.codecs import READING_LINES
from crb.runs.config import RunConfig
from crb.runs.folder import JOURNAL, RUN, SCHEMA, check_configuration, write_run
from crb.runs.journal import Journal
from crb.runs.run import BASELINES, RESULTS, SCORES
from crb.runs.scores import pairs_frame, write_scores
from crb.vocabulary import Criterion, Language

CONFIG = RunConfig(
    model="tiny",
    revision="abc",
    adapter="sequence-classifier",
    engine="auto",
    dtype="float32",
    prompts="none",
    prompts_hash=None,
    max_length=64,
    benchmark="three",
    benchmark_hash="0" * 64,
)
DOCUMENT: dict[str, Any] = {
    "schema": SCHEMA,
    "status": "finished",
    "fingerprint": CONFIG.fingerprint,
    "config": CONFIG.model_dump(mode="json"),
    "n": 3,
    "sessions": [],
}
ITEMS = tuple(
    Item.pair(id, "p", "c", "r", criterion=criterion, language=language, subset="S")
    for id, criterion, language in (
        ("right", Criterion.MEMORY_EFFICIENCY, Language.GO),
        ("tie", Criterion.MEMORY_EFFICIENCY, Language.C),
        ("error", Criterion.SECURITY_HARDNESS, Language.GO),
    )
)
READINGS: dict[Key, Reading] = {
    ("right", CHOSEN): Reading.of(1.0),
    ("right", REJECTED): Reading.of(0.0),
    ("tie", CHOSEN): Reading.of(0.0),
    ("tie", REJECTED): Reading.of(0.0),
    ("error", CHOSEN): Reading.of(1.0),
    ("error", REJECTED): Reading.of(float("inf")),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run of three pairs: right, tie, invalid."""
    folder = tmp_path / "runs" / "tiny" / "three"
    write_scores(folder / SCORES, pairs_frame(ITEMS, READINGS))
    write_scores(folder / BASELINES / "longer.parquet", pairs_frame(ITEMS, READINGS))
    (folder / RESULTS).write_text("{}")
    write_run(folder, DOCUMENT)
    return folder


def test_a_run_is_opened_by_its_folder_its_file_or_a_folder_that_holds_only_it(folder: Path) -> None:
    for path in (folder, str(folder), folder / RUN, folder.parent.parent):
        run = open_run(path)
        assert (run.path, run.fingerprint, run.finished) == (folder, CONFIG.fingerprint, True)
    assert run.title == "tiny on three, prompts none"


@pytest.mark.parametrize(
    ("by", "ns"),
    [
        ("overall", [3]),
        ("criterion", [2, 1]),
        ("language", [1, 2]),
        ("subset", [3]),
        ("cell", [1, 1, 1]),
        ("criterion-language", [1, 1, 1]),
    ],
)
def test_accuracies_by_every_grouping_count_every_pair(folder: Path, by: str, ns: list[int]) -> None:
    found = open_run(folder).accuracy(by=by)
    assert found["n"].tolist() == ns
    assert [found[outcome].sum() for outcome in ("right", "wrong", "tie", "invalid")] == [1, 0, 1, 1]


def test_accuracies_by_hand(folder: Path) -> None:
    found = open_run(folder).accuracy()
    assert found["criterion"].tolist() == ["memory_efficiency", "security_hardness"]
    assert found["strict"].tolist() == [0.5, 0.0]
    assert found["half"].tolist() == [0.75, 0.5]
    assert found["valid"].isna().tolist() == [False, True]
    assert (found["strict_low"] < found["strict"]).tolist() == [True, False]
    overall = open_run(folder).accuracy(by="overall").iloc[0]
    assert (overall["strict"], overall["half"], overall["valid"]) == pytest.approx((1 / 3, 2 / 3, 1.0))


def test_an_unknown_grouping_suggests_near_ones(folder: Path) -> None:
    with pytest.raises(UsageError, match="unknown grouping 'criteria'") as caught:
        open_run(folder).accuracy(by="criteria")
    assert "criterion" in caught.value.where


def test_pairs_and_baselines_are_pairs_frames(folder: Path) -> None:
    run = open_run(folder)
    assert run.pairs()["criterion"].tolist() == [item.criterion for item in ITEMS]
    assert list(run.baselines()) == ["longer"]
    assert run.baselines()["longer"].equals(run.pairs())


@pytest.mark.parametrize("missing", [SCORES, RESULTS])
def test_a_run_without_its_results_is_not_finished(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert not open_run(folder).finished


def test_a_run_in_progress_is_not_finished(folder: Path) -> None:
    write_run(folder, DOCUMENT | {"status": "running"})
    assert not open_run(folder).finished


def test_a_run_without_scores_says_how_to_get_them(folder: Path) -> None:
    (folder / SCORES).unlink()
    with pytest.raises(DataError, match="no scores yet") as caught:
        open_run(folder).accuracy()
    assert caught.value.file == str(folder / SCORES)


@pytest.mark.parametrize("name", ["none", "file"])
def test_what_is_no_run_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="not a run directory") as caught:
        open_run(tmp_path / name)
    assert caught.value.file == str(tmp_path / name)


def test_a_folder_of_several_runs_names_one(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "twin")
    with pytest.raises(DataError, match="not a run directory") as caught:
        open_run(folder.parent)
    assert f"e.g. {folder}" in caught.value.todo


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        DOCUMENT | {"schema": SCHEMA + 1},
        DOCUMENT | {"config": "tiny"},
        {key: value for key, value in DOCUMENT.items() if key != "fingerprint"},
        {key: value for key, value in DOCUMENT.items() if key != "sessions"},
    ],
    ids=["list", "empty", "schema", "config", "fingerprint", "sessions"],
)
def test_a_run_json_of_somebody_else_is_refused(folder: Path, document: Any) -> None:
    (folder / RUN).write_text(json.dumps(document))
    with pytest.raises(DataError, match="not one that this version of crb wrote") as caught:
        open_run(folder)
    assert caught.value.file == str(folder / RUN)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"config": {"model": "m\ud800"}}, "config.model"),
        ({"imported": {"results": [{"a": ["\udfff"]}]}}, "imported.results.a"),
        ({"x\ud800": 1}, "x\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_half_of_a_surrogate_pair_is_refused_with_its_place(folder: Path, change: dict[str, Any], field: str) -> None:
    (folder / RUN).write_text(json.dumps(DOCUMENT | change), encoding="utf-8")
    with pytest.raises(DataError, match="half of a surrogate pair") as caught:
        open_run(folder)
    assert (caught.value.file, caught.value.field) == (str(folder / RUN), field)
    str(caught.value).encode()
    (folder / RUN).write_text(json.dumps(DOCUMENT | {"title": "\N{GRINNING FACE}"}), encoding="utf-8")
    assert open_run(folder).finished


def test_a_damaged_run_json_is_an_error_with_its_row(folder: Path) -> None:
    content = (folder / RUN).read_text()
    (folder / RUN).write_text(content[: len(content) // 2])
    with pytest.raises(DataError, match="not JSON") as caught:
        open_run(folder)
    assert caught.value.file == str(folder / RUN)
    assert caught.value.row


@pytest.mark.parametrize("unfinished", [True, False])
def test_another_configuration_is_refused_and_the_difference_told(folder: Path, unfinished: bool) -> None:
    check_configuration(folder, CONFIG)
    check_configuration(folder / "new", CONFIG)
    if unfinished:
        (folder / SCORES).unlink()
        with Journal(folder / JOURNAL, CONFIG.fingerprint, READING_LINES) as journal:
            journal.append(READINGS)
    other = CONFIG.model_copy(update={"dtype": "bfloat16", "max_length": 65})
    with pytest.raises(UsageError, match="another configuration") as caught:
        check_configuration(folder, other)
    assert "dtype: 'float32' there, 'bfloat16' now; max_length: 64 there, 65 now" in caught.value.what
    assert str(folder / RUN) in caught.value.where
    assert "--out" in caught.value.todo


def test_a_start_that_failed_before_its_first_reading_may_be_repeated_otherwise(folder: Path) -> None:
    write_run(folder, DOCUMENT | {"status": "running"})
    (folder / SCORES).unlink()
    Journal(folder / JOURNAL, CONFIG.fingerprint, READING_LINES).__exit__(None, None, None)
    check_configuration(folder, CONFIG.model_copy(update={"max_length": 65}))
    assert open_run(folder).fingerprint == CONFIG.fingerprint


@pytest.mark.parametrize("use", [open_run, lambda folder: check_configuration(folder, CONFIG)])
def test_a_folder_that_may_not_be_looked_into_is_an_error(use: Callable[[Path], Run | None]) -> None:
    with forbidden_folder(0o000) as folder:
        with pytest.raises(CrbError, match="Permission denied") as caught:
            use(folder)
        assert str(folder) in caught.value.where
