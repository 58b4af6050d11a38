"""Tokens: one rendered, tokenised and fitted conversation.

The model's own chat template renders a conversation to text once, and that text is tokenised once, without adding
special tokens: the template has written them already (adding them again doubles the BOS and moves scores by 0.06 to
1.9 on tiny checkpoints). What does not fit is cut from the end of the response, counted and marked; the prompt is
never cut, and a cut response is not closed as if it were whole. What the tokenizer itself puts behind a text, an
encoder's [SEP], is no part of the response and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crb.conversation import Conversation, Message
from crb.errors import DataError, ModelError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from transformers import PreTrainedTokenizerBase

_SHORT = 64  # characters; so short a response may also stand in what closes a turn, as "end" does in "<|im_end|>"
_DATE = "26 Jul 2024"  # Llama 3's templates write today's date unless told one, and scores would drift daily
_MARK = "\ue000"  # for private use: stands in no template


@dataclass(frozen=True, slots=True)
class Tokens:
    """A conversation as token ids.

    `ids[:prompt_length]` was rendered before the response, `ids[prompt_length:response_end]` is the response, the
    rest closes the turn. Shapes: `ids` is (tokens,), int32; so is `segments`, which of two texts each token is of, of
    models that are told.
    """

    ids: npt.NDArray[np.int32]
    prompt_length: int
    response_end: int
    truncated: bool = False
    segments: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.ids)


class Renderer:
    """How a model's conversations become text and tokens: by default as the tokenizer's chat template writes them."""

    tokenizer: PreTrainedTokenizerBase
    add_special_tokens: bool = False
    """Whether the tokenizer adds its special tokens: only where `text` does not write them itself."""
    suffix_ids: tuple[int, ...] = ()
    """Tokens appended behind the text and never cut, e.g. a token that the head reads."""
    reference_doubles_bos: bool = True
    """Whether the published runs had the tokenizer add its BOS to a text that begins with one: `--reference-text`."""
    segments: bool = False
    """Whether the backbone is told which of two texts a token is of (`token_type_ids`)."""

    @cached_property
    def system_in_user(self) -> bool:
        """Whether a system prompt opens the user turn, because the chat template refuses a system role (Gemma)."""
        return type(self).text is Renderer.text and refuses_system_role(self.tokenizer)

    def text(self, conversation: Conversation) -> str:
        """The text that is scored: by default what the tokenizer's chat template writes."""
        return chat_text(self.tokenizer, conversation)

    def text_pair(self, conversation: Conversation) -> tuple[str, str] | None:
        """Question and answer, where the tokenizer joins two texts in its own way; by default `text` is all."""
        return None


class PromptTooLongError(DataError):
    """A prompt leaves no room for a single token of the response."""

    def __init__(self, prompt_length: int, max_length: int) -> None:
        self.needed = prompt_length + 1
        super().__init__(
            f"the prompt takes {prompt_length} tokens, which leaves no room for the response "
            f"within the maximum length of {max_length}",
            field="prompt",
            todo=f"raise --max-length to at least {self.needed}, or record such items as errors: --long-prompts error",
        )


def chat_text(tokenizer: PreTrainedTokenizerBase, conversation: Conversation, **options: Any) -> str:
    """The conversation as the tokenizer's chat template writes it.

    Args:
        options: what else the template is told, e.g. `add_generation_prompt`.

    Raises:
        ModelError: the tokenizer has no chat template, or the template fails. There is no fallback format: scores
            under another format would be another model's.
    """
    if not tokenizer.chat_template:
        raise ModelError(
            "the tokenizer has no chat template, so a conversation cannot be rendered as the model was trained on",
            where=str(tokenizer.name_or_path),
            todo="add chat_template.jinja to the model folder, or use an adapter that writes the text (--adapter)",
        )
    try:
        text = tokenizer.apply_chat_template(conversation.as_dicts(), tokenize=False, date_string=_DATE, **options)
    except _template_errors() as error:
        raise ModelError(
            f"the chat template failed: {error}",
            where=str(tokenizer.name_or_path),
            todo="run with --prompts none if the template refuses a system role, or mend the template",
        ) from error
    if not isinstance(text, str):
        raise ModelError(
            "the chat template did not return one text",
            where=str(tokenizer.name_or_path),
            todo="use the chat template that the model was published with",
        )
    return text


