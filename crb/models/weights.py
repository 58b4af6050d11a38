"""The weights of a head, read from a checkpoint by their keys and without transformers; nothing is unpickled.

What is wrong with a weight is told here in one way for heads and backbones alike (see `crb.models.loading`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crb.adapter import LoadRequest
from crb.errors import ModelError, first_line

if TYPE_CHECKING:
    from torch import Tensor, device

_LAYOUTS = (  # in the order in which transformers looks for them
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
INCOMPLETE = "the file is incomplete, or of another architecture: check --adapter"
FOREIGN = "the checkpoint is of another architecture: check --adapter"


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
    layout = _layout(folder(request), _LAYOUTS if file is None else (file,))

    def shape_of(key: str) -> Sequence[int | None] | None:
        return next((shape for pattern, shape in shapes.items() if re.fullmatch(pattern, key)), None)

    target = _state_device(request)
    weights: dict[str, Tensor] = {}
    for shard in _shards(layout, lambda key: shape_of(key) is not None):
        for key, weight in _read(shard, lambda key: file is not None or shape_of(key) is not None, rows).items():
            expected = shape_of(key)
            if expected is None:
                raise ModelError(f"unexpected weight {key!r}", where=f"file {shard}", todo=FOREIGN)
            found = tuple(weight.shape)
            if len(found) != len(expected) or any(e not in (None, f) for f, e in zip(found, expected, strict=True)):
                raise misshapen(key, found, expected, shard)
            weights[key] = weight.detach().float().to(target)
    for pattern in shapes:
        if not any(re.fullmatch(pattern, key) for key in weights):
            raise ModelError(f"missing weight '{pattern}'", where=f"file {layout}", todo=INCOMPLETE)
    return weights


def stored_names(path: Path) -> set[str] | None:
    """The names of all weights in a model's folder, without reading one; None where there are none in safetensors.

    Raises:
        ModelError: the index or the file's head is damaged.
    """
    from safetensors import SafetensorError, safe_open

    layout = next((path / name for name in _LAYOUTS if (path / name).is_file()), None)
    if layout is None or layout.suffix == ".bin":
        return None
    if layout.suffix == ".json":
        return set(_places(layout))
    try:
        with safe_open(layout, framework="pt") as stored:
            return set(stored.keys())
    except (OSError, SafetensorError) as error:
        raise _unreadable(error, layout) from error


def _layout(path: Path, names: Sequence[str]) -> Path:
    found = next((path / name for name in names if (path / name).is_file()), None)
    if found is None:
        raise ModelError("the folder holds no weights", where=f"file {path}", todo=f"put {' or '.join(names)} there")
    return found


def _shards(layout: Path, wanted: Callable[[str], bool]) -> list[Path]:
    """The files that hold the wanted keys: the layout itself, or those that an index names for them."""
    if layout.suffix != ".json":
        return [layout]
    places = _places(layout)
    return [layout.parent / name for name in sorted({place for key, place in places.items() if wanted(key)})]


def _places(layout: Path) -> dict[str, str]:
    """Which file an index names for each key."""
    from crb.files import read_json

    index = read_json(layout)
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict):
        raise ModelError("the index of the weights has no weight_map", where=f"file {layout}", todo="download it again")
    return {str(key): str(place) for key, place in places.items()}


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
        raise _unreadable(error, file) from error


def _unreadable(error: Exception, file: Path) -> ModelError:
    return ModelError(
        f"the weights cannot be read: {first_line(error)}", where=f"file {file}", todo="download it again"
    )


def _state_device(request: LoadRequest) -> device:
    """Where hidden states arrive: the device asked for; of a model spread by `auto` and the like, the first one."""
    import torch

    try:
        return torch.device(request.device_map)
    except RuntimeError:  # not the name of a device but of a way to spread the model
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def misshapen(key: str, found: Sequence[int], expected: Sequence[int | None], where: object) -> ModelError:
    """The error for a weight of another shape than the model or the head has."""
    sizes = ", ".join("any" if size is None else str(size) for size in expected)
    todo = "config.json and weights do not belong together, or the adapter is for another head: check --adapter"
    if found and expected and found[0] > 1 == expected[0]:
        todo = (
            f"a head of {found[0]} outputs has no one score: train it with num_labels=1, or say how they become one "
            "in an adapter (docs/adding-an-adapter.md) and name it with --adapter"
        )
    return ModelError(
        f"the weight {key!r} has shape {list(found)}, expected [{sizes}]", where=f"file {where}", todo=todo
    )


def folder(request: LoadRequest) -> Path:
    """The folder to load from.

    Raises:
        ModelError: the model has none.
    """
    if request.source.path is None:
        raise ModelError(
            "this model has no folder to load from",
            where=f"model {request.source.name}",
            todo="give a folder with config.json, weights and tokenizer, or a hub id",
        )
    return request.source.path
