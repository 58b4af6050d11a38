"""The contract of a stage: one verb, Parquet shards in, Parquet shards out, rejects with reasons beside them.

A stage is a class with a settings model and one of three shapes. `Source` makes rows out of something that is no shard
(repositories, public datasets), or groups the shards' rows anew; `Each` works on one shard at a time; `Whole` must see
all shards before it can decide about one. A stage has no file, no process and no progress of its own: the frame reads,
writes, counts, resumes and spreads the work. What it gets in return: the same rows give the same result, whatever the
shard, the worker or the machine.

Every row has a text column `id`, unique in its shards and stable between runs; chance hangs on it (`Stage.random`). An
example, complete, registered as `short = "my_package.short:Short"` in the entry-point group `crb.stages`:

    class ShortSettings(Settings):
        longest: int = 80  # characters

    class Short(Each[ShortSettings]):
        name, version, needs = "short", 1, ("message",)
        settings_type = ShortSettings
        adds = {"length": pa.int64(), "coin": pa.bool_()}

        def row(self, row):
            length = len(row["message"])
            if length > self.settings.longest:
                return Reject("message_too_long")
            return row | {"length": length, "coin": bool(self.random(row["id"]).random() < 0.5)}

A stage that is faster on columns overrides `shard` instead of `row`. Raise `version` whenever the same input would give
other rows: what was built under the old one is then built again. What needs a device or a server is opened lazily and
kept on the instance: a worker makes one instance per stage.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from crb_builders.arrays import column
from crb_builders.outcome import REASON as REASON
from crb_builders.outcome import Outcome as Outcome
from crb_builders.outcome import Sieve as Sieve
from crb_builders.outcome import rejected as rejected
from crb_builders.outcome import table as table
from crb_builders.outcome import with_columns as with_columns
from crb_builders.store import Shard

ROWS = 5000
"""Rows per shard, about."""

Row = dict[str, Any]


class Settings(BaseModel):
    """A stage's settings in a recipe; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row is dropped, for a reason in snake_case that is the same for all rows dropped alike."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a source's work that one worker does, e.g. a repository.

    Attributes:
        key: names it, uniquely and stably within the stage.
        version: of what lies behind it (a commit id, a hash): another one makes it be read again.
        shards: positions of the input shards that it reads, where the source has an input.
    """

    key: str
    version: str = ""
    shards: tuple[int, ...] = ()


class Stage(ABC, Generic[S]):
    """What all stages have.

    Class attributes:
        name: the verb, as recipes write it.
        version: raised whenever the same input would give other rows.
        settings_type: the model of the settings.
        neutral: settings that cannot change a row (an address, a number of threads): not part of the fingerprint.
        needs: columns that every input shard must have.
        workers: at most so many at once; 1 for a stage that fills the machine by itself.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    settings_type: ClassVar[type[Settings]] = Settings
    neutral: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[tuple[str, ...]] = ()
    workers: ClassVar[int | None] = None

    def __init__(self, settings: S, *, seed: int = 0) -> None:
        self.settings = settings
        self.seed = seed
        self.scratch: Path | None = None  # a folder that outlives kills and other settings, for what was dear to get

    def check(self) -> None:
        """Refuse settings that cannot work (a missing file, package or credential), before any stage begins."""

    def depends(self) -> Mapping[str, str]:
        """What else decides the rows, by name: hashes of files that settings point to, a model's revision."""
        return {}

    def random(self, *key: str) -> np.random.Generator:
        """Chance that hangs on the recipe's seed, the stage and a key (the row's id), and on nothing else."""
        return random_of(self.seed, self.name, *key)

    def publish(self, shards: Sequence[Shard], folder: Path) -> None:
        """Write further files (a card, a model) into a new folder when all shards are there. By default none."""

    def report(self, shards: Sequence[Shard]) -> Mapping[str, Any]:
        """Further figures for the manifest, when all shards are there. By default none."""
        return {}


class Source(Stage[S]):
    """Makes rows, from nothing or from the rows of its input in another grouping."""

    @abstractmethod
    def units(self, shards: Sequence[Shard]) -> list[Unit]:
        """The pieces of work, in the order in which their rows stand in the output. `shards` may be empty."""

    @abstractmethod
    def read(self, unit: Unit, shards: Sequence[Shard], done: int) -> Iterator[Outcome]:
        """The outcomes of a unit from thing `done` on (as `Outcome.seen` counts them), in shards of about `ROWS` rows.

        `shards` are those that the unit names. What comes before `done` is on disk already, in shards that are whole;
        a source skips it as cheaply as it can. Where a shard ends must depend on the unit and on what was seen since
        the shard's beginning alone.
        """


