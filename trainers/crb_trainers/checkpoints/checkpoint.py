"""What a checkpoint holds: the trained weights and the optimiser's moments, under the names of their parameters.

    trained.safetensors   the trained weights in full (under LoRA the adapters and the head alone)
    moments.safetensors   AdamW's moments, as `exp_avg.NAME`, `exp_avg_sq.NAME`, `step.NAME`
    shards/               in place of the two, where every process writes its part; see `shards.py`

One process, DDP and FSDP2 write the same files and read each other's, on any number of processes; an export reads them
without any. Whole files are safetensors; torch pickles the directory of shards, which is therefore read by a restricted
unpickler. What is frozen is not saved: the recipe says where it comes from. Whole files pass through the first process'
memory, 12 bytes a trained parameter; from about 8B on, shards are the better choice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.errors import DataError, first_line

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

WEIGHTS, MOMENTS, SHARDS = "trained.safetensors", "moments.safetensors", "shards"
_KEYS = ("exp_avg", "exp_avg_sq", "step")
_SCALAR = "step"
_OLDER = "delete its folder: the same command then goes on from the one before it"


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that are trained, by name; a tied weight once. DDP's prefix is left away."""
    named = model.named_parameters()
    return {name.removeprefix("module."): parameter for name, parameter in named if parameter.requires_grad}


def save(folder: Path, model: nn.Module, optimiser: Any, *, first: bool, sharded: bool = False) -> None:
    """Write weights and moments into a folder that is there; all processes call it together.

    Args:
        optimiser: AdamW, or accelerate's wrapping of it.
        first: whether this process writes the whole files.
        sharded: whether each process writes its part instead.

    Raises:
        OSError, SafetensorError, CheckpointException: it cannot be written; `folders.whole` tells.
    """
    weights, moments = trained(model), dict(_moments(model, optimiser))
    if sharded:
        from crb_trainers.checkpoints.shards import write_shards

        write_shards(folder / SHARDS, {"weights": dict(weights), "moments": moments})
        return
    _write(folder / WEIGHTS, weights, first=first)
    _write(folder / MOMENTS, moments, first=first)


def load_weights(folder: Path, model: nn.Module, *, unused: Collection[str] = ()) -> None:
    """Read the trained weights of a checkpoint into a model that was loaded as the run's was, sharded or not.

    Args:
        unused: names that the checkpoint may have besides; they are not read.

    Raises:
        DataError: the checkpoint is damaged, or of another model.
    """
    import torch

    wanted = trained(model)
    if (folder / SHARDS).is_dir():
        _read_shards(folder / SHARDS, {"weights": {name: weight.detach() for name, weight in wanted.items()}})
        return
    path = folder / WEIGHTS
    found = _read(path)
    _same_names(path, set(found) - set(unused), wanted)
    with torch.no_grad():
        for name, parameter in wanted.items():
            if found[name].shape != parameter.shape:
                raise _of_another_model(
                    path, f"{name!r} has the shape {list(found[name].shape)} there and {list(parameter.shape)} here"
                )
            parameter.copy_(_like(found[name], parameter))


def load_moments(folder: Path, model: nn.Module, optimiser: Any) -> None:
    """Read the moments of a checkpoint into the optimiser of a model.

    Raises:
        DataError: the checkpoint is damaged, or of another model.
    """
    import torch

    inner = _inner(optimiser)
    wanted = trained(model)
    if (folder / SHARDS).is_dir():
        found: Mapping[str, Tensor] = {
            f"{key}.{name}": torch.zeros(()) if key == _SCALAR else torch.zeros_like(parameter.detach())
            for name, parameter in wanted.items()
            for key in _KEYS
        }
        _read_shards(folder / SHARDS, {"moments": found})
    else:
        found = _read(folder / MOMENTS)
        _same_names(folder / MOMENTS, found, [f"{key}.{name}" for name in wanted for key in _KEYS])
    names = {parameter: name for name, parameter in wanted.items()}
    document = inner.state_dict()
    parameters = [parameter for group in inner.param_groups for parameter in group["params"]]
    numbers = [number for group in document["param_groups"] for number in group["params"]]
    document["state"] = {
        number: {
            key: found[f"{key}.{names[parameter]}"]
            if key == _SCALAR
            else _like(found[f"{key}.{names[parameter]}"], parameter)
            for key in _KEYS
        }
        for number, parameter in zip(numbers, parameters, strict=True)
    }
    inner.load_state_dict(document)


def _inner(optimiser: Any) -> Optimizer:
    found: Optimizer = getattr(optimiser, "optimizer", optimiser)
    return found


def _moments(model: nn.Module, optimiser: Any) -> Iterator[tuple[str, Tensor]]:
    state = _inner(optimiser).state
    for name, parameter in trained(model).items():
        for key in _KEYS:
            yield f"{key}.{name}", state[parameter][key]


def _write(path: Path, tensors: Mapping[str, Tensor], *, first: bool) -> None:
    """One file of whole tensors, gathered one by one; only the process that writes keeps them."""
    from safetensors.torch import save_file
    from torch.distributed.tensor import DTensor

    gathered: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        full: Any = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
        if first:
            gathered[name] = full.detach().cpu().contiguous()
    if first:
        save_file(gathered, path, metadata={"format": "pt"})
        path.chmod(0o666 & path.parent.stat().st_mode)  # safetensors makes files private; a run is to be shared


def _read(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"the checkpoint cannot be read: {error}", file=path, todo=_OLDER) from error


def _read_shards(folder: Path, tree: dict[str, Any]) -> None:
    from pickle import UnpicklingError

    from torch.distributed.checkpoint.api import CheckpointException

    from crb_trainers.checkpoints.shards import read_shards

    try:
        read_shards(folder, tree)
    except (OSError, RuntimeError, CheckpointException, UnpicklingError) as error:
        raise DataError(f"the checkpoint cannot be read: {first_line(error)}", file=folder, todo=_OLDER) from error


def _like(tensor: Tensor, parameter: Tensor) -> Tensor:
    """A whole tensor as the parameter lies: on its device, or this process' part of it."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if isinstance(parameter, DTensor) and not isinstance(tensor, DTensor):
        mesh = parameter.device_mesh  # every process read the file: nothing need be sent
        return distribute_tensor(tensor.to(mesh.device_type), mesh, parameter.placements, src_data_rank=None)
    return tensor


def _same_names(path: Path, found: Collection[str], wanted: Collection[str]) -> None:
    told = [
        f"{kind} {names[0]!r} ({len(names)} in all)"
        for kind, names in (
            ("lacks", sorted(set(wanted) - set(found))),
            ("has besides", sorted(set(found) - set(wanted))),
        )
        if names
    ]
    if told:
        raise _of_another_model(path, f"it {' and '.join(told)}")


def _of_another_model(path: Path, why: str) -> DataError:
    return DataError(
        f"the checkpoint is of another model: {why}", file=path, todo="give the recipe that it was made with"
    )
