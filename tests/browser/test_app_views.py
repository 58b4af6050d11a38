"""The app in a browser: every tab, the address that restores it, both themes, a phone, downloads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe
import pytest
from browser.app_pages import VIEWS, home, labels, opened, tab
from browser.conftest import PHONE
from leaderboard.app_server import Served

pytest.importorskip("gradio", reason="the extra 'leaderboard' is not installed")
Pages = Callable[..., Any]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


def view(page: Any) -> str:
    """Which view is drawn in the tab that is open."""
    found: str = page.locator("[role=tabpanel]:visible #crb-page section.crb-view").first.get_attribute("aria-label")
    return found


def test_every_tab_opens_its_view_and_writes_its_address(watched: Pages, served: Served) -> None:
    page = opened(watched(), served.url)
    assert [one.get_attribute("data-tab-id") for one in page.locator("#crb-tabs [role=tab]").all()] == list(VIEWS)
    seen = set()
    for name in VIEWS[1:] + VIEWS[:1]:
        tab(page, name).click()
        page.wait_for_function("(name) => location.hash.startsWith('#' + name)", arg=name)
        assert tab(page, name).get_attribute("aria-selected") == "true"
        page.wait_for_selector("[role=tabpanel]:visible #crb-page section.crb-view")
        assert page.locator(f"#crb-tab-{name} #crb-page").count() == 1, "the view is in the panel of its own tab"
        seen.add(view(page))
    assert len(seen) == len(VIEWS)


@pytest.mark.parametrize("name", VIEWS)
def test_an_address_restores_its_tab(watched: Pages, served: Served, name: str) -> None:
    page = opened(watched(), served.url, f"#{name}?measure=half&bench=crb-mini")
    page.wait_for_function(
        "(name) => document.querySelector(`#crb-tabs [data-tab-id=${name}]`).getAttribute('aria-selected') === 'true'",
        arg=name,
    )
    page.wait_for_selector(f"#crb-tab-{name} #crb-page section.crb-view")
    assert page.url.endswith(f"#{name}?measure=half&bench=crb-mini")
    page.reload()
    page.wait_for_selector(f"#crb-tab-{name} #crb-page section.crb-view")


def test_the_whole_state_of_the_board_is_restored_and_back_goes_back(watched: Pages, served: Served) -> None:
    page = opened(watched(), served.url)
    page.get_by_role("button", name="Half credit").click()
    page.get_by_role("button", name="Memory").click()
    page.locator("[data-filter=size]").select_option("XL")
    page.locator(".crb-board tbody tr").nth(2).locator(".crb-main").click()
    want = (labels(page), page.locator(".crb-headline").inner_text())
    assert "Reference:" in want[1]
    other = opened(watched(), page.url)
    assert (labels(other), other.locator(".crb-headline").inner_text()) == want
    assert other.locator("th[aria-sort=descending]").inner_text().startswith("Memory")
    tab(page, "scaling").click()
    page.wait_for_function("location.hash.startsWith('#scaling')")
    page.go_back()
    page.wait_for_selector("#crb-tab-board #crb-page .crb-board")
    assert tab(page, "board").get_attribute("aria-selected") == "true"
    assert (labels(page), page.locator(".crb-headline").inner_text()) == want


def test_the_tabs_go_by_keyboard(watched: Pages, served: Served) -> None:
    page = opened(watched(), served.url)
    tab(page, "scaling").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#crb-tab-scaling #crb-page section.crb-view")
    assert tab(page, "scaling").get_attribute("aria-selected") == "true"
    assert tab(page, "board").get_attribute("aria-selected") == "false"


@pytest.mark.parametrize(("kind", "form", "ending"), [("CSV", "csv", "csv"), ("LaTeX", "latex", "tex")])
def test_a_download_is_what_crb_export_writes(
    watched: Pages, served: Served, tmp_path: Path, kind: str, form: str, ending: str
) -> None:
    page = opened(watched(), served.url, "#board?columns=language&measure=half&size=XL")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download {kind}").first.click()
    got = Path(waiting.value.path()).read_bytes()
    names = labels(page)
    out = tmp_path / f"table.{ending}"
    words = ["--models", ",".join(names), "--benchmark", "crb", "--by", "language", "--measure", "half"]
    program = [sys.executable, "-m", "crb", "export", "--results", str(_good(tmp_path)), "--format", form]
    subprocess.run([*program, *words, "--out", str(out)], check=True, capture_output=True, timeout=120)
    assert len(names) > 3
    assert got == out.read_bytes()
    assert waiting.value.suggested_filename == f"crb-crb-language.{ending}"


def _good(folder: Path) -> Path:
    """The app's results without the bad file: `crb export` is strict."""
    results = folder / "results"
    results.mkdir(exist_ok=True)
    for path in (home() / "results").iterdir():
        if path.name != "bad__entry" and not (results / path.name).exists():
            (results / path.name).symlink_to(path)
    return results


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing_serious(watched: Pages, served: Served, name: str, scheme: str) -> None:
    page = opened(watched(color_scheme=scheme), served.url, f"#{name}?bench={'crb-mini' if name == 'pairs' else 'crb'}")
    page.wait_for_selector(f"#crb-tab-{name} #crb-page section.crb-view")
    page.wait_for_load_state("networkidle")
    assert axe.findings(page) == []


def test_a_theme_is_chosen_and_kept_in_the_address(watched: Pages, served: Served) -> None:
    page = opened(watched(color_scheme="light"), served.url)
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function("document.body.classList.contains('dark')")
    assert page.url.endswith("theme=dark")
    assert page.evaluate(background) != light
    other = opened(watched(color_scheme="light"), page.url)
    other.wait_for_function("document.body.classList.contains('dark')")
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function("!document.body.classList.contains('dark')")


def test_a_phone_shows_every_view_without_scrolling_sideways(watched: Pages, served: Served) -> None:
    page = opened(watched(PHONE), served.url)
    for name in VIEWS:
        tab(page, name).click()
        page.wait_for_selector(f"#crb-tab-{name} #crb-page section.crb-view")
        width = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        assert width <= PHONE["width"], f"{name} is {width} pixels wide"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_gradio_leaves_fields_and_texts_readable(watched: Pages, served: Served, scheme: str) -> None:
    page = watched(color_scheme=scheme)
    for name in VIEWS:
        opened(page, served.url, f"#{name}?bench={'crb-mini' if name == 'pairs' else 'crb'}")
        page.wait_for_selector(f"#crb-tab-{name} #crb-page section.crb-view")
        page.wait_for_load_state("networkidle")
        assert page.evaluate(CONTRAST) == [], name
        page.goto("about:blank")


def test_the_numbers_of_a_list_are_not_cut_off_on_a_phone(watched: Pages, served: Served) -> None:
    page = opened(watched(PHONE), served.url, "#submit")
    page.wait_for_selector("#crb-tab-submit .crb-steps")
    assert page.locator(".crb-steps li").first.bounding_box()["x"] >= 30  # the number stands left of it


def test_the_pairs_are_loaded_when_they_are_asked_for(watched: Pages, served: Served) -> None:
    page = watched()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, served.url, "#board?bench=crb-mini")
    assert not [url for url in asked if "/pairs/" in url]
    tab(page, "pairs").click()
    page.wait_for_selector("#crb-tab-pairs #crb-page pre, #crb-tab-pairs #crb-page table")
    assert next(url.rpartition("/data/")[2] for url in asked if "/pairs/" in url).endswith("index.json")
