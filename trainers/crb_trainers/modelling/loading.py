"""From a recipe's `model` to a `PairModel` and its tokenizer.

Weights are loaded in float32 whatever the computation's dtype is: they are the master weights. Before a model is
trained it has to reproduce its own plain hidden states on a random forest, as the scalar engine asks of it too: an
architecture whose attention cannot take a tree fails here, in a second, and not by learning something else.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from crb.adapter import LoadRequest, ModelSource, ScalarModel
from crb.errors import MissingPackageError, ModelError, UsageError, first_line, unknown_name
from crb.models.loading import load_pretrained
from crb.models.loading import load_tokenizer as core_tokenizer
from crb_trainers.modelling.liger import apply_kernels
from crb_trainers.modelling.source import find
from crb_trainers.settings import LoraSettings

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from crb_trainers.modelling.model import PairModel
    from crb_trainers.settings import ModelSettings

ATTENTIONS = ("auto",)
_LINEAR = "name linear layers of the backbone, e.g. [q_proj, v_proj], or write all-linear"
_CLASSIFIER_HEAD = r"score\.weight"  # of a reward model that is trained further: the new head starts at zero


class Loaded(NamedTuple):
    """A model ready to train, what renders and tokenises for it, and where it came from."""

    model: PairModel
    tokenizer: PreTrainedTokenizerBase
    source: ModelSource


def load(
    settings: ModelSettings,
    *,
    language_loss: bool,
    chunk: int | None = None,
    device: str = "cpu",
    weights: bool = True,
) -> Loaded:
    """Load weights and tokenizer, add a head of zeros and, where asked for, LoRA and gradient checkpointing.

    Random numbers (LoRA's) are drawn from torch's global generator: seed it before.

    Args:
        language_loss: whether the language-model loss will be computed.
        chunk: rows of logits that exist at a time, see `crb_trainers.modelling.language_loss`.
        weights: without them the tensors have shapes, and memory once they are written to: for a process that is sent
            another's, see `crb_trainers.modelling.parallel.shard`. Nothing is fetched for them, and nothing is probed.

    Raises:
        ModelError: the checkpoint is damaged, or of a kind that cannot be trained here (it says why).
        MissingPackageError: LoRA without peft.
    """
    from transformers import AutoModelForCausalLM

    from crb.models.quiet import quiet
    from crb_trainers.modelling import attention
    from crb_trainers.modelling.model import PairModel

    check_settings(settings)
    source = find(settings, weights=weights)
    request = LoadRequest(source, "float32", device)
    tokenizer = _tokenizer(request)
    if language_loss and weights:
        check_language_head(source)
    may_miss = () if language_loss else (r"lm_head\.weight",)
    with quiet():
        causal = (
            load_pretrained(AutoModelForCausalLM, request, may_miss=may_miss, may_ignore=(_CLASSIFIER_HEAD,))
            if weights
            else _empty(settings, device)
        )
    if weights:
        _check(causal, tokenizer, source, language_loss)
    apply_kernels(causal)
    causal.set_attn_implementation(attention.NAME)
    causal.config.use_cache = False
    if settings.freeze:
        causal.requires_grad_(False)
    if settings.gradient_checkpointing:
        causal.gradient_checkpointing_enable({"use_reentrant": False})
    wrapped = causal if settings.lora is None else _with_lora(causal, settings.lora)
    model = PairModel(wrapped, language_loss=language_loss, chunk=chunk)
    return Loaded(model.train(), tokenizer, source)


def _empty(settings: ModelSettings, device: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loader: Any = AutoModelForCausalLM  # untyped
    with torch.device("meta"):
        causal = loader.from_config(config_of(settings), dtype=torch.float32)
    causal.to_empty(device=device)
    causal.tie_weights()  # what was one tensor became two
    return causal.eval()


def load_tokenizer(settings: ModelSettings) -> PreTrainedTokenizerBase:
    """The tokenizer alone: what a dry run needs."""
    return _tokenizer(LoadRequest(find(settings, weights=False), "float32", "cpu"))


def _tokenizer(request: LoadRequest) -> PreTrainedTokenizerBase:
    found = core_tokenizer(request)
    if not found.chat_template:
        raise ModelError(
            "the tokenizer has no chat template, so prompt and response cannot be told apart",
            where=_where(request.source),
            todo="start from the instruction-tuned model, or add chat_template.jinja to the folder",
        )
    return found


def check_settings(settings: ModelSettings) -> None:
    """Refuse what no model could be loaded with.

    Raises:
        UsageError: an attention that there is not.
        MissingPackageError: LoRA without peft.
    """
    if settings.attention not in ATTENTIONS:
        raise unknown_name("attention", settings.attention, ATTENTIONS, todo="write model.attention=auto")
    if settings.lora is not None and find_spec("peft") is None:
        raise MissingPackageError("peft", why="for LoRA (model.lora)", extra="train")


def check_language_head(source: ModelSource) -> None:
    """Refuse a reward model where the language-model loss is wanted: its language-model head is not in the checkpoint.

    Only names are read. Where the head is the embedding there is one; what is no reward model is told of on loading.

    Raises:
        ModelError: the checkpoint has a reward head in place of a language-model head.
    """
    from transformers import AutoConfig

    from crb.models.weights import stored_names

    if source.path is None or (names := stored_names(source.path)) is None or "lm_head.weight" in names:
        return
    reward = any(re.fullmatch(_CLASSIFIER_HEAD, name) for name in names)
    if reward and not AutoConfig.from_pretrained(str(source.path)).get_text_config().tie_word_embeddings:
        raise ModelError(
            "this is a reward model: it has no language-model head, and the recipe has a language-model loss",
            where=f"{_where(source)}, field objective.language_model",
            todo="set objective.language_model=0, or name the language model that it was made from",
        )


def check_adapters(settings: ModelSettings) -> None:
    """Add the adapters to a model without weights, to find names that fit nothing before weights are loaded.

    Raises:
        UsageError: peft cannot add them, or the export could not merge them.
    """
    import torch
    from transformers import AutoModelForCausalLM

    lora = settings.lora
    if lora is not None and lora.targets != LoraSettings().targets and find_spec("peft"):  # all-linear fits any decoder
        loader: Any = AutoModelForCausalLM  # untyped
        with torch.device("meta"):
            _with_lora(loader.from_config(config_of(settings)), lora)


def _where(source: ModelSource) -> str:
    return f"model {source.name}, architecture {source.architecture}"


def config_of(settings: ModelSettings) -> Any:
    """transformers' config of the model, without its weights: what the preflight computes with."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(str(find(settings, weights=False).path))


def _check(causal: Any, tokenizer: PreTrainedTokenizerBase, source: ModelSource, language_loss: bool) -> None:
    """Refuse what would train on something else than it says.

    Raises:
        ModelError: the reason.
    """
    from crb.engines.choice import plain_attention, why_not_forest

    where = _where(source)
    output = causal.get_output_embeddings()
    if language_loss and (output is None or getattr(output, "bias", None) is not None):
        raise ModelError(
            "the language-model head is none, or has a bias, which the loss without logits does not know",
            where=where,
            todo="train without it: objective.language_model=0",
        )
    probed = ScalarModel()
    probed.backbone, probed.tokenizer = causal.get_decoder(), tokenizer
    if reason := why_not_forest(probed, plain_attention(probed.backbone)):
        raise ModelError(
            f"this model cannot be trained here: {reason}",
            where=where,
            todo="choose a decoder with ordinary attention, e.g. of the Llama, Qwen, Mistral or Gemma families",
        )


def _with_lora(causal: Any, settings: LoraSettings) -> Any:
    peft: Any = import_module("peft")  # untyped, and absent from many environments
    kept = {id(causal.get_input_embeddings()), id(causal.get_output_embeddings())}
    config = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=settings.targets if isinstance(settings.targets, str) else list(settings.targets),
        task_type="CAUSAL_LM",
    )
    try:
        wrapped = peft.get_peft_model(causal, config)
    except ValueError as error:  # names that fit nothing, or a kind of module that takes no adapter
        raise UsageError(
            f"peft cannot add these adapters: {first_line(error)}",
            where="field model.lora.targets",
            todo=_LINEAR,
        ) from error
    _check_adapters(wrapped, kept)
    return wrapped


def _check_adapters(wrapped: Any, kept: set[int]) -> None:
    """Refuse adapters that the export could not merge, whatever the names were that asked for them.

    Args:
        kept: ids of the embedding and the language-model head: the loss and the export read their weights.

    Raises:
        UsageError: one of them, or a layer that is not linear, has an adapter.
    """
    from torch import nn

    for name, module in wrapped.named_modules():
        base = getattr(module, "base_layer", None)
        if base is not None and (id(base) in kept or not isinstance(base, nn.Linear)):
            raise UsageError(
                f"{name.removeprefix('base_model.model.')!r} cannot have an adapter: only the linear layers of the"
                " backbone can, not embeddings and not the language-model head",
                where="field model.lora.targets",
                todo=_LINEAR,
            )
