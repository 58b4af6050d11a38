"""Runs that cannot go on, over bad input, numbers that are none or a full disk: they say so and lose nothing."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import limits
import pytest
import torch
import training_doubles as doubles
from crb_trainers.data.plan import of_pairs
from crb_trainers.training.run import train

from crb.errors import CrbError, DataError, MissingPackageError, UsageError


def test_a_run_of_another_recipe_is_refused_with_what_differs(place: Path, tmp_path: Path) -> None:
    stopped = train(doubles.recipe(place), tmp_path / "run", stop_after=1)
    assert stopped["state"] == "stopped"
    with pytest.raises(UsageError) as caught:
        train(doubles.recipe(place, optimiser__lr=5e-4, objective__magnitude=0.5), tmp_path / "run")
    assert "optimiser.lr: 0.001 there, 0.0005 here" in str(caught.value)
    assert "objective.magnitude: 0.01 there, 0.5 here" in str(caught.value)
    checkpoint = tmp_path / "run/checkpoints/checkpoint-1"
    with pytest.raises(UsageError, match=r"model\.lora: null there"):
        train(doubles.recipe(place, model__lora={"rank": 2}), tmp_path / "other", resume=checkpoint)


def test_other_pairs_under_the_same_recipe_are_refused(place: Path, tmp_path: Path) -> None:
    file = doubles.write_rows(tmp_path / "pairs.jsonl", doubles.rows(32))
    recipe = doubles.recipe(place, data__sources=[{"path": str(file)}])
    train(recipe, tmp_path / "run", stop_after=1)
    doubles.write_rows(file, doubles.rows(33))
    with pytest.raises(UsageError, match="the sources hold other rows now"):
        train(recipe, tmp_path / "run")


def test_a_number_that_is_none_stops_the_run_and_names_the_pair(place: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = doubles.recipe(place, objective={}, saving={"every": 1, "keep": 0})
    order = of_pairs([1] * 32, [1] * 32, [0] * 32, [1.0], pairs_per_step=8, epochs=1, seed=0)
    guilty = int(order.step(2)[3])
    made = doubles.rows(32)
    made[guilty]["rejected"] += "\u00a7"
    file = doubles.write_rows(tmp_path / "pairs.jsonl", made)
    model = AutoModelForCausalLM.from_pretrained(base.model.name)
    tokenizer = AutoTokenizer.from_pretrained(base.model.name)
    poisoned = tokenizer("\u00a7", add_special_tokens=False)["input_ids"][-1]
    with torch.no_grad():
        model.get_input_embeddings().weight[poisoned] = float("nan")
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    recipe = doubles.recipe(
        place,
        objective={},
        saving={"every": 1, "keep": 0},
        model__name=str(tmp_path / "model"),
        data__sources=[{"path": str(file)}],
    )
    with pytest.raises(CrbError) as caught:
        train(recipe, tmp_path / "run")
    assert "the loss of step 3 is not a number" in str(caught.value)
    assert f"pair 'pair-{guilty}'" in str(caught.value)
    assert "leave it out of the data" in str(caught.value)
    assert "optimiser.lr" not in str(caught.value)  # the other pairs of the step are sound at this rate
    told = json.loads((tmp_path / "run/fault.json").read_text())
    assert told["suspects"] == [f"pair-{guilty}"]
    assert len(told["pairs"]) == 8
    assert sorted(path.name for path in (tmp_path / "run/checkpoints").iterdir()) == ["checkpoint-1", "checkpoint-2"]
    kept = doubles.trained(tmp_path / "run", 2)
    assert all(torch.isfinite(value).all() for name, value in kept.items() if "embed" not in name)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_step_whose_every_pair_is_no_number_blames_rate_or_type(place: Path, tmp_path: Path, dtype: str) -> None:
    recipe = doubles.recipe(place, optimiser__lr=1e38, schedule={"kind": "constant"}, model__dtype=dtype)
    with pytest.raises(CrbError) as caught:
        train(recipe, tmp_path / "run")
    assert "lower optimiser.lr" in str(caught.value)
    assert "leave" not in str(caught.value)
    assert ("model.dtype=float32" in str(caught.value)) is (dtype == "bfloat16")


def test_a_fault_that_is_over_is_not_told_of_a_run_that_is_through(place: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/fault.json").write_text("{}")
    train(doubles.recipe(place, max_steps=2), tmp_path / "run", stop_after=1)
    assert (tmp_path / "run/fault.json").exists()  # the step may be ahead still
    train(doubles.recipe(place, max_steps=2), tmp_path / "run")
    assert not (tmp_path / "run/fault.json").exists()


def test_a_full_disk_loses_nothing(place: Path, tmp_path: Path) -> None:
    recipe = doubles.recipe(place, saving={"every": 1, "keep": 0})
    whole = train(recipe, tmp_path / "whole")
    train(recipe, tmp_path / "run", stop_after=2)
    kept = sorted(path.name for path in (tmp_path / "run/checkpoints").iterdir())
    size = (tmp_path / "run/checkpoints/checkpoint-2/trained.safetensors").stat().st_size
    with limits.no_file_beyond(size // 2), pytest.raises(CrbError) as caught:
        train(recipe, tmp_path / "run")
    assert "the checkpoint cannot be written" in str(caught.value)
    assert "free disk space" in str(caught.value)
    assert sorted(path.name for path in (tmp_path / "run/checkpoints").iterdir()) == kept
    assert train(recipe, tmp_path / "run")["steps"] == whole["steps"]
    assert doubles.losses(tmp_path / "run") == pytest.approx(doubles.losses(tmp_path / "whole"), abs=1e-6)


def test_a_log_that_cannot_grow_is_an_error_of_the_disk(place: Path, tmp_path: Path) -> None:
    with limits.no_file_beyond(100), pytest.raises(CrbError, match="cannot write"):
        train(doubles.recipe(place), tmp_path / "run")
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"data__max_length": 20, "data__too_long": "drop"},
            ["no pair is left of 32 at 20 tokens", "pair-0", "data.max_length"],
        ),
        ({"data__max_length": 20}, ["no pair is left of 32 at 20 tokens", "prompt_too_long", "data.max_length"]),
        ({"batch__pairs": 64}, ["a step takes 64 pairs, and all epochs together have 32", "batch.pairs"]),
        ({"data__criteria": ["security"], "data__languages": ["java"]}, ["no pair is left after the filters"]),
        ({"evaluation__benchmark": "held-out"}, ["no pair is held out", "data.held_out"]),
        ({"evaluation__benchmark": "no-such"}, ["unknown benchmark 'no-such'"]),
        ({"parallel__kind": "ddp"}, ["ddp needs several processes", "torchrun"]),
        ({"model__name": "no-such-model"}, ["no-such-model"]),
        ({"model__start_from": "nowhere"}, ["there is no checkpoint", "nowhere"]),
    ],
)
def test_bad_input_is_told_with_its_field(
    place: Path, tmp_path: Path, changes: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(CrbError) as caught:
        train(doubles.recipe(place, **changes), tmp_path / "run")
    for part in told:
        assert part in str(caught.value)


def test_a_tracker_that_is_not_installed_is_told_with_its_command(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crb_trainers.training.preparing.find_spec", lambda _: None)
    with pytest.raises(MissingPackageError, match="wandb"):
        train(doubles.recipe(place, tracker__kind="wandb"), tmp_path / "run")


def test_two_runs_in_one_folder_are_refused(place: Path, tmp_path: Path) -> None:
    from crb.files import locked

    with (
        locked(tmp_path / "run", "another process is training in this folder", "run"),
        pytest.raises(CrbError, match="another process is training in this folder"),
    ):
        train(doubles.recipe(place), tmp_path / "run")


def test_a_damaged_checkpoint_is_told_with_what_to_do(place: Path, tmp_path: Path) -> None:
    recipe = doubles.recipe(place, saving={"every": 1, "keep": 0})
    train(recipe, tmp_path / "run", stop_after=2)
    file = tmp_path / "run/checkpoints/checkpoint-2/trained.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(DataError, match="the checkpoint cannot be read"):
        train(recipe, tmp_path / "run")


def test_a_folder_that_holds_something_else_is_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text("{}")
    with pytest.raises(UsageError, match="not made by this version of crb train"):
        train(doubles.recipe(place), tmp_path / "run")


def test_the_page_tells_errors_as_they_are() -> None:
    """Every message on the page stands in the code that says it, so that a reader who searches for one finds it."""
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs/training.md").read_text(encoding="utf-8").partition("\n## Errors\n")[2]
    told = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    places = [*(root / "trainers/crb_trainers").rglob("*.py"), root / "crb/benchmarks/faults.py"]
    said = "".join(file.read_text(encoding="utf-8") for file in places)
    assert len(told) > 10
    for message in told:
        for part in message.split("..."):
            assert part.strip() in said, message
