"""Slices, calibration and confusion: by hand where it can be counted, on simulated models where the truth is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from crb.items import Item
from crb.statistics.calibration import calibrate, fit_factor
from crb.statistics.confusion import criterion_confusion
from crb.statistics.diagnostics import SLICINGS, Slicing, sliced, text_facts
from crb.statistics.intervals import wilson
from crb.vocabulary import Criterion

BY_NAME = {slicing.name: slicing for slicing in SLICINGS}


def frame(ids: list[str], margins: list[float], criteria: list[str] | None = None) -> pd.DataFrame:
    columns = {
        "chosen_score": margins,
        "rejected_score": [0.0] * len(ids),
        "criterion": criteria or [None] * len(ids),
        "language": None,
        "subset": None,
    }
    return pd.DataFrame(columns, index=pd.Index(ids, name="id"))


def counts(slicing: Slicing, items: list[Item], margins: list[float]) -> dict[str, tuple[int, int, int, int]]:
    found = sliced(frame([item.id for item in items], margins), text_facts(items), slicing)
    return {row["slice"]: (row["n"], row["right"], row["wrong"], row["tie"]) for _, row in found.iterrows()}


def test_length_ratio_by_hand() -> None:
    lengths = [(10, 30), (50, 100), (79, 100), (80, 100), (100, 100), (101, 100), (125, 100), (200, 100), (5, 0)]
    items = [Item.pair(str(i), "p", "x" * a, "y" * b) for i, (a, b) in enumerate(lengths)]
    assert counts(BY_NAME["length_ratio"], items, [1, -1, 1, 1, 0, 1, 1, 1, 1]) == {
        "below 1/2": (1, 1, 0, 0),
        "1/2 to 4/5": (2, 1, 1, 0),
        "4/5 to 1": (1, 1, 0, 0),
        "equal": (1, 0, 0, 1),
        "1 to 5/4": (1, 1, 0, 0),
        "5/4 to 2": (1, 1, 0, 0),
        "2 and more": (2, 2, 0, 0),
    }


def test_same_prompt_counts_the_benchmark_not_the_order() -> None:
    items = [Item.pair(str(i), "once" if i == 0 else "often", f"c{i}", "r") for i in range(4)]
    assert counts(BY_NAME["same_prompt"], items, [1, 1, -1, 1]) == {"1": (1, 1, 0, 0), "3 to 5": (3, 2, 1, 0)}


@pytest.mark.parametrize("slicing", SLICINGS, ids=str)
def test_no_pair_is_lost_and_every_edge_has_a_label(slicing: Slicing) -> None:
    generator = np.random.default_rng(1)
    items = [
        Item.pair(
            str(i), f"p{i % 7}", "a " * int(generator.integers(1, 3000)), "a b " * int(generator.integers(1, 900))
        )
        for i in range(60)
    ]
    found = sliced(frame([item.id for item in items], [1.0] * 60), text_facts(items), slicing)
    assert found["n"].sum() == 60
    assert len(slicing.labels) == len(slicing.edges) + 1


def model(n: int, factor: float, seed: int = 0) -> npt.NDArray[np.float64]:
    """Margins of a model that is right with probability sigmoid(factor * margin)."""
    generator = np.random.default_rng(seed)
    margin = generator.exponential(1.0, n)
    return np.where(generator.random(n) < 1 / (1 + np.exp(-factor * margin)), margin, -margin)


def pairs_of(margins: npt.NDArray[np.float64]) -> pd.DataFrame:
    return frame([str(i) for i in range(len(margins))], list(margins))


@pytest.mark.parametrize("factor", [0.2, 1.0, 5.0])
def test_the_fitted_factor_is_the_models(factor: float) -> None:
    assert fit_factor(model(20_000, factor)) == pytest.approx(factor, rel=0.1)


def test_a_calibrated_model_has_no_more_error_than_chance_brings() -> None:
    found = calibrate(pairs_of(model(4000, 1.0)))
    assert found.chance is not None
    assert found.raw.value == pytest.approx(found.chance, abs=0.012)
    overconfident = calibrate(pairs_of(10 * model(4000, 1.0)))
    assert overconfident.factor == pytest.approx(found.factor / 10)
    assert overconfident.raw.value is not None
    assert overconfident.raw.low is not None
    assert overconfident.raw.low > 0.1 > (overconfident.fitted.value or 1)


def test_the_error_by_hand() -> None:
    margins = np.repeat([1.0, -1.0, 3.0], [60, 20, 80])  # 75% right at margin 1, all right at margin 3
    found = calibrate(pairs_of(margins), bins=2)
    sigmoid = {margin: 1 / (1 + np.exp(-margin)) for margin in (1, 3)}
    assert found.bins[["n", "right"]].to_numpy().tolist() == [[80, 60], [80, 80]]
    assert found.raw.value == pytest.approx((abs(0.75 - sigmoid[1]) + abs(1 - sigmoid[3])) / 2)
    assert found.bins[["low", "high", "accuracy"]].to_numpy().tolist() == [[1, 1, 0.75], [3, 3, 1]]
    assert found.bins["raw"].tolist() == pytest.approx(list(sigmoid.values()))
    assert found.bins["fitted"].tolist() == pytest.approx([1 / (1 + np.exp(-found.factor * m)) for m in (1, 3)])


def test_interval_of_the_error_is_reproducible_and_holds_the_value() -> None:
    first, second = (calibrate(pairs_of(model(300, 0.5))) for _ in range(2))
    assert first.raw == second.raw
    assert first.raw.low is not None
    assert first.raw.value is not None
    assert first.raw.high is not None
    assert first.raw.low <= first.raw.value <= first.raw.high


@pytest.mark.parametrize(
    ("margins", "n", "factor"),
    [
        ([], 0, 0.0),
        ([0.0, float("nan")], 0, 0.0),  # ties and missing scores are not decided
        ([-1.0, -2.0], 2, 0.0),
        ([2.0] * 3, 3, 500.0),  # all right: as steep as it may be
        ([1e308, -1e308, 1e308], 3, None),
    ],
)
def test_extremes(margins: list[float], n: int, factor: float | None) -> None:
    found = calibrate(pairs_of(np.array(margins)))
    assert found.n == n == found.bins["n"].sum()
    assert factor is None or found.factor == factor
    assert (found.raw.value is None) == (n == 0)


def test_equal_margins_are_not_parted_and_bins_hold_fifty() -> None:
    assert len(calibrate(pairs_of(np.repeat([1.0, 2.0], 500))).bins) == 2
    assert len(calibrate(pairs_of(model(99, 1.0))).bins) == 1
    assert len(calibrate(pairs_of(model(5000, 1.0))).bins) == 10


def test_confusion_by_hand() -> None:
    """One couple of responses under three criteria; readability prefers the other one."""
    speed, memory, reading = (
        Criterion.RUNTIME_EFFICIENCY,
        Criterion.MEMORY_EFFICIENCY,
        Criterion.READABILITY_MAINTAINABILITY,
    )
    items = [
        Item.pair("speed", "p", "fast", "plain", criterion=speed),
        Item.pair("memory", "p", "fast", "plain", criterion=memory),
        Item.pair("reading", "p", "plain", "fast", criterion=reading),
        Item.pair("alone", "q", "fast", "plain", criterion=reading),
    ]
    criteria = [speed.value, memory.value, reading.value, reading.value]
    one_taste = frame([item.id for item in items], [1, 1, -1, 1], criteria)  # prefers `fast` whatever is asked
    found = criterion_confusion(one_taste, text_facts(items))
    assert found.to_numpy().tolist() == [
        [speed.value, memory.value, 1, 1, 1, 1, 1],
        [speed.value, reading.value, 1, 0, 1, 1, 0],
        [memory.value, reading.value, 1, 0, 1, 1, 0],
    ]
    follows = frame([item.id for item in items], [1, 0, 1, 1], criteria)  # ties on memory
    found = criterion_confusion(follows, text_facts(items))
    assert found[["decided", "same_choice", "both_right"]].to_numpy().tolist() == [[0, 0, 0], [1, 0, 1], [0, 0, 0]]


def test_without_shared_texts_there_is_no_confusion() -> None:
    items = [Item.pair(str(i), f"p{i}", "a", "b", criterion=criterion) for i, criterion in enumerate(Criterion)]
    found = criterion_confusion(frame([item.id for item in items], [1.0] * 5, list(Criterion)), text_facts(items))
    assert found.empty


def test_a_margin_on_the_edge_of_two_bins_belongs_to_the_upper_one() -> None:
    found = calibrate(pairs_of(np.arange(1.0, 102.0)), bins=2)
    assert found.bins[["low", "high", "n"]].to_numpy().tolist() == [[1, 50, 50], [51, 101, 51]]


@pytest.mark.filterwarnings("error")  # a warning would stand in the middle of a table
def test_scores_whose_difference_is_beyond_all_numbers_have_a_calibration() -> None:
    pairs = pairs_of(np.array([1e308, -1e308, 1e308] * 20)).assign(rejected_score=[-1e308, 1e308, -1e308] * 20)
    pairs.loc["0", "chosen_score"] = np.inf
    found = calibrate(pairs)
    assert found.n == 59
    assert found.raw.value == pytest.approx(20 / 59)  # certain of all, and 20 of 59 are wrong


def test_the_seed_and_the_number_of_draws_decide_the_interval() -> None:
    pairs = pairs_of(model(400, 0.5))
    same, other, few = calibrate(pairs, seed=1), calibrate(pairs, seed=2), calibrate(pairs, seed=1, resamples=1)
    assert same.raw.value == other.raw.value == few.raw.value
    assert (same.raw.low, same.raw.high, same.chance) != (other.raw.low, other.raw.high, other.chance)
    assert few.raw.value in (few.raw.low, few.raw.high)  # one draw lies on one side of it


def test_the_interval_of_the_error_leaves_out_a_twentieth() -> None:
    """All pairs in one bin, half of them right at a margin that says so: the error of a draw is |share - 0.5|."""
    n = 99
    margins = np.where(np.arange(n) < 50, 1e-12, -1e-12)
    found = calibrate(pairs_of(margins), resamples=4000)
    assert found.raw.value == pytest.approx(0.5 / n)
    assert found.raw.high == pytest.approx(1.96 * 0.5 / np.sqrt(n), rel=0.1)
    assert found.raw.low == pytest.approx(0.5 / n)
    assert found.chance == pytest.approx(np.sqrt(2 / np.pi) * 0.5 / np.sqrt(n), rel=0.1)  # mean of |normal|
    assert found.bins["accuracy_low"].item() == pytest.approx(float(wilson(50 / n, n)[0]))
    assert found.bins["accuracy_high"].item() == pytest.approx(float(wilson(50 / n, n)[1]))


def test_facts_of_texts_by_hand() -> None:
    items = [Item.pair("x", "p", "a b", "a b c d"), Item.pair("y", "p", "", "a")]
    found = text_facts(items)
    assert found.index.tolist() == ["x", "y"]
    assert found.index.name == "id"
    assert found.to_dict("list") == {
        "prompt": ["p", "p"],
        "chosen": ["a b", ""],
        "rejected": ["a b c d", "a"],
        "chosen_length": [3, 0],
        "rejected_length": [7, 1],
        "length": [5.0, 0.5],
        "length_ratio": [3 / 7, 1.0],
        "edit_share": [2 / 6, 1.0],
        "same_prompt": [2, 2],
    }


def test_edges_of_sizes_and_lengths_by_hand() -> None:
    words = [f"w{n}" for n in range(50)]
    changed = [" ".join(words[: 50 - n] + [f"x{i}" for i in range(n)]) for n in (0, 1, 5, 12, 13, 25, 38)]
    items = [Item.pair(str(n), f"p{n}", " ".join(words), text) for n, text in enumerate(changed)]
    shares = {"below 2%": 1, "2 to 10%": 1, "10 to 25%": 2, "25 to 50%": 1, "50 to 75%": 1, "75% and more": 1}
    assert {name: row[0] for name, row in counts(BY_NAME["edit_size"], items, [1.0] * 7).items()} == shares
    lengths = [249, 250, 499, 500, 999, 1000, 1999, 2000, 3999, 4000]
    items = [Item.pair(str(n), "p", "x" * n, "y" * n) for n in lengths]
    found = counts(BY_NAME["response_length"], items, [1.0] * len(lengths))
    assert [row[0] for row in found.values()] == [1, 2, 2, 2, 2, 1]


def test_the_order_of_the_pairs_changes_no_confusion_and_no_slice() -> None:
    criteria = list(Criterion)[:3]
    items = [Item.pair(f"{c}-{n}", f"p{n}", "a", f"b{n}", criterion=c) for c in criteria for n in range(4)]
    pairs = frame([item.id for item in items], [1.0, -1.0, 0.0] * 4, [str(item.criterion) for item in items])
    facts = text_facts(items)
    found = criterion_confusion(pairs, facts)
    pd.testing.assert_frame_equal(criterion_confusion(pairs.iloc[::-1], facts), found)
    assert list(found.columns) == ["first", "second", "n", "same_label", "decided", "same_choice", "both_right"]
    assert found["n"].tolist() == found["same_label"].tolist() == [4, 4, 4]
    for slicing in SLICINGS:
        pd.testing.assert_frame_equal(sliced(pairs.iloc[::-1], facts, slicing), sliced(pairs, facts, slicing))


def test_pairs_without_a_criterion_are_in_no_confusion() -> None:
    items = [Item.pair(str(n), "p", "a", "b") for n in range(2)]
    named = frame(["0", "1"], [1.0, 1.0], [Criterion.RUNTIME_EFFICIENCY.value, None])  # type: ignore[list-item]
    assert criterion_confusion(named, text_facts(items)).empty
