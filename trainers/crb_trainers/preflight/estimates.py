"""Memory, operations and hours of a training run, from a model's shape and the data's tokens. No GPU is asked.

Memory follows ZeRO's account of mixed precision with Adam (Rajbhandari et al. 2020, section 3): weights, gradient and
two moments in float32 are 16 bytes per trained weight, shared by all GPUs under FSDP2, plus the bfloat16 copy that a
GPU computes with. Activations are counted tensor by tensor (the way of Korthikanti et al. 2022, for gated layers and
flash attention); with recomputation a layer keeps its input alone, and one layer's lot is alive at a time.

Operations follow Kaplan et al. 2020 (section 2.1): two per weight and token forward, twice that backward, once more
forward where activations are recomputed, and the attention's own products over what it sees. Hours are operations over
the GPU's published dense bfloat16 rate times `UTILISATION`, the share of it that training reaches, recomputed
operations counted (hardware FLOPs utilisation, Chowdhery et al. 2022, appendix B). 0.4 is an assumption: 0.3 to 0.5 is
common with this stack, and nothing here was measured on a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

from crb_trainers.preflight.shapes import Shape

UTILISATION = 0.4
GPUS = {  # bytes of memory, and dense bfloat16 operations per second as the makers publish them
    "rtx-4090": (24e9, 165e12),
    "l40s": (48e9, 362e12),
    "a100-40gb": (40e9, 312e12),
    "a100-80gb": (80e9, 312e12),
    "h100": (80e9, 989e12),
    "h200": (141e9, 989e12),
    "b200": (180e9, 2250e12),
    "mi300x": (192e9, 1307e12),
}
RESERVE = 2e9
"""Bytes that CUDA's context, kernels and the allocator's gaps take."""


@dataclass(frozen=True)
class Load:
    """What a run computes.

    Attributes:
        tokens: computed, of all steps; a shared prefix counts once.
        attended: sum over those tokens of how many they attend to.
        completion: targets of the language-model loss, of all steps; 0 without that loss.
        largest: tokens of the largest micro-batch.
        largest_completion: targets in it.
    """

    tokens: int
    attended: int
    completion: int
    largest: int
    largest_completion: int


@dataclass(frozen=True)
class Way:
    """How it is computed.

    Attributes:
        processes: GPUs, or CPU processes.
        sharded: under FSDP2; else each holds everything.
        offloaded: under FSDP2, what is sharded lies in main memory.
        half: compute in bfloat16.
        recompute: activations in the backward pass.
        chunk: rows of logits at a time.
        rank: of low-rank adapters, None where all weights are trained.
    """

    processes: int
    sharded: bool
    offloaded: bool
    half: bool
    recompute: bool
    chunk: int
    rank: int | None


def memory(shape: Shape, load: Load, way: Way) -> dict[str, float]:
    """Bytes on the fullest GPU, by part."""
    element = 2 if way.half else 4
    trained = shape.parameters if way.rank is None else shape.adapters(way.rank)
    frozen = 0 if way.rank is None else shape.parameters
    share = way.processes if way.sharded else 1
    here = 0 if way.offloaded else 1
    ends = shape.embedding * (1 if shape.tied else 2)
    if way.sharded:  # the units that are whole at a time: the root's, and two layers (one computed, one on its way)
        gathered = element * (ends + 2 * shape.layer_weights)
        reduced = 4 * (shape.layer_weights + (0 if way.rank else ends))
    else:
        gathered, reduced = (element * shape.parameters if way.half else 0), 0
        if way.processes > 1:
            reduced = 4 * trained  # DDP's buckets
    residual = element if way.sharded else 4  # autocast leaves the residual stream in float32
    kept = residual * shape.hidden * shape.layers if way.recompute else shape.layer_activations(element) * shape.layers
    alive = shape.layer_activations(element) if way.recompute else 0
    logits = 0
    if load.completion:  # a chunk and its gradient, and the head's gradient, which exists from the forward pass on
        logits = 4 * (
            2 * min(way.chunk, load.largest_completion) * shape.words + (shape.embedding if way.rank is None else 0)
        )
    return {
        "weights": here * 4.0 * (trained + frozen) / share,
        "gradients": here * 4.0 * trained / share,
        "optimiser": here * 8.0 * trained / share,
        "gathered weights": float(gathered),
        "gathered gradients": float(reduced),
        "activations": float(load.largest * (kept + alive + 2 * residual * shape.hidden)),
        "logits": float(logits),
    }


def operations(shape: Shape, load: Load, way: Way) -> float:
    """Floating-point operations of all steps."""
    matrices = 2.0 * shape.layers * shape.layer_weights * load.tokens
    products = 4.0 * shape.layers * shape.heads * shape.head_size * load.attended
    forward = matrices + products
    backward = 2 * forward if way.rank is None else forward + products  # frozen weights take no gradient of their own
    logits = 2.0 * shape.hidden * shape.words * load.completion
    return forward + backward + (forward if way.recompute else 0) + 3 * logits


def hours(operations_: float, gpu: str, processes: int) -> float:
    """Hours on so many of a named GPU."""
    return operations_ / (GPUS[gpu][1] * UTILISATION * processes) / 3600


def fits(parts: dict[str, float], gpu: str) -> bool:
    """Whether the parts go into a named GPU's memory."""
    return sum(parts.values()) + RESERVE <= GPUS[gpu][0]
