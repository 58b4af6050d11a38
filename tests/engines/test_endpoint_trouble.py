"""Servers whose answers are none: every call is answered in the end, or fails with a reason; none hangs."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from endpoint_calls import answer, answers, call, engine, failing_first
from fuzzing import cases
from hypothesis import given
from hypothesis import strategies as st
from loopback import Exchange, completion, serving

from crb.engines.endpoint.trouble import GARBAGE_TRIES
from crb.errors import CrbError
from crb.generation import Failure, Generation

WHOLE = json.dumps(completion("fine")).encode()

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
