"""An exported model is the trained one: the same rewards under `crb run` and under anyone's transformers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_causal
import tiny_models
import torch
from crb_trainers.checkpoints import checkpoint
from crb_trainers.checkpoints.export import ABOUT, classifier_weights, export_checkpoint, export_model
from crb_trainers.checkpoints.folders import write_run
from crb_trainers.data.batch import collate
from crb_trainers.data.pairs import Pair
from crb_trainers.data.tokenisation import tokenise_pairs
from crb_trainers.modelling.loading import Loaded, load
from crb_trainers.modelling.model import PairModel
from crb_trainers.settings import DataSettings, LoraSettings, ModelSettings, ObjectiveSettings, Recipe, Source
from crb_trainers.training.records import describe
from safetensors.torch import load_file

from crb.adapter import LoadRequest
from crb.errors import CrbError
from crb.models.source import resolve

PAIRS = [
    Pair(row["id"], "Be brief." if n % 2 else None, row["prompt"], row["chosen"], row["rejected"], "", "", 0)
    for n, row in enumerate(tiny_models.pairs(4))
]
TEMPLATES = {"newline": tiny_causal.ENDS_WITH_NEWLINE, "eos": tiny_causal.ENDS_WITH_EOS}


def trained(folder: Path, lora: LoraSettings | None = None) -> Loaded:
    """A loaded model with weights as if something had been learned."""
    torch.manual_seed(1)
    loaded = load(ModelSettings(name=str(folder), lora=lora), language_loss=True)
    with torch.no_grad():
        for name, parameter in loaded.model.named_parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * (1.0 if name == "head.weight" else 0.05))
    return loaded


def training_rewards(loaded: Loaded, max_length: int = 4096) -> torch.Tensor:
    """Rewards as training computes them, chosen first, (2, pairs)."""
    pairs, _ = tokenise_pairs(PAIRS, loaded.tokenizer, max_length=max_length)
    with torch.no_grad():
        output = loaded.model.eval()(collate(pairs))
    return torch.stack((output.chosen, output.rejected))


def plain_rewards(folder: Path) -> torch.Tensor:
    """Rewards as anybody computes them: transformers alone, padded on the right, one batch of all texts."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    eager = {"attn_implementation": "eager"} if "Gemma2" in (folder / "config.json").read_text() else {}
    model = AutoModelForSequenceClassification.from_pretrained(folder, **eager).eval()  # sdpa skips the soft cap
    texts = []
    for side in ("chosen", "rejected"):
        for pair in PAIRS:
            system = [{"role": "system", "content": pair.system}] if pair.system else []
            turns = [{"role": "user", "content": pair.prompt}, {"role": "assistant", "content": getattr(pair, side)}]
            texts.append(tokenizer.apply_chat_template([*system, *turns], tokenize=False))
    batch = tokenizer(texts, padding=True, return_tensors="pt", add_special_tokens=False, padding_side="right")
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, 0].view(2, -1)


