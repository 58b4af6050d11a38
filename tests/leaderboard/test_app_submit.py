"""The tab Submit: what is in order passes, and whatever else is uploaded is refused with its file, never with a
traceback."""

from __future__ import annotations

import io
import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crb_leaderboard import submit, upload
from crb_leaderboard.submit import verdict
from fuzzing import cases
from hypothesis import given
from hypothesis import strategies as st
from mutations import HOSTILE, mutated
from results.result_doubles import make_run

from crb.results.build import entry_of

QUICK = cases(60)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("submit") / "run", "org/model").path


@pytest.fixture(scope="module")
def entry(run: Path) -> dict[str, Any]:
    from crb.runs import open_run

    return entry_of(open_run(run)).as_json()


def zipped(run: Path, target: Path, root: str = "run", **more: bytes) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(run.rglob("*")):
            if file.is_file():
                archive.write(file, f"{root}/{file.relative_to(run).as_posix()}".lstrip("/"))
        for name, content in more.items():
            archive.writestr(name, content)
    return target


def said(file: Path) -> dict[str, Any]:
    """A verdict that can be sent to a browser, and whose refusals say what is wrong and where."""
    found = verdict(file)
    json.dumps(found, allow_nan=False)
    for fault in found["faults"]:
        assert fault["file"]
        assert fault["message"]
        assert str(Path(tempfile.gettempdir())) not in json.dumps(fault["file"])
    return found


def decided(found: dict[str, Any]) -> bool:
    """Whether a verdict is one: in order without a fault, or not in order for the faults that it tells."""
    return bool(found["title"]) and ("not in order" in found["title"]) == bool(found["faults"])


def test_what_is_in_order_passes(run: Path, entry: dict[str, Any], tmp_path: Path) -> None:
    whole = said(zipped(run, tmp_path / "run.zip"))
    assert (whole["faults"], whole["title"]) == ([], "This run is fit for the leaderboard")
    assert "git add results/org__model/crb-mini.json" in whole["preview"]
    assert said(zipped(run, tmp_path / "bare.zip", root=""))["faults"] == []
    (tmp_path / "entry.json").write_text(json.dumps(entry), encoding="utf-8")
    assert said(tmp_path / "entry.json")["title"] == "This entry is in order"
    assert said(run / "results.json")["title"] == "This results.json is in order"


def test_a_tampered_score_file_is_told(run: Path, tmp_path: Path) -> None:
    """Whoever betters results.json alone is found out, in the run and in the file by itself."""
    copy = shutil.copytree(run, tmp_path / "run")
    results = json.loads((copy / "results.json").read_text(encoding="utf-8"))
    results["overall"]["accuracy"] = 0.99
    (copy / "results.json").write_text(json.dumps(results), encoding="utf-8")
    assert [fault["field"] for fault in said(copy / "results.json")["faults"]] == ["overall.accuracy"]
    assert "figures follow" in said(zipped(copy, tmp_path / "run.zip"))["faults"][0]["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda entry: entry["cells"][2].update(right=-1), "cells.right"),
        (lambda entry: entry["model"].update(name="<img src=x onerror=alert(1)>"), "model.name"),
        (lambda entry: entry["model"].update(revision="a\u202eb"), "model.revision"),
        (lambda entry: entry["provenance"].update(origin="/" + "home/somebody/run"), "provenance.origin"),
        (lambda entry: entry.update(extra=1), "extra"),
        (lambda entry: entry["benchmark"].update(n=10**9), "benchmark.n"),
        (lambda entry: entry["config"].update(model="other/model"), "config.model"),
    ],
)
def test_an_entry_with_a_fault_is_refused_with_its_field(
    entry: dict[str, Any], tmp_path: Path, change: Callable[[dict[str, Any]], None], field: str
) -> None:
    changed = json.loads(json.dumps(entry))
    change(changed)
    (tmp_path / "entry.json").write_text(json.dumps(changed), encoding="utf-8")
    fault = said(tmp_path / "entry.json")["faults"][0]
    assert (fault["file"], fault["field"]) == ("entry.json", field)


