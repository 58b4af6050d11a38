"""What a model is shown of a turn, by its own chat template. Without vLLM."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_models

from crb.adapter import ModelSource
from crb.conversation import Message
from crb.engines.on_vllm import settings as vllm_settings
from crb.engines.on_vllm.cluster import RayEngine
from crb.engines.on_vllm.generation import VllmEngine
from crb.engines.on_vllm.prompts import Prompts, load_tokenizer
from crb.engines.on_vllm.settings import VllmSettings, arguments, environment
from crb.errors import MissingPackageError, ModelError, UsageError
from crb.generation import Sampling, Turn

_OPENS = "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
THINKS = (
    tiny_models.CHAT_TEMPLATE + _OPENS + "{% if enable_thinking is defined and not enable_thinking %}<none>{% endif %}"
)
_REFUSES = "{% if messages[-1]['role'] == 'principle' %}{{ raise_exception('no') }}{% endif %}"
STRICT = _REFUSES + tiny_models.CHAT_TEMPLATE
DEAF = "{% for message in messages %}{% if message['role'] == 'user' %}{{ message['content'] }}{% endif %}{% endfor %}"


@pytest.fixture(scope="module")
def tokenizer(tiny_llama: Path):
    return load_tokenizer(_source(tiny_llama), trust_remote_code=False)


def _source(folder: Path | None) -> ModelSource:
    return ModelSource("tiny", folder, "r", "LlamaForCausalLM", "float32", 64)


def written(tokenizer, template: str, *messages: tuple[str, str], thinking: bool | None = None) -> str:
    tokenizer.chat_template = template
    turn = Turn(tuple(Message(role, text) for role, text in messages), Sampling(max_tokens=1), thinking)
    return Prompts(tokenizer).text(turn)


def test_the_answer_is_opened_and_the_tokens_are_those_of_the_text(tokenizer) -> None:
    tokenizer.chat_template = THINKS
    turn = Turn((Message("user", "a \u00fc"),), Sampling(max_tokens=1))
    prompts = Prompts(tokenizer)
    assert prompts.text(turn) == "<|start|>user\na \u00fc<|end|>\n<|start|>assistant\n"
    assert tokenizer.decode(prompts.ids(turn)) == prompts.text(turn)


@pytest.mark.parametrize(("thinking", "closed"), [(None, False), (True, False), (False, True)])
def test_thinking_is_told_only_when_it_is_said(tokenizer, thinking: bool | None, closed: bool) -> None:
    assert written(tokenizer, THINKS, ("user", "a"), thinking=thinking).endswith("<none>") is closed


def test_a_refused_system_message_opens_the_users(tokenizer) -> None:
    text = written(tokenizer, tiny_models.NO_SYSTEM_TEMPLATE, ("system", "Judge."), ("user", "a"))
    assert text == "<|start|>user\nJudge.\n\na<|end|>\n"
    assert Prompts(tokenizer).system_in_user


def test_a_role_of_its_own_is_written_where_the_template_takes_it(tokenizer) -> None:
    text = written(tokenizer, THINKS, ("user", "a"), ("assistant", "b"), ("principle", "helpful"))
    assert "<|start|>principle\nhelpful<|end|>" in text


@pytest.mark.parametrize(
    "template",
    [
        DEAF,
        "{% if messages[-1]['role'] == 'principle' %}{{ raise_exception('no') }}{% endif %}"
        + tiny_models.CHAT_TEMPLATE,
    ],
    ids=["passed over", "refused"],
)
def test_a_role_that_the_template_does_not_take_is_an_error_that_names_it(tokenizer, template: str) -> None:
    with pytest.raises(ModelError, match="'principle'") as caught:
        written(tokenizer, template, ("user", "a"), ("principle", "helpful"))
    assert "--adapter" in caught.value.todo


@pytest.mark.parametrize("engine", [VllmEngine, lambda settings: RayEngine(settings, 2)], ids=["vllm", "ray"])
def test_a_package_that_is_missing_is_named_with_its_command(engine, tiny_llama: Path, monkeypatch) -> None:
    monkeypatch.setattr(vllm_settings, "find_spec", lambda name: None)
    monkeypatch.setattr("crb.engines.on_vllm.cluster.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError) as caught:
        engine(VllmSettings(source=_source(tiny_llama), dtype="float32"))
    assert "pip install 'code-reward-bench[" in caught.value.todo


def test_a_model_without_a_folder_and_numbers_below_one_are_refused(tiny_llama: Path) -> None:
    with pytest.raises(ModelError, match="no folder"):
        VllmSettings(source=_source(None), dtype="float32")
    with pytest.raises(UsageError, match="tensor_parallel"):
        VllmSettings(source=_source(tiny_llama), dtype="float32", tensor_parallel=0)


def test_a_variable_that_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VLLM_CPU_KVCACHE_SPACE", "VLLM_BATCH_INVARIANT"):
        monkeypatch.delenv(name, raising=False)
    assert environment(cpu=True, capable=False)["VLLM_CPU_KVCACHE_SPACE"] == "2"
    assert environment(cpu=False, capable=True)["VLLM_BATCH_INVARIANT"] == "1"
    assert "VLLM_BATCH_INVARIANT" not in environment(cpu=False, capable=False)
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "40")
    monkeypatch.setenv("VLLM_BATCH_INVARIANT", "0")
    assert "VLLM_CPU_KVCACHE_SPACE" not in environment(cpu=True, capable=False)
    assert "VLLM_BATCH_INVARIANT" not in environment(cpu=False, capable=True)
    assert "VLLM_CPU_ATTN_SPLIT_KV" not in environment(cpu=True, capable=False)


def test_prefixes_are_cached_wherever_scores_do_not_depend_on_it(tiny_llama: Path) -> None:
    settings = VllmSettings(source=_source(tiny_llama), dtype="float32", tensor_parallel=4)
    gpu = arguments(settings, "generate", cpu=False, invariant=True)
    assert gpu["enable_prefix_caching"]
    assert gpu["tensor_parallel_size"] == 4
    assert not arguments(settings, "generate", cpu=True, invariant=True)["enable_prefix_caching"]
    assert arguments(settings, "generate", cpu=True, invariant=False)["enable_prefix_caching"]
