"""The board of the static page, opened from disk: what stands in a row, and what the switches and filters do to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from browser.static_sites import address, published, published_document, until

REFERENCE = "Skywork/Skywork-Reward-V2-Qwen3-8B"
Pages = Callable[..., Any]


@pytest.fixture
def board(watched: Pages) -> Any:
    page = watched()
    page.goto(address(published()))
    return page


def labels(page: Any) -> list[str]:
    return page.locator(".crb-board tbody tr:not(.crb-detail) .crb-name").all_inner_texts()


def row(page: Any, name: str) -> Any:
    return page.locator(".crb-board tbody tr", has=page.get_by_text(name, exact=True))


def press(page: Any, group: str, name: str) -> None:
    page.get_by_role("group", name=group).get_by_role("button", name=name, exact=True).click()


def models() -> list[dict[str, Any]]:
    return published_document()["boards"][0]["models"]


def test_every_model_has_a_row_with_rank_interval_and_numbers_as_text(board: Any) -> None:
    assert len(labels(board)) == len(models())
    heads = [text.split("\n")[0].rstrip(" ↑↓") for text in board.locator(".crb-board thead th").all_inner_texts()]
    assert heads == [
        *("Rank", "Model", "Overall", "Ties %", "Invalid %"),
        *("Functional", "Runtime", "Memory", "Readability", "Security"),
        *("Pairs", "Size", "Licence"),  # no model has a date
    ]
    text = row(board, "LMUnit-qwen2.5-72b").inner_text()
    assert all(part in text for part in ("52", "27.9", "[27.0, 28.8]", "67.2", "8,866", "72B", "XL")), text
    assert row(board, "Athene-RM-70B").locator(".crb-rank").inner_text().startswith("6-8")
    assert row(board, "coin").get_attribute("class") == "crb-baseline"


def test_the_interval_lines_share_one_axis_of_120_pixels(board: Any) -> None:
    lines = board.locator(".crb-line")
    assert lines.first.bounding_box()["width"] == 120
    chances = board.evaluate(
        "[...document.querySelectorAll('.crb-line .crb-chance')].map((one) => one.getAttribute('d'))"
    )
    assert len(set(chances)) == 1
    left = board.evaluate("[...document.querySelectorAll('.crb-line')].map((one) => one.getBoundingClientRect().x)")
    assert len(set(left)) == 1


def test_a_measure_and_a_way_change_every_number_and_keep_the_sort(board: Any) -> None:
    board.get_by_role("button", name="Memory").click()
    head = board.locator("th[aria-sort]")
    assert (head.count(), head.get_attribute("aria-sort")) == (1, "descending")
    key = "criterion:memory_efficiency"
    place = [group["key"] for group in published_document()["boards"][0]["groups"]].index(key)
    for measure, name in (("half", "Half credit"), ("valid", "Valid"), ("strict", "Strict")):
        press(board, "Accuracy", name)
        figures = {model["label"]: model[measure]["groups"][place][0] for model in models()}
        shown = [figures[label] for label in labels(board)]
        assert shown == sorted(shown, reverse=True), measure
    press(board, "Overall", "Mean of criteria")
    assert labels(board)[0] == max(models(), key=lambda model: model["strict"]["groups"][place][0])["label"]
    way = next(model for model in models() if model["label"] == "Athene-RM-70B")["strict"]["ways"]["criterion_macro"][0]
    assert abs(float(row(board, "Athene-RM-70B").locator(".crb-value").inner_text()) - 100 * way) <= 0.051
    press(board, "Columns", "Languages")
    assert "Sorted by Memory efficiency, which is not among the columns" in board.locator(".crb-count").inner_text()
    assert board.locator("thead th").nth(5).inner_text().startswith("C")
    assert board.locator("th[aria-sort]").count() == 0
    press(board, "Columns", "Subsets")
    assert board.locator("thead th").count() == 8 + 19


def test_the_sort_goes_by_keyboard_and_keeps_rows_without_a_figure_last(board: Any) -> None:
    head = board.get_by_role("button", name="Size")
    head.focus()
    board.keyboard.press("Enter")
    assert board.locator("th[aria-sort=descending]").inner_text().startswith("Size")
    assert labels(board)[-1] == "coin"
    board.keyboard.press("Space")
    assert board.locator("th[aria-sort=ascending]").inner_text().startswith("Size")
    assert labels(board)[-1] == "coin"
    assert labels(board)[0].endswith("0.6B")


def test_a_row_becomes_the_reference_by_mouse_and_by_keyboard(board: Any) -> None:
    places = [model["name"] for model in models()]
    letters = published_document()["boards"][0]["apart"]["strict"]["overall"][places.index(REFERENCE)]
    row(board, "Skywork-Reward-V2-Qwen3-8B").locator(".crb-main").click()
    alike = board.locator("tr.crb-alike")
    assert alike.count() == letters.count("=")
    assert [mark.strip() for mark in alike.locator(".crb-mark").all_inner_texts()] == ["≈"] * letters.count("=")
    headline = board.locator(".crb-headline").inner_text()
    assert f"{letters.count('=')} models cannot be told apart from it" in headline
    assert f"{letters.count('+')} certainly better, {letters.count('-')} certainly worse" in headline
    assert row(board, "Skywork-Reward-V2-Qwen3-8B").get_by_role("button", pressed=True).count() == 1
    board.get_by_role("button", name="Clear the reference").click()
    assert alike.count() == 0
    row(board, "Athene-RM-70B").locator(".crb-ref").focus()
    board.keyboard.press("Enter")
    assert "Reference: Athene-RM-70B" in board.locator(".crb-headline").inner_text()


def test_the_headline_agrees_with_the_rank_column(board: Any) -> None:
    tops = sum(model["rank"]["strict"][0][0] == 1 for model in models() if model["rank"]["strict"])
    assert f"{tops - 1} other model" in board.locator(".crb-headline").inner_text()
    board.goto(address(published(), "#board?criterion=security_hardness"))
    group = [group["key"] for group in published_document()["boards"][0]["groups"]].index("criterion:security_hardness")
    tops = sum(model["rank"]["strict"][group][0] == 1 for model in models() if model["rank"]["strict"])
    assert f"{tops - 1} other model" in board.locator(".crb-headline").inner_text()


def test_search_and_filters_narrow_the_rows_and_can_be_cleared(board: Any) -> None:
    board.get_by_role("searchbox").fill("themis")
    until(board, "document.querySelectorAll('.crb-board tbody tr').length === 6")
    board.locator("[data-filter=size]").select_option("XL")
    assert labels(board) == ["Themis-RM-32B"]
    assert "1 of 52 models shown" in board.locator(".crb-count").inner_text()
    board.locator("[data-filter=kind]").select_option("judge")
    assert board.get_by_text("No model passes these filters.").is_visible()
    board.get_by_role("button", name="Clear filters").first.click()
    for key, value in (("licence", "mit"), ("family", "Qwen2.5-Coder"), ("kind", "judge")):
        board.locator(f"[data-filter={key}]").select_option(value)
        field = {"licence": "license"}.get(key, key)
        assert sorted(labels(board)) == sorted(model["label"] for model in models() if model[field] == value)
        board.locator(f"[data-filter={key}]").select_option("")


def test_a_criterion_and_a_language_make_the_main_figure_theirs(board: Any) -> None:
    document = published_document()["boards"][0]
    board.locator("[data-filter=language]").select_option("Ruby")
    place = [group["key"] for group in document["groups"]].index("language:Ruby")
    athene = next(model for model in models() if model["label"] == "Athene-RM-70B")
    value = row(board, "Athene-RM-70B").locator(".crb-value")
    assert abs(float(value.inner_text()) - 100 * athene["strict"]["groups"][place][0]) <= 0.051
    assert "on Ruby" in board.locator(".crb-headline").inner_text()
    board.locator("[data-filter=criterion]").select_option("memory_efficiency")
    cell = document["cells"].index({"criterion": "memory_efficiency", "language": "Ruby", "n": 10})
    assert abs(float(value.inner_text()) - 100 * athene["cells"]["strict"][cell][0]) <= 0.051
    assert "no ranks here" in board.locator(".crb-headline").inner_text()
    assert "Fewer than 50 pairs" in board.locator(".crb-count").inner_text()


def test_findings_open_with_their_evidence(board: Any) -> None:
    badge = row(board, "INF-ORM-Llama3.1-70B").locator(".crb-badge")
    badge.focus()
    board.keyboard.press("Enter")
    assert badge.get_attribute("aria-expanded") == "true"
    detail = board.locator(".crb-detail").inner_text()
    assert "quantised-scores" in detail
    assert "426 of 8,866 pairs tie" in detail
    board.get_by_role("button", name="Valid", exact=True).click()
    assert board.locator(".crb-detail").count() == 1
    badge.click()
    assert board.locator(".crb-detail").count() == 0


def test_published_figures_show_where_they_differ(board: Any) -> None:
    assert board.locator(".crb-cited").count() == 0
    board.get_by_role("button", name="Published figures").click()
    athene = row(board, "Athene-RM-70B").locator(".crb-main")
    assert "= 81.19" in athene.inner_text()
    assert athene.locator(".crb-differs").inner_text() == "≠ 78.39"
    press(board, "Columns", "Languages")
    assert board.locator(".crb-cited").count() > 100
    board.get_by_role("button", name="Published figures").click()
    assert board.locator(".crb-cited").count() == 0


def test_the_address_restores_the_board_and_back_goes_back(board: Any) -> None:
    press(board, "Accuracy", "Half credit")
    press(board, "Columns", "Languages")
    row(board, "Athene-RM-70B").locator(".crb-main").click()
    board.get_by_role("button", name="Ruby").click()
    board.locator("[data-filter=size]").select_option("XL")
    want = (labels(board), board.locator(".crb-headline").inner_text(), board.url)
    other = board.context.new_page()
    other.goto(want[2])
    assert (labels(other), other.locator(".crb-headline").inner_text()) == want[:2]
    assert other.locator("[data-filter=size]").input_value() == "XL"
    board.go_back()
    assert board.locator("[data-filter=size]").input_value() == ""
    other.goto(address(published(), "#nonsense?ref=nobody&size=zz&__proto__=1&measure=evil&columns=x&criterion=<b>"))
    assert other.get_by_text("No model passes these filters.").is_visible()
    other.close()


def test_the_document_in_the_page_is_the_document(board: Any) -> None:
    held = board.evaluate("document.getElementById('crb-document').textContent")
    assert json.loads(held) == published_document()
