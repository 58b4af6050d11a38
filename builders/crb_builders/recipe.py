"""A recipe: a list of stages with their settings, read from YAML and checked as a whole before anything runs.

    seed: 0
    shared: {until: 2022-01-01}  # for every stage that has such a setting, unless the stage says otherwise
    stages:
      - mine: {repositories: [path/to/repository]}
      - languages: {}
      - import: {dataset: some/dataset}
        name: strangers        # a stage that occurs twice needs names
        from: []               # begins anew; by default a step reads the one above it
      - assemble: {}
        from: [languages, strangers]

A setting that is unknown, of the wrong type or refused by its stage fails here, with file, step and field: a typing
error in the last stage must not cost the hours of those before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crb import registry
from crb.errors import CrbError, DataError, UsageError, unknown_name
from crb.files import YamlError, parse_yaml
from crb_builders.stage import Stage

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_STEP_KEYS = {"name", "from"}
_RECIPE_KEYS = {"description", "seed", "shared", "stages"}


@dataclass(frozen=True)
class Step:
    """One entry of a recipe.

    Attributes:
        name: of the step and of its folder.
        use: the stage's name in the entry-point group `crb.stages`.
        settings: as written; the stage's model fills in the rest.
        inputs: the steps whose shards it reads, in this order.
        seed: of all chance in it.
    """

    name: str
    use: str
    settings: Mapping[str, Any]
    inputs: tuple[str, ...]
    seed: int

    @cached_property
    def stage(self) -> Stage[Any]:
        """The stage with its settings; imports its module."""
        return make(self.use, self.settings, self.seed)


@dataclass(frozen=True)
class Recipe:
    """A recipe. `source` is the file it was read from."""

    name: str
    source: str
    seed: int
    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        """A step by its name.

        Raises:
            UsageError: there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise unknown_name("stage", name, [step.name for step in self.steps], todo=f"name a stage of {self.source}")

    def until(self, name: str | None) -> tuple[Step, ...]:
        """A step and those it reads, directly or not, in their order; all steps where no name is given."""
        if name is None:
            return self.steps
        wanted = {self.step(name).name}
        for step in reversed(self.steps):
            if step.name in wanted:
                wanted.update(step.inputs)
        return tuple(step for step in self.steps if step.name in wanted)


def make(use: str, settings: Mapping[str, Any], seed: int) -> Stage[Any]:
    """A stage by its registered name.

    Raises:
        CrbError: there is no such stage, or it cannot be imported.
        pydantic.ValidationError: the settings are none of its own.
    """
    kind: Any = registry.load(registry.STAGES, use)
    if not (isinstance(kind, type) and issubclass(kind, Stage)):
        raise UsageError(
            f"the stage {use!r} is no stage",
            where=f"distribution {registry.distribution(registry.STAGES, use)}",
            todo="point the entry point at a class that derives from Source, Each or Whole",
        )
    return kind(kind.settings_type.model_validate(settings), seed=seed)


def shipped() -> dict[str, str]:
    """The recipes in the package: name -> YAML."""
    folder = files(__package__ or "") / "recipes"
    found = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".yaml")}
    return {name.removesuffix(".yaml"): found[name].read_text(encoding="utf-8") for name in sorted(found)}


