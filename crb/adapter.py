"""The adapter contract: what knows one reward-model architecture.

An adapter says which models it claims, loads one, and turns hidden states into a score. It has no loop, no batch,
no file, no device and no print: the engine owns those. An adapter module must import without torch (its heavy
imports belong inside `load`), so that listing adapters is instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from crb.tokens import Renderer, Tokens

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor
    from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCard:
    """What an adapter claims. Patterns are shell-style (`fnmatch`) and case-sensitive.

    Args:
        name: the name under which the adapter is registered.
        kind: `scalar` reads hidden states, `judge` reads generated text.
        summary: one line for people.
        hub_ids: patterns of model names this adapter is for, e.g. `RLHFlow/ArmoRM-*`.
        architectures: patterns of `architectures[0]` in config.json, e.g. `*ForSequenceClassification`.
        embedded: names of models that the adapter brings with it; its `source` describes them.
        classifier: the models are sequence classifiers as transformers defines them, with one label, and their score is
            the logit: any engine that runs such classifiers may run them.
    """

    name: str
    kind: Literal["scalar", "judge"]
    summary: str
    hub_ids: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()
    classifier: bool = False


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model before loading.

    Args:
        name: as the user typed it; of a local folder its last part, as a plain word.
        path: the folder with config and weights; None for an embedded model, and for one that a server runs.
        revision: a hub commit, or a hash over what makes up the model.
        architecture: `architectures[0]` of config.json.
        dtype: the checkpoint's own, e.g. `bfloat16`.
        max_length: the longest text the model was made for, in tokens; 0 where a server runs it.
    """

    name: str
    path: Path | None
    revision: str
    architecture: str
    dtype: str
    max_length: int


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What the engine asks an adapter to load.

    Args:
        source: the model.
        dtype: `float32`, `bfloat16` or `float16`, of the backbone. Heads are computed in float32 whatever it is.
        device_map: as in `from_pretrained`; a single device name in most runs.
        trust_remote_code: whether the user allowed this very model's own code.
    """

    source: ModelSource
    dtype: str
    device_map: str
    trust_remote_code: bool = False


class ScalarModel(Renderer):
    """What a scalar adapter's `load` returns: a backbone, a tokenizer, and a head.

    Subclasses set `backbone` (a decoder without a language-model head, or an encoder; it returns `last_hidden_state`)
    and `tokenizer`, and implement `reward`. The rest has defaults that fit most models; what a conversation becomes
    before the backbone sees it is `crb.tokens.Renderer`'s.
    """

    backbone: PreTrainedModel
    bidirectional: bool = False
    """Whether a token sees what comes after it (encoders): then texts that start alike have no states in common."""
    longest: int | None = None
    """How many tokens the backbone has learned positions for; None where positions do not run out."""

    @property
    def vocab_size(self) -> int:
        """How many tokens the model has embeddings for."""
        return int(self.backbone.config.get_text_config().vocab_size)

    def positions(self, tokens: Tokens) -> Sequence[int]:
        """Which hidden states the head reads, as indices into `tokens.ids`: by default the last token's."""
        return (len(tokens) - 1,)

    def reward(self, hidden: Tensor) -> Tensor:
        """The scores of `n` conversations whose heads read equally many positions.

        Args:
            hidden: (n, positions, hidden_size), float32.

        Returns:
            (n,), float32.
        """
        raise TypeError(f"{type(self).__name__} does not implement reward()")


class Adapter(Protocol):
    """What an entry point of the group `crb.adapters` names: a card and a way to load."""

    @property
    def card(self) -> AdapterCard:
        """What the adapter claims."""
        ...

    def load(self, request: LoadRequest) -> ScalarModel:
        """Load the model. Raises `ModelError` where the checkpoint does not fit."""
        ...


@runtime_checkable
class EmbeddedAdapter(Adapter, Protocol):
    """An adapter whose card names embedded models."""

    def source(self, name: str) -> ModelSource:
        """The embedded model of that name. Must not import torch."""
        ...
