"""Tiny checkpoints of every built-in adapter: adapter name -> a function that writes one into a folder.

Discovered, not listed: every module of this folder named `tiny_*.py` that holds `BUILDERS`, a dict from an adapter's
name to `build(folder: Path) -> Path`, which writes a checkpoint in the hub's layout with float32 weights large enough
for scores to differ. An adapter without a builder fails tests/conformance.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import tiny_encoders
import tiny_models

HERE = Path(__file__).resolve().parent
Builder = Callable[[Path], Path]


def builders() -> dict[str, Builder]:
    """All builders by adapter name."""
    found: dict[str, Builder] = {"sequence-classifier": tiny_models.build, "encoder": tiny_encoders.build}
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    for file in sorted(HERE.glob("tiny_*.py")):
        for name, builder in getattr(import_module(file.stem), "BUILDERS", {}).items():
            assert name not in found, f"{name} has two builders"
            found[name] = builder
    return found
