"""The command line: `crb`. Commands come from entry points and are imported when they are used.

Only the module of the command at hand is imported, and none of them imports torch or pandas before it works:
`crb --help` answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from crb import registry
from crb.cli.codes import INTERRUPTED, USER_ERROR
from crb.cli.tour import in_order, panel
from crb.errors import CrbError, unknown_name
from crb.packages import told

_COMPLETION = {"install_completion", "show_completion"}  # typer gives these to each app; one of `crb` is enough


class Commands(typer.core.TyperGroup):
    """The commands that entry points of the group `crb.commands` register."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, without importing any of them."""
        return in_order(registry.names(registry.COMMANDS))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, imported now; None where there is none."""
        if cmd_name not in registry.names(registry.COMMANDS):
            return None
        command: Any
        try:
            found = _app(cmd_name)
            command = typer.main.get_command(found)
        except CrbError as error:  # a stranger's broken command fails when it is used, not when help is asked for
            command = _broken(cmd_name, error)
        else:
            if isinstance(found.info.help, str):  # one line in the list; the command's own help says more
                command.short_help = found.info.help
        command.name = cmd_name
        command.params = [param for param in command.params if param.name not in _COMPLETION]
        command.rich_help_panel = panel(cmd_name, getattr(command, "rich_help_panel", None))
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names.

        Raises:
            UsageError: there is none; near names are told, as everywhere.
        """
        known = registry.names(registry.COMMANDS)
        if args and not args[0].startswith("-") and args[0] not in known:
            raise unknown_name("command", args[0], known, todo="take one of these: crb --help")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Ctrl-C says that nothing is lost, where typer would only exit."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("\nStopped. What was scored is kept: the same command goes on from here.", err=True)
            raise typer.Exit(INTERRUPTED) from None


def _app(name: str) -> typer.Typer:
    found: Any = registry.load(registry.COMMANDS, name)
    if not isinstance(found, typer.Typer):
        raise CrbError(
            f"the command {name!r} is no command: it is of type {type(found).__name__}",
            where=f"distribution {registry.distribution(registry.COMMANDS, name)}",
            todo="point the entry point at a typer.Typer",
        )
    return found


def _broken(name: str, error: CrbError) -> Any:
    def fail() -> None:
        raise error

    return typer.core.TyperCommand(name, callback=fail, help=error.what)


app = typer.Typer(
    cls=Commands,
    name="crb",
    help="Measure reward models for code, by criterion and by programming language.",
    epilog="Example: crb run crb-tiny --benchmark crb-mini",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"crb {version('code-reward-bench')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Measure reward models for code, by criterion and by programming language."""


def main() -> None:
    """Entry point of the `crb` script: user errors are printed without a traceback and exit with 2."""
    try:
        app()
    except CrbError as error:
        _complain(error)
        sys.exit(USER_ERROR)
    except ModuleNotFoundError as error:
        missing = told(error)
        if missing is None:  # a defect of ours, with its traceback
            raise
        _complain(missing)
        sys.exit(USER_ERROR)


def _complain(error: CrbError) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"[bold red]error:[/] {escape(str(error))}")
