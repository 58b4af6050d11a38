"""Rows of JSON Lines and JSON files.

JSON Lines is read line by line from bytes, so that a fault has a line and a byte offset and the lines before it have
been seen; JSON is one value and is read whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crb.benchmarks.rows import Row
from crb.errors import DataError

_BOM = b"\xef\xbb\xbf"
_LIST = "if the file is one list of objects, give it a name that ends in .json"
_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def read_jsonl(path: Path) -> Iterator[Row]:
    """The rows of a JSON Lines file; lines of white space are skipped, but counted.

    Raises:
        DataError: a line that is not UTF-8, not JSON, or not an object.
    """
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            at_end = not line.endswith(b"\n")
            text = ""
            try:
                text = (line.removeprefix(_BOM) if number == 1 else line).decode("utf-8")
                value = json.loads(text) if text.strip() else None
            except UnicodeDecodeError as error:
                skipped = len(_BOM) if number == 1 and line.startswith(_BOM) else 0
                raise _not_utf8(path, number, line, offset, error.start + skipped) from error
            except (ValueError, RecursionError) as error:  # ValueError: bad JSON, or a number of over 4,300 digits
                at_end = at_end or not file.read().strip()
                raise _bad_line(path, number, text, error, at_end=at_end) from error
            if text.strip():
                yield _row(path, number, value)
            offset += len(line)


def read_json(path: Path) -> Iterator[Row]:
    """The rows of a JSON file: a list of objects, or an object whose `data` is such a list.

    Raises:
        DataError: not UTF-8, not JSON, or of another shape.
    """
    content = path.read_bytes()
    start = len(_BOM) if content.startswith(_BOM) else 0
    try:
        text = content[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = start + error.start
        raise _not_utf8(path, content.count(b"\n", 0, at) + 1, content, 0, at) from error
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        cut = " (the file ends there: it was probably cut short)" if error.pos >= len(text.rstrip()) else ""
        raise DataError(
            f"the file is not JSON: {error.msg} at line {error.lineno}, column {error.colno}{cut}",
            file=path,
            todo=_jsonl_hint(path, text) or "write or copy the file again",
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"the file cannot be read as JSON: {error}", file=path, todo="write the file again") from error
    rows = value.get("data") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        held = "an object without a list under 'data'" if isinstance(value, dict) else _kind(value)
        raise DataError(
            f"the file holds {held}, not a list of objects",
            file=path,
            todo=_jsonl_hint(path, text) or 'write it as [{"id": ..., ...}, ...] or {"data": [...]}',
        )
    for number, row in enumerate(rows, start=1):
        yield _row(path, number, row)


def _row(path: Path, number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        raise DataError(
            f"the row is {_kind(value)}, not an object",
            file=path,
            row=number,
            todo=_LIST
            if isinstance(value, list) and number == 1 and path.suffix != ".json"
            else "write every row as an object with the columns as keys",
        )
    return Row(str(path), number, value, value.keys())


def _bad_line(path: Path, number: int, text: str, error: Exception, *, at_end: bool) -> DataError:
    detail = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
    if at_end:
        what = f"the last line is not complete JSON ({detail}): the file was probably cut short"
        todo = "write or copy the file again; to go on without that row, delete the line"
    else:
        what = f"the line is not JSON ({detail})"
        todo = "mend the line, one JSON object to a line"
    if number == 1 and text.lstrip().startswith("["):
        todo = "if the file is one JSON list, name it .json"
    return DataError(what, file=path, row=number, todo=todo)


def _not_utf8(path: Path, row: int, content: bytes, offset: int, at: int) -> DataError:
    utf_16 = offset == 0 and content.startswith(_UTF_16_BOMS)
    source = "UTF-16" if utf_16 else "LATIN1"
    return DataError(
        f"not UTF-8: byte 0x{content[at]:02x} at offset {offset + at} of the file (offset 0 is the first byte)",
        file=path,
        row=row,
        todo=f"convert the file, e.g. iconv -f {source} -t UTF-8 {path.name} > utf8-{path.name}, or write it again",
    )


def _jsonl_hint(path: Path, text: str) -> str:
    first = text.lstrip().partition("\n")[0].strip()
    return f"if it is JSON Lines, name it {path.stem}.jsonl" if first[:1] == "{" and first[-1:] == "}" else ""


def _kind(value: Any) -> str:
    kinds = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), "null")
