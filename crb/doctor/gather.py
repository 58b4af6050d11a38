"""From files and folders to subjects. A run that cannot be read is a subject too: one in trouble."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from crb.doctor.adopt import no_cells, of_entry, of_run, one_line
from crb.doctor.subject import UNKNOWN, Subject
from crb.errors import DataError, UsageError
from crb.runs.folder import RUN, open_run
from crb.runs.run import SCORES, Run

_MODEL_FOLDER = re.compile(r"[^._].*?__.+")
"""How `crb.results.names.folder_name` names the folder of a model."""


def gather(paths: Iterable[str | Path]) -> list[Subject]:
    """The runs and entries in files and folders, each once, in the order of the paths and of their names.

    Raises:
        UsageError: a path does not exist, or holds neither runs nor entries.
    """
    found: dict[Path, Subject] = {}
    for path in map(Path, paths):
        for place, subject in _within(path):
            found.setdefault(place.resolve(), subject)
    return list(found.values())


def _within(path: Path) -> Iterator[tuple[Path, Subject]]:
    if not path.exists():
        raise UsageError("there is no such file or folder", where=str(path), todo="give a run, an entry or a folder")
    if path.is_file():
        if path.name == RUN:
            yield path.parent, of_run(open_run(path))
        else:
            yield path, _entry(path)
        return
    folders = {file.parent for file in path.rglob(RUN)}
    for folder in sorted(folders):
        yield folder, of_run(_open(folder))
    others = (file for file in sorted(path.rglob("*.json")) if file.parent not in folders)
    entries = [file for file in others if _looks_like_entry(file)]
    for file in entries:
        yield file, _entry(file)
    if not folders and not entries:
        here = "crb import themis" if any(path.rglob(SCORES)) else ""
        todo = (
            f"bring published runs into runs first: {here} {path} --out DIR"
            if here
            else "give a run, as crb run names it"
        )
        raise UsageError("there is no run and no entry in this folder", where=str(path), todo=todo)


def _open(folder: Path) -> Run:
    """The run of a folder; one whose run.json cannot be used is opened all the same and found in trouble."""
    try:
        return open_run(folder)
    except DataError as error:
        return Run(folder, {"config": {}, "fault": error})


def _looks_like_entry(file: Path) -> bool:
    """Whether a file is one, or was one: where entries lie, a file that nobody can read is a damaged entry."""
    from crb.results.documents import LARGEST_ENTRY, check_size
    from crb.results.store import METRIC_SUFFIX, PUBLISHED

    if file.name.endswith(METRIC_SUFFIX):  # its figures are the benchmark's own; the doctor examines pairs
        return False
    try:
        check_size(file, LARGEST_ENTRY)
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError, DataError):  # cut, not UTF-8, absurd nesting, too large
        return _in_model_folder(file) and file.name != PUBLISHED
    return isinstance(document, dict) and {"schema", "model", "benchmark", "cells"} <= set(document)


def _in_model_folder(file: Path) -> bool:
    return _MODEL_FOLDER.fullmatch(file.resolve().parent.name) is not None


def _entry(file: Path) -> Subject:
    from crb.results.documents import read_document, validated
    from crb.results.entry import Entry
    from crb.results.names import model_name

    try:
        return of_entry(validated(Entry, read_document(file), file))
    except DataError as error:
        name = model_name(file.resolve().parent.name) if _in_model_folder(file) else file.stem
        return Subject(name, UNKNOWN, None, UNKNOWN, UNKNOWN, 0, no_cells(), trouble=one_line(error))
