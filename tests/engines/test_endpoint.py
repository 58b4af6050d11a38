"""The endpoint engine against a server that works: what is asked, what comes back, how much at once."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import Any

import pytest
from endpoint_calls import answer, answers, call, engine
from loopback import Exchange, serving

from crb.generation import Generation, Usage


def test_64_at_once_each_get_their_own_answer_in_any_order() -> None:
    def script(exchange: Exchange) -> None:
        time.sleep(random.uniform(0.05, 0.15))
        exchange.say(exchange.prompt.upper())

    with serving(script) as server, engine(server.url, concurrency=64, timeout=60.0, patience=60.0) as endpoint:
        found = answers(endpoint, [call(number) for number in range(256)])
    assert {item: got.text for item, got in found.items() if isinstance(got, Generation)} == {
        f"item-{number}": f"ASK {number}" for number in range(256)
    }
    assert 8 < server.most_at_once <= 64
    assert len(server.seen) == 256


@pytest.mark.parametrize("concurrency", [1, 3])
def test_never_more_at_once_than_told(concurrency: int) -> None:
    met = threading.Barrier(concurrency)  # however slow the machine is, the first ones are there at once
    first = {f"ask {number}" for number in range(concurrency)}

    def script(exchange: Exchange) -> None:
        if exchange.prompt in first:
            met.wait(60)
        time.sleep(0.01)
        exchange.say("x")

    with serving(script) as server, engine(server.url, concurrency=concurrency) as endpoint:
        answers(endpoint, [call(number) for number in range(20)])
    assert server.most_at_once == concurrency


def test_an_answer_comes_out_while_another_is_still_being_written() -> None:
    def script(exchange: Exchange) -> None:
        if exchange.prompt == "ask 0":
            exchange.hang()
        else:
            exchange.say("quick")

    with serving(script) as server, engine(server.url, timeout=60.0) as endpoint:
        endpoint.submit(call(0))
        endpoint.submit(call(1))
        ((asked, _),) = endpoint.poll()
        assert asked == call(1)


def test_a_request_says_all_that_decides_the_answer() -> None:
    wanted = {"temperature": 0.7, "top_p": 0.9, "top_k": 5, "stop": ("END",), "logprobs": 99, "max_tokens": 8}
    with serving(lambda exchange: exchange.say("x")) as server, engine(server.url) as endpoint:
        answer(endpoint, call(3, thinking=False, **wanted))
        answer(endpoint, call(4))
    full, plain = server.bodies()
    assert full == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "ask 3"}],
        "max_tokens": 8,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 5,
        "seed": 1003,
        "stop": ["END"],
        "logprobs": True,
        "top_logprobs": 20,
        "chat_template_kwargs": {"enable_thinking": False},
    }
    assert set(plain) == {"model", "messages", "max_tokens", "temperature", "seed"}


def test_sampling_states_its_top_p_since_servers_have_defaults_of_their_own() -> None:
    with serving(lambda exchange: exchange.say("x")) as server, engine(server.url) as endpoint:
        answer(endpoint, call(temperature=1.0))
    assert server.bodies()[0]["top_p"] == 1.0


def test_text_finish_reason_and_usage_are_kept() -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 8, "prompt_tokens_details": {"cached_tokens": 32}}
    with (
        serving(lambda exchange: exchange.say("  \\boxed{7}\n", finish="length", usage=usage)) as server,
        engine(server.url) as endpoint,
    ):
        got = answer(endpoint)
    assert got == Generation("  \\boxed{7}\n", "length", Usage(50, 8, 32))
    assert isinstance(got, Generation)
    assert got.cut


def test_what_it_took_is_counted_and_priced() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 400}}
    prices = {"price_input": 2.0, "price_cached": 0.5, "price_output": 10.0}
    with (
        serving(lambda exchange: exchange.say("x", usage=usage, system_fingerprint="fp-1")) as server,
        engine(server.url, **prices) as endpoint,
    ):
        answers(endpoint, [call(number) for number in range(10)])
        about = endpoint.about()
    assert about["usage"] == {"prompt_tokens": 10_000, "completion_tokens": 1000, "cached_tokens": 4000}
    assert about["dollars"] == pytest.approx(10 * (600 * 2.0 + 400 * 0.5 + 100 * 10.0) / 1e6)
    assert about["answered_by"] == ["tiny-2026"]
    assert about["fingerprints"] == ["fp-1"]
    assert about["calls"]["answered"] == 10
    json.dumps(about, allow_nan=False)


def test_a_cost_that_the_server_tells_counts_before_the_prices() -> None:
    def script(exchange: Exchange) -> None:
        exchange.say("x", usage={"prompt_tokens": 10, "completion_tokens": 1, "cost": 0.25})

    with serving(script) as server, engine(server.url, price_input=1.0) as endpoint:
        answers(endpoint, [call(number) for number in range(4)])
        assert endpoint.dollars == 1.0


def test_without_prices_there_is_no_cost_rather_than_none_at_all() -> None:
    with serving(lambda exchange: exchange.say("x")) as server, engine(server.url) as endpoint:
        answer(endpoint)
        assert endpoint.dollars is None


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_a_train_of_thought_is_no_part_of_the_answer_and_is_counted(field: str) -> None:
    tokens = ["Rating", " 3?", " No.", "\n", '{"score"', ": 5", "}"]
    content = [{"token": token, "logprob": -0.1, "top_logprobs": []} for token in tokens]

    def script(exchange: Exchange) -> None:
        exchange.say('{"score": 5}', message={field: "Rating 3? No."}, choice={"logprobs": {"content": content}})

    with serving(script) as server, engine(server.url) as endpoint:
        got = answer(endpoint, call(logprobs=5))
        assert endpoint.about()["calls"]["with_reasoning"] == 1
    assert isinstance(got, Generation)
    assert got.text == '{"score": 5}'
    assert [step.token.text for step in got.steps] == tokens[-3:]


def test_an_answer_that_went_into_thought_altogether_is_an_empty_answer_that_was_cut() -> None:
    with (
        serving(lambda exchange: exchange.say(None, finish="length", message={"reasoning": "Hm"})) as server,
        engine(server.url) as endpoint,
    ):
        got = answer(endpoint)
    assert got == Generation("", "length", Usage(7, 3))
    assert len(server.seen) == 1


def test_loopback_is_asked_directly_whatever_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(lambda exchange: exchange.say("direct")) as server, engine(server.url) as endpoint:
        got = answer(endpoint)
    assert isinstance(got, Generation)


def test_text_that_utf_8_cannot_say_is_asked_and_answered_without_a_traceback() -> None:
    def script(exchange: Exchange) -> None:
        exchange.raw(
            json.dumps({"choices": [{"message": {"content": "half \ud83d"}, "finish_reason": "stop"}]}).encode()
        )

    with serving(script) as server, engine(server.url) as endpoint:
        one = call()
        message: Any = one.turn.messages[0]
        object.__setattr__(message, "content", "broken \udc80 byte")
        got = answer(endpoint, one)
    assert got == Generation("half \ufffd", "stop")


def test_closing_twice_and_polling_with_nothing_asked() -> None:
    with serving(lambda exchange: exchange.say("x")) as server, engine(server.url) as endpoint:
        assert endpoint.poll() == []
        endpoint.close()