def read_recipe(where: str, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe from a file, or a shipped one by its name, and check all of it.

    Args:
        where: path of a YAML file, or a shipped recipe's name.
        overrides: settings as `step.field=value`, the value in YAML; `seed=value` and, of what stages share,
            `field=value` for the recipe's own.

    Raises:
        CrbError: no such recipe, or something in it cannot be; says which step and field.
    """
    path = Path(where)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"the recipe cannot be read: {error}", file=path, todo="check the path") from error
        name = path.stem
    else:
        known = shipped()
        if where not in known:
            raise unknown_name("recipe", where, known, todo="name a shipped recipe, or a file that ends in .yaml")
        text, name = known[where], where
    return parse(text, name=name, source=where, overrides=overrides)


def parse(text: str, *, name: str, source: str, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe from YAML text; see `read_recipe`."""
    try:
        document = parse_yaml(text)
    except YamlError as error:
        raise DataError(
            f"the recipe is not YAML: {error}", file=source, row=error.row, todo="mend the line; indent with spaces"
        ) from error
    entries = document.get("stages") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise DataError(
            "a recipe is a mapping with a list under 'stages'",
            file=source,
            field="stages",
            todo="write stages: and below it one line per stage, e.g. '- languages: {}'",
        )
    if unknown := set(document) - _RECIPE_KEYS:
        raise DataError(
            f"unknown key {min(map(str, unknown))!r}", file=source, todo=f"use one of {', '.join(sorted(_RECIPE_KEYS))}"
        )
    seed = document.get("seed", 0)
    steps: list[Step] = []
    for number, entry in enumerate(entries, start=1):
        steps.append(_step(entry, number, source, steps))
    shared = document.get("shared") or {}
    if not isinstance(shared, dict):
        raise DataError(
            "what stages share is no mapping", file=source, field="shared", todo="write shared: {since: ...}"
        )
    given = _overrides(overrides, [step.name for step in steps], shared)
    own = given.pop("", {})
    seed = own.pop("seed", seed)
    shared = _shared(shared | own, steps, source)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise DataError("the seed must be a whole number", file=source, field="seed", todo="write e.g. seed: 0")
    ready = tuple(
        replace(step, settings={**shared[step.name], **step.settings, **given.get(step.name, {})}, seed=seed)
        for step in steps
    )
    for step in ready:
        _check(step, source)
    return Recipe(name, source, seed, ready)


def _step(entry: Any, number: int, source: str, before: Sequence[Step]) -> Step:
    def fault(what: str, todo: str) -> DataError:
        return DataError(f"stage {number}: {what}", file=source, field="stages", todo=todo)

    if isinstance(entry, str):
        entry = {entry: {}}
    uses = [key for key in entry if key not in _STEP_KEYS] if isinstance(entry, dict) else []
    if len(uses) != 1:
        raise fault(
            f"one stage is expected, found {len(uses)}: {', '.join(map(str, uses)) or entry!r}",
            "write '- NAME: {settings}', and beside it at most name: and from:",
        )
    use, settings = uses[0], entry[uses[0]]
    if settings is not None and not isinstance(settings, dict):
        raise fault(f"the settings of {use!r} are no mapping", f"write '{use}: {{}}' or settings below it")
    name = str(entry.get("name", use))
    if not _NAME.fullmatch(name) or name == "status":
        raise fault(f"{name!r} cannot name a step", "use letters a-z, digits, - and _")
    earlier = [step.name for step in before]
    if name in earlier:
        raise fault(f"{name!r} names two steps", "give one of them another name, with `name:` beside it")
    inputs = entry.get("from", earlier[-1:])
    if not isinstance(inputs, list):
        inputs = [inputs]
    for wanted in inputs:
        if wanted not in earlier:
            raise fault(
                f"it reads {wanted!r}, which is no step above it",
                f"name one above it: {', '.join(earlier) or 'there is none'}",
            )
    return Step(name, str(use), settings or {}, tuple(inputs), 0)


def _shared(shared: Mapping[str, Any], steps: Sequence[Step], source: str) -> dict[str, dict[str, Any]]:
    """By step: those of the shared settings that its stage has."""
    if not shared:
        return {step.name: {} for step in steps}
    found = {}
    for step in steps:
        fields = registry.load(registry.STAGES, step.use).settings_type.model_fields
        found[step.name] = {name: value for name, value in shared.items() if name in fields}
    for name in shared:
        if not any(name in settings for settings in found.values()):
            raise DataError(f"no stage has the shared setting {name!r}", file=source, field="shared", todo="remove it")
    return found


def _overrides(texts: Sequence[str], known: Sequence[str], shared: Collection[str]) -> dict[str, dict[str, Any]]:
    given: dict[str, dict[str, Any]] = {}
    for text in texts:
        target, equals, value = text.partition("=")
        step, dot, field = target.strip().partition(".")
        if not equals or (not dot and step != "seed" and step not in shared):
            also = f"; without a step: {', '.join(['seed', *shared])}" if shared else ""
            raise UsageError(
                f"{text!r} is no setting",
                where="--set",
                todo=f"write --set step.field=value, e.g. --set mine.limit=10{also}",
            )
        if dot and step not in known:
            raise unknown_name("stage", step, known, todo=f"mend --set {text}")
        try:
            parsed = parse_yaml(value)
        except YamlError as error:
            raise UsageError(f"the value is not YAML: {value!r}", where=f"--set {text}", todo="quote it") from error
        given.setdefault(step if dot else "", {})[field if dot else step] = parsed
    return given


def _check(step: Step, source: str) -> None:
    try:
        stage = step.stage
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        known = registry.load(registry.STAGES, step.use).settings_type.model_fields
        todo = (
            f"write a setting that {step.use} knows: {', '.join(known)}"
            if first["type"] == "extra_forbidden"
            else "mend the value"
        )
        what = first["msg"].removeprefix("Value error, ")  # of a validator's own
        raise DataError(f"step {step.name!r}: {what}", file=source, field=field, todo=todo) from error
    except CrbError as error:  # no such stage
        error.where = ", ".join(part for part in (f"file {source}", error.where) if part)
        raise
    try:
        stage.check()
    except CrbError as error:
        if not error.what.startswith("step "):  # two steps may have the same fault, and one was mended
            error.what = f"step {step.name!r}: {error.what}"
        if not error.where.startswith("file "):
            error.where = ", ".join(part for part in (f"file {source}", error.where) if part)
        raise
