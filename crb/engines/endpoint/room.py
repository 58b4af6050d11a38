"""How long an answer may be beside a prompt, from the words with which a server refuses the two together.

Servers tell it in several wordings and never as a field. Where the words are not understood nothing is claimed.
"""

from __future__ import annotations

import re

_NUMBER = r"(\d[\d,]*)"
_CONTEXT = re.compile(rf"(?i)context[_ ](?:length|window|size|limit)\D{{0,30}}?{_NUMBER}|must be <= {_NUMBER}")
_SUM = re.compile(rf"(?i)context limit: {_NUMBER} \+ {_NUMBER} > {_NUMBER}")
_PROMPT = re.compile(
    rf"(?i){_NUMBER} (?:tokens? )?(?:in|of|from) (?:the |your )?(?:messages?|prompt|input|text input)\b"
    rf"|{_NUMBER} (?:input|prompt) tokens|{_NUMBER} .inputs. tokens"
)
_TOTAL = re.compile(rf"(?i)requested (?:about |a total of )?{_NUMBER} tokens")
_NAMES_ANSWER = re.compile(r"(?i)output tokens|in the output|completion|max_\w*tokens")


def room(message: str, asked: int) -> int | None:
    """How many tokens of an answer fit beside the prompt; below 1 where the prompt alone does not fit.

    Args:
        message: the server's words.
        asked: the tokens of an answer that were asked for.

    Returns:
        None where the words do not tell. At least `asked` where they contradict the refusal. Where the server counted
        the prompt only as far as its limit (vLLM: "at least"), half of what was asked for, to be asked again.
    """
    if found := _SUM.search(message):
        return _value(found, 3) - _value(found, 1)
    context = _CONTEXT.search(message)
    if context is None:
        return None
    most = _value(context)
    if prompt := _PROMPT.search(message):
        left = most - _value(prompt)
        counted_so_far = left == asked - 1 or "at least" in message
        return min(left, asked // 2) if counted_so_far and 0 < left < asked else left
    total = _TOTAL.search(message)
    if total is None or _value(total) < asked:
        return None
    return most - (_value(total) - asked)


def names_answer(message: str) -> bool:
    """Whether the words speak of the answer's length: then a shorter answer may fit, and the prompt may be sound."""
    return _NAMES_ANSWER.search(message) is not None


def _value(found: re.Match[str], group: int | None = None) -> int:
    text = found[group] if group is not None else next(each for each in found.groups() if each is not None)
    return int(text.replace(",", "")[:12])
