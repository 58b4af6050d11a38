"""Runs: they learn what can be learned and nothing else, stop where they should, and count what they leave out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import training_doubles as doubles
from crb_trainers.recipe import Recipe
from crb_trainers.training.run import train

from crb.errors import UsageError


def test_a_learnable_preference_is_learned(place: Path, tmp_path: Path) -> None:
    recipe = doubles.recipe(
        place,
        96,
        epochs=2,
        data__held_out=0.4,
        evaluation={"benchmark": "held-out", "every": 1000},
        objective={},
        optimiser__lr=3e-3,
    )
    summary = train(recipe, tmp_path / "run")
    assert summary["state"] == "finished"
    assert summary["best"]["n"] > 25
    assert summary["best"]["accuracy"] >= 0.99
    assert doubles.log(tmp_path / "run")[-1]["accuracy"] >= 0.99
    assert set(summary["best"]["by_criterion"]) == {aspect.lower() for aspect in doubles.ASPECTS}
    assert sum(cell["n"] for cell in summary["best"]["by_language"].values()) == summary["best"]["n"]


def test_shuffled_labels_teach_nothing(place: Path, tmp_path: Path) -> None:
    file = doubles.write_rows(tmp_path / "shuffled.jsonl", doubles.rows(280, shuffled=True))
    recipe = doubles.recipe(
        place,
        epochs=1,
        data={"sources": [{"path": str(file)}], "max_length": 256, "held_out": 0.6},
        evaluation={"benchmark": "held-out", "every": 1000},
        objective={},
        batch={"pairs": 16, "pairs_per_device": 16},
    )
    summary = train(recipe, tmp_path / "run")
    last = json.loads((tmp_path / "run/evaluations.jsonl").read_text().splitlines()[-1])
    assert summary["best"]["n"] > 140
    assert last["low"] < 0.5 < last["high"]
    assert abs(last["accuracy"] - 0.5) < 0.1


def test_a_finished_run_answers_at_once(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = doubles.recipe(place, max_steps=1)
    first = train(recipe, tmp_path / "run")
    monkeypatch.setattr("crb_trainers.training.run.read_pairs", lambda *_: pytest.fail("it read the data again"))
    assert train(recipe, tmp_path / "run") == first
    # What decides nothing may change, what decides may not.
    assert train(doubles.recipe(place, max_steps=1, batch__pairs_per_device=2), tmp_path / "run") == first
    with pytest.raises(UsageError, match=r"seed: 0 there, 1 here"):
        train(doubles.recipe(place, max_steps=1, seed=1), tmp_path / "run")


def test_patience_ends_a_run_and_the_best_checkpoint_is_kept(place: Path, tmp_path: Path) -> None:
    recipe = doubles.recipe(
        place,
        48,
        epochs=20,
        evaluation={"benchmark": "held-out", "every": 1, "patience": 2, "min_delta": 0.99},
        data__held_out=0.4,
        saving={"every": 1, "keep": 1},
    )
    summary = train(recipe, tmp_path / "run")
    assert summary["stopped_early"]
    assert summary["steps"] == 3  # the first is the best, two more do not beat it by so much
    assert summary["checkpoint"] == "checkpoint-1"
    kept = sorted(path.name for path in (tmp_path / "run/checkpoints").iterdir())
    assert kept == ["checkpoint-1", "checkpoint-3"]
    assert train(recipe, tmp_path / "run") == summary
    (tmp_path / "run/summary.json").unlink()  # as a kill behind the last checkpoint leaves it
    again = train(recipe, tmp_path / "run")
    assert {**again, "seconds": 0} == {**summary, "seconds": 0}
    assert len(doubles.log(tmp_path / "run")) == 3


def test_responses_that_are_cut_or_cut_to_the_same_are_counted(place: Path, tmp_path: Path) -> None:
    made = doubles.rows(16)
    made[3]["chosen"], made[3]["rejected"] = "x = 1\n" * 200 + "good", "x = 1\n" * 200 + "bad"
    made[4]["chosen"] += "y = 2\n" * 300
    file = doubles.write_rows(tmp_path / "pairs.jsonl", made)
    heard = doubles.Heard()
    recipe = doubles.recipe(place, data__sources=[{"path": str(file)}], max_steps=1)
    train(recipe, tmp_path / "run", watcher=heard)
    tokenised = json.loads((tmp_path / "run/data.json").read_text())["tokenised"]
    assert tokenised["dropped"] == {"identical_after_truncation": 1}
    assert (tokenised["kept"], tokenised["truncated"]) == (15, 1)
    assert any("cut to 256 tokens" in note for note in heard.notes)
    assert any("identical_after_truncation" in note for note in heard.notes)


def test_the_language_model_loss_is_of_responses_alone(place: Path, tmp_path: Path) -> None:
    logs = []
    for length in (1, 20):
        made = [{**row, "system": None, "input": "Do it. " * length} for row in doubles.rows(8)]
        file = doubles.write_rows(tmp_path / f"prompts-{length}.jsonl", made)
        recipe = doubles.recipe(place, data__sources=[{"path": str(file)}], data__max_length=512, max_steps=1)
        train(recipe, tmp_path / f"run-{length}")
        logs += doubles.log(tmp_path / f"run-{length}")
    short, long = logs
    assert long["plain_tokens"] > short["plain_tokens"] + 8 * 2 * 19
    assert long["completion_tokens"] == short["completion_tokens"]


def test_a_step_is_adamw_with_the_recipes_betas_decay_and_clip(place: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    recipe = doubles.recipe(
        place,
        max_steps=1,
        optimiser={"lr": 1e-2, "weight_decay": 0.5, "clip": 0.01, "epsilon": 1e-12},
        schedule={"kind": "constant", "warmup": 0},
    )
    train(recipe, tmp_path / "run")
    assert doubles.log(tmp_path / "run")[0]["grad_norm"] > 0.01
    checkpoint = tmp_path / "run/checkpoints/checkpoint-1"
    gradient = doubles.gradients(checkpoint)
    assert sum(float(value.square().sum()) for value in gradient.values()) ** 0.5 == pytest.approx(0.01, rel=1e-3)
    moments = load_file(checkpoint / "moments.safetensors")
    name = "language_model.model.layers.0.mlp.up_proj.weight"
    assert torch.allclose(moments[f"exp_avg_sq.{name}"], 0.05 * gradient[name].square(), rtol=1e-3, atol=0)
    before = load_file(Path(recipe.model.name) / "model.safetensors")["model.layers.0.mlp.up_proj.weight"]
    moved = gradient[name].abs() > 1e-8
    expected = before * (1 - 1e-2 * 0.5) - 1e-2 * gradient[name].sign()
    assert torch.allclose(doubles.trained(tmp_path / "run", 1)[name][moved], expected[moved], atol=1e-5)
    norms = "language_model.model.norm.weight"
    undecayed = 1 - 1e-2 * gradient[norms].sign()
    assert torch.allclose(doubles.trained(tmp_path / "run", 1)[norms], undecayed, atol=1e-5)


def test_a_frozen_model_trains_its_head_alone_and_lora_its_adapters(place: Path, tmp_path: Path) -> None:
    train(doubles.recipe(place, max_steps=1, objective={}, model__freeze=True), tmp_path / "frozen")
    assert set(doubles.trained(tmp_path / "frozen", 1)) == {"head.weight"}
    pytest.importorskip("peft")
    train(doubles.recipe(place, max_steps=1, model__lora={"rank": 2, "dropout": 0.1}), tmp_path / "lora")
    names = set(doubles.trained(tmp_path / "lora", 1))
    assert "head.weight" in names
    assert all("lora_" in name or name == "head.weight" for name in names)


def test_a_date_is_a_seed(place: Path, tmp_path: Path) -> None:
    summary = train(doubles.recipe(place, max_steps=1, seed=20261120), tmp_path / "run")
    assert summary["state"] == "finished"
    with pytest.raises(ValueError, match="less than 4294967296"):
        doubles.recipe(place, seed=2**32)


def test_recipes_are_data_that_come_back_whole(place: Path) -> None:
    recipe = doubles.recipe(place, model__lora={"rank": 2})
    assert Recipe.model_validate(json.loads(recipe.model_dump_json())) == recipe
