"""From a place to rows: a file, a folder of files, a folder saved by `datasets`, or a data set on the hub.

Rows come as an iterator, so a fault in row 3 is met before the rest is read, and every fault in the data of a local
place is a `DataError`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crb.benchmarks import layout
from crb.benchmarks.arrow_rows import read_parquet, read_saved
from crb.benchmarks.hub import is_hub_id, read_hub
from crb.benchmarks.json_rows import read_json, read_jsonl
from crb.benchmarks.rows import COLUMNS, Row
from crb.errors import DataError
from crb.files import near_paths

_READERS: dict[str, Callable[[Path, Sequence[str]], Iterator[Row]]] = {
    ".parquet": read_parquet,
    ".json": lambda path, _: read_json(path),  # a row of JSON comes whole
    ".jsonl": lambda path, _: read_jsonl(path),
    ".ndjson": lambda path, _: read_jsonl(path),
}
_TABLES = {".csv": ",", ".tsv": "\t"}
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class Source:
    """An opened place.

    Attributes:
        label: for people: a path, or a hub id with its revision.
        name: a short name, fit for a folder name.
        rows: the rows, read as they are asked for.
        path: what to give on a command line to read the same rows again as plain pairs.
    """

    label: str
    name: str
    rows: Iterator[Row]
    path: str


def open_source(
    place: Path,
    *,
    spec: str,
    pick: Callable[[Path], list[Path]] = layout.data_files,
    config: str | None = None,
    split: str | None = None,
    columns: Sequence[str] = COLUMNS,
) -> Source:
    """Opens a local path or, where there is none, a hub id given as `Path("org/name")`.

    Args:
        place: the path or hub id.
        spec: the registered format that asks; only for the next step in errors.
        pick: which files of a folder to read, in order.
        config: the configuration on the hub.
        split: the split of a hub data set or saved folder, where it has splits of several names.
        columns: what is read of each row.

    Raises:
        DataError: nothing there, an empty folder, or a hub data set that cannot be loaded.
    """
    if exists(place):
        if place.is_dir():
            return _open_folder(place, pick, split, columns)
        return Source(str(place), place.stem, read_file(place, columns), str(place))
    hub_id = place.as_posix()
    if is_hub_id(hub_id) and not looks_like_file(hub_id):
        note = " (nor is there a file or folder of that name here)"
        label, rows = read_hub(hub_id, config=config, split=split, spec=spec, note=note, columns=columns)
        return Source(label, hub_id.partition("@")[0].rpartition("/")[2], rows, hub_id)
    raise missing_path(place)


def read_file(path: Path, columns: Sequence[str] = COLUMNS) -> Iterator[Row]:
    """The rows of one Parquet, JSON or JSON Lines file, with at least those of `columns` that it has.

    Raises:
        DataError: an unsupported type, an empty or unreadable file, or a fault in it.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"unsupported file type {path.suffix!r}", file=path, todo=_converted(path))
    found = False
    try:
        with path.open("rb") as file:
            head = file.read(len(_LFS_POINTER))
        if head == _LFS_POINTER:
            raise DataError(
                "the file is a Git LFS pointer, not the data", file=path, todo="run `git lfs pull` in that folder"
            )
        for row in reader(path, columns) if head else ():
            found = True
            yield row
    except OSError as error:
        raise DataError(
            f"the file cannot be read: {error.strerror or error}", file=path, todo="check the path and its permissions"
        ) from error
    if not found:
        what = "the file holds no rows" if head else "the file is empty"
        raise DataError(what, file=path, todo="write or copy the file again")


def _converted(path: Path) -> str:
    """How a file of another type becomes one that is read."""
    kind = path.suffix.lower()
    if kind in _TABLES:
        place, made, separator = (json.dumps(str(word)) for word in (path, path.with_suffix(".parquet"), _TABLES[kind]))
        read = f"pandas.read_csv({place}, sep={separator}, dtype=str, keep_default_na=False)"
        return f"convert it: python -c {shlex.quote(f'import pandas; {read}.to_parquet({made})')}"
    if kind == ".gz":
        return f"unpack it: gunzip -k {shlex.quote(str(path))}"
    return f"convert it to one of {', '.join(_READERS)}"


def exists(path: Path) -> bool:
    """Whether there is something at the path; a path that cannot exist (too long, not allowed) does not."""
    try:
        return path.exists()
    except OSError:
        return False


def looks_like_file(text: str) -> bool:
    """Whether a text with nothing at that path was more likely meant as a path than as a name or hub id."""
    place = Path(text)
    return (
        text.startswith((".", "/", "~"))
        or place.suffix.lower() in _READERS
        or (len(place.parts) > 1 and (not is_hub_id(text) or place.parent.is_dir()))
    )


def missing_path(path: Path) -> DataError:
    """The error for a path with nothing there; names the near ones in the same folder."""
    return DataError("there is no such file or folder", file=path, todo=near_paths(path) or "check the path")


def _open_folder(folder: Path, pick: Callable[[Path], list[Path]], split: str | None, columns: Sequence[str]) -> Source:
    name = folder.resolve().name
    if layout.is_saved_dataset(folder):
        return Source(str(folder), name, read_saved(folder, split, columns), str(folder))
    files = pick(folder)
    if not files:
        raise DataError(
            "the folder is empty" if not _listing(folder) else "the folder holds no data file",
            file=folder,
            todo=f"give a folder with {', '.join(_READERS)} files, or one written by datasets.save_to_disk",
        )
    parents = {path.parent for path in files}
    path = files[0] if len(files) == 1 else parents.pop() if len(parents) == 1 else folder
    return Source(str(folder), name, (row for file in files for row in read_file(file, columns)), str(path))


def _listing(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:  # not ours to read: then there is nothing to suggest
        return []
