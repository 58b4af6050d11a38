"""The stage: terms and classifiers agree, what a row is told, and that shards and their order do not matter."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny_models
from crb_builders.stages.aspects import Aspects, AspectsSettings
from crb_builders.terms.calibration import calibrate, figures
from crb_builders.terms.hashing import PLACES, features
from crb_builders.terms.texts import changed
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crb.errors import DataError, ModelError

_SPEED = ["loop", "table", "index", "scan", "tree", "array", "sort", "map", "lookup"]
_SAFETY = ["input", "html", "token", "header", "origin", "query", "user", "request", "login"]
_LOOKS = ["page", "colour", "logo", "text", "menu", "font"]


def commits(count: int, seed: int = 0) -> pa.Table:
    """Commits about speed, about security or about neither; the words around the terms go with what they are about."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        kind = chance.choice(["speed", "safety", "neither"])
        words = {"speed": _SPEED, "safety": _SAFETY, "neither": _LOOKS}[kind]
        said = chance.sample(words, 3)
        term = {"speed": "optimize", "safety": "sanitize", "neither": ""}[kind]
        if chance.random() < 0.08:  # a term that misleads
            term = chance.choice(["optimize", "sanitize"])
        lines = "\n".join(f"{word}_{chance.randrange(5)}()" for word in said)
        rows.append(
            {"id": f"r@{number:05}", "message": f"{term} the {' '.join(said)}", "old": "x\n", "new": f"x\n{lines}\n"}
        )
    return pa.Table.from_pylist(rows)


def run(stage: Aspects, table: pa.Table, folder: Path, size: int = 100) -> tuple[pa.Table, pa.Table, Path]:
    """Kept and rejected rows, and the folder of the decision."""
    folder.mkdir(parents=True)
    shards = [table.slice(at, size) for at in range(0, table.num_rows, size)]
    summaries = []
    for number, shard in enumerate(shards):
        pq.write_table(stage.summarise(shard), folder / f"{number}.parquet")
        summaries.append(folder / f"{number}.parquet")
    (folder / "decision").mkdir()
    stage.conclude((pq.read_table(path) for path in summaries), folder / "decision")
    decision = stage.load(folder / "decision")
    outcomes = [stage.finish(shard, decision, 0) for shard in shards]
    kept = pa.concat_tables([outcome.kept for outcome in outcomes])
    return kept, pa.concat_tables([outcome.rejected for outcome in outcomes if outcome.rejected]), folder / "decision"


def stage(**settings: Any) -> Aspects:
    return Aspects(AspectsSettings.model_validate(settings))


