"""Loading checkpoints for adapters: every key accounted for, nothing unpickled, nobody asked.

transformers fills missing weights with random numbers and warns; a reward head made of random numbers scores at
chance, silently. Here a missing or unexpected key is an error unless the adapter names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.adapter import LoadRequest
from crb.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor, device
    from transformers import PreTrainedTokenizerBase

_LAYOUTS = (  # in the order in which transformers looks for them
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_VOCABULARIES = ("tokenizer.*", "vocab.*", "*.model", "*.tiktoken")
_TOKENIZER = "the folder needs tokenizer.json and tokenizer_config.json"
_INCOMPLETE = "the file is incomplete, or of another architecture: check --adapter"
_FOREIGN = "the checkpoint is of another architecture: check --adapter"


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

    path = _folder(request)
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
            f"the checkpoint cannot be loaded: {_first_line(error)}",
            where=f"file {_damaged(path)}",
            todo="download it again, or check that --adapter fits its architecture",
        ) from error
    _check(info, path, list(may_miss), list(may_ignore))
    return model.eval()


def _folder(request: LoadRequest) -> Path:
    if request.source.path is None:
        raise ModelError("this model has no folder to load from", where=f"model {request.source.name}")
    return request.source.path


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

    path = _folder(request)
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
            f"the tokenizer cannot be loaded: {_first_line(error)}",
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

    path = _folder(request)
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


def load_weights(
    request: LoadRequest,
    shapes: Mapping[str, Sequence[int | None]],
    *,
    rows: slice | None = None,
    file: str | None = None,
) -> dict[str, Tensor]:
    """The weights of a head that lie in the checkpoint beside the backbone, ready to compute with.

    Reads these keys alone, from `model.safetensors` or `pytorch_model.bin`, whole or in shards with an index. The
    counterpart of `may_ignore` in `load_pretrained`, which tells the backbone that somebody takes these keys.

    Args:
        shapes: regular expressions of keys, each with the shape its matches must have; None fits any size.
        rows: read these rows of each alone, e.g. one token's of a large `lm_head.weight`; shapes are those of the part.
        file: a file beside the checkpoint that holds the head and nothing else, e.g. `head.pt`; by default the
            checkpoint itself.

    Returns:
        The weights under their keys in the checkpoint: float32, without gradient, on the device on which the engine
        hands over hidden states.

    Raises:
        ModelError: naming the file and the key: an expression that no key matches, a key of `file` that no expression
            matches, a shape that differs, a file that is absent, cut, or would have to be unpickled.
    """
    layout = _layout(_folder(request), _LAYOUTS if file is None else (file,))

    def shape_of(key: str) -> Sequence[int | None] | None:
        return next((shape for pattern, shape in shapes.items() if re.fullmatch(pattern, key)), None)

    target = _state_device(request)
    weights: dict[str, Tensor] = {}
    for shard in _shards(layout, lambda key: shape_of(key) is not None):
        for key, weight in _read(shard, lambda key: file is not None or shape_of(key) is not None, rows).items():
            expected = shape_of(key)
            if expected is None:
                raise ModelError(f"unexpected weight {key!r}", where=f"file {shard}", todo=_FOREIGN)
            found = tuple(weight.shape)
            if len(found) != len(expected) or any(e not in (None, f) for f, e in zip(found, expected, strict=True)):
                raise _misshapen(key, found, expected, shard)
            weights[key] = weight.detach().float().to(target)
    for pattern in shapes:
        if not any(re.fullmatch(pattern, key) for key in weights):
            raise ModelError(f"missing weight '{pattern}'", where=f"file {layout}", todo=_INCOMPLETE)
    return weights


def _layout(path: Path, names: Sequence[str]) -> Path:
    found = next((path / name for name in names if (path / name).is_file()), None)
    if found is None:
        raise ModelError("the folder holds no weights", where=f"file {path}", todo=f"expected {' or '.join(names)}")
    return found


def _shards(layout: Path, wanted: Callable[[str], bool]) -> list[Path]:
    """The files that hold the wanted keys: the layout itself, or those that an index names for them."""
    if layout.suffix != ".json":
        return [layout]
    from crb.files import read_json

    index = read_json(layout)
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict):
        raise ModelError("the index of the weights has no weight_map", where=f"file {layout}", todo="download it again")
    return [layout.parent / str(name) for name in sorted({place for key, place in places.items() if wanted(key)})]


def _read(file: Path, wanted: Callable[[str], bool], rows: slice | None) -> dict[str, Tensor]:
    """The wanted rows of the wanted tensors of one file, on the CPU; the rest is not read."""
    import pickle
    from zipfile import is_zipfile

    import torch
    from safetensors import SafetensorError, safe_open

    try:
        if file.suffix == ".safetensors":
            with safe_open(file, framework="pt") as stored:
                keys = [key for key in stored.keys() if wanted(key)]  # noqa: SIM118  # no dict
                return {key: stored.get_slice(key)[rows] if rows else stored.get_tensor(key) for key in keys}
        content = torch.load(file, map_location="cpu", weights_only=True, mmap=is_zipfile(file))
        return {key: value[rows] if rows else value for key, value in content.items() if wanted(key)}
    except (OSError, EOFError, RuntimeError, AttributeError, SafetensorError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"the weights cannot be read: {_first_line(error)}", where=f"file {file}", todo="download it again"
        ) from error


def _state_device(request: LoadRequest) -> device:
    """Where hidden states arrive: the device asked for; of a model spread by `auto` and the like, the first one."""
    import torch

    try:
        return torch.device(request.device_map)
    except RuntimeError:  # not the name of a device but of a way to spread the model
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _misshapen(key: str, found: Sequence[int], expected: Sequence[int | None], where: object) -> ModelError:
    sizes = ", ".join("any" if size is None else str(size) for size in expected)
    todo = "config.json and weights do not belong together, or the adapter is for another head: check --adapter"
    if found and expected and found[0] > 1 == expected[0]:
        todo = (
            f"a head of {found[0]} outputs has no one score: train it with num_labels=1, or say how they become one "
            "in an adapter (docs/adding-an-adapter.md)"
        )
    return ModelError(
        f"the weight {key!r} has shape {list(found)}, expected [{sizes}]", where=f"file {where}", todo=todo
    )


def _check(info: dict[str, Any], path: object, may_miss: list[str], may_ignore: list[str]) -> None:
    for kind, allowed, todo in (
        ("missing", may_miss, _INCOMPLETE),
        ("unexpected", may_ignore, _FOREIGN),
    ):
        keys = [k for k in sorted(info.get(f"{kind}_keys", ())) if not any(re.fullmatch(a, k) for a in allowed)]
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise ModelError(f"{kind} weight {keys[0]!r}{more}", where=f"file {path}", todo=todo)
    for mismatch in info.get("mismatched_keys", ()):
        key, found, expected = mismatch
        raise _misshapen(key, found, expected, path)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
