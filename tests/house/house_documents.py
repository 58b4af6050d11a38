"""Fenced blocks of the documents, and the shell commands in them.

The first word of a fence's info string is the language. A second word on `bash` says what this machine need not have,
so that the command is checked and not run: `bash hub` (a model hub), `bash gpu`, `bash data` (data that is not in the
repository). `bash published` needs the published runs and tables, and is run where ../shared holds them. `console`
shows commands behind `$` with what they print; they are checked and not run either. `python run` is
executed, and a `text` block right below it is what it prints; `python` alone has to compile.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from house import ROOT

SHELL_NEEDS = {"", "hub", "gpu", "data", "published"}
NO_COMMANDS = {"text", "json", "jsonl", "toml", "yaml", "csv", "markdown"}
LANGUAGES = {"bash", "console", "python", *NO_COMMANDS}
# Documents that a test of their own executes from the first block to the last.
# What a block that needs the published runs finds in its folder, from ../shared.
PUBLISHED = ("themis-runs", "paper")
EXECUTED_BY = {"docs/adding-an-adapter.md": "tests/plugins/test_adding_an_adapter.py"}
FENCE = re.compile(r"(?ms)^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```\s*$")
SHOWN = re.compile(r"(?ms)\s*^```text\n(?P<body>.*?)^```\s*$")
ASSIGNMENT = re.compile(r"\w+=.*")


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is where its fence opens, counted from 1, `shown` a `text` block right below it."""

    file: Path
    line: int
    language: str
    need: str
    body: str
    shown: str | None = None

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One simple command: a line of a block holds several where `|`, `&&` or `;` stand between them.

    Attributes:
        block: where it stands.
        words: program and arguments, without assignments before it and redirections behind it.
        line: the whole line, as a shell would take it.
    """

    block: Block
    words: tuple[str, ...]
    line: str

    def __str__(self) -> str:
        return f"{self.block} {self.line}"


def documents() -> list[Path]:
    """The Markdown files of the root, of docs/ and of the homes of the parts, less those with a test of their own."""
    homes = ("adapters", "builders", "trainers", "leaderboard_app", "results", "docs", "benchmarks")
    found = [*ROOT.glob("*.md"), *(path for home in homes for path in (ROOT / home).rglob("*.md"))]
    return sorted(file for file in found if file.relative_to(ROOT).as_posix() not in EXECUTED_BY)


def blocks(file: Path) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    text = file.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        language, _, need = match["info"].strip().partition(" ")
        below = SHOWN.match(text, match.end())
        line = text.count("\n", 0, match.start()) + 1
        yield Block(file, line, language, need.strip(), match["body"], below and below["body"])


def lines(block: Block) -> list[str]:
    """The lines of a shell block, continued ones joined, without blank ones and comments."""
    joined = [line.strip() for line in block.body.replace("\\\n", " ").splitlines()]
    if block.language == "console":
        joined = [line[1:].strip() for line in joined if line.startswith("$")]
    return [line for line in joined if line and not line.startswith("#")]


def commands(block: Block) -> Iterator[Command]:
    """The simple commands of a shell block."""
    for line in lines(block):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        tokens = iter(lexer)
        for token in tokens:
            if token in {"|", "&&", "||", ";"}:
                yield Command(block, _program(words), line)
                words = []
            elif token in {">", ">>", "<", ">&"}:
                next(tokens, None)  # the file of a redirection
            else:
                words.append(token)
        yield Command(block, _program(words), line)


def _program(words: list[str]) -> tuple[str, ...]:
    while words and ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    return tuple(words)
