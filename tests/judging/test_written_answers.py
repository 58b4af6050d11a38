"""Answers as models write them are read as what they say, in whatever surroundings; none takes more than it says.

A text of `written_answers` stands under the number that a reader would take from it, or under why there is none:
nothing that is a score, or a score that the scale does not have.
"""

from __future__ import annotations

import re

import pytest
from written_answers import BOXES, CHOSEN, IN_A_BOX, IN_JSON, LEADING, SCORES, Said

from crb.generation import Generation
from crb.judge import ScoreMode
from crb.judging.boxes import last_box
from crb.judging.choice import choice
from crb.judging.reading import read_number
from crb.judging.scale import Scale
from crb.judging.scores import leading_number, score
from crb.judging.verdicts import Finder, Verdict, number


def cases(texts: dict[Said, tuple[str, ...]], around: str = "%s") -> list[tuple[str, Said]]:
    """Each text in its surroundings, with what it says."""
    return [(around.replace("%s", text), said) for said, group in texts.items() for text in group]


def check(find: Finder, scale: Scale, text: str, said: Said) -> None:
    """Compare what is read with what is said, at its place; a text without a score has a reason."""
    found = find(Generation(text, "stop"))
    if isinstance(found, Verdict):
        assert number(text[found.start : found.end]) == found.value, "its tokens are looked for there"
    reading = read_number(Generation(text, "stop"), find, scale, ScoreMode.GREEDY)
    assert (reading.status if reading.score is None else reading.score) == said
    assert reading.status.scored or reading.reason


AROUND = ("\\boxed{%s}", "1. Right: $\\boxed{3}$\n\n**Overall**: $\\boxed{%s}$/10")


@pytest.mark.parametrize(
    ("text", "said"), [*cases(BOXES), *(case for each in AROUND for case in cases(IN_A_BOX, each))]
)
def test_boxed(text: str, said: Said) -> None:
    check(last_box, Scale(0, 10, 0.5), text, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [*cases(SCORES), *cases(IN_JSON, '{"score": %s}'), *cases(IN_JSON, 'So:\n{"reason": "2 of 3\nwork", "score": %s}')],
)
def test_scores(text: str, said: Said) -> None:
    check(score, Scale(1, 5), text, said)


@pytest.mark.parametrize(("text", "said"), cases(LEADING))
def test_leading(text: str, said: Said) -> None:
    check(leading_number, Scale(1, 10), text, said)


@pytest.mark.parametrize(
    ("find", "text", "complete"),
    [
        (last_box, "1. Right: $\\boxed{3}$ of 5\nOverall score: $\\boxed{7.5}$", "$\\boxed{7.5}"),
        (score, '{"explanation": "It handles 2 of 3 cases.", "score": 4}', "4"),
        (score, "The code works in 3 of 4 cases. Score: 4/5", "4"),
    ],
    ids=["box", "json", "prose"],
)
def test_wherever_an_answer_ends_it_gives_its_own_score_or_none(find: Finder, text: str, complete: str) -> None:
    whole = text.rindex(complete) + len(complete)
    for end in range(len(text)):
        reading = read_number(Generation(text[:end], "length"), find, Scale(0, 10, 0.5), ScoreMode.GREEDY)
        assert reading.score is None, "an answer that was cut may have gone on"
        reading = read_number(Generation(text[:end], "stop"), find, Scale(0, 10, 0.5), ScoreMode.GREEDY)
        if find is not last_box:  # a box of a criterion may have been meant as the last one
            assert (reading.score is not None) == (end >= whole and not text[:end].endswith("/x"))


@pytest.mark.parametrize(("text", "said"), cases(CHOSEN))
@pytest.mark.parametrize("swapped", [False, True])
def test_chosen(text: str, said: Said, swapped: bool) -> None:
    """Neither letter is favoured: with A and B exchanged the answer says the other."""
    if swapped:
        text = re.sub("(?<![a-zA-Z])[AB](?![a-zA-Z])", lambda found: "BA"["AB".index(found[0])], text)
    reading = choice(Generation(text, "stop"), {"A": 1.0, "B": 0.0}, ScoreMode.GREEDY)
    wanted = 1.0 - said if swapped and isinstance(said, float) else said
    assert (reading.status if reading.score is None else reading.score) == wanted
