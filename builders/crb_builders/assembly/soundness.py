"""What every pair must be, whatever becomes of it: three texts, and two responses that are not one."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pyarrow as pa

from crb_builders.stage import Outcome, Reject, Row, Sieve


def pair_fault(row: Row) -> Reject | None:
    """Why a row is no pair, or None."""
    for name in ("prompt", "chosen", "rejected"):
        if not row[name] or not row[name].strip():
            return Reject(f"no_{name}")
    return Reject("identical_responses") if row["chosen"] == row["rejected"] else None


def sifted(
    rows: pa.Table, schema: pa.Schema, make: Callable[[Row], Row | Reject], wanted: Collection[str], otherwise: str
) -> Outcome:
    """Rows as `make` makes them; those that it refuses, or whose id is not wanted, are rejected.

    Args:
        rows: a shard.
        schema: of the kept rows.
        make: a row, or why it is refused.
        wanted: the ids that stay.
        otherwise: the reason for which the others go.
    """
    sieve = Sieve(schema, rows.schema)
    sieve.seen = rows.num_rows
    for row in rows.to_pylist():
        made = make(row)
        if isinstance(made, Reject):
            sieve.reject(row, made.reason)
        elif row["id"] not in wanted:
            sieve.reject(row, otherwise)
        else:
            sieve.keep(made)
    return sieve.outcome()
