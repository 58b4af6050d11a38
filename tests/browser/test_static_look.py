"""Both themes, contrast, phone width, paper, keyboard, axe: measured in the page as it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.axe import findings
from browser.conftest import PHONE
from browser.static_sites import address, mini, published, published_document, until

Pages = Callable[..., Any]
VIEWS = {
    "board": "#board?ref=LARK-Lab%2FCodeScaler-8B&published=1&open=TIGER-Lab%2FAceCodeRM-32B",
    "heat": "#heat?a=Nexusflow%2FAthene-RM-70B",
    "difference": "#heat?a=Nexusflow%2FAthene-RM-70B&b=PKU-ONELab%2FCE-RM-4B",
    "compare": "#compare?models=LARK-Lab%2FCodeScaler-8B~Nexusflow%2FAthene-RM-70B~TIGER-Lab%2FAceCodeRM-32B",
    "scaling": "#scaling",
    "others": "#others",
    "submit": "#submit",
    "cite": "#cite",
    "about": "#about",
}
READY = {"compare": ".crb-panel", "cite": "[data-kind=csv] pre:not(:empty)", "pairs": ".crb-diff"}

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


def opened(page: Any, view: str) -> Any:
    page.goto(address(mini(), "#pairs") if view == "pairs" else address(published(), VIEWS[view]))
    if view in READY:
        page.locator(READY[view]).first.wait_for()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_have_contrast_in_both_themes(watched: Pages, scheme: str) -> None:
    page = watched(color_scheme=scheme)
    for view in (*VIEWS, "pairs"):
        poor = opened(page, view).evaluate(CONTRAST)
        assert poor == [], view
    background = "rgb(20, 23, 28)" if scheme == "dark" else "rgb(255, 255, 255)"
    assert page.locator(".crb").evaluate("(node) => getComputedStyle(node).backgroundColor") == background


def test_the_switch_turns_the_theme_and_the_address_keeps_it(watched: Pages) -> None:
    page = watched(color_scheme="dark")
    page.goto(address(published()))
    colour = "getComputedStyle(document.querySelector('.crb')).backgroundColor"
    dark = page.evaluate(colour)
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(colour) != dark
    page.reload()
    assert page.evaluate(colour) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_serious_to_say(watched: Pages, scheme: str) -> None:
    page = watched(color_scheme=scheme)
    for view in (*VIEWS, "pairs") if scheme == "light" else ("board", "heat", "pairs"):
        assert findings(opened(page, view)) == [], view


def test_a_phone_scrolls_the_table_and_not_the_page(watched: Pages) -> None:
    page = watched(PHONE, has_touch=True)
    for view in (*VIEWS, "pairs"):
        wide = opened(page, view).evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], view
    page.goto(address(published()))
    assert page.locator("[data-filter=size]").is_hidden()
    page.get_by_role("button", name="Filters").click()
    page.locator("[data-filter=size]").select_option("XL")
    assert page.get_by_role("button", name="Half credit").is_visible()
    name = page.locator(".crb-board tbody .crb-model").first
    before = name.bounding_box()["x"]
    page.locator(".crb-scroll").evaluate("(node) => { node.scrollLeft = 600; }")
    assert abs(name.bounding_box()["x"] - page.locator(".crb-scroll").bounding_box()["x"]) <= 1
    assert before >= name.bounding_box()["x"]


def test_the_table_fits_a_desktop_and_its_heading_stays_in_sight(watched: Pages) -> None:
    page = watched({"width": 1440, "height": 800})
    for columns in ("criterion", "language"):
        page.goto("about:blank")
        page.goto(address(published(), f"#board?columns={columns}"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440, columns
    page.mouse.wheel(0, 1500)
    until(page, "scrollY > 1000")
    assert abs(page.locator("thead th").first.bounding_box()["y"]) <= 1


def test_paper_shows_every_row_and_no_switches(watched: Pages) -> None:
    page = watched()
    page.goto(address(published()))
    page.emulate_media(media="print")
    assert page.locator(".crb-controls").is_hidden()
    rows = page.locator(".crb-board tbody tr")
    assert rows.count() == len(published_document()["boards"][0]["models"])
    assert rows.last.is_visible()


def test_the_browsers_own_search_finds_every_row(watched: Pages) -> None:
    page = watched()
    page.goto(address(published()))
    for model in published_document()["boards"][0]["models"]:
        assert page.evaluate("(name) => { getSelection().removeAllRanges(); return find(name); }", model["label"])


def test_without_a_mouse_every_switch_can_be_reached(watched: Pages) -> None:
    page = watched()
    page.goto(address(published()))
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Half credit":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")
    assert "measure=half" in page.url
    assert outline != "none"
