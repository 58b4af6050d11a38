"""Writing files so that nothing already written is lost: whole files appear at once, failures have a name."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crb.errors import CrbError, DataError


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure of the file system under `path` into a `CrbError`."""
    try:
        yield
    except OSError as error:
        raise CrbError(
            f"cannot write: {error.strerror or error}",
            where=f"file {path}",
            todo="free disk space or choose another folder with --out; run the same command again to go on from here",
        ) from error


@contextlib.contextmanager
def locked(folder: Path, taken: str, what: str) -> Iterator[None]:
    """Keep a second process out of a folder, made where it is missing; the system forgets the lock with the process.

    Args:
        taken: what is said where another process has it, whole, so that a search for it finds who says it.
        what: what this one would have done, e.g. `build`.
    """
    path = folder / "lock"
    with writing(path):
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CrbError(
                taken,
                where=f"folder {folder}",
                todo=f"wait for it, or give this {what} another folder with --out",
            ) from error
        yield


def near_paths(path: Path) -> str:
    """What to say of a path with nothing there: the near ones in its folder, or that the folder is missing too."""
    folder = path.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return f"check the path: there is no folder {folder} either"
    except OSError:  # it may not be read: what is in it cannot be told
        return ""
    near = difflib.get_close_matches(path.name, names, n=3)
    return f"did you mean {' or '.join(str(folder / name) for name in near)}?" if near else ""


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file in one step: readers see the old content or the new one, never a part."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o666 & ~_umask())  # mkstemp makes files private; a run is to be shared
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path: Path, document: Any) -> None:
    """Replace a JSON file in one step. NaN and infinity are refused: they are not JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def read_json(path: Path) -> Any:
    """The document in a JSON file.

    Raises:
        DataError: the file is missing, unreadable, not UTF-8 or not JSON.
    """
    try:
        return json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise DataError("the file does not exist", file=path, todo="check the path") from None
    except OSError as error:
        raise DataError(
            f"the file cannot be read: {error.strerror}", file=path, todo="check its permissions"
        ) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, absurd numbers or nesting
        row = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise DataError(
            f"the file is not JSON: {error}", file=path, row=row, todo="restore it or make it again"
        ) from error


class YamlError(Exception):
    """A text that is no YAML: why, and in which row where that is known."""

    def __init__(self, problem: str, row: int | None) -> None:
        super().__init__(problem)
        self.problem, self.row = problem, row


def parse_yaml(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        YamlError: it is none, or says what no value can be: a 99th month, nesting without end.
    """
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark is not None else None
        raise YamlError(str(getattr(error, "problem", None) or error), row) from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        # What the library's constructors of dates, numbers and tags stumble over, and tell as it comes.
        raise YamlError(str(error), None) from error
