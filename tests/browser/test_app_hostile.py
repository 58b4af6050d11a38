"""What strangers bring: bad files in the results, hostile texts in the document, garbage in the tab Submit. All of it
is shown as text or refused, and the app stays up."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.app_pages import BAD, home, labels, opened
from leaderboard.app_server import Served
from mutations import HOSTILE

Pages = Callable[..., Any]
ADDRESSES = (
    "#%00%ff",
    "#board?ref=%3Cimg%20src=x%20onerror=evil%3E&q=" + "x" * 3000,
    "#__proto__?x",
    "#nosuch",
)
TEXTS = [
    *HOSTILE,
    '"><svg onload=window.evil=1>',
    "${window.evil=1}",
    "{{{constructor}}}",
    "</script><script>window.evil=1",
]
ALIVE = "window.evil === undefined && !document.querySelector('#crb-page img, #crb-page script, #crb-page iframe')"


def hostile(document: Any) -> Any:
    """A board document whose every text is hostile, at every place where an entry's text may stand."""
    board = document["boards"][0]
    for place, model in enumerate(board["models"]):
        text = TEXTS[place % len(TEXTS)]
        shown = text.encode("utf-8", "replace").decode()
        for field in ("org", "label", "family", "license", "date", "kind", "size_class", "revision", "prompts"):
            model[field] = shown
        model["url"] = ("javascript:window.evil=1", "data:text/html,<script>1</script>", "//evil.example")[place % 3]
        model["findings"] = [{"severity": shown, "code": shown, "message": shown}]
        model["provenance"] = dict.fromkeys(("source", "origin", "tool", "date"), shown)
        model["published"] = {shown: [["accuracy", "crb", "overall", shown, 1.0, False]]}
    document["refused"] = [{"file": text, "row": 1, "field": BAD, "message": BAD} for text in ("a\u202eb", BAD)]
    document["made"] = {"tool": BAD}
    return document


def test_a_refused_file_is_told_on_the_page_as_text(watched: Pages, served: Served) -> None:
    page = opened(watched(), served.url)
    notice = page.locator(".crb-refused")
    assert "1 file of the results was refused" in notice.inner_text()
    notice.locator("summary").click()
    assert "bad__entry/crb.json" in notice.inner_text()
    assert "field model" in notice.inner_text()
    assert str(home()) not in notice.inner_text()
    assert len(labels(page)) >= 51
    assert page.evaluate(ALIVE)


@pytest.mark.parametrize("name", ["board?open=*", "heat", "compare", "scaling", "cite", "about"])
def test_hostile_texts_of_a_document_stay_texts(watched: Pages, served: Served, name: str) -> None:
    page = watched()
    document = hostile(json.load(urllib.request.urlopen(f"{served.url}crb/board.json")))
    names = "~".join(model["name"] for model in document["boards"][0]["models"][:12])
    page.route("**/crb/board.json*", lambda route: route.fulfill(json=document))
    opened(page, served.url, "#" + name.replace("*", names))
    page.wait_for_load_state("networkidle")
    assert page.evaluate(ALIVE)
    links = page.evaluate("[...document.querySelectorAll('#crb-page a[href]')].map((one) => one.getAttribute('href'))")
    assert [link for link in links if not re.match(r"https?://|#|blob:", link)] == []
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", page.locator("#crb-page").inner_text())
    if name.startswith("board"):
        assert len(labels(page)) == len(document["boards"][0]["models"])


@pytest.mark.parametrize("state", ADDRESSES)
def test_a_hostile_address_opens_a_page(watched: Pages, served: Served, state: str) -> None:
    page = opened(watched(), served.url, state)
    page.wait_for_selector("[role=tabpanel]:visible #crb-page section.crb-view")
    assert page.evaluate(ALIVE)


def upload(page: Any, file: Path) -> Any:
    """Upload a file in the tab Submit; the verdict."""
    page.locator("#crb-upload input[type=file]").set_input_files(str(file))
    page.wait_for_selector(".crb-verdict")
    return page.locator(".crb-verdict")


def test_an_upload_is_judged_live_with_file_row_and_field(watched: Pages, served: Served, tmp_path: Path) -> None:
    entry = json.loads(next((home() / "results" / "org__model-0").glob("*.json")).read_text(encoding="utf-8"))
    entry["cells"][2]["right"] = -1
    entry["model"]["family"] = BAD
    bad = tmp_path / "entry.json"
    bad.write_text(json.dumps(entry), encoding="utf-8")
    page = opened(watched(), served.url, "#submit")
    page.wait_for_selector("#crb-upload input[type=file]", state="attached")
    said = upload(page, bad).inner_text()
    assert "entry.json is not in order" in said
    assert "model.family" in said
    assert "HTML" in said
    assert page.evaluate(ALIVE)


def test_a_good_run_passes_and_shows_the_pull_request(watched: Pages, served: Served, tmp_path: Path) -> None:
    run = home() / "runs" / "0"
    file = tmp_path / "run.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for path in run.rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(run.parent))
    page = opened(watched(), served.url, "#submit")
    page.wait_for_selector("#crb-upload input[type=file]", state="attached")
    verdict = upload(page, file)
    assert "This run is fit for the leaderboard" in verdict.inner_text()
    assert "org/model-0" in verdict.inner_text()
    assert "git add results/org__model-0/crb-mini.json" in verdict.locator("pre").inner_text()


@pytest.mark.parametrize("kind", ["garbage.zip", "garbage.json", "large.json", "bomb.zip", "<b>name.json"])
def test_garbage_is_refused_and_the_app_stays_up(watched: Pages, served: Served, tmp_path: Path, kind: str) -> None:
    file = tmp_path / kind
    if kind == "large.json":
        file.write_bytes(b'["' + b"x" * 10_000_000 + b'"]')
    elif kind == "bomb.zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("run/run.json", b" " * 61_000_000)
    else:
        file.write_bytes(b"\x00\xff<script>window.evil=1</script>")
    page = opened(watched(), served.url, "#submit")
    page.wait_for_selector("#crb-upload input[type=file]", state="attached")
    said = upload(page, file).inner_text()
    assert "is not in order" in said
    assert "Traceback" not in said
    assert page.evaluate(ALIVE)
    assert urllib.request.urlopen(served.url).status == 200
    shutil.rmtree(tmp_path)
