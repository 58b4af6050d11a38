"""What a server refuses: one call or all calls, told apart from faults that pass."""

from __future__ import annotations

from typing import Any

import pytest
from endpoint_calls import answer, answers, call, engine
from loopback import Exchange, Script, serving

from crb.engines.endpoint.models import ServedModel, served_models
from crb.engines.endpoint.settings import EndpointSettings
from crb.errors import CrbError, UsageError
from crb.generation import Failure, Generation

TOO_LONG = [
    (400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"),
    (400, "However, your prompt contains at least 1025 input tokens, which exceeds this limit"),
    (400, "the prompt is too long: 9000 tokens > 8192 maximum"),
    (413, "Request Entity Too Large"),
    (400, "exceed_context_size_error: the request exceeds the available context size"),
    (400, "The response was filtered due to the prompt triggering Azure's content management policy"),
    (403, "Your input was flagged by moderation"),
]


@pytest.mark.parametrize(("status", "message"), TOO_LONG)
def test_a_call_that_can_never_be_answered_fails_for_good_and_the_others_go_on(status: int, message: str) -> None:
    def script(exchange: Exchange) -> None:
        if exchange.prompt == "ask 0":
            exchange.refuse(status, message)
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url, concurrency=1) as endpoint:
        found = answers(endpoint, [call(number) for number in range(5)])
    refused = found.pop("item-0")
    assert isinstance(refused, Failure)
    assert refused.permanent
    assert message.rstrip(".") in refused.reason
    assert all(isinstance(got, Generation) for got in found.values())
    assert len(server.seen) == 5


def test_refusals_of_a_server_that_answers_nobody_are_asked_again_next_time() -> None:
    """Its settings may be at fault: a context length that is too small for any of the calls."""
    with serving(lambda exchange: exchange.refuse(*TOO_LONG[0])) as server, engine(server.url) as endpoint:
        found = answers(endpoint, [call(number) for number in range(20)])
    assert all(isinstance(got, Failure) and not got.permanent for got in found.values())


def test_a_request_that_is_refused_for_unknown_reasons_each_time_stops_the_run() -> None:
    with (
        serving(lambda exchange: exchange.refuse(400, "no chat template")) as server,
        engine(server.url) as endpoint,
        pytest.raises(CrbError, match="no chat template") as error,
    ):
        answers(endpoint, [call(number) for number in range(100)])
    assert error.value.todo
    assert len(server.seen) < 20


MODELS = {
    "object": "list",
    "data": [{"id": "qwen3-4b", "root": "Qwen/Qwen3-4B", "max_model_len": 4096}, {"id": "other"}],
}


