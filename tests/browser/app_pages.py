"""One app for all browser tests: the published results, three made-up runs on crb-mini with their samples, and one bad
file, which the page has to tell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from leaderboard.app_server import RESULTS, Served, serving
from results.result_doubles import make_run

from crb.results.adding import add_runs

VIEWS = ("board", "heat", "compare", "scaling", "others", "pairs", "submit", "cite", "about")
BAD = '<img src=x onerror="window.evil = 1">'


@cache
def home() -> Path:
    """A folder with `results` and `runs`."""
    folder = Path(mkdtemp(prefix="crb-app-"))
    shutil.copytree(RESULTS, folder / "results")
    shutil.rmtree(folder / "results" / "crb-tiny", ignore_errors=True)
    runs = [make_run(folder / "runs" / str(seed), f"org/model-{seed}", seed) for seed in range(3)]
    add_runs(folder / "results", runs, replace=True)
    bad = folder / "results" / "bad__entry"
    bad.mkdir()
    (bad / "crb.json").write_text(f'{{"schema": 1, "{BAD.replace(chr(34), chr(39))}": 1}}', encoding="utf-8")
    return folder


@contextmanager
def app() -> Iterator[Served]:
    """The app on these results. At the end it has called nobody but this machine and logged no traceback."""
    with serving(home() / "results", "--runs", str(home() / "runs")) as served:
        yield served
        assert not served.calls.exists() or served.calls.read_text(encoding="utf-8") == ""
        assert "Traceback" not in served.log.read_text(encoding="utf-8")


def opened(page: Any, url: str, state: str = "") -> Any:
    """The page at an address, once the board has moved into its tab."""
    page.goto(url + state)
    page.wait_for_selector("#crb-tabs [role=tabpanel] #crb-page .crb")
    return page


def tab(page: Any, name: str) -> Any:
    """A tab's button."""
    return page.locator(f"#crb-tabs [role=tab][data-tab-id={name}]")


def labels(page: Any) -> list[str]:
    """The models of the board as they stand there."""
    found: list[str] = page.locator(".crb-board tbody tr:not(.crb-detail) .crb-name").all_inner_texts()
    return found
