"""Servers that are busy, away or gone: how long is waited for them, and what is left when they do not come back."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from email.utils import formatdate
from typing import Any

import pytest
from endpoint_calls import answer, answers, call, engine, failing_first
from loopback import Exchange, Script, serving

from crb.engines.endpoint.settings import EndpointSettings
from crb.engines.endpoint.trouble import NEVER, Kind, Patience, Time, TroubleError
from crb.errors import CrbError
from crb.generation import Failure, Generation


class FakeTime:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def source(self, random: float = 1.0) -> Time:
        """What the engine takes."""
        return Time(lambda: self.seconds, self.sleep, lambda: random)

    async def sleep(self, seconds: float) -> None:
        """Let time pass, shared among those that wait at once: each moves it to where it wants to be."""
        self.waits.append(seconds)
        until = self.seconds + seconds
        await asyncio.sleep(0.001)
        self.seconds = max(self.seconds, until)


def as_it_comes() -> dict[str, Any]:
    """The settings that a user gets."""
    fresh = EndpointSettings(base_url="http://x", model="x")
    return {"timeout": fresh.timeout, "patience": fresh.patience, "backoff": fresh.backoff}


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "20"}])
def test_a_minute_of_429_is_survived_by_default(headers: dict[str, str]) -> None:
    time = FakeTime()

    def script(exchange: Exchange) -> None:
        if time.seconds < 60:
            exchange.refuse(429, "rate limit reached", **headers)
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url, time.source(), **as_it_comes()) as endpoint:
        found = answers(endpoint, [call(number) for number in range(20)])
    assert all(isinstance(got, Generation) for got in found.values())
    assert 60 <= time.seconds < 180
    assert len(server.seen) < 20 + 4 * 12, "it hammers a server that asked for patience"


def test_the_server_says_how_long_to_wait_in_seconds_or_by_the_clock() -> None:
    for wanted in ("7", formatdate(time.time() + 8, usegmt=True)):
        clock = FakeTime()
        script = failing_first(1, lambda exchange, wanted=wanted: exchange.refuse(429, "later", Retry_After=wanted))
        with serving(script) as server, engine(server.url, clock.source(), patience=100.0) as endpoint:
            assert isinstance(answer(endpoint), Generation)
        assert 6 < max(clock.waits) < 9


def test_a_wait_beyond_all_patience_is_not_waited() -> None:
    clock = FakeTime()
    script: Script = lambda exchange: exchange.refuse(429, "daily limit", Retry_After="86400")  # noqa: E731
    with serving(script) as server, engine(server.url, clock.source()) as endpoint:
        got = answer(endpoint)
    assert isinstance(got, Failure)
    assert "daily limit" in got.reason
    assert clock.seconds == 0


def test_waits_grow_and_are_bounded() -> None:
    clock = FakeTime()
    with (
        serving(lambda exchange: exchange.refuse(503, "loading")) as server,
        engine(server.url, clock.source(), **as_it_comes()) as endpoint,
    ):
        got = answer(endpoint)
    assert clock.waits[:7] == [0.5, 1, 2, 4, 8, 16, 30]
    assert max(clock.waits) == 30
    assert sum(clock.waits) <= 900
    assert isinstance(got, Failure)
    assert "HTTP 503: loading" in got.reason
    assert f"asked {len(server.seen)} times" in got.reason


@pytest.mark.parametrize(("kind", "patient"), [(Kind.BUSY, True), (Kind.SERVER, False)])
def test_a_busy_server_that_answers_others_is_waited_for_beyond_the_patience(kind: Kind, patient: bool) -> None:
    clock = FakeTime()
    patience = Patience(EndpointSettings(base_url="http://x", model="x", patience=100.0), clock.source())
    trouble = TroubleError(kind, "no")
    assert patience.wait(trouble, NEVER) is not None
    clock.seconds = 150
    assert (patience.wait(trouble, last_answer=140.0) is not None) is patient
    clock.seconds = 250
    assert patience.wait(trouble, last_answer=140.0) is None


def test_a_server_that_dies_under_way_fails_the_rest_soon_and_a_new_start_gets_them() -> None:
    dead = threading.Event()

    def script(exchange: Exchange) -> None:
        if exchange.number >= 30:
            dead.set()
        if dead.is_set():
            exchange.hang_up()
        else:
            exchange.say(exchange.prompt)

    began = time.monotonic()
    calls = [call(number) for number in range(300)]
    with serving(script) as server, engine(server.url, patience=0.4) as endpoint:
        first = answers(endpoint, calls)
        assert endpoint.about()["down"]
    assert time.monotonic() - began < 20, "each call on its own would be waited for"
    kept = {item for item, got in first.items() if isinstance(got, Generation)}
    assert len(kept) == 30
    again = [each for each in calls if each.keys[0].item not in kept]
    with serving(lambda exchange: exchange.say(exchange.prompt)) as server, engine(server.url) as endpoint:
        second = answers(endpoint, again)
    assert all(isinstance(got, Generation) for got in second.values())


def test_a_server_that_comes_back_in_time_loses_nothing() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with engine(f"http://127.0.0.1:{port}/v1", patience=10.0) as endpoint:
        with serving(lambda exchange: exchange.say("one"), port):
            assert isinstance(answer(endpoint, call(0)), Generation)
        for number in range(1, 9):
            endpoint.submit(call(number))
        time.sleep(0.2)
        with serving(lambda exchange: exchange.say("two"), port):
            found: list[object] = []
            while len(found) < 8:
                found += [got for _, got in endpoint.poll()]
    assert all(isinstance(got, Generation) and got.text == "two" for got in found)


def test_nobody_there_at_all_stops_the_run_with_the_next_step() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with engine(f"http://127.0.0.1:{port}/v1", patience=0.2) as endpoint:
        endpoint.submit(call())
        with pytest.raises(CrbError, match="nothing answers") as error:
            endpoint.poll()
    assert str(port) in error.value.where
    assert "start the server" in error.value.todo
