"""Every built-in judge passes every check of the kit for judges."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

from crb import registry
from crb.conformance.findings import Finding

OURS = [
    entry.name
    for entry in entry_points(group=registry.ADAPTERS)
    if entry.value.startswith("crb_adapters.") and registry.load(registry.ADAPTERS, entry.name).card.kind == "judge"
]


@pytest.fixture(scope="session", params=sorted(OURS))
def crb_adapter(request: pytest.FixtureRequest) -> str:
    """One adapter after the other."""
    return request.param


def test_the_published_families_are_there() -> None:
    assert len(OURS) >= 5


def test_conformance(crb_judge_check: Callable[[], Finding]) -> None:
    assert crb_judge_check().state == "passed"
