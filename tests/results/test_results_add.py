"""Adding runs to a folder of results: entries, comparisons, and what is refused before anything is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from result_doubles import COMMIT, make_run, mini, mini_scores, overlap_of

from crb.errors import DataError, UsageError
from crb.files import write_json
from crb.results.adding import add_runs
from crb.results.comparing import paired
from crb.results.pairwise import read_pairwise
from crb.results.store import PAIRWISE, entry_path, read_entries, read_entry
from crb.results.validate import validate
from crb.runs import Run, open_run
from crb.statistics.matrix import count_frames

MODELS = ("someone/alpha", "someone/beta", "someone/gamma")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Three runs on crb-mini."""
    home = tmp_path_factory.mktemp("runs")
    return [make_run(home / name.rpartition("/")[2], name, seed) for seed, name in enumerate(MODELS)]


def test_an_entry_holds_what_the_run_holds(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs[:1])
    entry = read_entry(entry_path(tmp_path, MODELS[0], "crb-mini"))
    assert entry.model.revision == COMMIT
    assert (entry.benchmark.n, entry.benchmark.hash) == (160, mini().content_hash)
    assert entry.config == runs[0].config
    assert (entry.provenance.source, entry.provenance.tool, entry.provenance.date) == ("run", "crb 0.1.0", "2026-11-20")
    counts = runs[0].results["crb"]["counts"]
    assert {name: sum(getattr(cell, name) for cell in entry.cells) for name in counts} == counts
    assert json.loads(json.dumps(entry.statuses.model_dump(mode="json"))) == {
        side: {name: count for name, count in statuses.items() if count}
        for side, statuses in runs[0].results["crb"]["statuses"].items()
    }
    values = mini_scores(0)[["chosen_score", "rejected_score"]].to_numpy().ravel()
    values = values[np.isfinite(values)]
    assert entry.resolution.distinct == len(set(values))
    assert entry.resolution.share == pytest.approx(len(set(values)) / len(values), abs=1e-6)


