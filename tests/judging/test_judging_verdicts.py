"""Numbers in texts: which one is the verdict, where it stands, and when there is none."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crb.generation import Generation
from crb.judge import ScoreMode
from crb.judging.boxes import last_box
from crb.judging.reading import read_number
from crb.judging.scale import Scale
from crb.judging.scores import leading_number, score
from crb.judging.verdicts import Finder, Found, Verdict
from crb.vocabulary import Status

FINDERS: list[Finder] = [last_box, score, leading_number]


def found(find: Callable[[Generation], Found], text: str, finish: str = "stop") -> float | None:
    """The value that a finder takes from a text."""
    verdict = find(Generation(text, finish))
    return verdict.value if isinstance(verdict, Verdict) else None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Overall score: \\boxed{7}", 7),
        ("Overall score (0-10): 8\n\nIt passes 2 of 3 tests.", 8),
        ("The overall score is 10.", 10),
        ("The overall score of 10 is high.", None),
        ("criterion \\boxed{3}, overall \\boxed{\\textbf{8.5}}/10", 8.5),
        ("Correctness: 4\nOverall score: 7.5", 7.5),  # the line that was asked for, without its box
        ("**Overall quality score:** 7/10", 7),
        ("Overall score: 7\nbut see \\boxed{}", None),
        ("Overall score: 7. It could be 9.", None),
        ("Score: 7", None),
        ("Overall score: -7", -7),
        ("\\boxed{7", None),
        ("\\boxed{a{b}7}", None),
    ],
)
def test_boxes(text: str, value: float | None) -> None:
    assert found(last_box, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"aspects": {"style": {"score": 2}}, "score": 5}', 5),  # the outermost one
        ('{"kind": "score"} {"score": 4}', 4),  # named, and no key
        ('{"score": 2, "explanation": "a \\"score\\": 9 is high"}', 2),
        ('{"explanation": "\'score\': 9", "score": 2}', 2),
        ('{"score": 1}\n```python\nx = {"score": 5}\n```', 1),
        ("```python\nx = {'score': 5}\n```", None),  # quoted code
        ('{"score": 1, "score": 2', None),  # broken, and two of them
        ("Readability score: 2\nSpeed score: 4", None),
        ("Readability score: 2\nOverall score: 4", 4),
        ("Score: 4, that is a score of 4", 4),
        ("4\n\nThe code has 3 bugs.", 4),
        ("It has 3 bugs.", None),
        ("It needs Python 3.11.2", None),
        ("It passes 100%", None),
        ("from 1 to 5", None),
        ("I cannot give a score out of 5.", None),
        ("NaN/5", None),
        ("Score: \u22123", -3),
        ("", None),
    ],
)
def test_scores(text: str, value: float | None) -> None:
    assert found(score, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("**8**", 8),
        ("8/10", 8),
        ("10\n\nThe answer is 9.", 10),
        ("Score: 6.5\n\nIt has 2 faults.", 6.5),
        ("Score: -3\n\nIt works.", -3),
        ("The score is 10.", 10),
        ("<think>maybe 3</think>\n\n7", 7),
        ("1. It works.\n2. It is fast.", None),  # a list
        ("1. 1. 1. 1.", None),
        ("1-10", None),
    ],
)
def test_leading_numbers(text: str, value: float | None) -> None:
    assert found(leading_number, text) == value


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 20_000,
        " " * 20_000,
        "score " + " " * 20_000,
        "score: " + "(" * 20_000,
        "\\boxed{7" + " " * 20_000 + "x}",
        "Overall score" + "\n" * 20_000 + "x",
        "9" * 100_000 + "x",  # a pattern that starts anew at each digit would take minutes
        "\u0663" * 100_000 + "x",
        '{"score":' * 10_000,  # as would one that reads on from each brace
        '{"a": 1, "score":' * 10_000,
        "_" * 100_000,
        "1-" * 50_000,
        "4 to " * 20_000,
        "```a\n" * 20_000,
        "\\boxed{3} " + "overall: " * 20_000,
        "<think>" * 20_000 + "</think>",
    ],
    ids=lambda text: text[:12].strip() or repr(text[:1]),
)
@pytest.mark.parametrize("find", FINDERS)
def test_an_answer_full_of_one_thing_is_read_at_once(find: Finder, text: str) -> None:
    started = time.process_time()
    find(Generation(text, "stop"))
    assert time.process_time() - started < 1


def test_an_answer_that_was_cut_has_no_later_verdict() -> None:
    assert found(last_box, "correctness \\boxed{3}", "length") is None
    assert found(last_box, "It works.\nOverall score: 3\nBut", "length") is None
    assert found(last_box, "Overall score: 3\nIt is", "length") == 3  # said before all reasons
    assert found(last_box, "Overall score: 3\ncorrectness \\boxed{5}", "length") is None
    assert found(score, "Readability score: 2", "length") is None
    assert found(score, '{"score": 4} and then it went on', "length") == 4
    scale = Scale(1, 10)
    for text in ('{"score": 1', "1"):
        reading = read_number(Generation(text, "length"), leading_number, scale, ScoreMode.GREEDY)
        assert reading.status is Status.UNPARSED
    assert read_number(Generation("1\n", "length"), leading_number, scale, ScoreMode.GREEDY).score == 1


def test_a_number_out_of_another_top_is_no_score() -> None:
    reading = read_number(Generation("4/10", "stop"), score, Scale(1, 5), ScoreMode.GREEDY)
    assert (reading.status, reading.score) == (Status.UNPARSED, None)
    assert "out of 10" in str(reading.reason)


@pytest.mark.parametrize("value", [0, 0.5, 7.5, 10])
def test_a_scale_has_its_steps(value: float) -> None:
    assert Scale(0, 10, 0.5).reading(value).score == value


@pytest.mark.parametrize("value", [-0.5, 0.25, 10.5, 5.6e8, float("inf"), float("-inf"), float("nan")])
def test_a_scale_has_nothing_else(value: float) -> None:
    reading = Scale(0, 10, 0.5).reading(value)
    assert (reading.status, reading.score) == (Status.OUT_OF_RANGE, None)
    assert reading.reason


PIECES = (
    """{"score": |}|{|"|4|4.5|-|/5|/| out of |score|: |```|json|<think>|</think>|NaN|null|[|]|.|1e9|Overall score: """
)
pieces = st.lists(
    st.sampled_from([*PIECES.split("|"), "\\boxed{", "\\", "\n", "python\n", "\u0663", "\ufffd"]), max_size=14
).map("".join)


@settings(deadline=None)  # the machine may be busy; the examples take long where a reader is slow
@given(st.one_of(st.text(), pieces))
@example("{" * 3000)
@example('{"a":' * 3000)
@example("9" * 6000)
@example("1 " * 3000)
@example("\\boxed{" * 2000)
def test_any_text_gives_a_verdict_where_it_says_or_a_reason(text: str) -> None:
    for find in FINDERS:
        for finish in ("stop", "length"):
            verdict = find(Generation(text, finish))
            if isinstance(verdict, Verdict):
                spelled = text[verdict.start : verdict.end].replace("\u2212", "-")
                assert float(spelled) == verdict.value
            else:
                assert verdict
