"""One word out of few as a verdict: A or B.

A word counts alone on the first line, named as the answer or as the better one, or marked as a label where it is the
only one of the words. What a sentence says behind `not` names nothing.
`A` is an article too, so a word that runs on in small letters (`A good response`) is none, whichever it is: a rule for
A alone would favour B. `A better one is B` names both and is no verdict. What was cut may have gone on in any way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from crb.generation import Generation
from crb.judge import ScoreMode
from crb.judging.answers import CUT, UNFINISHED, answer, blank
from crb.judging.expected import expectation
from crb.readings import Reading
from crb.vocabulary import Status

_AS = r"(?:(?:\W{1,8}(?:response|option))?\W{1,8}is\b)?"
_NAMED = (
    rf"(?i:\b(?:(?:answer|verdict){_AS}[^\w.;!]{{0,16}}|(?:better|best|choice|winner){_AS}(?:\s*[?:]\s*)?[^\w.,;!\n]{{0,16}})"
    r"(?:(?:response|option)\W{1,8})?)"
)
_LABEL = re.compile(r"\b(?:response|option|answer)\W{0,8}\Z|(?:[*_{\"'`\u201c\u2018]|(?<!\w)[(\[])\Z", re.IGNORECASE)
_BETTER = r"(?:(?:the|clearly|definitely|slightly|somewhat|significantly|much|far)\s+){0,3}(?:better|best|winner)\b"
_CLOSED = r"[*_)\]\"'`\u201d\u2019]{0,4}"
_WINS = re.compile(rf"{_CLOSED}\s+(?:is\s+{_BETTER}|wins\b)")
_BEATS = (
    rf"{_CLOSED}\s+(?:is\s+{_BETTER}|wins\b)(?=\W{{0,4}}(?:[.,;:!)\n]|\Z)|\s+(?:overall|than|because|since|as|here)\b)"
)
_IF = r"(?P<if>\b(?:if|whether)\s+(?:the\s+)?(?:(?:response|option)\s+)?)?"
_RUNS_ON = re.compile(rf"{_CLOSED}[ \t]+is\b|[ \t]*(?:-?[ \t]*[a-z]|[/&|+])")
_ENDS = re.compile(r"\s*(?:[.,;:!)](?!\w)|\Z)|[ \t]*\n")
_PICKED = re.compile(
    r"(?:\A|[\n.!?:;,>]|\b(?:is|choose|chose|pick|picked|prefer|select|selected|say|so|thus|hence|therefore|than|over"
    r"|(?:go|going|went)\s+(?:with|for))\b)[\s*_{(\[\"'`$\\\u201c\u2018]*\Z",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|neither|nor|cannot)\b|n['\u2019]t\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+")
_COMMAND = re.compile(r"\\(?:boxed|text|textbf|mathbf)\b")
_NEAR = 24


def choice(generation: Generation, words: Mapping[str, float], mode: ScoreMode) -> Reading:
    """The value of the word that an answer chooses; under `expected` the mean over the words by their probabilities.

    A word that is not among the likeliest tokens counts with probability 0: its own is below all that are.
    """
    text = answer(generation.text)
    if text is None:
        return Reading(Status.UNPARSED, reason=UNFINISHED)
    found = _chosen(text, words, cut=generation.cut)
    if found is None and generation.cut:
        return Reading(Status.UNPARSED, reason=CUT)
    if found is None:
        return Reading(Status.UNPARSED, reason=f"the answer does not choose between {' and '.join(words)}")
    value = words[found["word"]]
    if mode is ScoreMode.GREEDY:
        return Reading.of(value)

    def spelled(candidate: str, _: object) -> float | None:
        return next((words[word] for word in words if re.match(rf"{re.escape(word)}(?!\w)", candidate)), None)

    mean = expectation(generation, *found.span("word"), value, spelled)
    return Reading(Status.UNPARSED, reason=mean) if isinstance(mean, str) else mean.reading


def _chosen(text: str, words: Mapping[str, float], *, cut: bool) -> re.Match[str] | None:
    either = "|".join(map(re.escape, words))
    word = rf"(?<![\w'/])(?P<word>{either})(?![\w'])"
    text = _COMMAND.sub(blank, text)
    text = re.sub(rf"(?<!\w)(__?|')({either})\1(?!\w)", lambda found: found[2].center(len(found[0])), text)
    if first := re.match(rf"\W*{word}[^\w\n]*(?P<end>\n|\Z)", text):
        return first if first["end"] or not cut else None
    if cut:
        return None
    said = _SENTENCE.sub(_affirmed, text)
    named = [found for found in re.finditer(_NAMED + word, said) if _stands(found)]
    named += [found for found in re.finditer(_IF + word + _BEATS, said) if not found["if"]]
    if named:
        return named[-1] if len({found["word"] for found in named}) == 1 else None
    everywhere = list(re.finditer(_IF + word, text))
    if len({found["word"] for found in everywhere}) != 1 or _NOT.search(text):
        return None
    meant = (found for found in reversed(everywhere) if not found["if"])
    return next((found for found in meant if _stands(found) and _marked(found)), None)


def _affirmed(sentence: re.Match[str]) -> str:
    """A sentence up to where it says not."""
    denied = _NOT.search(sentence[0])
    return sentence[0][: denied.start()].ljust(len(sentence[0])) if denied else sentence[0]


def _stands(found: re.Match[str]) -> bool:
    """Whether a word is a label: no article (`A good one`), no more than half of `A/B`, not said to be worse."""
    end = found.end("word")
    return bool(_WINS.match(found.string, end)) or not _RUNS_ON.match(found.string, end)


def _marked(found: re.Match[str]) -> bool:
    start, end = found.span("word")
    near, text = max(0, start - _NEAR), found.string
    if _LABEL.search(text, near, start) or _WINS.match(text, end):
        return True
    return bool(_ENDS.match(text, end) and _PICKED.search(text, near, start))
