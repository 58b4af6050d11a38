"""The command line itself: what it lists, how it fails, what a stranger's broken part cannot break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fake_distribution
import pytest

Crb = Callable[..., Any]
COMMANDS = (
    "run",
    "rerank",
    "reread",
    "report",
    "diagnose",
    "doctor",
    "compare",
    "export",
    "leaderboard",
    "submit",
    "results",
    "import",
    "build",
    "perturb",
    "overlap",
    "train",
    "study",
    "benchmarks",
    "models",
    "adapters",
    "prompts",
)

BROKEN = {
    "package": "import a_package_that_nobody_has",
    "attribute": "",
    "object": "app = 'no command'",
    "syntax": "def app(:",
    "crash": "raise RuntimeError('at import')",
}
WORKING = """
import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you") -> None:
    '''Greet somebody.'''
    typer.echo(f"hello {name}")
"""


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_help_lists_every_command_in_the_order_of_the_tour(crb: Crb) -> None:
    done = crb("--help")
    assert (done.code, done.err) == (0, "")
    lines = [line.strip("│ ").split("  ")[0] for line in done.out.splitlines()]
    assert [line for line in lines if line in COMMANDS] == list(COMMANDS)
    assert "crb run crb-tiny --benchmark crb-mini" in done.out


def test_without_a_command_help_is_shown(crb: Crb) -> None:
    done = crb()
    assert "Usage:" in done.out + done.err
    assert "adapters" in done.out + done.err


@pytest.mark.parametrize("command", [(name,) for name in COMMANDS] + [("doctor", "env")])
def test_every_command_explains_itself(crb: Crb, command: tuple[str, ...]) -> None:
    done = crb(*command, "--help")
    assert (done.code, done.err) == (0, "")
    usage = next(line for line in done.out.splitlines() if "Usage:" in line)
    assert f" {' '.join(command)} " in f"{usage} "


def test_the_version_is_the_distributions(crb: Crb) -> None:
    assert crb("--version").out == f"crb {version('code-reward-bench')}\n"


def test_an_unknown_command_is_a_usage_error(crb: Crb) -> None:
    done = crb("rnu")
    assert done.code == 2
    assert "unknown command 'rnu'" in done.err
    assert "did you mean run or train?" in done.err


def test_python_dash_m_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "crb", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"crb {version('code-reward-bench')}\n"


def test_the_shell_completes_commands() -> None:
    script = Path(sys.executable).with_name("crb")
    if not script.exists():
        pytest.skip("crb is not installed as a script in this environment")
    environment = os.environ | {"_CRB_COMPLETE": "complete_bash", "COMP_WORDS": "crb r", "COMP_CWORD": "1"}
    done = subprocess.run([script], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["run", "rerank", "reread", "report", "results"]
    assert done.stderr == ""


def test_an_interruption_says_that_nothing_is_lost(crb: Crb, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crb.evaluation.evaluate.evaluate_all", interrupted)
    done = crb("run", "crb-tiny", "--benchmark", "crb-mini")
    assert done.code == 130
    assert "the same command goes on from here" in done.err
    assert "Traceback" not in done.err


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """A function that installs a distribution with the command of its name."""

    def plug(name: str, module: str) -> None:
        site = fake_distribution.install(
            tmp_path / name, f"[crb.commands]\n{name} = {name}:app\n", name=name, module=module
        )
        monkeypatch.syspath_prepend(site)

    return plug


def test_a_strangers_command_works_like_ours(crb: Crb, plugged: Callable[[str, str], None]) -> None:
    plugged("greet", WORKING)
    assert crb("greet", "--name", "me").out == "hello me\n"
    assert "Greet somebody." in crb("--help").out


@pytest.mark.parametrize("kind", BROKEN)
def test_a_strangers_broken_command_breaks_no_other(crb: Crb, plugged: Callable[[str, str], None], kind: str) -> None:
    name = f"broken_command_{kind}"
    plugged(name, BROKEN[kind])
    done = crb("--help")
    assert (done.code, done.err) == (0, "")
    assert all(command in done.out for command in (*COMMANDS, name))
    assert crb("adapters", "--json").code == 0
    done = crb(name)
    assert done.code == 2
    assert f"the command '{name}'" in done.err
    assert name in done.err.partition("where:")[2]


def test_adapters_are_listed_with_what_they_claim(crb: Crb) -> None:
    done = crb("adapters", "--json")
    assert (done.code, done.err) == (0, "")
    rows = {row["name"]: row for row in json.loads(done.out)}
    assert rows["sequence-classifier"]["architectures"] == ["*ForSequenceClassification"]
    assert rows["crb-tiny"]["embedded"] == ["crb-tiny"]
    assert all(row["error"] is None and row["distribution"].startswith("code-reward-bench ") for row in rows.values())
    table = crb("adapters").out
    assert all(name in table for name in rows)


def test_a_broken_adapter_is_listed_with_its_error(crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = "[crb.adapters]\nforeign = foreign_adapter:own\n"
    site = fake_distribution.install(
        tmp_path / "site", points, name="foreign_adapter", module="import a_package_that_nobody_has"
    )
    monkeypatch.syspath_prepend(site)
    rows = {row["name"]: row for row in json.loads(crb("adapters", "--json").out)}
    assert "pip install a_package_that_nobody_has" in rows["foreign"]["error"]
    assert rows["foreign"]["distribution"] == "foreign_adapter 1.0"
    assert rows["crb-tiny"]["error"] is None
    assert "a_package_that_nobody_has" in crb("adapters").out
    findings = {finding["code"]: finding for finding in json.loads(crb("doctor", "env", "--json").out)}
    assert "foreign" in findings["broken-adapter"]["message"]


def test_the_doctor_looks_at_this_machine(crb: Crb) -> None:
    done = crb("doctor", "env", "--json")
    assert done.err == ""
    findings = json.loads(done.out)
    assert {"python", "packages", "hardware", "cache", "data", "runs", "adapters"} <= {row["code"] for row in findings}
    assert all(row["todo"] for row in findings if row["severity"] in ("warning", "error"))
    assert done.code == (1 if any(row["severity"] == "error" for row in findings) else 0)
    told = crb("doctor", "env")
    assert told.code == done.code
    assert all(row["message"] in told.out for row in findings if row["code"] != "hardware")


def test_the_doctor_finds_a_folder_that_cannot_be_written(
    crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CRB_CACHE", str(tmp_path / "file" / "cache"))
    done = crb("doctor", "env", "--json")
    assert done.code == 1
    (finding,) = [row for row in json.loads(done.out) if row["severity"] == "error"]
    assert finding["code"] == "cache"
    assert "CRB_CACHE" in finding["todo"]
