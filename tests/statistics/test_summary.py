"""The results document: the published layout by hand, and the section of ours below it."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crb.statistics.estimates import Estimate
from crb.statistics.resolution import resolution
from crb.statistics.summary import SCHEMA_VERSION, summarise

COLUMNS = ["criterion", "language", "subset", "chosen_score", "rejected_score", "chosen_status", "rejected_status"]
ROWS = [
    ("functional_correctness", "Python", "A", 3.0, 1.0, "ok", "ok"),
    ("functional_correctness", "C", "A", 1.0, 2.0, "truncated", "ok"),
    ("security_hardness", "C", "B", 1.0, 1.0, "ok", "ok"),
    ("security_hardness", "C", None, 9.0, float("nan"), "ok", "unparsed"),
    (None, "C", "B", float("nan"), float("nan"), None, "error"),
    ("style", "C", "B", 2.0, 1.5, "ok", "ok"),
]


@pytest.fixture
def pairs() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS, index=pd.Index([f"p{i}" for i in range(len(ROWS))], name="id"))


def test_the_published_part_by_hand(pairs: pd.DataFrame) -> None:
    document = summarise(pairs)
    assert document["overall"] == {
        "accuracy": 0.3333,
        "total_examples": 6,
        "correct_predictions": 2,
        # over the four pairs with two scores: 2, -1, 0, 0.5
        "mean_score_difference": 0.375,
        "median_score_difference": 0.25,
        "std_score_difference": 1.25,
    }
    assert document["by_aspect"] == {
        "Functional_Correctness": {"accuracy": 0.5, "count": 2},
        "Security_Hardness": {"accuracy": 0.0, "count": 2},
        "style": {"accuracy": 1.0, "count": 1},
        "(none)": {"accuracy": 0.0, "count": 1},
    }
    assert document["by_language"] == {"C": {"accuracy": 0.2, "count": 5}, "Python": {"accuracy": 1.0, "count": 1}}
    assert list(document["by_subset"]) == ["A", "B", "(none)"]


def test_our_part_by_hand(pairs: pd.DataFrame) -> None:
    section = summarise(pairs)["crb"]
    assert section["schema_version"] == SCHEMA_VERSION
    assert section["counts"] == {"n": 6, "right": 2, "wrong": 1, "tie": 1, "invalid": 2}
    assert (section["tie_rate"], section["invalid_rate"]) == (0.166667, 0.333333)
    assert section["overall"]["micro"]["strict"]["value"] == 0.333333
    assert section["overall"]["micro"]["half"]["value"] == 0.583333
    assert section["overall"]["micro"]["valid"]["value"] == 0.666667
    macro = section["overall"]["criterion_macro"]["strict"]
    assert (macro["value"], macro["groups"]) == (0.375, 4)  # (1/2 + 0/2 + 1/1 + 0/1) / 4
    assert section["overall"]["criterion_macro"]["valid"]["groups"] == 2
    for kind in ("strict", "half", "valid"):
        estimate = section["overall"]["micro"][kind]
        assert estimate["low"] < estimate["value"] < estimate["high"]


def test_statuses_are_counted_per_side(pairs: pd.DataFrame) -> None:
    statuses = summarise(pairs)["crb"]["statuses"]
    none = {"ok": 0, "truncated": 0, "unparsed": 0, "out_of_range": 0, "error": 0}
    assert statuses["chosen"] == none | {"ok": 4, "truncated": 1, "missing": 1}
    assert statuses["rejected"] == none | {"ok": 4, "unparsed": 1, "error": 1}


def test_cells_carry_counts_and_estimates_and_absent_names_are_null(pairs: pd.DataFrame) -> None:
    cells = summarise(pairs)["crb"]["cells"]
    assert len(cells) == 6
    unnamed = cells[-1]
    assert (unnamed["criterion"], unnamed["language"], unnamed["subset"]) == (None, "C", "B")
    assert unnamed["valid"] == {"value": None, "low": None, "high": None}
    assert (unnamed["n"], unnamed["invalid"], unnamed["invalid_rate"]) == (1, 1, 1.0)


def test_roll_ups_agree_with_the_published_part(pairs: pd.DataFrame) -> None:
    document = summarise(pairs)
    for row, published in zip(document["crb"]["by_language"], document["by_language"].values(), strict=True):
        assert round(row["strict"]["value"], 4) == published["accuracy"]
        assert row["n"] == published["count"]


def test_too_few_scores_for_a_statistic_are_null(pairs: pd.DataFrame) -> None:
    one = summarise(pairs.iloc[:1])["overall"]
    assert (one["mean_score_difference"], one["std_score_difference"]) == (2.0, None)
    nothing = summarise(pairs.iloc[:0])
    assert nothing["overall"]["accuracy"] is None
    assert nothing["overall"]["median_score_difference"] is None
    assert nothing["crb"]["overall"]["micro"]["strict"] == {"value": None, "low": None, "high": None}


def test_the_document_has_these_parts_and_no_others(pairs: pd.DataFrame) -> None:
    document = summarise(pairs)
    assert list(document) == ["overall", "by_aspect", "by_language", "by_subset", "crb"]
    section = document["crb"]
    assert set(section) == {
        *("schema_version", "confidence", "counts", "tie_rate", "invalid_rate", "resolution", "overall", "statuses"),
        *("by_criterion", "by_language", "by_subset", "by_criterion_language", "cells"),
    }
    assert section["confidence"] == 0.95
    estimates = {"n", "right", "wrong", "tie", "invalid", "strict", "half", "valid", "tie_rate", "invalid_rate"}
    names = {"criterion", "language", "subset"}
    for part, columns in {
        "by_criterion": {"criterion"},
        "by_language": {"language"},
        "by_subset": {"subset"},
        "by_criterion_language": {"criterion", "language"},
        "cells": names,
    }.items():
        assert all(set(row) == estimates | columns for row in section[part]), part
        assert sum(row["n"] for row in section[part]) == 6


def test_what_a_judge_tells_is_taken_over_as_it_is(pairs: pd.DataFrame) -> None:
    assert summarise(pairs, judge={"calls": 7})["crb"]["judge"] == {"calls": 7}


def test_the_resolution_by_hand(pairs: pd.DataFrame) -> None:
    # 3 1 9 2 of the chosen, 1 2 1 1.5 of the rejected and a 1 that ties: 1 three times, 2 twice
    section = summarise(pairs)["crb"]["resolution"]
    assert section == {"scores": 9, "distinct": 5, "share": 0.555556, "commonest": 0.444444}
    nothing = {"scores": 0, "distinct": 0, "share": None, "commonest": None}
    assert summarise(pairs.iloc[:0])["crb"]["resolution"] == nothing
    assert resolution(pairs.iloc[2:3]) == {"scores": 2, "distinct": 1, "share": 0.5, "commonest": 1.0}


@pytest.mark.filterwarnings("error")  # a warning would stand in the middle of a table
def test_scores_at_the_limits_of_numbers_give_null(pairs: pd.DataFrame) -> None:
    apart = pairs.assign(chosen_score=[1e308, 1e308, -1e308] * 2, rejected_score=[-1e308, -1e308, 1e308] * 2)
    found = summarise(apart.assign(chosen_status="ok", rejected_status="ok"))["overall"]
    assert [found[f"{name}_score_difference"] for name in ("mean", "median", "std")] == [None] * 3
    assert found["correct_predictions"] == 4


def test_an_estimate_is_rounded_and_a_value_may_lack_its_limits() -> None:
    assert Estimate.of(1 / 3, 0.1, 2 / 3, groups=2).as_json() == {
        "value": 0.333333,
        "low": 0.1,
        "high": 0.666667,
        "groups": 2,
    }
    assert Estimate.of(1 / 3, 0.1, 2 / 3).as_json(2) == {"value": 0.33, "low": 0.1, "high": 0.67}
    for low, high in ((math.nan, 0.5), (0.1, math.nan)):
        assert Estimate.of(0.25, low, high, groups=3) == Estimate(0.25, None, None, 3)
    assert Estimate.of(math.nan, 0.1, 0.5, groups=0) == Estimate(None, None, None, 0)
