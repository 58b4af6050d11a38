"""Where the rows of a public dataset come from: files of a local copy, a folder that `datasets` saved, or the hub.

All columns are read, since each dataset has its own. No code of a dataset is ever run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crb.benchmarks.json_rows import read_json, read_jsonl
from crb.benchmarks.layout import config_files, data_files, declared, is_saved_dataset
from crb.errors import DataError, first_line

_BATCH = 256  # rows; a conversation may be long


def files_of(place: Path, config: str | None, split: str | None) -> list[Path]:
    """The files of a local copy: of the configuration where its README.md declares it, else all.

    Raises:
        DataError: nothing there, or nothing that can be read.
    """
    if not place.exists():
        raise DataError("there is no such file or folder", file=place, todo="check the path")
    if place.is_file():
        return [place]
    known = declared(place)
    files = config_files(place, known[config], split) if config in known else []
    files = files or data_files(place)
    if not files:
        raise DataError("the folder holds no data file", file=place, todo="give .parquet, .json or .jsonl files")
    return files


def saved(place: Path) -> bool:
    """Whether `datasets.save_to_disk` wrote it."""
    return place.is_dir() and is_saved_dataset(place)


def fingerprint(path: Path) -> str:
    """Of a file's content; of a saved folder its own state."""
    if path.is_dir():
        states = sorted(path.rglob("state.json"))
        return hashlib.sha256(b"".join(state.read_bytes() for state in states)).hexdigest()[:24]
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:24]


def rows_of(path: Path, split: str | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a file or saved folder, with all columns.

    Raises:
        DataError: it is damaged, or of a type that is not known.
    """
    if path.is_dir():
        from datasets import load_from_disk

        data: Any = load_from_disk(str(path))
        yield from _rows(data[split] if isinstance(data, dict) and split in data else data)
    elif path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix in {".jsonl", ".ndjson"}:
        yield from (row.values for row in read_jsonl(path))
    elif path.suffix == ".json":
        yield from (row.values for row in read_json(path))
    else:
        raise DataError(f"unsupported file type {path.suffix!r}", file=path, todo="convert it to .parquet or .jsonl")


def hub_rows(hub: str, config: str | None, split: str | None, revision: str | None) -> Iterator[dict[str, Any]]:
    """The rows of a dataset on the hub, or of the copy of it that is cached.

    Raises:
        DataError: it cannot be reached or loaded; says how to get a copy.
    """
    import pyarrow as pa
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        data: Any = load_dataset(hub, config, split=split, revision=revision)
    except (DatasetsError, pa.ArrowException, OSError, ValueError, RuntimeError) as error:
        raise DataError(
            f"the dataset {hub!r} cannot be loaded from the hub: {first_line(error)}",
            file=hub,
            todo=f"where the hub is reachable run `hf download {hub} --repo-type dataset --local-dir DIR`, then give "
            "that copy: path: DIR",
        ) from error
    yield from _rows(data)


def _rows(data: Any) -> Iterator[dict[str, Any]]:
    for part in data.values() if isinstance(data, dict) else [data]:
        for table in part.with_format("arrow").iter(batch_size=_BATCH):
            yield from table.to_pylist()


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"the file cannot be read: {error}", file=path, todo="copy it again") from error