def test_no_sample_leaves_the_run(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    ids = set(runs[0].pairs().index)
    text = "".join(file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.json"))
    assert not any(id in text for id in ids)


def test_baselines_are_entries(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    found = [entry.model.name for entry in read_entries(tmp_path) if entry.model.kind == "baseline"]
    assert found == [f"baselines/{name}" for name in sorted(runs[0].baselines())]
    assert validate(tmp_path) == []


def test_the_comparisons_are_those_of_the_samples(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    block = read_pairwise(tmp_path / PAIRWISE)["crb-mini"]
    frames = {f"baselines/{name}": frame for name, frame in runs[0].baselines().items()}
    frames |= {run.config["model"]: run.pairs() for run in runs}
    counted = count_frames({name: frames[name] for name in sorted(frames)})
    assert (block.models, block.groups) == (counted.models, counted.groups)
    np.testing.assert_array_equal(block.counts, counted.counts)
    ours = paired(block, read_entries(tmp_path))
    np.testing.assert_array_equal(ours.full(), counted.full())
    order = ["someone/gamma", "baselines/coin", "someone/alpha"]  # not the order of the file
    some = paired(block, read_entries(tmp_path), order)
    np.testing.assert_array_equal(some.full(), count_frames({name: frames[name] for name in order}).full())


def test_a_model_without_an_entry_is_not_suggested_for_itself(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    block = read_pairwise(tmp_path / PAIRWISE)["crb-mini"]
    entries = [entry for entry in read_entries(tmp_path) if entry.model.name != "someone/alpha"]
    with pytest.raises(UsageError, match="unknown model 'someone/alpha'") as caught:
        paired(block, entries, ["someone/alpha", "someone/gamma"])
    assert "someone/alpha" not in caught.value.where


def test_models_that_were_never_together_are_not_compared(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs[:1])
    done = add_runs(tmp_path, runs[1:2])
    block = read_pairwise(tmp_path / PAIRWISE)["crb-mini"]
    assert not block.known[block.row(*MODELS[:2])]
    assert done.unknown == 1  # the baselines lie beside every run
    assert validate(tmp_path) == []
    with pytest.raises(UsageError, match="never compared"):
        paired(block, read_entries(tmp_path), MODELS[:2])
    assert not set(MODELS[:2]) <= set(paired(block, read_entries(tmp_path)).models)
    done = add_runs(tmp_path, runs[1:2], others=runs[:1])
    assert done.unknown == 0
    step_by_step = add_runs(tmp_path, runs[2:], others=runs[:2])
    together = tmp_path / "together"
    add_runs(together, runs)
    assert step_by_step.unknown == 0
    assert (together / PAIRWISE).read_bytes() == (tmp_path / PAIRWISE).read_bytes()


def test_samples_that_are_not_those_of_the_entry_do_not_count(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path / "results", runs[:1])
    other = make_run(tmp_path / "other", MODELS[0], seed=9)
    assert add_runs(tmp_path / "results", runs[1:2], others=[other]).unknown == 1


def test_adding_again_changes_nothing_and_findings_may_be_renewed(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    assert add_runs(tmp_path, runs).changed == ()
    finding = {"severity": "note", "code": "tie-rate", "evidence": {}, "message": "some tie"}
    done = add_runs(tmp_path, runs[:1], findings={runs[0].path: [finding]})
    assert done.changed == (entry_path(tmp_path, MODELS[0], "crb-mini"),)
    assert done.unknown == 0


def test_another_run_of_the_same_model_has_to_be_asked_for(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path / "results", runs)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    other = make_run(tmp_path / "other", MODELS[0], seed=9, prompts="full")
    with pytest.raises(UsageError, match="already"):
        add_runs(tmp_path / "results", [other])
    assert {path: path.read_bytes() for path in before} == before
    done = add_runs(tmp_path / "results", [other], others=runs, replace=True)
    assert done.unknown == 0
    assert validate(tmp_path / "results") == []
    with pytest.raises(UsageError, match="two of the runs"):
        add_runs(tmp_path / "fresh", [runs[0], other])
    assert not (tmp_path / "fresh").exists()


def test_what_is_no_entry(runs: list[Run], tmp_path: Path) -> None:
    part = make_run(tmp_path / "part", "someone/part", selection={"limit": 5})
    with pytest.raises(UsageError, match="part of the benchmark"):
        add_runs(tmp_path / "results", [part])
    document = json.loads((part.path / "run.json").read_text())
    write_json(part.path / "run.json", document | {"status": "running"})
    with pytest.raises(UsageError, match="not finished"):
        add_runs(tmp_path / "results", [open_run(part.path)])
    hostile = make_run(tmp_path / "hostile", "../../etc")
    with pytest.raises(DataError) as refused:
        add_runs(tmp_path / "results", [runs[0], hostile])
    assert refused.value.field == "model.name"
    assert not (tmp_path / "results").exists()


def test_other_pairs_under_the_same_name_are_refused(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path / "results", runs[:1])
    other = make_run(tmp_path / "other", "someone/other")
    frame = other.pairs().rename(index={other.pairs().index[0]: "renamed"})
    from crb.runs.scores import write_scores

    write_scores(other.path / "scores.parquet", frame)
    for file in (other.path / "baselines").iterdir():
        file.unlink()
    with pytest.raises(UsageError, match="different pairs"):
        add_runs(tmp_path / "results", [other])


def test_the_commands(runs: list[Run], tmp_path: Path, crb: Callable[..., Any]) -> None:
    results = tmp_path / "results"
    left = crb("results", "add", runs[0].path.parent, "--results", results, "--json")
    told = json.loads(left.out)
    assert (left.code, told["never_compared"], len(told["entries"])) == (0, 0, 7)
    left = crb("results", "list", "--results", results, "--json")
    rows = {row["model"]: row for row in json.loads(left.out)}
    assert rows[MODELS[0]]["strict"] == pytest.approx(runs[0].accuracy("overall").iloc[0]["strict"], abs=1e-6)
    assert "someone/alpha" in crb("results", "list", "--results", results).out
    left = crb("results", "show", "ALPHA", "--results", results, "--json")
    assert json.loads(left.out)["entries"][0]["model"]["name"] == MODELS[0]
    shown = crb("results", "show", "alpha", "--results", results).out
    assert "Functional  " in shown
    assert "C#  " in shown
    assert max(map(len, shown.splitlines()[2:17])) <= 60, "a narrow terminal cuts figures"
    left = crb("results", "show", "alfa", "--results", results)
    assert left.code == 2
    assert "did you mean" in left.err
    assert crb("results", "validate", results).code == 0
    file = entry_path(results, MODELS[0], "crb-mini")
    file.write_text(file.read_text().replace('"tie": 1', '"tie": 2', 1))
    left = crb("results", "validate", results, "--json")
    (fault,) = [fault for fault in json.loads(left.out) if "right + wrong" in fault["message"]]
    assert left.code == 2
    assert fault["file"] == str(file)
    assert fault["row"] is not None
    assert fault["field"] == "cells"
    assert "field 'cells'" in crb("results", "validate", results).err


def test_replacing_a_run_by_itself_keeps_its_comparisons(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    before = (tmp_path / PAIRWISE).read_bytes()
    assert add_runs(tmp_path, runs[:1], replace=True).unknown == 0  # the samples of the others are not at hand
    assert (tmp_path / PAIRWISE).read_bytes() == before


def test_replacing_a_run_drops_its_own_comparisons_alone(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path / "results", runs)
    other = make_run(tmp_path / "other", MODELS[0], seed=9)
    done = add_runs(tmp_path / "results", [other], replace=True)
    block = read_pairwise(tmp_path / "results" / PAIRWISE)["crb-mini"]
    assert done.unknown == 2
    assert not block.known[block.row(*MODELS[:2])]
    assert block.known[block.row(*MODELS[1:])]
    assert block.known[block.row("baselines/coin", MODELS[1])]


def test_what_is_new_on_one_benchmark_is_not_new_on_another(runs: list[Run], tmp_path: Path) -> None:
    results = tmp_path / "results"
    add_runs(results, runs)
    before = read_pairwise(results / PAIRWISE)["crb-mini"]
    elsewhere = make_run(tmp_path / "run", MODELS[1], benchmark="elsewhere")  # where the baselines are new
    add_runs(results, [runs[0], elsewhere])
    np.testing.assert_array_equal(read_pairwise(results / PAIRWISE)["crb-mini"].counts, before.counts)


def test_a_damaged_entry_may_be_replaced(runs: list[Run], tmp_path: Path) -> None:
    add_runs(tmp_path, runs)
    file = entry_path(tmp_path, MODELS[0], "crb-mini")
    file.write_text("{")
    with pytest.raises(DataError):
        add_runs(tmp_path, runs[:1])
    add_runs(tmp_path, runs[:1], replace=True)
    assert read_entry(file).config == runs[0].config


def test_an_overlap_is_of_the_benchmark_of_the_run(runs: list[Run], tmp_path: Path, crb: Callable[..., Any]) -> None:
    overlap = overlap_of(tmp_path)
    results = tmp_path / "results"
    add_runs(results, runs[:1], overlap=overlap)
    file = entry_path(results, MODELS[0], "crb-mini")
    kept = read_entry(file).overlap
    assert kept is not None
    assert kept.model_dump(mode="json") == overlap
    assert validate(results) == []
    sound = json.loads(file.read_text())
    for changes, field in (
        ({"benchmark": "crb"}, "overlap.benchmark"),
        ({"benchmark_hash": "0" * 64}, "overlap.benchmark_hash"),
        ({"items": "many"}, "overlap.items"),
        ({"trainset": "/" + "home/me/train.jsonl"}, "overlap.trainset"),
        ({"trainset": "<script>"}, "overlap.trainset"),
        ({"extra": 1}, "overlap.extra"),
    ):
        wrong = overlap | changes
        with pytest.raises(UsageError, match=re.escape(f"--overlap, field '{field}'")):
            add_runs(tmp_path / "fresh", runs[:1], overlap=wrong)
        write_json(file, sound | {"overlap": wrong})
        assert [fault.field for fault in validate(results) if fault.file == str(file)] == [field]
    assert not (tmp_path / "fresh").exists()
    given = tmp_path / "overlap.json"
    write_json(given, {"summary": overlap | {"benchmark": "crb"}, "items": []})
    left = crb("results", "add", runs[0].path, "--results", tmp_path / "fresh", "--overlap", given)
    assert left.code == 2
    assert "another benchmark" in left.err


def test_an_overlap_fits_an_entry_whose_content_is_not_known(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "someone/model", benchmark_hash="unknown")
    add_runs(tmp_path / "results", [run], overlap=overlap_of(tmp_path))
    with pytest.raises(UsageError, match="another benchmark"):
        add_runs(tmp_path / "others", [run], overlap=overlap_of(tmp_path, benchmark="crb"))
