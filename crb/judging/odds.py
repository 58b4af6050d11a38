"""The log-odds of one word against another, for judges that end with Yes or No.

    score = log P(Yes) - log P(No)

at the token where the verdict stands: the answer's last word, or its first where it goes on to explain. That one
token must be the whole word: an earlier " No" is no verdict where the last word came in pieces. Both words are taken in
the spelling that was written, since " Yes" and "Yes" are two tokens. A word that is not among the likeliest tokens has
no log-probability here, and the answer no score: what is known is only that it is below the others'.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from crb.generation import Generation, Step, Token
from crb.judging.answers import CUT, UNFINISHED, answer
from crb.judging.tokens import locate
from crb.readings import Reading
from crb.vocabulary import Status

Pair = tuple[str, str]
_RUNS_ON = (
    r"(?!\s*/)(?=\W*\n|[^\w\s]|\s+(?:[^\w\s]|(?:it|this|that|because|since|as)\b))"  # `No bugs` does in another way
)
_NEAR = 20
_ROUNDING = 1e-3  # a log-probability may exceed 0 by so much


def log_odds(generation: Generation, pairs: Sequence[Pair], ids: Mapping[str, int]) -> Reading:
    """The log-odds of an answer.

    Args:
        generation: the answer.
        pairs: the two words as tokens, in each spelling they may have.
        ids: ids of the words, as far as they are known; otherwise texts are compared.
    """
    steps, text = generation.steps, answer(generation.text)
    if generation.cut:
        return _unparsed(CUT)
    if text is None:
        return _unparsed(UNFINISHED)
    if not steps:
        return _unparsed("the engine gave no log-probabilities")
    found = _word(text, "|".join(map(re.escape, sorted({word.strip() for pair in pairs for word in pair}))))
    if found is None:
        return _unparsed(f"the answer neither begins nor ends with {pairs[0][0].strip()} or {pairs[0][1].strip()}")
    place = locate(generation, *found.span("word"))
    if place is None:
        return _unparsed("the tokens do not add up to the text, so the verdict's cannot be told")
    step = steps[place.first]
    pair = _pair(step.token, pairs, ids)
    if pair is None or place.first != place.last:
        return _unparsed(f"the verdict {found['word']} is not a token of its own")
    return _odds(step, pair, ids)


def _word(text: str, either: str) -> re.Match[str] | None:
    """The last word, unless it ends `Yes or No`; or the first, unless it runs on (`No bugs were found`)."""
    last = re.search(rf"\b(?P<word>{either})\b\W*\Z", text)
    if last and not re.search(rf"\b(?:{either})\W{{0,4}}(?:or|/)\W{{0,4}}\Z", text[: last.start()][-_NEAR:]):
        return last
    return re.match(rf"\W*(?P<word>{either})\b(?!\W*\Z){_RUNS_ON}", text)


def _odds(step: Step, pair: Pair, ids: Mapping[str, int]) -> Reading:
    tokens = (*step.top, step.token)
    found = {word: token.logprob for word in pair for token in tokens if _is(token, word, ids)}
    for word in pair:
        if word not in found:
            return _unparsed(f"{word.strip()} is not among the {len(step.top)} likeliest tokens of the verdict")
        if not -math.inf < found[word] <= _ROUNDING:
            return _unparsed(f"the log-probability of {word.strip()} is {found[word]}")
    return Reading.of(found[pair[0]] - found[pair[1]])


def _pair(token: Token, pairs: Sequence[Pair], ids: Mapping[str, int]) -> Pair | None:
    return next((pair for pair in pairs if any(_is(token, word, ids) for word in pair)), None)


def _is(token: Token, word: str, ids: Mapping[str, int]) -> bool:
    if token.id is not None and word in ids:
        return token.id == ids[word]
    return token.text == word


def _unparsed(reason: str) -> Reading:
    return Reading(Status.UNPARSED, reason=reason)
