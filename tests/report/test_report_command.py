"""`crb report` as typed: choices, formats, files, errors; and how little it loads to say what it can do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import crb.runs
from crb.cli.report import app
from crb.errors import DataError, UsageError


@pytest.fixture
def invoke(run: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    opened: list[Path] = []

    def open_run(path: Path) -> Any:
        opened.append(path)
        if path.name != "tiny":
            raise DataError("this is not a run directory", file=path)
        return run

    monkeypatch.setattr(crb.runs, "open_run", open_run)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), catch_exceptions=False)

    return call


def test_without_options_it_is_the_overview(invoke: Any) -> None:
    result = invoke("runs/tiny")
    assert result.exit_code == 0
    assert "Strict accuracy in percent" in result.stdout
    assert "baseline: longer-response" in result.stdout


@pytest.mark.parametrize("view", ["criterion", "language", "subset", "cell"])
def test_by_chooses_the_rows(invoke: Any, view: str) -> None:
    assert f"Accuracy in percent by {view}" in invoke("runs/tiny", "--by", view).stdout


def test_json_on_standard_output_is_json_and_nothing_else(invoke: Any) -> None:
    assert json.loads(invoke("runs/tiny", "--by", "subset", "--format", "json").stdout)["tables"]["subset"]["rows"]


@pytest.mark.parametrize("format", ["table", "markdown", "csv", "json"])
def test_out_writes_the_same_text_and_keeps_the_screen_clear(invoke: Any, tmp_path: Path, format: str) -> None:
    out = tmp_path / "report"
    shown = invoke("runs/tiny", "--format", format).stdout
    result = invoke("runs/tiny", "--format", format, "--out", str(out))
    assert result.stdout == ""
    assert out.read_text(encoding="utf-8") == shown


def test_a_file_that_cannot_be_written_is_a_usage_error(invoke: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written") as raised:
        invoke("runs/tiny", "--out", str(tmp_path / "absent" / "report.md"))
    assert "--out" in raised.value.where


@pytest.mark.parametrize("arguments", [("--by", "colour"), ("--format", "latex")])
def test_other_choices_are_refused_with_the_known_ones(invoke: Any, arguments: tuple[str, str]) -> None:
    result = invoke("runs/tiny", *arguments)
    assert result.exit_code == 2
    assert arguments[1] in result.stderr


def test_a_run_that_is_none_is_a_data_error(invoke: Any) -> None:
    with pytest.raises(DataError, match="not a run"):
        invoke("runs/other")


def test_loading_the_command_loads_nothing_heavy() -> None:
    program = "import crb.cli.report, sys; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert not {"pandas", "numpy", "scipy", "pyarrow", "torch", "transformers", "pydantic"} & set(loaded)
