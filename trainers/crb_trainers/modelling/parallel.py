"""Sharding a model over processes with FSDP2, the same way on GPUs (nccl) and on a CPU (gloo).

The model is sharded here, by torch's `fully_shard`, before the Trainer prepares it, and is then a model that owns its
placement: the Trainer neither wraps nor shards it again. The way through accelerate's plugin was left because of what
it does on the side: its bf16 policy also reduces in bf16, its version 2 is a request that a variable of the environment
or a CPU undoes silently, and it rounds a float32 head to bf16 like every other layer. What is wanted instead is stated
here, and `check_sharded` holds the result to it.

Nothing is accumulated unsharded: gradients are reduced after every micro-batch (what accelerate calls
`sync_each_batch`), because the other way keeps a whole float32 gradient on every GPU.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crb.errors import ModelError, UsageError

if TYPE_CHECKING:
    from torch import Tensor, dtype, nn
    from torch.distributed.device_mesh import DeviceMesh

    from crb_trainers.settings import ParallelSettings

_LAUNCHER = "ACCELERATE_USE_FSDP"


def layers(model: nn.Module) -> list[nn.Module]:
    """The model's layers: the members of its lists of like modules that hold the most parameters.

    Raises:
        ModelError: there is no such list, so nothing says where to cut the model.
    """
    from torch import nn

    found: dict[type[nn.Module], list[nn.Module]] = {}
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len({type(layer) for layer in module}) == 1:
            found.setdefault(type(module[0]), []).extend(module)
    if not found:
        raise ModelError(
            "the model has no list of layers, so it cannot be sharded",
            where=f"class {type(model).__name__}",
            todo="train it with parallel.kind=ddp",
        )
    return max(found.values(), key=lambda group: sum(p.numel() for layer in group for p in layer.parameters()))


def device_mesh(*, offloaded: bool = False) -> DeviceMesh:
    """All processes in one dimension, on the devices of this machine's kind.

    Args:
        offloaded: whether what is sharded lies in main memory: NCCL sends from GPUs alone, so gloo is there beside it.

    Raises:
        UsageError: there is one process, and nobody to share with; or nothing to offload from.
    """
    import torch
    from torch import distributed
    from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

    if offloaded and not torch.cuda.is_available():
        raise UsageError(
            "without a GPU everything lies in main memory: there is nothing to offload",
            where="field parallel.cpu_offload",
            todo="set parallel.cpu_offload=false",
        )
    if not distributed.is_available() or not distributed.is_initialized():
        raise UsageError(
            "there is no group of processes to shard over",
            where="parallel.kind fsdp2",
            todo="launch with torchrun --nproc-per-node N -m crb train ..., or set parallel.kind=auto",
        )
    if offloaded:
        group: Any = distributed.new_group(backend="cuda:nccl,cpu:gloo")  # the launcher's has NCCL alone
        return DeviceMesh.from_group(group, "cuda")
    return init_device_mesh("cuda" if torch.cuda.is_available() else "cpu", (distributed.get_world_size(),))


def refuse_launcher_fsdp() -> None:
    """Refuse a launcher that asks accelerate to shard as well: two would.

    Raises:
        UsageError: `accelerate launch` was told to use FSDP.
    """
    if os.environ.get(_LAUNCHER, "").lower() in {"1", "true", "yes"}:
        raise UsageError(
            "the launcher asks for FSDP, and the recipe says what is sharded",
            where=f"accelerate launch, variable {_LAUNCHER}",
            todo="launch without --use_fsdp and set parallel.kind=fsdp2",
        )


def shard(
    model: nn.Module,
    settings: ParallelSettings,
    *,
    compute: dtype,
    exact: tuple[nn.Module, ...] = (),
    mesh: DeviceMesh | None = None,
) -> nn.Module:
    """Shard a model in place: each layer, each exact module and the rest are one unit each.

    Args:
        model: with float32 weights, which become the master weights. Those of process 0 count: the others' are replaced
            by them, so they may be `torch.empty`, which takes no memory until it is written to, and what each process
            drew for itself (LoRA) is the same everywhere.
        compute: what weights and inputs are cast to in the forward and backward pass. Gradients are reduced in float32.
        exact: modules that compute in float32 whatever `compute` says, e.g. the reward head.
        mesh: by default all processes.

    Returns:
        The model itself.
    """
    import torch
    from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, OffloadPolicy, fully_shard

    refuse_launcher_fsdp()
    mesh = mesh or device_mesh(offloaded=settings.cpu_offload)
    cut = layers(model)
    whole = _held(model)
    offload = CPUOffloadPolicy() if settings.cpu_offload else OffloadPolicy()
    options: dict[str, Any] = {"mesh": mesh, "offload_policy": offload}
    lower = MixedPrecisionPolicy(param_dtype=compute, reduce_dtype=torch.float32)
    full = MixedPrecisionPolicy(param_dtype=torch.float32, reduce_dtype=torch.float32)
    again = settings.reshard_after_forward
    for module in exact:
        fully_shard(module, mp_policy=full, reshard_after_forward=False, **options)
    for module in cut:
        fully_shard(module, mp_policy=lower, reshard_after_forward=again, **options)
    fully_shard(model, mp_policy=lower, **options)  # embeddings, last norm, language-model head: gathered once a step
    if mesh.size() > 1:
        _send(model, whole, mesh)
    return model


def check_sharded(model: nn.Module) -> None:
    """Hold a model to what `shard` promises: FSDP2, everything trained sharded, master weights in float32.

    Raises:
        ModelError: it is not so. This is a fault of the stack, not of the user; better now than after a week.
    """
    import torch
    from torch.distributed.fsdp import FSDPModule
    from torch.distributed.fsdp import FullyShardedDataParallel as Version1
    from torch.distributed.tensor import DTensor

    def fault(what: str) -> ModelError:
        return ModelError(what, where="parallel.kind fsdp2", todo="report it with the versions: crb --version")

    if any(isinstance(module, Version1) for module in model.modules()) or not isinstance(model, FSDPModule):
        raise fault(f"the model is not under FSDP version 2 but a {type(model).__name__}")
    for name, parameter in model.named_parameters():
        if not isinstance(parameter, DTensor):
            raise fault(f"the weight {name!r} is not sharded")
        if parameter.requires_grad and parameter.dtype != torch.float32:
            raise fault(f"the master weight {name!r} is {parameter.dtype}, not float32")


def _held(model: nn.Module) -> dict[str, Tensor]:
    """References to all weights and buffers as they are before sharding."""
    return {name: tensor.detach() for name, tensor in [*model.named_parameters(), *model.named_buffers()]}


def _send(model: nn.Module, whole: Mapping[str, Tensor], mesh: DeviceMesh) -> None:
    """Put process 0's weights into everyone's shards, and its buffers, which are not sharded, into everyone's."""
    import torch
    from torch import distributed
    from torch.distributed.tensor import DTensor, distribute_tensor

    for name, parameter in model.named_parameters():
        if isinstance(parameter, DTensor):
            part = distribute_tensor(whole[name].to(mesh.device_type), mesh, parameter.placements)  # of process 0's
            with torch.no_grad():
                parameter.to_local().copy_(part.to_local())
    for name, buffer in model.named_buffers():
        full = whole[name].to(mesh.device_type)
        distributed.broadcast(full, src=0)
        with torch.no_grad():
            buffer.copy_(full)


def first_process() -> bool:
    """Whether this process does what only one should."""
    from torch import distributed

    return not distributed.is_available() or not distributed.is_initialized() or distributed.get_rank() == 0
