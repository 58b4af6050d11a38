"""Who does the jobs: this process, processes on this machine, or Ray's workers on many.

Executors differ in speed alone: a job's bytes depend on the job. Results come in any order; the caller puts them in
order. Workers of a killed parent end by themselves: an orphan would go on spending the machine on lost work.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any, Protocol

from crb.errors import CrbError, MissingPackageError, unknown_name
from crb.ray_start import start_ray
from crb_builders.jobs import Job, do
from crb_builders.store import Record

Done = tuple[int, list[Record]]
_AHEAD = 2  # jobs given out per worker: the next one is there when one ends, and few are lost with a kill


class Executor(Protocol):
    """Does jobs; a context manager."""

    def run(self, jobs: Iterable[Job], *, at_once: int | None = None) -> Iterator[Done]:
        """The records of each job, with the job's position, as they come; at most `at_once` jobs together."""
        ...

    def __enter__(self) -> Executor: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """A `CrbError` on its way from a worker: its parts, since not every error class survives the journey."""

    what: str
    where: str
    todo: str


def attempt(job: Job) -> list[Record] | Fault:
    """Do a job in a worker."""
    try:
        return do(job)
    except CrbError as error:
        return Fault(error.what, error.where, error.todo)


def _records(result: list[Record] | Fault) -> list[Record]:
    if isinstance(result, Fault):
        raise CrbError(result.what, where=result.where, todo=result.todo)
    return result


class Here(AbstractContextManager["Here"]):
    """One job after the other, in this process."""

    def run(self, jobs: Iterable[Job], *, at_once: int | None = None) -> Iterator[Done]:
        for position, job in enumerate(jobs):
            yield position, do(job)

    def __exit__(self, *_: object) -> None:
        return None


class Processes(AbstractContextManager["Processes"]):
    """Several processes on this machine. They are started when the first job comes."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def run(self, jobs: Iterable[Job], *, at_once: int | None = None) -> Iterator[Done]:
        if at_once == 1:
            yield from Here().run(jobs)
            return
        if self._pool is None:
            # spawn: a fork of a process with threads (torch, Arrow, an HTTP client) can hang
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),)
            )
        pool = self._pool
        limit = min(self._workers * _AHEAD, at_once or self._workers * _AHEAD)

        def submit(job: Job) -> Future[list[Record] | Fault]:
            return pool.submit(attempt, job)

        def first(waiting: list[Future[list[Record] | Fault]]) -> Future[list[Record] | Fault]:
            return next(iter(wait(waiting, return_when=FIRST_COMPLETED).done))

        for position, future in _sliding(jobs, limit, submit, first):
            try:
                result = future.result()
            except BrokenProcessPool as error:
                raise CrbError(
                    "a worker was ended from outside, most often because memory ran out",
                    where=f"{self._workers} workers",
                    todo="run the same command again, with fewer --workers if memory was short: what is done is kept",
                ) from error
            yield position, _records(result)

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


class OnRay(AbstractContextManager["OnRay"]):
    """Ray's workers: those of the cluster that RAY_ADDRESS names, else of one that is started here.

    All machines must see the output folder (and what the stages read) under the same path.
    """

    def __init__(self, workers: int) -> None:
        try:
            import ray
        except ImportError:
            raise MissingPackageError("ray", why="for --executor ray", extra="cluster") from None
        self._ray: Any = ray
        self._workers = workers
        todo = "see that the cluster runs, or leave --executor ray out"
        self._ours = start_ray(todo, num_cpus=workers, include_dashboard=False)
        self._attempt = ray.remote(num_cpus=1, max_retries=3)(attempt)

    def run(self, jobs: Iterable[Job], *, at_once: int | None = None) -> Iterator[Done]:
        cores = int(self._ray.cluster_resources().get("CPU", self._workers))
        limit = min(max(cores, self._workers) * _AHEAD, at_once or max(cores, self._workers) * _AHEAD)

        def first(waiting: list[Any]) -> Any:
            return self._ray.wait(waiting, num_returns=1)[0][0]

        for position, reference in _sliding(jobs, limit, self._attempt.remote, first):
            yield position, _records(self._ray.get(reference))

    def __exit__(self, *_: object) -> None:
        if self._ours:
            self._ray.shutdown()


def executor(name: str, workers: int) -> Executor:
    """An executor by its name: `local` or `ray`.

    Raises:
        UsageError: another name.
        MissingPackageError: Ray is not installed.
    """
    if name == "local":
        return Here() if workers == 1 else Processes(workers)
    if name == "ray":
        return OnRay(workers)
    raise unknown_name("executor", name, ("local", "ray"))


def _sliding(
    jobs: Iterable[Job], limit: int, submit: Callable[[Job], Any], first: Callable[[list[Any]], Any]
) -> Iterator[tuple[int, Any]]:
    """Give out jobs, at most `limit` at a time, and yield what is done with its position."""
    coming = enumerate(jobs)
    waiting: dict[Any, int] = {submit(job): position for position, job in islice(coming, limit)}
    while waiting:
        done = first(list(waiting))
        position = waiting.pop(done)
        yield position, done
        for next_position, job in islice(coming, 1):
            waiting[submit(job)] = next_position


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
