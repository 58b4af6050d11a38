"""The start of Ray: one cluster for whoever needs it, and where none comes up one error with a next step."""

# pyright: reportMissingImports=false

from __future__ import annotations

import os
from typing import Any

from crb.errors import CrbError, first_line


def start_ray(todo: str, **here: Any) -> bool:
    """Join the Ray of this process or the cluster that RAY_ADDRESS names, else start one; Ray's own logs are off.

    Args:
        todo: the next step where it does not come up.
        here: settings of `ray.init` for a Ray that is started on this machine; a cluster has its own.

    Returns:
        Whether the connection is the caller's to end: False where this process had one.

    Raises:
        CrbError: Ray does not answer, whatever it raised.
    """
    import ray

    if ray.is_initialized():
        return False
    cluster = os.environ.get("RAY_ADDRESS")
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **({} if cluster else here))
    except Exception as error:  # a bare one, where its node takes more than 30 seconds to come up
        raise CrbError(
            f"Ray does not answer: {first_line(error)}",
            where=f"RAY_ADDRESS {cluster or 'not set: a cluster of its own'}",
            todo=todo,
        ) from error
    return True
