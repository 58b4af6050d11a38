"""What a reader of the page could miss: on a phone, on paper, without pointing, and where there is little to show."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import PHONE
from browser.static_sites import RESULTS, address, mini, published, published_document, with_document
from crb_leaderboard.static_page import export

Pages = Callable[..., Any]
ATHENE = "Nexusflow%2FAthene-RM-70B"


@pytest.mark.parametrize("view", ["scaling", "others", "cite", "about"])
def test_the_open_view_is_named_in_sight_on_a_phone(watched: Pages, view: str) -> None:
    page = watched(PHONE)
    page.goto(address(published(), f"#{view}"))
    box, strip = page.locator("[aria-current=page]").bounding_box(), page.locator(".crb-tabs").bounding_box()
    assert box["x"] >= strip["x"] - 1
    assert box["x"] + box["width"] <= strip["x"] + strip["width"] + 1


def test_a_chosen_pair_is_near_the_list_on_a_phone(watched: Pages) -> None:
    page = watched(PHONE)
    page.goto(address(mini(), "#pairs?item=3"))
    page.locator(".crb-item h2").wait_for()
    first = page.locator(".crb-items button").first.bounding_box()
    assert page.locator(".crb-item h2").bounding_box()["y"] - first["y"] < PHONE["height"] / 2


def test_letters_of_the_scaling_plot_can_be_read_on_a_phone(watched: Pages) -> None:
    page = watched(PHONE)
    page.goto(address(published(), "#scaling"))
    drawn = page.evaluate(
        "(() => { const plot = document.querySelector('svg.crb-scaling'), label = plot.querySelector('.crb-family');"
        " return parseFloat(getComputedStyle(label).fontSize) * plot.getScreenCTM().a; })()"
    )
    assert drawn >= 9.5, f"{drawn} pixels"


def test_paper_keeps_the_lines_of_the_intervals(watched: Pages) -> None:
    page = watched()
    page.goto(address(published()))
    page.emulate_media(media="print")
    assert page.locator(".crb-line .crb-bar").first.evaluate("(line) => getComputedStyle(line).display") != "none"
    assert page.locator(".crb-controls").is_hidden()


def test_every_interval_of_the_heat_map_stands_there_as_text(watched: Pages) -> None:
    page = watched()
    page.goto(address(published(), f"#heat?a={ATHENE}"))
    numbers = page.get_by_text("All numbers, with intervals")
    numbers.focus()
    page.keyboard.press("Enter")
    rows = page.locator("details .crb-plain tbody tr")
    titles = page.locator(".crb-heat tbody td[title]").evaluate_all("(all) => all.map((one) => one.title)")
    assert len(titles) == 6 * 9
    assert [row.split("\t")[-1] for row in rows.all_inner_texts()] == [one.split("]")[0] + "]" for one in titles]
    page.locator("[data-pick=b]").select_option("LARK-Lab/CodeScaler-8B")
    assert numbers.is_hidden(), "a difference has no interval here"


@pytest.mark.parametrize("state", ["", "?measure=half", "?criterion=memory_efficiency"])
def test_the_axis_tells_where_chance_is(watched: Pages, state: str) -> None:
    page = watched()
    page.goto(address(published(), "#board" + state))
    assert "50" in page.locator(".crb-ruler text").all_text_contents()


def test_the_command_beside_an_export_is_whole(watched: Pages) -> None:
    page = watched()
    page.goto(address(published(), "#cite?size=M"))
    page.locator("[data-kind=csv] pre:not(:empty)").wait_for()
    words = shlex.split(page.locator("[data-kind=csv] code").inner_text())
    assert words[:2] == ["crb", "export"]
    models = published_document()["boards"][0]["models"]
    wanted = {model["name"] for model in models if model["size_class"] == "M"}
    assert set(words[words.index("--models") + 1].split(",")) == wanted
    page.goto(address(published(), "#cite?q=no-such-model"))
    page.reload()
    page.get_by_text("No model passes the filters of the board.").first.wait_for()
    assert page.locator("[data-kind=csv] code").is_hidden(), "a command without a model would fail"


def test_one_model_is_told_that_there_is_nothing_to_rank(watched: Pages, tmp_path: Path) -> None:
    shutil.copytree(RESULTS / "project-themis__Themis-RM-8B", tmp_path / "results" / "project-themis__Themis-RM-8B")
    page = watched()
    page.goto(address(export(tmp_path / "results", tmp_path / "site")))
    assert page.locator(".crb-headline").inner_text() == "One model: there is nothing to rank it against."


def test_a_column_of_dates_is_there_when_a_model_has_one(watched: Pages, tmp_path: Path) -> None:
    document = published_document()
    page = watched()
    page.goto(address(published()))
    assert page.locator(".crb-head-date").count() == 0
    document["boards"][0]["models"][3]["date"] = "2026-11-20"
    page.goto(address(with_document(tmp_path, document)))
    assert page.locator(".crb-head-date").count() == 1
    assert page.get_by_text("2026-11-20").count() == 1


def test_signs_of_the_board_are_explained_below_it(watched: Pages) -> None:
    page = watched()
    page.goto(address(published(), "#board?columns=subset"))
    legend = page.locator(".crb-legend").inner_text()
    for sign in ("◆", "≈", "↑", "↓", "○", "□", "◇", "┊", "†", "95% interval"):
        assert sign in legend, sign
