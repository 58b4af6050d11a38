"""Term lists: which terms of which criterion a message holds.

The lists are data (`terms.yaml`, which says how a term is written); a recipe may name a file of its own. A message is
searched once per criterion. What is no part of the message's own words (trailers, addresses, links) is taken out first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from crb.errors import DataError, unknown_name
from crb.files import YamlError, parse_yaml
from crb.vocabulary import Criterion

IGNORE = "ignore"


@dataclass(frozen=True)
class Terms:
    """The terms of some criteria.

    Attributes:
        terms: of each criterion, in the order of `Criterion`.
        ignore: patterns that are taken out of a message first.
    """

    terms: Mapping[Criterion, tuple[str, ...]]
    ignore: tuple[str, ...] = ()

    @cached_property
    def _found(self) -> dict[Criterion, tuple[re.Pattern[str], list[str]]]:
        return {criterion: _pattern(terms) for criterion, terms in self.terms.items()}

    @cached_property
    def _masks(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern.pattern + r"\w*", re.IGNORECASE) for pattern, _ in self._found.values()]

    @cached_property
    def _ignored(self) -> re.Pattern[str]:
        return re.compile("|".join(self.ignore) or r"(?!)", re.MULTILINE | re.IGNORECASE)

    def hits(self, message: str) -> dict[Criterion, tuple[str, ...]]:
        """The terms of each criterion that a message holds, each once, ascending; criteria without any are left out."""
        text = self._ignored.sub(" ", message).lower()
        found = {}
        for criterion, (pattern, terms) in self._found.items():
            mine = {terms[(match.lastindex or 1) - 1] for match in pattern.finditer(text)}
            if mine:
                found[criterion] = tuple(sorted(mine))
        return found

    def masked(self, message: str) -> str:
        """The message without any word that a term begins, and without what is ignored."""
        text = self._ignored.sub(" ", message)
        for mask in self._masks:
            text = mask.sub(" ", text)
        return text


def _pattern(terms: Iterable[str]) -> tuple[re.Pattern[str], list[str]]:
    """One pattern for all terms, longest first; group i is the i-th term of the list."""
    ordered = sorted(map(str.lower, terms), key=lambda term: (-len(term), term))
    parts = []
    for term in ordered:
        words = term.removeprefix("=").split()
        text = r"\w*[\s_-]+".join(re.escape(word) for word in words[:-1])
        text = (text + r"\w*[\s_-]+" if text else "") + re.escape(words[-1])
        parts.append(f"({text})" + (r"(?![a-z0-9])" if term.startswith("=") else ""))
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(parts) + ")"), ordered


@cache
def load_terms(path: str | None = None) -> Terms:
    """Our lists, or those of a file in the same form.

    Raises:
        DataError: the file is missing or faulty.
        UsageError: it names an unknown criterion.
    """
    text = (files(__package__ or "") / "terms.yaml").read_text(encoding="utf-8") if path is None else _read(Path(path))
    where = path or "terms.yaml"
    try:
        document: Any = parse_yaml(text)
    except YamlError as error:
        raise DataError(
            f"the term lists are no YAML: {error}", file=where, row=error.row, todo="mend the line; indent with spaces"
        ) from error
    if not isinstance(document, dict):
        raise DataError("the term lists are no mapping from criteria to terms", file=where, todo="see terms.yaml")
    lists: dict[Criterion, tuple[str, ...]] = {}
    ignore: tuple[str, ...] = ()
    for name, terms in document.items():
        if not isinstance(terms, list) or not all(isinstance(term, str) and term.strip("= ") for term in terms):
            raise DataError("a list of words is needed", file=where, field=str(name), todo="quote what YAML misreads")
        if name == IGNORE:
            ignore = tuple(terms)
            continue
        criterion = Criterion.parse(str(name))
        if criterion is None:
            raise unknown_name("criterion", str(name), [str(known) for known in Criterion], todo=f"mend {where}")
        lists[criterion] = tuple(terms)
    return Terms({criterion: lists[criterion] for criterion in Criterion if criterion in lists}, ignore)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the term lists cannot be read: {error}", file=path, todo="name a UTF-8 file") from error
