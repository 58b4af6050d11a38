"""Two processes that share a model under FSDP2 on a CPU train as one does, and what they save anyone can go on with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_causal
import tiny_models
import torch
from crb_trainers.checkpoints.export import export_checkpoint
from crb_trainers.data.batch import collate
from crb_trainers.data.tokenisation import TokenPair
from crb_trainers.modelling import parallel
from crb_trainers.modelling.loading import load
from crb_trainers.recipe import read_recipe
from crb_trainers.settings import ModelSettings, ParallelSettings
from crb_trainers.training.run import train
from safetensors.torch import load_file
from torch import distributed, nn
from torch.distributed.tensor.debug import CommDebugMode
from torch.testing._internal.distributed.fake_pg import FakeStore

from crb.errors import CrbError

STEPS = 4


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small recipe file, its model and its pairs."""
    folder = tmp_path_factory.mktemp("sharded")
    base = tiny_causal.build(folder / "base", "qwen3")
    rows = [
        {**{key: row[key] for key in ("chosen", "rejected")}, "input": row["prompt"], "system": ""}
        | {"aspect": "Security Hardness", "language": "Python"}
        for row in tiny_models.pairs(16)
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = folder / "small.yaml"
    file.write_text(
        f"""
model: {{name: {base}}}
data: {{sources: [{{path: {folder / "pairs.jsonl"}}}], max_length: 256}}
objective: {{language_model: 0.3, magnitude: 0.01}}
optimiser: {{lr: 1.0e-3, clip: 1.0}}
batch: {{pairs: 8, pairs_per_device: 2}}
epochs: {STEPS // 2}
saving: {{every: 2, keep: 0}}
"""
    )
    return file


def log(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def launch(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """`crb` in two processes, as torchrun starts them."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "crb"]
    return subprocess.run(
        [*command, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.fixture(scope="module")
def alone(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run in one process."""
    out = tmp_path_factory.mktemp("alone") / "run"
    train(read_recipe(str(recipe)), out)
    return out


def test_two_processes_give_the_losses_of_one(recipe: Path, alone: Path, tmp_path: Path) -> None:
    settings = ["parallel.kind=fsdp2", "parallel.sharded_checkpoints=true", "model.gradient_checkpointing=true"]
    done = launch(["train", str(recipe), *settings, "--out", str(tmp_path / "two")])
    assert done.returncode == 0, done.stderr
    one, two = log(alone), log(tmp_path / "two")
    assert len(one) == len(two) == STEPS
    for first, second in zip(one, two, strict=True):
        for figure in ("loss", "grad_norm", "accuracy"):
            assert second[figure] == pytest.approx(first[figure], abs=1e-5), (figure, first["step"])
    assert one[-1]["loss"] < one[0]["loss"] - 1e-3, "nothing was learned: the comparison would say nothing"

    middle = tmp_path / "two" / "checkpoints" / "checkpoint-2"
    train(read_recipe(str(recipe)), tmp_path / "resumed", resume=middle)
    for first, second in zip(one[2:], log(tmp_path / "resumed"), strict=True):
        assert second["loss"] == pytest.approx(first["loss"], abs=1e-5)

    found = read_recipe(str(recipe))
    last = f"checkpoint-{STEPS}"
    for run, name in ((alone, "one"), (tmp_path / "two", "two")):
        export_checkpoint(run / "checkpoints" / last, found, tmp_path / f"model-{name}")
    weights = [load_file(tmp_path / f"model-{name}" / "model.safetensors") for name in ("one", "two")]
    assert weights[0].keys() == weights[1].keys()
    for name, tensor in weights[0].items():
        torch.testing.assert_close(tensor, weights[1][name], atol=1e-5, rtol=0, msg=name)


def test_in_bfloat16_two_processes_stay_near_float32(recipe: Path, alone: Path, tmp_path: Path) -> None:
    settings = ["parallel.kind=fsdp2", "model.dtype=bfloat16"]
    done = launch(["train", str(recipe), *settings, "--out", str(tmp_path / "two")])
    assert done.returncode == 0, done.stderr
    for exact, near in zip(log(alone), log(tmp_path / "two"), strict=True):
        assert near["loss"] == pytest.approx(exact["loss"], rel=0.01), exact["step"]
        assert near["loss"] != exact["loss"], "nothing was computed in bfloat16"


@pytest.fixture
def two_imagined() -> Iterator[None]:
    """A group of two processes of which this is the one that exists: what would be sent can be counted."""
    distributed.init_process_group("fake", rank=0, world_size=2, store=FakeStore())
    yield
    distributed.destroy_process_group()


@pytest.mark.usefixtures("two_imagined")
def test_chosen_and_rejected_gather_the_weights_once(tmp_path: Path) -> None:
    settings = ModelSettings(name=str(tiny_causal.build(tmp_path / "base", "qwen3")))
    model = load(settings, language_loss=True).model
    parallel.shard(model, ParallelSettings(kind="fsdp2"), compute=torch.float32, exact=(model.head,))
    ids = np.arange(3, 40, dtype=np.int32)
    pairs = [TokenPair(str(n), 17, ids[n:], np.concatenate([ids[n : n + 20], ids[:9]])) for n in range(3)]
    with CommDebugMode() as sent:
        found = model(collate(pairs))
        forward = dict(sent.get_comm_counts())
        (found.chosen.sum() - found.rejected.sum() + found.lm_sum).backward()
    layers = model.causal.config.num_hidden_layers
    assert list(forward.values()) == [layers + 2], "each layer, the head and the rest, once for both responses"
    both = {str(what): count for what, count in sent.get_comm_counts().items()}
    assert both == {"c10d._allgather_base_": 2 * layers + 2, "c10d._reduce_scatter_base_": layers + 2}


def test_a_launcher_that_shards_as_well_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(CrbError, match="--use_fsdp"):
        parallel.refuse_launcher_fsdp()
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "false")
    parallel.refuse_launcher_fsdp()


class Toy(nn.Module):
    """Two lists of layers, of which one holds the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.small = nn.ModuleList(nn.Linear(2, 2) for _ in range(9))
        self.layers = nn.ModuleList(nn.Sequential(nn.Linear(16, 16)) for _ in range(3))


def test_the_layers_are_found_by_what_they_hold() -> None:
    toy = Toy()
    assert parallel.layers(toy) == list(toy.layers)


def test_a_model_without_layers_is_not_sharded_in_one_piece() -> None:
    with pytest.raises(CrbError, match="no list of layers"):
        parallel.layers(nn.Linear(2, 2))


def test_a_model_that_is_not_sharded_is_noticed() -> None:
    with pytest.raises(CrbError, match="version 2"):
        parallel.check_sharded(Toy())


def test_one_process_has_nobody_to_share_with() -> None:
    with pytest.raises(CrbError, match="torchrun"):
        parallel.shard(Toy(), ParallelSettings(kind="fsdp2"), compute=torch.float32)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to offload from")
def test_without_a_gpu_there_is_nothing_to_offload() -> None:
    with pytest.raises(CrbError, match="nothing to offload") as caught:
        parallel.shard(Toy(), ParallelSettings(kind="fsdp2", cpu_offload=True), compute=torch.float32)
    assert "parallel.cpu_offload=false" in caught.value.todo


def test_what_is_offloaded_has_something_that_sends_from_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """NCCL cannot. On a GPU with several processes this was not tried: here it is seen what is asked of torch."""
    asked: list[str] = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.new_group", lambda backend: asked.append(backend))
    monkeypatch.setattr("torch.distributed.device_mesh.DeviceMesh.from_group", lambda group, kind: asked.append(kind))
    parallel.device_mesh(offloaded=True)
    assert asked == ["cuda:nccl,cpu:gloo", "cuda"]
