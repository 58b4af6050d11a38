"""Registries over entry points: the one door through which parts and strangers' packages come in.

Names are read from package metadata alone, so listing them imports nothing. The price: a broken plugin shows only
when it is loaded, and then as a `CrbError` that names the distribution to mend. Two distributions claiming one
name are refused outright: letting install order decide would change results silently.
"""

from __future__ import annotations

import functools
import sys
from collections import defaultdict
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from crb.errors import CrbError, unknown_name
from crb.packages import extra_with

BENCHMARKS = "crb.benchmarks"
ADAPTERS = "crb.adapters"
COMMANDS = "crb.commands"
STAGES = "crb.stages"

_KINDS = {BENCHMARKS: "benchmark", ADAPTERS: "adapter", COMMANDS: "command", STAGES: "stage"}


def names(group: str) -> list[str]:
    """The names registered in an entry-point group, sorted. Imports none of their modules.

    Raises:
        CrbError: two distributions claim the same name.
    """
    return sorted(_group(group))


def load(group: str, name: str) -> Any:
    """The object that `name` stands for in `group`; imports its module.

    Raises:
        UsageError: no such name; near ones are suggested.
        CrbError: a duplicate name, or an entry point that cannot be imported.
    """
    found = _group(group)
    if name not in found:
        raise unknown_name(_KINDS.get(group, group), name, found)
    return _import(found[name], kind=_KINDS.get(group, group))


def distribution(group: str, name: str) -> str:
    """The distribution that registers `name`, as `name version`; for listings and run records."""
    found = _group(group)
    if name not in found:
        raise unknown_name(_KINDS.get(group, group), name, found)
    return _owner(found[name])


def module(group: str, name: str) -> str:
    """The module that `name` comes from, by its dotted name. Imports nothing."""
    found = _group(group)
    if name not in found:
        raise unknown_name(_KINDS.get(group, group), name, found)
    return found[name].module


def _group(group: str) -> dict[str, EntryPoint]:
    claims: defaultdict[str, list[EntryPoint]] = defaultdict(list)
    for entry in _scan(group, tuple(sys.path)):
        claims[entry.name].append(entry)
    for name, rivals in claims.items():
        if len(rivals) > 1:
            owners = sorted(f"{_owner(entry)} ({entry.value})" for entry in rivals)
            raise CrbError(
                f"the {_KINDS.get(group, group)} {name!r} is registered {len(rivals)} times",
                where=f"entry-point group {group}: {' and '.join(owners)}",
                todo="uninstall all but one of these distributions, or rename the entry point in one",
            )
    return {name: rivals[0] for name, rivals in claims.items()}


@functools.cache
def _scan(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    # A scan reads the metadata of every installed distribution, tens of milliseconds; `path` is the cache's key.
    return tuple(entry_points(group=group))


def _owner(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "unknown distribution"


def _name(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "unknown distribution"


def _where(entry: EntryPoint) -> str:
    """Only for errors: a distribution's name and version are parsed from its metadata, a millisecond each time."""
    return f"distribution {_owner(entry)}, module {entry.module}"


def _import(entry: EntryPoint, *, kind: str) -> Any:
    try:
        found: Any = import_module(entry.module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing and (entry.module == missing or entry.module.startswith(f"{missing}.")):
            what, todo = f"it has no module {missing!r}", f"pip install --force-reinstall {_name(entry)}"
        else:
            package = missing.partition(".")[0]
            what, todo = f"the package {package!r} is not installed", _how_to_install(package, entry)
        raise CrbError(f"the {kind} {entry.name!r} cannot be loaded: {what}", where=_where(entry), todo=todo) from error
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise CrbError(
            f"the {kind} {entry.name!r} cannot be loaded: {type(error).__name__}: {error}",
            where=_where(entry),
            todo=f"install versions that fit together: pip install --upgrade {_name(entry)}",
        ) from error
    try:
        for attribute in filter(None, (entry.attr or "").split(".")):
            found = getattr(found, attribute)
    except AttributeError as error:
        raise CrbError(
            f"the {kind} {entry.name!r} cannot be loaded: {error}",
            where=_where(entry),
            todo=f"correct the entry point {entry.value!r} of {_name(entry)}, or pip install --upgrade {_name(entry)}",
        ) from error
    return found


def _how_to_install(package: str, entry: EntryPoint) -> str:
    # Where the distribution offers the package as an extra, the extra also brings the right versions.
    extra = extra_with(package, entry.dist)
    return f"pip install '{entry.dist.name}[{extra}]'" if extra and entry.dist is not None else f"pip install {package}"
