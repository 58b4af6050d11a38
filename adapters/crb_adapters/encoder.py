"""Encoder reward models: BERT, RoBERTa, DeBERTa, ModernBERT and their kin with one label (OpenAssistant's DeBERTa).

They read question and answer as two texts which the tokenizer joins, `[CLS] question [SEP] answer [SEP]`, and score
from the first token's state or, where ModernBERT's config says so, from the mean of all. A tokenizer with a chat
template belongs to a model that was trained on what that writes: one text, between the tokens that the tokenizer adds.
A system prompt opens the question. A response that does not fit is cut, and the closing [SEP] stays: these models are
trained on cut texts that end in it.

Tokens see what comes after them, so no two texts share a state, and batches are padded ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crb.adapter import AdapterCard, LoadRequest, ScalarModel
from crb.models.encoders import ClassifierHead, learned_positions
from crb.models.loading import load_pretrained, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

    from crb.conversation import Conversation
    from crb.tokens import Tokens

FAMILIES = (
    *("Bert", "Camembert", "Deberta", "DebertaV2", "DistilBert"),
    *("Electra", "ModernBert", "Roberta", "XLMRoberta"),
)


class Encoder(ScalarModel):
    """An encoder, and the classifier that it was taken out of."""

    bidirectional = True
    add_special_tokens = True
    reference_doubles_bos = False

    def __init__(self, head: ClassifierHead, tokenizer: PreTrainedTokenizerBase) -> None:
        self.backbone, self.tokenizer, self.head = head.backbone, tokenizer, head
        kinds = getattr(self.backbone.config, "type_vocab_size", None) or 0
        self.segments = kinds > 1 and "token_type_ids" in tokenizer.model_input_names
        self.longest = learned_positions(self.backbone)

    def text_pair(self, conversation: Conversation) -> tuple[str, str] | None:
        """Question and answer, unless the tokenizer has a chat template."""
        if self.tokenizer.chat_template:
            return None
        return conversation.with_system_in_user().messages[0].content, conversation.response

    def positions(self, tokens: Tokens) -> Sequence[int]:
        """The first token, or all of them."""
        return range(len(tokens)) if self.head.mean else (0,)

    def reward(self, hidden: Tensor) -> Tensor:
        """The classifier's logit; `hidden` is (n, positions, hidden_size), the result (n,)."""
        return self.head(hidden)


class EncoderAdapter:
    """Loads with `AutoModelForSequenceClassification`."""

    card = AdapterCard(
        name="encoder",
        kind="scalar",
        summary="an encoder with one label that reads question and answer as two texts (BERT, RoBERTa, DeBERTa)",
        architectures=tuple(f"{family}ForSequenceClassification" for family in FAMILIES),
    )

    def load(self, request: LoadRequest) -> Encoder:
        """Load the classifier in float32, in which its head stays, and give the encoder the dtype asked for."""
        import torch
        from transformers import AutoModelForSequenceClassification

        whole: Any = load_pretrained(
            AutoModelForSequenceClassification, replace(request, dtype="float32"), num_labels=1
        )
        head = ClassifierHead(whole)
        head.backbone.to(getattr(torch, request.dtype))
        return Encoder(head, load_tokenizer(request))


ADAPTER = EncoderAdapter()
