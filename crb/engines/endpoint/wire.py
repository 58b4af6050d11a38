"""An endpoint's answer, from bytes to a `Generation`. What is not an answer is refused with a reason.

Read by hand rather than by a schema: servers differ in what they add and leave out, and what a score is read from
(text, why it ended, log-probabilities) is to be strict while the rest is to be forgiving.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crb.generation import Generation, Step, Token, Usage

LEAST = -9999.0
"""Stands for a log-probability of minus infinity, which JSON does not have."""
_BROKEN = ("abort", "error")  # finish reasons of servers that gave up


class GarbageError(Exception):
    """A body that is no answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and what the server said of it.

    Args:
        generation: the answer.
        model: which model the server says it was.
        fingerprint: which set-up of it.
        cost: in dollars, where the server tells.
        reasoned: whether a train of thought came beside the answer.
    """

    generation: Generation
    model: str
    fingerprint: str
    cost: float | None
    reasoned: bool


def document(body: bytes) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        GarbageError: it is none.
    """
    if not body.strip():
        raise GarbageError("an empty answer")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:  # no JSON, cut off, no UTF-8, absurd numbers or nesting
        if body.lstrip()[:1] == b"<":
            raise GarbageError("an HTML page instead of an answer") from error
        raise GarbageError("an answer that is not JSON, or only a part of it") from error
    if not isinstance(found, dict):
        raise GarbageError("an answer of another shape: not a JSON object")
    return found


def read(found: dict[str, Any], hide: Callable[[str], str], *, logprobs: bool) -> Reply:
    """The answer in a chat completion.

    Args:
        found: the JSON object.
        hide: takes secrets out of a text.
        logprobs: whether log-probabilities were asked for; other ones are not kept.

    Raises:
        GarbageError: it is no chat completion, or the server gave up on it.
    """
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise GarbageError("an answer of another shape: it has no choices")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise GarbageError("an answer of another shape: its choice has no message")
    finish = choice.get("finish_reason")
    finish = finish if isinstance(finish, str) and finish else "unknown"
    if finish in _BROKEN:
        raise GarbageError(f"an answer that the server broke off ({finish})")
    reasoned = any(isinstance(message.get(name), str) and message[name] for name in ("reasoning", "reasoning_content"))
    text = _text(message, cut_or_reasoned=reasoned or finish in ("length", "content_filter"))
    steps = _steps(choice.get("logprobs"), hide) if logprobs else ()
    if reasoned:
        steps = _behind_reasoning(steps, text)
    usage = found.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Reply(
        Generation(hide(_whole(text)), hide(_whole(finish)), _usage(usage), steps),
        model=hide(_name(found.get("model"))),
        fingerprint=hide(_name(found.get("system_fingerprint"))),
        cost=_dollars(usage.get("cost")),
        reasoned=reasoned,
    )


def _text(message: dict[str, Any], *, cut_or_reasoned: bool) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):  # a text in parts
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type", "text") == "text"]
        texts = [part for part in parts if isinstance(part, str)]
        if texts and len(texts) == len(parts):
            return "".join(texts)
    if content is None:
        refusal = message.get("refusal")
        if isinstance(refusal, str) and refusal:
            return refusal
        if cut_or_reasoned:  # all of it went into the train of thought, or was filtered
            return ""
        if message.get("tool_calls") or message.get("function_call"):
            raise GarbageError("a call of a tool instead of an answer")
    raise GarbageError("an answer of another shape: its message has no text")


def _steps(found: Any, hide: Callable[[str], str]) -> tuple[Step, ...]:
    """One step per token; empty where the server gave no log-probabilities."""
    content = found.get("content") if isinstance(found, dict) else None
    if content is None:
        return ()
    try:
        return tuple(
            Step(_token(entry, hide), tuple(_token(other, hide) for other in entry.get("top_logprobs") or ()))
            for entry in content
        )
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
        raise GarbageError("log-probabilities of another shape") from error


def _token(entry: Any, hide: Callable[[str], str]) -> Token:
    text, logprob, raw = entry["token"], entry["logprob"], entry.get("bytes")
    if not isinstance(text, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
        raise TypeError
    if math.isnan(logprob) or logprob == math.inf:
        raise ValueError
    if isinstance(raw, list):  # a part of a character is spelt in another way by each server; its bytes are the same
        text = bytes(raw).decode("utf-8", "replace")
    return Token(hide(_whole(text)), max(float(logprob), LEAST))


def _behind_reasoning(steps: tuple[Step, ...], text: str) -> tuple[Step, ...]:
    """The steps of the answer alone: vLLM's cover the train of thought before it too."""
    start = "".join(step.token.text for step in steps).rfind(text)
    if start < 0:
        return steps
    position = 0
    for index, step in enumerate(steps):
        position += len(step.token.text)
        if position > start:
            return steps[index:]
    return ()


def _whole(text: str) -> str:
    """A text that can be written as UTF-8: an escaped half of a surrogate pair becomes the replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _usage(found: dict[str, Any]) -> Usage:
    details = found.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    prompt = _count(found.get("prompt_tokens"))
    return Usage(prompt, _count(found.get("completion_tokens")), min(_count(cached), prompt))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _dollars(value: Any) -> float | None:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if numeric and 0 <= value < 1e9 else None


def _name(value: Any) -> str:
    return _whole(value)[:200] if isinstance(value, str) else ""
