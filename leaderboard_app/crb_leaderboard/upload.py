"""Unpacking a stranger's zip archive: only the files of a run, only as large as a run's files may be, nowhere else.

Sizes are counted while reading, not believed from the archive's own directory. Nothing is extracted by name: each
wanted file is written by us to a path of ours. What is refused is told with the file and why.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from crb.errors import DataError
from crb.results.documents import shown
from crb.runs.folder import RUN
from crb.runs.run import BASELINES, RESULTS, SCORES

MOST_FILES = 500
LARGEST_FILE = 60_000_000
LARGEST_ALL = 120_000_000
_PIECE = 1 << 20
_TODO = "zip the folder that crb run printed: zip -r run.zip FOLDER"
_WANTED = re.compile(rf"{re.escape(RUN)}|{re.escape(SCORES)}|{re.escape(RESULTS)}|{BASELINES}/[a-z-]{{1,40}}\.parquet")


def unpack_run(archive: Path, folder: Path) -> Path:
    """Write the files of the one run in a zip archive into a folder.

    Args:
        archive: the file, as it was sent.
        folder: empty, and of ours.

    Returns:
        The run's folder.

    Raises:
        DataError: it is no archive, holds no run or several, or something in it that has no place in one.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _members(opened)
            roots = [PurePosixPath(name).parent for name in members if PurePosixPath(name).name == RUN]
            if len(roots) != 1:
                what = f"there are {len(roots)} runs in the archive" if roots else f"there is no {RUN} in the archive"
                raise DataError(what, file=archive.name, todo=_TODO)
            left = LARGEST_ALL
            for name, member in members.items():
                path = PurePosixPath(name)
                if not path.is_relative_to(roots[0]) or not _WANTED.fullmatch(str(path.relative_to(roots[0]))):
                    continue  # a journal, notes: not needed, not read
                target = folder / "run" / path.relative_to(roots[0])
                target.parent.mkdir(parents=True, exist_ok=True)
                left -= _write(opened, member, target, min(left, LARGEST_FILE))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        message = f"the archive cannot be read: {shown(str(error)) or type(error).__name__}"
        raise DataError(message, file=archive.name, todo=_TODO) from error
    return folder / "run"


def _members(opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files by name, after a look at every name."""
    listed = opened.infolist()
    if len(listed) > MOST_FILES:
        raise DataError(
            f"the archive has {len(listed):,} files, more than {MOST_FILES}", file=_name(opened), todo=_TODO
        )
    found: dict[str, zipfile.ZipInfo] = {}
    for row, member in enumerate(listed, start=1):
        name = member.filename
        fault = _fault(member) or ("the name stands twice" if name in found else None)
        if fault:
            raise DataError(fault, file=_name(opened), row=row, field=shown(name), todo=_TODO)
        if not member.is_dir():
            found[name] = member
    return found


def _fault(member: zipfile.ZipInfo) -> str | None:
    name = member.filename
    if len(name) > 300 or not name.isprintable():
        return "the name is too long, or holds characters that are not seen"
    if name.startswith(("/", "~")) or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        return "the name leads out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "the file is a link"
    return "the file is encrypted" if member.flag_bits & 1 else None


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Write a file piece by piece; returns its bytes."""
    size = 0
    with opened.open(member) as source, target.open("wb") as sink:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > most:
                message = f"the file has more than {most:,} bytes when unpacked"
                raise DataError(message, file=_name(opened), field=shown(member.filename), todo=_TODO)
            sink.write(piece)
    return size


def _name(opened: zipfile.ZipFile) -> str:
    return Path(opened.filename or "archive").name
