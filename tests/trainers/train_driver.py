"""Trains in processes of its own, alone or as several ranks, and kills some of them: for the tests of training.

Usage: python train_driver.py JOBS.json

Each job is {"recipe": document, "out": folder, "world": 1, "kill_at": null, "resume": null}. torch is imported once,
and every start is a fork. `kill_at` kills all ranks with SIGKILL when that many steps are logged. Prints the exit codes
as one JSON list; -9 is a rank that was killed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 200


def work(job: dict[str, Any], rank: int, port: int) -> int:
    """One rank of a job; its exit code."""
    from crb_trainers.recipe import Recipe
    from crb_trainers.training.run import train

    from crb.errors import CrbError

    if job.get("world", 1) > 1:
        os.environ.update(
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(job["world"]),
            LOCAL_WORLD_SIZE=str(job["world"]),
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=str(port),
        )
    resume = Path(job["resume"]) if job.get("resume") else None
    try:
        train(Recipe.model_validate(job["recipe"]), Path(job["out"]), resume=resume, stop_after=job.get("stop_after"))
    except CrbError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def start(job: dict[str, Any]) -> list[int]:
    """Fork a job's ranks and wait for them; their exit codes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ranks = []
    for rank in range(job.get("world", 1)):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = work(job, rank, port)
            finally:
                sys.stderr.flush()
                os._exit(code)
        ranks.append(child)
    log, kill_at = Path(job["out"]) / "log.jsonl", job.get("kill_at")
    codes: dict[int, int] = {}
    end = time.monotonic() + PATIENCE_SECONDS
    while len(codes) < len(ranks):
        for child in ranks:
            if child not in codes and (status := os.waitpid(child, os.WNOHANG))[0]:
                codes[child] = os.waitstatus_to_exitcode(status[1])
        lines = log.read_bytes().count(b"\n") if kill_at is not None and log.is_file() else 0
        overdue, failed = time.monotonic() > end, any(code for code in codes.values())
        if (kill_at is not None and lines >= kill_at) or overdue or failed:
            for child in ranks:
                if child not in codes:
                    os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    return [codes[child] for child in ranks]


if __name__ == "__main__":
    import crb_trainers.modelling.loading
    import crb_trainers.training.arguments
    import crb_trainers.training.evaluation
    import crb_trainers.training.trainer  # noqa: F401  # imported once, before the forks

    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps([start(job) for job in jobs]) + "\n")
