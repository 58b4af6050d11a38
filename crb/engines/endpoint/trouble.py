"""Why a try gave no answer, and for how long it is tried again.

A call is patient from its first failure on. A busy server (429) that goes on answering other calls is waited for beyond
that: it only has too much to do. A server that answered nobody for as long is down, and what was not asked yet is left
for the next start of the run instead of being waited for call by call.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from crb.engines.endpoint.settings import EndpointSettings
from crb.errors import CrbError

GARBAGE_TRIES = 4
"""How often a call is asked in all when what comes back is no answer: each may cost as much as an answer."""


NEVER = float("-inf")


class Kind(Enum):
    """What kind of trouble; the value is its name in run.json."""

    UNREACHABLE = "no connection"
    DROPPED = "connection lost"
    TIMEOUT = "timeout"
    BUSY = "busy"
    SERVER = "server error"
    GARBAGE = "no answer in the body"


class TroubleError(Exception):
    """A try gave no answer; another one may.

    Args:
        kind: what kind of trouble.
        reason: in words, without secrets.
        wait: seconds that the server asks to wait.
    """

    def __init__(self, kind: Kind, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.wait = wait


class RefusedError(Exception):
    """The server refuses this call.

    Args:
        reason: in words, without secrets.
        for_good: whether it would whenever it is asked; False where the words do not say so.
    """

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


class StopError(Exception):
    """The server refuses every call: the run has to stop."""

    def __init__(self, error: CrbError) -> None:
        super().__init__(error.what)
        self.error = error


@dataclass(frozen=True, slots=True)
class Time:
    """The clock, the wait and the dice; a test brings its own."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]
    random: Callable[[], float] = random.random


class Patience:
    """How long one call is tried."""

    def __init__(self, settings: EndpointSettings, time: Time) -> None:
        self._settings = settings
        self._time = time
        self._began = time.now()
        self._since: float | None = None  # its first failure
        self._tries = 0
        self._garbage = 0

    def wait(self, trouble: TroubleError, last_answer: float) -> float | None:
        """Seconds until the next try; None where there is to be none.

        Args:
            trouble: of the latest try.
            last_answer: when the server last answered any call; minus infinity if it never did.
        """
        now = self._time.now()
        self._since = now if self._since is None else self._since
        self._tries += 1
        self._garbage += trouble.kind is Kind.GARBAGE
        backoff = self._settings.backoff
        longest = min(backoff.longest, backoff.first * 2.0 ** min(self._tries - 1, 60))
        seconds: float = longest * (1 + self._time.random()) / 2
        seconds = max(seconds, trouble.wait or 0.0)
        since = max(self._since, last_answer) if trouble.kind is Kind.BUSY else self._since
        if self._garbage >= GARBAGE_TRIES or now + seconds > since + self._settings.patience:
            return None
        return seconds

    @property
    def waited(self) -> float:
        """Seconds since the first failure."""
        return 0.0 if self._since is None else self._time.now() - self._since

    def in_vain(self, last_answer: float) -> bool:
        """Whether the server answered nobody since this call's first failure, and patience was the reason to end."""
        nobody = self._since is not None and last_answer < self._since
        return nobody and self.waited > self._settings.patience / 2

    def told(self, trouble: TroubleError) -> str:
        """Why the call is given up."""
        seconds = self._time.now() - self._began
        tries = "once" if self._tries == 1 else f"{self._tries} times"
        return f"{trouble.reason} (asked {tries} in {seconds:.0f} s)"
