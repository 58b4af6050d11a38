"""Which tests judge a mutant is a table by hand: a module that moves must not stop `make mutants` in its midst."""

from __future__ import annotations

import ast
from pathlib import Path

import mutants
import pytest
from house import ROOT


def modules() -> list[str]:
    """Every module with functions that some group draws from."""
    found = []
    for path in sorted((ROOT / "crb").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        drawn = any(f"{name}.".startswith(group) for groups in mutants.GROUPS.values() for group in groups)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if drawn and any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)):
            found.append(name)
    return found


@pytest.mark.parametrize("module", modules())
def test_every_module_that_is_drawn_from_has_tests_that_judge_it(module: str) -> None:
    assert module in mutants.JUDGES


@pytest.mark.parametrize("module", mutants.JUDGES)
def test_the_table_names_what_is_there(module: str) -> None:
    assert Path(ROOT, *module.split(".")).with_suffix(".py").is_file()
    for words in mutants.JUDGES[module].split():
        part, _, name = words.partition("/")
        assert (ROOT / "tests" / part / f"test_{name}.py").is_file()
