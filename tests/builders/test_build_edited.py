"""A build's folder that somebody edited, or another version wrote: the file is named, and what to do with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crb_builders.recipe import read_recipe
from crb_builders.run import build
from crb_builders.status import status

from crb.errors import DataError

OTHERS = ["{}", "[]", "7", '{"recipe": "a", "seed": 0, "stages": [{"name": 7}]}', '{"recipe": "a", "stages": "b"}']


@pytest.fixture
def whole(toys: Path, tmp_path: Path) -> Path:
    build(read_recipe(str(toys)), tmp_path / "out")
    return tmp_path / "out"


def sole(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[0]


@pytest.mark.parametrize("content", OTHERS)
def test_a_recipe_of_somebody_else_is_no_build(tmp_path: Path, content: str) -> None:
    (tmp_path / "recipe.json").write_text(content)
    with pytest.raises(DataError, match="of no build of this version") as caught:
        status(tmp_path)
    assert caught.value.file == str(tmp_path / "recipe.json")


@pytest.mark.parametrize("content", ["{}", "[]", '{"shards": 3}', '{"shards": []}'])
def test_a_manifest_of_another_version_is_told_and_made_again(whole: Path, toys: Path, content: str) -> None:
    path = whole / "toy-short" / "manifest.json"
    path.write_text(content)
    with pytest.raises(DataError, match="of no build of this version") as caught:
        status(whole)
    assert caught.value.file == str(path)
    build(read_recipe(str(toys)), whole)
    assert {step["state"] for step in status(whole)["steps"]} == {"finished"}


@pytest.mark.parametrize(
    "change",
    [lambda record: record | {"more": 1}, lambda record: {"part": record["part"]}, lambda record: [record]],
    ids=["a field more", "fields less", "a list"],
)
def test_a_record_of_another_version_is_told(whole: Path, toys: Path, change: Callable[[Any], Any]) -> None:
    (whole / "toy-short" / "manifest.json").unlink()
    path = sole(whole, "toy-short/records/*.json")
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(DataError, match="no record of this version") as caught:
        build(read_recipe(str(toys)), whole)
    assert caught.value.file == str(path)
    path.unlink()
    build(read_recipe(str(toys)), whole)
    assert status(whole)["steps"][1]["state"] == "finished"