def refuses_system_role(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the chat template raises on a system message but takes the same conversation without one (Gemma)."""
    if not tokenizer.chat_template:
        return False
    plain = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    try:
        tokenizer.apply_chat_template(plain, tokenize=False)
    except _template_errors():
        return False
    try:
        tokenizer.apply_chat_template([{"role": "system", "content": "s"}, *plain], tokenize=False)
    except _template_errors():
        return True
    return False


def _template_errors() -> tuple[type[Exception], ...]:
    """What rendering can raise: jinja's own errors, and those of the expressions in a template."""
    from jinja2.exceptions import TemplateError

    return (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def tokenise(
    renderer: Renderer, conversation: Conversation, max_length: int, *, reference_text: bool = False
) -> Tokens:
    """Render `conversation`, tokenise it and cut the response so that at most `max_length` tokens remain.

    Args:
        reference_text: let the tokenizer add its special tokens to what the template wrote, as the published runs did:
            a tokenizer that adds a BOS then doubles it. For comparisons with those runs only; of two texts nothing
            changes, to which it adds them anyway.

    Raises:
        PromptTooLongError: not one token of the response fits.
        ModelError: the template fails, or the response cannot be found in what it rendered.
    """
    import numpy as np

    if renderer.system_in_user:
        conversation = conversation.with_system_in_user()
    special = renderer.add_special_tokens or (reference_text and renderer.reference_doubles_bos)
    pair = renderer.text_pair(conversation)
    texts = pair or (renderer.text(conversation),)
    encoding = renderer.tokenizer(
        *texts,
        add_special_tokens=special,
        return_offsets_mapping=True,
        return_token_type_ids=renderer.segments,
        verbose=False,  # of what is too long for the model, which is cut below, and said so
    )
    ids = np.asarray(encoding["input_ids"], dtype=np.int32)
    # Of each token the text that it is from, 0 or 1; None of those that the tokenizer adds before, between and behind.
    owners: list[int | None] = encoding.sequence_ids(0) if special else [0] * len(ids)
    end = next((i for i in range(len(ids), 0, -1) if owners[i - 1] is not None), 0)
    if pair:
        response = [i for i, owner in enumerate(owners) if owner == 1] or [end]
        prompt_length, response_end = response[0], response[-1] + 1
    else:
        offsets: list[tuple[int, int]] = encoding["offset_mapping"][:end]
        start, stop = _response_span(texts[0], conversation.response, renderer)
        # A token that straddles the border belongs to the response; special tokens that the tokenizer adds before the
        # text have the offsets (0, 0) and count as prompt.
        prompt_length = next((i for i, (_, right) in enumerate(offsets) if right > start), end)
        response_end = next((i for i in range(end - 1, -1, -1) if offsets[i][0] < stop), prompt_length) + 1
    behind = len(ids) - end + len(renderer.suffix_ids)
    kept = min(end, max_length - behind)
    if kept < end and prompt_length >= kept:
        raise PromptTooLongError(prompt_length + behind, max_length)
    return Tokens(
        np.asarray([*ids[:kept], *ids[end:], *renderer.suffix_ids], dtype=np.int32),
        prompt_length,
        min(max(response_end, prompt_length), kept),
        truncated=kept < end,
        segments=_cut(encoding["token_type_ids"], kept, end) if renderer.segments else None,
    )


def _cut(values: list[int], kept: int, end: int) -> npt.NDArray[np.int32]:
    """What stays of a list that goes along with the ids. A model with segments has no suffix of its own."""
    import numpy as np

    return np.asarray([*values[:kept], *values[end:]], dtype=np.int32)


def _response_span(text: str, response: str, renderer: Renderer) -> tuple[int, int]:
    """Where the response stands in the rendered text, as [start, stop) in characters.

    Templates strip white space and some rewrite the response (Qwen3 moves what precedes `</think>`), so the response,
    its stripped form and its last part are looked for; what ends last is the response's, and of two that end together
    the longer. An earlier occurrence is the prompt's, which may quote the very response.
    """
    forms = {response, response.strip(), response.rsplit("</think>", 1)[-1].strip()} - {""}
    short = any(len(form) <= _SHORT for form in forms)
    end = len(text) - (_closing_length(text, renderer) if short else 0)
    starts = {form: text.rfind(form, 0, end) for form in forms}
    found = [(start + len(form), len(form)) for form, start in starts.items() if start >= 0]
    if found:
        stop, length = max(found)
        return stop - length, stop
    raise ModelError(
        "the chat template rewrote the response beyond recognition, so prompt and response cannot be told apart",
        where=str(renderer.tokenizer.name_or_path),
        todo="use an adapter that writes the text itself (--adapter)",
    )


def _closing_length(text: str, renderer: Renderer) -> int:
    """How many characters follow the response, where the same ones close any conversation; else 0."""
    example = renderer.text(Conversation((Message("user", "a"), Message("assistant", _MARK))))
    _, mark, closing = example.rpartition(_MARK)
    return len(closing) if mark and text.endswith(closing) else 0
