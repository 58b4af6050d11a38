"""From a trained model to a standard sequence classifier that `crb run` and anyone's transformers load.

At any time: from a live model, sharded or not, or from a checkpoint. LoRA is merged; the language-model head stays
behind. The folder holds weights, config, tokenizer, chat template and `crb_export.json`, which says what it was made
of.

The head's float32 values are written as they are, whatever the backbone's dtype: `score.weight` of a bfloat16 export is
a float32 tensor in `model.safetensors`. transformers casts all weights to one dtype when it loads, so under bfloat16 it
rounds the head; `crb run` reads the head's values from the file and keeps them.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crb.errors import ModelError, UsageError
from crb.files import read_json, write_json, writing
from crb.models.quiet import quiet
from crb.packages import require_scoring
from crb_trainers.checkpoints.padding import choose_pad

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

    from crb_trainers.modelling.model import PairModel
    from crb_trainers.settings import LoraSettings, Recipe

Dtype = Literal["float32", "bfloat16"]
ABOUT = "crb_export.json"
_HEAD = "score.weight"


def export_checkpoint(checkpoint: Path, recipe: Recipe, out: Path, *, dtype: Dtype | None = None) -> Path:
    """A checkpoint of a recipe, as a classifier in `out`.

    Args:
        dtype: of the backbone's weights; by default what the recipe computes in.

    Raises:
        CrbError: the checkpoint is damaged or of another recipe, its base model is not at hand, or `out` is in use.
    """
    require_scoring("to load what was trained", extra="train")
    from crb_trainers.checkpoints.checkpoint import load_weights
    from crb_trainers.modelling.loading import load

    _refuse(out)
    loaded = load(recipe.model, language_loss=recipe.objective.language_model > 0)
    load_weights(checkpoint, loaded.model)
    about = {
        "recipe": recipe.name,
        "fingerprint": recipe.fingerprint(),
        **_data_hash(checkpoint),
        "base_model": loaded.source.name,
        "base_revision": loaded.source.revision,
        "checkpoint": checkpoint.name,
    }
    return export_model(
        loaded.model, loaded.tokenizer, out, dtype=dtype or recipe.model.dtype, lora=recipe.model.lora, about=about
    )


def _data_hash(checkpoint: Path) -> dict[str, str]:
    """Of the pairs that a checkpoint was trained on, where it tells."""
    from crb_trainers.checkpoints.folders import RUN

    return {"data_hash": read_json(checkpoint / RUN)["data_hash"]} if (checkpoint / RUN).is_file() else {}


def export_model(
    model: PairModel,
    tokenizer: PreTrainedTokenizerBase,
    out: Path,
    *,
    dtype: Dtype = "float32",
    lora: LoraSettings | None = None,
    about: Mapping[str, Any] | None = None,
) -> Path:
    """A live model as a classifier in `out`, which appears whole; the model itself is left as it is.

    Under FSDP2 all processes call it together; the first one writes.

    Args:
        lora: the adapters' settings, where the model has adapters.
        about: what `crb_export.json` should say besides.

    Raises:
        CrbError: `out` is in use, the disk is full, or transformers knows no classifier of this architecture.
    """
    import copy

    _refuse(out)
    whole = _gathered(model)
    if whole is None:
        return out
    weights = classifier_weights(whole, lora)
    kept = copy.deepcopy(tokenizer)
    config = type(model.causal.config).from_dict(model.causal.config.to_dict())
    pad = choose_pad(kept, rows=config.get_text_config().vocab_size)
    classifier = _classifier(config, weights, pad.id, dtype, model.causal)
    document = {
        **(about or {}),
        "dtype": dtype,
        "head": f"{_HEAD} in model.safetensors, float32",
        "pad_token": pad.token,
        "pad_reason": pad.reason,
    }
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as work:  # a kill leaves no half
            folder = Path(work) / "model"
            with quiet():
                classifier.save_pretrained(folder)
            kept.save_pretrained(folder)
            write_json(folder / ABOUT, document)
            for file in folder.iterdir():
                file.chmod(0o666 & out.parent.stat().st_mode)  # safetensors makes files private
            if out.is_dir():
                out.rmdir()  # empty, or it had been refused
            shutil.move(folder, out)
    return out


def classifier_weights(whole: Mapping[str, Tensor], lora: LoraSettings | None = None) -> dict[str, Tensor]:
    """The weights of a pair model under a classifier's names, adapters merged, without a language-model head.

    Args:
        whole: a PairModel's state under its own names.
        lora: with the scale of the adapters, where there are any.

    Raises:
        ModelError: an adapter's scale is not known, or it is of a kind that is not merged here.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in whole.items():
        bare = name.removeprefix("language_model.").removeprefix("base_model.model.")
        if name == "head.weight":
            found[_HEAD] = tensor.float()
        elif not bare.startswith(("lm_head.", "embed_out.")) and ".lora_" not in bare:
            found[bare.replace(".base_layer.", ".")] = tensor
    merged: set[str] = set()
    for name, down in whole.items():
        if match := re.fullmatch(r"language_model\.base_model\.model\.(.+)\.lora_A\.([^.]+)\.weight", name):
            if lora is None:
                raise ModelError(
                    "the model has adapters, and nothing says how they are scaled",
                    where=f"weight {name}",
                    todo="give model.lora as the recipe had it: alpha over rank is the scale",
                )
            other = f"language_model.base_model.model.{match[1]}.lora_B.{match[2]}.weight"
            base = found.get(f"{match[1]}.weight")
            if base is None or other not in whole:
                continue
            change = (whole[other].float() @ down.float()) * (lora.alpha / lora.rank)
            found[f"{match[1]}.weight"] = (base.float() + change).to(base.dtype)
            merged |= {name, other}
    if left := sorted(name for name in whole if ".lora_" in name and name not in merged):
        raise ModelError(
            f"an adapter cannot be merged, and without it the model is another one ({len(left)} weights in all)",
            where=f"weight {left[0]}",
            todo="train with adapters on linear layers of the backbone alone: model.lora.targets",
        )
    return found


