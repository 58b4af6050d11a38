"""Settings of models: what cannot be is refused when the recipe is read, with the field and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from crb_builders.llm.engines import open_engine
from crb_builders.llm.settings import EngineSettings
from crb_builders.recipe import read_recipe

from crb.errors import CrbError, UsageError


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("{kind: python}", "needs make: module:function"),
        ("{kind: python, make: 'engines'}", "needs make: module:function"),
        ("{kind: python, make: ':mine'}", "needs make: module:function"),
        ("{kind: python, make: '.engines:mine'}", "needs make: module:function"),
        ("{kind: python, make: 'engines:'}", "needs make: module:function"),
        ("{kind: batch}", "batch files need a folder"),
        ("{max_length: 0}", "greater than or equal to 1"),
        ("{kind: transformers, max_length: -5}", "greater than or equal to 1"),
    ],
)
def test_an_engine_that_cannot_be_is_refused_with_the_recipe(tmp_path: Path, engine: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"stages:\n  - judge: {{models: [m], engine: {engine}}}\n", encoding="utf-8")
    with pytest.raises(CrbError) as caught:
        read_recipe(str(path))
    assert told in str(caught.value)
    assert "engine" in str(caught.value)


@pytest.mark.parametrize("make", ["no_such_module:mine", "json:no_such_function", "json:__doc__"])
def test_an_engine_that_is_not_there_is_told_with_its_setting(make: str) -> None:
    with pytest.raises(UsageError, match="the engine cannot be made") as caught:
        open_engine(EngineSettings(kind="python", make=make), "m")
    assert caught.value.where == f"engine.make {make!r}"
