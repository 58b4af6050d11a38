"""The preflight's counts are the model's and the data's own, and its estimates come near what is measured."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import tiny_causal
import tiny_models
import torch
from crb_trainers.data.batch import collate
from crb_trainers.data.pairs import Pair
from crb_trainers.data.tokenisation import tokenise_pairs
from crb_trainers.modelling.loading import load
from crb_trainers.preflight.answer import preflight, show
from crb_trainers.preflight.estimates import GPUS, Load, Way, hours, memory, operations
from crb_trainers.preflight.shapes import from_config, shape_of
from crb_trainers.preflight.workload import PUBLISHED
from crb_trainers.recipe import read_recipe
from crb_trainers.settings import DataSettings, LoraSettings, ModelSettings, ObjectiveSettings, Recipe, Source
from rich.console import Console
from transformers import AutoConfig, AutoModelForCausalLM

from crb.errors import CrbError

QWEN3 = {  # weights of the published checkpoints
    "0.6b": 596_049_920,
    "1.7b": 1_720_574_976,
    "4b": 4_022_468_096,
    "8b": 8_190_735_360,
    "14b": 14_768_307_200,
    "32b": 32_762_123_264,
}
PLAIN = Way(processes=1, sharded=False, offloaded=False, half=False, recompute=False, chunk=64, rank=None)


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def rows(folder: Path, count: int) -> Path:
    """A file in the published schema."""
    found = [
        {**row, "input": row["prompt"], "system": ""} | {"aspect": "Security Hardness", "language": "Python"}
        for row in tiny_models.pairs(count)
    ]
    path = folder / "pairs.jsonl"
    keys = ("system", "input", "chosen", "rejected", "aspect", "language")
    path.write_text("".join(json.dumps({key: row[key] for key in keys}) + "\n" for row in found))
    return path


def recipe(base: Path, pairs: Path, **settings: Any) -> Recipe:
    """A small recipe around a base model."""
    model = ModelSettings(name=str(base), **settings.pop("model", {}))
    batch = {"pairs": 8, "pairs_per_device": 4}
    return Recipe.model_validate(
        {
            "model": model,
            "data": DataSettings(sources=(Source(path=str(pairs)),), max_length=512),
            "objective": ObjectiveSettings(language_model=0.1),
            "batch": batch,
            "epochs": 2,
            **settings,
        }
    )


@pytest.mark.parametrize("size", QWEN3)
def test_the_shapes_in_the_table_have_the_published_numbers_of_weights(size: str) -> None:
    shape = shape_of(ModelSettings(name=f"Qwen/Qwen3-{size.upper()}"))
    assert shape.parameters == QWEN3[size] + shape.hidden  # and the reward head


@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_those_of_the_model(tied: bool) -> None:
    config = AutoConfig.for_model("qwen3", **{**tiny_models._SIZES, "head_dim": 8}, tie_word_embeddings=tied)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    assert from_config(config).parameters == sum(p.numel() for p in model.parameters()) + config.hidden_size


def test_adapters_are_counted(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    base = tiny_causal.build(tmp_path / "base")
    model = load(ModelSettings(name=str(base), lora=LoraSettings(rank=3)), language_loss=True).model
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert trained == from_config(model.causal.config).adapters(3)


def test_activations_come_near_those_that_torch_keeps(tmp_path: Path) -> None:
    base = tiny_causal.build(tmp_path / "base", "qwen3", hidden_size=64, intermediate_size=256, num_hidden_layers=4)
    loaded = load(ModelSettings(name=str(base)), language_loss=False)
    texts = [
        Pair(r["id"], None, r["prompt"], r["chosen"] * 4, r["rejected"] * 4, "", "", 0) for r in tiny_models.pairs(4)
    ]
    pairs, _ = tokenise_pairs(texts, loaded.tokenizer, max_length=512)
    batch = collate(pairs, "off")
    weights = {parameter.data_ptr() for parameter in loaded.model.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if tensor.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = loaded.model(batch)
        output.chosen.sum()
    shape = from_config(loaded.model.causal.config)
    estimated = shape.layer_activations(4) * shape.layers * batch.rows
    assert 0.6 < estimated / sum(kept.values()) < 1.6


def test_tokens_and_steps_are_those_of_the_run(tmp_path: Path) -> None:
    base, data = tiny_causal.build(tmp_path / "base"), rows(tmp_path, 20)
    found = preflight(recipe(base, data), processes=2)
    assert (found.work.basis, found.work.pairs, found.work.steps) == ("counted", 20, 2 * 20 // 8)
    loaded = load(ModelSettings(name=str(base)), language_loss=True)
    lines = [json.loads(line) for line in data.read_text().splitlines()]
    texts = [Pair(str(n), None, r["input"], r["chosen"], r["rejected"], "", "", 0) for n, r in enumerate(lines)]
    pairs, _ = tokenise_pairs(texts, loaded.tokenizer, max_length=512)
    computed = sum(collate([pair]).rows for pair in pairs)
    assert found.work.load.tokens == pytest.approx(computed * 2, rel=1e-3)
    assert found.work.load.largest >= computed / 20 * 2


def test_without_a_tokenizer_bytes_stand_in_for_tokens(tmp_path: Path) -> None:
    data = rows(tmp_path, 16)
    found = preflight(recipe(Path("Qwen/Qwen3-0.6B"), data))
    assert found.work.basis.startswith("estimated from the texts")
    assert not found.shape.known
    size = sum(len(line) for line in data.read_text().splitlines())
    assert 0.2 < found.work.load.tokens / (2 * size / 3.5) < 1.2


@pytest.mark.parametrize("name", ["pt-0.6b", "pm-32b"])
def test_the_shipped_recipes_are_estimated_without_a_hub(name: str) -> None:
    found = preflight(read_recipe(name), processes=64)
    pairs, _ = PUBLISHED[read_recipe(name).data.sources[0].path]
    assert found.work.pairs == pairs
    assert "published" in found.document()["data"]
    assert found.document()["gpus"]["h100"]["fits"]


def test_unknown_data_are_no_guess(tmp_path: Path) -> None:
    with pytest.raises(CrbError, match=r"missing\.jsonl"):
        preflight(recipe(Path("Qwen/Qwen3-0.6B"), tmp_path / "missing.jsonl"))


def test_a_gpu_nobody_knows_is_named_with_near_ones(tmp_path: Path) -> None:
    with pytest.raises(CrbError, match="h100"):
        preflight(recipe(tmp_path, tmp_path), gpus=("h1000",))


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "training-on-a-cluster.md"
TABLE = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]


@pytest.mark.parametrize(
    "row", [row for row in TABLE if len(row) == 5 and row[0].endswith("B")], ids=lambda row: row[0]
)
def test_the_costs_in_the_document_are_those_of_the_preflight(row: list[str]) -> None:
    size, counts, memories, gpu_hours, wall = row
    for place, stage in enumerate(("pt", "pm")):
        gpus, gigabytes, spent, took = (cell.split(" and ")[place] for cell in (counts, memories, gpu_hours, wall))
        found = preflight(read_recipe(f"{stage}-{size.lower()}"), processes=int(gpus), gpus=("h100",)).document()
        assert gigabytes == f"{found['memory_bytes_per_gpu'] / 1e9:.0f}"
        assert spent == f"{found['gpus']['h100']['gpu_hours']:.1f}"
        assert took == f"{found['gpus']['h100']['hours']:.1f}"


def test_the_costs_on_one_gpu_are_those_of_the_preflight() -> None:
    names = {"RTX 4090": "rtx-4090", "A100, 80 GB": "a100-80gb", "H100": "h100"}
    found = [preflight(read_recipe(f"{stage}-0.6b"), processes=1).document() for stage in ("pt", "pm")]
    rows = {row[0]: row[1:] for row in TABLE if row[0] in names}
    assert rows.keys() == names.keys()
    for label, (memory_told, hours_told) in rows.items():
        sizes = [f"{one['memory_bytes_per_gpu'] / 1e9:.1f}" for one in found]
        assert memory_told == f"{' and '.join(sizes)} of {GPUS[names[label]][0] / 1e9:.0f} GB"
        assert hours_told == " and ".join(f"{one['gpus'][names[label]]['gpu_hours']:.1f}" for one in found)


LOAD = Load(tokens=10**9, attended=10**11, completion=10**8, largest=8192, largest_completion=2048)


def test_sharding_divides_what_it_shards() -> None:
    shape = shape_of(ModelSettings(name="Qwen/Qwen3-8B"))
    whole = memory(shape, LOAD, PLAIN)
    shards = memory(shape, LOAD, Way(**{**PLAIN.__dict__, "processes": 8, "sharded": True}))
    for part in ("weights", "gradients", "optimiser"):
        assert shards[part] == whole[part] / 8
    assert whole["weights"] + whole["gradients"] + whole["optimiser"] == 16 * shape.parameters


def test_recomputation_trades_memory_for_operations() -> None:
    shape = shape_of(ModelSettings(name="Qwen/Qwen3-0.6B"))
    again = Way(**{**PLAIN.__dict__, "recompute": True})
    assert memory(shape, LOAD, again)["activations"] < memory(shape, LOAD, PLAIN)["activations"] / 5
    assert 1.2 < operations(shape, LOAD, again) / operations(shape, LOAD, PLAIN) < 1.35


def test_operations_are_six_per_weight_and_token_and_the_attention() -> None:
    shape = shape_of(ModelSettings(name="Qwen/Qwen3-0.6B"))
    plain = Load(tokens=10**9, attended=0, completion=0, largest=1, largest_completion=0)
    assert operations(shape, plain, PLAIN) == 6 * shape.layers * shape.layer_weights * 10**9
    assert hours(1e18, "h100", 4) == hours(1e18, "h100", 1) / 4


def test_the_tables_fit_eighty_columns() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    show(preflight(read_recipe("pm-32b"), processes=128), console)
    text = console.export_text()
    assert "optimiser" in text
    assert all(name in text for name in GPUS)
    assert "…" not in text
