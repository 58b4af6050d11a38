"""Downloads of the static page equal what `crb export` writes, byte by byte, whatever the board shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.static_sites import RESULTS, address, published, published_document

Pages = Callable[..., Any]
EXTENSIONS = {"csv": "csv", "latex": "tex", "bibtex": "bib"}
LABELS = {"csv": "CSV", "latex": "LaTeX", "bibtex": "BibTeX"}


@pytest.fixture
def page(watched: Pages) -> Any:
    return watched(accept_downloads=True)


def downloaded(page: Any, button: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


ALL = ("csv", "latex", "bibtex")
INTERVALS = ["--intervals", "interval"]


@pytest.mark.parametrize(
    ("rest", "options", "kinds"),
    [
        ("", ["--by", "criterion"], ALL),
        ("columns=language&measure=half&intervals=1", ["--by", "language", "--measure", "half", *INTERVALS], ALL[:2]),
        ("columns=subset&measure=valid&size=M", ["--by", "subset", "--measure", "valid"], ALL),
        ("columns=overall&kind=judge", ["--by", "overall"], ALL),
        ("columns=overall&intervals=1&q=qwen", ["--by", "overall", *INTERVALS], ("latex",)),
    ],
)
def test_a_download_is_what_crb_export_writes(
    page: Any, crb: Callable[..., Any], tmp_path: Path, rest: str, options: list[str], kinds: tuple[str, ...]
) -> None:
    page.goto(address(published(), f"#board?{rest}"))
    shown = set(page.locator(".crb-board tbody .crb-name").all_inner_texts())
    names = [model["name"] for model in published_document()["boards"][0]["models"] if model["label"] in shown]
    assert names
    page.get_by_role("link", name="Cite").click()
    for kind in kinds:
        file = tmp_path / f"expected-{kind}"
        asked = ["--benchmark", "crb", "--format", kind, *options, "--models", ",".join(names)]
        done = crb("export", "--results", RESULTS, *asked, "--out", file)
        assert done.code == 0
        name, content = downloaded(page, f"Download {LABELS[kind]}")
        assert name.endswith("." + EXTENSIONS[kind])
        assert content == file.read_bytes()
        box = page.locator(f"[data-kind={kind}] pre").inner_text()
        assert content.decode()[:2000].rstrip() in box


def test_the_board_offers_the_same_files(page: Any, crb: Callable[..., Any], tmp_path: Path) -> None:
    page.goto(address(published(), "#board?columns=overall"))
    for kind in ("csv", "latex"):
        done = crb("export", "--results", RESULTS, "--format", kind, "--by", "overall", "--out", tmp_path / kind)
        assert done.code == 0
        assert downloaded(page, f"Download {LABELS[kind]}")[1] == (tmp_path / kind).read_bytes()


@pytest.mark.parametrize(
    "view",
    [
        "heat?a=Nexusflow%2FAthene-RM-70B",
        "scaling",
        "compare?models=LARK-Lab%2FCodeScaler-8B~TIGER-Lab%2FAceCodeRM-32B",
    ],
)
def test_every_other_table_has_a_csv_and_a_latex_that_can_be_read(page: Any, view: str) -> None:
    page.goto(address(published(), f"#{view}"))
    page.wait_for_timeout(100)
    page.get_by_role("button", name="Download CSV").wait_for()
    rows = list(csv.reader(io.StringIO(downloaded(page, "Download CSV")[1].decode())))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) > 5
    numbers = [float(field) for row in rows[1:] for field in row if field.replace(".", "").replace("-", "").isdigit()]
    assert len(numbers) > 10
    text = downloaded(page, "Download LaTeX")[1].decode()
    lines = [line for line in text.splitlines() if line.endswith("\\\\")]
    assert len(lines) == len(rows)
    assert len({line.count(" & ") for line in lines}) == 1
    assert text.isascii()


def test_a_filter_that_leaves_nothing_is_told(page: Any) -> None:
    page.goto(address(published(), "#cite?q=nothing+is+called+so"))
    told = page.get_by_text("No model passes the filters of the board.").first
    told.wait_for()
    assert told.is_visible()
