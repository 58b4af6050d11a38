"""vLLM in processes of its own: one per copy of the model, reached through a pipe.

So its logs, the native ones included, stay out of the user's terminal; a crash of vLLM is the death of a worker and not
of the run; scripts need no `if __name__ == "__main__"`; and the environment it needs is set where nobody else reads it.
The price is that prompts and answers are pickled once.

What vLLM says goes to a file that is removed at the end, unless `CRB_VLLM_LOG` names one to keep.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from multiprocessing import connection
from pathlib import Path
from typing import IO, Any

from crb.engines.on_vllm.jobs import Died, Job, Message, Ready
from crb.engines.on_vllm.settings import Task, VllmSettings

_LOG = "CRB_VLLM_LOG"
_PATIENCE = 10.0  # seconds that a worker gets to end by itself
_RAISED = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b(?:: (.*))?")
_PREFIX = re.compile(r"^\s*(?:\(\w+ pid=\d+\) |\[rank\d+\]: )*\s*")
_UNTELLING = ("EngineCore", "Engine core", "see root cause", "See stack trace")


class ProcessWorker:
    """A copy of the model in a process on this machine.

    Args:
        extra: what its environment has beside this process' own.
    """

    def __init__(self, settings: VllmSettings, task: Task, extra: Mapping[str, str] | None = None) -> None:
        self._pipe, theirs = connection.Pipe()
        self._log = _log()
        environment = {**os.environ, **(extra or {})}
        if os.environ.get(_LOG):
            environment.setdefault("VLLM_LOGGING_LEVEL", "INFO")
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the run, which then ends this
        )
        theirs.close()
        self._stop = weakref.finalize(self, _stop, self._process, self._pipe, self._log)  # also at exit
        self._try_send((settings, task))

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def send(self, job: Job) -> None:
        """Take a job; of a dead worker, `receive` tells."""
        self._try_send(job)

    def receive(self) -> Message:
        """Wait for the next thing it says."""
        try:
            message: Message = self._pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return Died(self._reason())
        return message

    def fileno(self) -> int:
        """Of its pipe, to wait for."""
        return self._pipe.fileno()

    def close(self) -> None:
        """End it, and all that it started."""
        self._stop()

    def _try_send(self, message: Any) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send(message)

    def _reason(self) -> str:
        """Why it died: the last error it wrote, else the signal."""
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            return f"its process was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 100_000))
        lines = [_PREFIX.sub("", line) for line in self._log.read().decode(errors="replace").splitlines()]
        lines = [line for line in lines if line and not any(word in line for word in _UNTELLING)]
        raised = [number for number, line in enumerate(lines) if _RAISED.match(line)]
        said = lines[raised[-1] :] if raised else lines[-1:]
        if len(said) > 1 and "validation error" in said[0]:  # pydantic says what is wrong in the line after
            said = said[1:]
        return said[0][:500] if said else f"its process ended with code {code}"


class ProcessTeam:
    """Workers on this machine, with their share of its GPUs each."""

    def __init__(self, settings: VllmSettings, task: Task) -> None:
        shares = _shares(settings)
        self.workers: Sequence[ProcessWorker] = [ProcessWorker(settings, task, share) for share in shares]
        self._alive = dict(enumerate(self.workers))

    def receive(self) -> list[tuple[int, Message]]:
        """What workers say; see `crb.engines.on_vllm.jobs.Team`."""
        speaking = connection.wait([worker.fileno() for worker in self._alive.values()])
        heard = [(place, worker.receive()) for place, worker in self._alive.items() if worker.fileno() in speaking]
        for place, message in heard:
            if isinstance(message, Died):
                del self._alive[place]
        return heard

    def close(self) -> None:
        """End all of them."""
        for worker in self.workers:
            worker.close()


def _shares(settings: VllmSettings) -> list[dict[str, str]]:
    """The environment of each copy: where there are several, each sees its own GPUs only."""
    copies, each = settings.data_parallel, settings.tensor_parallel
    if copies == 1:
        return [{}]
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    devices = given.split(",") if given else [str(number) for number in range(copies * each)]
    shares = [",".join(devices[copy * each : (copy + 1) * each]) for copy in range(copies)]
    return [{"CUDA_VISIBLE_DEVICES": share, "VLLM_CPU_OMP_THREADS_BIND": "nobind"} for share in shares]


def _log() -> IO[bytes]:
    kept = os.environ.get(_LOG)
    return Path(kept).open("a+b") if kept else tempfile.TemporaryFile()  # the worker's, till it ends


def _stop(process: subprocess.Popen[bytes], pipe: Any, log: IO[bytes]) -> None:
    """Ask a worker to end, wait a little, and end what is left of its process group."""
    with contextlib.suppress(OSError):
        pipe.send(None)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    with contextlib.suppress(OSError):  # nothing is left of it
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    pipe.close()
    log.close()


def _work(pipe: Any) -> None:
    """The process itself: load, then step as long as there are jobs. An error ends it, and stands in its log."""
    from crb.engines.on_vllm.worker import VllmWorker

    settings, task = pipe.recv()
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, jobs), daemon=True).start()
    worker = VllmWorker(settings, task)
    pipe.send(Ready(worker.about))
    while True:
        while not worker.busy or not jobs.empty():
            job = jobs.get()
            if (refused := worker.add(job)) is not None:
                pipe.send([(job.number, refused)])
        if done := worker.step():
            pipe.send(done)


def _listen(pipe: Any, jobs: queue.SimpleQueue[Job]) -> None:
    """Take jobs in while the model computes: a full pipe on both sides would stop both for ever."""
    with contextlib.suppress(EOFError, OSError):  # the run is gone, and nobody would take an answer
        while (job := pipe.recv()) is not None:
            jobs.put(job)
    os._exit(0)  # at once: vLLM would take seconds to take itself apart


if __name__ == "__main__":
    _work(connection.Connection(int(sys.argv[1])))
