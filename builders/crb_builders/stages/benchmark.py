"""benchmark: pairs from thirteen datasets become the benchmark's nineteen subsets, and their counts are checked.

Rows of commits have no subset of their own: it follows from their criterion, and they must lie in the benchmark's
window and in repositories that no training set has. What is published beside the shards is a folder that
`--benchmark pairs:FOLDER` evaluates, and `crb:FOLDER` too once every count is the published one.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from crb.benchmarks.code_reward_bench import published_counts
from crb.benchmarks.counts import Counts
from crb.errors import DataError
from crb.files import write_bytes
from crb.vocabulary import Criterion, Language
from crb_builders.assembly.apart import hashes, repositories
from crb_builders.assembly.dataset import card, count, write_splits
from crb_builders.assembly.soundness import pair_fault, sifted
from crb_builders.assembly.splits import SplitSettings
from crb_builders.assembly.subsets import COMMITS, SUBSETS, commit_subset
from crb_builders.days import Day
from crb_builders.stage import Outcome, Reject, Row, Settings, Whole
from crb_builders.store import Shard

COLUMNS = ("prompt", "chosen", "rejected", "language", "aspect", "subset", "id")
_SCHEMA = pa.schema([(name, pa.string()) for name in (*COLUMNS, "repository", "split")] + [("unix_time", pa.int64())])
_DECISION = "kept.parquet"
Cell = tuple[str, str, str]


class BenchmarkSettings(Settings):
    """Settings.

    Attributes:
        since, until: of commits, from the first to before the second day, in UTC: June 2019 to January 2021.
        apart_from: training sets (Parquet files, folders of such) or lists of repositories, none of which may be here.
        fit: where a cell has more rows than the published one, keep so many, drawn at random.
        counts: `report` writes differences from the published counts into the manifest, `require` fails on any.
        title, text, licence: of the card.
    """

    since: Day = datetime.date(2019, 6, 1)
    until: Day = datetime.date(2021, 2, 1)
    apart_from: tuple[Path, ...] = ()
    fit: bool = False
    counts: Literal["report", "require"] = "report"
    title: str = "Code reward benchmark"
    text: str = "Preference pairs over five criteria and eight languages, built with `crb build`."
    licence: str = "other"


class BenchmarkStage(Whole[BenchmarkSettings]):
    """Assembles a benchmark."""

    name: ClassVar[str] = "benchmark"
    settings_type = BenchmarkSettings
    neutral = frozenset({"apart_from"})
    needs = ("id", "prompt", "chosen", "rejected", "aspect", "language")

    def depends(self) -> Mapping[str, str]:
        return hashes(self.settings.apart_from)

    def summarise(self, rows: pa.Table) -> pa.Table:
        """Id, cell and a number of chance of every row that may be in the benchmark."""
        apart = repositories(self.settings.apart_from)
        rows_made = ((row["id"], self._row(row, apart)) for row in rows.to_pylist())
        found = [(id, made) for id, made in rows_made if not isinstance(made, Reject)]
        return pa.table(
            {
                "id": pa.array([id for id, _ in found], pa.string()),
                "cell": pa.array(["\t".join(_cell(made)) for _, made in found], pa.string()),
                "order": pa.array([float(self.random(id, "fit").random()) for id, _ in found], pa.float64()),
            }
        )

    def conclude(self, summaries: Iterator[pa.Table], folder: Path) -> None:
        """Which ids stay: all, or under `fit` no more of a cell than are published.

        Raises:
            DataError: two rows have one id.
        """
        wanted = published_counts().cell
        cells: dict[Cell, dict[str, float]] = {}
        seen: set[str] = set()
        for table in summaries:
            for row in table.to_pylist():
                if row["id"] in seen:
                    raise DataError(f"the id {row['id']!r} occurs twice", field="id", todo="import every source once")
                seen.add(row["id"])
                criterion, language, subset = row["cell"].split("\t")
                cells.setdefault((criterion, language, subset), {})[row["id"]] = row["order"]
        kept: list[str] = []
        for cell, ids in cells.items():
            ordered = sorted(ids, key=lambda one: (ids[one], one))
            kept += ordered[: wanted.get(cell, 0)] if self.settings.fit else ordered
        pq.write_table(pa.table({"id": pa.array(sorted(kept), pa.string())}), folder / _DECISION)

    def load(self, folder: Path) -> frozenset[str]:
        return frozenset(pq.read_table(folder / _DECISION).column("id").to_pylist())

    def finish(self, rows: pa.Table, decision: Any, first: int) -> Outcome:
        apart = repositories(self.settings.apart_from)
        return sifted(rows, _SCHEMA, lambda row: self._row(row, apart), decision, "cell_is_full")

    def publish(self, shards: Sequence[Shard], folder: Path) -> None:
        files = write_splits(shards, COLUMNS, ["Full"], folder)
        text = card(
            self.settings.title,
            self.settings.text,
            self.settings.licence,
            files,
            count(shards, ("aspect", "language", "subset")),
        )
        write_bytes(folder / "README.md", text.encode())

    def report(self, shards: Sequence[Shard]) -> Mapping[str, Any]:
        """The counts, and where they differ from the published ones.

        Raises:
            DataError: they differ, and must not.
        """
        found = _counts(shards)
        differences = published_counts().differences(found)
        if differences and self.settings.counts == "require":
            shown = [*differences[:12], *(["..."] if len(differences) > 12 else [])]
            raise DataError(
                f"{len(differences)} counts differ from the published benchmark's:\n  " + "\n  ".join(shown),
                field="benchmark.counts",
                todo="add the sources that are missing, set fit: true where there are too many, or counts: report",
            )
        summary = {"total": found.total, "criterion": found.criterion, "language": found.language}
        return {"counts": summary | {"subset": found.subset}, "differences": differences}

    @cached_property
    def _window(self) -> SplitSettings:
        return SplitSettings(since=self.settings.since, until=self.settings.until)

    def _row(self, row: Row, apart: Collection[str]) -> Row | Reject:
        if fault := pair_fault(row):
            return fault
        criterion, language = Criterion.parse(row["aspect"] or ""), Language.parse(row["language"] or "")
        if criterion is None or language is None:
            return Reject("no_criterion" if criterion is None else "other_language")
        subset: str = row.get("subset") or (commit_subset(criterion) if row.get("repository") else "")
        if subset not in SUBSETS:
            return Reject("unknown_subset")
        known = SUBSETS[subset]
        if known.criterion is not criterion:
            return Reject("criterion_of_another_subset")
        if known.dataset == COMMITS:
            if row.get("unix_time") is None or not self._window.has(row["unix_time"]):
                return Reject("outside_the_window")
            if (row.get("repository") or "").lower() in apart:
                return Reject("repository_in_training")
        return {
            "id": row["id"],
            "prompt": row["prompt"],
            "chosen": row["chosen"],
            "rejected": row["rejected"],
            "language": language.value,
            "aspect": criterion.aspect,
            "subset": subset,
            "repository": row.get("repository"),
            "unix_time": row.get("unix_time"),
            "split": "Full",
        }


def _cell(row: Row) -> Cell:
    return SUBSETS[row["subset"]].criterion.value, row["language"], row["subset"]


def _counts(shards: Sequence[Shard]) -> Counts:
    cells: Counter[Cell] = Counter()
    for shard in shards:
        cells.update(_cell(row) for row in shard.read(["subset", "language"]).to_pylist())
    rollups: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for cell, n in cells.items():
        for rollup, name in zip(rollups, cell, strict=True):
            rollup[name] += n
    criterion, language, subset = rollups
    return Counts(
        cells.total(),
        {str(one): criterion[one] for one in Criterion if criterion[one]},
        {str(one): language[one] for one in Language if language[one]},
        dict(sorted(subset.items())),
        dict(sorted(cells.items())),
    )
