"""Every verb of `crb`, walked: it has an example that parses, `--json`, help in one voice, a panel and completion."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from crb.cli import app
from crb.cli.tour import OTHERS, PANELS, in_order, panel

JSON_HELP = {"Print JSON instead of text.", "The same as --format json.", "The same: a schema is JSON."}
MEANS = {"-h", "--help", "--version", "--install-completion", "--show-completion"}  # their words are typer's


def walk(command: Any, context: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """(words behind `crb`, command, context) of a command and of all below it."""
    yield path, command, context
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        below = command.get_command(context, name)
        yield from walk(below, below.make_context(name, [], parent=context, resilient_parsing=True), (*path, name))


ROOT: Any = get_command(app)
ALL = list(walk(ROOT, ROOT.make_context("crb", [], resilient_parsing=True)))
EVERY = pytest.mark.parametrize(
    ("path", "command", "context"), ALL, ids=[" ".join(path) or "crb" for path, _, _ in ALL]
)


def options(command: Any) -> dict[str, Any]:
    """The options of a command by their long names."""
    return {name: param for param in command.params for name in param.opts if name.startswith("--")}


def works(command: Any) -> bool:
    """Whether it does something itself: a mere folder of commands needs no `--json`."""
    return not hasattr(command, "list_commands") or command.invoke_without_command


def test_the_walk_meets_the_commands_below_commands() -> None:
    met = {" ".join(path) for path, _, _ in ALL}
    assert {"adapters new", "results add", "leaderboard export", "doctor env", "prompts delta", "study"} <= met


@EVERY
def test_whatever_works_prints_json(path: tuple[str, ...], command: Any, context: Any) -> None:
    if path and works(command):
        assert options(command)["--json"].help in JSON_HELP


@EVERY
def test_help_ends_with_an_example_that_parses(path: tuple[str, ...], command: Any, context: Any) -> None:
    assert command.epilog is not None
    found = re.fullmatch(r"Example: crb (.+)", command.epilog)
    assert found, command.epilog
    words = shlex.split(re.split(r", ", found[1])[0])
    shown = [word for word in path if word != "RUN..."]
    assert words[: len(shown)] == shown
    parser, parent = ROOT, None
    while hasattr(parser, "get_command") and words and (below := parser.get_command(ALL[0][2], words[0])) is not None:
        if parser is not ROOT and words[0] not in parser.list_commands(ALL[0][2]):
            break  # `crb doctor RUN`: the argument is no command
        parent = parser.make_context(parser.name, [], parent=parent, resilient_parsing=True)
        parser, words = below, words[1:]
    parser.make_context(parser.name, words, parent=parent)


@EVERY
def test_help_is_written_in_one_voice(path: tuple[str, ...], command: Any, context: Any) -> None:
    first = (command.help or "").strip().split("\n")[0]
    assert re.match(r"[A-Z]", first), first
    assert first.endswith("."), first
    for param in command.params:
        if not MEANS & set(param.opts):
            text = getattr(param, "help", None) or ""
            assert text.endswith((".", "...")), f"{param.name}: {text!r}"
            assert "May be repeated" not in text


def test_the_list_reads_as_a_tour_of_one_line_each() -> None:
    context = ALL[0][2]
    names = ROOT.list_commands(context)
    ours = [name for names in PANELS.values() for name in names]
    assert [name for name in names if name in ours] == ours
    for name in ours:
        command = ROOT.get_command(context, name)
        assert command.rich_help_panel == panel(name)
        assert command.short_help.endswith(".")
        assert len(command.short_help) <= 62  # what 80 columns leave beside the longest name
        assert not {"--install-completion", "--show-completion"} & set(options(command))


def test_a_strangers_command_comes_last_under_the_panel_it_asks_for() -> None:
    assert in_order(["zeta", "run", "alpha", "prompts"]) == ["run", "prompts", "alpha", "zeta"]
    assert (panel("zeta"), panel("zeta", "Theirs"), panel("run", "Theirs")) == (OTHERS, "Theirs", "Score")
