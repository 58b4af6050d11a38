"""From bytes to a generation: log-probabilities to the last token, and nothing else taken for an answer."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from endpoint_calls import answer, call, engine
from hypothesis import given
from hypothesis import strategies as st
from loopback import Exchange, completion, serving

from crb.engines.endpoint.wire import GarbageError, document, read
from crb.generation import Failure, Generation, Step, Token


def entry(token: str, logprob: Any, top: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode()), "top_logprobs": top or [], **more}


def parsed(content: Any) -> Generation:
    """The answer with these log-probabilities."""
    found = completion("7", choice={"logprobs": {"content": content}})
    return read(json.loads(json.dumps(found)), str, logprobs=True).generation


def test_steps_are_the_tokens_with_their_rivals() -> None:
    def script(exchange: Exchange) -> None:
        assert exchange.body["logprobs"] is True
        content = [entry("7", -0.25, [entry("7", -0.25), entry("8", -1.5)]), entry("<|im_end|>", 0.0)]
        exchange.say("7", choice={"logprobs": {"content": content}})

    with serving(script) as server, engine(server.url) as endpoint:
        got = answer(endpoint, call(logprobs=2))
        assert endpoint.about()["logprobs"] == {"given": 1, "withheld": 0}
    assert isinstance(got, Generation)
    assert got.steps == (
        Step(Token("7", -0.25), (Token("7", -0.25), Token("8", -1.5))),
        Step(Token("<|im_end|>", 0.0)),
    )


def test_bytes_say_what_a_token_is_where_the_text_cannot() -> None:
    (first, second) = parsed(
        [entry("bytes:\\xe2\\x82", -0.1, bytes=[0xE2, 0x82]), {"token": "7", "logprob": -1, "bytes": None}]
    ).steps
    assert first.token.text == "\ufffd"
    assert second == Step(Token("7", -1.0))


def test_a_token_that_cannot_be_is_a_number_that_json_can_say() -> None:
    (step,) = parsed([entry("7", -math.inf)]).steps
    assert step.token.logprob == -9999.0


@pytest.mark.parametrize(
    "content",
    [
        [{"token": "7"}],
        [{"token": 7, "logprob": -1}],
        [entry("7", "-1")],
        [entry("7", True)],
        [entry("7", math.nan)],
        [entry("7", math.inf)],
        [entry("7", -1, bytes=[300])],
        [entry("7", -1, [{"token": "8"}])],
        [None],
        7,
    ],
)
def test_log_probabilities_of_another_shape_are_no_answer(content: Any) -> None:
    with pytest.raises(GarbageError, match="log-probabilities"):
        parsed(content)


def test_log_probabilities_nobody_asked_for_are_not_kept() -> None:
    found = completion("7", choice={"logprobs": {"content": [entry("7", -1)]}})
    assert read(found, str, logprobs=False).generation.steps == ()


def test_a_server_that_is_asked_for_log_probabilities_and_says_nothing_of_them() -> None:
    with serving(lambda exchange: exchange.say("7")) as server, engine(server.url) as endpoint:
        got = answer(endpoint, call(logprobs=2))
        assert endpoint.about()["logprobs"] == {"given": 0, "withheld": 1}
    assert isinstance(got, Generation)
    assert got.steps == ()


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": ""}, ""),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": None, "refusal": "I will not."}, "I will not."),
        ({"content": None, "reasoning_content": "Hm"}, ""),
    ],
)
def test_what_counts_as_an_answer(message: dict[str, Any], text: str) -> None:
    assert read({"choices": [{"message": message}]}, str, logprobs=True).generation == Generation(text, "unknown")


@pytest.mark.parametrize(
    "message", [None, "7", {}, {"content": None}, {"content": 7}, {"content": []}, {"content": [{"text": 7}]}]
)
def test_what_does_not(message: Any) -> None:
    with pytest.raises(GarbageError):
        read({"choices": [{"message": message, "finish_reason": "stop"}]}, str, logprobs=True)


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "7"}, {"prompt_tokens": -7}, {"prompt_tokens": True}])
def test_a_usage_that_makes_no_sense_does_not_cost_the_answer(usage: Any) -> None:
    got = read({**completion("7"), "usage": usage}, str, logprobs=True).generation
    assert (got.text, got.usage.prompt_tokens) == ("7", 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_an_answer_with_one_part_replaced_is_an_answer_or_refused(data: st.DataObject) -> None:
    found: Any = completion("7", choice={"logprobs": {"content": [entry("7", -0.5, [entry("8", -1)])]}})
    at = found
    while True:  # walk down to some part of it
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        inner = at[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            at[key] = data.draw(JSON)
            break
        at = inner
    try:
        reply = read(document(json.dumps(found).encode()), str, logprobs=True)
    except GarbageError:
        return
    kept = reply.generation
    json.dumps([kept.text, kept.finish_reason, reply.model, reply.fingerprint], ensure_ascii=False).encode("utf-8")
    assert all(math.isfinite(token.logprob) for step in kept.steps for token in (step.token, *step.top))
    assert kept.usage.cached_tokens <= kept.usage.prompt_tokens


@given(st.binary(max_size=300))
def test_bytes_are_a_document_or_refused(body: bytes) -> None:
    with contextlib.suppress(GarbageError):
        assert isinstance(document(body), dict)


def test_failures_never_pass_for_an_empty_answer() -> None:
    with serving(lambda exchange: exchange.say(None)) as server, engine(server.url) as endpoint:
        assert isinstance(answer(endpoint), Failure)
