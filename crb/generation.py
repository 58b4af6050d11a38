"""Generation: what a judge is asked to write, and what came back, token by token where the engine tells.

The raw text, why it ended, what it cost and the log-probabilities are kept together, so that every score can be read
again later without asking the model again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from crb.conversation import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a text is generated. The defaults are greedy.

    Args:
        max_tokens: the longest answer, in tokens.
        temperature: 0 takes the likeliest token each time.
        top_p: the smallest set of tokens whose probabilities reach this is drawn from.
        top_k: only the likeliest so many tokens are drawn from; 0 for all.
        logprobs: for how many of the likeliest tokens at each position the log-probability is wanted.
        stop: texts that end the answer; they are not part of it.
    """

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    logprobs: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One request for a text: the conversation so far, and how the next message is generated.

    Args:
        messages: all messages up to the answer; roles as the model's chat template knows them.
        thinking: passed to chat templates that know `enable_thinking` (Qwen3); None leaves their default.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    thinking: bool | None = None

    @property
    def digest(self) -> str:
        """16 hexadecimal digits over all of it: equal turns are asked once."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Token:
    """A token the model wrote or could have written: its text, its natural log-probability, its id where known."""

    text: str
    logprob: float
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One position of an answer: the token written there, and the likeliest tokens (that one may be among them)."""

    token: Token
    top: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took, in tokens; `cached_tokens` of the prompt were not computed again."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Generation:
    """An answer.

    Args:
        text: as generated, without special tokens that end it.
        finish_reason: `stop` where the model ended by itself, `length` where it was cut, or the engine's own word.
        steps: one per generated token, the ending one included where the engine tells; empty without
            log-probabilities.
    """

    text: str
    finish_reason: str
    usage: Usage = field(default_factory=Usage)
    steps: tuple[Step, ...] = ()

    @property
    def weighed(self) -> bool:
        """Whether the engine told of any token that could have been written instead of another."""
        return any(other.text != step.token.text for step in self.steps for other in step.top)

    @property
    def cut(self) -> bool:
        """Whether the answer was cut off at its longest length."""
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer came.

    Args:
        reason: why, in words.
        permanent: whether asking again would fail again (the prompt is too long); others are asked again when the
            run is started again.
    """

    reason: str
    permanent: bool = False
