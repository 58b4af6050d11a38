"""Which models an endpoint offers: its list under `/models`, which most servers have and none need have."""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from typing import Any

import httpx

from crb.engines.endpoint.settings import EndpointSettings, Secrets, address, is_loopback, read_key, shown
from crb.engines.endpoint.wire import GarbageError, document
from crb.errors import CrbError, UsageError

_SECONDS = 10.0
_MOST_BYTES = 8_000_000  # a gateway's list of some hundred models has half a megabyte


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model in a server's list.

    Args:
        id: the name under which it is asked.
        root: what it is, where the server tells (vLLM: the hub id or folder that it serves under another name).
        max_length: tokens of prompt and answer together, where the server tells.
    """

    id: str
    root: str | None = None
    max_length: int | None = None


def served_models(settings: EndpointSettings) -> list[ServedModel]:
    """The models that an endpoint lists; empty where it has no list.

    Raises:
        CrbError: nothing answers at the address.
    """
    url = address(settings.base_url)
    secrets = Secrets.of(url, key := read_key(settings.api_key_env))
    try:
        with (
            httpx.Client(timeout=_SECONDS, trust_env=not is_loopback(url)) as client,
            client.stream("GET", below(url, "/models"), headers=headers(key)) as response,
        ):
            return read_list(response.status_code, _limited(response), secrets)
    except httpx.HTTPError as error:
        raise no_answer(url, secrets.hide(str(error)) or type(error).__name__) from error


async def ask_models(client: httpx.AsyncClient, url: httpx.URL, secrets: Secrets) -> list[ServedModel]:
    """The same over an open client; empty too where nothing answers: it only helps to word another error."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS), client.stream("GET", below(url, "/models")) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    return []
    except (httpx.HTTPError, TimeoutError):
        return []
    return read_list(response.status_code, bytes(body), secrets)


def read_list(status: int, body: bytes, secrets: Secrets) -> list[ServedModel]:
    """The models in a list's body; empty where it is no list."""
    try:
        data = document(body).get("data") if status == 200 else None
    except GarbageError:
        return []
    return [_served(entry, secrets) for entry in data if _is_model(entry)] if isinstance(data, list) else []


def no_model(settings: EndpointSettings, url: httpx.URL, models: list[ServedModel], words: str) -> UsageError:
    """The error for a model that the server does not offer; the nearest of its names stand in it."""
    names = sorted(model.id for model in models)
    near = difflib.get_close_matches(settings.model, names, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"served: {', '.join(names[:10]) or 'not told'}"
    what = f"the endpoint does not offer the model {settings.model!r}: {words}"
    return UsageError(what, where=f"{shown(url)}; {hint}", todo="name the model as the server lists it")


def no_answer(url: httpx.URL, words: str) -> CrbError:
    """The error for an address where nothing answers."""
    todo = "check the address; start the server and wait until it has loaded its model"
    return CrbError(f"nothing answers at the endpoint: {words}", where=shown(url), todo=todo)


def below(url: httpx.URL, path: str) -> httpx.URL:
    """An address of the API; the query stays."""
    return url.copy_with(path=url.path + path)


def headers(key: str | None) -> dict[str, str]:
    """The headers of every request."""
    return {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}


def _limited(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES:
            return b""
    return bytes(body)


def _is_model(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), str)


def _served(entry: dict[str, Any], secrets: Secrets) -> ServedModel:
    root, length = entry.get("root"), entry.get("max_model_len")
    return ServedModel(
        secrets.hide(entry["id"][:200]),
        secrets.hide(root) if isinstance(root, str) else None,
        length if isinstance(length, int) and not isinstance(length, bool) and length > 0 else None,
    )
