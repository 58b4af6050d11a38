"""The endpoint engine: any server that speaks OpenAI's chat completions, asked by many requests at once.

An event loop in a thread of its own asks; answers come out through a queue in the order in which they finish. A call
that is given up for now is a `Failure` like any other answer, so the run goes on; what no call can get past (a wrong
key, a model that is not served) stops the run with a `CrbError`, after the answers that were under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx

from crb.engines.endpoint.client import Client
from crb.engines.endpoint.connection import Connection
from crb.engines.endpoint.settings import EndpointSettings, address, read_key, shown
from crb.engines.endpoint.totals import Totals
from crb.engines.endpoint.trouble import Time
from crb.engines.generation import Answer, Call
from crb.generation import Usage

_CLOSING = 10.0  # seconds


class EndpointEngine:
    """A `GenerationEngine` over HTTP. Submit and poll from one thread.

    Args:
        settings: which endpoint, and how it is asked.
        clock: another clock, for tests.

    Raises:
        UsageError: the key, the proxies or the certificates that the environment names cannot be used.
    """

    name = "endpoint"

    def __init__(self, settings: EndpointSettings, *, clock: Time | None = None) -> None:
        self._settings = settings
        self.capacity = 2 * settings.concurrency  # the next ones are at hand when a request ends
        self._connection = Connection(settings, read_key(settings.api_key_env))
        self._totals = Totals(settings)
        clock = clock or Time(time.monotonic, asyncio.sleep)
        self._client = Client(settings, self._connection, clock, self._totals)
        self._answers: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()
        self._waiting = 0  # calls taken and not handed over
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="crb-endpoint", daemon=True)
        self._thread.start()

    def submit(self, call: Call) -> None:
        """Take a call. Returns at once."""
        self._waiting += 1
        self._loop.call_soon_threadsafe(self._start, call)

    def poll(self) -> Sequence[Answer]:
        """Wait for at least one answer; empty where no call is waiting for one.

        Raises:
            CrbError: no call can be answered: the key, the model or the address is wrong. All answers that were under
                way have been handed over before.
        """
        answers: list[Answer] = []
        while self._waiting and (not answers or not self._answers.empty()):
            came = self._answers.get()
            if isinstance(came, BaseException):  # a defect of ours
                raise came
            self._waiting -= 1
            if came is not None:
                answers.append(came)
        if not answers and self._client.stop is not None:
            raise self._client.stop
        return answers

    def about(self) -> dict[str, Any]:
        """Where it asks, how, and what it took so far. Without key, user, password and query."""
        settings = self._settings
        return {
            "base_url": shown(address(settings.base_url)),
            "model": settings.model,
            "api_key_env": settings.api_key_env,
            "concurrency": settings.concurrency,
            "timeout": settings.timeout,
            "patience": settings.patience,
            "prices": {
                "input": settings.price_input,
                "cached": settings.price_cached,
                "output": settings.price_output,
            },
            "httpx": httpx.__version__,
            **self._client.about(),
            **self._totals.about(),
        }

    @property
    def usage(self) -> Usage:
        """Tokens of all answers so far."""
        return self._totals.usage

    @property
    def dollars(self) -> float | None:
        """What they cost, as the server told or by the prices given; None where neither is known."""
        return self._totals.dollars

    def close(self) -> None:
        """Drop what is under way and let go of all connections. May be called twice."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(TimeoutError):  # a connection that does not close is closed with the process
            asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(_CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        if not self._thread.is_alive():
            self._loop.close()

    def _start(self, call: Call) -> None:
        task = self._loop.create_task(self._answer(call))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _answer(self, call: Call) -> None:
        answer = await self._client.ask(call)
        self._answers.put(None if answer is None else (call, answer))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._answers.put(error)

    async def _finish(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._connection.close()
