"""The expected score: the mean of what a judge could have written, weighted by how likely it was.

Walk along the tokens t = 1..n that spell the verdict. At each, every alternative x among the likeliest tokens branches
off what was written before, and spells a value v(t, x) with it:

    E = sum(w(t, x) * v(t, x)) / sum(w(t, x)),    w(t, x) = p(x | written before t) * product of p(written s) for s < t

The verdict itself is one of the branches, with the product over all its tokens, less the probability of those tokens
behind it that would have made another number of it (`0` behind `1`), which are branches too. Only values on the scale
count, and their weights are renormalised. It is an approximation in two ways: tokens beyond the engine's likeliest ones
are left out, and a branch is taken to end where it leaves the path, since nobody asked the model how it would go on. So
`7` instead of `8` counts as 7, not 7.5; but `1` on a scale to 10 may be the start of 10, which would be far off: such a
branch is left out, unless a longer token at the same place (`10`) shows that the vocabulary spells it in one. Where the
values that count have less than half of the probability, the reading says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crb.generation import Generation, Step
from crb.judging.scale import Scale
from crb.judging.tokens import locate, others, token_text
from crb.judging.verdicts import Verdict, number
from crb.readings import Reading

Spelling = Callable[[str, Sequence[str]], float | None]
"""The value that a text begins with, given all texts that could stand there; None where it has none."""

_END = "\n"
_HALF = 0.5
_CERTAIN = -0.01  # a natural log-probability; above it there is no alternative to speak of
_LEAST = 1e-12  # what the verdict itself keeps at least
_LEADING = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected value, and how much of the probability the values have that it is the mean of."""

    value: float
    share: float

    @property
    def reading(self) -> Reading:
        """A score, which tells where less than half of the probability speaks for it: the rest is out of view."""
        found = Reading.of(self.value)
        little = f"the scores in view have {self.share:.0%} of the probability" if self.share < _HALF else None
        return Reading(found.status, found.score, found.reason or little)


def expected_score(generation: Generation, verdict: Verdict, scale: Scale) -> Expected | str:
    """The expected score of an answer whose verdict is on the scale, or why there is none."""

    def spelled(text: str, all_texts: Sequence[str]) -> float | None:
        found = _LEADING.match(text)
        if found is None or not scale.has(value := number(found[0])):
            return None
        return None if found.end() == len(text) and _may_grow(text, all_texts, scale) else value

    return expectation(generation, verdict.start, verdict.end, verdict.value, spelled)


def expectation(generation: Generation, start: int, end: int, value: float, spelled: Spelling) -> Expected | str:
    """The expected value of what `text[start:end]`, which means `value`, could have been; or why there is none."""
    if not generation.steps:
        return "the engine gave no log-probabilities"
    place = locate(generation, start, end)
    if place is None:
        return "the tokens do not add up to the text, so the verdict's cannot be told"
    steps = generation.steps[place.first : place.last + 1]
    if not others(steps[0]) and steps[0].token.logprob < _CERTAIN:
        return "the engine gave no alternatives to the verdict's token"
    behind = generation.steps[place.last + 1 : place.last + 2] if not place.closed else ()
    branches, path, prefix = _branches(steps, place.before, spelled)
    share = 1.0
    for step in behind:
        texts = [(prefix + (text or _END), logprob) for text, logprob in others(step)]
        for text, logprob in texts:
            branch = spelled(text, [other for other, _ in texts])
            if branch != value:
                share -= _probability(logprob)
                branches.append((path + min(logprob, 0.0), branch))
    branches.append((path + math.log(max(share, _LEAST)), value))
    return _mean(branches) if math.isfinite(path) else "the log-probability of the verdict is not finite"


Branch = tuple[float, float | None]  # a log-weight, and the value it is for


def _branches(steps: Sequence[Step], before: str, spelled: Spelling) -> tuple[list[Branch], float, str]:
    """The branches off the tokens that spell a verdict, the verdict's own log-weight, and what they write."""
    path, prefix = 0.0, ""
    found: list[Branch] = []
    for step in steps:
        mine = token_text(step.token.text)
        written = prefix + mine if prefix else _behind(mine, before) or ""
        texts = [(_behind(text, before) if not prefix else text, logprob) for text, logprob in others(step)]
        # a special token without a text ends the answer, and so the number
        ways = [(prefix + (text or _END), logprob) for text, logprob in texts if text is not None]
        all_texts = [*(text for text, _ in ways), written]
        found += [(path + min(logprob, 0.0), spelled(text, all_texts)) for text, logprob in ways]
        path += min(step.token.logprob, 0.0)
        prefix = written
    return found, path, prefix


def _mean(branches: Sequence[Branch]) -> Expected:
    found = [(weight, value) for weight, value in branches if value is not None and math.isfinite(weight)]
    top = max(weight for weight, _ in found)
    weights = [math.exp(weight - top) for weight, _ in found]
    total = math.fsum(weights)
    mean = math.fsum(w * value for w, (_, value) in zip(weights, found, strict=True)) / total
    values = [value for _, value in found]
    mean = min(max(mean, min(values)), max(values))  # rounding must not leave the scale
    return Expected(mean, min(total * math.exp(top), 1.0))


def _probability(logprob: float) -> float:
    return math.exp(min(logprob, 0.0)) if not math.isnan(logprob) else 0.0


def _behind(text: str, before: str) -> str | None:
    """What a token writes behind the signs that stand in front of the verdict; None where it does not write them."""
    if not before.strip():
        return text.lstrip()
    return text[len(before) :] if text.startswith(before) else None


def _may_grow(text: str, all_texts: Sequence[str], scale: Scale) -> bool:
    """Whether another digit behind an unfinished whole number could give another score of the scale."""
    if not text.isdigit() or not 0 < int(text) * 10 <= scale.high:
        return False
    return not any(
        len(other) > len(text) and other.startswith(text) and other[len(text)].isdigit() for other in all_texts
    )
