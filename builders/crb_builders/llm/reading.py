"""Reading an answer: the text between two tags, a rating, a verdict.

Strict, as the readers of the core are: thoughts and quoted code hold no verdict, and an answer that gives two
different ones gives none.
"""

from __future__ import annotations

import re
from typing import Literal, cast

from crb.generation import Generation
from crb.judging.answers import answer, thought_end

Verdict = Literal["A", "B", "TIE"]
_FENCE = re.compile(r"\A\s*(`{3,}|~{3,})[^\n]*\n(?P<code>.*?)\n?\s*\1\s*\Z", re.DOTALL)


def section(generation: Generation, tag: str) -> str | None:
    """The last text between `<tag>` and `</tag>`, without blank lines around it; None where there is none.

    Of an answer that never ended its thinking nothing is read.
    """
    start = thought_end(generation.text)
    if start is None:
        return None
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", generation.text[start:], re.DOTALL)
    return (found[-1].strip("\r\n").rstrip() or None) if found else None


def code(text: str) -> str:
    """Code without the Markdown fence around it, if it has one."""
    found = _FENCE.match(text)
    return found["code"] if found else text


def rating(generation: Generation, low: int, high: int) -> int | None:
    """The rating between `<rating>` tags, a whole number from `low` to `high`; None where there is no single one."""
    found = {int(value) for value in _marked(generation, "rating", r"\d{1,2}")}
    return next(iter(found)) if len(found) == 1 and low <= min(found) <= high else None


def verdict(generation: Generation) -> Verdict | None:
    """`A`, `B` or `TIE` between `<verdict>` tags; None where there is none, or several."""
    found = {value.upper() for value in _marked(generation, "verdict", r"A|B|TIE")}
    value = next(iter(found)) if len(found) == 1 else None
    return cast("Verdict", value) if value else None


def _marked(generation: Generation, tag: str, word: str) -> list[str]:
    text = answer(generation.text)
    if text is None:
        return []
    return re.findall(rf"<{tag}>\W*({word})\b(?:\s*/\s*\d+)?\W*</{tag}>", text, re.IGNORECASE)
