"""The vLLM engine over several machines: copies of the model as actors of a Ray cluster, or of a Ray on this machine.

An actor runs the same process that the engine on one machine runs, and passes on what it says. Which worker answers
does not matter to an answer. How a cluster is started: docs/vllm.md.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from crb.engines.on_vllm.generation import VllmEngine
from crb.engines.on_vllm.jobs import Died, Job, Message, Team
from crb.engines.on_vllm.process import ProcessWorker
from crb.engines.on_vllm.settings import VllmSettings
from crb.errors import MissingPackageError, UsageError
from crb.ray_start import start_ray

_STORE_BYTES = 256 << 20  # of a Ray that is started here: answers are small


class RayEngine(VllmEngine):
    """A `GenerationEngine` over vLLM on Ray.

    Args:
        settings: the model; its folder must be there on every machine, under the same path.
        workers: how many copies of it.

    Raises:
        MissingPackageError: vLLM or Ray is not installed.
        UsageError: the cluster has fewer GPUs than are needed.
        CrbError: no cluster answers.
        ModelError: vLLM cannot load the model.
    """

    name = "ray"

    def __init__(self, settings: VllmSettings, workers: int) -> None:
        if find_spec("ray") is None:
            raise MissingPackageError("ray", why="for several workers", extra="ray", otherwise="leave --workers out")
        self._workers = workers
        super().__init__(settings)

    def _team(self) -> Team:
        return RayTeam(self._settings, self._workers)


class RayTeam:
    """Actors, and the next message of each as a future."""

    def __init__(self, settings: VllmSettings, workers: int) -> None:
        self._ours = _connect()
        self.workers: Sequence[_RayWorker] = [_RayWorker(settings, share) for share in _shares(settings, workers)]
        self._next = {place: worker.receive() for place, worker in enumerate(self.workers)}

    def receive(self) -> list[tuple[int, Message]]:
        """What workers say; see `crb.engines.on_vllm.jobs.Team`."""
        import ray

        futures: list[Any] = list(self._next.values())
        ray.wait(futures, num_returns=1)
        ready, _ = ray.wait(futures, num_returns=len(futures), timeout=0)
        return [(place, self._hear(place)) for place, future in list(self._next.items()) if future in ready]

    def _hear(self, place: int) -> Message:
        import ray
        from ray.exceptions import RayError

        future = self._next.pop(place)
        try:
            message: Message = ray.get(future)
        except RayError as error:
            return Died(f"its Ray actor is gone: {type(error).__name__}")
        if not isinstance(message, Died):
            self._next[place] = self.workers[place].receive()
        return message

    def close(self) -> None:
        """End the actors, and Ray where it was started here."""
        import ray

        for worker in self.workers:
            worker.close()
        if self._ours:
            ray.shutdown()


class _Actor:
    """In a process of Ray's: a worker, and two methods that run side by side."""

    def __init__(self, settings: VllmSettings) -> None:
        self._worker = ProcessWorker(settings, "generate")

    def send(self, job: Job) -> None:
        self._worker.send(job)

    def receive(self) -> Message:
        return self._worker.receive()

    def pid(self) -> int:
        return self._worker.pid

    def close(self) -> None:
        self._worker.close()


class _RayWorker:
    """The handle of an actor."""

    def __init__(self, settings: VllmSettings, options: dict[str, Any]) -> None:
        import ray

        made: Any = ray.remote(_Actor)
        self._actor = made.options(max_concurrency=2, scheduling_strategy="SPREAD", **options).remote(settings)

    def send(self, job: Job) -> None:
        self._actor.send.remote(job)

    def receive(self) -> Any:
        """The future of the next message."""
        return self._actor.receive.remote()

    def close(self) -> None:
        import ray
        from ray.exceptions import RayError

        with contextlib.suppress(RayError, TimeoutError):  # it is gone, or hangs: its process ends with it
            ray.get(self._actor.close.remote(), timeout=20)
        ray.kill(self._actor)


def _connect() -> bool:
    """Join the cluster that RAY_ADDRESS names, else start a Ray on this machine; True where it is ours to stop."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    todo = "see that the cluster runs, or leave --workers out"
    return start_ray(todo, address="local", include_dashboard=False, object_store_memory=_STORE_BYTES)


def _shares(settings: VllmSettings, workers: int) -> list[dict[str, Any]]:
    """What each actor asks of the cluster: its GPUs, or, where there are none, nothing that could make it wait."""
    import ray

    there = int(ray.cluster_resources().get("GPU", 0))
    needed = workers * settings.tensor_parallel
    if there == 0:
        return [{"num_cpus": 0}] * workers
    if there < needed:
        ray.shutdown()
        raise UsageError(
            f"{workers} workers with {settings.tensor_parallel} GPUs each need {needed}, the Ray cluster has {there}",
            todo="start Ray on more machines, or give smaller --workers or --tensor-parallel",
        )
    # Under vLLM's own Ray executor the copy's GPUs, on whatever machines, are vLLM's to ask for.
    gpus = 0 if settings.executor == "ray" else settings.tensor_parallel
    return [{"num_cpus": 1, "num_gpus": gpus}] * workers
