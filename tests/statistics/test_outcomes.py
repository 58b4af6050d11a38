"""The vectorised outcomes agree with the definition, and a frame that is not a pairs frame is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crb.errors import DataError
from crb.readings import Reading, outcome
from crb.statistics.outcomes import outcomes
from crb.statistics.pairs import scores, statuses
from crb.vocabulary import Outcome, Status

SCORES = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.0, -0.0, 0.5, 1.0, 5e-324]))
READINGS = st.one_of(
    st.none(),
    st.builds(Reading.of, SCORES, truncated=st.booleans()),
    st.sampled_from([Reading(status) for status in Status if not status.scored]),
)


def frame(pairs: list[tuple[Reading | None, Reading | None]]) -> pd.DataFrame:
    columns: dict[str, list[object]] = {"criterion": [None] * len(pairs), "language": [None] * len(pairs)}
    columns["subset"] = [None] * len(pairs)
    for place, side in enumerate(("chosen", "rejected")):
        readings = [pair[place] for pair in pairs]
        columns[f"{side}_score"] = [float("nan") if r is None or r.score is None else r.score for r in readings]
        columns[f"{side}_status"] = [None if r is None else r.status.value for r in readings]
    found = pd.DataFrame(columns, index=pd.Index([f"pair-{i}" for i in range(len(pairs))], name="id"))
    return found.astype({"chosen_score": "float64", "rejected_score": "float64"})


@settings(deadline=None)
@given(st.lists(st.tuples(READINGS, READINGS), max_size=20))
def test_agrees_with_the_definition_for_one_pair(pairs: list[tuple[Reading | None, Reading | None]]) -> None:
    assert list(outcomes(frame(pairs))) == [outcome(chosen, rejected).value for chosen, rejected in pairs]


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("side", ["chosen_score", "rejected_score"])
def test_a_score_that_is_not_finite_is_invalid_whatever_its_status_says(side: str, score: float) -> None:
    pairs = frame([(Reading.of(1.0), Reading.of(0.0))])
    pairs[side] = score
    assert list(outcomes(pairs)) == [Outcome.INVALID]


def test_a_score_under_a_status_that_carries_none_is_invalid() -> None:
    pairs = frame([(Reading.of(9.0), Reading.of(0.0))]).assign(chosen_status="out_of_range")
    assert list(outcomes(pairs)) == [Outcome.INVALID]


def test_without_status_columns_a_missing_score_is_invalid_and_the_rest_is_compared() -> None:
    pairs = frame([(Reading.of(1.0), Reading.of(0.0)), (Reading(Status.ERROR), Reading.of(0.0))])
    bare = pairs.drop(columns=["chosen_status", "rejected_status"])
    assert list(outcomes(bare)) == [Outcome.RIGHT, Outcome.INVALID]


def test_the_frame_itself_is_left_alone_and_its_order_kept() -> None:
    pairs = frame([(Reading.of(0.0), Reading.of(1.0)), (Reading.of(1.0), Reading.of(0.0))]).iloc[::-1]
    before = pairs.copy(deep=True)
    found = outcomes(pairs)
    pd.testing.assert_frame_equal(pairs, before)
    assert found.to_dict() == {"pair-1": "right", "pair-0": "wrong"}


def test_an_empty_frame_has_no_outcomes() -> None:
    assert outcomes(frame([])).empty


@pytest.mark.parametrize("column", ["chosen_score", "rejected_score", "criterion", "language", "subset"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(DataError) as raised:
        outcomes(frame([(None, None)]).drop(columns=column))
    assert raised.value.field == column


def test_the_data_sets_own_word_for_criterion_is_recognised() -> None:
    with pytest.raises(DataError, match="rename the column `aspect` to `criterion`"):
        outcomes(frame([(None, None)]).rename(columns={"criterion": "aspect"}))


def test_a_repeated_id_is_named_with_its_row() -> None:
    pairs = frame([(None, None)] * 3)
    pairs.index = pd.Index(["a", "b", "a"], name="id")
    with pytest.raises(DataError, match="'a' appears twice") as raised:
        outcomes(pairs)
    assert (raised.value.row, raised.value.field) == (3, "id")


def test_an_unknown_status_is_named_with_its_row() -> None:
    pairs = frame([(Reading.of(1.0), Reading.of(0.0))] * 2)
    pairs["rejected_status"] = ["ok", "fine"]
    with pytest.raises(DataError, match="unknown status 'fine'") as raised:
        outcomes(pairs)
    assert (raised.value.row, raised.value.field) == (2, "rejected_status")


def test_a_score_that_is_text_is_refused_and_not_read_as_unscored() -> None:
    pairs = frame([(Reading.of(1.0), Reading.of(0.0))] * 2).astype({"chosen_score": "object"})
    pairs["chosen_score"] = [1.0, "high"]
    with pytest.raises(DataError, match="'high' is not a number") as raised:
        outcomes(pairs)
    assert (raised.value.row, raised.value.field) == (2, "chosen_score")


def test_without_status_columns_the_status_follows_from_the_score() -> None:
    pairs = frame([(Reading.of(1.0), Reading.of(0.0))] * 3).drop(columns=["chosen_status", "rejected_status"])
    pairs["chosen_score"] = [1.0, float("inf"), float("nan")]
    assert statuses(pairs, "chosen").tolist() == ["ok", "error", "unparsed"]


def test_a_reading_that_was_never_taken_is_missing() -> None:
    assert statuses(frame([(None, Reading.of(0.0))]), "chosen").tolist() == ["missing"]


def test_scores_of_pandas_own_kind_and_numbers_in_text_are_read() -> None:
    pairs = frame([(Reading.of(1.0), Reading.of(0.0))] * 2)
    assert scores(pairs.assign(chosen_score=pd.array([2.5, None], dtype="Float64")), "chosen")[0] == 2.5
    assert np.isnan(scores(pairs.assign(chosen_score=pd.array([2.5, None], dtype="Float64")), "chosen")[1])
    assert scores(pairs.assign(chosen_score=["2.5", "-1"]), "chosen").tolist() == [2.5, -1.0]


@pytest.mark.parametrize(
    ("change", "todo"),
    [
        (lambda pairs: pairs.drop(columns="subset"), "add the column 'subset'"),
        (lambda pairs: pairs.drop(columns="criterion"), "add the column 'criterion'"),
        (lambda pairs: pairs.drop(columns="subset").assign(aspect="x"), "add the column 'subset'"),
        (lambda pairs: pairs.set_index(pd.Index(["a", "a"])), "keep one row per pair"),
        (lambda pairs: pairs.assign(chosen_status="fine"), "use one of ok, "),
        (lambda pairs: pairs.assign(chosen_score=["1", "x"]), "give a number"),
    ],
)
def test_every_refusal_says_what_to_do(change: Callable[[pd.DataFrame], pd.DataFrame], todo: str) -> None:
    with pytest.raises(DataError) as raised:
        outcomes(change(frame([(Reading.of(1.0), Reading.of(0.0))] * 2)))
    assert raised.value.todo.startswith(todo)
