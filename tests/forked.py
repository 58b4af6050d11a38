"""Starts that are killed at a random moment, for the drivers of the kill tests.

A driver imports once what takes seconds and forks for every start, so that kills meet work and not imports.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """A child that does the work and ends; its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # a child must never return into the parent's loop
        traceback.print_exc()
    os._exit(status)


def through(child: int) -> None:
    """Wait for a child that nobody disturbs; a failure of it ends the driver."""
    _sound(os.waitpid(child, 0)[1])


def killed(child: int, ready: Callable[[], bool], pause: float) -> bool:
    """Kill a child `pause` seconds after `ready()`; False where it was through before that."""
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _sound(status)
            return False
        if ready():
            break
        time.sleep(0.0003)
    time.sleep(pause)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _sound(status: int) -> None:
    if status:
        sys.exit(f"a start failed with status {status}")
