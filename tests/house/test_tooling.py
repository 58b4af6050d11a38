"""The Makefile, the pins and the hooks say what they do, and do it without anything but a package index."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from importlib.metadata import distributions

import pytest
import yaml
from house import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# constraints.txt is for a CPU; the CUDA build of vLLM brings its own set, BigQuery's client wants an older dateutil. An
# extra that brings another one names this very distribution.
NOT_PINNED = {"vllm", "google-cloud-bigquery", PROJECT["name"]}
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(r"(?m)^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"))
}


def requirements() -> list[Requirement]:
    """What the distribution asks for, with every extra."""
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for text in [*PROJECT["dependencies"], *(item for extra in extras for item in extra)]]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_a_requirement_is_pinned_within_its_own_bounds(requirement: Requirement) -> None:
    if requirement.name in NOT_PINNED:
        assert requirement.name not in PINS
    else:
        assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_every_line_of_the_constraints_is_one_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(pins) == len(PINS), "a line is no pin, or a distribution stands twice"
    assert not [pin for pin, version in PINS.items() if Version(version).local], "a local suffix fits one index only"


@pytest.mark.skipif("CRB_PINNED" not in os.environ, reason="only where make has installed the pins (CRB_PINNED is set)")
def test_what_is_installed_is_what_is_pinned() -> None:
    installed = {canonicalize_name(found.name): Version(found.version).public for found in distributions()}
    assert {name: version for name, version in installed.items() if PINS.get(name, version) != version} == {}


def test_help_explains_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"(?m)^\.PHONY: (.+)$", text)
    assert declared
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = dict(re.findall(r"(?m)^  (\S+) +(\S.*)$", told))
    assert sorted(explained) == sorted(declared[1].split())
    assert {"quickstart", "test", "install", "bench"} <= set(explained)


def test_a_second_call_installs_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    venv = tmp_path_factory.mktemp("venv")
    for stamp in (".made", ".torch", ".core", ".dev"):
        (venv / stamp).touch()
    planned = subprocess.run(
        ["make", "--no-print-directory", "-n", f"VENV={venv}", "quickstart"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert planned.stdout.split() == [f"{venv}/bin/crb", "run", "crb-tiny", "--benchmark", "crb-mini"]


def test_hooks_fetch_nothing() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    assert {hook["language"] for repo in hooks["repos"] for hook in repo["hooks"]} == {"system"}


def test_ci_runs_the_command_of_the_readme_then_engines_and_browser() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if "make " in line and line[0] != "#"]
    targets = [next(word for word in line.split() if word.startswith("test")) for line in commands]
    assert targets == ["test", "test-engines", "test-browser"]
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
