"""What a server refuses of a request's form is left out from then on, and what it took once never is."""

from __future__ import annotations

from typing import Any

import pytest
from endpoint_calls import answer, answers, call, engine
from loopback import Exchange, serving

from crb.errors import UsageError
from crb.generation import Failure, Generation

REFUSED_FORMS: list[tuple[dict[str, Any], int, dict[str, Any], str]] = [
    ({"logprobs": 5}, 400, {"message": "logprobs are not supported by this model"}, "logprobs"),
    ({"logprobs": 5}, 400, {"message": "This parameter is not for this model", "param": "logprobs"}, "logprobs"),
    ({"logprobs": 5}, 422, {"message": "[{'type': 'extra_forbidden', 'loc': ('body', 'top_logprobs')}]"}, "logprobs"),
    (
        {"thinking": True},
        400,
        {"message": "Unrecognized request argument: chat_template_kwargs"},
        "chat_template_kwargs",
    ),
    ({"top_k": 9}, 400, {"message": "Unknown parameter: 'top_k'.", "param": "top_k"}, "top_k"),
    ({}, 400, {"message": "Unsupported value: 'temperature' does not support 0 with this model."}, "temperature"),
    ({}, 400, {"message": "property 'seed' is unsupported"}, "seed"),
    ({"stop": ("a",)}, 400, {"message": "Unsupported parameter: 'stop' is not supported with this model."}, "stop"),
]


@pytest.mark.parametrize(("asked", "status", "error", "option"), REFUSED_FORMS)
def test_a_parameter_that_is_refused_is_left_out_from_then_on_and_told(
    asked: dict[str, Any], status: int, error: dict[str, Any], option: str
) -> None:
    def script(exchange: Exchange) -> None:
        if option in exchange.body:
            exchange.json({"error": error}, status)
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url, concurrency=2) as endpoint:
        found = answers(endpoint, [call(number, **asked) for number in range(20)])
        assert list(endpoint.about()["left_out"]) == [option]
    assert all(isinstance(got, Generation) for got in found.values())
    assert len(server.seen) <= 20 + 2, "each of those under way at first is asked again once"
    assert "top_logprobs" not in server.bodies()[-1] or option != "logprobs"


def test_newer_models_of_openai_get_their_own_word_for_the_longest_answer() -> None:
    def script(exchange: Exchange) -> None:
        if "max_tokens" in exchange.body:
            message = "Unsupported parameter: 'max_tokens' is not supported with this model."
            exchange.refuse(400, f"{message} Use 'max_completion_tokens' instead.", param="max_tokens")
        else:
            exchange.say(str(exchange.body["max_completion_tokens"]))

    with serving(script) as server, engine(server.url) as endpoint:
        got = answer(endpoint)
    assert isinstance(got, Generation)
    assert got.text == "16"


def test_several_refusals_one_after_the_other() -> None:
    order = ["top_k", "seed", "temperature", "logprobs"]

    def script(exchange: Exchange) -> None:
        refused = next((option for option in order if option in exchange.body), None)
        if refused:
            exchange.refuse(400, f"'{refused}' is not supported")
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url) as endpoint:
        assert isinstance(answer(endpoint, call(top_k=3, logprobs=5)), Generation)
        assert sorted(endpoint.about()["left_out"]) == sorted(order)


def test_a_server_that_gives_fewer_rivals_is_asked_for_fewer() -> None:
    def script(exchange: Exchange) -> None:
        if exchange.body["top_logprobs"] > 5:
            exchange.refuse(400, "Requested sample logprobs of 20, which is greater than max allowed: 5")
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url) as endpoint:
        assert isinstance(answer(endpoint, call(logprobs=20)), Generation)
        about = endpoint.about()
    assert about["left_out"] == {}
    assert about["top_logprobs_at_most"] == 5


def test_what_the_server_took_once_is_never_left_out() -> None:
    """One item's refusal must not take the log-probabilities from all the others."""

    def script(exchange: Exchange) -> None:
        if exchange.prompt == "ask 7":
            exchange.refuse(400, "logprobs are not supported for this prompt")
        else:
            exchange.say("fine")

    with serving(script) as server, engine(server.url) as endpoint:
        found = answers(endpoint, [call(number, logprobs=5) for number in range(7)])
        found |= answers(endpoint, [call(number, logprobs=5) for number in range(7, 12)])
    failed = {item: got.permanent for item, got in found.items() if isinstance(got, Failure)}
    assert failed == {"item-7": False}, "in words that are not known: it may pass"
    assert all("logprobs" in body for body in server.bodies())


def test_log_probabilities_that_are_insisted_on_stop_the_run() -> None:
    with (
        serving(lambda exchange: exchange.refuse(400, "logprobs is not supported")) as server,
        engine(server.url, logprobs=True) as endpoint,
        pytest.raises(UsageError, match="no log-probabilities"),
    ):
        answer(endpoint, call(logprobs=5))


def test_log_probabilities_that_are_not_wanted_are_not_asked_for() -> None:
    with serving(lambda exchange: exchange.say("x")) as server, engine(server.url, logprobs=False) as endpoint:
        answer(endpoint, call(logprobs=5))
    assert not {"logprobs", "top_logprobs"} & set(server.bodies()[0])
