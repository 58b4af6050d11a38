"""The part of an answer in which a verdict may stand, and signs that mean nothing taken out of it.

Every character keeps its place: what is taken out becomes blanks, so that a verdict's tokens can be found.
"""

from __future__ import annotations

import re

UNFINISHED = "the thinking never ended"
CUT = "the answer was cut off before its verdict"

_TAG = re.compile(r"(?<![`\"'])<(?P<closing>/?)think(?:ing)?>", re.IGNORECASE)  # quoted, it is what the code is about
_FENCED = re.compile(
    r"(?P<fence>```|~~~)(?P<language>[A-Za-z][^\s`]*)?[^\n`]*\n(?P<body>.*?)(?:(?P=fence)|\Z)", re.DOTALL
)
_PROSE = re.compile(r"json[5c]?|te?xt|plain(?:text)?|md|markdown|(?:la)?tex|math|ya?ml|xml", re.IGNORECASE)
_OBJECT = re.compile(r"\s*\{.*\}\s*", re.DOTALL)
_SPECIAL = re.compile(r"<\|\w{1,40}\|>|</s>|<eos>|<end_of_turn>")
_EMPHASIS = re.compile(r"(?<!\w)_{1,2}(?=[+-]?\d)|(?<=\d)_{1,2}(?!\w)")
_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"
    "\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
_PLAIN = str.maketrans(
    dict.fromkeys(_INVISIBLE, " ") | dict(zip("\uff1a\uff0f\uff5b\uff5d\uff08\uff09\uff0c", ":/{}(),", strict=True))
)


def thought_end(text: str) -> int | None:
    """Where the last thought ends; 0 where there is none, None where it never ended."""
    tags = list(_TAG.finditer(text))
    if tags and not tags[-1]["closing"]:
        return None
    return tags[-1].end() if tags else 0


def answer(text: str) -> str | None:
    """The part of an answer in which a verdict may stand, at its place: thoughts and quoted code are blanked out.

    Code is a fenced block that names a programming language, unless all of it is one object in braces. Characters that
    nobody sees and a tokenizer's own signs become blanks, and full-width punctuation becomes plain. None where the
    thinking never ended.
    """
    closing = thought_end(text)
    if closing is None:
        return None
    shown = " " * closing + text[closing:].translate(_PLAIN)
    return _EMPHASIS.sub(blank, _SPECIAL.sub(blank, _FENCED.sub(_without_code, shown)))


def _without_code(found: re.Match[str]) -> str:
    data = _PROSE.fullmatch(found["language"] or "text") or _OBJECT.fullmatch(found["body"])
    return found[0] if data else blank(found)


def blank(found: re.Match[str]) -> str:
    """As many blanks as the match is long."""
    return " " * len(found[0])