def _gathered(model: PairModel) -> dict[str, Tensor] | None:
    """All weights, whole and on the CPU, in the first process; None in the others."""
    from torch.distributed.tensor import DTensor

    from crb_trainers.modelling.parallel import first_process

    whole: dict[str, Tensor] = {}
    for name, tensor in model.state_dict().items():
        full = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor  # takes all processes
        if first_process():
            whole[name] = full.detach().cpu()
    return whole if first_process() else None


def _classifier(config: Any, weights: dict[str, Tensor], pad: int, dtype: Dtype, causal: Any) -> Any:
    """transformers' classifier of the architecture around these weights.

    Raises:
        ModelError: it has none, or one of another layout.
    """
    import torch
    from transformers import AutoModelForSequenceClassification

    where = f"architecture {type(causal).__name__}"
    known: Any = AutoModelForSequenceClassification._model_mapping
    if type(config) not in known:
        raise ModelError(
            "transformers has no sequence classifier of this architecture",
            where=where,
            todo="train a model of a family that has one, e.g. Llama, Qwen, Mistral or Gemma",
        )
    embedding = weights[next(name for name, tensor in weights.items() if _is_embedding(name, tensor, config))]
    config.update(
        {
            "num_labels": 1,
            "id2label": {0: "reward"},
            "label2id": {"reward": 0},
            "problem_type": "regression",
            "pad_token_id": pad,
            "use_cache": True,
        }
    )
    if pad >= len(embedding):
        weights = _with_row(weights, embedding)
        config.vocab_size = len(embedding) + 1
    config.dtype = getattr(torch, dtype)
    with torch.device("meta"):
        classifier = known[type(config)](config)
    cast = {name: t.to(config.dtype) if name != _HEAD and t.is_floating_point() else t for name, t in weights.items()}
    result = classifier.load_state_dict(cast, strict=False, assign=True)
    if result.missing_keys or result.unexpected_keys:
        key = [*result.missing_keys, *result.unexpected_keys][0]
        raise ModelError(
            f"the classifier and the trained model differ in {key!r}",
            where=where,
            todo="report it with the versions: crb --version",
        )
    return classifier


def _is_embedding(name: str, tensor: Tensor, config: Any) -> bool:
    return name.endswith(("embed_tokens.weight", "wte.weight", "embed_in.weight")) or (
        tensor.dim() == 2 and tuple(tensor.shape) == (config.get_text_config().vocab_size, config.hidden_size)
    )


def _with_row(weights: dict[str, Tensor], embedding: Tensor) -> dict[str, Tensor]:
    """With one more embedding of zeros, for a pad token that the model had no room for; padding is masked anyway."""
    import torch

    longer = torch.cat((embedding, embedding.new_zeros(1, embedding.shape[1])))
    return {name: longer if tensor is embedding else tensor for name, tensor in weights.items()}


def _refuse(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("the folder for the export is not empty", where=f"file {out}", todo="choose another folder")
