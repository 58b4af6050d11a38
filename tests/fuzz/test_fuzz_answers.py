"""What judges and servers write: whatever it is, a reading with a number on the scale, or one that says why not."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from fuzzing import cases, damaged, json_files
from hypothesis import example, given
from hypothesis import strategies as st

from crb.engines.endpoint.refusals import told_within
from crb.engines.endpoint.settings import Secrets
from crb.engines.endpoint.wire import GarbageError, document, read
from crb.generation import Generation, Step, Token
from crb.judge import ScoreMode
from crb.judging.boxes import last_box
from crb.judging.choice import choice
from crb.judging.odds import log_odds
from crb.judging.reading import read_number
from crb.judging.scale import Scale
from crb.judging.scores import leading_number, score
from crb.readings import Reading

WORDS = [
    "Score: ",
    "score",
    '{"score": ',
    '"score"',
    "\\boxed{",
    "}",
    "]",
    "/10",
    " out of ",
    "Overall score: ",
    "[RESULT] ",
    "<think>",
    "</think>",
    "```python\n",
    "```",
    "```json\n",
    "A",
    "B",
    " is better",
    "Answer: ",
    "not ",
    "Yes",
    "No",
    "7",
    "10",
    "0",
    "-",
    "\u2212",
    ".5",
    "1e9",
    "9" * 400,
    "\u0667",
    "\uff17",
    "\u00b2",
    "%",
    "\n",
    " ",
    "\u3000",
    "**",
    '"',
    "null",
    "\ud800",
    "{" * 3,
    "\x00",
]
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=14).map("".join)
logprobs = st.floats() | st.sampled_from([0.0, -0.1, -30.0, -9999.0, -math.inf, math.nan, 1e-9])
tokens = st.builds(Token, st.sampled_from(WORDS) | st.text(max_size=3), logprobs, st.none() | st.integers(0, 9))
SCALE = Scale(0.0, 10.0, 1.0)


@st.composite
def generations(draw: st.DrawFn) -> Generation:
    """An answer, whose tokens may spell its text or not."""
    text = draw(texts)
    finish = draw(st.sampled_from(["stop", "stop", "length", "unknown"]))
    kind = draw(st.sampled_from(["none", "spelled", "any"]))
    steps: list[Step] = []
    if kind == "any":
        steps = draw(st.lists(st.builds(Step, tokens, st.lists(tokens, max_size=4).map(tuple)), max_size=6))
    elif kind == "spelled":
        at = 0
        while at < len(text) and len(steps) < 60:
            size = draw(st.integers(1, 4))
            mine = Token(text[at : at + size], draw(logprobs))
            steps.append(Step(mine, tuple(draw(st.lists(tokens, max_size=4)))))
            at += size
    return Generation(text, finish, steps=tuple(steps))


READERS: dict[str, Callable[[Generation, ScoreMode], Reading]] = {
    "box": lambda answer, mode: read_number(answer, last_box, SCALE, mode),
    "score": lambda answer, mode: read_number(answer, score, SCALE, mode),
    "leading": lambda answer, mode: read_number(answer, leading_number, SCALE, mode),
    "choice": lambda answer, mode: choice(answer, {"A": 1.0, "B": 0.0}, mode),
    "odds": lambda answer, mode: log_odds(answer, [("Yes", "No"), (" Yes", " No")], {"Yes": 1, "No": 2}),
}


@pytest.mark.parametrize("name", READERS)
@cases(150)
@example(generation=Generation("{" * 20_000 + '"score": 7', "stop"), mode=ScoreMode.GREEDY)
@example(generation=Generation('{"score": ' + "[" * 20_000, "stop"), mode=ScoreMode.GREEDY)
@example(generation=Generation("\\boxed{" * 5_000, "stop"), mode=ScoreMode.GREEDY)
@example(generation=Generation("Score" + " " * 40_000 + "7", "stop"), mode=ScoreMode.GREEDY)
@example(generation=Generation("score: 7 " * 5_000, "stop"), mode=ScoreMode.GREEDY)
@given(generation=generations(), mode=st.sampled_from([ScoreMode.GREEDY, ScoreMode.EXPECTED]))
def test_any_answer_is_a_score_of_the_scale_or_says_why_not(name: str, generation: Generation, mode: ScoreMode) -> None:
    began = time.process_time()
    reading = READERS[name](generation, mode)
    assert time.process_time() - began < 5.0
    if reading.score is None:
        assert reading.reason
        assert len(reading.reason) < 700, "a reason stands in a table"
    else:
        low, high = {"choice": (0.0, 1.0), "odds": (-math.inf, math.inf)}.get(name, (0.0, 10.0))
        assert low <= reading.score <= high
        json.dumps(reading.score, allow_nan=False)


ANSWER = {
    "id": "1",
    "model": "m",
    "system_fingerprint": "fp",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "7", "reasoning_content": "so"},
            "finish_reason": "stop",
            "logprobs": {
                "content": [
                    {"token": "7", "logprob": -0.1, "bytes": [55], "top_logprobs": [{"token": "8", "logprob": -2.5}]}
                ]
            },
        }
    ],
    "usage": {
        "prompt_tokens": 9,
        "completion_tokens": 1,
        "cost": 0.01,
        "prompt_tokens_details": {"cached_tokens": 3},
    },
}


@cases(150)
@given(body=json_files(ANSWER) | damaged(b"<html>busy</html>"), asked=st.booleans())
def test_any_body_is_an_answer_that_can_be_kept_or_garbage(body: bytes, asked: bool) -> None:
    try:
        reply = read(document(body), str, logprobs=asked)
    except GarbageError as error:
        assert str(error)  # noqa: PT017
        return
    generation = reply.generation
    for step in generation.steps:
        for token in (step.token, *step.top):
            assert math.isfinite(token.logprob)
            assert token.text.encode() is not None
    kept: list[Any] = [generation.text, generation.finish_reason, reply.model, reply.fingerprint, reply.cost]
    json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
    usage = generation.usage
    assert 0 <= usage.cached_tokens <= usage.prompt_tokens


ERROR = {"error": {"message": "too long", "type": "t", "param": "messages", "code": 400}, "detail": [{"loc": 1}]}


@cases(150)
@given(body=json_files(ERROR))
def test_any_error_within_an_answer_is_one_line(body: bytes) -> None:
    try:
        found = told_within(document(body), Secrets(()))
    except GarbageError:
        return
    if found is not None:
        assert 100 <= found.status < 600
        assert str(found).isprintable()
        assert found.meaning
