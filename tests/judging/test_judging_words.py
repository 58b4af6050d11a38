"""Words as verdicts: A or B, and the log-odds of Yes."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crb.generation import Generation, Step, Token
from crb.judge import ScoreMode
from crb.judging.choice import choice
from crb.judging.odds import log_odds
from crb.vocabulary import Status

WORDS = {"A": 1.0, "B": 0.0}
PAIRS = ((" Yes", " No"), ("Yes", "No"))
END = Step(Token("<|im_end|>", -0.01))


def steps(*tops: dict[str, float]) -> tuple[Step, ...]:
    """Steps by words and log-probabilities; the first word is the written one."""
    made = [tuple(Token(word, logprob) for word, logprob in top.items()) for top in tops]
    return tuple(Step(top[0], top) for top in made)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A", 1.0),
        (" B\n", 0.0),
        ("**B**", 0.0),
        ("A\n\nB is longer.", 1.0),
        ("The answer is A.", 1.0),
        ("A is better than the other one.", 1.0),
        ("Response B is better.", 0.0),
        ("The better response is **B**.", 0.0),
        ("I compared A and B. Answer: B", 0.0),
        ("<think>A or B? A</think>B", 0.0),
        ("A better one is B", None),
        ("A or B", None),
        ("A/B", None),
        ("Both", None),
        ("a", None),
        ("Answer: A. Answer: B.", None),
        ("<think>A", None),
        ("", None),
        ("A good response handles errors.", None),  # an article
        ("Both are equal. A tie.", None),
        ("The answer is A tie.", None),
        ("Answer: A/B", None),
        ("Response A handles errors.", None),  # as is `Response B handles errors.`: neither place is favoured
        ("Response B handles errors.", None),
        ("Response B is worse.", None),
        ("I cannot choose A", None),
        ("I don't think that the better response is A.", None),
        ("It is neither. B", None),
        ("It is not obvious. Answer: B", 0.0),
        ("The better response is not A. The better response is B.", 0.0),
        ("I think that **A** wins", 1.0),
        ("I prefer (A)", 1.0),
        ("B is slightly better, since it handles errors.", 0.0),
        ("Option B", 0.0),
    ],
)
def test_the_word_chosen(text: str, value: float | None) -> None:
    reading = choice(Generation(text, "stop"), WORDS, ScoreMode.GREEDY)
    assert reading.score == value
    assert value is not None or (reading.status is Status.UNPARSED and reading.reason)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A thorough look at the two responses shows that the", None),
        ("Answer: Neither A nor", None),
        ("The better response is A", None),
        ("A", None),
        ("**A**\n\nA thorough look at the", 1.0),
    ],
)
def test_of_a_cut_answer_only_a_first_line_counts(text: str, value: float | None) -> None:
    reading = choice(Generation(text, "length"), WORDS, ScoreMode.GREEDY)
    assert reading.score == value
    assert value is not None or "cut" in str(reading.reason)


@pytest.mark.parametrize(
    "text", ["answer" + " " * 20_000, "answer A " * 4000, "not A " * 4000, "*" * 20_000, "A is better " * 4000]
)
def test_a_long_answer_is_read_at_once(text: str) -> None:
    started = time.process_time()
    choice(Generation(text, "stop"), WORDS, ScoreMode.GREEDY)
    assert time.process_time() - started < 1


def test_expected_is_the_share_of_the_word_over_both() -> None:
    top = {"A": math.log(0.6), " A": math.log(0.15), "B": math.log(0.25), "Answer": math.log(0.001)}
    generation = Generation("A", "stop", steps=(*steps(top), END))
    assert choice(generation, WORDS, ScoreMode.EXPECTED).score == pytest.approx(0.75)


def test_a_word_out_of_sight_counts_nothing() -> None:
    generation = Generation("A", "stop", steps=(*steps({"A": -0.1, "C": -3.0}), END))
    assert choice(generation, WORDS, ScoreMode.EXPECTED).score == 1.0


def test_expected_without_log_probabilities_is_no_score() -> None:
    assert choice(Generation("A", "stop"), WORDS, ScoreMode.EXPECTED).status is Status.UNPARSED


@settings(deadline=None)
@given(st.text(), st.lists(st.tuples(st.sampled_from(["A", "B", " B", "", "x"]), st.floats()), min_size=1, max_size=5))
def test_any_answer_is_between_the_words_or_unparsed(text: str, words: list[tuple[str, float]]) -> None:
    tokens = tuple(Token(word, logprob) for word, logprob in words)
    for written in (text, tokens[0].text):
        generation = Generation(written, "stop", steps=(Step(tokens[0], tokens),))
        for mode in (ScoreMode.EXPECTED, ScoreMode.GREEDY):
            reading = choice(generation, WORDS, mode)
            assert reading.score is None or 0 <= reading.score <= 1
        odds = log_odds(generation, PAIRS, {})
        assert odds.score is None or math.isfinite(odds.score)


@pytest.mark.parametrize(
    ("text", "tops", "score"),
    [
        ("It holds. Yes", [{"It holds.": 0.0}, {" Yes": -0.1, " No": -2.5}], 2.4),
        ("No.", [{"No": -0.2, "Yes": -1.7}, {".": 0.0}], -1.5),
        ("No, since it fails for 0", [{"No": -0.2, "Yes": -1.7}, {", since it fails for 0": 0.0}], -1.5),
        ("Yes. Finally: No", [{"Yes": -0.2, "No": -3.0}, {". Finally:": 0.0}, {" No": -0.2, " Yes": -1.0}], -0.8),
        ("Yes", [{"Yes": -0.1, " No": -2.5}], None),  # the other word only in another spelling
        ("Yes", [{"Yes": -0.1, "No": -math.inf}], None),
        ("Yes", [{"Yes": 0.5, "No": -1.0}], None),
        ("I cannot say Yes here", [{"I cannot say": 0.0}, {" Yes": -0.1, " No": -2.5}, {" here": 0.0}], None),
        (  # the last word came in pieces; an earlier word is no verdict
            " No bugs seen. (Yes)",
            [{" No": -0.1, " Yes": -3.0}, {" bugs seen.": 0.0}, {" (Y": -0.1}, {"es": 0.0}, {")": 0.0}],
            None,
        ),
        ("Fine. (Yes)", [{"Fine.": 0.0}, {" (": 0.0}, {"Yes": -0.1, "No": -2.5}, {")": 0.0}], 2.4),
        ("Yesterday", [{"Yes": -0.1, "No": -2.5}, {"terday": 0.0}], None),
        ("No bugs were found", [{"No": -0.1, "Yes": -2.5}, {" bugs were found": 0.0}], None),  # runs on
        (
            "No one says Yes?",
            [{"No": -0.1, "Yes": -2.5}, {" one says": 0.0}, {" Yes": -0.1, " No": -2.5}, {"?": 0.0}],
            2.4,
        ),
        ("Yes it holds", [{"Yes": -0.1, "No": -2.5}, {" it holds": 0.0}], 2.4),
        ("Yes or No", [{"Yes": -0.1, "No": -2.5}, {" or": 0.0}, {" No": -0.1, " Yes": -2.5}], None),  # an echo
        ("Yes/No", [{"Yes": -0.1, "No": -2.5}, {"/": 0.0}, {"No": -0.1, "Yes": -2.5}], None),
        ("<think>hm. Yes", [{"<think>hm.": 0.0}, {" Yes": -0.1, " No": -2.5}], None),  # a thought
        ("hm. No</think>Yes", [{"hm. No</think>": 0.0}, {"Yes": -0.1, "No": -2.5}], 2.4),
        ("No</s>", [{"No": -0.1, "Yes": -2.5}, {"</s>": 0.0}], -2.4),
    ],
)
def test_log_odds_stand_where_the_verdict_does(text: str, tops: list[dict[str, float]], score: float | None) -> None:
    reading = log_odds(Generation(text, "stop", steps=(*steps(*tops), END)), PAIRS, {})
    assert reading.score == (None if score is None else pytest.approx(score))
    assert score is not None or reading.reason


def test_ids_decide_where_they_are_known() -> None:
    yes, no = Token("\u0120Yes", -0.1, 7), Token("\u0120No", -2.1, 8)
    generation = Generation("Yes", "stop", steps=(Step(yes, (yes, no)), END))
    assert log_odds(generation, PAIRS, {" Yes": 7, " No": 8}).score == pytest.approx(2.0)
    assert log_odds(generation, PAIRS, {" Yes": 1, " No": 2}).status is Status.UNPARSED


def test_a_cut_answer_has_no_odds() -> None:
    generation = Generation("Yes", "length", steps=steps({"Yes": -0.1, "No": -2.5}))
    assert "cut" in str(log_odds(generation, PAIRS, {}).reason)
