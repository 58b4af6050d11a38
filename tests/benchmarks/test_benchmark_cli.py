"""Contracts of `crb benchmarks`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crb import registry
from crb.cli.benchmarks import app
from crb.errors import CrbError, UsageError

Rows = list[dict[str, Any]]
Write = Callable[[Path, Rows], Path]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_listing() -> None:
    listing = {row["name"]: row for row in json.loads(run("--json"))}
    assert listing["crb"]["size"] == 8866
    assert listing["pairs"]["size"] is None
    assert "huggingface.co/datasets/project-themis/Themis-CodeRewardBench" in listing["crb"]["home"]
    assert all(row["error"] is None and row["summary"] for row in listing.values())
    table = run()
    assert "crb-mini" in table
    assert "8,866" in table


def test_a_broken_plugin_is_listed_as_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    load = registry.load

    def broken(group: str, name: str) -> Any:
        if name == "crb":
            raise CrbError("cannot be loaded: [bold] is no markup here", todo="pip install it")
        return load(group, name)

    monkeypatch.setattr(registry, "load", broken)
    listing = {row["name"]: row for row in json.loads(run("--json"))}
    assert "pip install it" in listing["crb"]["error"]
    assert listing["pairs"]["error"] is None
    assert "[bold]" in run()


def test_counts_of_one(tmp_path: Path, rows: Rows, write: Write) -> None:
    path = write(tmp_path / "mine.jsonl", rows)
    found = json.loads(run(str(path), "--json"))
    assert (found["name"], found["source"], found["total"]) == ("mine", str(path), 6)
    assert found["criterion"] == {"functional_correctness": 3, "security_hardness": 3}
    assert found["language"] == {"C": 2, "Java": 2, "Python": 2}
    assert found["subset"] == {"LEFT": 2, "RIGHT": 4}
    assert sum(n for *_, n in found["cell"]) == 6
    assert len(found["content_hash"]) == 64
    table = run(str(path))
    assert "6 pairs" in table
    assert "security_hardness" in table
    assert "RIGHT" in table
    assert "same text" not in table


def test_pairs_that_can_only_tie_are_told_of(tmp_path: Path, rows: Rows, write: Write) -> None:
    rows[0]["rejected"] = rows[0]["chosen"]
    path = write(tmp_path / "mine.jsonl", rows)
    assert json.loads(run(str(path), "--json"))["alike"] == 1
    assert "in 1 of them chosen and rejected are the same text" in run(str(path))


def test_errors_are_left_to_the_caller() -> None:
    with pytest.raises(UsageError, match="unknown benchmark"):
        run("no-such-benchmark")
