"""Comparisons: what two or more models made of the same pairs, and what can be said of their difference."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from crb.benchmarks import load_benchmark
from crb.errors import DataError, UsageError
from crb.report.compare import compare_report
from crb.report.compare_intervals import by_pairs, by_prompts
from crb.report.compare_rows import rows_of
from crb.report.compare_source import Compared, compare_runs
from crb.report.formats import write_report
from crb.report.terminal import render
from crb.statistics.comparisons import compare
from crb.statistics.grouping import By
from crb.statistics.mcnemar import mcnemar
from crb.statistics.multiplicity import holm

MARGINS = {"right": 1.0, "wrong": -1.0, "tie": 0.0}


@dataclass(frozen=True)
class Made:
    """As much of a run as a comparison asks for."""

    frame: pd.DataFrame
    config: dict[str, Any]
    fingerprint: str = "0123"
    path: Path = field(default_factory=lambda: Path("runs/made"))

    def pairs(self) -> pd.DataFrame:
        return self.frame


def run(name: str, margins: list[float], *, prompts: str = "none", path: str = "", **config: str) -> Made:
    n = len(margins)
    frame = pd.DataFrame(
        {
            "chosen_score": margins,
            "rejected_score": 0.0,
            "criterion": ["security_hardness" if place % 3 else "functional_correctness" for place in range(n)],
            "language": ["C" if place % 2 else "Python" for place in range(n)],
            "subset": "A",
        },
        index=pd.Index([f"pair-{place}" for place in range(n)], name="id"),
    )
    settings = {"model": name, "benchmark": "mini", "benchmark_hash": "f00", "prompts": prompts} | config
    return Made(frame, settings, path=Path(path or f"runs/{name}"))


@pytest.fixture
def compared() -> Compared:
    """a is right on 90 of 120, b on 60 of those and 6 others, c as a; b ties once."""
    a = [2.0] * 90 + [-1.0] * 30
    b = [1.0] * 60 + [-3.0] * 29 + [0.0] + [4.0] * 6 + [-1.0] * 24
    return compare_runs([run("org/a", a), run("org/b", b), run("org/c", [0.5 * margin for margin in a])])


def records(compared: Compared, **options: Any) -> list[dict[str, Any]]:
    document = json.loads(write_report(compare_report(compared, **options), "json"))
    return document["tables"]["comparisons"]["rows"]


def test_overall_it_says_who_is_better_by_how_much_and_how_surely(compared: Compared) -> None:
    first = records(compared, view="overall")[0]
    assert (first["first"], first["second"], first["n"]) == ("org/a", "org/b", 120)
    assert (first["RW"], first["RU"], first["WR"]) == (29, 1, 6)
    assert first["difference"]["value"] == pytest.approx((30 - 6) / 120)
    assert first["p"] == pytest.approx(float(mcnemar(30, 6)))
    assert first["p_holm"] == pytest.approx(3 * first["p"], abs=1e-9), "one of two equal smallest p-values of three"
    assert first["better"] == "org/a"
    assert first["accuracy_first"] - first["accuracy_second"] == pytest.approx(first["difference"]["value"])


def test_what_cannot_be_told_apart_is_said_to_be_so(compared: Compared) -> None:
    same = next(row for row in records(compared, view="overall") if {row["first"], row["second"]} == {"org/a", "org/c"})
    assert (same["better"], same["p_holm"], same["difference"]["value"]) == (None, 1.0, 0.0)
    table = write_report(compare_report(compared, "overall"), "table")
    assert "A - C" in table
    assert "cannot be told apart" in table
    document = json.loads(write_report(compare_report(compared, "overall"), "json"))
    ranks = [(row["best_rank_strict"], row["worst_rank_strict"]) for row in document["tables"]["models"]["rows"]]
    assert ranks == [(1, 2), (3, 3), (1, 2)]


def test_holm_is_over_all_rows_of_a_grouping(compared: Compared) -> None:
    rows = records(compared, view="criterion")
    assert len(rows) == 2 * 3
    assert [row["p_holm"] for row in rows] == pytest.approx(list(holm(np.array([row["p"] for row in rows]))))


def test_the_overview_has_criteria_languages_and_the_means(compared: Compared) -> None:
    rows = records(compared)
    assert {row["over"] for row in rows} == {"pairs", "criterion-macro"}
    assert {row["criterion"] for row in rows} == {"all", "security_hardness", "functional_correctness"}
    assert {row["language"] for row in rows} == {"all", "C", "Python"}
    macro = next(row for row in rows if row["over"] == "criterion-macro")
    single = [row for row in rows if row["criterion"] != "all" and row["first"] == "org/a" and row["second"] == "org/b"]
    assert macro["difference"]["value"] == pytest.approx(
        np.mean([row["difference"]["value"] for row in single]), abs=1e-5
    )


@pytest.mark.parametrize("kind", ["half", "valid"])
def test_rows_by_group_are_of_the_accuracy_asked_for(compared: Compared, kind: str) -> None:
    assert {row["accuracy"] for row in records(compared, view="language", kind=kind)} == {kind}


@pytest.mark.parametrize("view", ["overview", "overall", "criterion", "language", "subset", "criterion-language"])
def test_every_view_in_every_format_is_written(compared: Compared, view: str) -> None:
    report = compare_report(compared, view, disagreements=2)
    assert "org/b" in write_report(report, "table")
    assert "org/b" in write_report(report, "markdown")
    rows = list(csv.DictReader(io.StringIO(write_report(report, "csv"))))
    assert len(rows) == len(json.loads(write_report(report, "json"))["tables"]["comparisons"]["rows"])
    assert {"difference", "difference_low", "difference_high", "p", "p_holm"} <= set(rows[0])


def test_two_models_fit_80_columns() -> None:
    two = compare_runs([run("org/a", [1.0] * 90 + [-1.0] * 30), run("org/b", [1.0] * 60 + [-3.0] * 60)])
    report = compare_report(two, disagreements=3)
    console = Console(width=80, file=io.StringIO())
    console.print(render(report, width=80), crop=False)
    assert max(len(line) for line in console.file.getvalue().splitlines()) <= 80  # type: ignore[attr-defined]


def test_disagreements_are_listed_surest_first(compared: Compared) -> None:
    report = compare_report(compared, disagreements=5)
    listed = json.loads(write_report(report, "json"))["tables"]["disagreements"]["rows"]
    assert len(listed) == 5
    assert all({"right", "wrong"} <= {row["A"], row["B"], row["C"]} for row in listed)
    # b is surest of the six it alone is right on, but a's margins there are its smallest: both count
    assert {row["id"] for row in listed} <= {f"pair-{place}" for place in range(60, 89)}
    every = json.loads(write_report(compare_report(compared, disagreements=99), "json"))["tables"]["disagreements"]
    assert len(every["rows"]) == 29 + 6, "a tie is no opinion"


def test_the_same_pairs_table_adds_up(compared: Compared) -> None:
    together = json.loads(write_report(compare_report(compared), "json"))["tables"]["together"]["rows"]
    assert (together[0]["right_right"], together[0]["right_wrong"], together[0]["right_undecided"]) == (60, 29, 1)
    for row in together:
        assert sum(count for name, count in row.items() if name not in ("first", "second")) == 120


def test_runs_of_one_model_are_told_apart_by_their_prompts_or_fingerprint() -> None:
    both = compare_runs([run("m", [1.0]), run("m", [1.0], prompts="full")])
    assert list(both.labels.values()) == ["m, prompts none", "m, prompts full"]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([run("a", [1.0])], "1 run to compare"),
        ([run("a", [1.0]), run("b", [1.0], benchmark_hash="beef")], "different benchmarks: benchmark_hash is f00"),
        ([run("a", [1.0], benchmark_hash="unknown"), run("b", [1.0], benchmark="other")], "benchmark is mini"),
        (
            [run("a", [1.0], benchmark_hash="unknown"), run("b", [1.0]), run("c", [1.0], benchmark_hash="beef")],
            "different benchmarks: benchmark_hash is f00",
        ),
        ([run("a", [1.0]), run("a", [1.0])], "a run is given twice"),
    ],
)
def test_what_cannot_be_compared_is_refused(runs: list[Made], message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        compare_runs(runs)
    assert raised.value.todo


def test_other_pairs_are_refused() -> None:
    with pytest.raises(DataError, match="other pairs"):
        compare_runs([run("a", [1.0, 2.0]), run("b", [1.0])])


def test_an_imported_run_is_compared_by_its_ids_and_that_is_said() -> None:
    found = compare_runs([run("a", [1.0] * 60), run("b", [-1.0] * 60, benchmark_hash="unknown")])
    assert "texts of an imported run are not known" in write_report(compare_report(found), "table")


def test_without_samples_disagreements_are_refused_and_the_rest_is_there(compared: Compared) -> None:
    entries = Compared(compared.benchmark, compared.labels, compared.counts)
    assert records(entries) == records(compared)
    with pytest.raises(UsageError, match="without their samples"):
        compare_report(entries, disagreements=1)


def test_the_bootstrap_puts_its_intervals_in_place_and_keeps_the_rest(compared: Compared) -> None:
    intervals = by_pairs(compared)
    rows = rows_of(compared.counts, compare(compared.counts)["strict"], (By.OVERALL, By.CRITERION))
    for before, after in zip(rows, intervals.refine(rows), strict=True):
        assert (after.p, after.difference.value) == (before.p, before.difference.value)
        changed = (after.difference.low, after.difference.high) != (before.difference.low, before.difference.high)
        assert changed == (before.over == "pairs")
    assert "10,000 resamples of the pairs" in intervals.notes[0]


def on_mini() -> Compared:
    items = load_benchmark("crb-mini").items
    runs = []
    for name, seed in (("org/a", 1), ("org/b", 2)):
        margins = np.random.default_rng(seed).normal(0.3, 1, size=len(items))
        frame = run(name, list(margins)).frame.set_axis(pd.Index([item.id for item in items], name="id"))
        runs.append(Made(frame, run(name, [1.0]).config | {"benchmark_hash": load_benchmark("crb-mini").content_hash}))
    return compare_runs(runs)


def test_prompts_are_resampled_where_the_benchmark_is_at_hand() -> None:
    compared = on_mini()
    intervals = by_prompts(compared, "crb-mini")
    prompts = len({item.prompt for item in load_benchmark("crb-mini").items})
    assert f"the {prompts:,} prompts" in intervals.notes[0]
    row = rows_of(compared.counts, compare(compared.counts)["half"], (By.OVERALL,))[0]
    (found,) = intervals.refine([row])
    assert (found.difference.low, found.difference.high) != (row.difference.low, row.difference.high)
    assert found.difference.low == pytest.approx(row.difference.low, abs=0.05)
    usual, resampled = (
        json.loads(write_report(compare_report(compared, intervals=one), "json"))["tables"]["models"]["rows"][0]
        for one in (None, intervals)
    )
    assert resampled["strict"]["value"] == usual["strict"]["value"]
    assert resampled["strict"]["low"] == pytest.approx(usual["strict"]["low"], abs=0.03)
    assert resampled["strict"] != usual["strict"]


def test_prompts_of_another_benchmark_are_refused(compared: Compared) -> None:
    with pytest.raises(UsageError, match="another benchmark"):
        by_prompts(compared, "crb-mini")