def test_terms_alone(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b", "c"], "message": ["Speed up a slow loop, no leaks", "Change the logo", None]})
    kept, rejected, _ = run(stage(classifier=None), table, tmp_path / "one")
    assert kept["aspect"].to_pylist() == ["Runtime_Efficiency"]
    assert kept["aspect_terms"].to_pylist() == [["slow", "speed"]]
    assert kept["aspect_score"].to_pylist() == [None]
    assert rejected["reason"].to_pylist() == ["no_term", "no_term"]
    each, _, _ = run(stage(classifier=None, several="each"), table, tmp_path / "each")
    assert each["id"].to_pylist() == ["a#runtime_efficiency", "a#memory_efficiency"]


def test_a_classifier_rejects_terms_that_mislead(tmp_path: Path) -> None:
    table = commits(1000)
    kept, rejected, decision = run(stage(), table, tmp_path / "all")
    reported = json.loads((decision / "figures.json").read_text())
    assert reported["runtime_efficiency"]["precision"] > 0.9
    assert reported["runtime_efficiency"]["auc"] > 0.9
    assert reported["memory_efficiency"] == {"positives": 0, "classifier": None}
    misled = [row for row in rejected.to_pylist() if row["reason"] == "not_confirmed"]
    assert len(misled) > 20
    about_speed = [row for row in kept.to_pylist() if row["aspect"] == "Runtime_Efficiency"]
    assert sum(any(word in row["message"] for word in _SPEED) for row in about_speed) > 0.95 * len(about_speed)
    assert all(0 <= row["aspect_score"] <= 1 for row in kept.to_pylist())


def test_the_classifier_finds_what_no_term_does(tmp_path: Path) -> None:
    new = {"id": "new", "message": "the loop scan over the index table", "old": "x\n", "new": "x\nloop_1()\nscan_2()\n"}
    table = pa.concat_tables([commits(1000), pa.Table.from_pylist([new])])
    without, _, _ = run(stage(), table, tmp_path / "terms")
    beyond, _, _ = run(stage(beyond_terms=True), table, tmp_path / "beyond")
    assert "new" not in without["id"].to_pylist()
    assert {row["id"]: row for row in beyond.to_pylist()}["new"]["aspect"] == "Runtime_Efficiency"
    assert {row["id"]: row for row in beyond.to_pylist()}["new"]["aspect_terms"] == []


def test_shards_and_their_size_do_not_matter(tmp_path: Path) -> None:
    table = commits(600)
    one, _, first = run(stage(), table, tmp_path / "one", size=600)
    other, _, second = run(stage(), table, tmp_path / "other", size=77)
    assert one.equals(other)
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()


def test_a_criterion_with_few_positives_is_left_to_its_terms(tmp_path: Path) -> None:
    kept, _, decision = run(stage(), commits(60), tmp_path / "few")
    assert json.loads((decision / "decided.json").read_text()) == {}
    assert set(kept["aspect"].to_pylist()) == {"Runtime_Efficiency", "Security_Hardness"}


def test_an_encoder_of_the_users_is_fine_tuned_kept_and_read_again(tmp_path: Path) -> None:
    model = tiny_models.build(tmp_path / "model", "qwen2")
    block = {"kind": "encoder", "model": str(model), "least": 10, "batch": 8, "epochs": 1, "tokens": 48}
    block |= {"learning_rate": 0.003}
    table = commits(160, seed=4)
    before = stage(classifier=block).depends()
    kept, rejected, decision = run(stage(classifier=block), table, tmp_path / "out")
    reported = json.loads((decision / "figures.json").read_text())
    assert reported["runtime_efficiency"]["rows"] > 0
    assert (decision / "runtime_efficiency.0" / "config.json").is_file()
    assert kept.num_rows + rejected.num_rows == table.num_rows
    assert all(score is not None for score in kept["aspect_score"].to_pylist())
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"note": 1}))
    assert stage(classifier=block).depends() != before
    with pytest.raises(ModelError, match="no encoder"):
        run(stage(classifier=block | {"model": str(tmp_path / "none")}), table, tmp_path / "again")


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1, max_size=60))
def test_calibration_gives_probabilities_and_keeps_something(
    rows: list[tuple[float, bool]],
) -> None:
    logits, labels = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    line = calibrate(logits, labels)
    chances = line.probabilities(logits)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (chances >= line.threshold).any()
    found = figures(chances, labels, line.threshold)
    assert found["rows"] == len(rows)


def test_calibrated_probabilities_are_frequencies() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=20_000) * 3
    labels = random.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))
    line = calibrate(logits, labels)
    chances = line.probabilities(logits)
    for low in np.arange(0.1, 0.8, 0.1):
        part = (chances >= low) & (chances < low + 0.1)
        assert labels[part].mean() == pytest.approx(chances[part].mean(), abs=0.03)
    known = figures(np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False]), 0.5)
    assert known == {"rows": 4, "positives": 2, "kept": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5, "auc": 0.75,
                     "brier": pytest.approx(0.2875), "threshold": 0.5}  # fmt: skip


@given(st.text("ab\n ", max_size=30), st.text("ab\n ", max_size=30))
def test_changed_lines_stand_on_their_side_only(old: str, new: str) -> None:
    removed, added = changed(old, new)
    assert changed(new, old) == (added, removed)
    assert set(removed.splitlines()) <= {line.strip() for line in old.splitlines()}
    assert changed(old, old) == ("", "")


def test_features_are_those_of_the_text_alone() -> None:
    parts = (["fix the loop", "", "a b c"], ["x = 1", "y", ""], ["x = 2", "", ""])
    together = features(*parts)
    assert together.hashes.max() < PLACES
    for number in range(3):
        alone = features(*([part[number]] for part in parts))
        begin, end = together.bounds[number : number + 2]
        assert together.hashes[begin:end].tolist() == alone.hashes.tolist()
    sides = features(["", ""], ["word", ""], ["", "word"])
    assert sides.hashes[0] != sides.hashes[1]


def test_faults_are_named() -> None:
    with pytest.raises(DataError, match="no column 'message'"):
        stage().summarise(pa.table({"id": ["a"]}))
    with pytest.raises(ValidationError):
        stage(classifier={"kind": "oracle"})
