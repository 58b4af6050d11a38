"""The expected score: what alternatives are worth, and that it stays on the scale and agrees with certainty."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crb.generation import Generation, Step, Token
from crb.judge import ScoreMode
from crb.judging.boxes import last_box
from crb.judging.reading import read_number
from crb.judging.scale import Scale
from crb.judging.scores import score
from crb.readings import Reading
from crb.vocabulary import Status

TEN = Scale(1, 10)
FIVE = Scale(1, 5)
HALVES = Scale(0, 10, 0.5)
END = "<|im_end|>"


def step(**shares: float) -> Step:
    """A step by words and probabilities; the first is the one written."""
    return by_share(shares)


def by_share(shares: dict[str, float]) -> Step:
    """The same for words that are no identifiers."""
    top = tuple(Token(word, math.log(share) if share else -math.inf) for word, share in shares.items())
    return Step(top[0], top)


def answer(*steps: dict[str, float], text: str | None = None) -> Generation:
    """An answer whose text is that of the written tokens, up to the ending one."""
    made = tuple(by_share(shares) for shares in steps)
    written = "".join(one.token.text for one in made).removesuffix(END)
    return Generation(written if text is None else text, "stop", steps=made)


def expected(generation: Generation, scale: Scale = TEN) -> float:
    """The expected score, which must be there."""
    reading = read_number(generation, score, scale, ScoreMode.EXPECTED)
    assert reading.score is not None, reading.reason
    return reading.score


def test_it_is_the_weighted_mean_over_the_scores_in_view() -> None:
    assert expected(answer({"8": 0.5, "6": 0.25, "The": 0.25}, {END: 1.0})) == pytest.approx((8 * 2 + 6) / 3)


@pytest.mark.parametrize(
    ("tops", "scale", "share"),
    [
        ([{"8": 0.5, "6": 0.25, "The": 0.25}, {END: 1.0}], TEN, None),
        ([{"8": 0.25, "6": 0.1, "The": 0.6}, {END: 1.0}], TEN, "35%"),  # most of it is no score
        ([{"8": 0.2, "6": 0.1}, {END: 1.0}], TEN, "30%"),  # the list was cut
        ([{"4": 0.3, "9": 0.6}, {END: 1.0}], FIVE, "30%"),  # most of it is off the scale
        ([{"1": 0.6, "7": 0.1}, {"0": 0.5, END: 0.5}], TEN, None),
        ([{"1": 0.4, "7": 0.01}, {"0": 0.5, END: 0.5}], TEN, "41%"),  # both branches of ten count once
    ],
)
def test_a_mean_over_little_of_the_probability_says_so(
    tops: list[dict[str, float]], scale: Scale, share: str | None
) -> None:
    reading = read_number(answer(*tops), score, scale, ScoreMode.EXPECTED)
    assert reading.status is Status.OK
    assert (reading.reason is None) if share is None else (share in str(reading.reason))


@pytest.mark.parametrize(("share", "scored"), [(0.4, False), (1.0, True)])
def test_a_list_of_the_written_token_alone_is_no_view(share: float, scored: bool) -> None:
    """Else the score as written would pass for an expected one; where it is certain it is one."""
    reading = read_number(answer({"8": share}, {END: 1.0}), score, TEN, ScoreMode.EXPECTED)
    assert (reading.score == 8) is scored
    assert scored or "no alternatives" in str(reading.reason)


def test_a_zero_is_a_score_and_no_start_of_another() -> None:
    assert expected(answer({"6": 0.5, "0": 0.5}, {END: 1.0}), Scale(0, 10)) == pytest.approx(3)


@pytest.mark.parametrize(
    ("scale", "told"), [(HALVES, "from 0 to 10 in steps of 0.5"), (TEN, "from 1 to 10"), (FIVE, "from 1 to 5")]
)
def test_a_score_off_the_scale_is_told_with_the_scale(scale: Scale, told: str) -> None:
    reading = scale.reading(11.25)
    assert (reading.status, reading.score) == (Status.OUT_OF_RANGE, None)
    assert reading.reason == f"the judge gave 11.25, and the scale goes {told}"


@pytest.mark.parametrize("written", ["7", " 7", "\n7", "Ġ7", "▁7"])
@pytest.mark.parametrize("other", ["9", " 9"])
def test_a_space_before_the_token_changes_nothing(written: str, other: str) -> None:
    generation = answer({written: 0.5, other: 0.5}, {END: 1.0}, text="7")
    assert expected(generation) == pytest.approx(8)


def test_one_value_in_two_spellings_counts_with_both() -> None:
    assert expected(answer({" 7": 0.4, "7": 0.2, "4": 0.2}, {END: 1.0}, text="7")) == pytest.approx(
        (0.6 * 7 + 0.8) / 0.8
    )


def test_ten_may_be_one_token_or_two() -> None:
    one = answer({"10": 0.5, "9": 0.5}, {END: 1.0})
    two = answer({"1": 0.5, "9": 0.5}, {"0": 1.0}, {END: 1.0})
    assert expected(one) == expected(two) == pytest.approx(9.5)


def test_where_one_was_written_the_next_token_says_how_likely_ten_was() -> None:
    assert expected(answer({"1": 1.0}, {END: 0.75, "0": 0.25})) == pytest.approx(0.75 * 1 + 0.25 * 10)
    assert expected(answer({"1": 1.0}, {"0": 0.25, END: 0.75}, {END: 1.0})) == pytest.approx(0.75 * 1 + 0.25 * 10)


def test_a_token_that_may_begin_ten_is_left_out_unless_ten_is_a_token() -> None:
    assert expected(answer({"9": 0.6, "1": 0.4}, {END: 1.0})) == 9
    assert expected(answer({"9": 0.5, "1": 0.25, "10": 0.25}, {END: 1.0})) == pytest.approx(4.5 + 0.25 + 2.5)
    assert expected(answer({"4": 0.5, "1": 0.5}, {END: 1.0}), FIVE) == 2.5  # on a scale to 5 it begins nothing else


def test_half_points_branch_off_at_the_point_and_behind_it() -> None:
    boxed = answer({"\\boxed{": 1.0}, {"7": 1.0}, {".": 0.5, "}": 0.5}, {"5": 0.8, "0": 0.2}, {"}": 1.0})
    reading = read_number(boxed, last_box, HALVES, ScoreMode.EXPECTED)
    assert reading.score == pytest.approx(0.5 * 7 + 0.5 * (0.8 * 7.5 + 0.2 * 7))
    off = answer({"\\boxed{": 1.0}, {"7": 1.0}, {".": 1.0}, {"5": 0.5, "3": 0.5}, {"}": 1.0})
    assert read_number(off, last_box, HALVES, ScoreMode.EXPECTED).score == 7.5  # 7.3 is no score of this scale


def test_a_token_may_write_more_than_the_number() -> None:
    assert expected(answer({'{"score"': 1.0}, {": 4}": 0.5, ": 2}": 0.5}, {END: 1.0}), FIVE) == 3
    assert expected(answer({'{"score": ': 1.0}, {"4}": 0.5, "2": 0.25, "}": 0.25}, {END: 1.0}), FIVE) == pytest.approx(
        10 / 3
    )


def test_numbers_before_the_verdict_do_not_count() -> None:
    steps: list[dict[str, float]] = [{"<think>": 1.0}, {"2": 0.5, "5": 0.5}, {"</think>": 1.0}]
    thinking = answer(*steps, {"Score: ": 1.0}, {"4": 0.5, "3": 0.5}, {END: 1.0})
    assert expected(thinking, FIVE) == 3.5
    assert expected(Generation("Score: 4", "stop", steps=thinking.steps), FIVE) == 3.5  # a server keeps thoughts apart


def test_broken_characters_do_not_hide_the_verdict() -> None:
    steps = answer(
        {"caf": 1.0}, {"\ufffd": 1.0}, {"\ufffd": 1.0}, {" score: ": 1.0}, {"4": 0.5, "2": 0.5}, {END: 1.0}
    ).steps
    assert expected(Generation("café score: 4", "stop", steps=steps), FIVE) == 3


def test_tokens_of_another_text_give_no_score() -> None:
    steps = answer({"something else": 1.0}, {END: 1.0}).steps
    reading = read_number(Generation("Score: 4", "stop", steps=steps), score, FIVE, ScoreMode.EXPECTED)
    assert (reading.status, reading.score) == (Status.UNPARSED, None)
    assert read_number(Generation("Score: 4", "stop", steps=steps), score, FIVE, ScoreMode.GREEDY).score == 4


def test_without_log_probabilities_the_written_score_does_not_stand_in() -> None:
    bare = tuple(Step(Token(text, -0.1)) for text in ("Score: ", "4"))
    for generation in (Generation("Score: 4", "stop"), Generation("Score: 4", "stop", steps=bare)):
        reading = read_number(generation, score, FIVE, ScoreMode.EXPECTED)
        assert reading.status is Status.UNPARSED
        assert "log-prob" in str(reading.reason) or "alternatives" in str(reading.reason)


def test_a_verdict_beyond_the_scale_stays_out_of_range() -> None:
    reading = read_number(answer({"7": 0.5, "4": 0.5}, {END: 1.0}), score, FIVE, ScoreMode.EXPECTED)
    assert reading.status is Status.OUT_OF_RANGE


@pytest.mark.parametrize("logprob", [math.nan, -math.inf, math.inf])
def test_no_log_probability_makes_a_score_that_is_no_number(logprob: float) -> None:
    written, other = Token("4", -0.5), Token("2", logprob)
    steps = (Step(written, (written, other)), Step(Token(END, 0.0)))
    assert 2 <= expected(Generation("4", "stop", steps=steps), FIVE) <= 4
    broken = (Step(Token("4", logprob), (other,)),)
    reading = read_number(Generation("4", "stop", steps=broken), score, FIVE, ScoreMode.EXPECTED)
    assert reading.score is None or math.isfinite(reading.score)


shares = st.lists(st.floats(1e-6, 1.0), min_size=10, max_size=10)


@settings(deadline=None)
@given(shares)
def test_it_lies_between_the_scores_in_view(weights: list[float]) -> None:
    words = ["3", "1", "2", "4", "5", " 5", "x", "9", "", "4.5"]
    total = sum(weights)
    found = expected(answer({word: w / total for word, w in zip(words, weights, strict=True)}, {END: 1.0}), FIVE)
    assert 1 <= found <= 5


@settings(deadline=None)
@given(st.sampled_from(["1", "2", "7", "10", "4.5", "7.25"]), st.floats(-0.01, 0))
def test_certainty_gives_the_score_as_written(number: str, logprob: float) -> None:
    tokens = [Token(sign, logprob) for sign in number] + [Token(END, logprob)]
    generation = Generation(number, "stop", steps=tuple(Step(token, (token,)) for token in tokens))
    assert expected(generation) == pytest.approx(float(number))


@settings(deadline=None)
@given(shares, st.integers(0, 8), st.floats(0.01, 0.9))
def test_weight_moved_to_a_higher_score_raises_it(weights: list[float], low: int, moved: float) -> None:
    words = ["0", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
    before = dict(zip(words, weights, strict=True))
    after = dict(before)
    after[words[low]] -= (gone := moved * before[words[low]])
    after[words[low + 1]] += gone
    scale = Scale(0, 10)

    def told(shares: dict[str, float]) -> float:
        total = sum(shares.values())
        return expected(answer({word: share / total for word, share in shares.items()}, {END: 1.0}), scale)

    assert told(after) >= told(before) - 1e-9


@settings(deadline=None)
@given(st.text(), st.lists(st.tuples(st.text(max_size=4), st.floats(allow_nan=True)), max_size=6))
def test_no_answer_makes_it_raise_or_leave_the_scale(text: str, words: list[tuple[str, float]]) -> None:
    tokens = tuple(Token(word, logprob) for word, logprob in words)
    steps = tuple(Step(token, tokens) for token in tokens)
    for generation in (
        Generation(text, "stop", steps=steps),
        Generation("".join(w for w, _ in words), "stop", steps=steps),
    ):
        for find, scale in ((score, FIVE), (last_box, HALVES)):
            for mode in (ScoreMode.EXPECTED, ScoreMode.GREEDY):
                reading: Reading = read_number(generation, find, scale, mode)
                assert reading.score is None or scale.low <= reading.score <= scale.high
                assert reading.status.scored or reading.reason
