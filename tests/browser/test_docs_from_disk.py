"""The site of the documents, opened from disk as a reader of a checkout does: searched, and no wider than a screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import PHONE

ROOT = Path(__file__).resolve().parents[2]
Pages = Callable[..., Any]

pytestmark = pytest.mark.skipif(
    not (find_spec("mkdocs") and find_spec("material") and find_spec("mkdocstrings")),
    reason="mkdocs-material and mkdocstrings are not installed: pip install '.[docs]'",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(ROOT / "mkdocs.yml"), "-d", str(folder)]
    subprocess.run(command, check=True, timeout=240)
    return folder


def test_the_search_answers_without_a_server(watched: Pages, site: Path) -> None:
    page = watched()
    page.goto((site / "index.html").as_uri() + "?q=cluster+bootstrap")
    found = page.locator(".md-search-result__link")
    found.first.wait_for(state="attached", timeout=60_000)
    assert any("concepts.html" in link.get_attribute("href") for link in found.all())


@pytest.mark.parametrize("name", ["index", "concepts", "crb-tiny", "errors", "reference/api", "reference/commands/run"])
def test_no_page_is_wider_than_a_phone(watched: Pages, site: Path, name: str) -> None:
    page = watched(PHONE)
    page.goto((site / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
