"""Paired counts: six integers per couple of models and group, and everything that follows from them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from crb.errors import DataError
from crb.statistics.grouping import By
from crb.statistics.matrix import count_frames, group_key, group_name, groups_of, outcome_matrix
from crb.statistics.paired import DISCORDANT, PairedCounts, couples, paired_counts, tables, totals

UNHURRIED = settings(deadline=None, max_examples=60)
MATRICES = hnp.arrays(np.int8, st.tuples(st.integers(1, 6), st.integers(0, 30)), elements=st.integers(0, 2))
NAMES = "abcdef"


def plain_counts(first: np.ndarray, second: np.ndarray) -> list[int]:
    seen = Counter("RUW"[i] + "RUW"[j] for i, j in zip(first, second, strict=True))
    return [seen[kind] for kind in DISCORDANT]


@UNHURRIED
@given(MATRICES, st.integers(0, 2**32 - 1))
def test_the_counts_are_those_of_counting_pair_by_pair(outcomes: np.ndarray, seed: int) -> None:
    members = np.random.default_rng(seed).random((3, outcomes.shape[1])) < 0.5
    found = tables(outcomes, members)
    for place, (i, j) in enumerate(zip(*couples(len(outcomes)), strict=True)):
        for group, inside in enumerate(members):
            assert found[place, group].tolist() == plain_counts(outcomes[i, inside], outcomes[j, inside])


@UNHURRIED
@given(MATRICES)
def test_the_whole_table_adds_up_and_its_margins_are_the_models_own_counts(outcomes: np.ndarray) -> None:
    counts = paired_counts(tuple(NAMES[: len(outcomes)]), outcomes)
    whole = counts.full()
    first, second = couples(len(outcomes))
    assert (whole.sum(axis=(2, 3)) == outcomes.shape[1]).all()
    assert (whole.sum(axis=3) == totals(outcomes)[first]).all()
    assert (whole.sum(axis=2) == totals(outcomes)[second]).all()
    assert counts.n.tolist() == [outcomes.shape[1]]


@UNHURRIED
@given(MATRICES, st.randoms())
def test_the_order_of_the_pairs_does_not_matter(outcomes: np.ndarray, random: object) -> None:
    order = list(range(outcomes.shape[1]))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert (tables(outcomes) == tables(outcomes[:, order])).all()


@UNHURRIED
@given(MATRICES)
def test_swapping_two_models_mirrors_their_table(outcomes: np.ndarray) -> None:
    there = paired_counts(tuple(NAMES[: len(outcomes)]), outcomes).full()
    back = paired_counts(tuple(NAMES[: len(outcomes)]), outcomes[::-1].copy()).full()
    place = {couple: number for number, couple in enumerate(zip(*map(list, couples(len(outcomes))), strict=True))}
    last = len(outcomes) - 1
    for (i, j), number in place.items():
        assert (there[number, 0] == back[place[last - j, last - i], 0].T).all()


def test_counts_that_no_pairs_can_have_are_refused() -> None:
    outcomes = np.array([[0, 0, 2], [2, 0, 0]], dtype=np.int8)
    good = paired_counts(("a", "b"), outcomes)
    for counts in (good.counts + 1, -good.counts, good.counts[:, :, :5]):
        with pytest.raises(DataError):
            PairedCounts(good.models, good.groups, good.totals, counts)
    with pytest.raises(DataError):
        PairedCounts(("a", "a"), good.groups, good.totals, good.counts)
    with pytest.raises(DataError, match="codes"):
        tables(np.array([[3]], dtype=np.int8))


def frame(ids: str, scores: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "chosen_score": scores,
            "rejected_score": 0.0,
            "criterion": ["security_hardness", "functional_correctness", None][: len(ids)],
            "language": "C",
            "subset": list("xyz")[: len(ids)],
        },
        index=pd.Index(list(ids), name="id"),
    )


def test_frames_are_aligned_by_id_and_ties_and_invalid_pairs_are_undecided() -> None:
    there, back = frame("pqr", [1.0, 0.0, float("nan")]), frame("rqp", [-1.0, 1.0, 1.0])
    assert outcome_matrix({"a": there, "b": back}).tolist() == [[0, 1, 1], [0, 0, 2]]
    counts = count_frames({"a": there, "b": back}, ["overall", "criterion"])
    assert counts.groups == ("overall", "criterion:functional_correctness", "criterion:security_hardness", "criterion:")
    assert counts.counts[0, :, DISCORDANT.index("UR")].tolist() == [1, 1, 0, 0]
    assert counts.counts[0, :, DISCORDANT.index("UW")].tolist() == [1, 0, 0, 1]


def test_other_pairs_are_refused_with_an_example() -> None:
    with pytest.raises(DataError, match="b has other pairs than a: 1 are missing and 1 more") as raised:
        outcome_matrix({"a": frame("pq", [1.0, 1.0]), "b": frame("pr", [1.0, 1.0])})
    assert "id q" in str(raised.value)


def test_every_grouping_holds_every_pair_once() -> None:
    names, members = groups_of(frame("pqr", [1.0, 0.0, 0.0]), ["overall", "criterion", "criterion-language", "subset"])
    assert members.sum() == 4 * 3
    assert names[-1] == "subset:z"
    assert "criterion-language:security_hardness/C" in names


def counted(totals: list[list[int]], counts: list[int], groups: tuple[str, ...] = ("overall",)) -> PairedCounts:
    names = tuple(NAMES[: len(totals)])
    couples_of = len(totals) * (len(totals) - 1) // 2
    shape = (couples_of, 1, 6)
    return PairedCounts(names, groups, np.array(totals)[:, None], np.array(counts).reshape(shape))


@pytest.mark.parametrize(
    ("totals", "counts"),
    [
        ([[1, 1, 0], [1, 1, 0]], [2, 0, 2, 0, 0, 0]),  # more pairs on which they differ than there are
        ([[1, 1, 0], [1, 1, 0]], [-1, 0, -1, 0, 0, 0]),
        ([[1, 1, 0], [1, 2, 0]], [0, 0, 0, 0, 0, 0]),  # one has answered a pair more
        ([[3, -1, 0]], []),
    ],
)
def test_counts_of_no_pairs_are_refused_with_the_next_step(totals: list[list[int]], counts: list[int]) -> None:
    with pytest.raises(DataError, match="do not add up to the same pairs") as raised:
        counted(totals, counts)
    assert raised.value.todo == "count again with paired_counts(...)"


@pytest.mark.parametrize("field", ["models", "groups", "totals", "counts"])
def test_counts_of_another_shape_are_refused_by_name(field: str) -> None:
    good = counted([[2, 1, 0], [1, 2, 0]], [1, 0, 0, 0, 0, 0])
    parts = {name: getattr(good, name) for name in ("models", "groups", "totals", "counts")}
    wrong = {"models": ("a", "a"), "groups": ("x", "x"), "totals": good.totals[:, 0], "counts": good.counts[..., :5]}
    with pytest.raises(DataError, match=f"^{field} have shape") as raised:
        PairedCounts(**{**parts, field: wrong[field]})
    assert (raised.value.field, raised.value.todo) == (field, "count again with paired_counts(...)")


def test_outcomes_and_members_of_another_shape_are_refused_by_name() -> None:
    codes = np.zeros((2, 3), dtype=np.int8)
    for outcomes, members, field in (
        (codes[0], None, "outcomes"),
        (codes - 1, None, "outcomes"),
        (codes, np.ones(3, dtype=bool), "members"),
        (codes, np.ones((1, 4), dtype=bool), "members"),
    ):
        for count in (tables, totals):
            with pytest.raises(DataError) as raised:
                count(outcomes, members)
            assert raised.value.field == field


def test_a_frame_with_more_pairs_is_refused_and_none_at_all_are_no_matrix() -> None:
    with pytest.raises(DataError, match="0 are missing and 1 more") as raised:
        outcome_matrix({"a": frame("pq", [1.0, 1.0]), "b": frame("pqr", [1.0, 1.0, 1.0])})
    assert (raised.value.field, raised.value.todo) == ("id r", "compare models on the same benchmark")
    assert outcome_matrix({}).shape == (0, 0)
    names, members = groups_of(frame("", []), [])
    assert (names, members.shape) == ((), (0, 0))


@pytest.mark.parametrize(
    ("by", "key", "name"),
    [
        (By.OVERALL, (), "overall"),
        (By.CRITERION, ("security_hardness",), "criterion:security_hardness"),
        (By.LANGUAGE, (None,), "language:"),
        (By.SUBSET, ("a/b:c",), "subset:a/b:c"),
        (By.CRITERION_LANGUAGE, ("style", "C"), "criterion-language:style/C"),
        (By.CELL, ("style", None, "a/b"), "cell:style//a/b"),
    ],
)
def test_the_name_of_a_group_says_what_is_in_it(by: By, key: tuple[str | None, ...], name: str) -> None:
    assert group_name(by, key) == name
    assert group_key(name) == (by, key)


def test_a_board_is_grouped_by_criterion_language_and_subset() -> None:
    counts = count_frames({"a": frame("pq", [1.0, 1.0])})
    kinds = ["overall", "criterion:functional_correctness", "criterion:security_hardness", "language:C"]
    assert counts.groups == (*kinds, "subset:x", "subset:y")
    assert counts.n.tolist() == [2, 1, 1, 2, 1, 1]
    assert {str(part.dtype) for part in (counts.n, counts.totals, counts.counts, counts.full())} == {"int64"}
