"""Runs that begin with, go on from, or are measured by something that may have changed; settings that reach others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny_causal
import torch
import training_doubles as doubles
from crb_trainers.training.run import train
from transformers import TrainerCallback

from crb.errors import UsageError


def test_a_run_can_begin_with_the_weights_of_another(place: Path, tmp_path: Path) -> None:
    train(doubles.recipe(place, max_steps=2), tmp_path / "first")
    second = doubles.recipe(place, max_steps=1, model__start_from=str(tmp_path / "first"), optimiser__lr=1e-12)
    train(second, tmp_path / "second")
    before, after = doubles.trained(tmp_path / "first", 2), doubles.trained(tmp_path / "second", 1)
    assert all(torch.allclose(before[name], after[name], atol=1e-8) for name in before)


def test_a_run_that_began_with_the_weights_of_another_goes_on_without_it(place: Path, tmp_path: Path) -> None:
    train(doubles.recipe(place, max_steps=1), tmp_path / "first")
    second = doubles.recipe(place, max_steps=2, model__start_from=str(tmp_path / "first"))
    train(second, tmp_path / "second", stop_after=1)
    shutil.rmtree(tmp_path / "first")
    assert train(second, tmp_path / "second")["steps"] == 2


def test_a_second_stage_without_language_loss_leaves_an_untied_head(place: Path, tmp_path: Path) -> None:
    model = tiny_causal.build(tmp_path / "model", tied=False)
    train(doubles.recipe(place, max_steps=1, model__name=str(model)), tmp_path / "first")
    changes: dict[str, Any] = {"model__name": str(model), "objective": {}, "optimiser__lr": 1e-12}
    started: dict[str, Any] = {"model__start_from": str(tmp_path / "first")}
    train(doubles.recipe(place, max_steps=1, **changes, **started), tmp_path / "second")
    before, after = doubles.trained(tmp_path / "first", 1), doubles.trained(tmp_path / "second", 1)
    assert set(before) - set(after) == {"language_model.lm_head.weight"}
    assert all(torch.allclose(before[name], after[name], atol=1e-8) for name in after)


@pytest.mark.parametrize(
    ("changes", "part"), [({"model__freeze": True}, "the reward head"), ({"model__lora": {"rank": 2}}, "the adapters")]
)
def test_adapters_cannot_begin_with_all_weights_and_are_told_what_can(
    place: Path, tmp_path: Path, changes: dict[str, Any], part: str
) -> None:
    if "model__lora" in changes:
        pytest.importorskip("peft")
    train(doubles.recipe(place, max_steps=1), tmp_path / "first")
    recipe = doubles.recipe(place, objective={}, model__start_from=str(tmp_path / "first"), **changes)
    with pytest.raises(UsageError, match=f"all weights of a model, and this recipe trains {part}") as caught:
        train(recipe, tmp_path / "second")
    assert "crb train export" in str(caught.value)


def test_evaluations_on_another_benchmark_choose_no_checkpoint(place: Path, tmp_path: Path) -> None:
    from crb_trainers.training.chosen import chosen_checkpoint

    changes: dict[str, Any] = {"data__held_out": 0.4, "saving": {"every": 1, "keep": 0}, "max_steps": 2}
    held = {"benchmark": "held-out", "every": 1}
    train(doubles.recipe(place, 48, **changes, evaluation=held), tmp_path / "run", stop_after=1)
    file = tmp_path / "run/evaluations.jsonl"
    line = json.loads(file.read_text())
    assert len(line["benchmark"]) == 16
    file.write_text(json.dumps({**line, "accuracy": 2.0}) + "\n")  # better than any that is to come
    assert chosen_checkpoint(tmp_path / "run").name == "checkpoint-1"
    other = doubles.recipe(place, 48, **changes, evaluation={**held, "limit": 5})
    summary = train(other, tmp_path / "run")
    assert (summary["best"]["step"], summary["checkpoint"]) == (2, "checkpoint-2")


def test_the_tutorial_chooses_no_checkpoint_by_what_it_reports() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/training-on-a-cluster.md").read_text(encoding="utf-8")
    assert "evaluation.benchmark=held-out" in page
    assert "evaluation.benchmark=crb" not in page


def test_a_run_that_was_sent_back_goes_on_when_it_is_called_again(place: Path, tmp_path: Path) -> None:
    recipe = doubles.recipe(place, saving={"every": 1, "keep": 2})
    train(recipe, tmp_path / "run", stop_after=2)
    back = tmp_path / "run/checkpoints/checkpoint-1"
    assert train(recipe, tmp_path / "run", resume=back, stop_after=3)["steps"] == 3
    assert not back.exists()  # two are kept
    written = (tmp_path / "run/checkpoints/checkpoint-3/run.json").stat().st_mtime_ns
    heard = doubles.Heard()
    summary = train(recipe, tmp_path / "run", resume=back, watcher=heard)
    assert summary["steps"] == 4
    assert any("checkpoint-3 goes on from checkpoint-1 already" in note for note in heard.notes)
    assert (tmp_path / "run/checkpoints/checkpoint-3/run.json").stat().st_mtime_ns == written
    assert train(recipe, tmp_path / "run", resume=back) == summary  # a finished run answers at once


def test_dropout_resumes_as_it_went_on(place: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    changes: dict[str, Any] = {"max_steps": 2, "batch__pairs_per_device": 4}
    recipe = doubles.recipe(place, model__lora={"rank": 2, "dropout": 0.5}, **changes)
    train(recipe, tmp_path / "whole")
    train(recipe, tmp_path / "run", stop_after=1)
    train(recipe, tmp_path / "run")
    assert doubles.losses(tmp_path / "run") == pytest.approx(doubles.losses(tmp_path / "whole"), abs=1e-6)
    train(doubles.recipe(place, model__lora={"rank": 2}, **changes), tmp_path / "plain")
    assert doubles.losses(tmp_path / "plain")[1] != pytest.approx(doubles.losses(tmp_path / "whole")[1], abs=1e-6)


def test_rewards_in_the_loop_are_not_rounded_to_bfloat16(place: Path) -> None:
    from crb_trainers.modelling.loading import load
    from crb_trainers.training.evaluation import InTraining

    loaded = load(doubles.recipe(place, model__dtype="bfloat16").model, language_loss=False)
    hidden = torch.randn(64, 3, loaded.model.head.in_features, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        loaded.model.head.weight.normal_(generator=torch.Generator().manual_seed(1))
        rewards = InTraining(loaded.model, loaded.tokenizer).reward(hidden.bfloat16())
    assert rewards.dtype == torch.float32
    exact = hidden[:, -1].bfloat16().float() @ loaded.model.head.weight.detach()[0]
    assert torch.allclose(rewards, exact, atol=1e-5)


def test_what_a_run_begins_with_can_be_evaluated_and_is_never_the_best(place: Path, tmp_path: Path) -> None:
    evaluation = {"benchmark": "held-out", "at_start": True, "every": 1, "min_delta": 0.99, "patience": 9}
    recipe = doubles.recipe(place, 48, data__held_out=0.4, evaluation=evaluation, max_steps=2)
    train(recipe, tmp_path / "run", stop_after=1)
    summary = train(recipe, tmp_path / "run")
    evaluated = [json.loads(line) for line in (tmp_path / "run/evaluations.jsonl").read_text().splitlines()]
    assert [line["step"] for line in evaluated] == [0, 1, 2]
    assert summary["best"]["step"] == 1


def test_wandb_is_told_the_project(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers.integrations.integration_utils as trackers

    told = []

    class Tracker(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            told.append(os.environ.get("WANDB_PROJECT"))

    monkeypatch.setenv("WANDB_PROJECT", "another")
    monkeypatch.setitem(trackers.INTEGRATION_TO_CALLBACK, "wandb", Tracker)
    monkeypatch.setattr("crb_trainers.training.run.check_tracker", lambda _: None)
    train(doubles.recipe(place, max_steps=1, tracker={"kind": "wandb", "project": "mine"}), tmp_path / "run")
    assert told == ["mine"]


def test_processes_wait_an_hour_for_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group is opened by the first that asks, so the patience must be given there."""
    import accelerate
    from crb_trainers.training.place import find_place

    given: dict[str, Any] = {}

    class Opened:
        process_index, num_processes = 0, 2

        def __init__(self, **options: Any) -> None:
            given.update(options)

        def wait_for_everyone(self) -> None: ...

    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(accelerate, "PartialState", Opened)
    find_place("auto")
    assert given["timeout"].total_seconds() == 3600
