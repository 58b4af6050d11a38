"""What a preflight has to know of a model: its shape, from its config, and the weights and bytes that follow from it.

A hub that is out of reach must not keep anyone from planning: the shapes of Qwen3, as its authors publish them, stand
here and are used where the config cannot be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crb.errors import CrbError

if TYPE_CHECKING:
    from crb_trainers.settings import ModelSettings


@dataclass(frozen=True)
class Shape:
    """A decoder with gated feed-forward layers.

    Attributes:
        hidden, layers, heads, key_heads, head_size, inner, words: sizes; `inner` is that of the feed-forward layers.
        tied: whether the language-model head is the embedding.
        known: whether the sizes are the config's own; else they are the table's here.
    """

    hidden: int
    layers: int
    heads: int
    key_heads: int
    head_size: int
    inner: int
    words: int
    tied: bool
    known: bool = True

    @property
    def layer_weights(self) -> int:
        """Weights of one layer's matrices."""
        attention = self.hidden * self.head_size * (2 * self.heads + 2 * self.key_heads)
        return attention + 3 * self.hidden * self.inner

    @property
    def embedding(self) -> int:
        """Weights of the embedding."""
        return self.words * self.hidden

    @property
    def parameters(self) -> int:
        """All weights: layers, norms, embedding, language-model head where it is another matrix, reward head."""
        norms = self.layers * (2 * self.hidden + 2 * self.head_size) + self.hidden
        return self.layers * self.layer_weights + norms + self.embedding * (1 if self.tied else 2) + self.hidden

    def adapters(self, rank: int) -> int:
        """Weights of low-rank adapters on all linear layers, and the reward head."""
        query, key = self.heads * self.head_size, self.key_heads * self.head_size
        ends = 2 * (self.hidden + query) + 2 * (self.hidden + key) + 3 * (self.hidden + self.inner)
        return self.layers * rank * ends + self.hidden

    def layer_activations(self, element: int) -> int:
        """Bytes per token that one layer keeps for its backward pass, `element` bytes a number.

        Kept are the inputs of both norms, what they and the head norms give, queries, keys and values before and after
        rotation, the attention's output, gate, up, their product. Attention keeps one float32 per head (flash).
        """
        query, key = self.heads * self.head_size, self.key_heads * self.head_size
        kept = 4 * self.hidden + 4 * query + 3 * key + 4 * self.inner
        return element * kept + 4 * self.heads


_QWEN3 = {  # the config.json of Qwen/Qwen3-*
    "0.6b": Shape(1024, 28, 16, 8, 128, 3072, 151936, True, False),
    "1.7b": Shape(2048, 28, 16, 8, 128, 6144, 151936, True, False),
    "4b": Shape(2560, 36, 32, 8, 128, 9728, 151936, True, False),
    "8b": Shape(4096, 36, 32, 8, 128, 12288, 151936, False, False),
    "14b": Shape(5120, 40, 40, 8, 128, 17408, 151936, False, False),
    "32b": Shape(5120, 64, 64, 8, 128, 25600, 151936, False, False),
}


def shape_of(settings: ModelSettings) -> Shape:
    """A model's shape, from its config; from the table above where the hub cannot be reached.

    Raises:
        CrbError: the model is not found, and no table knows it.
    """
    from crb_trainers.modelling.loading import config_of

    known = _QWEN3.get(settings.name.lower().removeprefix("qwen/qwen3-"))
    try:
        return from_config(config_of(settings))
    except CrbError:
        if known is None or not settings.name.lower().startswith("qwen/qwen3-"):
            raise
        return known


def from_config(config: Any) -> Shape:
    """The shape in transformers' config of a decoder."""
    text = config.get_text_config()
    heads = text.num_attention_heads
    return Shape(
        hidden=text.hidden_size,
        layers=text.num_hidden_layers,
        heads=heads,
        key_heads=getattr(text, "num_key_value_heads", None) or heads,
        head_size=getattr(text, "head_dim", None) or text.hidden_size // heads,
        inner=text.intermediate_size,
        words=text.vocab_size,
        tied=bool(getattr(text, "tie_word_embeddings", True)),
    )
