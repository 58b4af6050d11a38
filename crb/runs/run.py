"""A run as an object: its configuration, figures, pairs and candidates, read from its folder when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crb.errors import DataError, unknown_name
from crb.files import read_json
from crb.metrics.document import measured_of
from crb.runs.candidates import read_candidates
from crb.runs.scores import read_scores

if TYPE_CHECKING:
    import pandas as pd

    from crb.items import Item
    from crb.metrics.base import Measured
    from crb.readings import Reading
    from crb.requests import Key

SCORES = "scores.parquet"
CANDIDATES = "candidates.parquet"
RESULTS = "results.json"
BASELINES = "baselines"


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
