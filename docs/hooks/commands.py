"""A page for every command of `crb`, made of the program's own help when the site is built.

Nothing of it lies in the repository, so no page can tell of an option that is gone. The price: the site is built where
crb is installed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.main import get_command

from crb.cli import app

PLACE = "reference/commands"  # this word in the navigation stands for all of the pages
HIDDEN = {"--install-completion", "--show-completion", "--help"}  # of every command: told once, on the page above these


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the commands into the navigation, in the order of `crb --help`."""
    _, context = _program()
    names = [{f"crb {name}": f"{PLACE}/{name}.md"} for name in context.command.list_commands(context)]
    config.nav = _filled(config.nav, names)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Write the page of each command."""
    program, context = _program()
    for name in program.list_commands(context):
        text = "\n".join(_page(program.get_command(context, name), f"crb {name}", context, depth=1))
        files.append(File.generated(config, f"{PLACE}/{name}.md", content=text))
    return files


def _program() -> tuple[Any, Any]:
    program: Any = get_command(app)
    return program, program.make_context("crb", [], resilient_parsing=True)


def _page(command: Any, title: str, parent: Any, depth: int) -> Iterator[str]:
    """Markdown of a command and of those below it."""
    name = title.rpartition(" ")[2]
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield f"{'#' * depth} {title}\n"
    yield f"{_paragraphs(command.help)}\n"
    yield f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
    if command.epilog:
        yield from _example(command.epilog)
    panels: dict[str, list[str]] = {}
    for parameter in command.params:
        if not getattr(parameter, "hidden", False) and not set(parameter.opts) & HIDDEN:
            kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
            panels.setdefault(parameter.rich_help_panel or kind, []).append(_row(parameter, context))
    for panel, rows in panels.items():
        yield f"**{panel}**\n\n| name | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"
    for below in command.list_commands(context) if hasattr(command, "list_commands") else ():
        if not (found := command.get_command(context, below)).hidden:
            yield from _page(found, f"{title} {below}", context, depth + 1)


def _example(epilog: str) -> Iterator[str]:
    """What stands below the help: `Example: COMMAND` as a block to copy, anything else as it is."""
    told, _, line = epilog.partition(": ")
    if told == "Example" and line.startswith("crb "):
        yield f'```bash title="example"\n{line}\n```\n'
    else:
        yield f"{_paragraphs(epilog)}\n"


def _row(parameter: Any, context: Any) -> str:
    names, meaning = parameter.get_help_record(context) or (parameter.name, parameter.help)
    return f"| <code>{_cell(names)}</code> | {_cell(meaning)} |"


def _cell(text: str) -> str:
    # One line, and every character as the help has it: <str> is no element, a bar no border, an asterisk no emphasis.
    line = html.escape(" ".join((text or "").split()), quote=False)
    line = "".join(f"&#{ord(character)};" if character in "|*_[]\\" else character for character in line)
    return re.sub("`([^`]*)`", r"<code>\1</code>", line)


def _paragraphs(text: str) -> str:
    return "\n\n".join(_cell(part) for part in (text or "").split("\n\n"))


def _filled(nav: Any, pages: list[Any]) -> Any:
    if isinstance(nav, dict):
        return {name: _filled(part, pages) for name, part in nav.items()}
    if isinstance(nav, list):
        return [entry for part in nav for entry in (pages if part == PLACE else [_filled(part, pages)])]
    return nav
