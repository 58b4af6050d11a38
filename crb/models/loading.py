"""Loading checkpoints for adapters: every key accounted for, nothing unpickled, nobody asked.

transformers fills missing weights with random numbers and warns; a reward head made of random numbers scores at
chance, silently. Here a missing or unexpected key is an error unless the adapter names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.adapter import LoadRequest
from crb.errors import ModelError, first_line
from crb.models.weights import FOREIGN, INCOMPLETE, folder, load_weights, misshapen

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["load_config", "load_pretrained", "load_tokenizer", "load_weights", "token_id"]

_VOCABULARIES = ("tokenizer.*", "vocab.*", "*.model", "*.tiktoken")
_TOKENIZER = "put tokenizer.json and tokenizer_config.json of the model into the folder"


def load_pretrained(
    auto_class: Any,
    request: LoadRequest,
    *,
    may_miss: Iterable[str] = (),
    may_ignore: Iterable[str] = (),
    **options: Any,
) -> Any:
    """A transformers model from a local folder, on its device, in evaluation mode.

    Args:
        auto_class: e.g. `AutoModelForSequenceClassification`.
        may_miss: regular expressions of keys that the checkpoint need not have.
        may_ignore: regular expressions of keys of the checkpoint that the model need not take.
        options: further arguments of `from_pretrained`.

    Raises:
        ModelError: naming the folder and the key: a missing, unexpected or misshapen weight, a file that is cut.
    """
    import pickle

    import torch
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    path = folder(request)
    try:
        model, info = auto_class.from_pretrained(
            path,
            dtype=getattr(torch, request.dtype),
            device_map=request.device_map,
            trust_remote_code=request.trust_remote_code,
            weights_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below, by name, instead of as one long message
            **options,
        )
    except pickle.UnpicklingError as error:  # its own advice is to allow it
        raise ModelError(
            "the checkpoint cannot be loaded: it is no plain table of weights, and unpickling may run any code",
            where=f"file {path}",
            todo="get the model as *.safetensors",
        ) from error
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        SafetensorError,
        StrictDataclassError,
    ) as error:
        raise ModelError(
            f"the checkpoint cannot be loaded: {first_line(error)}",
            where=f"file {_damaged(path)}",
            todo="download it again, or check that --adapter fits its architecture",
        ) from error
    _check(info, path, list(may_miss), list(may_ignore))
    return model.eval()


def _damaged(path: Path) -> Path:
    """The first weights file of a folder that cannot be opened; the folder where all can."""
    from safetensors import SafetensorError, safe_open

    for file in sorted(path.glob("*.safetensors")):
        try:
            with safe_open(file, framework="pt"):
                continue
        except (OSError, SafetensorError):
            return file
    return path


def load_tokenizer(request: LoadRequest, *, as_stored: bool = False, **options: Any) -> PreTrainedTokenizerBase:
    """The fast tokenizer of a model's folder.

    Args:
        as_stored: take tokenizer.json as it is, whatever class tokenizer_config.json names. For models whose class is
            code of their own (InternLM2), or for which transformers rebuilds another tokenizer (Yi).
        options: further arguments of `from_pretrained`.

    Raises:
        ModelError: there is none, or it has no fast version (offsets are needed to find the response).
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    path = folder(request)
    loader: Any = PreTrainedTokenizerFast if as_stored else AutoTokenizer
    if not any(file for pattern in _VOCABULARIES for file in path.glob(pattern)):
        # transformers would make an empty tokenizer of the model's type, under which all responses look alike
        raise ModelError("the tokenizer cannot be loaded: there is none", where=f"file {path}", todo=_TOKENIZER)
    try:
        if as_stored:
            (path / "tokenizer.json").stat()  # else other files would be converted, not by this model's rules
        tokenizer: PreTrainedTokenizerBase = loader.from_pretrained(
            path, trust_remote_code=request.trust_remote_code, **options
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"the tokenizer cannot be loaded: {first_line(error)}",
            where=f"file {path}",
            todo=_TOKENIZER,
        ) from error
    if not tokenizer.is_fast:
        raise ModelError("the tokenizer has no fast version", where=f"file {path}", todo="add a tokenizer.json")
    return tokenizer


def load_config(request: LoadRequest) -> dict[str, Any]:
    """config.json as it is: for models whose `model_type` transformers does not know.

    Raises:
        ModelError: the file is absent or no JSON object.
    """
    from crb.files import read_json

    path = folder(request)
    config = read_json(path / "config.json")
    if not isinstance(config, dict):
        raise ModelError("config.json is not an object", where=f"file {path / 'config.json'}", todo="download it again")
    return config


def token_id(tokenizer: PreTrainedTokenizerBase, token: str) -> int:
    """The id of a token that a head needs.

    Raises:
        ModelError: the tokenizer does not have it as one token.
    """
    found = tokenizer.convert_tokens_to_ids(token)
    if not isinstance(found, int) or tokenizer.convert_ids_to_tokens(found) != token:
        raise ModelError(
            f"the tokenizer has no token {token!r}, which the reward head needs",
            where=f"file {Path(tokenizer.name_or_path) / 'tokenizer.json'}",
            todo="use the tokenizer that the model was published with, or check --adapter",
        )
    return found


def _check(info: dict[str, Any], path: object, may_miss: list[str], may_ignore: list[str]) -> None:
    for kind, allowed, todo in (
        ("missing", may_miss, INCOMPLETE),
        ("unexpected", may_ignore, FOREIGN),
    ):
        keys = [k for k in sorted(info.get(f"{kind}_keys", ())) if not any(re.fullmatch(a, k) for a in allowed)]
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise ModelError(f"{kind} weight {keys[0]!r}{more}", where=f"file {path}", todo=todo)
    for mismatch in info.get("mismatched_keys", ()):
        key, found, expected = mismatch
        raise misshapen(key, found, expected, path)
