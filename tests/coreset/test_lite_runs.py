"""`crb run --items`: from a copy of the benchmark to a prediction that no one can mistake for a measurement."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lite_copy import write_copy

import crb as package
from crb.coreset.document import load_lite
from crb.errors import CrbError
from crb.results.build import check_entrant

pytestmark = pytest.mark.usefixtures("one_thread")

Crb = Callable[..., Any]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the benchmark that holds the coreset."""
    return write_copy(tmp_path_factory.mktemp("copy") / "crb.jsonl")


@pytest.fixture(scope="module")
def lite(tiny_llama: Path, copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on the coreset."""
    out = tmp_path_factory.mktemp("lite") / "run"
    package.evaluate(str(tiny_llama), f"crb:{copy}", items="lite", dtype="float32", out=out)
    return out


def test_a_run_on_the_coreset_predicts_the_whole(crb: Crb, lite: Path) -> None:
    run = package.open_run(lite)
    found = run.prediction
    assert found is not None
    assert run.document["n"] == found["seen"] == 500
    assert found["n"] == 8866
    assert 0 <= found["overall"]["low"] < found["overall"]["value"] < found["overall"]["high"] <= 1
    assert [part["seen"] for part in found["by_criterion"]] == [256, 70, 40, 81, 53]
    assert run.results["overall"]["total_examples"] == 500  # what was measured is of the pairs that were run
    shown = crb("report", lite).out
    assert "predicted for all 8,866 pairs, in percent: not measured" in " ".join(shown.split())
    tables = json.loads(crb("report", lite, "--format", "json").out)
    assert "prediction" in json.dumps(tables)


def test_the_selection_is_part_of_the_fingerprint(tiny_llama: Path, copy: Path, lite: Path) -> None:
    again = package.evaluate(str(tiny_llama), f"crb:{copy}", items="lite", dtype="float32", out=lite)
    assert again.config["selection"] == {"items": {"name": "lite", "hash": load_lite().hash}}
    with pytest.raises(CrbError, match=r"another configuration.*selection"):
        package.evaluate(str(tiny_llama), f"crb:{copy}", limit=5, dtype="float32", out=lite)


def test_a_run_on_the_coreset_is_no_entry_and_no_submission(crb: Crb, lite: Path, tmp_path: Path) -> None:
    with pytest.raises(CrbError, match="a part of the benchmark"):
        check_entrant(package.open_run(lite))
    done = crb("results", "add", lite, "--results", tmp_path / "results")
    assert done.code == 2
    assert "a part of the benchmark" in done.err
    done = crb("submit", lite, "--json")
    assert done.code != 0
    assert "a part of the benchmark" in done.out + done.err


def test_a_criterion_alone_is_predicted_alone(crb: Crb, copy: Path, tmp_path: Path) -> None:
    words = ("--criterion", "memory efficiency", "--items", "lite", "--out", tmp_path / "run", "--json")
    done = crb("run", "crb-tiny", "--benchmark", f"crb:{copy}", *words)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["n"] == 40
    assert found["prediction"]["overall"] is None
    predicted = {part["criterion"]: part["strict"] for part in found["prediction"]["by_criterion"]}
    assert [name for name, strict in predicted.items() if strict] == ["memory_efficiency"]


def test_a_cut_coreset_predicts_nothing_and_says_why(crb: Crb, tiny_llama: Path, copy: Path, tmp_path: Path) -> None:
    words = ("--benchmark", f"crb:{copy}", "--items", "lite", "--limit", "9", "--dtype", "float32")
    done = crb("run", tiny_llama, *words, "--out", tmp_path / "run")
    assert done.code == 0
    assert "no prediction where less than nine tenths" in " ".join(done.out.split())


def test_a_copy_that_lacks_some_pairs_predicts_from_the_others_and_says_how_many(
    tiny_llama: Path, tmp_path: Path
) -> None:
    copy = write_copy(tmp_path / "some.jsonl", lacking=2)
    run = package.evaluate(str(tiny_llama), f"crb:{copy}", items="lite", dtype="float32", out=tmp_path / "run")
    assert run.config["selection"]["items"]["missing"] == 10
    assert run.prediction is not None
    assert run.prediction["seen"] == 490
    assert run.prediction["overall"] is not None


def test_a_file_of_ids_runs_those_pairs_and_predicts_nothing(
    crb: Crb, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path
) -> None:
    ids = [json.loads(line)["id"] for line in sixty_pairs.read_text().splitlines()][5:2:-1]
    (tmp_path / "ids.txt").write_text("\n\n".join(ids) + "\n", encoding="utf-8-sig")  # with a byte order mark
    words = ("--items", tmp_path / "ids.txt", "--dtype", "float32", "--out", tmp_path / "run", "--json")
    found = json.loads(crb("run", tiny_llama, "--benchmark", sixty_pairs, *words).out)
    assert found["n"] == 3
    assert "prediction" not in found
    assert list(package.open_run(tmp_path / "run").pairs().index) == ids[::-1]  # in the benchmark's order


def refused(tiny_llama: Path, benchmark: str | Path, items: str | Path, out: Path) -> str:
    with pytest.raises(CrbError) as caught:
        package.evaluate(str(tiny_llama), benchmark, items=str(items), dtype="float32", out=out)
    assert not out.exists()
    return str(caught.value)


def test_what_cannot_be_picked_is_refused_before_anything_is_scored(
    tiny_llama: Path, sixty_pairs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    said = refused(tiny_llama, "crb-mini", "lite", out)
    assert "the coreset lite is of pairs of the benchmark crb, not of crb-mini" in said
    said = refused(tiny_llama, f"crb:{write_copy(tmp_path / 'other.jsonl', lacking=6)}", "lite", out)
    assert "the copy has 470 of the 500 pairs of the coreset lite" in said
    assert "34 of 40: a prediction needs 90%" in said
    said = refused(tiny_llama, sixty_pairs, tmp_path / "absent.txt", out)
    assert "the ids cannot be read" in said
    file = tmp_path / "ids.txt"
    for text, expected in (
        ("", "the file names no id"),
        ("pair-0\npair-0\n", "stands in row 1 already"),
        ("pair-0\nnowhere\nneither\n", "the id 'nowhere' is not in the benchmark"),
    ):
        file.write_text(text)
        assert expected in refused(tiny_llama, sixty_pairs, file, out)
    file.write_bytes(b"\xff\xfe\x00")
    assert "it is not UTF-8" in refused(tiny_llama, sixty_pairs, file, out)