def with_models(status: int, message: str, **more: Any) -> Any:
    def script(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            exchange.json(MODELS)
        else:
            exchange.refuse(status, message, **more)

    return script


@pytest.mark.parametrize(
    ("status", "message", "more", "what", "hint"),
    [
        (401, "Incorrect API key provided", {}, "no access", "environment variable CRB_TEST_KEY"),
        (403, "You do not have access", {}, "no access", "environment variable CRB_TEST_KEY"),
        (404, "The model `qwen3-4` does not exist.", {}, "does not offer", "did you mean qwen3-4b"),
        (404, "", {}, "does not offer", "did you mean qwen3-4b"),
        (400, "qwen3-4 is not a valid model ID", {}, "does not offer", "did you mean qwen3-4b"),
        (405, "Method Not Allowed", {}, "does not offer", "qwen3-4b"),
        (301, "moved", {"Location": "https://example.invalid"}, "does not offer", "qwen3-4b"),
        (400, "max_tokens=5000 cannot be greater than max_model_len=1024.", {}, "that length", "--max-new-tokens"),
        (400, "max_tokens is too large: 9. This model supports at most 4 completion tokens", {}, "length", "--max-new"),
        (402, "Payment required", {}, "used up", "pay"),
        (429, "You exceeded your current quota", {"code": "insufficient_quota"}, "used up", "pay"),
        (429, "Insufficient balance", {}, "used up", "pay"),
    ],
)
def test_what_no_call_can_get_past_stops_the_run(
    monkeypatch: pytest.MonkeyPatch, status: int, message: str, more: dict[str, Any], what: str, hint: str
) -> None:
    monkeypatch.delenv("CRB_TEST_KEY", raising=False)
    settings = {"model": "qwen3-4", "api_key_env": "CRB_TEST_KEY"}
    with serving(with_models(status, message, **more)) as server, engine(server.url, **settings) as endpoint:
        for _ in range(2):  # and stays stopped
            with pytest.raises(CrbError, match=what) as error:
                answers(endpoint, [call(number) for number in range(9)])
            assert hint in str(error.value)
            assert server.url in error.value.where
            assert error.value.todo


def test_an_error_within_a_success_means_what_it_says() -> None:
    """A gateway's wrong key is no garbage that is asked for again, though the HTTP status is 200."""
    for body in ({"error": {"code": 401, "message": "no"}, "choices": None}, {"object": "error", "code": 401}):
        with serving(lambda exchange, body=body: exchange.json(body)) as server, engine(server.url) as endpoint:
            with pytest.raises(UsageError, match="no access"):
                answer(endpoint)
            assert len(server.seen) == 1


def test_a_redirect_is_told_and_not_followed() -> None:
    script: Script = lambda exchange: exchange.raw(b"", 307, Location="https://other.invalid/v1")  # noqa: E731
    with serving(script) as server, engine(server.url) as endpoint, pytest.raises(UsageError) as error:
        answer(endpoint)
    assert "https://other.invalid/v1" in str(error.value)


def test_a_wrong_address_says_so() -> None:
    def script(exchange: Exchange) -> None:
        exchange.refuse(404, "Not Found")

    with (
        serving(script) as server,
        engine(f"{server.url}/deeper") as endpoint,
        pytest.raises(UsageError, match="no chat completions") as error,
    ):
        answer(endpoint)
    assert "/v1" in error.value.todo


def test_answers_that_were_under_way_are_handed_over_before_the_run_stops() -> None:
    def script(exchange: Exchange) -> None:
        if exchange.prompt == "ask 0":
            exchange.refuse(401, "the key was withdrawn")
        else:
            exchange.closing.wait(0.2)
            exchange.say("paid for")

    got: list[Any] = []
    with serving(script) as server, engine(server.url) as endpoint:
        for number in (1, 2, 3, 0, 4, 5):
            endpoint.submit(call(number))
        while len(got) < 3:
            got += endpoint.poll()
        with pytest.raises(UsageError, match="no access"):
            endpoint.poll()
    assert sorted(each.keys[0].item for each, _ in got) == ["item-1", "item-2", "item-3"]


def test_the_list_of_models_tells_what_is_served() -> None:
    with serving(with_models(500, "x")) as server:
        models = served_models(EndpointSettings(base_url=server.url, model="x"))
    assert models == [ServedModel("qwen3-4b", "Qwen/Qwen3-4B", 4096), ServedModel("other")]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": {}}', b'{"data": [7, {"id": 7}]}'])
def test_a_server_without_a_list_has_no_models_to_tell(body: bytes) -> None:
    with serving(lambda exchange: exchange.raw(body)) as server:
        assert served_models(EndpointSettings(base_url=server.url, model="x")) == []


BUSY_MINUTES: list[tuple[str, dict[str, Any]]] = [
    (
        "Rate limit reached for m. Limit: 3 / min. Please try again in 20s. Visit account/billing to add a card",
        {"code": "rate_limit_exceeded"},
    ),
    ("You exceeded your current quota, please check your plan and billing details. Please retry in 28.5s.", {}),
    ("You exceeded your current quota, please check your plan and billing details", {"Retry_After": 0}),
    ("Insufficient quota for this minute", {"Retry_After": 0}),
]


@pytest.mark.parametrize(("message", "more"), BUSY_MINUTES)
def test_a_minute_that_is_used_up_is_no_account_that_is(message: str, more: dict[str, Any]) -> None:
    def script(exchange: Exchange) -> None:
        if exchange.number < 2:
            exchange.refuse(429, message, **dict(more))
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url, concurrency=1) as endpoint:
        assert isinstance(answer(endpoint), Generation)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "upstream connect error or disconnect/reset before headers"),
        (422, "Model is reloading"),
        (400, "maximum context length is 8192 tokens, you requested 9000 output tokens"),
    ],
)
def test_what_may_pass_or_be_mended_is_asked_again_next_time(status: int, message: str) -> None:
    def script(exchange: Exchange) -> None:
        exchange.refuse(status, message) if exchange.prompt == "ask 3" else exchange.say("fine")

    with serving(script) as server, engine(server.url, concurrency=1) as endpoint:
        found = answers(endpoint, [call(number) for number in range(5)])
    failed = {item: got.permanent for item, got in found.items() if isinstance(got, Failure)}
    assert failed == {"item-3": False}
