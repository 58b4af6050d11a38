"""An index of texts that are deduplicated already, so that new commits need not meet the old ones pair by pair.

Buckets are datasketch's `MinHashLSH`, in memory or in Redis; the sets for the exact comparison lie in a file that is
mapped into memory, or in Redis beside the buckets. The index holds band keys, not signatures: to datasketch a text is a
MinHash of one value per band and a bucket is one value, which gives the same buckets at a fifth of the size.

A folder is what the stage `deduplicate` writes with `index: true`: <column>.arrow per column (id, keys, set) and
index.json. Several machines share one index through Redis (pip install redis):

    from crb_builders.dedup.index import Index
    Index.open("redis://host:6379/0/corpus", "new", setup).fill(Path("builds/may/deduplicate/published/index"))

and a recipe then says `against: ["redis://host:6379/0/corpus"]`. What stands in Redis decides the rows and is known to
the build only by its size: fill first, build afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from crb.errors import DataError, MissingPackageError, UsageError
from crb.files import read_json, write_json
from crb_builders.dedup.bands import Bands, Keys
from crb_builders.dedup.shingles import Hashes, Shingles, jaccard

_BUILD = "build one: `index: true` under deduplicate"
_SHARE = {"id": pa.string(), "keys": pa.binary(), "set": pa.large_list(pa.uint64())}


@dataclass(frozen=True, slots=True)
class Setup:
    """What two builds must have in common to share an index."""

    words: int
    permutations: int
    threshold: float
    bands: int
    rows: int

    @property
    def cut(self) -> Bands:
        return Bands(self.bands, self.rows)


class _Sets(Protocol):
    def put(self, id: str, hashes: Hashes) -> None: ...
    def get(self, id: str) -> Hashes: ...


class Index:
    """Texts by id: which of them does a new text nearly repeat?"""

    def __init__(self, setup: Setup, storage: Mapping[str, Any] | None = None, sets: _Sets | None = None) -> None:
        """An empty index in memory, or one over a storage of datasketch's.

        Raises:
            MissingPackageError: datasketch is missing.
        """
        try:
            from datasketch import LeanMinHash, MinHashLSH
        except ImportError as error:
            raise MissingPackageError("datasketch", why="for an index of deduplicated texts", extra="build") from error
        self.setup = setup
        self._hash = LeanMinHash
        self._lsh = MinHashLSH(
            num_perm=setup.bands, params=(setup.bands, 1), storage_config=dict(storage) if storage else None
        )
        self._sets: _Sets = sets or _Memory()

    @classmethod
    def open(cls, place: str, column: str, setup: Setup) -> Index:
        """The index of a column in a folder, or under redis://HOST:PORT/DB/NAME.

        Raises:
            DataError: no index lies there, or one made with other settings.
            UsageError: the address has no name.
            MissingPackageError: redis is missing.
        """
        if place.startswith("redis://"):
            return _open_redis(place, column, setup)
        folder = Path(place)
        made = read_setup(folder)
        if made != setup:
            raise DataError(
                f"the index was made with {asdict(made)} and this stage has {asdict(setup)}",
                file=folder / "index.json",
                todo="give both stages the same words, permutations and threshold",
            )
        index = cls(setup)
        index.fill(folder, column)
        return index

    def __len__(self) -> int:
        return len(list(self._lsh.keys.keys()))

    def fill(self, folder: Path, column: str = "") -> None:
        """Add what a folder holds of a column (by default of its only one).

        Raises:
            DataError: there is no such file.
        """
        files = sorted(folder.glob(f"{column or '*'}.arrow"))
        if len(files) != 1:
            raise DataError(
                f"the index has {len(files)} files for the column {column!r}", file=folder, todo="name a column it has"
            )
        with pa.memory_map(str(files[0])) as source:
            for batch in _batches(source):
                keys = np.array([np.frombuffer(entry.as_py(), dtype=np.uint32) for entry in batch.column("keys")])
                sets = batch.column("set")
                flat = np.asarray(sets.flatten())
                bounds = np.asarray(sets.offsets).astype(np.int64)
                self.add(batch.column("id").to_pylist(), keys, Shingles(flat, bounds - bounds[0]))

    def add(self, ids: Iterable[str], keys: Keys, sets: Shingles) -> None:
        """Add texts: band keys of shape (T, bands) and T sets. A text without words is left out; a known id stays."""
        bounds = sets.bounds.tolist()
        with self._lsh.insertion_session() as session:
            for text, id in enumerate(ids):
                begin, end = bounds[text], bounds[text + 1]
                if begin < end and id not in self._lsh:
                    session.insert(id, self._signature(keys[text]), check_duplication=False)
                    self._sets.put(id, sets.hashes[begin:end])

    def near(self, keys: Keys, hashes: Hashes) -> list[str]:
        """Ids of texts that reach the threshold, ascending.

        Args:
            keys: of the new text, shape (bands,).
            hashes: its set.
        """
        if not hashes.size:
            return []
        found: list[str] = sorted(map(str, self._lsh.query(self._signature(keys))))
        return [id for id in found if jaccard(hashes, self._sets.get(id)) >= self.setup.threshold]

    def _signature(self, keys: Keys) -> Any:
        return self._hash(seed=1, hashvalues=np.ascontiguousarray(keys), scheme="affine32")


class _Memory:
    def __init__(self) -> None:
        self._sets: dict[str, Hashes] = {}

    def put(self, id: str, hashes: Hashes) -> None:
        self._sets[id] = hashes

    def get(self, id: str) -> Hashes:
        return self._sets[id]


class _Redis:
    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, id: str, hashes: Hashes) -> None:
        self._client.hset(self._name, id, hashes.astype("<u8").tobytes())

    def get(self, id: str) -> Hashes:
        return np.frombuffer(self._client.hget(self._name, id), dtype="<u8")


def _open_redis(place: str, column: str, setup: Setup) -> Index:
    parts = urlsplit(place)
    database, _, name = parts.path.lstrip("/").partition("/")
    if not database.isdecimal() or not name:
        raise UsageError(f"{place!r} names no index", where="against", todo="write redis://HOST:PORT/DATABASE/NAME")
    try:
        redis: Any = import_module("redis")
    except ImportError as error:
        raise MissingPackageError("redis", why="for an index in Redis") from error
    where = {"host": parts.hostname or "localhost", "port": parts.port or 6379, "db": int(database)}
    if parts.password:
        where["password"] = parts.password
    storage = {"type": "redis", "basename": f"{name}:{column}".encode(), "redis": where}
    return Index(setup, storage, _Redis(redis.Redis(**where), f"{name}:{column}:sets"))


class IndexWriter:
    """Writes a folder that `Index.open` reads, batch by batch."""

    def __init__(self, folder: Path, column: str, setup: Setup) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "index.json", asdict(setup))
        self._schema = pa.schema(list(_SHARE.items()))
        self._sink = pa.OSFile(str(folder / f"{column}.arrow"), "wb")
        self._writer = pa.ipc.new_file(self._sink, self._schema)

    def add(self, ids: pa.Array, keys: Keys, sets: Shingles) -> None:
        bytes_of = pa.array([entry.tobytes() for entry in keys], type=pa.binary())
        lists = pa.LargeListArray.from_arrays(pa.array(sets.bounds), pa.array(sets.hashes))
        self._writer.write_batch(pa.record_batch([ids, bytes_of, lists], schema=self._schema))

    def close(self) -> None:
        self._writer.close()
        self._sink.close()


def read_setup(folder: Path) -> Setup:
    """The settings an index was made with.

    Raises:
        DataError: there is no index.
    """
    path = folder / "index.json"
    if not path.is_file():
        raise DataError("no index lies here", file=path, todo=_BUILD)
    try:
        return Setup(**read_json(path))
    except TypeError as error:
        raise DataError(f"this is not an index of deduplicate: {error}", file=path, todo=_BUILD) from error


def _batches(source: Any) -> Iterable[Any]:
    reader = pa.ipc.open_file(source)
    return (reader.get_batch(number) for number in range(reader.num_record_batches))
