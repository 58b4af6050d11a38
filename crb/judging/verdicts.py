"""A number as it stands in a text, and what counts as one.

Strict on purpose: a digit inside a word, a version number or a percentage is no score, and a reader that takes the
first digit it meets turns "the code has 3 bugs" into a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crb.generation import Generation

NUMBER = r"[+\-\u2212]?(?:\d++(?:\.\d++)?|\.\d++)(?:[eE][+-]?\d++)?"
"""A number in any script's decimal digits; a sign belongs to it. It gives no digit back, so it takes linear time."""

_DASH = r"[-\u2012-\u2015\u2212~\u301c]"
ENDED = (
    r"(?![^\W_\u5206\u70b9\u661f\uc810]|_\w|\.\d|,\d|\s*[%\u2030]|[*^\u00d7]\d|\+"
    rf"|{_DASH}\d|\s*{_DASH}\s*\d++(?:\.\d++)?(?!\s*\w)|\s+(?:to|or)\s+(?:an?\s+)?\d)"
)
"""What must not follow a number: a word (but for CJK units of points), a percentage, a sum, a range or `3 or 4`."""

BOUNDED = rf"(?<![\w.+\-\u2212/^])(?<!\d[,\u2013\u2014~]){NUMBER}{ENDED}"
"""A number that stands for itself: neither part of something longer, as told above, nor a denominator."""

COUNTED = (
    r"\s+(?:of\s+)?(?:the\s+|these\s+|its\s+)?(?:[a-z]+\s+)?(?:tests?|cases?|requirements?|criteria|checks?|features?"
    r"|functions?|methods?|examples?|bugs?|issues?|errors?|faults?|items?|steps?|conditions?|assertions?|inputs?|lines?"
    r"|files?|times)\b"
)
_OUT_OF = r"\s*(?:/|\bout\s+of\b)\s*(?P<of>\d++(?:\.\d++)?)"
_NUMBERS = re.compile(
    rf"(?<![\w.]){NUMBER}\s*(?:{_DASH}|\b(?:to|or|and)\b)\s*{NUMBER}|(?P<n>{BOUNDED})(?:{_OUT_OF})?(?P<counted>{COUNTED})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The number that a judge gives, spelled by `text[start:end]`; `of` is 5 where it writes 4/5."""

    value: float
    start: int
    end: int
    of: float | None = None


Found = Verdict | str
"""A verdict, or why there is none."""

Finder = Callable[[Generation], Found]


def number(text: str) -> float:
    """The value of what NUMBER matches; infinite where it is too large for a float."""
    return float(text.replace("\u2212", "-"))


def verdict(found: re.Match[str]) -> Verdict:
    """The verdict of a match with a group `n` and perhaps a group `of`."""
    of = found.groupdict().get("of")
    return Verdict(number(found["n"]), *found.span("n"), number(of) if of else None)


def numbers(text: str) -> Iterator[Verdict]:
    """The numbers of a text that may be scores, with their denominators; none of a range, and no `3 bugs`."""
    return (verdict(found) for found in _NUMBERS.finditer(text) if found["n"] and not found["counted"])
