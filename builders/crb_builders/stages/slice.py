"""slice: fresh pairs become a dated benchmark, with a statement on contamination and checks beside it.

    OUT/slice/extra/fresh-FIRST-to-LAST/  the benchmark: `crb run MODEL --benchmark` takes this folder, and its name
    OUT/slice/extra/statement.json, statement.md    window, histories, how much is older, what is not known
    OUT/slice/extra/checks.json                     every check with its figures

The pairs stand in an order of chance, so that `--limit` takes a sample; the subset of a pair is its repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from crb.benchmarks import load_benchmark
from crb.errors import DataError
from crb.files import write_bytes, write_json
from crb.vocabulary import Criterion, Language
from crb_builders.assembly.dataset import card, count
from crb_builders.assembly.soundness import pair_fault, sifted
from crb_builders.freshness import window
from crb_builders.freshness.checks import Check, checks
from crb_builders.freshness.statement import markdown, slice_name, statement
from crb_builders.stage import Outcome, Reject, Row, Whole, with_columns
from crb_builders.store import Shard, TableWriter, tables

_COLUMNS = ("id", "prompt", "chosen", "rejected", "language", "aspect", "subset", "license", "unix_time")
_DECISION = "kept.parquet"
_ABOUT = "Preference pairs from commits of a window, built with `crb build fresh`; see statement.md beside the folder."


class SliceSettings(window.WindowSettings):
    """Settings of `slice`.

    Attributes:
        checks: `report` writes what the checks found, `require` fails where one has failed.
        licence: of the card.
    """

    checks: Literal["report", "require"] = "report"
    licence: str = "other"


class Slice(Whole[SliceSettings]):
    """Assembles a dated benchmark."""

    name: ClassVar[str] = "slice"
    settings_type = SliceSettings
    neutral = frozenset({"repositories"})  # heads count: `depends`
    needs = (
        *("id", "prompt", "chosen", "rejected", "aspect", "language", "repository", "unix_time"),
        *("author_time", "lines_old", "old_seen", "new_seen", "added_seen"),
    )

    _found: list[Check] | None = None  # of the rows that were published last: they are parsed once

    def check(self) -> None:
        window.check(self.settings)

    def depends(self) -> Mapping[str, str]:
        return {f"repository {name}": place.head for name, place in self._places.items()}

    def summarise(self, rows: pa.Table) -> pa.Table:
        """Ids and prompts of the rows that may stay."""
        made = [one for row in rows.to_pylist() if not isinstance(one := self._row(row), Reject)]
        return pa.table({name: pa.array([one[name] for one in made], pa.string()) for name in ("id", "prompt")})

    def conclude(self, summaries: Iterator[pa.Table], folder: Path) -> None:
        """Of the rows with one prompt, the one with the smallest id stays.

        Raises:
            DataError: two rows have one id, or nothing is left of the window.
        """
        owners: dict[str, str] = {}
        ids: set[str] = set()
        for row in (row for table in summaries for row in table.to_pylist()):
            if row["id"] in ids:
                raise DataError(f"the id {row['id']!r} occurs twice", field="id", todo="name every repository once")
            ids.add(row["id"])
            id, prompt = str(row["id"]), str(row["prompt"])
            owners[prompt] = min(id, owners[prompt]) if prompt in owners else id
        if not owners:
            raise DataError(
                f"no pair is left of the window {window.spelled(self.settings)}",
                field="slice",
                todo="see with `crb build status DIR` what was dropped where; then name more repositories, or an "
                "earlier day with --set since=DAY",
            )
        pq.write_table(pa.table({"id": pa.array(sorted(owners.values()), pa.string())}), folder / _DECISION)

    def load(self, folder: Path) -> frozenset[str]:
        return frozenset(pq.read_table(folder / _DECISION).column("id").to_pylist())

    def finish(self, rows: pa.Table, decision: Any, first: int) -> Outcome:
        adds = {"subset": pa.string(), "license": pa.string()}
        return sifted(rows, with_columns(rows.schema, adds), self._row, decision, "prompt_twice")

    def publish(self, shards: Sequence[Shard], folder: Path) -> None:
        """Write the benchmark, the statement and the checks."""
        rows = self._rows(shards)
        name = slice_name(self.settings, self._places)
        place = folder / name
        writer = TableWriter(place / "data" / "fresh.parquet")
        schema = pa.schema([(column, pa.int64() if column == "unix_time" else pa.string()) for column in _COLUMNS])
        writer.write(pa.Table.from_pylist([{column: row[column] for column in _COLUMNS} for row in rows], schema))
        writer.close()
        counts = count(shards, ("aspect", "language", "subset"))
        files = {"fresh": ["data/fresh.parquet"]}
        text = card(name, _ABOUT, self.settings.licence, files, counts)
        write_bytes(place / "README.md", text.encode())
        document = statement(name, load_benchmark(place).content_hash, rows, self.settings, self._places)
        found = self._found = checks(rows, self.settings)
        write_json(folder / "statement.json", document)
        write_json(folder / "checks.json", [check.document() for check in found])
        write_bytes(folder / "statement.md", markdown(document, found).encode())

    def report(self, shards: Sequence[Shard]) -> Mapping[str, Any]:
        """The name and what the checks found.

        Raises:
            DataError: a check has failed, and must not.
        """
        found = self._found or checks(self._rows(shards), self.settings)
        failed = [check for check in found if check.verdict == "failed"]
        if failed and self.settings.checks == "require":
            raise DataError(
                f"{len(failed)} checks of the slice failed:\n  " + "\n  ".join(_told(check) for check in failed),
                field="slice.checks",
                todo="put the stages of the recipe `fresh` before it with their limits, or set checks: report",
            )
        return {
            "benchmark": slice_name(self.settings, self._places),
            "checks": [check.document() for check in found],
            "attention": [_told(check) for check in found if check.verdict != "passed"],
        }

    @cached_property
    def _places(self) -> Mapping[str, window.Place]:
        return window.places(self.settings)

    def _rows(self, shards: Sequence[Shard]) -> list[Row]:
        rows = [row for table in tables(shards) for row in table.to_pylist()]
        return sorted(rows, key=lambda row: (float(self.random(row["id"], "order").random()), row["id"]))

    def _row(self, row: Row) -> Row | Reject:
        if fault := pair_fault(row):
            return fault
        if row["chosen"].split() == row["rejected"].split():
            return Reject("blanks_alone")
        criterion, language = Criterion.parse(row["aspect"] or ""), Language.parse(row["language"] or "")
        if criterion is None or language is None:
            return Reject("no_criterion" if criterion is None else "other_language")
        if not self.settings.has(row["unix_time"]):
            return Reject("outside_the_window")
        known = {"language": language.value, "aspect": criterion.aspect, "subset": row["repository"]}
        return row | {"license": row.get("license")} | known


def _told(check: Check) -> str:
    return f"{check.name}: {check.verdict}: {check.text}"
