"""Tables by criterion, language, subset and cell, as values."""

from __future__ import annotations

from typing import Any

import pytest

from crb.report.build import build
from crb.report.names import label
from crb.report.neutral import Column, Figure, Label, Table
from crb.report.table import data_by, table_by
from crb.statistics.cells import cells
from crb.statistics.grouping import By


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("criterion", [("Functional correctness",), ("Security hardness",)]),
        ("language", [("C",), ("Python",)]),
        ("subset", [("A",), ("B",)]),
        ("cell", [("Functional", "C", "A"), ("Functional", "Python", "A"), ("Security", "Python", "B")]),
    ],
)
def test_a_row_per_group_and_all_pairs_below(run: Any, view: str, names: list[tuple[str, ...]]) -> None:
    (table,) = build(run, view).tables
    width = len(names[0])
    found = [tuple(value.text for value in row[:width] if isinstance(value, Label)) for row in table.rows]
    assert found == names
    assert [row[width] for row in table.totals] == [140]
    assert sum(row[width] for row in table.rows if isinstance(row[width], int)) == 140


@pytest.mark.parametrize(("key", "shown"), [("CSharp", "C#"), ("Cpp", "C++"), ("Go", "Go"), ("Rust", "Rust")])
def test_people_read_a_languages_own_name_and_machines_the_data_sets(key: str, shown: str) -> None:
    assert label("language", key) == Label(key, shown)
    assert label("subset", key) == Label(key, key)


def test_figures_of_a_row_by_hand(run: Any) -> None:
    row = table_by(cells(run.frame), By.SUBSET).rows[1]  # B: 20 right, 5 wrong, 4 ties, 1 invalid
    n, strict, half, valid, ties, invalid = row[1:]
    assert n == 30
    figures = [value for value in (strict, half, valid, ties, invalid) if isinstance(value, Figure)]
    assert [figure.estimate.value for figure in figures] == pytest.approx([20 / 30, 22.5 / 30, 0.8, 4 / 30, 1 / 30])
    assert [figure.few for figure in figures] == [True, False, False, False, False], "the mark stands once in a row"


def test_the_machines_table_has_counts_and_the_data_sets_names(run: Any) -> None:
    table = data_by(cells(run.frame), By.CRITERION)
    assert [column.key for column in table.columns][:6] == ["criterion", "n", "right", "wrong", "tie", "invalid"]
    assert table.rows[1][:6] == (Label("security_hardness", "Security hardness"), 30, 20, 5, 4, 1)


def test_margins_add_over_the_columns_that_say_all(run: Any) -> None:
    margins = (By.CRITERION, By.LANGUAGE, By.OVERALL)
    table = data_by(cells(run.frame), By.CRITERION_LANGUAGE, margins=margins)
    found = [tuple(value.value for value in row[:2] if isinstance(value, Label)) for row in table.totals]
    assert found == [
        ("functional_correctness", "all"),
        ("security_hardness", "all"),
        ("all", "C"),
        ("all", "Python"),
        ("all", "all"),
    ]
    assert [row[2] for row in table.totals] == [110, 30, 20, 120, 140]


def test_a_row_that_does_not_fit_its_columns_is_a_defect() -> None:
    with pytest.raises(ValueError, match="a row of 2 values under 1 columns"):
        Table("t", "T", (Column("a", "a"),), ((1, 2),))
