"""The site of the documents: it is built without a warning, every page is in its navigation, and no link in it is dead.

It is built once, into a folder of the test's own, by the command that `make docs` gives.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from house import ROOT, run_python

pytestmark = pytest.mark.skipif(
    not (find_spec("mkdocs") and find_spec("material") and find_spec("mkdocstrings")),
    reason="mkdocs-material and mkdocstrings are not installed: pip install '.[docs]'",
)
CONFIG = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
NAMES = re.compile(r"(?m)^::: (\S+)$")


class Page(HTMLParser):
    """What a built page links to, what it loads, and the anchors that it has."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of one element."""
        told = {name: value or "" for name, value in attrs}
        self.anchors |= {told[name] for name in ("id", "name") if name in told}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        elif "src" in told or (tag == "link" and "href" in told and told.get("rel") != "canonical"):
            self.loads.append(told.get("src") or told["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning is a failure."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = run_python("-m", "mkdocs", "build", "--strict", "--config-file", str(ROOT / "mkdocs.yml"), "-d", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page of the site by its file; the page of what is not found stands nowhere and everywhere."""
    return {file: Page(file) for file in sorted(site.rglob("*.html")) if file.name != "404.html"}


def entries(nav: object) -> Iterator[str]:
    """The pages that a part of the navigation names."""
    if isinstance(nav, str):
        yield nav
    for part in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from entries(part)


def test_every_document_is_in_the_navigation() -> None:
    named = list(entries(yaml.safe_load(CONFIG)["nav"]))
    written = {file.relative_to(ROOT / "docs").as_posix() for file in (ROOT / "docs").rglob("*.md")}
    missing = sorted(written - set(named))
    assert not missing, f"add a line for each to `nav` in mkdocs.yml, where a reader would look for it: {missing}"
    assert len(named) == len(set(named)), "a page stands twice"


def test_no_link_inside_the_site_is_dead(pages: dict[Path, Page], site: Path) -> None:
    dead = []
    for file, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = Path(os.path.normpath(file.parent / unquote(parts.path))) if parts.path else file
            known = pages[target].anchors if target in pages else set()
            if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in known | {"__top"}):
                dead.append(f"{file.relative_to(site)}: {link}")
    assert not dead
    assert sum(len(page.links) for page in pages.values()) > 1000


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page], site: Path) -> None:
    loads = {load for page in pages.values() for load in page.loads}
    assert loads
    assert [load for load in loads if urlsplit(load).netloc or urlsplit(load).scheme not in ("", "data")] == []
    styles = {file.name: file.read_text(encoding="utf-8") for file in site.rglob("*.css")}
    assert [name for name, style in styles.items() if re.search(r"url\([\"']?https?:", style)] == []


def test_every_command_has_a_page_that_tells_its_options(site: Path) -> None:
    from typer.main import get_command

    from crb.cli import app

    program = get_command(app)
    names = program.list_commands(program.make_context("crb", [], resilient_parsing=True))  # type: ignore[attr-defined]
    assert "run" in names
    for name in names:
        assert "<table>" in (site / "reference" / "commands" / f"{name}.html").read_text(encoding="utf-8"), name
    assert "--prompts" in (site / "reference" / "commands" / "run.html").read_text(encoding="utf-8")


def test_what_import_crb_offers_is_in_the_reference(site: Path) -> None:
    import crb

    named = set(NAMES.findall((ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")))
    assert named == {f"crb.{name}" for name in crb.__all__}
    assert "Score every candidate of a benchmark" in (site / "reference" / "api.html").read_text(encoding="utf-8")


def test_the_first_run_shows_what_its_comparison_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "first-run.md").read_text(encoding="utf-8")
    found = re.search(r"```bash\ncrb (compare .*)\n```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert found, "the comparison and what it prints"
    monkeypatch.chdir(ROOT)
    done = run_python("-m", "crb", *found[1].split())
    assert done.returncode == 0, done.stderr
    assert found[2] in done.stdout


def test_make_builds_the_site_and_installs_what_builds_it() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "mkdocs build --strict" in makefile
    assert re.search(r"(?m)^EXTRAS \?= .*\bdocs\b", makefile), "else this file is skipped where CI runs it"
