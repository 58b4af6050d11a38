"""Baselines are readings like a model's: deterministic, fair, and judged by the same outcome."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from crb.errors import UsageError
from crb.items import CHOSEN, REJECTED, Item
from crb.readings import Reading, outcome
from crb.statistics.baselines import Baseline, baseline_readings
from crb.vocabulary import Language, Outcome, Status


def outcome_of(name: str, item: Item) -> Outcome:
    readings = baseline_readings(name, [item])
    return outcome(readings[item.id, CHOSEN], readings[item.id, REJECTED])


def test_length_by_hand() -> None:
    item = Item.pair("a", "prompt", chosen="four", rejected="fünf!")
    assert baseline_readings(Baseline.LONGER, [item]) == {
        ("a", CHOSEN): Reading(Status.OK, 4.0),
        ("a", REJECTED): Reading(Status.OK, 5.0),  # characters, not bytes
    }
    assert outcome_of("longer-response", item) is Outcome.WRONG
    assert outcome_of("shorter-response", item) is Outcome.RIGHT


@settings(deadline=None)
@given(st.text(max_size=5), st.text(max_size=5))
def test_longer_and_shorter_are_each_others_mirror(chosen: str, rejected: str) -> None:
    item = Item.pair("a", "", chosen, rejected)
    pair = {outcome_of("longer-response", item), outcome_of("shorter-response", item)}
    assert pair == ({Outcome.TIE} if len(chosen) == len(rejected) else {Outcome.RIGHT, Outcome.WRONG})


def test_the_coin_is_fair_and_never_ties() -> None:
    items = [Item.pair(f"item-{i}", "", "x", "y") for i in range(4000)]
    found = [outcome_of("coin", item) for item in items]
    assert set(found) == {Outcome.RIGHT, Outcome.WRONG}
    assert binomtest(found.count(Outcome.RIGHT), len(found)).pvalue > 0.01


def test_the_coin_is_the_same_in_every_process_and_every_part_of_a_benchmark() -> None:
    program = (
        "from crb.items import Item; from crb.statistics.baselines import baseline_readings as b;"
        "print(b('coin', [Item.pair('é-1', '', 'x', 'y')])['é-1', 'chosen'].score)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"}
    other = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True)
    items = [Item.pair("another", "", "x", "y"), Item.pair("é-1", "p", "longer", "y")]
    assert baseline_readings("coin", items)["é-1", CHOSEN].score == float(other.stdout)


def test_ids_that_run_together_are_told_apart() -> None:
    first, second = Item.pair("a", "", "x", "y"), Item.pair("achosen", "", "x", "y")
    readings = baseline_readings("coin", [first, second])
    assert len({reading.score for reading in readings.values()}) == 4


def test_every_candidate_of_a_larger_item_is_read() -> None:
    pair = Item.pair("a", "", "x", "yy")
    item = Item("many", "", (*pair.candidates, *(type(pair.candidates[0])(f"c{i}", "z" * i, 0.0) for i in range(3))))
    for name in Baseline:
        readings = baseline_readings(name, [item])
        assert set(readings) == {("many", candidate.id) for candidate in item.candidates}
        assert all(reading.status is Status.OK for reading in readings.values())


def test_an_unknown_baseline_suggests_a_near_one() -> None:
    with pytest.raises(UsageError, match="did you mean longer-response"):
        baseline_readings("longer", [])


def test_the_coin_falls_as_it_did_when_baselines_were_published() -> None:
    readings = baseline_readings("coin", [Item.pair("a", "", "x", "y")])
    assert {key[1]: reading.score for key, reading in readings.items()} == {
        CHOSEN: 0.1711840744268649,
        REJECTED: 0.46524092398658823,
    }


def test_more_comments_is_by_the_language_of_the_item() -> None:
    item = Item.pair("a", "", "# one\n", "#include <x>\n", language=Language.PYTHON)
    assert outcome_of("more-comments", item) is Outcome.WRONG
    assert (
        outcome_of("more-comments", Item.pair("a", "", "// one\n", "# one two\n", language=Language.C)) is Outcome.RIGHT
    )


def test_a_baseline_of_another_name_is_refused_with_a_near_one() -> None:
    with pytest.raises(UsageError, match="longer-response"):
        baseline_readings("longer-respons", [])
