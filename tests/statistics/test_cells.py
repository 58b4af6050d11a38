"""Counts per cell: by hand, in canonical order, nothing dropped."""

from __future__ import annotations

import pandas as pd
import pytest

from crb.errors import DataError
from crb.statistics.cells import cells, roll_up
from crb.statistics.grouping import By

ROWS = [  # criterion, language, subset, chosen, rejected
    ("security_hardness", "Python", "B", 1.0, 0.0),
    ("security_hardness", "Python", "B", 0.0, 1.0),
    ("security_hardness", "C", "B", 1.0, 1.0),
    ("functional_correctness", "Python", "A", 1.0, float("nan")),
    ("functional_correctness", "Python", "A", 2.0, 1.0),
    (None, "Python", "A", 2.0, 1.0),
    ("style", "Zig", None, 2.0, 1.0),
    ("elegance", "Ruby", "A", 2.0, 1.0),
]


@pytest.fixture
def pairs() -> pd.DataFrame:
    columns = ["criterion", "language", "subset", "chosen_score", "rejected_score"]
    return pd.DataFrame(ROWS, columns=columns, index=pd.Index([f"p{i}" for i in range(len(ROWS))], name="id"))


def test_cells_by_hand_in_canonical_order(pairs: pd.DataFrame) -> None:
    found = [tuple(row) for row in cells(pairs).itertuples(index=False, name=None)]
    assert found == [
        # criterion, language, subset, n, right, wrong, tie, invalid
        ("functional_correctness", "Python", "A", 2, 1, 0, 0, 1),
        ("security_hardness", "C", "B", 1, 0, 0, 1, 0),  # the vocabulary puts C before Python
        ("security_hardness", "Python", "B", 2, 1, 1, 0, 0),
        ("elegance", "Ruby", "A", 1, 1, 0, 0, 0),  # then names of their own, alphabetically
        ("style", "Zig", None, 1, 1, 0, 0, 0),
        (None, "Python", "A", 1, 1, 0, 0, 0),  # no name comes last
    ]


@pytest.mark.parametrize(
    ("by", "names", "n"),
    [
        ("overall", [()], [8]),
        ("criterion", [("functional_correctness",), ("security_hardness",), ("elegance",), ("style",), (None,)], None),
        ("language", [("C",), ("Python",), ("Ruby",), ("Zig",)], [1, 5, 1, 1]),
        ("subset", [("A",), ("B",), (None,)], [4, 3, 1]),
    ],
)
def test_roll_ups_by_hand(pairs: pd.DataFrame, by: str, names: list[tuple[str | None, ...]], n: list[int]) -> None:
    found = roll_up(cells(pairs), by)
    assert [tuple(row) for row in found[list(By(by).columns)].to_numpy().tolist()] == names
    assert n is None or list(found["n"]) == n


def test_criterion_by_language_keeps_the_two_apart(pairs: pd.DataFrame) -> None:
    found = roll_up(cells(pairs), By.CRITERION_LANGUAGE)
    assert list(found.columns[:2]) == ["criterion", "language"]
    assert len(found) == 6


def test_rolling_up_to_cells_is_the_identity(pairs: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(roll_up(cells(pairs), By.CELL), cells(pairs))


def test_absent_names_are_none_and_counts_are_integers(pairs: pd.DataFrame) -> None:
    found = cells(pairs)
    assert found["criterion"].iloc[-1] is None
    assert found["subset"].iloc[-2] is None
    assert {str(found[column].dtype) for column in ("n", "right", "wrong", "tie", "invalid")} == {"int64"}


def test_a_column_without_any_name_is_one_group(pairs: pd.DataFrame) -> None:
    found = roll_up(cells(pairs.assign(language=None)), By.LANGUAGE)
    assert found[["language", "n"]].to_dict("records") == [{"language": None, "n": 8}]


def test_no_pairs_are_no_cells_and_an_overall_of_zero(pairs: pd.DataFrame) -> None:
    found = cells(pairs.iloc[:0])
    assert found.empty
    assert list(roll_up(found, By.OVERALL).iloc[0]) == [0, 0, 0, 0, 0]
    assert roll_up(found, By.CRITERION).empty


def test_a_roll_up_by_something_else_is_refused(pairs: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="colour"):
        roll_up(cells(pairs), "colour")
    with pytest.raises(DataError, match="tie"):
        roll_up(cells(pairs).drop(columns="tie"), By.LANGUAGE)


def test_a_missing_column_is_named_with_the_next_step(pairs: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"cells\(pairs\)") as raised:
        roll_up(cells(pairs).drop(columns="language"), By.CRITERION_LANGUAGE)
    assert raised.value.field == "language"
