"""From a turn to the token ids that a model is given: its own chat template, rendered and tokenised once."""

from __future__ import annotations

from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from crb.adapter import ModelSource
from crb.conversation import Conversation
from crb.errors import CrbError, ModelError, first_line
from crb.generation import Turn
from crb.tokens import chat_text, refuses_system_role

_USUAL = ("system", "user", "assistant")


def load_tokenizer(source: ModelSource, *, trust_remote_code: bool) -> PreTrainedTokenizerBase:
    """The tokenizer of a model's folder.

    Raises:
        ModelError: there is none.
    """
    loader: Any = AutoTokenizer
    try:
        tokenizer: PreTrainedTokenizerBase = loader.from_pretrained(source.path, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"the tokenizer cannot be loaded: {first_line(error)}",
            where=f"file {source.path}",
            todo="the folder needs tokenizer.json and tokenizer_config.json",
        ) from error
    return tokenizer


class Prompts:
    """Writes turns as a model's chat template has them."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self.system_in_user = refuses_system_role(tokenizer)
        """Whether a system message opens the user's, because the template refuses a system role (Gemma)."""

    def text(self, turn: Turn) -> str:
        """The text up to where the answer begins.

        Raises:
            ModelError: the template fails, or leaves a message out.
        """
        conversation = Conversation(turn.messages)
        if self.system_in_user:
            conversation = conversation.with_system_in_user()
        options = {} if turn.thinking is None else {"enable_thinking": turn.thinking}
        unusual = sorted({message.role for message in turn.messages} - {*_USUAL})
        try:
            text = chat_text(self._tokenizer, conversation, add_generation_prompt=True, **options)
        except CrbError as error:
            if unusual:
                raise self._no_role(unusual, str(error.what)) from error
            raise
        for message in conversation.messages:
            # Some templates pass over roles they do not know. What an assistant said before may be shortened.
            if message.role != "assistant" and message.content.strip() not in text:
                raise self._no_role([message.role], "it leaves the message out")
        return text

    def ids(self, turn: Turn) -> tuple[int, ...]:
        """The tokens of `text`, without any that the tokenizer would add: the template has written them."""
        return tuple(self._tokenizer(self.text(turn), add_special_tokens=False)["input_ids"])

    def _no_role(self, roles: list[str], why: str) -> ModelError:
        names = ", ".join(map(repr, roles))
        return ModelError(
            f"the model's chat template does not take a message of the role {names}: {why}",
            where=str(self._tokenizer.name_or_path),
            todo="use the model that the judge is for, or another judge: --adapter",
        )
