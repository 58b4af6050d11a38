"""Batched scores against scores one by one: what differs is told, and a score that only one way has is no agreement."""

from __future__ import annotations

import pytest

from crb.evaluation.verifying import Agreement, agreement
from crb.readings import Reading
from crb.vocabulary import Status

KEYS = [("a", "chosen"), ("a", "rejected"), ("b", "chosen")]


def readings(*scores: float | None) -> dict[tuple[str, str], Reading]:
    found = [Reading(Status.ERROR) if score is None else Reading.of(score) for score in scores]
    return dict(zip(KEYS, found, strict=True))


@pytest.mark.parametrize(
    ("batched", "single", "expected"),
    [
        ((1.0, 2.0, 3.0), (1.0, 2.5, 2.75), Agreement(3, 0.5, 0)),
        ((1.0, None, 3.0), (1.0, 2.0, None), Agreement(3, 0.0, 2)),
        ((None, None, None), (None, None, None), Agreement(3, None, 0)),
        ((None, None, None), (1.0, 2.0, 3.0), Agreement(3, None, 3)),
    ],
)
def test_a_score_that_only_one_way_has_is_counted(
    batched: tuple[float | None, ...], single: tuple[float | None, ...], expected: Agreement
) -> None:
    assert agreement(readings(*batched), readings(*single)) == expected


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Agreement(3, 0.5, 0), "batched and single scores differ by at most 0.5"),
        (
            Agreement(3, 0.5, 1),
            "batched and single scores differ by at most 0.5; of 3 responses, 1 has a score in one way alone",
        ),
        (Agreement(3, None, 0), "batched and single scores cannot be compared: none of 3 responses has both"),
        (
            Agreement(3, None, 2),
            "batched and single scores cannot be compared: none of 3 responses has both; "
            "of 3 responses, 2 have a score in one way alone",
        ),
    ],
)
def test_what_is_told_claims_no_more_than_was_compared(found: Agreement, told: str) -> None:
    assert found.told() == told
