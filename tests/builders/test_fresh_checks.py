"""The checks of a finished slice: each fails, or warns, where it should, and says what it found."""

from __future__ import annotations

from typing import Any

import pytest
from crb_builders.freshness.checks import Check, checks
from crb_builders.freshness.window import WindowSettings

FIRST = 1_767_225_600  # 2026-01-01, UTC


def rows(count: int = 60) -> list[dict[str, Any]]:
    """Sound pairs: in one half of them the longer response is the chosen one."""
    return [
        {
            "id": f"a/b@{number}",
            "prompt": f"Rewrite file {number}.",
            "chosen": f"x = {number}{' + 1' * (number % 2)}\n",
            "rejected": f"y = {number}{' - 1' * (1 - number % 2)}\n",
            "aspect": "Memory_Efficiency",
            "language": "Python",
            "unix_time": FIRST + number,
            "author_time": FIRST,
            "old_cluster": f"old {number}",
            "new_cluster": f"new {number}",
            "votes_for": 3,
            "votes_against": 0,
            "votes_tie": 1,
            "votes_none": 0,
        }
        for number in range(count)
    ]


def found(pairs: list[dict[str, Any]]) -> dict[str, Check]:
    settings = WindowSettings.model_validate({"since": "2026-01-01", "until": "2026-01-02"})
    return {check.name: check for check in checks(pairs, settings)}


def test_a_sound_slice_passes_every_check() -> None:
    assert {check.verdict for check in found(rows()).values()} == {"passed"}


@pytest.mark.parametrize(
    ("name", "fault", "verdict", "told"),
    [
        ("ids", {"id": "a/b@0"}, "failed", "1 pairs with the id of another"),
        ("prompts", {"prompt": "Rewrite file 0."}, "failed", "1 pairs with the prompt of another"),
        ("responses", {"chosen": " y=1", "rejected": "y=1\n"}, "failed", "1 pairs whose responses differ in blanks"),
        ("syntax", {"rejected": "y = (((\n"}, "failed", "1 pairs with a response that does not parse"),
        ("window", {"unix_time": FIRST + 86_400}, "failed", "from 2026-01-01 to before 2026-01-02"),
        ("window", {"unix_time": FIRST - 1}, "failed", "1 pairs whose commit is not dated"),
        ("unseen", {"author_time": None}, "failed", "1 pairs that were not held against the history"),
        ("near-duplicates", {"new_cluster": "new 0"}, "failed", "2 pairs that share a cluster"),
        ("near-duplicates", {"old_cluster": None}, "not checked", "no stage looked for near-duplicates"),
        ("languages", {"language": "Go"}, "warning", "below 50 pairs: Go 1"),
        ("criteria", {"aspect": "Security_Hardness"}, "warning", "below 50 pairs: Security_Hardness 1"),
    ],
)
def test_a_fault_is_found_and_told(name: str, fault: dict[str, Any], verdict: str, told: str) -> None:
    pairs = rows()
    pairs[-1] |= fault
    check = found(pairs)[name]
    assert (check.verdict, told in check.text) == (verdict, True), check.text


@pytest.mark.parametrize(("longer", "verdict"), [(24, "passed"), (36, "passed"), (23, "warning"), (37, "warning")])
def test_length_warns_beyond_ten_points_on_either_side(longer: int, verdict: str) -> None:
    pairs = rows()
    for number, pair in enumerate(pairs):
        pair |= {"chosen": "x = 1" + "1" * (number < longer), "rejected": "x = 1" + "1" * (number >= longer)}
    check = found(pairs)["length"]
    assert check.found["share"] == pytest.approx(longer / 60, abs=1e-4)
    low, high = check.found["interval"]
    assert low < longer / 60 < high
    assert check.verdict == verdict


def test_equal_lengths_are_half_a_success() -> None:
    pairs = rows(2)
    pairs[0] |= {"chosen": "a = 1", "rejected": "b = 1"}
    pairs[1] |= {"chosen": "a = 11", "rejected": "b = 1"}
    assert found(pairs)["length"].found["share"] == 0.75


def test_votes_that_say_nothing_are_counted() -> None:
    pairs = rows()
    for pair in pairs[:30]:
        pair |= {"votes_for": 1, "votes_none": 1, "votes_tie": 2}
    pairs[-1]["votes_for"] = None  # not asked
    check = found(pairs)["labels"]
    unclear = 30 * 3 + 29
    assert (check.found["unclear"], check.found["votes"], check.found["asked"]) == (unclear, 59 * 4, 59)
    assert check.verdict == "warning"
    for pair in pairs:
        pair["votes_for"] = None
    assert found(pairs)["labels"].verdict == "not checked"
