"""Wordings of a user's own, one JSON file each in a folder of the user's data: prompt sets, and judges' templates.

The folder lies in the user's data folder (`crb.paths`). A file carries the fingerprint of its wording and is checked
against it on every load: a wording that was edited in place would otherwise put a run under a name that means something
else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crb.errors import CrbError, DataError, UsageError, unknown_name
from crb.files import read_json, write_json
from crb.paths import data_folder
from crb.prompts.wording import Entry

_FORMAT = 1
_NAME = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an imported wording came from.

    Args:
        file: the file's name; not its path, which says more about a machine than about prompts.
        sha256: 16 hexadecimal digits over the file's bytes.
        variable: of Python source, the variable that was read.
    """

    file: str
    sha256: str
    variable: str | None = None

    @classmethod
    def of(cls, path: Path, content: bytes, variable: str | None = None) -> Source:
        """The source that a file with this content is."""
        shown = path.name.encode("utf-8", "backslashreplace").decode("utf-8")  # a file name may be no Unicode text
        return cls(shown, hashlib.sha256(content).hexdigest()[:16], variable)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file's content, its wording unchecked."""

    path: Path
    fingerprint: str
    source: Source
    entries: list[Entry]
    again: str  # the options with which it is imported anew

    def edited(self, how: str, field: str | None) -> DataError:
        """The error for a wording that is not the one that was imported."""
        what = f"the wording was edited after the import: {how}"
        return DataError(
            what, file=self.path, field=field, todo=f"import it again: crb prompts import FILE {self.again}"
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of wording.

    Args:
        kind: what it is called, e.g. `prompt set`.
        name: of its folder, and of the texts in its files.
        reserved: names that mean something already, with what they are.
        option: of `crb prompts import`, what makes it import this kind.
    """

    kind: str
    name: str
    reserved: Mapping[str, str]
    option: str = ""

    def folder(self) -> Path:
        """Where the files are; it need not exist.

        Raises:
            UsageError: there is no home folder.
        """
        return data_folder() / self.name

    def names(self) -> list[str]:
        """All names, sorted, whether or not the files are sound."""
        try:
            found = [path.stem for path in self.folder().iterdir() if path.suffix == ".json"]
        except (FileNotFoundError, NotADirectoryError):  # no folder, nothing in it
            return []
        except OSError as error:
            todo = "check its permissions, or set CRB_HOME to another folder"
            what = f"the folder cannot be read: {error.strerror or error}"
            raise DataError(what, file=self.folder(), todo=todo) from error
        return sorted(name for name in found if _NAME.fullmatch(name) and name not in self.reserved)

    def check_name(self, name: str) -> None:
        """Refuse a name that cannot be had.

        Raises:
            UsageError: other characters than a-z, 0-9, _ and -, or a name that means something already.
        """
        where = f"--name {name!r}"
        if name in self.reserved:
            raise UsageError(f"{name!r} is {self.reserved[name]}", where=where, todo="choose another name")
        if not _NAME.fullmatch(name):
            better = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:64]
            better = better if better and better not in self.reserved else "themis"
            what = f"a {self.kind}'s name has 1 to 64 of the characters a-z, 0-9, _ and -"
            raise UsageError(what, where=where, todo=f"for example --name {better}")

    def write(self, name: str, fingerprint: str, source: Source, texts: Mapping[str, str]) -> Path:
        """Write a file in one step, over an older one.

        Raises:
            CrbError: the folder cannot be written to.
        """
        path = self.folder() / f"{name}.json"
        origin = {"file": source.file, "sha256": source.sha256, "variable": source.variable}
        head = {"format": _FORMAT, "name": name, "fingerprint": fingerprint, "source": origin}
        try:
            write_json(path, head | {self.name: dict(texts)})
        except CrbError as error:  # its advice is about --out
            todo = "free disk space, or set CRB_HOME to a folder that can be written to"
            raise CrbError(error.what, where=error.where, todo=todo) from error
        return path

    def read(self, name: str, *, besides: tuple[str, ...] = ()) -> Stored:
        """The file of that name.

        Args:
            name: of the wording.
            besides: names that are known without a file, for suggestions.

        Raises:
            UsageError: no such name; near ones are suggested.
            DataError: the file is damaged, or another one's.
        """
        known = self.names()
        if name not in known:
            how = f"crb prompts import FILE --name NAME{self.option}"
            todo = f"list the sets with `crb prompts list`; add one with `{how}`"
            raise unknown_name(self.kind, name, [*besides, *known], todo=todo)
        path = self.folder() / f"{name}.json"
        again = f"--name {name}{self.option} --replace"
        todo = f"import it again: crb prompts import FILE {again}"
        try:
            document = read_json(path)
            stored_name, fingerprint, source = _head(document)
            entries = [Entry(key, value) for key, value in document[self.name].items()]
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise DataError(f"the file is not a stored {self.kind}: {error}", file=path, todo=todo) from error
        if stored_name != name:
            what = f"the file holds the set {stored_name!r}"
            raise DataError(what, file=path, field="name", todo=f"rename it, or {todo}")
        return Stored(path, fingerprint, source, entries, again)

    def check_fingerprint(self, stored: Stored, found: str) -> None:
        """Refuse a wording that is not the one that was imported.

        Raises:
            DataError: it has another fingerprint.
        """
        if found != stored.fingerprint:
            raise stored.edited(f"its fingerprint is {found}, not {stored.fingerprint}", "fingerprint")

    def refuse_another(self, name: str, present: str, new: str, path: Path) -> None:
        """Refuse to put another wording in the place of one, given their fingerprints and the file of the new one.

        Raises:
            UsageError: the fingerprints differ.
        """
        if present != new:
            raise UsageError(
                f"the {self.kind} {name!r} exists with another wording",
                where=f"fingerprint {present} in {self.folder() / f'{name}.json'}, {new} in {path}",
                todo="choose another --name, or put the new wording in its place with --replace",
            )


def fingerprint(wording: Any) -> str:
    """16 hexadecimal digits of SHA-256 over the canonical JSON of a wording."""
    text = json.dumps(wording, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _head(document: Any) -> tuple[str, str, Source]:
    if document["format"] != _FORMAT:
        raise TypeError(f"format {document['format']!r}, not {_FORMAT}")
    source = document["source"]
    head = (document["name"], document["fingerprint"], source["file"], source["sha256"], source["variable"] or "")
    if not all(isinstance(text, str) for text in head):
        raise TypeError("name, fingerprint and source must be texts")
    return document["name"], document["fingerprint"], Source(source["file"], source["sha256"], source["variable"])
