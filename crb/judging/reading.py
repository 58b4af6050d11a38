"""From an answer to a reading: find the verdict, hold it against the scale, and compute what was expected."""

from __future__ import annotations

from crb.generation import Generation
from crb.judge import ScoreMode
from crb.judging.expected import expected_score
from crb.judging.scale import Scale
from crb.judging.verdicts import Finder
from crb.readings import Reading
from crb.vocabulary import Status


def read_number(generation: Generation, find: Finder, scale: Scale, mode: ScoreMode) -> Reading:
    """The score of an answer that gives a number.

    Under `expected` an answer without log-probabilities, or with tokens in which the verdict cannot be found, is
    unparsed: the written number in its place would mix two kinds of score in one run. A verdict that is not on the
    scale is out of range in both modes.
    """
    found = find(generation)
    if isinstance(found, str):
        return Reading(Status.UNPARSED, reason=found)
    if generation.cut and found.end >= len(generation.text):
        return Reading(Status.UNPARSED, reason="the answer was cut off inside its verdict")
    if found.of not in (None, scale.high):
        return Reading(
            Status.UNPARSED, reason=f"the score is out of {found.of:g}, and the scale ends at {scale.high:g}"
        )
    reading = scale.reading(found.value)
    if mode is ScoreMode.GREEDY or not reading.status.scored:
        return reading
    mean = expected_score(generation, found, scale)
    return Reading(Status.UNPARSED, reason=mean) if isinstance(mean, str) else mean.reading
