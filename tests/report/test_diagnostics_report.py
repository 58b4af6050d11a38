"""`crb diagnose`: what it prints, that formats agree, and that other texts than the run's are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from crb.benchmarks import load_benchmark
from crb.cli.diagnose import app
from crb.errors import UsageError
from crb.runs.folder import write_run
from crb.runs.run import RESULTS, SCORES
from crb.runs.scores import pairs_frame, write_scores
from crb.statistics.baselines import baseline_readings

MINI = load_benchmark("crb-mini")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of the coin on crb-mini."""
    path = tmp_path / "run"
    config = {"model": "coin", "benchmark": "crb-mini", "benchmark_hash": MINI.content_hash, "prompts": "none"}
    write_scores(path / SCORES, pairs_frame(MINI.items, baseline_readings("coin", MINI.items)))
    (path / RESULTS).write_text("{}", encoding="utf-8")
    write_run(path, {"schema": 1, "status": "finished", "config": config, "fingerprint": "0" * 16, "sessions": []})
    return path


def diagnose(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_with_texts_every_table_counts_every_pair(folder: Path) -> None:
    tables = json.loads(diagnose(folder, "--benchmark", "crb-mini", "--json").stdout)["tables"]
    for name in ("length_ratio", "edit_size", "response_length", "same_prompt", "calibration"):
        assert sum(row["n"] for row in tables[name]["rows"]) == 160
    for row in tables["length_ratio"]["rows"]:
        assert row["strict"]["low"] <= row["strict"]["value"] <= row["strict"]["high"]
    assert [row["probability"] for row in tables["calibration_error"]["rows"]] == ["raw", "fitted"]


def test_few_pairs_are_marked_and_explained(folder: Path) -> None:
    shown = diagnose(folder, "--benchmark", "crb-mini").stdout
    assert "†: fewer than 50 pairs, a rough figure" in shown
    assert "no two responses are judged under several criteria" in shown


def test_without_texts_there_is_calibration_and_a_word_of_what_is_missing(folder: Path) -> None:
    document = json.loads(diagnose(folder, "--json").stdout)
    assert set(document["tables"]) == {"calibration", "calibration_error"}
    assert any("give --benchmark" in note for note in document["notes"])


def test_a_pair_under_two_criteria_is_reported(tmp_path: Path, folder: Path) -> None:
    row = {"prompt": "p", "chosen": "a", "rejected": "b", "language": "Python"}
    rows = [row | {"id": "1", "aspect": "Memory_Efficiency"}, row | {"id": "2", "aspect": "Security_Hardness"}]
    path = tmp_path / "two.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    two = load_benchmark(str(path))
    write_scores(folder / SCORES, pairs_frame(two.items, baseline_readings("longer-response", two.items)))
    config = {"model": "m", "benchmark": "two", "benchmark_hash": two.content_hash, "prompts": "none"}
    write_run(folder, {"schema": 1, "status": "finished", "config": config, "fingerprint": "0" * 16, "sessions": []})
    (row,) = json.loads(diagnose(folder, "--benchmark", path, "--json").stdout)["tables"]["confusion"]["rows"]
    assert (row["n"], row["same_label"]["value"], row["decided"], row["same_choice"]["value"]) == (1, 1.0, 0, None)


def test_the_texts_of_another_benchmark_are_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    item = {"id": "x", "prompt": "p", "chosen": "a", "rejected": "b", "aspect": "Memory_Efficiency", "language": "C"}
    other.write_text(json.dumps(item) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="another benchmark"):
        diagnose(folder, "--benchmark", other)
    document = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    document["config"]["benchmark_hash"] = "unknown"
    write_run(folder, document)
    with pytest.raises(UsageError, match="lacks 160 of the run's pairs"):
        diagnose(folder, "--benchmark", other)
