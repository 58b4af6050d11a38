"""Where the tests of training make their models and pairs."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which models and pairs are made once."""
    return tmp_path_factory.mktemp("runs")
