"""The standard sequence classifier: any decoder of transformers with one linear `score` at the last token.

Themis-RM, Skywork-Reward V2, CodeScaler, WorldPM and most open reward models have this layout. Unlike the
reference, the text is tokenised once (no doubled BOS) and the last token is the text's last, not the one before the
first pad id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crb.adapter import AdapterCard, LoadRequest
from crb.errors import ModelError
from crb.models.heads import LastTokenHead
from crb.models.loading import load_pretrained, load_tokenizer, load_weights

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class SequenceClassifier(LastTokenHead):
    """A backbone and the weights of a linear head, `weight` (1, hidden_size) and an optional `bias` (1,)."""

    def __init__(
        self, backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, weight: Tensor, bias: Tensor | None
    ) -> None:
        super().__init__(backbone, tokenizer, [(weight.float(), None if bias is None else bias.float())])


class SequenceClassifierAdapter:
    """Loads with `AutoModelForSequenceClassification`."""

    card = AdapterCard(
        name="sequence-classifier",
        kind="scalar",
        summary="one linear score at the last token (AutoModelForSequenceClassification, num_labels 1)",
        architectures=("*ForSequenceClassification",),
        classifier=True,
    )

    def load(self, request: LoadRequest) -> SequenceClassifier:
        """Load backbone, head and tokenizer; the head must have one output.

        The head's values are those of the file, also where the rest is loaded in a lower precision: a head rounded to
        bfloat16 is another head.
        """
        from transformers import AutoModelForSequenceClassification

        model = load_pretrained(AutoModelForSequenceClassification, request, num_labels=1)
        head = getattr(model, "score", None)
        if head is None or head.weight.shape[0] != 1:
            raise ModelError(
                "the classifier has no linear `score` with one output",
                where=f"model {request.source.name}",
                todo="choose an adapter that knows this head: --adapter NAME (encoder, where it is one), or write one",
            )
        weight = head.weight.detach()
        if weight.element_size() < 4:
            weight = load_weights(request, {r"score\.weight": (1, None)})["score.weight"]
        return SequenceClassifier(model.base_model, load_tokenizer(request), weight, head.bias)


ADAPTER = SequenceClassifierAdapter()
