"""What mixture gating (`armo`) and quantile gating (`qrm`) share: a gate at the prompt's end, a head at the last token.

The gate reads the state where the last assistant header starts, header and all found as the published models find
them: by token ids. A response that writes such a header out moves the gate into itself, there as here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crb.adapter import LoadRequest, ScalarModel
from crb.errors import ModelError
from crb.models.loading import load_config, token_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from crb.tokens import Tokens

HEADERS = {  # by the backbone's model_type: what ends the user's turn and opens the assistant's
    "gemma2": "<end_of_turn>\n<start_of_turn>model\n",
    "llama": "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
}


class GatedModel(ScalarModel):
    """Reads two states: the gate's and the last token's, in this order.

    Args:
        head: the weights beside the backbone, under their keys in the checkpoint.
        config: config.json.
    """

    def __init__(
        self,
        backbone: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        head: dict[str, Tensor],
        config: dict[str, Any],
    ) -> None:
        self.backbone = backbone
        self.tokenizer = tokenizer
        self.head = head
        self.config = config
        header = HEADERS[config["model_type"]]
        for token in re.findall(r"<[^>]+>", header):
            token_id(tokenizer, token)
        self.header: list[int] = tokenizer(header, add_special_tokens=False)["input_ids"]

    def positions(self, tokens: Tokens) -> Sequence[int]:
        """Where the last assistant header starts, and the last token.

        Raises:
            ModelError: the chat template wrote no such header.
        """
        ids, size = tokens.ids.tolist(), len(self.header)
        gate = next((i for i in range(len(ids) - size, -1, -1) if ids[i : i + size] == self.header), None)
        if gate is None:
            raise ModelError(
                f"the text has no assistant header (tokens {self.header}), where the gate is read",
                where=f"chat template of {self.tokenizer.name_or_path}",
                todo="use the chat template that the model was published with",
            )
        return gate, len(ids) - 1


def gated_config(request: LoadRequest) -> dict[str, Any]:
    """config.json of a gated model.

    Raises:
        ModelError: its backbone is none whose chat headers are known.
    """
    config = load_config(request)
    if config.get("model_type") not in HEADERS or not isinstance(config.get("hidden_size"), int):
        raise ModelError(
            f"no gated reward model has type {config.get('model_type')!r} and size {config.get('hidden_size')!r}",
            where=f"file {request.source.path}/config.json, fields 'model_type' and 'hidden_size'",
            todo=f"check --adapter: this one is for {', '.join(sorted(HEADERS))}, and the size is a number",
        )
    return config
