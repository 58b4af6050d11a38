"""What the app serves: exports equal to `crb export`, parts and headers, and a board that one bad file cannot take
down."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from leaderboard.app_server import RESULTS
from mutations import HOSTILE
from results.result_doubles import make_run

from crb.results.adding import add_runs

pytest.importorskip("gradio", reason="the extra 'leaderboard' is not installed")

from crb_leaderboard.app import TABS, blocks
from crb_leaderboard.site import Site, site_of
from crb_leaderboard.web import LARGEST_REQUEST, middleware, routes
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of three runs on crb-mini, with the runs beside them."""
    home = tmp_path_factory.mktemp("board")
    runs = [make_run(home / "runs" / name, f"org/{name}", seed) for seed, name in enumerate(["one", "two", "three"])]
    add_runs(home / "results", runs)
    return home


@pytest.fixture(scope="module")
def site(board: Path) -> Site:
    return site_of(board / "results", [board / "runs"])


def client_of(site: Site) -> TestClient:
    async def page(_: Any) -> HTMLResponse:
        return HTMLResponse("<html><head></head><body><gradio-app></gradio-app></body></html>")

    return TestClient(Starlette(routes=[*routes(site), Route("/", page)], middleware=middleware(site)))


@pytest.fixture(scope="module")
def client(site: Site) -> TestClient:
    return client_of(site)


