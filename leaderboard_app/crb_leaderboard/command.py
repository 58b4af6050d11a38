"""`crb leaderboard`: the page of results, served by Gradio; `crb leaderboard export`: the same as a folder that opens
from disk.

Light on purpose, like every command: Gradio is imported when the app starts, and needed for nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, help="Serve the page of results, or write it as a folder.")

RESULTS = Path("results")
_SHARED = {"results": RESULTS, "runs": None, "benchmark": None}  # what both commands take, and their defaults
Results = Annotated[Path, typer.Option("--results", help="The folder of results.")]
Runs = Annotated[
    list[Path] | None,
    typer.Option("--runs", help="A folder of runs with samples, for the pairs; may be repeated.", show_default=False),
]
Texts = Annotated[
    str | None,
    typer.Option("--benchmark", help="Where the texts of the pairs are; by name without it.", show_default=False),
]


@app.callback(
    invoke_without_command=True, epilog="Example: crb leaderboard --results results --port 7860", no_args_is_help=False
)
def serve(
    context: typer.Context,
    results: Results = RESULTS,
    runs: Runs = None,
    benchmark: Texts = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="The port; the first free one from 7860 on without it.", min=1, max=65535, show_default=False
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on: this machine alone, by default.")] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Serve the leaderboard until Ctrl-C. Nothing leaves this machine."""
    if context.invoked_subcommand is not None:
        return
    from crb.errors import MissingPackageError, UsageError

    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise MissingPackageError(
            "gradio", why="to serve the leaderboard", extra="leaderboard", otherwise="crb leaderboard export OUT"
        ) from error
    from crb_leaderboard.app import launch
    from crb_leaderboard.site import site_of

    site = site_of(results, runs or (), benchmark)
    if not site.document["boards"] and not site.document["refused"]:
        todo = "add one: crb results add RUN --results DIR"
        raise UsageError("there are no entries", where=f"--results {results}", todo=todo)
    try:
        running = launch(site, host=host, port=port, open_browser=open_browser, wait=False)
    except OSError as error:
        where = f"--host {host} --port {port}" if port else f"--host {host}"
        raise UsageError(f"the address cannot be used: {error}", where=where, todo="choose another --port") from error
    models = sum(len(board["models"]) for board in site.document["boards"])
    refused = len(site.document["refused"])
    if as_json:
        typer.echo(json.dumps({"url": running.local_url, "models": models, "refused": site.document["refused"]}))
    else:
        typer.echo(f"{models} entries on {running.local_url} (Ctrl-C stops it)")
        if refused:
            typer.echo(f"{refused} files were refused: crb results validate {results} tells why", err=True)
    running.block_thread()


@app.command(epilog="Example: crb leaderboard export site --results results")
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="The folder to write: new, empty or an earlier export.")],
    results: Results = RESULTS,
    runs: Runs = None,
    benchmark: Texts = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Write the leaderboard as a folder that opens from disk: no server, no network.

    With --runs, and where the benchmark's texts are at hand, the folder holds the pairs too. Mind their licence.
    """
    from crb.errors import UsageError
    from crb_leaderboard.static_page import export as write

    given = context.parent.params if context.parent is not None else {}
    if misplaced := [f"--{name}" for name, default in _SHARED.items() if (given.get(name) or default) != default]:
        todo = f"crb leaderboard export OUT {misplaced[0]} ..."
        raise UsageError("the option belongs behind `export`", where=misplaced[0], todo=todo)
    page = write(results, out, runs or (), benchmark)
    files = [path for path in out.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    if as_json:
        typer.echo(json.dumps({"page": str(page), "files": len(files), "bytes": size}))
    else:
        typer.echo(f"Open {page} ({len(files)} files, {size / 1e6:.1f} MB)")
