"""The start of Ray: where no cluster comes up, one error with a next step, whatever Ray raises."""

# pyright: reportMissingImports=false

from __future__ import annotations

import os
from typing import Any

from crb.errors import CrbError


def start_ray(todo: str, **settings: Any) -> None:
    """Join the cluster that RAY_ADDRESS names, or start one by these settings of `ray.init`; Ray's own logs are off.

    Raises:
        CrbError: it does not answer; with `todo`.
    """
    import ray

    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **settings)
    except Exception as error:  # a bare one, where its node takes more than 30 seconds to come up
        raise CrbError(
            f"Ray does not answer: {(str(error).splitlines() or [repr(error)])[0]}",
            where=f"RAY_ADDRESS {os.environ.get('RAY_ADDRESS', 'not set: a cluster of its own')}",
            todo=todo,
        ) from error
