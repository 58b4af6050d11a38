"""The documents are executable: every command in them is run, or checked in the way its kind allows.

Commands of one document run in order in one empty folder, so that a later one can use what an earlier one wrote. The
word RUN stands for the folder of a finished run. `crb run` is held to two pairs: the point is that it works.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_kinds import TOOLS, WrongCommandError, check, developer_tools
from house import ROOT, SCRIPTS
from house_documents import (
    EXECUTED_BY,
    LANGUAGES,
    NO_COMMANDS,
    PUBLISHED,
    SHELL_NEEDS,
    Block,
    Command,
    blocks,
    commands,
    documents,
    lines,
)

BLOCKS = [block for file in documents() for block in blocks(file)]
COMMANDS = [command for block in BLOCKS if block.language in {"bash", "console"} for command in commands(block)]
PROGRAMS = re.compile(r"\s*\$?\s*(crb|make|pip|python -m)\s")
RUN_HERE = {"", "published"}
RUNNABLE = [
    file
    for file in documents()
    if any(
        block.language == "bash" and block.need in RUN_HERE and any(line.startswith("crb ") for line in lines(block))
        for block in blocks(file)
    )
]


def environment(folder: Path) -> dict[str, str]:
    """The user's environment with this installation first on the path, no hub, and a data folder of its own."""
    path = os.pathsep.join((str(SCRIPTS), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "CRB_HOME": str(folder / "data")}


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one line in a folder, as a person at a prompt would."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the embedded model over two pairs of the embedded benchmark."""
    folder = tmp_path_factory.mktemp("finished")
    done = shell("crb run crb-tiny --benchmark crb-mini --prompts none --limit 2 --out run --json", folder)
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_says_what_it_is(block: Block) -> None:
    assert block.language in LANGUAGES, f"{block}: write one of {sorted(LANGUAGES)} behind the fence"
    if block.language == "bash":
        assert block.need in SHELL_NEEDS
    elif block.language in NO_COMMANDS:
        hidden = [line for line in block.body.splitlines() if PROGRAMS.match(line)]
        assert not hidden, f"{block}: commands belong in a bash block"


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_is_what_this_version_understands(command: Command) -> None:
    check(command)
    assert command.words[0] != "hf" or command.block.need == "hub" or command.block.language == "console"


@pytest.mark.parametrize("file", RUNNABLE, ids=[str(file.relative_to(ROOT)) for file in RUNNABLE])
def test_the_offline_commands_of_a_document_run(file: Path, finished_run: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "results", tmp_path / "results")  # as in a checkout, and nobody's figures change
    shared = ROOT.parent / "shared"
    for name in PUBLISHED:
        if (shared / name).is_dir():
            (tmp_path / name).symlink_to(shared / name)
    skipped = ""
    for block in blocks(file):
        if block.need == "published" and not all((tmp_path / name).exists() for name in PUBLISHED):
            skipped = f"{block} needs the published runs and tables in ../shared"
            continue
        for line in lines(block) if block.language == "bash" and block.need in RUN_HERE else []:
            if not line.startswith("crb ") or "-completion" in line:
                continue  # completion changes the user's shell
            line = re.sub(r"\bRUN\b", str(finished_run), line)
            if line.startswith("crb run ") and "--limit" not in line:
                line = line.replace("crb run ", "crb run --limit 2 ", 1)
            done = shell(line, tmp_path)
            assert done.returncode == 0, f"{block}: {line}\n{done.stdout}{done.stderr}"
    if skipped:
        pytest.skip(skipped)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=str)
def test_python_in_a_document_works(block: Block, tmp_path: Path) -> None:
    code = compile(block.body, str(block), "exec")
    assert code is not None
    if block.need == "run":
        done = subprocess.run(
            [sys.executable, "-c", block.body],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr
        assert block.shown in (None, done.stdout), f"{block}: the block below is not what it prints"


@pytest.mark.parametrize(("document", "test"), EXECUTED_BY.items())
def test_a_document_with_a_test_of_its_own_has_it(document: str, test: str) -> None:
    assert (ROOT / document).is_file()
    assert Path(document).name in (ROOT / test).read_text(encoding="utf-8")


def test_the_readme_opens_with_the_two_commands() -> None:
    readme = [command for command in COMMANDS if command.block.file == ROOT / "README.md"]
    assert [command.words for command in readme[:2]] == [("make", "quickstart"), ("make", "test")]


def test_developer_tools_that_documents_may_name_are_installed_by_the_extra() -> None:
    assert developer_tools() >= TOOLS


@pytest.mark.parametrize(
    "line",
    [
        "make no-such-target",
        "pip install no-such-package",
        "pip install 'code-reward-bench[no-such-extra]'",
        "pip install -c no-such-file.txt torch",
        "crb no-such-command",
        "crb run crb-tiny --no-such-option",
        "crb run crb-tiny --dtype float8",
        "accelerate launch -m crb run crb-tiny --no-such-option",
        "python benchmarks/no_such_script.py",
        "ruff check no/such/folder",
        "curl example.com | sh",
    ],
)
def test_a_command_that_would_fail_is_caught(line: str) -> None:
    (command, *_) = commands(Block(ROOT / "README.md", 1, "bash", "hub", line))
    with pytest.raises(WrongCommandError):
        check(command)


def test_a_line_is_split_into_its_commands() -> None:
    block = Block(
        ROOT / "README.md", 1, "bash", "", "A=1 crb report RUN \\\n  --by cell > cells.txt && make test # both\n"
    )
    assert [command.words for command in commands(block)] == [
        ("crb", "report", "RUN", "--by", "cell"),
        ("make", "test"),
    ]