def test_a_large_or_deep_file_is_refused_at_once(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_bytes(b'["' + b"x" * 10_000_000 + b'"]')
    assert "bytes" in said(large)["faults"][0]["message"]
    deep = tmp_path / "deep.json"
    deep.write_bytes(b"[" * 200_000)
    assert said(deep)["faults"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../evil.json", "leads out"),
        ("run/../../evil.json", "leads out"),
        ("/etc/evil", "leads out"),
        ("C:/evil", "leads out"),
        ("run\\evil", "leads out"),
        ("a\u202eb", "not seen"),
        ("x" * 400, "too long"),
        ("other/run.json", "2 runs"),
    ],
)
def test_a_name_that_leads_out_is_refused(run: Path, tmp_path: Path, name: str, message: str) -> None:
    found = said(zipped(run, tmp_path / "run.zip", **{name: b"{}"}))
    assert message in found["faults"][0]["message"]
    assert not (tmp_path.parent / "evil.json").exists()


def test_links_bombs_and_crowds_are_refused(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        link = zipfile.ZipInfo("run/scores.parquet")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("run/run.json", "{}")
    fault = said(tmp_path / "link.zip")["faults"][0]
    assert (fault["message"], fault["row"]) == ("the file is a link", 1)

    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/run.json", b" " * 70_000_000)
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    assert "60,000,000 bytes" in said(tmp_path / "bomb.zip")["faults"][0]["message"]

    crowd = zipped(run, tmp_path / "crowd.zip", **{f"run/{number}": b"" for number in range(600)})
    assert "more than 500" in said(crowd)["faults"][0]["message"]

    monkeypatch.setattr(submit, "MOST_ROWS", 10)
    assert "rows" in said(zipped(run, tmp_path / "rows.zip"))["faults"][0]["message"]


def test_a_size_that_the_archive_lies_about_is_counted(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "LARGEST_ALL", 1000)
    assert "bytes when unpacked" in said(zipped(run, tmp_path / "run.zip"))["faults"][0]["message"]


@QUICK
@given(content=st.binary(max_size=400), suffix=st.sampled_from([".json", ".zip", "", ".JSON", ".parquet"]))
def test_garbage_is_refused(content: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / f"garbage{suffix}"
    file.write_bytes(content)
    assert said(file)["faults"]


@QUICK
@given(data=st.data())
def test_a_mutated_entry_passes_or_is_refused(
    data: st.DataObject, entry: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content, _, _ = data.draw(mutated(entry))
    file = tmp_path_factory.getbasetemp() / "entry.json"
    file.write_bytes(content)
    assert decided(said(file))


@QUICK
@given(data=st.data())
def test_a_mutated_run_or_results_file_passes_or_is_refused(
    data: st.DataObject, run: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = data.draw(st.sampled_from(["run.json", "results.json"]))
    content, _, _ = data.draw(mutated(json.loads((run / name).read_bytes())))
    folder = tmp_path_factory.getbasetemp()
    (folder / "results.json").write_bytes(content)
    assert decided(said(folder / "results.json"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in run.rglob("*"):
            if file.is_file():
                archive.writestr(file.relative_to(run).as_posix(), content if file.name == name else file.read_bytes())
    whole = bytearray(buffer.getvalue())
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (folder / "run.zip").write_bytes(whole)
    assert decided(said(folder / "run.zip"))


def test_hostile_texts_of_a_run_do_not_pass(run: Path, tmp_path: Path) -> None:
    document = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for text in HOSTILE:
        copy = shutil.copytree(run, tmp_path / "run", dirs_exist_ok=True)
        changed = document | {"config": document["config"] | {"model": text}}
        (copy / "run.json").write_text(json.dumps(changed), encoding="utf-8")
        assert said(zipped(copy, tmp_path / "run.zip"))["faults"]
