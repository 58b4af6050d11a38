"""A dry run refuses what the run refuses, in the run's own words; what only this machine lacks it tells as a note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_causal
import tiny_models
import training_doubles as doubles
from crb_trainers.preflight.answer import preflight
from crb_trainers.recipe import Recipe
from crb_trainers.training.records import RUN
from crb_trainers.training.run import train

from crb.errors import CrbError

ONE_LAYER = {"rank": 2, "targets": ["q_proj"]}
NO_LAYER = {"rank": 2, "targets": ["nosuch"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rehearsal")
    tiny_models.build(folder / "reward", template=tiny_causal.ENDS_WITH_NEWLINE, tie_word_embeddings=False)
    (tiny_causal.build(folder / "mute") / "chat_template.jinja").unlink()
    return folder


def recipe(place: Path, **changes: Any) -> Recipe:
    return Recipe.model_validate(doubles.document(place, count=16, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"parallel": {"kind": "ddp"}},
        {"parallel": {"kind": "fsdp2"}},
        {"evaluation": {"benchmark": "nosuch"}},
        {"evaluation": {"benchmark": "held-out"}},
        {"evaluation": {"benchmark": "crb-mini", "criteria": ["nosuch"]}},
        {"model__attention": "nosuch"},
        {"model__lora": NO_LAYER},
        {"model__name": "{place}/reward"},
        {"model__name": "{place}/mute"},
        {"batch": {"pairs": 1000}},
        {"data__max_length": 8},
    ],
    ids=str,
)
def test_what_the_run_refuses_its_dry_run_refuses_alike(place: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    if "lora" in str(changes):
        pytest.importorskip("peft")
    filled = {key: value.format(place=place) if isinstance(value, str) else value for key, value in changes.items()}
    with pytest.raises(CrbError) as refused:
        train(recipe(place, **filled), tmp_path / "run")
    with pytest.raises(CrbError) as told:
        preflight(recipe(place, **filled), processes=1)
    assert str(told.value) == str(refused.value)


def test_a_folder_and_a_start_are_checked_where_they_are_there(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(recipe(place, max_steps=1), out)
    assert preflight(recipe(place, max_steps=1), out=out).notes == ()
    with pytest.raises(CrbError, match="a run of another recipe"):
        preflight(recipe(place, max_steps=1, optimiser={"lr": 1e-5}), out=out)
    preflight(recipe(place, max_steps=1, optimiser={"lr": 1e-5}))  # only weighed: no folder is named
    with pytest.raises(CrbError, match="a run of another recipe"):
        preflight(recipe(place, optimiser={"lr": 1e-5}), resume=next((out / "checkpoints").iterdir()))
    with pytest.raises(CrbError, match="this recipe trains the reward head"):
        preflight(recipe(place, model__start_from=str(out), model__freeze=True))
    (tmp_path / RUN).write_text('{"schema": 1}')
    with pytest.raises(CrbError, match="not made by this version of crb train"):
        preflight(recipe(place), out=tmp_path)


def test_what_may_be_elsewhere_is_a_note(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crb_trainers.training.preparing.find_spec", lambda name: None)
    monkeypatch.setattr("crb_trainers.preflight.rehearsal.unreachable_hub", lambda: "huggingface.co")
    found = preflight(
        recipe(
            place,
            model__start_from="trained/later",
            tracker={"kind": "wandb"},
            evaluation={"benchmark": "nobody/has-this-data"},
        )
    )
    assert ["wandb" in found.notes[0], "trained/later" in found.notes[1], "nobody/has-this" in found.notes[2]] == [
        True
    ] * 3
    assert found.document()["notes"] == list(found.notes)


def test_names_of_layers_are_found_without_weights(place: Path) -> None:
    pytest.importorskip("peft")
    assert preflight(recipe(place, model__lora=ONE_LAYER)).notes == ()


def test_no_way_out_is_named_that_is_none(place: Path) -> None:
    for too_long, told in (("truncate", "raise data.max_length"), ("drop", "or set data.too_long=truncate")):
        with pytest.raises(CrbError) as refused:
            preflight(recipe(place, data__max_length=8, data__too_long=too_long))
        assert refused.value.todo.endswith(told)