class Each(Stage[S]):
    """Works on one shard at a time; the result of a row depends on the row alone.

    Class attributes:
        adds: columns that kept rows have beyond the input's, or with another type.
        drops: columns that kept rows have no longer.
        reads: where given, `row` gets only these columns (those of them that are there), and what it returns are values
            for `adds`; the other columns pass by untouched, ten times as fast where rows hold whole files.
    """

    reads: ClassVar[tuple[str, ...] | None] = None
    adds: ClassVar[Mapping[str, pa.DataType]] = {}
    drops: ClassVar[tuple[str, ...]] = ()

    def schema(self, columns: pa.Schema) -> pa.Schema:
        """The columns of kept rows, given those of the input."""
        return with_columns(columns, self.adds, drop=self.drops)

    def part_rows(self) -> int | None:
        """Rows worked on at once and lost when killed, where a shard's worth is too dear. By default a whole shard."""
        return None

    def shard(self, rows: pa.Table) -> Outcome:
        """What becomes of a shard's rows: kept and rejected, in their order."""
        if self.reads is not None:
            return self._beside(rows, [name for name in self.reads if name in rows.schema.names])
        sieve = Sieve(self.schema(rows.schema), rows.schema)
        sieve.seen = rows.num_rows
        for row in rows.to_pylist():
            result = self.row(row)
            if isinstance(result, Reject):
                sieve.reject(row, result.reason)
            elif isinstance(result, dict):
                sieve.keep(result)
            else:
                for new in result:
                    sieve.keep(new)
        return sieve.outcome()

    def _beside(self, rows: pa.Table, reads: list[str]) -> Outcome:
        """As `shard`, without turning more than the columns at hand into Python."""
        results = [self.row(row) for row in rows.select(reads).to_pylist()]
        dropped = [result.reason for result in results if isinstance(result, Reject)]
        values = [result for result in results if isinstance(result, dict)]
        if len(values) + len(dropped) != len(results):
            raise TypeError(f"the stage {self.name!r} reads some columns, so a row stays one row")
        kept, rest = rows, None
        if dropped:
            mask = column([isinstance(result, dict) for result in results], pa.bool_())
            kept = rows.filter(mask)
            rest = rejected(
                rows.filter(column([isinstance(result, Reject) for result in results], pa.bool_())), dropped
            )
        schema = self.schema(rows.schema)
        columns = [
            column([value.get(field.name) for value in values], field.type)
            if field.name in self.adds
            else kept.column(field.name)
            for field in schema
        ]
        return Outcome(pa.Table.from_arrays(columns, schema=schema), rest, rows.num_rows)

    def row(self, row: Row) -> Row | list[Row] | Reject:
        """What becomes of a row: itself with new columns, several rows (each with its own `id`), or a rejection."""
        raise NotImplementedError(f"the stage {self.name!r} has neither `shard` nor `row`")


class Whole(Stage[S]):
    """Must see all shards before it decides about one: summarise each, conclude once, then finish each.

    `summarise` and `finish` run in parallel and are resumed by the shard; `conclude` runs once, in one process.
    """

    def way(self) -> str:
        """Names how the decision is come by, where neutral settings change that; another way concludes anew."""
        return ""

    def summarise(self, rows: pa.Table) -> pa.Table | None:
        """What `conclude` must know of a shard (signatures, counts). Kept on disk until the stage is finished."""
        return None

    @abstractmethod
    def conclude(self, summaries: Iterator[pa.Table], folder: Path) -> None:
        """Decide, from the summaries in the shards' order, and write the decision into a new, empty folder.

        Without `summarise` the shards themselves come here, one at a time.
        """

    def load(self, folder: Path) -> Any:
        """Read the decision; once per worker."""
        return folder

    @abstractmethod
    def finish(self, rows: pa.Table, decision: Any, first: int) -> Outcome:
        """What becomes of a shard's rows; the shard's first row is row `first` of all, counted from 0."""


def random_of(seed: int, *key: str) -> np.random.Generator:
    """A generator keyed by the seed and texts; equal keys give equal numbers on every machine."""
    digest = hashlib.blake2b("\0".join((str(seed), *key)).encode(errors="surrogatepass"), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
