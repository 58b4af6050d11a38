"""What every pair must be, whatever becomes of it: three texts, and two responses that are not one."""

from __future__ import annotations

from crb_builders.stage import Reject, Row


def pair_fault(row: Row) -> Reject | None:
    """Why a row is no pair, or None."""
    for name in ("prompt", "chosen", "rejected"):
        if not row[name] or not row[name].strip():
            return Reject(f"no_{name}")
    return Reject("identical_responses") if row["chosen"] == row["rejected"] else None
