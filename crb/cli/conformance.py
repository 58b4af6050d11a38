"""`crb adapters check` and `crb adapters new`: the conformance kit, and the package that begins an adapter."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crb.cli.codes import FOUND

if TYPE_CHECKING:
    from crb.conformance.findings import Finding


class Dtype(StrEnum):
    """The backbone's number format while it is checked."""

    FLOAT32 = "float32"
    AUTO = "auto"


class Kind(StrEnum):
    """What the new adapter's score is read from."""

    SCALAR = "scalar"
    JUDGE = "judge"


def check(
    name: Annotated[
        str, typer.Argument(metavar="NAME_OR_PACKAGE", help="An adapter, or a package: all adapters it registers.")
    ],
    model: Annotated[
        str | None,
        typer.Option(help="A small checkpoint to load: a folder or a hub id. Without it, the card is checked."),
    ] = None,
    dtype: Annotated[
        Dtype, typer.Option(help="float32 shows faults beside the smallest rounding; auto is the checkpoint's own.")
    ] = Dtype.FLOAT32,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, ...")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check what an adapter promises: the same score whatever the batch, no print, no file. Exits 1 on a failure."""
    from crb.conformance.kit import run, subjects

    found: list[Finding] = []
    for subject in subjects(name, model, dtype.value, device):
        if not as_json:
            typer.echo(f"{subject.name}" + (f" on {subject.model}" if subject.model else ""))
        for finding in run(subject):
            found.append(finding)
            if not as_json:
                _show(finding)
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in found], indent=2))
    else:
        _conclude(found)
    if any(finding.state == "failed" for finding in found):
        raise typer.Exit(FOUND)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it: a-z, 0-9, _ and -.")],
    kind: Annotated[Kind, typer.Option(help="What the score is read from.")] = Kind.SCALAR,
    out: Annotated[
        Path | None, typer.Option(help="The package's folder, new or empty; by default one of its name here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Write a package with an adapter, a tiny checkpoint for it and tests that pass: the place to begin."""
    from crb.conformance.scaffold import write

    done = write(name, kind.value, out)
    if as_json:
        document = {"folder": str(done.folder), "module": done.module, "files": [str(file) for file in done.files]}
        typer.echo(json.dumps(document, indent=2))
        return
    for file in done.files:
        typer.echo(f"wrote {file}")
    typer.echo(f"\nnext  pip install --no-build-isolation --no-deps -e {shlex.quote(str(done.folder))}")
    typer.echo(f"      python -m pytest {done.folder}")
    typer.echo(f"      edit {done.folder / done.module}.py: docs/adding-an-adapter.md")


def _show(finding: Finding) -> None:
    from rich.console import Console
    from rich.markup import escape

    colours = {"passed": "green", "failed": "red", "skipped": "yellow"}
    console = Console(highlight=False, soft_wrap=True)
    promise = f" {escape(finding.promise)}" if finding.state != "skipped" else ""
    console.print(f"  [{colours[finding.state]}]{finding.state:8}[/]{finding.check:18}{promise}".rstrip())
    for problem in finding.problems if finding.state == "failed" else ():
        for line in problem.splitlines():
            console.print(f"          {escape(line)}")


def _conclude(found: list[Finding]) -> None:
    states = [finding.state for finding in found]
    told = ", ".join(f"{states.count(state)} {state}" for state in ("passed", "failed", "skipped") if state in states)
    typer.echo(told)
    reasons: dict[str, list[str]] = {}
    for finding in found:
        if finding.state == "skipped":
            reasons.setdefault("\n".join(finding.problems), []).append(finding.check)
    for reason, checks in reasons.items():
        typer.echo(f"skipped: {reason} ({', '.join(dict.fromkeys(checks))})")
