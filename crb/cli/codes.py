"""The exit codes of `crb`, in one place; docs/errors.md has the same table. Success is 0."""

from __future__ import annotations

FOUND = 1
"""What was asked for was done, and something was found: by a doctor, or by the checks of an adapter."""
USER_ERROR = 2
"""A request or data that cannot be used, or that failed a check; a run in which nothing could be compared. Typer exits
with the same where it cannot parse."""
INCOMPLETE = 3
"""Results are written while some of a judge's answers are missing: the same command asks for them."""
INTERRUPTED = 130
"""Stopped by Ctrl-C; what was written stays, and the same command goes on."""
