"""An answer that does not fit beside the prompt is asked for shorter; a prompt that does not fit is given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from endpoint_calls import answer, answers, call, engine
from loopback import Exchange, serving

from crb.engines.endpoint.room import names_answer, room
from crb.generation import Failure, Generation

CONTEXT, PROMPT, ASKED = 8192, 8000, 1000


def vllm_counting_so_far(prompt: int, asked: int) -> str:
    """The newest vLLM cuts the prompt one token beyond what would fit, and counts that."""
    counted = min(prompt, CONTEXT - asked + 1)
    return (
        f"This model's maximum context length is {CONTEXT} tokens. However, you requested {asked} output tokens and "
        f"your prompt contains at least {counted} input tokens, for a total of at least {counted + asked} tokens. "
        "Please reduce the length of the input prompt or the number of requested output tokens."
    )


EXACT: dict[str, Callable[[int, int], str]] = {
    "openai": lambda prompt, asked: (
        f"This model's maximum context length is {CONTEXT} tokens. However, you requested {prompt + asked} tokens "
        f"({prompt} in the messages, {asked} in the completion). Please reduce the messages or the completion."
    ),
    "openai, the sum alone": lambda prompt, asked: (
        f"maximum context length is {CONTEXT:,} tokens. However, you requested {prompt + asked:,} tokens"
    ),
    "vllm": lambda prompt, asked: (
        f"'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum context length is "
        f"{CONTEXT} tokens and your request has {prompt} input tokens ({asked} > {CONTEXT} - {prompt})."
    ),
    "openrouter": lambda prompt, asked: (
        f"This endpoint's maximum context length is {CONTEXT} tokens. However, you requested about {prompt + asked} "
        f"tokens ({prompt} of text input, {asked} in the output)."
    ),
    "sglang": lambda prompt, asked: (
        f"Requested token count exceeds the model's maximum context length of {CONTEXT} tokens. You requested a total "
        f"of {prompt + asked} tokens: {prompt} tokens from the input messages and {asked} tokens for the completion."
    ),
    "tgi": lambda prompt, asked: (
        f"`inputs` tokens + `max_new_tokens` must be <= {CONTEXT}. Given: {prompt} `inputs` tokens and {asked} "
        "`max_new_tokens`"
    ),
    "anthropic": lambda prompt, asked: (
        f"input length and `max_tokens` exceed context limit: {prompt} + {asked} > {CONTEXT}, decrease input length or "
        "`max_tokens` and try again"
    ),
}


@pytest.mark.parametrize("words", EXACT)
def test_what_is_left_beside_the_prompt_is_read_from_the_words(words: str) -> None:
    assert room(EXACT[words](PROMPT, ASKED), ASKED) == CONTEXT - PROMPT
    assert room(EXACT[words](CONTEXT, ASKED), ASKED) == 0


def test_where_the_words_do_not_tell_nothing_is_claimed() -> None:
    assert room("the prompt is too long", ASKED) is None
    assert room(f"maximum context length is {CONTEXT} tokens, you requested 9000 output tokens", ASKED) is None
    assert not names_answer("your prompt contains at least 1025 input tokens, which exceeds this limit")


@pytest.mark.parametrize("words", [*EXACT.values(), vllm_counting_so_far], ids=[*EXACT, "vllm, counting so far"])
def test_a_shorter_answer_is_asked_for_where_one_fits(words: Callable[[int, int], str]) -> None:
    prompts = {"ask 0": 10, "ask 1": PROMPT, "ask 2": CONTEXT + 5}

    def script(exchange: Exchange) -> None:
        prompt, asked = prompts[exchange.prompt], exchange.body["max_tokens"]
        if prompt + asked > CONTEXT:
            exchange.refuse(400, words(prompt, asked))
        else:
            exchange.say(str(asked))

    with serving(script) as server, engine(server.url, concurrency=1) as endpoint:
        found = answers(endpoint, [call(number, max_tokens=ASKED) for number in range(3)])
        assert endpoint.about()["shortened"] == 1
    short, long = found["item-1"], found["item-2"]
    assert isinstance(short, Generation)
    least = (CONTEXT - PROMPT) // 2 if words is vllm_counting_so_far else CONTEXT - PROMPT
    assert least <= int(short.text) <= CONTEXT - PROMPT
    assert isinstance(long, Failure)
    assert long.permanent
    assert len(server.seen) == 4 or (words is vllm_counting_so_far and len(server.seen) < 20)


def test_a_server_that_contradicts_itself_is_asked_twice_and_again_next_time() -> None:
    def script(exchange: Exchange) -> None:
        exchange.refuse(400, EXACT["vllm"](PROMPT, ASKED)) if exchange.prompt == "ask 1" else exchange.say("fine")

    with serving(script) as server, engine(server.url, concurrency=1) as endpoint:
        answer(endpoint)
        failed = answer(endpoint, call(1, max_tokens=ASKED))
    assert isinstance(failed, Failure)
    assert not failed.permanent
    assert len(server.seen) == 3
