"""The other views of the static page: heat map, comparison, scaling, pairs, and what is written where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser.static_sites import RESULTS, address, mini, published, published_document, until, with_document

from crb.board.comparisons import compared_groups, couple_documents
from crb.board.document import standings
from crb.board.gather import gather
from crb.report.text import percent

Pages = Callable[..., Any]
MINUS = "\N{MINUS SIGN}"
TITLES = [
    "Board",
    "Criterion \N{MULTIPLICATION SIGN} language",
    "Compare",
    "Scaling",
    "Other benchmarks",
    "Submit",
    "Cite",
    "About the numbers",
]


@pytest.fixture
def page(watched: Pages) -> Any:
    return watched()


def test_every_view_has_a_tab_that_leads_to_its_address(page: Any) -> None:
    page.goto(address(published()))
    tabs = page.get_by_role("navigation", name="Views").get_by_role("link")
    assert tabs.all_inner_texts() == TITLES
    for place, title in enumerate(TITLES):
        tabs.nth(place).click()
        assert page.locator("[aria-current=page]").inner_text() == title
        shown = page.locator(".crb-main-view > section")
        assert shown.count() == 1
        label = shown.get_attribute("aria-label")
        page.reload()
        assert page.locator(".crb-main-view > section").get_attribute("aria-label") == label


def test_the_heat_map_prints_each_cell_and_hatches_the_small_ones(page: Any) -> None:
    page.goto(address(published(), "#heat?a=Nexusflow%2FAthene-RM-70B"))
    board = published_document()["boards"][0]
    model = next(one for one in board["models"] if one["label"] == "Athene-RM-70B")
    cells = page.locator(".crb-heat tbody td")
    assert cells.count() == 6 * 9
    for place, cell in enumerate(board["cells"][:8]):
        shown = cells.nth(place).inner_text().split()
        value = model["cells"]["strict"][place][0]
        assert abs(float(shown[0]) - 100 * value) <= 0.051
        assert shown[1] == f"{cell['n']:,}"
        assert ("crb-hatched" in cells.nth(place).get_attribute("class")) == (cell["n"] < 50)
    assert "78.3" in page.locator(".crb-heat tbody tr").nth(4).inner_text()


def test_the_difference_of_two_heat_maps_has_signs_and_swaps(page: Any) -> None:
    page.goto(address(published(), "#heat?a=Nexusflow%2FAthene-RM-70B"))
    page.locator("[data-pick=b]").select_option("LARK-Lab/CodeScaler-8B")
    first = page.locator(".crb-heat tbody td").all_inner_texts()
    assert all(("▲" in text) == ("+" in text) and ("▽" in text) == (MINUS in text) for text in first)
    page.get_by_role("button", name="Swap").click()
    turned = [text.translate(str.maketrans(f"▲▽+{MINUS}", f"▽▲{MINUS}+")) for text in first]
    assert page.locator(".crb-heat tbody td").all_inner_texts() == turned
    assert "without an interval" in page.get_by_label("Criterion by language").first.inner_text()


def test_a_comparison_shows_what_the_core_computed_either_way_round(page: Any) -> None:
    gathered = gather(RESULTS)
    stands = standings([one for one in gathered.entries if one.benchmark.name == "crb"], gathered.blocks["crb"])
    couple = ("LARK-Lab/CodeScaler-8B", "Nexusflow/Athene-RM-70B")
    rows = couple_documents(stands)["|".join(couple)]["strict"]
    groups = compared_groups(stands["strict"])
    for names, sign in ((couple, 1), (couple[::-1], -1)):
        page.goto("about:blank")
        page.goto(address(published(), "#compare?models=" + "~".join(names).replace("/", "%2F")))
        page.locator(".crb-numbers tbody tr").first.wait_for()
        shown = page.locator(".crb-numbers tbody tr")
        assert shown.count() == len(groups)
        found = shown.first.locator("td").all_inner_texts()
        difference, low, high, p = (number / 10_000 for number in rows[0])
        limits = sorted([sign * low, sign * high])
        assert found[2] == signed(sign * difference)
        assert found[3] == f"[{signed(limits[0])}, {signed(limits[1])}]"
        assert found[4] == f"{p:.3f}"
        only = [int(text.replace(",", "")) for text in found[5:]]
        assert abs((only[0] - only[1]) / 8866 - sign * difference) <= 0.00015
        assert page.locator(".crb-panel").count() == 1
        assert page.locator(".crb-panel .crb-dot").count() == len(groups)


def signed(share: float) -> str:
    return percent(share, signed=True).replace("-", MINUS)


def test_models_are_added_to_a_comparison_and_the_first_is_chosen(page: Any) -> None:
    page.goto(address(published(), "#compare"))
    assert "Choose two to five models" in page.locator(".crb-headline").inner_text()
    names = [model["name"] for model in published_document()["boards"][0]["models"][:6]]
    for name in names[:5]:
        page.locator("[data-pick=compare]").select_option(name)
    assert page.locator("[data-pick=compare]").is_disabled()
    page.locator(".crb-panel").nth(3).wait_for()
    ticks = page.locator(".crb-panel").evaluate_all(
        "(all) => all.map((one) => [...one.querySelectorAll('.crb-tick')].map((tick) => tick.outerHTML).join())"
    )
    assert len(set(ticks)) == 1, "the panels have one axis"
    assert "All numbers: 10 couples" in page.locator(".crb-numbers summary").inner_text()
    page.get_by_role("button", name="Compare with Themis-RM-14B").click()
    page.get_by_text("minus Themis-RM-32B").first.wait_for()
    page.get_by_role("button", name="Remove Themis-RM-32B").click()
    assert page.locator(".crb-chip").count() == 4
    page.get_by_role("button", name="Half credit").click()
    page.get_by_text("Languages are compared by strict accuracy alone").wait_for()


def test_scaling_joins_families_and_puts_what_has_no_size_aside(page: Any) -> None:
    page.goto(address(published(), "#scaling"))
    models = published_document()["boards"][0]["models"]
    assert page.locator(".crb-point").count() == len(models)
    labels = page.locator(".crb-scaling .crb-family").all_text_contents()
    assert {"Themis-RM", "Skywork-Reward-V2-Qwen3", "CodeScaler", "R3-Qwen3-14k", "AceCodeRM", "coin"} <= set(labels)
    assert page.locator(".crb-strip").count() == 1
    boxes = page.locator(".crb-scaling .crb-family").evaluate_all(
        "(all) => all.map((one) => { const b = one.getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom]; })"
    )
    covered = [
        (a, b)
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] + 4 < b[3] and b[1] + 4 < a[3]
    ]
    assert covered == []
    before = page.locator(".crb-point title").first.text_content()
    page.locator("[data-pick=group]").select_option("criterion:security_hardness")
    assert page.locator("h2").first.inner_text().startswith("Security hardness")
    assert page.locator(".crb-point title").first.text_content() != before


def test_labels_are_pushed_apart_within_the_picture_wherever_they_stand(page: Any) -> None:
    """A sum such as 100.3 + 13 is not exact: labels once pushed each other for ever at one place of thirty."""
    page.goto(address(published(), "#scaling"))
    crowds = [[{"x": 9, "y": 20 + step / 97 + 7.3 * n, "text": "Model"} for n in range(8)] for step in range(400)]
    crowds += [[{"x": 9, "y": 300 + n, "text": "Model"} for n in range(8)]]
    for crowd in page.evaluate("(crowds) => crowds.map((one) => CRB.labels.apart(one, 30, 305))", crowds):
        places = sorted(label["y"] for label in crowd)
        assert places[0] >= 30
        assert places[-1] <= 305
        assert min(b - a for a, b in pairwise(places)) == pytest.approx(13)


def test_a_figure_that_is_missing_makes_no_difference_of_zero(page: Any, tmp_path: Path) -> None:
    document = published_document()
    board = document["boards"][0]
    first, second = board["models"][:2]
    second["cells"]["strict"][0] = [None, None, None]
    page.goto(address(with_document(tmp_path, document), f"#heat?a={first['name']}&b={second['name']}"))
    cells = page.locator(".crb-heat tbody td").all_inner_texts()
    assert cells[0] == "\N{EN DASH}"
    assert all(text != "\N{EN DASH}" for text in cells[1:8])


@pytest.fixture
def pairs(watched: Pages) -> Any:
    page = watched()
    page.goto(address(mini(), "#pairs"))
    page.locator(".crb-diff").wait_for()
    return page


def test_pairs_are_listed_by_what_models_made_of_them(pairs: Any) -> None:
    said = pairs.locator(".crb-count")
    assert said.inner_text().startswith("160 pairs of 160")
    assert pairs.locator(".crb-items li").count() == 25
    pairs.get_by_role("button", name="A right, B wrong").click()
    assert said.inner_text() == "Choose A and B."
    pairs.locator("[data-pick=a]").select_option("org/alpha-1B")
    pairs.locator("[data-pick=b]").select_option("org/alpha-7B")
    until(pairs, "document.querySelector('.crb-count').textContent.includes('pairs of 160')")
    number = int(said.inner_text().split()[0])
    pairs.locator(".crb-item .crb-plain").wait_for()
    outcome = {
        row.split("\t")[0]: row.split("\t")[1]
        for row in pairs.locator(".crb-item .crb-plain tbody tr").all_inner_texts()
    }
    assert outcome["alpha-1B"] == "✓ right"
    assert outcome["alpha-7B"] != "✓ right"
    pairs.goto(address(mini(), "#compare?models=org%2Falpha-1B~org%2Falpha-7B"))
    overall = pairs.locator(".crb-numbers tbody tr").first
    overall.wait_for()
    assert overall.locator("td").nth(5).inner_text() == str(number)
    overall.locator("td").nth(5).get_by_role("link").click()
    pairs.locator(".crb-diff").wait_for()
    assert int(said.inner_text().split()[0]) == number
    pairs.get_by_role("button", name="Ties").click()
    pairs.locator("[data-pick=a]").select_option("")
    until(pairs, "!document.querySelector('.crb-count').textContent.startsWith('Choose')")
    assert 0 < int(said.inner_text().split()[0]) < 160


def test_a_pair_shows_both_responses_side_by_side_and_every_score(pairs: Any) -> None:
    pairs.locator(".crb-items button").nth(3).click()
    pairs.locator(".crb-items button[aria-current]").wait_for()
    url, heading = pairs.url, pairs.locator(".crb-item h2").inner_text()
    assert "item=3" in url
    assert pairs.locator(".crb-diff .crb-differing").count() > 0
    assert pairs.locator(".crb-diff .crb-changed").count() > 0
    names = pairs.locator(".crb-item .crb-plain tbody tr td:first-child").all_inner_texts()
    assert {"alpha-1B", "alpha-7B", "beta", "coin", "longer-response"} <= set(names)
    pairs.goto("about:blank")
    pairs.goto(url)
    pairs.locator(".crb-diff").wait_for()
    assert pairs.locator(".crb-item h2").inner_text() == heading
    pairs.get_by_role("button", name="Later").click()
    until(pairs, "document.querySelector('.crb-count').textContent.includes('page 2')")
    pairs.get_by_role("searchbox").fill("no such pair")
    pairs.get_by_role("searchbox").press("Enter")
    pairs.get_by_text("No pair passes these filters.").wait_for()


def test_without_samples_there_are_no_pairs_and_without_results_a_sentence(page: Any, tmp_path: Path) -> None:
    page.goto(address(published(), "#pairs"))
    assert page.locator(".crb-tabs").get_by_text("Pairs", exact=True).count() == 0
    assert page.locator(".crb-board").count() == 1
    page.goto(address(with_document(tmp_path / "none", {"schema": 1, "made": {}, "boards": []})))
    assert "There are no results to show" in page.get_by_role("alert").inner_text()


def test_another_benchmark_is_another_board(page: Any) -> None:
    page.goto(address(published(), "#heat?a=Nexusflow%2FAthene-RM-70B"))
    page.get_by_label("Benchmark").select_option("crb-mini")
    page.get_by_role("link", name="Board").click()
    assert page.locator(".crb-board tbody tr").count() == len(published_document()["boards"][1]["models"])
    page.get_by_role("link", name="Scaling").click()
    assert page.locator(".crb-point").count() > 0
