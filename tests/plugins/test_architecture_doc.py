"""docs/architecture.md against the code: every folder, name and arrow in it is there, no part of crb is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from page import blocks

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")

PATHS = sorted(set(re.findall(r"`([a-z_]+/[\w./]*)`", TEXT)))
NAMES = sorted(set(re.findall(r"`(crb(?:\.\w+)+)`", TEXT)) - {"crb.evaluate"})
LAYERED = {"crb": ROOT / "crb", "crb_trainers": ROOT / "trainers/crb_trainers"}
TOPS = {"crb": "__init__", "crb_trainers": "command"}  # with what a package's block begins
PARTS = sorted(
    (package, path.stem)
    for package, folder in LAYERED.items()
    for path in folder.iterdir()
    if path.suffix == ".py" or (path / "__init__.py").is_file()
    if package == "crb" or path.stem != "__init__"
)


def layers(package: str) -> list[list[str]]:
    """The lines of the block that orders a package's parts, the highest first."""
    (block,) = [block for block in blocks(PAGE) if block.body.startswith(f"{TOPS[package]} ")]
    return [line.split() for line in block.body.splitlines()]


def imports(package: str, part: str) -> Iterator[tuple[str, str]]:
    """(file:line, part) of everything in its package that a part imports, at the top of a file or in a function."""
    whole = LAYERED[package] / part
    for file in sorted(whole.rglob("*.py")) if whole.is_dir() else [whole.with_suffix(".py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package:
                _, _, below = (node.module or "").partition(".")
                for name in [below.partition(".")[0]] if below else [alias.name for alias in node.names]:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", name
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith(f"{package}."):
                        yield f"{file.relative_to(ROOT)}:{node.lineno}", alias.name.split(".")[1]


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    if name in ("crb.adapters", "crb.commands"):
        return  # entry-point groups
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            found = getattr(found, attribute)
        return
    pytest.fail(f"no module of {name}")


def test_the_page_names_enough_to_be_worth_checking() -> None:
    assert len(PATHS) > 20
    assert len(NAMES) > 20


@pytest.mark.parametrize(("package", "part"), PARTS)
def test_every_part_is_described_and_has_its_place(package: str, part: str) -> None:
    whole = (LAYERED[package] / part).relative_to(ROOT)
    if not part.startswith("__"):
        assert f"`{whole}/`" in TEXT or f"`{whole}.py`" in TEXT
    assert [part in line for line in layers(package)].count(True) == 1


@pytest.mark.parametrize(("package", "part"), PARTS)
def test_imports_point_downwards(package: str, part: str) -> None:
    order = layers(package)
    here = next(depth for depth, line in enumerate(order) if part in line)
    loose = {0, len(order) - 2, len(order) - 1}  # on these lines neighbours may know each other
    allowed = {name for line in order[here + 1 :] for name in line} | {part} | set(order[here] if here in loose else ())
    arrows = imports(package, part)
    assert [(place, name) for place, name in arrows if name not in allowed and (package, name) in PARTS] == []


def test_every_folder_of_the_checkout_is_described() -> None:
    described = {path.partition("/")[0] for path in PATHS}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert {name for name in folders if not name.startswith((".", "_"))} - {"build", "dist", "runs"} <= described
