"""A run, as a directory and as an object."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crb.errors import DataError, UsageError, unknown_name
from crb.files import read_json, write_json
from crb.metrics.document import measured_of
from crb.runs.candidates import read_candidates
from crb.runs.config import RunConfig
from crb.runs.journal import holds_entries
from crb.runs.scores import read_scores

if TYPE_CHECKING:
    import pandas as pd

    from crb.items import Item
    from crb.metrics.base import Measured
    from crb.readings import Reading
    from crb.requests import Key

SCHEMA = 1
RUN = "run.json"
JOURNAL = "journal.jsonl"
SCORES = "scores.parquet"
CANDIDATES = "candidates.parquet"
RESULTS = "results.json"
BASELINES = "baselines"
READINGS = "readings.jsonl"
_NAMED = ("model", "benchmark", "prompts")
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Run:
    """One model on one benchmark under one configuration.

    Args:
        path: the run directory.
        document: the content of run.json.
    """

    path: Path
    document: dict[str, Any] = field(repr=False)

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, as stored."""
        stored: dict[str, Any] = self.document["config"]
        return stored

    @property
    def fingerprint(self) -> str:
        """The configuration's fingerprint."""
        return str(self.document["fingerprint"])

    @property
    def title(self) -> str:
        """Model, benchmark and prompt mode in one line."""
        return f"{self.config['model']} on {self.config['benchmark']}, prompts {self.config['prompts']}"

    @property
    def finished(self) -> bool:
        """Whether every candidate of the benchmark has a reading and the results are written."""
        return self.scored and self.document.get("status") == "finished"

    @property
    def incomplete(self) -> bool:
        """Whether scores are written, but some answers never came: the same `crb run` asks for them again."""
        return self.scored and self.document.get("status") == "incomplete"

    @property
    def scored(self) -> bool:
        """Whether scores and results are written."""
        scores = (self.path / SCORES).is_file() or (self.path / CANDIDATES).is_file()
        return scores and (self.path / RESULTS).is_file()

    @property
    def of_pairs(self) -> bool:
        """Whether its items are pairs: all runs but those of benchmarks with more than two candidates per item."""
        return (self.path / SCORES).is_file() or not (self.path / CANDIDATES).is_file()

    @property
    def results(self) -> dict[str, Any]:
        """The content of results.json."""
        return self._results

    @cached_property
    def _results(self) -> dict[str, Any]:
        document = read_json(self.path / RESULTS)
        section = document.get("crb") if isinstance(document, dict) else None
        if not isinstance(section, dict) or not isinstance(section.get("judge"), dict | None):
            raise DataError(
                "results.json is not one that this version of crb wrote",
                file=self.path / RESULTS,
                field="crb",
                todo="repeat the crb run command of this run",
            )
        return cast("dict[str, Any]", document)

    @property
    def judged(self) -> dict[str, Any] | None:
        """What results.json tells of a judge: how it was scored, contradictions, reasons; None for other models."""
        found: dict[str, Any] | None = self.results["crb"].get("judge") if self.config.get("judge") else None
        return found

    @property
    def prediction(self) -> dict[str, Any] | None:
        """What a run on the coreset predicts for the whole benchmark (docs/coreset.md); None of other runs."""
        found: dict[str, Any] | None = self.results["crb"].get("prediction")
        return found

    @cached_property
    def measured(self) -> Measured | None:
        """The figures of the benchmark's own metric; None of a benchmark that has none.

        Raises:
            DataError: results.json holds a metric that cannot be read.
        """
        if not (self.path / CANDIDATES).is_file():
            return None
        try:
            return measured_of(self.results)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"the metric's figures cannot be read: {type(error).__name__}: {error}",
                file=self.path / RESULTS,
                field="crb.metric",
                todo="repeat the crb run command of this run",
            ) from error

    def candidates(self) -> tuple[tuple[Item, ...], dict[Key, Reading]]:
        """The items, without their texts, and the reading of each candidate: of benchmarks with a metric."""
        return read_candidates(self.path / CANDIDATES)

    def pairs(self) -> pd.DataFrame:
        """One row per pair: index `id`, scores, statuses, criterion, language, subset.

        Raises:
            DataError: the run has no scores, or its items are not pairs.
        """
        if not self.of_pairs:
            raise DataError(
                f"the items of {self.config['benchmark']} are not pairs: accuracy by pair is not its figure",
                file=self.path,
                todo=f"see its own figures with crb report {self.path}",
            )
        return read_scores(self.path / SCORES)

    def baselines(self) -> dict[str, pd.DataFrame]:
        """The pairs frames of the baselines without a model on the same pairs, by name."""
        return {file.stem: read_scores(file) for file in sorted((self.path / BASELINES).glob("*.parquet"))}

    def accuracy(self, by: str = "criterion") -> pd.DataFrame:
        """Counts, accuracies (strict, half, valid) and their 95% intervals.

        Args:
            by: `overall`, `criterion`, `language`, `subset`, `cell` or `criterion-language`.

        Raises:
            UsageError: another word; near ones are suggested.
            DataError: the run has no scores yet.
        """
        from crb.statistics import accuracy, cells
        from crb.statistics.grouping import By

        if by not in list(By):
            raise unknown_name("grouping", by, By)
        return accuracy.with_accuracies(cells.roll_up(cells.cells(self.pairs()), by=by))


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
