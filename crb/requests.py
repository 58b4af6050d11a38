"""Requests: what an engine is asked, one per candidate, rendered and tokenised once, before anything is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crb.conversation import conversation
from crb.errors import ModelError, UsageError
from crb.items import Item
from crb.readings import Reading
from crb.tokens import PromptTooLongError, Tokens, tokenise
from crb.vocabulary import Status

if TYPE_CHECKING:
    from crb.adapter import ScalarModel

Key = tuple[str, str]
"""(item id, candidate id)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One text to score: its system prompt, its tokens, the positions that the head reads, and whose text it is.

    Candidates of an item that come to the same tokens (equal responses, or responses cut to equal ones) are one
    request: they tie by construction, where two computations could differ by rounding and make one of them win.
    """

    keys: tuple[Key, ...]
    system: str | None
    tokens: Tokens
    positions: tuple[int, ...]

    @property
    def key(self) -> Key:
        """The first of its keys, which stands for it."""
        return self.keys[0]


def scalar_requests(
    model: ScalarModel,
    items: Iterable[Item],
    system: Callable[[Item], str | None],
    max_length: int,
    *,
    long_prompts: str = "refuse",
    reference_text: bool = False,
    source: str = "",
) -> tuple[list[Request], dict[Key, Reading]]:
    """The requests of all items, and readings for the candidates that cannot be asked.

    Args:
        long_prompts: `refuse` raises on a prompt that leaves no room for a response, `error` records it as a reading
            of status error and goes on.
        reference_text: double the BOS as the published runs did; see `crb.tokens.tokenise`.
        source: where the items came from, for errors.

    Raises:
        PromptTooLongError: naming the item, under `refuse`.
        ModelError: naming the item whose text cannot be made.
        UsageError: the model has no positions for texts of that length.
    """
    if model.longest is not None and max_length > model.longest:
        raise UsageError(
            f"the model has learned positions for {model.longest} tokens, and texts may have {max_length}",
            where=f"--max-length, model {model.tokenizer.name_or_path}",
            todo=f"--max-length {model.longest}",
        )
    file = f"file {source}, " if source else ""
    requests: list[Request] = []
    refused: dict[Key, Reading] = {}
    for number, item in enumerate(items, start=1):  # of those selected: a row of the file only where all are
        texts: dict[bytes, tuple[Tokens, list[Key]]] = {}
        for candidate in item.candidates:
            key = (item.id, candidate.id)
            try:
                asked = conversation(item, candidate, system(item))
                tokens = tokenise(model, asked, max_length, reference_text=reference_text)
                _check_vocabulary(model, tokens)
            except PromptTooLongError as error:
                if long_prompts == "refuse":
                    error.where = f"{file}item {item.id!r} (number {number} of those asked for), field 'prompt'"
                    if model.longest is not None and error.needed > model.longest:
                        error.todo = "the model reads no longer texts: record such items with --long-prompts error"
                    raise
                refused[key] = Reading(Status.ERROR, reason=error.what)
                continue
            except ModelError as error:
                error.where = f"{error.where}, at item {item.id!r}, {candidate.id}"
                raise
            texts.setdefault(tokens.ids.tobytes(), (tokens, []))[1].append(key)
        for tokens, keys in texts.values():
            requests.append(Request(tuple(keys), system(item), tokens, tuple(sorted(model.positions(tokens)))))
    return requests, refused


def _check_vocabulary(model: ScalarModel, tokens: Tokens) -> None:
    """Refuse ids that the model has no embedding for: an index error on the CPU, a broken device on a GPU."""
    known = model.vocab_size
    largest = int(tokens.ids.max())
    if largest >= known:
        token = model.tokenizer.convert_ids_to_tokens(largest)
        raise ModelError(
            f"the tokenizer makes {token!r} the id {largest}, and the model has embeddings for {known} tokens only",
            where=str(model.tokenizer.name_or_path),
            todo="tokenizer and weights do not belong together: get both from one place",
        )
