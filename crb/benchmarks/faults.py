"""Faults of rows: found in all rows before the first is told, with how many more there are of its kind.

One fault with its row is what a reader can look at; the number of others tells a slip from a wrong export.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from crb.benchmarks.rows import Row
from crb.errors import DataError

T = TypeVar("T")
MESSAGES = (
    "write it as text: of a conversation, the user's turn is the prompt and the last message's content a response"
)
_NEAR = 0.7  # less, and Rust is taken for Ruby
_SHOWN = 40  # characters of a faulty value that an error shows


class Fault(NamedTuple):
    """What is wrong with a field of a row.

    Attributes:
        kind: faults of one kind in one field are counted together.
        field: the column.
        what: as of `CrbError`.
        todo: as of `CrbError`.
    """

    kind: str
    field: str
    what: str
    todo: str


def sound(rows: Iterable[Row], make: Callable[[Row], T | Fault]) -> list[T]:
    """What `make` makes of the rows, in order.

    Raises:
        DataError: the first fault that `make` finds; else what reading the rows raises.
    """
    made: list[T] = []
    first: tuple[Fault, Row] | None = None
    more = 0
    try:
        for row in rows:
            found = make(row)
            if not isinstance(found, Fault):
                made.append(found)
            elif first is None:
                first = found, row
            else:
                more += found.kind == first[0].kind and found.field == first[0].field
    except DataError:  # a fault of the file itself: it matters only if no earlier row has one
        if first is None:
            raise
    if first is not None:
        fault, row = first
        others = f" ({more:,} more {'row has' if more == 1 else 'rows have'} the same fault)" if more else ""
        raise DataError(f"{fault.what}{others}", file=row.file, row=row.number, field=fault.field, todo=fault.todo)
    return made


def text_fault(column: str, value: Any) -> Fault | None:
    """What is wrong with a value that has to be a text with something in it; None where nothing is."""
    if value is None:
        return Fault("null", column, "the value is null", "fill it in, or leave the row out")
    if not isinstance(value, str):
        what = f"the value is of type {type(value).__name__}, not text: {shown(value)}"
        return Fault("type", column, what, MESSAGES if is_messages(value) else "write it as text")
    if not value.strip():
        what = "the text is blank" if value else "the text is empty"
        return Fault("empty", column, what, "fill it in, or leave the row out")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:  # JSON can spell half a surrogate pair; no tokenizer takes it
        what = f"the text holds half a surrogate pair at character {error.start + 1}"
        return Fault("surrogate", column, what, "write the text again as valid Unicode")
    return None


def is_messages(value: Any) -> bool:
    """Whether a value is a conversation, as data sets for chat models hold them."""
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) and "content" in m for m in value)


def missing(
    column: str,
    columns: Collection[str],
    known: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    optional: str,
    also: Sequence[str] = (),
) -> Fault:
    """A column is not there.

    Args:
        also: others that are not there either.
        columns: those that are there.
        known: those that may be there.
        aliases: words that other data uses for a column.
        optional: those of `known` that may be missing, in words.
    """
    near = [alias for alias in aliases.get(column, ()) if alias in columns]
    others = [name for name in columns if name not in known]
    near += [name for name in difflib.get_close_matches(column, others, n=3) if name not in near]
    if near:
        todo = f"rename the column {' or '.join(repr(name) for name in near)} to {column!r}"
    else:
        todo = f"add it; the columns are {', '.join(known)} ({optional} may be missing)"
    found = ", ".join(map(str, columns)) or "none"
    others_too = f", and so {'is' if len(also) == 1 else 'are'} {', '.join(map(repr, also))}" if also else ""
    return Fault("missing", column, f"the column {column!r} is missing{others_too}; found: {found}", todo)


def unknown(column: str, kind: str, text: str, known: Sequence[str]) -> Fault:
    """A word is none of a vocabulary's; near ones are suggested."""
    lowered = {name.lower(): name for name in known}
    near = [lowered[name] for name in difflib.get_close_matches(text.strip().lower(), lowered, cutoff=_NEAR)]
    hint = f": did you mean {' or '.join(near)}?" if near else ""
    return Fault("unknown", column, f"unknown {kind} {shown(text)}{hint}", f"use one of {', '.join(known)}")


def duplicate(id: str, earlier: Row, field: str = "id") -> Fault:
    """An id that an earlier row has."""
    what = f"duplicate id {shown(id)}: row {earlier.number} of {earlier.file} has it already"
    return Fault("duplicate", field, what, "give every row an id of its own, or leave the copy out")


def shown(value: Any) -> str:
    """A value as an error shows it, cut short."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
