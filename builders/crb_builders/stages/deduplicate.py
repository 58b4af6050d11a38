"""Near-duplicates go: MinHash bands for candidates, exact Jaccard similarity for the verdict, clusters for the record.

Each column of texts (old and new contents) is clustered by itself over all rows: two texts are joined when the exact
similarity of their shingle sets reaches the threshold, and a cluster is named by its smallest id. Then rows are walked
in the order of ids: with `match: any` a row stays unless one of its clusters stands in a row that stayed, with
`match: all` unless all of them do, together. So every dropped row has a kept one that it resembles (`duplicate_of`),
and neither the order of rows nor the number of workers matters. A text without words is nobody's duplicate.

Summaries (sets and band keys) are made shard by shard; the conclusion holds about 150 bytes per text in memory, the
rest lies in temporary files (TMPDIR), about as large as the texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
from pydantic import Field, model_validator

from crb.errors import DataError
from crb.packages import require
from crb_builders.dedup.bands import PERMUTATIONS, Bands, Keys, band_keys, bands_for
from crb_builders.dedup.candidates import components
from crb_builders.dedup.clusters import Numbers
from crb_builders.dedup.index import Index, IndexWriter, Setup, read_setup
from crb_builders.dedup.keep import CORPUS, KEPT, walk
from crb_builders.dedup.keys import KeySpill
from crb_builders.dedup.reference import joined, reference_pairs
from crb_builders.dedup.shingles import N, Shingles, shingles
from crb_builders.dedup.spill import Spill
from crb_builders.stage import Outcome, Settings, Whole, rejected
from crb_builders.store import Shard, digest

pc: Any = pyarrow.compute  # its functions are made at run time: checkers do not see them

PRESETS: Mapping[str, Mapping[str, float]] = {
    "wide": {"words": N, "threshold": 0.7},
    "strict": {"words": 20, "threshold": 0.75},
}
"""Shingles of five words at 0.7, as for whole files; of twenty at 0.75, which spares files that share their header."""


class DeduplicateSettings(Settings):
    columns: tuple[str, ...] = Field(default=("old", "new"), min_length=1)
    preset: Literal["wide", "strict"] | None = None  # sets `words` and `threshold`, unless they are given
    words: int = Field(default=N, ge=1)  # in a shingle
    threshold: float = Field(default=0.7, gt=0, le=1)  # of the exact Jaccard similarity
    permutations: int = Field(default=PERMUTATIONS, ge=16, le=4096)
    match: Literal["any", "all"] = "any"
    engine: Literal["bulk", "datasketch"] = "bulk"
    against: tuple[
        str, ...
    ] = ()  # indexes of texts that are deduplicated already: folders, or redis://HOST:PORT/DB/NAME
    index: bool = False  # publish an index of the kept rows, for later builds
    spill: str | None = None  # folder of temporary files

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, values: Any) -> Any:
        if isinstance(values, dict) and (preset := PRESETS.get(values.get("preset") or "")):
            return {**preset, **values}
        return values

    def setup(self) -> Setup:
        cut = bands_for(self.threshold, self.permutations)
        return Setup(self.words, self.permutations, self.threshold, cut.count, cut.rows)


class Deduplicate(Whole[DeduplicateSettings]):
    """See the module."""

    name = "deduplicate"
    version = 1
    settings_type = DeduplicateSettings
    neutral: ClassVar[frozenset[str]] = frozenset({"spill"})

    def check(self) -> None:
        require("rensa", why="by the stage deduplicate", extra="build")
        if self.settings.engine == "datasketch" or self.settings.index or self.settings.against:
            require("datasketch", why="by the stage deduplicate", extra="build")

    def depends(self) -> Mapping[str, str]:
        found = {}
        for place in self.settings.against:
            if place.startswith("redis://"):
                sizes = [len(Index.open(place, column, self.settings.setup())) for column in self.settings.columns]
                found[place] = digest(sizes)
            else:
                read_setup(Path(place))
                files = sorted(Path(place).glob("*.arrow"))
                found[place] = digest([(file.name, _sha256(file)) for file in files])
        return found

    def summarise(self, rows: pa.Table) -> pa.Table:
        columns = {"id": rows.column("id").cast(pa.string())}
        cut = self.settings.setup().cut
        for name in self.settings.columns:
            sets, keys = self._read(rows, name, cut)
            columns[f"{name}.keys"] = _binary(keys)
            columns[f"{name}.set"] = pa.LargeListArray.from_arrays(pa.array(sets.bounds), pa.array(sets.hashes))
        return pa.table(columns)

    def _read(self, rows: pa.Table, name: str, cut: Bands) -> tuple[Shingles, Keys]:
        if name not in rows.schema.names:
            raise DataError(
                f"rows have no column {name!r}; they have: {', '.join(rows.schema.names)}",
                field=name,
                todo="name the columns of texts under deduplicate: columns: [...]",
            )
        texts = shingles([text or "" for text in rows.column(name).to_pylist()], self.settings.words)
        return texts.sets(), band_keys(texts, cut, self.settings.permutations)

    def conclude(self, summaries: Iterator[pa.Table], folder: Path) -> None:
        setup = self.settings.setup()
        spill = Path(self.settings.spill) if self.settings.spill else None
        sides = [(Spill(spill), KeySpill(setup.bands, spill)) for _ in self.settings.columns]
        corpora = [
            [Index.open(place, name, setup) for place in self.settings.against] for name in self.settings.columns
        ]
        known: list[dict[int, list[str]]] = [{} for _ in sides]
        ids: list[pa.ChunkedArray] = []
        count = 0
        for summary in summaries:
            ids += summary.column("id").chunks
            for side, name in enumerate(self.settings.columns):
                sets, keys = _sets(summary.column(f"{name}.set")), _keys(summary.column(f"{name}.keys"), setup.bands)
                sides[side][0].add(sets)
                sides[side][1].add(keys)
                for row in range(len(sets) if corpora[side] else 0):
                    mine = sets.hashes[sets.bounds[row] : sets.bounds[row + 1]]
                    if near := sorted({text for index in corpora[side] for text in index.near(keys[row], mine)}):
                        known[side][count + row] = near
            count += summary.num_rows
        names = pa.chunked_array(ids, type=pa.string())
        order = pc.sort_indices(names).to_numpy().astype(np.int64)
        labels = [self._labels(sets, keys, order, setup) for sets, keys in sides]
        empty = [sets.sizes == 0 for sets, _ in sides]
        verdict = walk(order, labels, empty, known, self.settings.match)
        columns: dict[str, pa.ChunkedArray | pa.Array] = {
            f"{name}_cluster": names.take(pa.array(label))
            for name, label in zip(self.settings.columns, labels, strict=True)
        }
        owners = verdict.owners
        strangers = pa.array([verdict.corpus.get(row) for row in range(count)], type=pa.string())
        columns["duplicate_of"] = pc.if_else(
            pa.array(owners >= 0), names.take(pa.array(np.maximum(owners, 0))), strangers
        )
        columns["dropped"] = pa.array(owners != KEPT)
        columns["in_corpus"] = pa.array(owners == CORPUS)
        decision = pa.table(columns)
        with pa.OSFile(str(folder / "clusters.arrow"), "wb") as sink, pa.ipc.new_file(sink, decision.schema) as writer:
            writer.write_table(decision.combine_chunks())

    def _labels(self, sets: Spill, keys: KeySpill, order: Numbers, setup: Setup) -> Numbers:
        sets.close()

        def similar(ones: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
            return sets.similar(ones, others, setup.threshold)

        if self.settings.engine == "datasketch":
            texts = (sets[text] for text in range(order.size))
            return joined(reference_pairs(texts, setup.cut, similar, setup.permutations), order)
        return components(keys.bands(), order, sets.sizes == 0, similar)

    def load(self, folder: Path) -> pa.Table:
        return pa.ipc.open_file(pa.memory_map(str(folder / "clusters.arrow"))).read_all()

    def finish(self, rows: pa.Table, decision: pa.Table, first: int) -> Outcome:
        mine = decision.slice(first, rows.num_rows)
        for name in self.settings.columns:
            column = f"{name}_cluster"
            if column in rows.schema.names:
                rows = rows.drop_columns([column])
            rows = rows.append_column(column, mine.column(column).combine_chunks())
        dropped = mine.column("dropped").combine_chunks()
        gone = rows.filter(dropped)
        if gone.num_rows:
            gone = gone.append_column("duplicate_of", mine.column("duplicate_of").filter(dropped))
        reasons = pc.if_else(mine.column("in_corpus").filter(dropped), "in_corpus", "near_duplicate").to_pylist()
        return Outcome(rows.filter(pc.invert(dropped)), rejected(gone, reasons), rows.num_rows)

    def report(self, shards: Sequence[Shard]) -> Mapping[str, Any]:
        setup = self.settings.setup()
        return {"bands": setup.bands, "rows": setup.rows, "missed_at_threshold": 1 - setup.cut.finds(setup.threshold)}

    def publish(self, shards: Sequence[Shard], folder: Path) -> None:
        if not self.settings.index:
            return
        setup = self.settings.setup()
        for name in self.settings.columns:
            writer = IndexWriter(folder / "index", name, setup)
            for shard in shards:
                rows = shard.read(["id", name])
                sets, keys = self._read(rows, name, setup.cut)
                writer.add(rows.column("id").cast(pa.string()).combine_chunks(), keys, sets)
            writer.close()


def _binary(keys: Keys) -> pa.Array:
    width = 4 * keys.shape[1]
    return pa.Array.from_buffers(pa.binary(width), len(keys), [None, pa.py_buffer(np.ascontiguousarray(keys))])


def _keys(column: pa.ChunkedArray, count: int) -> Keys:
    entries = column.combine_chunks()
    flat = np.frombuffer(entries.buffers()[1], dtype=np.uint32)
    return flat[entries.offset * count : (entries.offset + len(entries)) * count].reshape(-1, count)


def _sets(column: pa.ChunkedArray) -> Shingles:
    lists = column.combine_chunks()
    bounds = np.asarray(lists.offsets).astype(np.int64)
    return Shingles(np.asarray(lists.flatten()), bounds - bounds[0])


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