@pytest.mark.parametrize(
    ("template", "pad"),
    [("newline", tiny_models.PAD), ("newline", tiny_models.END), ("eos", tiny_models.END), ("eos", None)],
    ids=["own pad", "pad is eos, newline last", "pad is eos, eos last", "no pad"],
)
def test_rewards_are_those_of_training(tmp_path: Path, template: str, pad: str | None) -> None:
    loaded = trained(tiny_causal.build(tmp_path / "base", template=TEMPLATES[template], pad=pad))
    folder = export_model(loaded.model, loaded.tokenizer, tmp_path / "out")
    expected = training_rewards(loaded)
    assert expected.std() > 0.01, "the rewards must differ for this test to say anything"
    torch.testing.assert_close(plain_rewards(folder), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", ["qwen3", "llama", "gemma2"])
def test_every_family_exports_and_crb_scores_it_alike(tmp_path: Path, family: str) -> None:
    changes: dict[str, Any] = {"query_pre_attn_scalar": 8, "sliding_window": 4096} if family == "gemma2" else {}
    base = tiny_causal.build(tmp_path / "base", family, tied=family != "llama", **changes)
    loaded = trained(base)
    folder = export_model(loaded.model, loaded.tokenizer, tmp_path / "out")
    source, adapter = resolve(str(folder))
    assert adapter.card.name == "sequence-classifier"
    assert source.architecture.endswith("ForSequenceClassification")
    torch.testing.assert_close(plain_rewards(folder), training_rewards(loaded), atol=1e-5, rtol=0)
    pairs, _ = tokenise_pairs(PAIRS, loaded.tokenizer, max_length=4096)
    scored: Any = adapter.load(LoadRequest(source, "float32", "cpu"))
    scored.backbone.set_attn_implementation("eager")
    with torch.no_grad():
        for number, pair in enumerate(pairs):
            hidden = scored.backbone(input_ids=torch.tensor(pair.chosen[None].astype("int64"))).last_hidden_state
            reward = scored.reward(hidden[:, -1:])
            torch.testing.assert_close(reward[0], training_rewards(loaded)[0, number], atol=1e-5, rtol=0)


def test_adapters_are_merged(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    lora = LoraSettings(rank=4, alpha=12)
    loaded = trained(tiny_causal.build(tmp_path / "base"), lora)
    folder = export_model(loaded.model, loaded.tokenizer, tmp_path / "out", lora=lora)
    torch.testing.assert_close(plain_rewards(folder), training_rewards(loaded), atol=1e-5, rtol=0)
    assert not [name for name in load_file(folder / "model.safetensors") if "lora" in name]


def test_adapters_of_unknown_scale_are_not_merged_by_guessing() -> None:
    prefix = "language_model.base_model.model.model.layers.0.q"
    whole = {f"{prefix}.{part}.weight": torch.ones(2, 2) for part in ("base_layer", "lora_A.default", "lora_B.default")}
    with pytest.raises(CrbError, match="scaled"):
        classifier_weights(whole)
    merged = classifier_weights(whole, LoraSettings(rank=2, alpha=4))
    assert torch.equal(merged["model.layers.0.q.weight"], torch.full((2, 2), 1.0 + 2 * 2))


def test_an_adapter_that_is_not_merged_is_not_left_behind() -> None:
    prefix = "language_model.base_model.model"
    for kinds, layer in (
        (("lora_embedding_A", "lora_embedding_B"), "model.embed_tokens"),
        (("lora_A", "lora_B"), "lm_head"),
    ):
        whole = {f"{prefix}.{layer}.{part}.default.weight": torch.ones(2, 2) for part in kinds}
        whole[f"{prefix}.{layer}.base_layer.weight"] = torch.ones(2, 2)
        with pytest.raises(CrbError, match="cannot be merged") as caught:
            classifier_weights(whole, LoraSettings(rank=2, alpha=4))
        assert layer in caught.value.where


def test_a_bfloat16_export_keeps_the_heads_float32_values(tmp_path: Path) -> None:
    loaded = trained(tiny_causal.build(tmp_path / "base"))
    folder = export_model(loaded.model, loaded.tokenizer, tmp_path / "out", dtype="bfloat16")
    stored = load_file(folder / "model.safetensors")
    assert torch.equal(stored["score.weight"], loaded.model.head.weight.detach())
    assert {value.dtype for name, value in stored.items() if name != "score.weight"} == {torch.bfloat16}
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert "float32" in json.loads((folder / ABOUT).read_text())["head"]
    source, adapter = resolve(str(folder))
    scored: Any = adapter.load(LoadRequest(source, "bfloat16", "cpu"))
    hidden = torch.randn(1, 1, 32)
    torch.testing.assert_close(scored.reward(hidden), hidden[:, 0] @ loaded.model.head.weight.detach()[0])


def test_the_live_model_is_left_as_it_is(tmp_path: Path) -> None:
    loaded = trained(tiny_causal.build(tmp_path / "base", pad=tiny_models.END, template=TEMPLATES["eos"]))
    before = training_rewards(loaded)
    pad, config = loaded.tokenizer.pad_token, loaded.model.causal.config.to_dict()
    export_model(loaded.model, loaded.tokenizer, tmp_path / "out", dtype="bfloat16")
    assert torch.equal(training_rewards(loaded), before)
    assert (loaded.tokenizer.pad_token, loaded.model.causal.config.to_dict()) == (pad, config)


def saved(folder: Path, model: PairModel) -> None:
    """A checkpoint after a step that changed nothing."""
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.0, weight_decay=0.0)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter) if parameter.requires_grad else None
    optimiser.step()
    folder.mkdir()
    checkpoint.save(folder, model, optimiser, first=True)


def recipe(base: Path, **model: Any) -> Recipe:
    """A recipe around a base model."""
    return Recipe(
        model=ModelSettings(name=str(base), **model),
        data=DataSettings(sources=(Source(path="pairs.jsonl"),)),
        objective=ObjectiveSettings(language_model=0.1),
    )


@pytest.mark.parametrize("lora", [None, LoraSettings(rank=2)], ids=["full", "lora"])
def test_a_checkpoint_is_exported_without_the_run(tmp_path: Path, lora: LoraSettings | None) -> None:
    if lora is not None:
        pytest.importorskip("peft")
    base = tiny_causal.build(tmp_path / "base")
    loaded = trained(base, lora)
    saved(tmp_path / "checkpoint-3", loaded.model)
    write_run(tmp_path / "checkpoint-3", describe(recipe(base, lora=lora), "of these pairs"))
    folder = export_checkpoint(tmp_path / "checkpoint-3", recipe(base, lora=lora), tmp_path / "out")
    torch.testing.assert_close(plain_rewards(folder), training_rewards(loaded), atol=1e-5, rtol=0)
    about = json.loads((folder / ABOUT).read_text())
    assert about["checkpoint"] == "checkpoint-3"
    assert about["fingerprint"] == recipe(base, lora=lora).fingerprint()
    assert about["data_hash"] == "of these pairs"


def damaged(folder: Path) -> None:
    (folder / checkpoint.WEIGHTS).write_bytes(b"no weights")


def emptied(folder: Path) -> None:
    (folder / checkpoint.WEIGHTS).unlink()


@pytest.mark.parametrize("harm", [damaged, emptied])
def test_a_damaged_checkpoint_is_named_and_nothing_is_written(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    base = tiny_causal.build(tmp_path / "base")
    saved(tmp_path / "checkpoint-3", trained(base).model)
    harm(tmp_path / "checkpoint-3")
    with pytest.raises(CrbError, match="checkpoint-3"):
        export_checkpoint(tmp_path / "checkpoint-3", recipe(base), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "checkpoint-3", trained(tiny_causal.build(tmp_path / "base")).model)
    other = tiny_causal.build(tmp_path / "other", num_hidden_layers=3)
    with pytest.raises(CrbError, match=r"layers\.2"):
        export_checkpoint(tmp_path / "checkpoint-3", recipe(other), tmp_path / "out")


def test_a_folder_in_use_is_not_touched(tmp_path: Path) -> None:
    loaded = trained(tiny_causal.build(tmp_path / "base"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(CrbError, match="not empty"):
        export_model(loaded.model, loaded.tokenizer, tmp_path / "out")
    assert (tmp_path / "out" / "mine").read_text() == "mine"
