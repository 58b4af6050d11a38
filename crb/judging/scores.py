"""A score in an answer that should be JSON, and is prose often enough.

In this order: the `score` of the first JSON object that has one, a `score` key of broken JSON, the same for
`overall_score` and its like, a number in a tag, a number that is called the score, the rating or the overall one, a
number out of the scale's top, a number alone on the first line, one that opens the answer, the only number where the
text ends with it and it is given as a verdict. A `score` that is no number (`null`, `true`, `"five"`) ends the search:
a number elsewhere would be a stray one. Different numbers of equal standing are no verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from crb.generation import Generation
from crb.judging.answers import UNFINISHED, answer
from crb.judging.verdicts import BOUNDED, COUNTED, ENDED, NUMBER, Found, Verdict, numbers, verdict

_DECODER = json.JSONDecoder(strict=False, parse_int=float)  # an int of 5,000 digits would be refused by Python
_TOKEN = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*")|[{}\[\]]', re.DOTALL)
_COLON = re.compile(r"\s*:\s*")
_KEYS = (("score",), ("overall_score", "final_score", "total_score", "overall score", "final score", "total score"))
_BROKEN_KEY = re.compile(r"""(?<![\\\w])(["'])(?P<key>(?:(?:overall|final|total)[ _])?score)\1\s*:\s*""", re.IGNORECASE)
_VALUE = re.compile(
    rf"""[\s"'`*_(\[$\\\u201c\u2018]{{0,8}}(?:(?:[Ss]core\s*[:=]|boxed\s*\{{)\s{{0,4}})?(?P<n>{NUMBER}){ENDED}"""
    r"""(?:\s*(?:/|(?:out\s+)?of\b)\s*(?P<of>\d++(?:\.\d++)?))?(?P<list>\s*,\s*\d)?"""
)
_MARKS = r"""["'*_`>\]\s]{0,8}"""
_CALLED = re.compile(  # its runs of signs have an end: side by side, blanks without one would cost seconds
    r"""(?<!\w)(?P<label>(?:(?:overall|final|total)\W{1,4}(?:quality\W{1,4})?)?(?:score|rating)\b"""
    rf"""|(?:overall|final|total)(?={_MARKS}:)|\[RESULT\])"""
    r"""(?:\s*\([^()\n]*\)|\s*\[[^\[\]\n]*\]|\s+out\s+of\s+\d++|\s+(?:on\s+a\s+scale\s+)?(?:of|from)\s+1\s*(?:to|-)\s*\d++)?"""
    rf"""{_MARKS}(?:->|=>|[:=\u2192]|\bis\b|\bof\b|(?<=\s)[-\u2013\u2014](?=\s))?["'*_`(\[\s]{{0,8}}(?P<n>{BOUNDED})"""
    r"""(?:[*_`]{0,2}\s*(?:/|\bout\s+of\b)\s*(?P<of>\d++(?:\.\d++)?))?"""
    r"""(?!["'*_`)\s]{1,4}(?:would|could|should|means?|indicates?|requires?|represents?|is\s+(?:for|reserved))\b)"""
    rf"(?!{COUNTED})",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    rf"<(?P<label>score|rating)>[\s*]{{0,8}}(?P<n>{BOUNDED})(?:\s{{0,4}}/\s{{0,4}}(?P<of>\d++))?[\s*]{{0,8}}</(?P=label)>",
    re.IGNORECASE,
)
_OPENING = (
    r"(?:[^\w<>\u2264\u2265]|>\s|<(?=\d+>))*?(?:(?:the\s+)?(?:score|rating|answer)[^\w<>\u2264\u2265]{0,4}(?:is\W{1,8})?)?"
    rf"(?P<n>{BOUNDED})(?:\s*/\s*(?P<of>\d++))?"
)
_FIRST_LINE = re.compile(rf"{_OPENING}[\s*_`.)]*(?:\n|\Z)", re.IGNORECASE)
_FIRST_WORD = re.compile(
    rf"""{_OPENING}[*_`"')\]]{{0,4}}(?:\s*[-\u2013\u2014:,;(]|\s+(?:stars?|points?|because|since)\b)(?!\s*\d)""",
    re.IGNORECASE,
)
_LIST = re.compile(r"\n\W*\d")
_GIVEN = re.compile(  # `line 4` and `returns 4` are no verdicts
    r"(?:\A|[\n:]|\b(?:is|be|an?|it|this|response|code|answer|give|giving|assign|award|rate|rated|rating|scores?|scored"
    r"|deserves|earns|gets|choose|say|about|around|roughly|approximately)\b)[\s\"'*_`(\[<{$~\u2248\u201c\u2018\\]*(?:boxed\{)?\Z",
    re.IGNORECASE,
)
_NEAR = 40  # so far before a number is looked for what gives it
_OBJECTS = 200  # so many objects are tried: nested without an end, each would cost as much as all the others
_SHOWN = 20


def score(generation: Generation) -> Found:
    """The score that an answer gives. Prose that was cut has only what its first line says."""
    text = answer(generation.text)
    if text is None:
        return UNFINISHED
    found = _json_score(text)
    if found is None and not generation.cut:
        found = _only([verdict(tag) for tag in _TAGGED.finditer(text)])
        found = found or _only([verdict(label) for label in _CALLED.finditer(text)], _CALLED, text)
        found = found or _only([number for number in numbers(text) if number.of is not None])
    if found is None and (line := _FIRST_LINE.match(text)):
        found = verdict(line)
    if found is None and not generation.cut:
        found = _first_word(text) or _last_and_only(text)
    return found or "there is no score"


def leading_number(generation: Generation) -> Found:
    """The number that an answer begins with, for judges that are asked for a number alone; else as `score`.

    `1. First, ...` begins a list and is no verdict.
    """
    text = answer(generation.text)
    if text is not None and (found := _FIRST_LINE.match(text)):
        return verdict(found)
    return score(generation)


def _json_score(text: str) -> Found | None:
    """The `score` of the first object that has one, valid or broken; else its `overall_score`; None without either."""
    return next((found for keys in _KEYS if (found := _keyed(text, keys)) is not None), None)


def _keyed(text: str, keys: Collection[str]) -> Found | None:
    broken = [key for key in _BROKEN_KEY.finditer(text) if key["key"].casefold() in keys]
    place = text.find("{") if broken else -1
    for _ in range(_OBJECTS):
        if place < 0:
            break
        end = _json_end(text, place)
        if end is None:
            place = text.find("{", place + 1)
            continue
        key = _shallowest_key(text, place, end, keys)
        if key is not None:
            return _value(text, key)
        place = text.find("{", end)
    values = [_value(text, key.end()) for key in broken[:_OBJECTS]]
    verdicts = [value for value in values if isinstance(value, Verdict)]
    return _only(verdicts) or (values[0] if values else None)


def _json_end(text: str, start: int) -> int | None:
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None


def _shallowest_key(text: str, start: int, end: int, keys: Collection[str]) -> int | None:
    """Where the value of the outermost `score` of a valid object begins; of two, the later one, as JSON has it."""
    best: tuple[int, int] | None = None
    depth = 0
    for token in _TOKEN.finditer(text, start, end):
        if token["string"] is None:
            depth += 1 if token[0] in "{[" else -1
        elif token[0][1:-1].casefold() in keys and (colon := _COLON.match(text, token.end())):
            best = min(best or (depth, -colon.end()), (depth, -colon.end()))
    return -best[1] if best else None


def _value(text: str, start: int) -> Found:
    """The number that a `score` holds: bare, as a string, or the only one in a list or an object."""
    if (found := _VALUE.match(text, start)) and not found["list"]:
        return verdict(found)
    end = _json_end(text, start)
    inside = list(numbers(text[start:end])) if end is not None and text[start] in "[{" else []
    if len(inside) == 1:
        only = inside[0]
        return Verdict(only.value, only.start + start, only.end + start, only.of)
    shown = text[start : start + _SHOWN].split("\n")[0]
    return f"the score is no number: {shown!r}"


def _only(found: list[Verdict], called: re.Pattern[str] | None = None, text: str = "") -> Found | None:
    """The one value that all of them give, or the last where it is called overall; None of none."""
    if not found:
        return None
    if len({(one.value, one.of) for one in found}) == 1:
        return found[-1]
    if called and re.match(r"overall|final|total", [*called.finditer(text)][-1]["label"], re.IGNORECASE):
        return found[-1]
    return f"{len(found)} scores that differ"


def _first_word(text: str) -> Found | None:
    """`4, because it works.`: the answer begins with it, and is no list."""
    found = _FIRST_WORD.match(text)
    return verdict(found) if found and not _LIST.search(text, found.end()) else None


def _last_and_only(text: str) -> Found | None:
    """`It is a 4.`: the only number, given as one, with nothing but signs behind it."""
    found = list(numbers(text))
    if len(found) != 1 or re.search(r"\w", text[found[0].end :]):
        return None
    start, end = found[0].start, found[0].end
    if text[start - 1 : start] == "<" and text[end : end + 1] != ">":
        return None  # below it
    return found[0] if _GIVEN.search(text, max(0, start - _NEAR), start) else None
