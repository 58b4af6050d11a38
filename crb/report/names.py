"""How groups are called in front of people."""

from __future__ import annotations

from crb.report.neutral import Label
from crb.statistics.grouping import CRITERION, LANGUAGE
from crb.vocabulary import Criterion, Language

UNNAMED = "(none)"
ALL = Label("all", "all")


def label(column: str, name: str | None, *, short: bool = False) -> Label:
    """The label of a group. `short` names a criterion by its first word, which no two criteria share."""
    if name is None:
        return Label(None, UNNAMED)
    if column == CRITERION and name in list(Criterion):
        title = Criterion(name).title
        return Label(name, title.split()[0] if short else title)
    if column == LANGUAGE and name in list(Language):
        return Label(name, Language(name).title)
    return Label(name, printable(name))


def printable(text: str) -> str:
    """`text` on one line and without control characters: names come from files, and a terminal obeys escapes."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
