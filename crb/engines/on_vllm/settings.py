"""How vLLM is run: what a user can choose, and what that comes to in vLLM's own arguments and environment.

The parent process reads this without vLLM. `environment` and `arguments` are for the process that runs the model;
variables that the user has set are the user's.

Scores must not depend on what else is in a batch, so vLLM is held to arithmetic that does not either. On GPUs that is
vLLM's own batch-invariant mode. A CPU has none: there the matrix products are computed in blocks of fixed size
(crb.engines.on_vllm.cpu), prompts are not divided, and prefixes are not cached. `VLLM_BATCH_INVARIANT=0` gives all that
up for speed. What each costs and what was measured: docs/vllm.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

from crb.adapter import ModelSource
from crb.errors import MissingPackageError, ModelError, UsageError

Task = Literal["generate", "classify"]
INVARIANT = "VLLM_BATCH_INVARIANT"
_CPU_CACHE_GB = "2"  # vLLM's own default would take nine tenths of the machine's memory
_CPU_BATCH = 8192  # tokens per pass


@dataclass(frozen=True, slots=True, kw_only=True)
class VllmSettings:
    """A model under vLLM.

    Args:
        source: the model; it must have a folder.
        dtype: `float32`, `bfloat16` or `float16`.
        max_length: the longest prompt and answer together, in tokens; by default the model's own.
        tensor_parallel: GPUs that share one copy of the model.
        data_parallel: copies of the model on this machine.
        trust_remote_code: whether the user allowed this very model's own code.
        executor: `ray` spreads the GPUs of one copy over a Ray cluster; by default vLLM decides.
        prefix_caching: whether what prompts share is computed once; by default wherever scores do not depend on it.
        capacity: how many calls a copy of the model holds at once.

    Raises:
        ModelError: the model has no folder.
        UsageError: a value that cannot be.
    """

    source: ModelSource
    dtype: str
    max_length: int | None = None
    tensor_parallel: int = 1
    data_parallel: int = 1
    trust_remote_code: bool = False
    executor: Literal["ray"] | None = None
    prefix_caching: bool | None = None
    capacity: int = 256

    def __post_init__(self) -> None:
        if self.source.path is None:
            raise ModelError(
                "this model has no folder, and vLLM needs one",
                where=f"model {self.source.name}",
                todo="leave --engine out, or give a model folder or a hub id",
            )
        for name in ("tensor_parallel", "data_parallel", "capacity"):
            if getattr(self, name) < 1:
                what = f"{name} is at least 1, not {getattr(self, name)}"
                raise UsageError(what, todo="raise it, or leave it out")

    @property
    def length(self) -> int:
        """The longest prompt and answer together, in tokens."""
        return self.max_length or self.source.max_length


def require_vllm() -> None:
    """Refuse where vLLM is not installed.

    Raises:
        MissingPackageError: with the command that installs it.
    """
    found = find_spec("vllm")
    if found is None or found.origin is None:  # a folder of that name is no package
        otherwise = "see docs/vllm.md for a CPU, or ask a server: --endpoint"
        raise MissingPackageError("vllm", why="to run a model under vLLM", extra="vllm", otherwise=otherwise)


def environment(*, cpu: bool, capable: bool) -> dict[str, str]:
    """The environment that vLLM is to run in.

    Args:
        cpu: whether it computes on the CPU.
        capable: whether its own batch-invariant mode works on this hardware.

    Returns:
        All variables that are not set yet and should be.
    """
    wanted = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1"}
    if cpu:
        wanted["VLLM_CPU_KVCACHE_SPACE"] = _CPU_CACHE_GB
        wanted["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # it has a process of its own already
    if invariant_wanted():
        wanted |= {"VLLM_CPU_ATTN_SPLIT_KV": "0"} if cpu else {INVARIANT: "1"} if capable else {}
    return {name: value for name, value in wanted.items() if not os.environ.get(name)}


def invariant_wanted() -> bool:
    """Whether the user has not given up that scores are independent of the batch."""
    return os.environ.get(INVARIANT) != "0"


def arguments(settings: VllmSettings, task: Task, *, cpu: bool, invariant: bool) -> dict[str, Any]:
    """Arguments of `vllm.EngineArgs`.

    Args:
        invariant: whether scores are to be independent of the batch.
    """
    given: dict[str, Any] = {
        "model": str(settings.source.path),
        "dtype": settings.dtype,
        "max_model_len": settings.length,
        "tensor_parallel_size": settings.tensor_parallel,
        "trust_remote_code": settings.trust_remote_code,
        "enable_prefix_caching": caches_prefixes(settings, cpu=cpu, invariant=invariant),
        "max_num_seqs": settings.capacity,
        "seed": 0,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
    }
    if settings.executor is not None:
        given["distributed_executor_backend"] = settings.executor
    given |= {"runner": "pooling"} if task == "classify" else {"max_logprobs": -1}
    if cpu:
        # Prompts in one piece: in several, sampling with a seed stops vLLM 0.32 ("CPU Generator does not use offset").
        given |= {"enforce_eager": True, "enable_chunked_prefill": False}
        given["max_num_batched_tokens"] = max(_CPU_BATCH, settings.length)
    return given


def caches_prefixes(settings: VllmSettings, *, cpu: bool, invariant: bool) -> bool:
    """Whether what prompts share is computed once: on a CPU its attention then rounds otherwise."""
    return not (cpu and invariant) if settings.prefix_caching is None else settings.prefix_caching
