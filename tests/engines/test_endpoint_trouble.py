"""Servers that do not do what they should: every call is answered in the end, or fails with a reason; none hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from endpoint_calls import answer, answers, call, engine
from fuzzing import cases
from hypothesis import given
from hypothesis import strategies as st
from loopback import Exchange, Script, completion, serving

from crb.engines.endpoint_settings import EndpointSettings
from crb.engines.endpoint_trouble import GARBAGE_TRIES, NEVER, Kind, Patience, Time, TroubleError
from crb.errors import CrbError
from crb.generation import Failure, Generation

WHOLE = json.dumps(completion("fine")).encode()


def failing_first(times: int, fail: Callable[[Exchange], object]) -> Script:
    """Fails on the first tries of each prompt, then answers."""
    tries: Counter[str] = Counter()
    lock = threading.Lock()

    def script(exchange: Exchange) -> None:
        with lock:
            tries[exchange.prompt] += 1
            fails = tries[exchange.prompt] <= times
        if fails:
            fail(exchange)
        else:
            exchange.say(exchange.prompt)

    return script


FAULTS: dict[str, Callable[[Exchange], object]] = {
    "hangs up": lambda exchange: exchange.hang_up(),
    "dies in the head": lambda exchange: exchange.bytes(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "dies in the body": lambda exchange: exchange.raw(WHOLE[: len(WHOLE) // 2], length=len(WHOLE)),
    "half a body": lambda exchange: exchange.raw(WHOLE[: len(WHOLE) // 2]),
    "half a body without a length": lambda exchange: exchange.bytes(b"HTTP/1.0 200 OK\r\n\r\n" + WHOLE[:40]),
    "half a chunk": lambda exchange: exchange.bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "no HTTP": lambda exchange: exchange.bytes(b"\x16\x03\x01 what?"),
    "broken gzip": lambda exchange: exchange.raw(b"no gzip", **{"Content-Encoding": "gzip"}),
    "empty": lambda exchange: exchange.raw(b""),
    "html": lambda exchange: exchange.raw(b"<html>Bad gateway</html>"),
    "html 502": lambda exchange: exchange.raw(b"<html>Bad gateway</html>", 502),
    "no choices": lambda exchange: exchange.json({"choices": []}),
    "no content": lambda exchange: exchange.say(None),
    "an event stream": lambda exchange: exchange.raw(b'data: {"choices": []}\n\ndata: [DONE]\n\n'),
    "aborted": lambda exchange: exchange.say("half an ans", finish="abort"),
    "500": lambda exchange: exchange.refuse(500, "oops"),
    "503": lambda exchange: exchange.refuse(503, "loading"),
    "529": lambda exchange: exchange.raw(b"", 529),
    "429": lambda exchange: exchange.refuse(429, "slow down"),
    "408": lambda exchange: exchange.refuse(408, "timeout"),
    "an error beside no choices": lambda exchange: exchange.json(
        {"error": {"code": 429, "message": "m"}, "choices": []}
    ),
    "an error without a name": lambda exchange: exchange.json({"object": "error", "message": "m", "code": 500}),
    "no chunk": lambda exchange: exchange.bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello"),
    "two lengths": lambda exchange: exchange.bytes(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n"
    ),
    "a tool": lambda exchange: exchange.say(None, finish="tool_calls", message={"tool_calls": [{"id": "1"}]}),
    "waits of all kinds": lambda exchange: exchange.refuse(
        429, "m", Retry_After=("-5", "nan", "inf", "soon", "Wed, 21 Oct 2015 07:28:00 GMT")[exchange.number % 5]
    ),
    "an error in a success": lambda exchange: exchange.json({"error": {"code": 502, "message": "upstream"}}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_costs_nothing_but_another_try(fault: str) -> None:
    with serving(failing_first(2, FAULTS[fault])) as server, engine(server.url) as endpoint:
        found = answers(endpoint, [call(number) for number in range(12)])
        retries = endpoint.about()["retries"]
    assert {item: got.text for item, got in found.items() if isinstance(got, Generation)} == {
        f"item-{number}": f"ask {number}" for number in range(12)
    }
    assert sum(retries.values()) == 24


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_a_failure_with_a_reason_and_is_asked_again_next_time(fault: str) -> None:
    with serving(FAULTS[fault]) as server, engine(server.url, patience=0.3) as endpoint:
        found = answers(endpoint, [call(number) for number in range(6)])
    for got in found.values():
        assert isinstance(got, Failure)
        assert not got.permanent
        assert got.reason
        assert "Traceback" not in got.reason


def test_a_server_that_accepts_and_never_answers_is_left_after_the_timeout() -> None:
    began = time.monotonic()
    with serving(lambda exchange: exchange.hang()) as server, engine(server.url, timeout=0.2, patience=0.5) as endpoint:
        found = answers(endpoint, [call(number) for number in range(40)])
    assert time.monotonic() - began < 8, "one after the other they would take 10 s"
    assert all(isinstance(got, Failure) and not got.permanent for got in found.values())
    assert "within 0.2 s" in str(found["item-0"])


def test_a_server_that_trickles_is_left_after_the_timeout() -> None:
    def script(exchange: Exchange) -> None:
        exchange.bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not exchange.closing.wait(0.02):
            exchange.bytes(b" ")

    with serving(script) as server, engine(server.url, timeout=0.3, patience=0.3) as endpoint:
        assert isinstance(answer(endpoint), Failure)


def test_a_server_that_never_stops_is_cut_off() -> None:
    def script(exchange: Exchange) -> None:
        exchange.bytes(b"HTTP/1.0 200 OK\r\n\r\n")
        for _ in range(10_000):
            exchange.bytes(b" " * 100_000)

    with serving(script) as server, engine(server.url, largest=500_000, timeout=60.0) as endpoint:
        got = answer(endpoint)
    assert isinstance(got, Failure)
    assert "MB" in got.reason


def test_one_poisoned_call_does_not_take_the_others_with_it() -> None:
    def script(exchange: Exchange) -> None:
        if exchange.prompt == "ask 3":
            exchange.say(None)
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url) as endpoint:
        found = answers(endpoint, [call(number) for number in range(30)])
    assert [item for item, got in found.items() if isinstance(got, Failure)] == ["item-3"]
    assert len(server.seen) == 29 + GARBAGE_TRIES


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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "finish_reason", "logprobs", "token", "logprob", "bytes"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@pytest.fixture(scope="module")
def mirror() -> Any:
    """A server that answers with whatever its `body` holds."""
    holder: dict[str, Any] = {"status": 200, "body": b""}
    with serving(lambda exchange: exchange.raw(holder["body"], holder["status"])) as server:
        yield holder, server.url


@cases(30)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        JSON.map(lambda value: json.dumps(value).encode()),
        JSON.map(lambda value: json.dumps({"choices": [{"message": {"content": "x"}, "logprobs": value}]}).encode()),
        JSON.map(lambda value: json.dumps({"choices": [value], "usage": value}).encode()),
        st.integers(0, len(WHOLE)).map(lambda cut: WHOLE[:cut]),
        st.just(b"[" * 200_000),
        st.just(b'{"choices": ' + b"9" * 6000 + b"}"),
    ),
    status=st.sampled_from([200, 200, 200, 201, 204, 400, 403, 404, 413, 418, 422, 429, 500, 599]),
)
def test_no_body_whatever_is_a_traceback_or_a_hang(mirror: Any, body: bytes, status: int) -> None:
    holder, url = mirror
    holder.update(body=body, status=status)
    with engine(url, patience=0.02, timeout=2.0) as endpoint:
        endpoint.submit(call(logprobs=3))
        with contextlib.suppress(CrbError):
            ((_, got),) = endpoint.poll()
            assert isinstance(got, Generation | Failure)
            json.dumps(repr(got)).encode("utf-8")
        json.dumps(endpoint.about(), allow_nan=False)
