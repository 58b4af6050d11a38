"""The folder of a run: what lies in it, finding and opening it, going on in it, leaving it.

Reading is strict where other people's runs are read: what is no run of this version is refused with its place.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

from crb.errors import DataError, UsageError
from crb.files import read_json, write_json
from crb.runs.config import RunConfig
from crb.runs.journal import holds_entries
from crb.runs.run import CANDIDATES, RESULTS, SCORES, Run

SCHEMA = 1
RUN = "run.json"
JOURNAL = "journal.jsonl"
READINGS = "readings.jsonl"
_NAMED = ("model", "benchmark", "prompts")
_HALF = re.compile("[\ud800-\udfff]")


def holds_run(folder: Path) -> bool:
    """Whether there is a run in a folder; a folder that is not there holds none.

    Raises:
        DataError: the folder may not be looked into.
    """
    try:
        return (folder / RUN).is_file()
    except OSError as error:
        raise DataError(
            f"the folder cannot be read: {error.strerror or error}",
            file=folder,
            todo="check its permissions, or choose another folder with --out",
        ) from error


def open_run(path: str | Path) -> Run:
    """The run in a directory.

    Raises:
        DataError: there is no run.json, or it is not one of ours.
    """
    folder = Path(path)
    if folder.is_file() and folder.name == RUN:
        folder = folder.parent
    if not holds_run(folder):
        inside = sorted(folder.glob(f"**/{RUN}"))[:2] if folder.is_dir() else []
        if len(inside) == 1:
            return open_run(inside[0].parent)
        todo = f"name one run, e.g. {inside[0].parent}" if inside else "give the folder that crb run printed"
        raise DataError("this is not a run directory: there is no run.json in it", file=folder, todo=todo)
    document = read_json(folder / RUN)
    if (
        not isinstance(document, dict)
        or document.get("schema") != SCHEMA
        or not isinstance(document.get("config"), dict)
        or not isinstance(document.get("fingerprint"), str)
        or not isinstance(document.get("sessions"), list)
    ):
        raise DataError(
            "run.json is not one that this version of crb wrote",
            file=folder / RUN,
            field="schema",
            todo="read the run with the version that wrote it, or make it again in another folder",
        )
    _check_texts(document, folder / RUN)
    named = next((key for key in _NAMED if not isinstance(document["config"].get(key), str)), None)
    if named is not None:
        raise DataError(
            f"the configuration in run.json has no {named}",
            file=folder / RUN,
            field=f"config.{named}",
            todo="restore the file, or make the run again in another folder",
        )
    return Run(folder, document)


def _check_texts(document: dict[str, Any], file: Path) -> None:
    """Refuse half of a surrogate pair: JSON can spell it, and no file or terminal can be given it.

    Raises:
        DataError: so, with the place of the text.
    """
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:  # a document may be nested deeper than calls may be
        place, value = waiting.pop()
        if isinstance(value, dict):
            for key, part in value.items():
                inside = f"{place}.{key}" if place else key
                waiting += [(inside, key), (inside, part)]
        elif isinstance(value, list):
            waiting += [(place, part) for part in value]
        elif isinstance(value, str) and not value.isascii() and _HALF.search(value):
            raise DataError(
                "a text holds half of a surrogate pair, which is no character",
                file=file,
                field=_HALF.sub("\N{REPLACEMENT CHARACTER}", place),
                todo="write the text anew, or make the run again in another folder",
            )


def check_configuration(folder: Path, config: RunConfig) -> None:
    """Refuse to continue a directory that holds readings of another configuration, or to overwrite somebody's files."""
    if not holds_run(folder):
        if strange := next((name for name in (SCORES, CANDIDATES, RESULTS) if (folder / name).exists()), None):
            raise UsageError(
                "the folder is no run, and a file of a run's name is in it",
                where=f"file {folder / strange}",
                todo="choose another folder with --out, or move the file away",
            )
        return
    stored = open_run(folder)
    written = (folder / SCORES).is_file() or (folder / CANDIDATES).is_file()
    scored = holds_entries(folder) or written  # a start that failed before that binds nobody
    if stored.fingerprint != config.fingerprint and scored:
        raise UsageError(
            "this folder holds a run of another configuration: " + "; ".join(config.differences(stored.config)),
            where=f"file {folder / RUN}",
            todo="give this run another folder with --out, or repeat the settings of that run to resume it",
        )


def write_run(folder: Path, document: dict[str, Any]) -> Run:
    """Write run.json in one step."""
    write_json(folder / RUN, document)
    return Run(folder, document)


def leave_unbegun(folder: Path, journal: Path, runs: Path) -> None:
    """Take back a start that failed before its first reading, a model that does not load for instance.

    What it would leave is a run without scores, and a doctor's finding about each. A folder of a user's own stays.

    Args:
        journal: the empty journal of this process; a sibling's stays, and so does run.json beside it.
        runs: below it, folders that became empty go too.
    """
    with contextlib.suppress(OSError):  # what made the start fail is the error to tell, not this
        journal.unlink(missing_ok=True)
        if any(folder.glob("journal*.jsonl")):
            return
        (folder / RUN).unlink(missing_ok=True)
        for place in (folder, *folder.parents):
            if runs not in place.parents:
                return
            place.rmdir()  # refused where something is in it
