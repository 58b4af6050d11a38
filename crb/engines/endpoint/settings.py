"""Which endpoint is asked, how hard, and with which key: checked before the first request.

The key is read from the environment when an engine is made and lives in memory alone. Whatever is told of a server,
its errors included, passes through `Secrets.hide`.
"""

from __future__ import annotations

import base64
import ipaddress
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, unquote_plus

import httpx

from crb.errors import UsageError
from crb.generation import Usage

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_SHORT = 16  # shorter secrets (`EMPTY`, `dummy`) are words that a judge may write
_TINY = 4  # shorter ones are parts of any word: they are hidden where they stand alone
HIDDEN = "[hidden]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long is waited between tries, in seconds: twice as long each time, and at random from half of it on.

    Args:
        first: the first wait.
        longest: no wait is longer, unless the server asks for it.
    """

    first: float = 0.5
    longest: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """An OpenAI-compatible endpoint and how it is asked.

    Args:
        base_url: where the API begins, e.g. `http://localhost:8000/v1`; without a path, `/v1` is added.
        model: the name under which the server offers the model.
        api_key_env: the environment variable that holds the key; None, or a variable that is not set, sends none.
        concurrency: how many requests are under way at once.
        timeout: seconds that one request may take.
        patience: seconds for which a call is tried again after its first failure.
        logprobs: True insists on log-probabilities, False never asks for them; None asks where a turn wants them, and
            goes on without where the server refuses.
        price_input: dollars per million tokens of the prompts.
        price_cached: the same for those that the server had cached; `price_input` where it is not given.
        price_output: dollars per million tokens of the answers.
        backoff: the waits between tries.
        largest: bytes that an answer may have, beside what its tokens take.

    Raises:
        UsageError: a value that cannot be.
    """

    base_url: str = field(repr=False)  # may hold a password
    model: str
    api_key_env: str | None = "OPENAI_API_KEY"
    concurrency: int = 16
    timeout: float = 600.0
    patience: float = 900.0
    logprobs: bool | None = None
    price_input: float | None = None
    price_cached: float | None = None
    price_output: float | None = None
    backoff: Backoff = field(default_factory=Backoff)
    largest: int = 4_000_000

    def __post_init__(self) -> None:
        address(self.base_url)
        if not self.model.strip():
            raise UsageError("the endpoint's model has no name", todo="give the name under which the server offers it")
        if self.api_key_env is not None and not _VARIABLE.fullmatch(self.api_key_env):
            raise UsageError(  # and is not repeated: it may be the key itself
                "the key's environment variable has a name of capital letters, digits and _",
                todo="give the name of the variable, not the key, e.g. OPENAI_API_KEY",
            )
        if self.concurrency < 1:
            raise UsageError(f"concurrency is at least 1, not {self.concurrency}", todo="raise it, or leave it out")
        for name in ("timeout", "patience"):
            if not 0 < getattr(self, name) < float("inf"):
                what = f"{name} is a number of seconds above 0, not {getattr(self, name)}"
                raise UsageError(what, todo="raise it, or leave it out")
        for name in ("price_input", "price_cached", "price_output"):
            price = getattr(self, name)
            if price is not None and not 0 <= price < float("inf"):
                what = f"{name} is a number of dollars from 0 up, not {price}"
                raise UsageError(what, todo="give the dollars per million tokens, e.g. 0.25, or leave it out")

    def cost(self, usage: Usage) -> float | None:
        """What tokens cost in dollars, by the prices given; None without prices."""
        if self.price_input is None and self.price_output is None:
            return None
        fresh, cached = self.price_input or 0.0, self.price_cached
        dollars = (usage.prompt_tokens - usage.cached_tokens) * fresh
        dollars += usage.cached_tokens * (fresh if cached is None else cached)
        return (dollars + usage.completion_tokens * (self.price_output or 0.0)) / 1e6


def address(base_url: str) -> httpx.URL:
    """Where the API begins, its path without a slash at the end.

    Raises:
        UsageError: not an address of http or https.
    """
    try:
        url = httpx.URL(base_url.strip())
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or (url.port or 1) > 65_535:
        raise UsageError(
            "the endpoint's address is no address of http or https",  # not repeated: it may hold a password
            todo="give where the API begins, e.g. http://localhost:8000/v1",
        )
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    return url.copy_with(path=path or "/v1", fragment=None)


def shown(url: httpx.URL) -> str:
    """An address for people: without user, password and query."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def is_loopback(url: httpx.URL) -> bool:
    """Whether an address is this machine's own: it is then asked directly, whatever proxy the environment names."""
    host = url.host.lower().rstrip(".")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return number.is_loopback or number.is_unspecified


def read_key(variable: str | None) -> str | None:
    """The key in an environment variable; None where there is none.

    Raises:
        UsageError: the value cannot be sent as a key. It is not repeated.
    """
    key = os.environ.get(variable, "").strip() if variable else ""
    if not all("!" <= character <= "~" for character in key):
        raise UsageError(
            "the key holds characters that no key has",
            where=f"environment variable {variable}",
            todo="set it again, without blanks or line breaks inside",
        )
    return key or None


class Secrets(logging.Filter):
    """What must not be told, and texts without it; as a filter of loggers, log records without it."""

    def __init__(self, secrets: Iterable[str | None]) -> None:
        super().__init__()
        # The longest first: one may be a part of another.
        self._all = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._long = [secret for secret in self._all if len(secret) >= _SHORT]
        self._parts = [secret for secret in self._all if len(secret) >= _TINY]
        tiny = "|".join(re.escape(secret) for secret in self._all if len(secret) < _TINY)
        self._tiny = re.compile(rf"(?<![^\W_])(?:{tiny})(?![^\W_])") if tiny else None

    @classmethod
    def of(cls, url: httpx.URL, key: str | None) -> Secrets:
        """The key, and what an address carries beside host and path: user (often a token), password, query.

        Each as it stands in the address, decoded and encoded, and user with password as the request's header has them.
        """
        raw = url.userinfo.decode("ascii", "replace").split(":", 1)
        raw += [part.partition("=")[2] or part for part in url.query.decode("ascii", "replace").split("&")]
        decoded = [url.username, url.password, *(value for _, value in url.params.multi_items())]
        decoded += [turn(part) for part in raw for turn in (unquote, unquote_plus)]
        encoded = [quote(part, safe="") for part in decoded]
        header = base64.b64encode(f"{url.username}:{url.password}".encode()).decode() if url.userinfo else None
        return cls([key, *raw, *decoded, *encoded, header])

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without secrets."""
        record.msg, record.args = self.hide(record.getMessage()), ()
        return True

    def hide(self, text: str) -> str:
        """A message without any secret."""
        for secret in self._parts:
            text = text.replace(secret, HIDDEN)
        return text if self._tiny is None else self._tiny.sub(HIDDEN, text)

    def hide_long(self, text: str) -> str:
        """A generated text without a secret that no model writes by chance: short ones are words, and stay."""
        for secret in self._long:
            text = text.replace(secret, HIDDEN)
        return text
