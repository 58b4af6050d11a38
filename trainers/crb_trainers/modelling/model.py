"""The model in training: a decoder with its language-model head, and a scalar head in float32 that starts at zero.

One forward pass computes chosen and rejected of a packed micro-batch: half the all-gathers of two passes under FSDP.
Everything that reads a weight happens inside `forward`, where FSDP has it whole.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from crb.engines.attention import ForestContext, PrefixCache
from crb_trainers.data.batch import Batch
from crb_trainers.modelling.language_loss import fused_cross_entropy


class PairOutput(NamedTuple):
    """Rewards (pairs,) in float32, and the summed language-model loss (None: not asked for).

    A named tuple because FSDP and DDP look for tensors inside outputs, and see into tuples only.
    """

    chosen: Tensor
    rejected: Tensor
    lm_sum: Tensor | None


class PairModel(nn.Module):
    """A causal language model and a reward head over its last hidden states.

    Attributes: `language_model` is transformers' own model, whole (or a PeftModel around it); `head` is
    Linear(hidden_size, 1) without bias, float32 whatever the rest is.

    Args:
        language_model: the causal language model, or a PeftModel of it.
        language_loss: whether the language-model loss is computed. Without it an untied LM head takes no gradient
            and is frozen.
        chunk: rows of logits that exist at a time, see `language_loss`.
    """

    def __init__(self, language_model: nn.Module, *, language_loss: bool = True, chunk: int | None = None) -> None:
        super().__init__()
        self.language_model = language_model
        self.language_loss = language_loss
        self.chunk = chunk
        config = self.causal.config.get_text_config()
        embeddings = self.causal.get_input_embeddings().weight
        self.head = nn.Linear(config.hidden_size, 1, bias=False, dtype=torch.float32, device=embeddings.device)
        nn.init.zeros_(self.head.weight)
        self.softcap: float | None = getattr(config, "final_logit_softcapping", None)
        self.scale = float(getattr(config, "logit_scale", None) or 1 / (getattr(config, "logits_scaling", None) or 1))
        output = self.causal.get_output_embeddings()
        if not language_loss and output is not None and output.weight is not embeddings:
            output.requires_grad_(False)

    @property
    def causal(self) -> Any:
        """The PreTrainedModel, without PEFT's wrapping."""
        inner: Any = self.language_model
        return inner.get_base_model() if hasattr(inner, "peft_config") and hasattr(inner, "get_base_model") else inner

    @property
    def decoder(self) -> Any:
        """The backbone that returns hidden states: the causal model without its LM head."""
        return self.causal.get_decoder()

    def forward(self, batch: Batch) -> PairOutput:
        """Rewards and language-model loss of a micro-batch, whose tensors lie on the model's device."""
        hidden: Tensor = self.decoder(
            input_ids=batch.ids[None],
            position_ids=batch.positions[None],
            use_cache=False,
            crb_context=ForestContext(batch.forest, PrefixCache(), batch.positions),
        ).last_hidden_state[0]
        with torch.autocast(hidden.device.type, enabled=False):
            read = hidden[torch.cat((batch.chosen_rows, batch.rejected_rows))].float()
            rewards = self.head(read)[:, 0].float()
            chosen, rejected = (part.clone() for part in rewards.chunk(2))  # FSDP warns of views, which hide its hooks
        if not self.language_loss:
            return PairOutput(chosen, rejected, None)
        loss = fused_cross_entropy(
            hidden[batch.lm_rows],
            self.causal.get_output_embeddings().weight,
            batch.lm_targets,
            chunk=self.chunk,
            softcap=self.softcap,
            scale=self.scale,
        )
        return PairOutput(chosen, rejected, loss)
