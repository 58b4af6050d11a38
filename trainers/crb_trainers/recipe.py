"""Recipes: found by name or path, joined with those they extend, overruled from the command line, checked as a whole.

    extends: code-preference        # a shipped recipe, or a path relative to this file
    model: {name: Qwen/Qwen3-0.6B}
    optimiser: {lr: 1e-5, min_lr: 5e-7}

Mappings are merged field by field, everything else is replaced. A field that is unknown, of the wrong type or out of
range fails here, with file and field: a typing error must not cost the hours in front of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from crb.errors import CrbError, DataError, UsageError, unknown_name
from crb.files import YamlError, parse_yaml
from crb_trainers.settings import (
    BatchSettings,
    DataSettings,
    EvaluationSettings,
    LoraSettings,
    ModelSettings,
    ObjectiveSettings,
    OptimiserSettings,
    ParallelSettings,
    Recipe,
    SavingSettings,
    ScheduleSettings,
    Source,
    TrackerSettings,
)

__all__ = [
    "BatchSettings",
    "DataSettings",
    "EvaluationSettings",
    "LoraSettings",
    "ModelSettings",
    "ObjectiveSettings",
    "OptimiserSettings",
    "ParallelSettings",
    "Recipe",
    "SavingSettings",
    "ScheduleSettings",
    "Source",
    "TrackerSettings",
    "read_recipe",
    "shipped",
]

_EXTENDS = "extends"


def shipped() -> dict[str, str]:
    """The recipes in the package: name -> YAML."""
    folder = files(__package__ or "") / "recipes"
    if not folder.is_dir():
        return {}
    found = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".yaml")}
    return {name.removesuffix(".yaml"): found[name].read_text(encoding="utf-8") for name in sorted(found)}


def read_recipe(where: str, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe and check all of it.

    Args:
        where: path of a YAML file, or a shipped recipe's name.
        overrides: settings as `section.field=value`, the value in YAML.

    Raises:
        CrbError: no such recipe, or something in it cannot be; says which field.
    """
    name, source, text, folder = _find(where, Path())
    document = _joined(text, source, folder, (source,))
    for override in overrides:
        document = _merge(document, _parsed(override, document))
    document.setdefault("name", name)
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        raise _fault(error, source) from error
    except CrbError as error:  # of what a check of ours asked, e.g. a damaged prompt set
        error.where = ", ".join(part for part in (f"file {source}", error.where) if part)
        raise


def _find(where: str, beside: Path) -> tuple[str, str, str, Path]:
    """The name, the place, the text and the folder of a recipe."""
    path = Path(where) if Path(where).is_absolute() else beside / where
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        try:
            return path.stem, str(path), path.read_text(encoding="utf-8"), path.parent
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"the recipe cannot be read: {error}", file=path, todo="check the path") from error
    known = shipped()
    if where not in known:
        raise unknown_name("recipe", where, known, todo="name a shipped recipe, or a file that ends in .yaml")
    return where, where, known[where], Path()


def _joined(text: str, source: str, folder: Path, chain: tuple[str, ...]) -> dict[str, Any]:
    """A recipe's document with everything that it extends."""
    try:
        document = parse_yaml(text) or {}
    except YamlError as error:
        raise DataError(
            f"the recipe is not YAML: {error}", file=source, row=error.row, todo="mend the line; indent with spaces"
        ) from error
    if not isinstance(document, dict):
        raise DataError("a recipe is a mapping", file=source, todo="write sections such as model: and data:")
    base = document.pop(_EXTENDS, None)
    if base is None:
        return document
    if not isinstance(base, str):
        raise DataError("what a recipe extends is a name or a path", file=source, field=_EXTENDS, todo="name one")
    _, above, inherited, beside = _find(base, folder)
    if above in chain:
        raise DataError(
            f"the recipes extend each other: {' -> '.join((*chain, above))}",
            file=source,
            field=_EXTENDS,
            todo="take the line out of one of them",
        )
    return _merge(_joined(inherited, above, beside, (*chain, above)), document)


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _parsed(override: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping that `a.b=value` stands for; a number in the path is the place in a list."""
    target, equals, text = override.partition("=")
    parts = target.strip().split(".")
    if not equals or not all(parts):
        raise UsageError(
            f"{override!r} is no setting", where="overrides", todo="write section.field=value, e.g. optimiser.lr=1e-5"
        )
    try:
        value = parse_yaml(text)
    except YamlError as error:
        raise UsageError(f"the value is not YAML: {text!r}", where=override, todo="quote it") from error
    return {parts[0]: _placed(parts[1:], value, document.get(parts[0]), override)}


def _placed(parts: Sequence[str], value: Any, old: Any, override: str) -> Any:
    if not parts:
        return value
    if isinstance(old, list):
        if not parts[0].isdigit() or int(parts[0]) >= len(old):
            raise UsageError(
                f"{parts[0]!r} is no place in a list of {len(old)}",
                where=override,
                todo="count from 0, or give it whole",
            )
        place = int(parts[0])
        new = _placed(parts[1:], value, old[place], override)
        merged = _merge(old[place], new) if isinstance(old[place], dict) and isinstance(new, dict) else new
        return [*old[:place], merged, *old[place + 1 :]]
    return {parts[0]: _placed(parts[1:], value, old.get(parts[0]) if isinstance(old, dict) else None, override)}


def _fault(error: ValidationError, source: str) -> DataError:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    what = first["msg"].removeprefix("Value error, ")
    todo = "mend the value"
    if first["type"] == "extra_forbidden":
        known = _fields(place[:-1])
        near = difflib.get_close_matches(place[-1], known, n=2)
        what = f"unknown field {place[-1]!r}"
        todo = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
    elif first["type"] == "missing":
        what, todo = "the field is missing", f"write it into the recipe, or give it behind: {'.'.join(place)}=..."
    return DataError(what, file=source, field=".".join(place) or None, todo=todo)


def _fields(place: Sequence[str]) -> list[str]:
    """The fields of the section at a place."""
    model: type[BaseModel] = Recipe
    for part in place:
        field = model.model_fields.get(part)
        found = _section(field.annotation) if field is not None else None
        model = found or model  # a number, the place in a list, leads to no other section
    return sorted(model.model_fields)


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, tuple):
        return next((found for inner in get_args(annotation) if (found := _section(inner)) is not None), None)
    return None
