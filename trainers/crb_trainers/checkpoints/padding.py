"""Which token pads an exported classifier.

transformers reads the reward at the last token that is not the pad token. Where the pad token is also what closes a
conversation (pad = eos, as many tokenizers have it), that is one token too early, and the exported model would give
other rewards than it was trained to. Then another token pads: one of the tokenizer's own that no conversation contains,
or a new one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crb.conversation import Conversation, Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

NEW = "<|crb_pad|>"
_LIKELY = (r"pad", r"reserved|unused|extra", r"fim|file|repo|box|vision|image")


@dataclass(frozen=True)
class Pad:
    """A token that pads, its id, and why it was chosen."""

    token: str
    id: int
    reason: str


def choose_pad(tokenizer: PreTrainedTokenizerBase, *, rows: int) -> Pad:
    """Give a tokenizer a pad token that no rendered conversation contains.

    Args:
        tokenizer: gets the token, in place.
        rows: of the model's embedding; a token added beyond them needs one more.

    Returns:
        The token; its `id` may be `rows`, one more than the model has.
    """
    used = _used(tokenizer)
    own = tokenizer.pad_token_id
    if isinstance(own, int) and own not in used and own < rows:
        return Pad(str(tokenizer.pad_token), own, "the tokenizer's own: it closes no conversation")
    why = "the tokenizer has no pad token" if own is None else f"{tokenizer.pad_token} occurs in conversations"
    named = {str(tokenizer.eos_token), str(tokenizer.bos_token), str(tokenizer.unk_token)}
    free = {
        str(token): number
        for number, token in tokenizer.added_tokens_decoder.items()
        if token.special and number < rows and number not in used and str(token) not in named
    }
    for pattern in _LIKELY:
        for token in sorted(free, key=lambda token: free[token]):
            if re.search(pattern, token, re.IGNORECASE):
                tokenizer.pad_token = token
                return Pad(token, free[token], f"{why}; this special token does not")
    tokenizer.add_special_tokens({"pad_token": NEW})
    number = tokenizer.convert_tokens_to_ids(NEW)
    assert isinstance(number, int)
    return Pad(NEW, number, f"{why}; added, since no special token is free")


def _used(tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """The tokens of a rendered conversation."""
    from crb.tokens import chat_text, refuses_system_role

    conversation = Conversation((Message("system", "s"), Message("user", "u"), Message("assistant", "a")))
    if refuses_system_role(tokenizer):
        conversation = conversation.with_system_in_user()
    ids: list[int] = tokenizer(chat_text(tokenizer, conversation), add_special_tokens=False)["input_ids"]
    return set(ids)
