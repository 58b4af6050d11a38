"""What was scored stays: through full disks, damaged inputs and torn journals; and what has no score is no number."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import tiny_models
from bad_place import Place
from bad_requests import BUSY
from limits import forbidden_folder, no_file_beyond

from crb.runs import open_run

pytestmark = pytest.mark.usefixtures("one_thread")

Crb = Callable[..., Any]
RESULTS = ("scores.parquet", "results.json")


@pytest.fixture
def place(tmp_path: Path, tiny_llama: Path) -> Place:
    return Place(tmp_path, tiny_llama, count=30)


@pytest.fixture
def whole(place: Place, crb: Crb, tmp_path: Path) -> Path:
    """An undisturbed run of the place's model on its pairs."""
    done = crb(*place.run("--out", tmp_path / "whole", "--token-budget", "300"))
    assert (done.code, done.err) == (0, "")
    return tmp_path / "whole"


@pytest.fixture
def half(place: Place, whole: Path) -> Path:
    """The journal of the same run, stopped after nine readings."""
    journal = place.out / "journal.jsonl"
    journal.parent.mkdir()
    journal.write_bytes(b"".join((whole / "journal.jsonl").read_bytes().splitlines(keepends=True)[:10]))
    return journal


def resumes(place: Place, crb: Crb, whole: Path) -> Any:
    """Run again, now that nothing is wrong: the results are those of the undisturbed run."""
    done = crb(*place.run("--token-budget", "300", "--json"))
    assert done.code == 0
    for name in RESULTS:
        assert (place.out / name).read_bytes() == (whole / name).read_bytes()
    return done


def cut_pairs(place: Place) -> None:
    place.pairs().write_bytes(place.pairs().read_bytes()[:-40])


def cut_weights(place: Place) -> None:
    file = place.model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def break_template(place: Place) -> None:
    (place.model / "chat_template.jinja").write_text("{{ raise_exception('no') }}")


@pytest.mark.parametrize("damage", [cut_pairs, cut_weights, break_template])
def test_readings_outlive_a_damage_to_what_they_were_made_from(
    damage: Callable[[Place], None], place: Place, half: Path, whole: Path, crb: Crb
) -> None:
    readings = half.read_bytes()
    arguments = place.run()
    damage(place)
    done = crb(*arguments)
    assert done.code == 2
    assert half.read_bytes() == readings
    place.pairs()
    shutil.rmtree(place.model)
    resumes(place, crb, whole)
    assert half.read_bytes().startswith(readings)


