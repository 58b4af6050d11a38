"""`crb` measures reward models for code, by criterion and by programming language.

>>> import crb
>>> run = crb.evaluate("crb-tiny", "crb-mini")
>>> run.accuracy(by="criterion")

Importing `crb` imports nothing heavy; torch and pandas come in when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crb.api import evaluate, load_benchmark, score
    from crb.errors import CrbError
    from crb.items import Candidate, Item
    from crb.readings import Reading
    from crb.runs import Run, open_run
    from crb.vocabulary import Criterion, Language, Outcome, Status

_HOMES = {
    "evaluate": "crb.api",
    "load_benchmark": "crb.api",
    "score": "crb.api",
    "CrbError": "crb.errors",
    "Candidate": "crb.items",
    "Item": "crb.items",
    "Reading": "crb.readings",
    "Run": "crb.runs",
    "open_run": "crb.runs",
    "Criterion": "crb.vocabulary",
    "Language": "crb.vocabulary",
    "Outcome": "crb.vocabulary",
    "Status": "crb.vocabulary",
}

__all__ = [
    "Candidate",
    "CrbError",
    "Criterion",
    "Item",
    "Language",
    "Outcome",
    "Reading",
    "Run",
    "Status",
    "evaluate",
    "load_benchmark",
    "open_run",
    "score",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("code-reward-bench")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
