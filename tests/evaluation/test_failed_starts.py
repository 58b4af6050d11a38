"""A start that fails before its first reading leaves no run behind; responses without a score say why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_place import Place

Crb = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def place(tmp_path: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, tiny_llama)


def test_a_model_that_does_not_load_leaves_no_run(place: Place, crb: Crb) -> None:
    place.change_weights(lambda found: found.pop("score.weight"))
    pairs = place.pairs()
    assert crb("run", place.model, "--benchmark", pairs).code == 2
    assert not list((place.home / "runs").iterdir())
    sound = crb("run", place.sound, "--benchmark", pairs, "--limit", 2)
    assert sound.code == 0
    assert crb("run", place.model, "--benchmark", pairs).code == 2
    assert crb("doctor", "runs", "--brief").out.startswith("1 run: 0 errors")


def test_the_folder_that_a_user_named_stays(place: Place, crb: Crb) -> None:
    place.change_weights(lambda found: found.pop("score.weight"))
    place.out.mkdir()
    (place.out / "notes.txt").write_text("mine")
    assert crb(*place.run()).code == 2
    assert [file.name for file in place.out.iterdir()] == ["notes.txt"]


def test_what_an_earlier_start_scored_stays(place: Place, crb: Crb) -> None:
    arguments = place.run("--token-budget", "300")
    assert crb(*arguments).code == 0
    run = (place.out / "run.json").read_text()
    (place.out / "run.json").write_text(run.replace('"status": "finished"', '"status": "running"'))
    lines = (place.out / "journal.jsonl").read_text().splitlines(keepends=True)
    (place.out / "journal.jsonl").write_text("".join(lines[:4]))
    (place.model / "tokenizer.json").rename(place.home / "tokenizer.json")
    assert crb(*arguments).code == 2  # another configuration by now: the run is of another revision
    assert (place.out / "journal.jsonl").read_text() == "".join(lines[:4])
    (place.home / "tokenizer.json").rename(place.model / "tokenizer.json")
    assert crb(*arguments).code == 0


def test_responses_without_a_score_are_told_with_their_reason(place: Place, crb: Crb) -> None:
    place.change_weights(lambda found: found["score.weight"].fill_(float("nan")))
    done = crb(*place.run("--limit", "4"))
    assert done.code == 2
    assert "8 of 8 responses have no score: the model returned nan" in " ".join(done.err.split())
