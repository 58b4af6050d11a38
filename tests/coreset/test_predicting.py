"""Predictions: nearer than the plain mean where the model holds, intervals that cover, nothing from too little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import draw

from crb.coreset.document import Coreset, load_lite
from crb.coreset.making import covered, errors, hold_out, make, widths
from crb.coreset.prediction import predict
from crb.vocabulary import Criterion


@pytest.fixture(scope="module")
def small() -> Coreset:
    """A coreset of 60 of 420 drawn pairs."""
    return make(draw().material, range(60), (2.0, 2.0, 2.0), size=60)


def test_left_out_runs_are_predicted_better_than_by_the_mean_and_within_their_intervals() -> None:
    material = draw(runs=60).material
    held = hold_out(material, [range(start, start + 3) for start in range(0, 60, 3)], size=60)
    away, _ = errors(held)
    plain = np.abs(held.mean - held.truth).mean(axis=0)
    assert (np.abs(away[:, :2]).mean(axis=0) < plain).all()
    assert covered(held, held, material.families).mean(axis=0).min() >= 0.9
    assert all(0.8 < width < 3.5 for width in widths(held, material.families))


@given(st.sets(st.integers(0, 59)))
def test_what_was_seen_bounds_what_is_predicted(small: Coreset, wrong: set[int]) -> None:
    right = {pair.id: place not in wrong for place, pair in enumerate(small.items)}
    found = predict(small, right)
    assert found.overall is not None
    for name, estimate in found.by_criterion.items():
        hits = sum(right[pair.id] for pair in small.items if pair.criterion is name)
        n, seen = found.sizes[name], found.seen[name]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.value is not None
        assert hits / n <= estimate.low <= estimate.value <= estimate.high <= (n - seen + hits) / n


def test_a_run_that_is_right_everywhere_is_predicted_near_the_top_and_never_certain(small: Coreset) -> None:
    found = predict(small, {pair.id: True for pair in small.items}).overall
    assert found is not None
    assert found.value is not None
    assert 0.9 < found.value <= 1
    assert found.low is not None
    assert found.low < found.value


def test_a_run_unlike_all_known_ones_keeps_its_plain_mean_in_the_interval() -> None:
    lite = load_lite()
    found = predict(lite, {pair.id: False for pair in lite.items})
    for estimate in (found.overall, *found.by_criterion.values()):
        assert estimate is not None
        assert estimate.low == 0
        assert estimate.value is not None
        assert estimate.value < 0.05


def test_a_few_pairs_may_be_missing_and_a_criterion_of_which_many_are_is_not_predicted(small: Coreset) -> None:
    right = {pair.id: place % 3 > 0 for place, pair in enumerate(small.items)}
    whole = predict(small, right)
    first, second = list(Criterion)[:2]
    of_second = [pair.id for pair in small.items if pair.criterion is second]
    assert whole.overall is not None
    some = predict(small, {id: value for id, value in right.items() if id != of_second[0]})
    assert some.overall is not None
    assert some.overall.value == pytest.approx(whole.overall.value, abs=0.05)
    one = predict(small, {id: value for id, value in right.items() if id not in of_second})
    assert (one.overall, set(one.by_criterion)) == (None, {first})
    none = predict(small, {})
    assert (none.overall, dict(none.by_criterion)) == (None, {})
    document = one.as_json(small)
    assert [part["strict"] is None for part in document["by_criterion"]] == [False, True]


def test_an_id_that_is_not_in_the_coreset_changes_nothing(small: Coreset) -> None:
    right = {pair.id: True for pair in small.items}
    assert predict(small, right | {"another": False}) == predict(small, right)


def test_a_coreset_is_read_back_as_it_was_written_and_a_faulty_one_is_refused(small: Coreset) -> None:
    assert Coreset.model_validate_json(small.text()) == small
    document = load_lite().model_dump(mode="json")
    for change in (
        {"items": [*document["items"], document["items"][0]]},
        {"items": [pair for pair in document["items"] if pair["criterion"] != "memory_efficiency"]},
        {"covariance": document["covariance"][:4]},
        {"grid": {"low": -1.0, "high": 1.0, "points": 3}},
        {"surprise": 1},
    ):
        with pytest.raises(ValueError, match="Coreset"):
            Coreset.model_validate(document | change)
