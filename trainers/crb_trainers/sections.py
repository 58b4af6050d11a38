"""A recipe's sections about what is trained on what: model, data and objective.

Every field has a default, so that a recipe is a page long; the defaults are nobody's figures: those of the paper stand
in the shipped recipes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crb.errors import CrbError
from crb.prompts import parse_choice

AS_WRITTEN = "data"
"""The prompts of the rows themselves: their column `system`."""
HELD_OUT = "held-out"
"""The evaluation's name for the pairs that the recipe itself holds out."""


def _known_prompts(text: str) -> str:
    """Refuse what no prompt set can be asked for; ValueError is pydantic's word for that."""
    if text != AS_WRITTEN:
        try:
            parse_choice(text)
        except CrbError as error:
            raise ValueError(error.what) from error
    return text


Prompts = Annotated[str, AfterValidator(_known_prompts)]


def _spelled(value: object) -> object:
    """YAML reads `on` and `off` as true and false."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


Switch = Annotated[Literal["auto", "on", "off"], BeforeValidator(_spelled)]


class Settings(BaseModel):
    """A section of a recipe; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())


class LoraSettings(Settings):
    """Low-rank adapters in place of the full weights; the head is always trained in full.

    Attributes:
        rank, alpha: of the adapters; their output is scaled by alpha / rank.
        dropout: in front of them.
        targets: names of the layers; `all-linear` for every linear layer but the language-model head.
    """

    rank: int = Field(default=16, ge=1)
    alpha: float = Field(default=32.0, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str | tuple[str, ...] = "all-linear"


class ModelSettings(Settings):
    """The model that is trained.

    Attributes:
        name: a folder or a hub id of a causal language model (with `gguf_file`, of its folder or repository).
        revision: on the hub.
        gguf_file: the GGUF file there, dequantised on loading.
        dtype: of the computation. Under `bfloat16` master weights, reductions and the head stay in float32.
        attention: `auto` takes the fastest that this device and model have.
        lora: low-rank adapters; None trains all weights.
        freeze: train the head alone.
        start_from: a run's folder, or one of its checkpoints, whose trained weights (the head too) are begun with.
        gradient_checkpointing: compute activations again in the backward pass instead of keeping them.
    """

    name: str
    revision: str | None = None
    gguf_file: str | None = None
    dtype: Literal["float32", "bfloat16"] = "float32"
    attention: str = "auto"
    lora: LoraSettings | None = None
    freeze: bool = False
    start_from: str | None = None
    gradient_checkpointing: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> ModelSettings:
        if self.freeze and self.lora is not None:
            raise ValueError("freeze trains the head alone, lora trains adapters: choose one")
        return self


class Source(Settings):
    """One place that pairs come from.

    Attributes:
        path: a file or folder (Parquet, JSON, JSONL, what `crb build` wrote), or a hub id `org/name[@revision]`.
        config: the configuration of a data set on the hub that has several.
        split: the split, where the place has splits.
        weight: how often each pair occurs in an epoch; 0.5 takes another half at random in every epoch.
        limit: keep only the first so many pairs after the filters.
        criteria, languages: keep only these; empty keeps all.
    """

    path: str
    config: str | None = None
    split: str = "train"
    weight: float = Field(default=1.0, gt=0)
    limit: int | None = Field(default=None, ge=1)
    criteria: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class DataSettings(Settings):
    """The pairs, and how they become tokens.

    Attributes:
        sources: where the pairs come from; a mixture by their weights.
        criteria, languages: keep only these, of all sources; empty keeps all.
        without_criteria, without_languages: leave these out.
        prompts: `data` for the system prompts of the rows, or `none`, `full`, `criterion`, `SET:full`, `SET:criterion`
            to replace them by those of a prompt set.
        max_length: tokens of prompt and response together.
        too_long: `truncate` cuts responses (never prompts), `drop` leaves out pairs with a longer side.
        share_prefix: compute what chosen and rejected share once; `auto` where it pays.
        held_out: share of the prompts that is kept out of training, for the evaluation.
    """

    sources: tuple[Source, ...] = Field(default=(), validate_default=True)
    criteria: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    without_criteria: tuple[str, ...] = ()
    without_languages: tuple[str, ...] = ()
    prompts: Prompts = AS_WRITTEN
    max_length: int = Field(default=2560, ge=8)
    too_long: Literal["truncate", "drop"] = "truncate"
    share_prefix: Switch = "auto"
    held_out: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _some_source(self) -> DataSettings:
        if not self.sources:
            raise ValueError("a recipe needs at least one source: write sources: [{path: FILE_OR_FOLDER}]")
        return self


class ObjectiveSettings(Settings):
    """-log sigmoid(r_c - r_r - margin) + language_model * LM loss of the chosen response + magnitude * penalty.

    Attributes:
        language_model: lambda, the weight of the language-model loss, a mean over the tokens of a whole step.
        magnitude: mu, the weight of the penalty.
        magnitude_kind: `sum_of_absolutes` is (|r_c| + |r_r|)^2, as the published code computes it; `sum` is the paper's
            (r_c + r_r)^2, which centres the rewards without shrinking their differences.
        margin: by how much the chosen reward must be the higher one.
        label_smoothing: the share of pairs that are taken to be labelled the wrong way round.
        language_model_chunk: rows of logits that are in memory at once; by default what fits 128 MB.
    """

    language_model: float = Field(default=0.0, ge=0)
    magnitude: float = Field(default=0.0, ge=0)
    magnitude_kind: Literal["sum_of_absolutes", "sum"] = "sum_of_absolutes"
    margin: float = Field(default=0.0, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    language_model_chunk: int | None = Field(default=None, ge=1)
