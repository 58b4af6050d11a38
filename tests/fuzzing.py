"""What every reader of foreign bytes is given: arbitrary ones, damaged ones, and sound ones that hold the wrong thing.

A reader gives a value or a CrbError that names the file and the next step; nothing else, and within seconds.
`CRB_FUZZ=1000` (`make fuzz`) gives each that many cases, drawn anew each time; without it a few fixed ones are tried.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from mutations import HOSTILE, WRONG, mutated

from crb.errors import CrbError

CASES = int(os.environ.get("CRB_FUZZ", "0"))
LONGEST_SECONDS = 10.0
"""Of processor time for one small file: far beyond what any needs, and short of what a hang takes."""
EXTREME = [
    b"",
    b"\x00" * 40,
    b"\xff\xfe[\x00]\x00",
    b"\xef\xbb\xbf[]",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"- " * 20_000,
    b"9" * 5_000,
    b"1e999999",
    b"[NaN, -Infinity]",
    b'"\\ud800"',
    b"2026-99-99: 1",
    b"a: !!python/object/apply:os.system [ls]",
    b"{? [1]: 2}",
    b"&a [*a, *a]",
    b'a,"b\n' * 9,
    b"PAR1PAR1",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff",
]
Read = TypeVar("Read")


def cases(few: int = 30) -> settings:
    """Settings for a test of a reader: `few` cases of the normal suite, the same each time, or as many as asked for."""
    return settings(
        max_examples=CASES or few, derandomize=not CASES, deadline=None, suppress_health_check=list(HealthCheck)
    )


def attempt(read: Callable[[], Read], file: Path, *, named: str = "") -> Read | None:
    """What was read; None where it was refused, as a refusal should be.

    Args:
        named: how the error names the file, where it does not name the whole of it.
    """
    began = time.process_time()
    found: Read | None = None
    refusal: CrbError | None = None
    try:
        found = read()
    except CrbError as error:
        refusal = error
    assert time.process_time() - began < LONGEST_SECONDS
    if refusal is not None:
        assert (named or file.name) in str(refusal), f"does not say which file: {refusal}"
        assert refusal.what, "does not say what is wrong"
        hint = refusal.where.partition("known: ")[2] or refusal.where.partition("did you mean ")[2]
        assert refusal.todo or hint, f"does not say what to do: {refusal}"
    return found


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """Sound bytes, cut, overwritten, spliced with themselves or repeated; or none of the sound ones."""
    kind = draw(st.sampled_from(["cut", "write", "write", "splice", "repeat", "bit", "binary", "extreme"]))
    if kind == "extreme":
        return draw(st.sampled_from(EXTREME))
    if kind == "binary" or not sound:
        return draw(st.binary(max_size=200))
    last = len(sound) - 1
    at, to = sorted((draw(st.integers(0, last)), draw(st.integers(0, last))))
    if kind == "cut":
        return sound[:at] if draw(st.booleans()) else sound[:at] + sound[to:]
    if kind == "splice":
        return sound[:to] + sound[at:]
    if kind == "repeat":
        return sound[:at] + sound[at : at + 40] * draw(st.integers(2, 50)) + sound[at + 40 :]
    changed = bytearray(sound)
    if kind == "bit":
        changed[at] ^= 1 << draw(st.integers(0, 7))
        return bytes(changed)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(changed)))
        changed[at : at + draw(st.integers(0, 9))] = draw(st.binary(max_size=9))
    return bytes(changed)


json_values = st.recursive(
    st.sampled_from(WRONG) | st.sampled_from(HOSTILE) | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def json_files(document: Any) -> st.SearchStrategy[bytes]:
    """A JSON file: damaged, of another document, or with something wrong at any place of this one."""
    sound = json.dumps(document).encode()
    wrong = mutated(document).map(lambda found: found[0])
    return wrong | wrong | damaged(sound) | json_values.map(lambda value: json.dumps(value).encode())


def line_files(rows: Sequence[Any]) -> st.SearchStrategy[bytes]:
    """A JSON Lines file, as `json_files`."""
    sound = [json.dumps(row).encode() + b"\n" for row in rows]

    def wrong(place: int) -> st.SearchStrategy[bytes]:
        changed = mutated(rows[place]).map(lambda found: found[0]) | json_values.map(lambda v: json.dumps(v).encode())
        return changed.map(lambda line: b"".join([*sound[:place], line + b"\n", *sound[place + 1 :]]))

    one = st.integers(0, len(rows) - 1).flatmap(wrong)
    return one | one | damaged(b"".join(sound))


def parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows as a Parquet file."""
    return parquet_bytes(pa.Table.from_pylist(list(rows)))


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file whose pages carry checksums."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, write_page_checksum=True)
    return buffer.getvalue()


@st.composite
def parquet_files(draw: st.DrawFn, table: pa.Table) -> bytes:
    """A Parquet file: damaged, or with a column that is missing, twice there, of another name, type or value."""
    kind = draw(st.sampled_from(["damaged", "drop", "rename", "type", "value", "value", "rows", "twice"]))
    if kind == "damaged":
        return draw(damaged(parquet_bytes(table)))
    place = draw(st.integers(0, table.num_columns - 1))
    name = table.column_names[place]
    if kind == "drop":
        return parquet_bytes(table.drop_columns([name]))
    if kind == "rename":
        names = [*table.column_names]
        names[place] = draw(st.sampled_from(["", "Id", "a\nb", "index", *table.column_names]))
        return parquet_bytes(table.rename_columns(names))
    if kind == "twice":
        return parquet_bytes(table.append_column(name, table.column(name)))
    if kind == "rows":
        places = draw(st.lists(st.integers(0, table.num_rows - 1), max_size=9))
        return parquet_bytes(table.take(pa.array(places, pa.int64())))
    n = table.num_rows
    if kind == "type":
        others = [
            pa.nulls(n),
            pa.array([True] * n),
            pa.array(range(n), pa.int64()),
            pa.array([float("nan")] * n),
            pa.array([b"\xff\xfe"] * n, pa.binary()),
            pa.array([["a", None]] * n),
            pa.array([{"a": 1}] * n),
            pa.array([10**15] * n, pa.timestamp("us")),
            pa.array(["x"] * n).dictionary_encode(),
            pa.array([1] * n, pa.decimal128(38, 2)),
        ]
        return parquet_bytes(table.set_column(place, name, draw(st.sampled_from(others))))
    values = table.column(name).to_pylist()
    row = draw(st.integers(0, n - 1))
    mine = values[(row + 1) % n]
    wrong: list[Any] = [None, mine, *([t for t in HOSTILE if "\ud800" not in t] if isinstance(mine, str) else [])]
    if isinstance(mine, float):
        wrong += [float("nan"), float("inf"), -float("inf"), 1e308, -0.0]
    if isinstance(mine, list):
        wrong += [[], [None], mine[:1], [*mine, *mine]]
    values[row] = draw(st.sampled_from(wrong))
    return parquet_bytes(table.set_column(place, name, pa.array(values, table.schema.field(place).type)))