@pytest.mark.parametrize("by", ["criterion", "language", "subset", "overall"])
@pytest.mark.parametrize("form", ["csv", "latex", "bibtex"])
def test_a_download_is_what_crb_export_writes(
    form: str, by: str, client: TestClient, board: Path, crb: Callable[..., Any]
) -> None:
    models = ["org/two", "baselines/coin", "org/one"]
    wanted = {"format": form, "by": by, "models": models, "benchmark": "crb-mini", "intervals": "interval"}
    got = client.post("/crb/export", json=wanted)
    out = board / f"export.{form}"
    options = ("--by", by, "--models", ",".join(models), "--benchmark", "crb-mini", "--intervals", "interval")
    done = crb("export", "--results", board / "results", "--format", form, *options, "--out", out)
    assert (got.status_code, done.code) == (200, 0)
    assert got.content == out.read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b'{"format": "exe"}', b'{"format": "csv", "models": ["no/such"]}', b"\xff",
        b'{"format": "csv", "benchmark": "../../etc"}', b'{"format": "csv", "by": "<script>"}', b"[" * 100_000,
        b'{"format": "csv", "models": ["' + b"x" * LARGEST_REQUEST + b'"]}', b'{"format": "csv", "more": 1}',
    ],
)  # fmt: skip
def test_a_bad_request_for_an_export_is_answered_in_words(client: TestClient, body: bytes) -> None:
    answer = client.post("/crb/export", content=body)
    assert answer.status_code == 400
    assert answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_files_are_kept_by_their_content(client: TestClient, site: Site) -> None:
    file = site.files["board.json"]
    first = client.get("/crb/board.json")
    assert first.json()["schema"] == 1
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "no-cache"
    assert "immutable" in client.get(f"/crb/board.json?{file.tag}").headers["cache-control"]
    assert client.get("/crb/board.json", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert client.get("/crb/board.json", headers={"accept-encoding": "identity"}).content == file.content


def test_parts_come_by_name_and_nothing_else_does(client: TestClient, site: Site) -> None:
    for name in site.shards.names:
        assert client.get(f"/crb/data/{name}.json").status_code == 200, name
    for name in ("couples/0/999", "couples/9/0", "pairs/0/99999", "pairs/0/-1", "..%2f..%2fetc%2fpasswd", "x" * 5000):
        assert client.get(f"/crb/data/{name}.json").status_code == 404, name
    for name in ("app.js", "..%2fapp.py", "page.html", ""):
        assert client.get(f"/crb/{name}").status_code == 404, name


def test_the_page_has_the_board_before_gradio_and_a_policy(client: TestClient, site: Site) -> None:
    answer = client.get("/")
    assert answer.text.index("crb/page.js") < answer.text.index("<gradio-app")
    assert answer.text.index("crb/page.css") < answer.text.index("</head>")
    assert f"crb/board.json?{site.files['board.json'].tag}" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    for part in ("default-src 'self'", "connect-src 'self'", "object-src 'none'"):
        assert part in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def damage(results: Path) -> dict[str, str]:
    """Spoil copies of an entry in many ways; returns the field that each file should be refused for."""
    good = json.loads((results / "org__one" / "crb-mini.json").read_text(encoding="utf-8"))
    fields = {}
    for number, text in enumerate(HOSTILE):
        bad = good | {"model": good["model"] | {"name": f"bad/{number}", "family": text}}
        fields[_write(results, f"bad__{number}", json.dumps(bad).encode())] = "model.family"
    fields[_write(results, "bad__large", b'["' + b"x" * 10_000_000 + b'"]')] = ""
    fields[_write(results, "bad__cut", json.dumps(good).encode()[:200])] = ""
    fields[_write(results, "bad__name", json.dumps(good).encode())] = "model.name"
    other = good | {"model": good["model"] | {"name": "bad/pairs"}}
    other["benchmark"] = good["benchmark"] | {"pairs": "0" * 64}
    fields[_write(results, "bad__pairs", json.dumps(other).encode())] = "benchmark.pairs"
    return fields


def _write(results: Path, folder: str, content: bytes) -> str:
    (results / folder).mkdir()
    (results / folder / "crb-mini.json").write_bytes(content)
    return f"{folder}/crb-mini.json"


def test_a_bad_file_is_told_and_the_others_are_shown(board: Path, tmp_path: Path, site: Site) -> None:
    results = shutil.copytree(board / "results", tmp_path / "results")
    fields = damage(results)
    (results / "org__two" / "published.json").write_text("{}", encoding="utf-8")
    found = site_of(results).document
    models = [model["name"] for model in found["boards"][0]["models"]]
    assert models == [model["name"] for model in site.document["boards"][0]["models"]]
    refused = {row["file"]: row for row in found["refused"]}
    assert set(refused) == {*fields, "org__two/published.json"}
    assert {name: refused[name]["field"] for name in fields} == fields
    assert str(tmp_path) not in json.dumps(found)
    assert all(row["message"].isprintable() and len(row["message"]) < 600 for row in found["refused"])
    assert found["boards"][0]["apart"] == site.document["boards"][0]["apart"]


def test_comparisons_that_do_not_fit_make_no_ranks(board: Path, tmp_path: Path) -> None:
    """An entry with other counts than its comparisons keeps its figures and loses its rank; nobody else does."""
    results = shutil.copytree(board / "results", tmp_path / "results")
    file = results / "org__one" / "crb-mini.json"
    entry = json.loads(file.read_text(encoding="utf-8"))
    for cell in entry["cells"]:
        cell["right"], cell["wrong"] = cell["right"] + cell["wrong"], 0
    file.write_text(json.dumps(entry), encoding="utf-8")
    found = site_of(results).document
    ranks = {model["name"]: model["rank"].get("strict") for model in found["boards"][0]["models"]}
    assert ranks["org/one"] is None
    assert all(rank for name, rank in ranks.items() if name != "org/one")
    assert found["refused"][0]["file"] == "pairwise.json"


def test_without_any_good_file_there_is_still_a_page(tmp_path: Path) -> None:
    (tmp_path / "org__model").mkdir()
    (tmp_path / "org__model" / "crb-mini.json").write_text("[]", encoding="utf-8")
    (tmp_path / "pairwise.json").write_text("[]", encoding="utf-8")
    site = site_of(tmp_path)
    assert (site.document["boards"], len(site.document["refused"])) == ([], 2)
    assert client_of(site).get("/crb/board.json").status_code == 200


def test_the_tabs_are_wired_and_carry_no_data(site: Site) -> None:
    app = blocks(site)
    components = app.config["components"]
    tabs = [one["props"]["id"] for one in components if one["type"] == "tabitem"]
    assert tabs == [name for name in TABS if name != "others"], "these results have none of other benchmarks"
    assert app.analytics_enabled is False
    for one in components:
        if one["type"] == "html":
            assert not one["props"].get("value")
            assert "${" not in one["props"]["html_template"]
            assert "{{" not in one["props"]["html_template"]
    assert "org/one" not in json.dumps(app.config, default=str)


def test_without_samples_there_is_no_tab_for_pairs(board: Path) -> None:
    app = blocks(site_of(board / "results"))
    tabs = [one["props"]["id"] for one in app.config["components"] if one["type"] == "tabitem"]
    assert tabs == [name for name in TABS if name not in ("pairs", "others")]


def test_results_of_other_benchmarks_have_a_tab_as_on_the_page_from_disk() -> None:
    app = blocks(site_of(RESULTS))
    assert "others" in [one["props"]["id"] for one in app.config["components"] if one["type"] == "tabitem"]


def test_the_published_results_make_the_whole_board() -> None:
    if not RESULTS.is_dir():
        pytest.skip("the results are not in this checkout")
    document = site_of(RESULTS).document
    assert document["refused"] == []
    assert len(document["boards"][0]["models"]) >= 51
