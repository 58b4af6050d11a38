"""`crb compare` as typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from crb.benchmarks import load_benchmark
from crb.cli.compare import app
from crb.errors import DataError, UsageError
from crb.items import CHOSEN, REJECTED
from crb.readings import Reading
from crb.runs.folder import write_run
from crb.runs.scores import pairs_frame, write_scores

ROOT = Path(__file__).resolve().parents[2]


def crb(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs on crb-mini, as they lie on disk: one right on four pairs in five, one on half of them."""
    items = load_benchmark("crb-mini").items
    folders = []
    for place, share in enumerate((0.8, 0.5)):
        generator = np.random.default_rng(place)
        right = generator.random(len(items)) < share
        readings = {
            (item.id, side): Reading.of(float(sign if good else -sign) * (1 + number))
            for number, (item, good) in enumerate(zip(items, right, strict=True))
            for side, sign in ((CHOSEN, 1), (REJECTED, -1))
        }
        folder = tmp_path_factory.mktemp("run")
        config = {
            "model": f"org/model-{place}",
            "prompts": "none",
            "benchmark": "crb-mini",
            "benchmark_hash": load_benchmark("crb-mini").content_hash,
        }
        document: dict[str, Any] = {"schema": 1, "status": "finished", "config": config}
        write_run(folder, document | {"fingerprint": f"{place:016x}", "sessions": []})
        write_scores(folder / "scores.parquet", pairs_frame(items, readings))
        folders.append(folder)
    return folders


def test_two_runs_are_set_side_by_side(runs: list[Path]) -> None:
    shown = crb(*runs).stdout
    for part in ("org/model-0", "Overall accuracy", "by criterion", "by language", "The same pairs", "A - B"):
        assert part in shown


def test_json_is_one_document_with_everything(runs: list[Path]) -> None:
    document = json.loads(crb(*runs, "--by", "criterion", "--disagreements", 3, "--json").stdout)
    assert set(document["tables"]) == {"comparisons", "models", "together", "disagreements"}
    assert len(document["tables"]["disagreements"]["rows"]) == 3
    assert document == json.loads(crb(*runs, "--by", "criterion", "--disagreements", 3, "--format", "json").stdout)


@pytest.mark.parametrize("option", [("--bootstrap",), ("--benchmark", "crb-mini")])
def test_bootstrap_intervals_are_seeded(runs: list[Path], option: tuple[str, ...]) -> None:
    shown = crb(*runs, "--by", "criterion", *option).stdout
    assert "10,000 resamples" in shown
    assert shown == crb(*runs, "--by", "criterion", *option).stdout


def test_out_writes_the_file(runs: list[Path], tmp_path: Path) -> None:
    assert crb(*runs, "--format", "markdown", "--out", tmp_path / "c.md").stdout == ""
    assert (tmp_path / "c.md").read_text(encoding="utf-8").startswith("## Comparison on crb-mini")


def test_what_is_no_run_or_no_entry_is_refused(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a run directory"):
        crb(runs[0], tmp_path)
    with pytest.raises(UsageError, match="to compare"):
        crb(runs[0])


@pytest.mark.skipif(not (ROOT / "results" / "pairwise.json").is_file(), reason="no results are stored yet")
def test_entries_are_compared_by_name_without_samples() -> None:
    document = json.loads(
        crb("LMUnit-qwen2.5-72b", "Themis-RM-32B", "--results", ROOT / "results", "--by", "overall", "--json").stdout
    )
    row = document["tables"]["comparisons"]["rows"][0]
    assert (row["n"], round(row["accuracy_first"], 3), row["better"][-13:]) == (8866, 0.279, "Themis-RM-32B")
    with pytest.raises(UsageError, match=r"unknown model 'Themis-RM-33B'"):
        crb("LMUnit-qwen2.5-72b", "Themis-RM-33B", "--results", ROOT / "results")
    with pytest.raises(UsageError, match="no comparisons by criterion-language are kept"):
        crb("LMUnit-qwen2.5-72b", "Themis-RM-32B", "--results", ROOT / "results", "--by", "criterion-language")


def test_loading_the_command_loads_nothing_heavy() -> None:
    program = "import crb.cli.compare, sys; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert not {"pandas", "numpy", "scipy", "pyarrow", "torch", "transformers", "pydantic"} & set(loaded)