@pytest.mark.parametrize(("size", "file"), [(3_000, "journal.jsonl"), (20_000, "results.json")])
def test_a_full_disk_stops_a_run_and_loses_nothing(place: Place, whole: Path, crb: Crb, size: int, file: str) -> None:
    arguments = place.run("--token-budget", "300")
    with no_file_beyond(size):
        done = crb(*arguments)
    assert done.code == 2
    assert "cannot write: File too large" in done.err
    assert str(place.out / file) in done.err
    assert "the same command again" in done.err
    readings = (place.out / "journal.jsonl").read_bytes()
    assert readings.endswith(b"}\n")
    assert len(readings.splitlines()) > 1
    assert not open_run(place.out).finished
    resumes(place, crb, whole)
    assert (place.out / "journal.jsonl").read_bytes().startswith(readings)
    assert [path.name for path in place.out.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("torn", [b'{"item":"pair-', b'"rejected"}\n', b"\xe2\x82", b"\x00\x00\x00"])
def test_a_torn_journal_is_repaired_and_the_run_says_so(
    place: Place, half: Path, whole: Path, crb: Crb, torn: bytes
) -> None:
    half.write_bytes(half.read_bytes() + torn)
    done = resumes(place, crb, whole)
    assert "note: the journal's last line was torn" in done.err
    assert any("torn" in note for note in json.loads(done.out)["notes"])
    assert torn not in half.read_bytes().splitlines()


def test_a_second_process_is_refused(place: Place, half: Path, whole: Path, crb: Crb) -> None:
    with half.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = crb(*place.run())
        assert done.code == 2
        assert BUSY in done.err
        assert str(half) in done.err
    resumes(place, crb, whole)


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_an_out_folder_that_may_not_be_written_is_an_error(tiny_llama: Path, crb: Crb, mode: int) -> None:
    def fill(folder: Path) -> None:
        place = Place(folder, tiny_llama)
        place.run()  # makes the model and the pairs
        (place.model / "model.safetensors").chmod(0o644)
        place.out.mkdir()
        place.out.chmod(mode)

    with forbidden_folder(0o755, fill) as folder:
        place = Place(folder, tiny_llama)
        arguments = ["run", place.model, "--benchmark", folder / "mine.jsonl", "--out", place.out]
        done = crb(*arguments)
        assert done.code == 2
        assert "Permission denied" in done.err
        assert str(place.out) in done.err
        assert "--out" in done.err


def test_results_that_were_deleted_are_written_again_without_scoring(place: Place, whole: Path, crb: Crb) -> None:
    before = {name: (whole / name).read_bytes() for name in RESULTS}
    for name in RESULTS:
        (whole / name).unlink()
        done = crb(*place.run("--out", whole, "--token-budget", "300"))
        assert done.code == 0
        assert {name: (whole / name).read_bytes() for name in RESULTS} == before
    assert [session["readings"] for session in open_run(whole).document["sessions"]] == [60, 0, 0]


def test_a_failed_start_does_not_bind_the_folder(place: Place, crb: Crb) -> None:
    assert crb(*place.run("--max-length", "20")).code == 2
    done = crb(*place.run("--max-length", "200", "--json"))
    assert done.code == 0
    assert open_run(place.out).config["max_length"] == 200


def test_a_prompt_that_is_too_long_may_be_recorded_instead(place: Place, crb: Crb) -> None:
    pairs = place.pairs(lambda rows: rows[4].update(prompt="long " * 200))
    done = crb(*place.run("--max-length", "200", "--long-prompts", "error", "--json", pairs=pairs))
    assert done.code == 0
    printed = json.loads(done.out)
    assert (printed["n"], printed["counts"]["invalid"]) == (30, 1)
    assert printed["statuses"]["chosen"]["error"] == printed["statuses"]["rejected"]["error"] == 1
    scores = pd.read_parquet(place.out / "scores.parquet")
    assert scores.index[scores["chosen_status"] == "error"].tolist() == ["pair-4"]
    assert scores.loc["pair-4", ["chosen_score", "rejected_score"]].isna().all()
    assert not scores.loc["pair-4", "correct"]
    reasons = [json.loads(line).get("reason", "") for line in (place.out / "journal.jsonl").read_text().splitlines()]
    assert len([reason for reason in reasons if "no room for the response" in reason]) == 2


@pytest.fixture(params=["nan", "inf", "-inf"])
def bad_score(request: pytest.FixtureRequest, place: Place) -> str:
    """The place's model scores every response so."""
    place.change_weights(lambda found: found.update({"score.weight": found["score.weight"] * 0 + float(request.param)}))
    return str(request.param)


def test_a_score_that_is_no_number_is_an_error_and_never_compared(place: Place, bad_score: str, crb: Crb) -> None:
    done = crb(*place.run("--json"))
    assert done.code == 2
    printed = json.loads(done.out)
    assert printed["counts"] == {"n": 30, "right": 0, "wrong": 0, "tie": 0, "invalid": 30}
    assert printed["invalid_rate"] == 1.0
    assert printed["accuracy"]["strict"]["value"] == 0.0
    assert printed["accuracy"]["half"]["value"] == 0.5
    assert printed["accuracy"]["valid"]["value"] is None
    assert printed["statuses"]["chosen"]["error"] == 30
    scores = pd.read_parquet(place.out / "scores.parquet")
    assert scores[["chosen_score", "rejected_score", "score_diff"]].isna().all(axis=None)
    assert "NaN" not in (place.out / "results.json").read_text()
    assert "the model returned" in (place.out / "journal.jsonl").read_text()


@pytest.mark.parametrize(("family", "engine"), [("llama", "forest"), ("gemma2", "forest"), ("llama", "padded")])
def test_one_text_that_gives_no_number_spoils_no_other(tmp_path: Path, crb: Crb, family: str, engine: str) -> None:
    from transformers import AutoTokenizer

    place = Place(tmp_path, tiny_models.build(tmp_path / "sound-model", family))
    pairs = place.pairs(lambda rows: rows[3].update(rejected=rows[3]["rejected"] + "\u00a7"))
    sound = crb(*place.run("--engine", engine, "--out", tmp_path / "sound", pairs=pairs))
    assert sound.code == 0
    poison = AutoTokenizer.from_pretrained(place.model)("\u00a7")["input_ids"][-1]  # in no other text

    def spoil(weights: dict[str, Any]) -> None:
        weights["model.embed_tokens.weight"][poison] = float("nan")

    place.change_weights(spoil)
    assert crb(*place.run("--engine", engine, pairs=pairs)).code == 0
    expected = open_run(tmp_path / "sound").pairs()
    found = open_run(place.out).pairs()
    assert found["rejected_status"].tolist() == ["error" if id == "pair-3" else "ok" for id in found.index]
    assert set(found["chosen_status"]) == {"ok"}
    pd.testing.assert_series_equal(found["chosen_score"], expected["chosen_score"], rtol=0, atol=1e-4)


def test_a_template_without_a_system_role_is_said_openly(tmp_path: Path, tiny_llama: Path, crb: Crb) -> None:
    place = Place(tmp_path, tiny_llama)
    (place.model / "chat_template.jinja").write_text(tiny_models.NO_SYSTEM_TEMPLATE)
    done = crb(*place.run("--prompts", "criterion", "--limit", "1", "--json"))
    assert done.code == 0
    assert json.loads(done.out)["notes"] == [
        "the chat template refuses a system role: system prompts open the user turn"
    ]
    assert crb(*place.run("--out", tmp_path / "plain", "--limit", "1")).err == ""
