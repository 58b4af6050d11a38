"""One try: a request goes out and a JSON object comes back, or the reason why none did.

Bounded in every direction: seconds for the connection and for the whole, bytes for the answer. So a server that accepts
and never answers, sends a byte a minute or never stops costs one try.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
from typing import Any

import httpx

from crb.engines.endpoint.models import ServedModel, ask_models, below, headers
from crb.engines.endpoint.refusals import Refusal, refusal, told_within
from crb.engines.endpoint.settings import EndpointSettings, Secrets, address, is_loopback, shown
from crb.engines.endpoint.trouble import Kind, TroubleError
from crb.engines.endpoint.wire import GarbageError, document
from crb.errors import UsageError

_CONNECT = 30.0  # seconds
_REFUSAL_BYTES = 1_000_000
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")  # they tell of addresses and headers


@functools.cache  # reading them takes longer than a short answer
def _certificates(trust_env: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=trust_env)


class NoSuccessError(Exception):
    """A response of another status than success."""

    def __init__(self, said: Refusal) -> None:
        super().__init__(str(said))
        self.refusal = said


class Connection:
    """A pool of connections to one endpoint.

    Raises:
        UsageError: what the environment says of proxies or certificates cannot be used.
    """

    def __init__(self, settings: EndpointSettings, key: str | None) -> None:
        self.url = address(settings.base_url)
        self.secrets = Secrets.of(self.url, key)
        self.has_key = key is not None
        self.reached = False
        """Whether anything ever answered."""
        self._timeout = settings.timeout
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self.secrets)
        trust_env = not is_loopback(self.url)  # proxies
        try:
            self._http = httpx.AsyncClient(
                headers=headers(key),
                timeout=httpx.Timeout(None, connect=min(_CONNECT, settings.timeout)),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.concurrency),
                trust_env=trust_env,
                verify=_certificates(trust_env),
            )
        except (ValueError, ImportError, OSError) as error:
            words = self.secrets.hide(str(error))
            raise UsageError(
                f"the proxies or certificates that the environment names cannot be used: {words}",
                where=shown(self.url),
                todo="check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE",
            ) from error

    async def post(self, content: bytes, limit: int) -> dict[str, Any]:
        """Ask for a chat completion.

        Args:
            content: the request.
            limit: bytes that the answer may have.

        Raises:
            TroubleError: no connection, a lost one, no answer in time.
            NoSuccessError: another status than success, or an error object instead of an answer.
            GarbageError: too large, or no JSON object.
        """
        try:
            async with asyncio.timeout(self._timeout):
                response, body = await self._exchange(content, limit)
        except TimeoutError:
            raise TroubleError(Kind.TIMEOUT, f"no answer within {self._timeout:g} s") from None
        except httpx.RequestError as error:
            words = self.secrets.hide(str(error)) or type(error).__name__
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                raise TroubleError(Kind.UNREACHABLE, f"no connection: {words}") from error
            raise TroubleError(Kind.DROPPED, f"the connection was lost: {words}") from error
        if not response.is_success:
            raise NoSuccessError(refusal(response, body, self.secrets))
        found = document(body)
        if within := told_within(found, self.secrets):
            raise NoSuccessError(within)
        return found

    async def models(self) -> list[ServedModel]:
        """What the server offers, as far as it tells."""
        return await ask_models(self._http, self.url, self.secrets)

    async def close(self) -> None:
        """Let go of all connections."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self.secrets)
        await self._http.aclose()

    async def _exchange(self, content: bytes, limit: int) -> tuple[httpx.Response, bytes]:
        async with self._http.stream("POST", below(self.url, "/chat/completions"), content=content) as response:
            self.reached = True
            most = limit if response.is_success else _REFUSAL_BYTES
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > most:
                    raise GarbageError(f"an answer of more than {most / 1e6:.3g} MB")
        return response, bytes(body)
