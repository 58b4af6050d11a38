"""`make bench` measures all that it can, and says of the rest why not."""

from __future__ import annotations

import sys
from pathlib import Path

import command_kinds
import pytest
from house import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import one_go  # a script, not a package


def test_every_script_is_measured_or_says_why_it_is_not() -> None:
    """A new benchmark would otherwise be left out of the figures that stand side by side."""
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py")}
    measured = {measurement.script.stem for measurement in one_go.MEASUREMENTS}
    assert measured | set(one_go.APART) == scripts
    assert not measured & set(one_go.APART)


@pytest.mark.parametrize("measurement", one_go.MEASUREMENTS, ids=lambda measurement: measurement.name)
def test_scripts_know_the_options_they_are_given(measurement: one_go.Measurement) -> None:
    told = ""
    try:
        command_kinds.check_python((str(measurement.script.relative_to(ROOT)), *measurement.arguments))
    except command_kinds.WrongCommandError as error:
        told = str(error)
    assert told == ""


def test_what_lacks_its_data_is_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert one_go.main(["--only", "coreset", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert f"coreset: left out, there is no {tmp_path / 'themis-runs'}" in capsys.readouterr().out


def test_a_script_that_fails_fails_the_whole(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Somebody copies figures from the folder: one that is not whole must not pass for one."""
    (tmp_path / "themis-runs").mkdir()
    assert one_go.main(["--only", "coreset", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "FAILED" in capfd.readouterr().out
