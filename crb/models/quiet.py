"""Loading without the libraries' chatter: progress bars and advice of transformers would tear our own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.util import find_spec


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Errors only, no progress bars, for the duration; nothing to do where transformers is not installed."""
    if find_spec("transformers") is None:
        yield
        return
    from typing import Any

    from transformers.utils import logging as untyped

    logging: Any = untyped

    level = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
