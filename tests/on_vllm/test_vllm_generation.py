"""vLLM for real, on the CPU, with a small chat model."""

from __future__ import annotations

import json
import math
import os
import random
import signal

import pytest
from calls import alone, answers, bits, call

from crb.adapter import ModelSource
from crb.conversation import Message
from crb.engines.generation import Call, CallKey
from crb.engines.on_vllm.generation import VllmEngine, VllmSettings
from crb.errors import ModelError
from crb.generation import Failure, Generation, Sampling, Turn

CALLS = [call(number, temperature=0.8 * (number % 2)) for number in range(10)]


def test_an_answer_depends_neither_on_what_else_is_asked_nor_on_the_order(engine: VllmEngine) -> None:
    together = bits(answers(engine, CALLS))
    assert bits(answers(engine, random.Random(0).sample(CALLS, len(CALLS)))) == together
    some = bits(alone(engine, CALLS[:4]))
    assert some == {item: together[item] for item in some}


def test_an_answer_comes_out_when_it_is_finished(engine: VllmEngine) -> None:
    engine.submit(call(1, tokens=60))
    engine.submit(call(2, tokens=4))
    assert [one.keys[0].item for one, _ in engine.poll()] == ["item-2"]
    assert [one.keys[0].item for one, _ in engine.poll()] == ["item-1"]


def test_every_position_has_its_token_and_the_likeliest_ones(engine: VllmEngine) -> None:
    (answer,) = answers(engine, [call(3)]).values()
    assert isinstance(answer, Generation)
    assert (answer.finish_reason, answer.usage.completion_tokens, len(answer.steps)) == ("length", 12, 12)
    assert "".join(step.token.text for step in answer.steps) == answer.text
    for step in answer.steps:
        assert len(step.top) == 20
        assert step.token == step.top[0] == max(step.top, key=lambda token: token.logprob)
        assert sum(math.exp(token.logprob) for token in step.top) <= 1.0001
        assert all(token.id is not None for token in step.top)


def test_log_probabilities_do_not_fall_on_the_grid_of_bfloat16(engine: VllmEngine) -> None:
    (answer,) = answers(engine, [call(4)]).values()
    assert isinstance(answer, Generation)
    gaps = [a.logprob - b.logprob for step in answer.steps for a, b in zip(step.top, step.top[1:], strict=False)]
    assert sum(abs(gap * 16 - round(gap * 16)) > 1e-3 for gap in gaps) > len(gaps) / 2


def test_a_model_that_ends_by_itself_says_so(engine: VllmEngine) -> None:
    asked = call(5, tokens=60, text="What is the capital of France? Answer in one short sentence.")
    (answer,) = answers(engine, [asked]).values()
    assert isinstance(answer, Generation)
    assert answer.finish_reason == "stop"
    assert not answer.text.endswith("<|im_end|>")
    assert answer.steps[-1].token.text == "<|im_end|>"


def test_another_seed_gives_another_answer_and_the_same_seed_the_same(engine: VllmEngine) -> None:
    turn = call(6, temperature=1.0).turn
    calls = [Call((CallKey("a", "c", 0, sample),), turn, seed) for sample, seed in enumerate((1, 1, 2))]
    for one in calls:
        engine.submit(one)
    found = {}
    while len(found) < 3:
        found |= {one.keys[0].sample: answer for one, answer in engine.poll()}
    assert found[0] == found[1]
    assert found[0].text != found[2].text


def test_a_prompt_that_is_too_long_is_refused_by_its_length(engine: VllmEngine) -> None:
    found = answers(engine, [call(7, text="word " * 3000), call(8)])
    refused = found["item-7"]
    assert isinstance(refused, Failure)
    assert refused.permanent
    assert "3031 tokens" in refused.reason
    assert "2048" in refused.reason
    assert isinstance(found["item-8"], Generation)


def test_what_vllm_refuses_is_that_calls_failure_alone(engine: VllmEngine) -> None:
    turn = Turn((Message("user", "a"),), Sampling(max_tokens=4, top_p=2.0))
    engine.submit(Call((CallKey("bad", "c", 0, 0),), turn, 1))
    ((_, refused),) = engine.poll()
    assert isinstance(refused, Failure)
    assert refused.permanent
    assert "top_p" in refused.reason
    assert isinstance(answers(engine, [call(1)])["item-1"], Generation)


def test_run_json_is_told_what_scores_rest_on(engine: VllmEngine) -> None:
    about = json.loads(json.dumps(engine.about()))
    assert about["batch_invariance"] == "fixed blocks"
    assert about["dtype"] == "bfloat16"
    assert about["workers"] == 1


def test_an_engine_that_dies_fails_its_calls_and_says_nothing_on_the_terminal(
    smol_settings: VllmSettings, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = VllmEngine(smol_settings)
    try:
        process = engine._pool._team.workers[0]  # type: ignore[attr-defined]
        engine.submit(call(1, tokens=1500))
        os.kill(process.pid, signal.SIGKILL)
        for number in (1, 2):
            ((one, failure),) = engine.poll()
            assert one.keys[0].item == f"item-{number}"
            assert isinstance(failure, Failure)
            assert not failure.permanent
            assert "SIGKILL" in failure.reason
            engine.submit(call(2))
        assert engine.about()["workers_lost"]
    finally:
        engine.close()
    assert capfd.readouterr() == ("", "")


def test_a_model_that_vllm_cannot_load_is_the_users_error(smol_source: ModelSource) -> None:
    with pytest.raises(ModelError, match="1048576") as caught:
        VllmEngine(VllmSettings(source=smol_source, dtype="bfloat16", max_length=1 << 20))
    assert "--max-length" in caught.value.todo
