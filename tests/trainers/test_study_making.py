"""A cell's model is used again only where it is of the recipe and the pairs that are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from crb_trainers.checkpoints.export import ABOUT
from crb_trainers.data.pairs import read_pairs
from crb_trainers.settings import DataSettings, ModelSettings, Recipe, Source
from crb_trainers.studies.making import train
from crb_trainers.training import records
from training_doubles import rows, write_rows

from crb.errors import UsageError
from crb.files import write_json


def recipe(folder: Path, max_steps: int | None = None) -> Recipe:
    pairs = folder / "pairs.jsonl"
    if not pairs.is_file():
        write_rows(pairs, rows(8))
    data = DataSettings(sources=(Source(path=str(pairs)),))
    return Recipe(model=ModelSettings(name="nowhere"), data=data, max_steps=max_steps)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The training's folder of a cell that is finished."""
    of = recipe(tmp_path)
    content_hash = read_pairs(of.data, seed=of.seed).content_hash
    training = tmp_path / "cell" / "training"
    write_json(training / records.RUN, records.describe(of, content_hash))
    write_json(training / records.SUMMARY, {"state": "finished"})
    about = {"fingerprint": of.fingerprint(), "data_hash": content_hash}
    write_json(training.parent / "model" / ABOUT, about)
    return training


def test_the_same_recipe_and_pairs_are_read(made: Path, tmp_path: Path) -> None:
    assert train(recipe(tmp_path), made) == made.parent / "model"


def test_another_recipes_model_is_refused_and_what_differs_is_told(made: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="max_steps: null there, 7 here"):
        train(recipe(tmp_path, max_steps=7), made)


def test_a_model_of_other_pairs_is_refused(made: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "pairs.jsonl", rows(9))
    with pytest.raises(UsageError, match="other rows now"):
        train(recipe(tmp_path), made)


@pytest.mark.parametrize(
    ("about", "told"),
    [({}, "another recipe"), ({"fingerprint": "0" * 16}, "another recipe"), ({"data_hash": "0" * 64}, "other pairs")],
    ids=["not told", "recipe", "pairs"],
)
def test_a_model_from_elsewhere_is_refused(made: Path, tmp_path: Path, about: dict[str, str], told: str) -> None:
    """Whatever the training beside it says, the export says what it was made of."""
    known = {"fingerprint": recipe(tmp_path).fingerprint()} if about.get("data_hash") else {}
    write_json(made.parent / "model" / ABOUT, {**known, **about})
    with pytest.raises(UsageError, match=told):
        train(recipe(tmp_path), made)
