"""The three accuracies and the three ways to be overall, by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crb.errors import DataError
from crb.statistics.accuracy import estimate, overall, with_accuracies
from crb.statistics.cells import COUNTS
from crb.statistics.intervals import mean_of_groups, wilson


def counts(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame([(sum(row), *row) for row in rows], columns=list(COUNTS))


def test_three_accuracies_by_hand() -> None:
    row = with_accuracies(counts((5, 2, 2, 1))).iloc[0]
    assert row["strict"] == 0.5  # 5 of 10
    assert row["half"] == 0.65  # (5 + 3/2) of 10
    assert row["valid"] == pytest.approx(5 / 7)
    assert (row["tie_rate"], row["invalid_rate"]) == (0.2, 0.1)
    # Wilson at 5 of 10 and at 5 of 7, with z = 1.959964 (scipy gives the same)
    assert (row["strict_low"], row["strict_high"]) == pytest.approx((0.236593, 0.763407), abs=1e-6)
    assert (row["valid_low"], row["valid_high"]) == pytest.approx((0.358934, 0.917781), abs=1e-6)
    # half: m(1-m) = 0.2275, var = (5 + 3/4)/10 - 0.65^2 = 0.1525, so Wilson at n_eff = 10 * 0.2275 / 0.1525 = 14.918
    assert (row["half_low"], row["half_high"]) == pytest.approx((0.401271, 0.837297), abs=1e-6)


def test_without_ties_the_three_are_one() -> None:
    row = with_accuracies(counts((30, 10, 0, 0))).iloc[0]
    for limit in ("", "_low", "_high"):
        assert row[f"strict{limit}"] == row[f"half{limit}"] == row[f"valid{limit}"]


def test_all_ties_are_worth_nothing_half_and_unknown() -> None:
    row = with_accuracies(counts((0, 0, 8, 0))).iloc[0]
    assert (row["strict"], row["half"]) == (0.0, 0.5)
    assert math.isnan(row["valid"])
    assert estimate(row, "valid").value is None
    assert row["half_low"] < 0.5 < row["half_high"], "identical credits must not give a certain answer"


def test_no_pairs_have_no_accuracy() -> None:
    row = with_accuracies(counts((0, 0, 0, 0))).iloc[0]
    assert all(math.isnan(row[column]) for column in ("strict", "strict_low", "half", "valid", "tie_rate"))


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (counts((1, 1, 0, 0), (1, 1, 0, 0)).assign(n=[2, 3]), "n is not right"),
        (counts((3, 1, 0, 0), (3, -1, 0, 0)), "negative"),
    ],
)
def test_counts_that_do_not_add_up_are_refused(broken: pd.DataFrame, what: str) -> None:
    with pytest.raises(DataError, match=what) as raised:
        with_accuracies(broken)
    assert raised.value.row == 2


@pytest.fixture
def two_criteria() -> pd.DataFrame:
    frame = counts((90, 10, 0, 0), (1, 1, 2, 0), (0, 0, 6, 0))
    frame["criterion"] = ["functional_correctness", "security_hardness", "security_hardness"]
    return frame.assign(language="C", subset=["A", "B", "C"])


def test_overall_three_ways_by_hand(two_criteria: pd.DataFrame) -> None:
    found = overall(two_criteria)
    assert found["micro"]["strict"].value == pytest.approx(91 / 110)
    assert found["criterion_macro"]["strict"].value == pytest.approx((0.9 + 0.1) / 2)
    assert found["subset_macro"]["strict"].value == pytest.approx((0.9 + 0.25 + 0.0) / 3)
    assert found["subset_macro"]["half"].value == pytest.approx((0.9 + 0.5 + 0.5) / 3)
    assert found["micro"]["strict"].groups is None
    assert found["criterion_macro"]["strict"].groups == 2


def test_a_group_without_a_decided_pair_is_left_out_of_valid_and_counted(two_criteria: pd.DataFrame) -> None:
    valid = overall(two_criteria)["subset_macro"]["valid"]
    assert valid.value == pytest.approx((0.9 + 0.5) / 2)
    assert valid.groups == 2
    assert overall(two_criteria)["subset_macro"]["strict"].groups == 3


def test_the_macro_of_one_group_is_its_micro(two_criteria: pd.DataFrame) -> None:
    found = overall(two_criteria.assign(criterion="security_hardness"))
    for kind in ("strict", "half", "valid"):
        assert found["criterion_macro"][kind].as_json() == found["micro"][kind].as_json() | {"groups": 1}


def test_nothing_has_no_overall() -> None:
    empty = counts().assign(criterion=[], language=[], subset=[])
    found = overall(empty)
    assert found["micro"]["strict"].value is None
    assert found["subset_macro"]["valid"].value is None


def test_a_group_of_a_single_pair_counts_like_any_other() -> None:
    frame = counts((1, 0, 0, 0), (1, 3, 0, 0)).assign(criterion=["a", "b"], language="C", subset="S")
    for kind, found in overall(frame)["criterion_macro"].items():
        assert (kind, found.value, found.groups) == (kind, 0.625, 2)
        assert (found.low, found.high) == pytest.approx(mean_of_groups([1.0, 0.25], [1, 4]))


@pytest.mark.parametrize("confidence", [0.5, 0.99])
def test_the_confidence_asked_for_reaches_every_interval(two_criteria: pd.DataFrame, confidence: float) -> None:
    found = overall(two_criteria, confidence)
    micro, macro = found["micro"]["strict"], found["criterion_macro"]["strict"]
    assert (micro.low, micro.high) == pytest.approx(tuple(map(float, wilson(91 / 110, 110, confidence))))
    assert (macro.low, macro.high) == pytest.approx(mean_of_groups([0.9, 0.1], [100, 10], confidence))


def test_counts_without_a_column_are_refused_with_its_name() -> None:
    with pytest.raises(DataError, match=r"cells\(pairs\)") as raised:
        with_accuracies(counts((1, 1, 0, 0)).drop(columns="tie"))
    assert raised.value.field == "tie"
    with pytest.raises(DataError, match=r"count again with `cells\(pairs\)`"):
        with_accuracies(counts((1, -1, 0, 0)))
