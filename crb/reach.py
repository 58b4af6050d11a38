"""Whether the Hugging Face hub's name can be resolved: where it cannot, its client retries for half a minute first."""

from __future__ import annotations

import socket
import urllib.request
from urllib.parse import urlsplit


def unreachable_hub() -> str:
    """The hub's host where its name cannot be resolved, else ''. `HF_ENDPOINT` says which hub is meant."""
    from huggingface_hub import constants

    host = urlsplit(constants.ENDPOINT).hostname or ""
    if urllib.request.getproxies().keys() & {"http", "https", "all"}:
        return ""  # the proxy resolves names
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):  # a misspelt name, as in `hub..example`, cannot even be asked for
        return host
    return ""
