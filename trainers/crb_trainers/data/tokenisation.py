"""Pairs as token ids: rendered, tokenised and cut once, by the core's rules.

The prompt is kept and the response cut; a cut response is not closed as if it were whole, and a pair whose two
responses are the same after the cut says nothing and is dropped. What was cut or dropped is counted. The reference
closes cut responses, trains on identical ones, and under transformers 5 takes the length of an encoding's keys for
the prompt's length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, repeat
from os import cpu_count
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from crb.conversation import Conversation, Message
from crb.engines.forest import Ids
from crb.tokens import PromptTooLongError, Renderer, Tokens, chat_text, tokenise

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TooLong = Literal["truncate", "drop"]
DropReason = Literal["too_long", "prompt_too_long", "identical", "identical_after_truncation", "empty_response"]
_EXAMPLES = 5
_THREADS, _AT_ONCE = 16, 4096  # more threads wait for the interpreter; pairs at once bound what is in flight


class TextPair(Protocol):
    """What is read of a pair of texts."""

    @property
    def id(self) -> str: ...
    @property
    def system(self) -> str | None: ...
    @property
    def prompt(self) -> str: ...
    @property
    def chosen(self) -> str: ...
    @property
    def rejected(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Two conversations that differ in the response.

    Shapes: `chosen` and `rejected` are (tokens,), int32. `prompt_length` tokens of `chosen` are what a language model
    is given (up to and with the template's generation prompt); the rest is what it is trained to write: the
    response, what the template writes around it (Qwen3's empty think block) and what closes the turn.
    """

    id: str
    prompt_length: int
    chosen: Ids
    rejected: Ids
    chosen_truncated: bool = False
    rejected_truncated: bool = False

    @property
    def tokens(self) -> int:
        """Tokens of both conversations, none shared."""
        return len(self.chosen) + len(self.rejected)

    @property
    def completion_tokens(self) -> int:
        """Targets of the language-model loss."""
        return len(self.chosen) - self.prompt_length


@dataclass(frozen=True, slots=True)
class TokenisingReport:
    """What became of the pairs: `read` is `kept` plus all `dropped`.

    Attributes:
        truncated: pairs kept of which a response is cut.
        examples: the first ids dropped for a reason, for people.
    """

    read: int
    kept: int
    truncated: int
    dropped: dict[DropReason, int] = field(default_factory=dict)
    examples: dict[DropReason, tuple[str, ...]] = field(default_factory=dict)


class PairTokeniser(Renderer):
    """Conversations of pairs, rendered as the trained model will be scored."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer

    def pair(self, pair: TextPair, max_length: int, too_long: TooLong = "truncate") -> TokenPair | DropReason:
        """A pair's tokens, or why it is left out."""
        if not pair.chosen or not pair.rejected:
            return "empty_response"
        try:
            chosen = tokenise(self, _conversation(pair, pair.chosen), max_length)
            rejected = tokenise(self, _conversation(pair, pair.rejected), max_length)
        except PromptTooLongError:
            return "prompt_too_long"
        cut = chosen.truncated or rejected.truncated
        if cut and too_long == "drop":
            return "too_long"
        if np.array_equal(chosen.ids, rejected.ids):
            return "identical_after_truncation" if cut else "identical"
        return TokenPair(
            pair.id, self._given(pair, chosen), chosen.ids, rejected.ids, chosen.truncated, rejected.truncated
        )

    @cached_property
    def _has_generation_prompt(self) -> bool:
        """Whether the template opens the response's turn when it is asked to."""
        asked = Conversation((Message("user", "a"),))
        opened = chat_text(self.tokenizer, asked, add_generation_prompt=True)
        return opened != chat_text(self.tokenizer, asked, add_generation_prompt=False)

    def _given(self, pair: TextPair, tokens: Tokens) -> int:
        """How many tokens stand before the first that a language model writes: those of the generation prompt.

        Some templates have none, or one that full conversations do not start with; there, all before the response.
        """
        if not self._has_generation_prompt:
            return tokens.prompt_length
        asked = _conversation(pair, pair.chosen)
        if self.system_in_user:
            asked = asked.with_system_in_user()
        opening = Conversation(asked.messages[:-1])
        text = chat_text(self.tokenizer, opening, add_generation_prompt=True)
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        begins = len(ids) <= tokens.prompt_length and np.array_equal(tokens.ids[: len(ids)], ids)
        return len(ids) if begins else tokens.prompt_length


def tokenise_pairs(
    pairs: Iterable[TextPair], tokenizer: PreTrainedTokenizerBase, *, max_length: int, too_long: TooLong = "truncate"
) -> tuple[list[TokenPair], TokenisingReport]:
    """Render, tokenise and cut pairs to at most `max_length` tokens a conversation.

    Two thirds of the time is spent in the tokenizer, which lets other threads run meanwhile: one per core is used.

    Returns:
        The pairs kept, in their order, and what became of the others.

    Raises:
        ModelError: the chat template fails, or a response cannot be found in what it rendered.
    """
    tokeniser = PairTokeniser(tokenizer)
    kept: list[TokenPair] = []
    dropped: dict[DropReason, list[str]] = {}
    read = 0
    for pair, found in _in_threads(tokeniser, iter(pairs), max_length, too_long):
        read += 1
        if isinstance(found, TokenPair):
            kept.append(found)
        else:
            dropped.setdefault(found, []).append(pair.id)
    return kept, TokenisingReport(
        read,
        len(kept),
        sum(pair.chosen_truncated or pair.rejected_truncated for pair in kept),
        {reason: len(ids) for reason, ids in dropped.items()},
        {reason: tuple(ids[:_EXAMPLES]) for reason, ids in dropped.items()},
    )


def _in_threads(
    tokeniser: PairTokeniser, pairs: Iterator[TextPair], max_length: int, too_long: TooLong
) -> Iterator[tuple[TextPair, TokenPair | DropReason]]:
    """The pairs in their order, with their tokens or why they are left out."""
    for first in pairs:  # alone: it may change the tokenizer's settings, which must not happen under other threads
        yield first, tokeniser.pair(first, max_length, too_long)
        break
    with ThreadPoolExecutor(min(_THREADS, cpu_count() or 1)) as pool:
        while some := list(islice(pairs, _AT_ONCE)):
            found = pool.map(tokeniser.pair, some, repeat(max_length), repeat(too_long))
            yield from zip(some, found, strict=True)


def _conversation(pair: TextPair, response: str) -> Conversation:
    opening = () if pair.system is None else (Message("system", pair.system),)
    return Conversation((*opening, Message("user", pair.prompt), Message("assistant", response)))
