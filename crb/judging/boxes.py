r"""The last `\boxed{...}` of a text: the verdict of judges that box it.

The last box alone counts. Where it holds no number, an earlier one is some criterion's and no verdict; nor is the last
one where an overall score is called behind it, in no box. `8.0`, `.5`, `7/10`, `\text{8}` and `\frac{7}{10}` inside a
box are numbers; `5,5`, `seven` and an unclosed box are not. A judge that draws no box at all may still end with the
line that was asked for, `Overall score: 7`; a number said in any other way is no verdict.

No two runs of signs stand side by side in a pattern: a judge that fills its answer with blanks would cost seconds.
"""

from __future__ import annotations

import re

from crb.generation import Generation
from crb.judging.answers import CUT, UNFINISHED, answer, blank
from crb.judging.verdicts import BOUNDED, NUMBER, Found, Verdict, number, verdict

_BOX = re.compile(r"\\boxed(?![a-z])\s*(?:(?P<open>\{)|(?=[\d.+\-\u2212])|\Z)", re.IGNORECASE)
_STYLE = re.compile(
    r"\\(?:text|math|bold)[a-z]*|\\(?:bf|it|rm|large|Large|huge|Huge)\b|\\[,;:! ()\[\]]|[{}$*_`\"'()\[\]~]"
)
_CONTENT = re.compile(
    rf"\s*(?:(?:overall\s+|final\s+)?(?:quality\s+)?score\s*[:=]\s*)?(?P<n>{NUMBER})\.?"
    r"(?:\s*(?:/|out\s+of\b)\s*(?P<of>\d++(?:\.\d++)?))?(?:\s*points?)?[\s.,;]*",
    re.IGNORECASE,
)
_FRACTION = re.compile(rf"\s*\\[dt]?frac\s*\{{(?P<n>{NUMBER})\}}\s*\{{(?P<of>\d++)\}}\s*")
_BARE = re.compile(rf"(?P<n>{BOUNDED})")
_OVERALL = re.compile(r"\b(?:overall|final|total|verdict)\b", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"\b(?:overall|final|total)\b[^\S\n]{0,4}(?:(?:quality[^\S\n]{1,4})?(?:score|rating)\b)?[*_\s\"']{0,4}(?::|=|\bis\b)"
    rf"[^\w\n]{{0,12}}(?:[a-z]{{0,5}}box(?:ed)?\W{{0,3}})?(?:(?P<n>{BOUNDED})(?!\s+(?!out\b|points?\b)[a-z])|\Z)",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"^[^\w\n]*(?:the\s+)?overall\s+(?:quality\s+)?score(?:\s+of\s+the\s+response|\s*\(0-10\))?\W{1,4}(?:is\s+)?"
    rf"(?P<n>{BOUNDED})(?:\s*/\s*(?P<of>\d+))?[^\w\n]*$",
    re.IGNORECASE | re.MULTILINE,
)


def last_box(generation: Generation) -> Found:
    """The number in the last box. An answer that was cut has none: its last box was still to come."""
    text = answer(generation.text)
    if text is None:
        return UNFINISHED
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return _line(text, cut=generation.cut)
    if generation.cut:
        return CUT
    found = _inside(text, boxes[-1])
    before = boxes[-2].end() if len(boxes) > 1 else 0
    if isinstance(found, Verdict) and not _OVERALL.search(text, before, boxes[-1].start()):
        said = list(_OUTSIDE.finditer(text, found.end))
        if said and (said[-1]["n"] is None or number(said[-1]["n"]) != found.value):
            return "an overall score is called behind the last box, and not in one"
    return found


def _inside(text: str, box: re.Match[str]) -> Found:
    start = box.end()
    if not box["open"]:
        bare = _BARE.match(text, start)
        return verdict(bare) if bare else "the last box holds no number"
    end = _closing(text, start)
    if end is None:
        return "the last box is not closed"
    plain = text[:start] + _STYLE.sub(blank, text[start:end])
    content = _FRACTION.fullmatch(text, start, end) or _CONTENT.fullmatch(plain, start, end)
    return verdict(content) if content else "the last box holds no number"


def _line(text: str, *, cut: bool) -> Found:
    """The last line of the form asked for; of an answer that was cut only one that opens it, before all reasons."""
    lines = list(_LINE.finditer(text))
    if not cut:
        return verdict(lines[-1]) if lines else "there is no box"
    return verdict(lines[0]) if lines and not text[: lines[0].start()].strip() else CUT


def _closing(text: str, start: int) -> int | None:
    """Where the brace opened before `start` is closed."""
    depth = 1
    for brace in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return None
