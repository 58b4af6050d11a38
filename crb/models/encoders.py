"""What encoders need beyond decoders: a classifier's head apart from its encoder, and how far learned positions go.

No head is written here a second time. A classifier of transformers is an encoder and the code that reads it; the
encoder is taken out, and what reads it is handed states instead of tokens. Whether the two still come to the same is
tried on the very model, as the engines try theirs: a list of families is right until the next version.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crb.errors import ModelError, first_line

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

_PROBE, _TOLERANCE = 24, 1e-4  # tokens of a made-up text, and how far its score may be off


class ClassifierHead:
    """The part of a sequence classifier that reads its encoder's last hidden states.

    Args:
        classifier: of transformers, in evaluation mode. It is taken apart: its encoder becomes `backbone`, without the
            pooler, which is the head's from now on and keeps the head's dtype.

    Raises:
        ModelError: what is left does not score as the whole did: it reads more than the states.
    """

    def __init__(self, classifier: Any) -> None:
        self.backbone: PreTrainedModel = classifier.base_model
        self.mean: bool = getattr(classifier.config, "classifier_pooling", "cls") == "mean"
        self._rest = classifier
        expected = self._whole()
        fault = ""
        try:
            self._part()
            found = self._parted()
        except (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
            fault = f"{type(error).__name__}: {first_line(error)}"
        else:  # damaged weights score NaN both times, and that is for the run to say
            if not math.isnan(expected) and not abs(found - expected) <= _TOLERANCE * max(1.0, abs(expected)):
                fault = f"{found:.6g} instead of {expected:.6g}"
        if fault:
            raise ModelError(
                f"the classifier does not score from its encoder's states alone: {fault}",
                where=f"model {classifier.config.name_or_path}",
                todo="choose an adapter that knows this head with --adapter",
            )

    def __call__(self, hidden: Tensor) -> Tensor:
        """The logits of the only label, (n,), from states (n, positions, hidden_size): the first, or all of `mean`."""
        scores: Tensor = self._rest(inputs_embeds=hidden).logits[:, 0]
        return scores

    def _part(self) -> None:
        """Put given states where the encoder was."""
        pooler = getattr(self.backbone, "pooler", None)
        if pooler is not None:
            vars(self.backbone)["_modules"]["pooler"] = None
        delattr(self._rest, self._rest.base_model_prefix)
        setattr(self._rest, self._rest.base_model_prefix, _Given(pooler))

    def _whole(self) -> float:
        import torch

        with torch.inference_mode():
            return float(self._rest(input_ids=self._probe()).logits[0, 0])

    def _parted(self) -> float:
        import torch

        with torch.inference_mode():
            states = self.backbone(input_ids=self._probe()).last_hidden_state
            return float(self(states if self.mean else states[:, :1])[0])

    def _probe(self) -> Tensor:
        import torch

        size = int(self.backbone.config.vocab_size)
        return torch.arange(_PROBE, device=self.backbone.device)[None] % size


class _Given:
    """Stands where the encoder was, and passes on the states that it is given."""

    def __init__(self, pooler: Any) -> None:
        self._pooler = pooler

    def __call__(self, *_: object, inputs_embeds: Any, **__: object) -> Any:
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        pooled = None if self._pooler is None else self._pooler(inputs_embeds)
        return BaseModelOutputWithPooling(last_hidden_state=inputs_embeds, pooler_output=pooled)


def learned_positions(backbone: PreTrainedModel) -> int | None:
    """How many tokens a text may have; None where positions are relative or rotary and do not run out.

    RoBERTa and its kin count positions from behind the id of the pad token, so that the table's first are never used.
    """
    from torch.nn import Embedding

    tables = [
        module
        for name, module in backbone.named_modules()
        if name.rpartition(".")[2] == "position_embeddings" and isinstance(module, Embedding)
    ]
    return min(
        (one.num_embeddings - (0 if one.padding_idx is None else one.padding_idx + 1) for one in tables), default=None
    )
