"""`crb prompts`: system prompts, judges' templates, their wording, and imports from a user's own files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crb.report.choices import Accuracy, Format

if TYPE_CHECKING:
    from crb.prompts import PromptMode, PromptSet
    from crb.prompts.importing import Imported
    from crb.prompts.template_import import ImportedTemplates
    from crb.prompts.templates import TemplateSet
    from crb.vocabulary import Criterion

app = typer.Typer(
    help="List, show, import and compare prompt sets.",
    epilog="Example: crb prompts list",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command(name="list", epilog="Example: crb prompts list --json")
def list_sets(as_json: AsJson = False) -> None:
    """List prompt sets and template sets: version, fingerprint of the wording, what is covered, where it is from."""
    from crb.cli.prompt_listing import print_rows, prompt_rows, template_rows

    rows = [*prompt_rows(), *template_rows()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        print_rows(rows)


@app.command(epilog="Example: crb prompts show crb:full")
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME[:PART]", help="A set, or a set and a mode or template, as in crb:criterion.")
    ],
    criterion: Annotated[
        str | None, typer.Option(help="Only the wording of this criterion.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the wording of a set: all of it, of one mode, or of one criterion; or of one template as in NAME:TEMPLATE.

    A single wording is printed as it is, without a heading, so that it can be piped.
    """
    from crb.prompts import load_prompt_set

    texts = _templates(name, criterion)
    if texts is None:
        set_name, modes = _modes(name, criterion)
        texts = _texts(load_prompt_set(set_name), modes, criterion)
    if as_json:
        typer.echo(json.dumps([{"title": title, "text": text} for title, text in texts], indent=2))
        return
    if len(texts) == 1:
        typer.echo(texts[0][1])
        return
    typer.echo("\n\n".join(f"--- {title} ---\n{text}" for title, text in texts))


@app.command(name="import", epilog="Example: crb prompts import evaluate.py --name mine --templates --adapter ce-rm")
def import_set(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Python source, JSON or YAML; it is never executed.")],
    name: Annotated[str, typer.Option(help="What to call the set: a-z, 0-9, _ and -.", show_default=False)],
    templates: Annotated[
        bool, typer.Option("--templates", help="Import the templates of a judge instead of system prompts.")
    ] = False,
    adapter: Annotated[
        str | None,
        typer.Option(
            help="With --templates: the judge whose templates they are; others are left out.", show_default=False
        ),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THEIRS=OURS",
            help="With --templates: what a text of the file is called here; `THEIRS=` leaves it out.",
            show_default=False,
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite a set of that name with another wording.")
    ] = False,
    map: Annotated[
        str | None,
        typer.Option(
            metavar="VARIABLE",
            help="The variable of Python source that holds the map; by default the first with criteria as keys.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Store the prompts of your own file under a name, for `--prompts NAME:criterion` and `--prompts NAME:full`.

    With --templates: the templates of a judge, for `--templates NAME`.
    """
    from crb.errors import UsageError
    from crb.prompts.importing import import_prompts

    if templates:
        if map is not None:
            raise UsageError("templates are read from all variables", where="--map", todo="leave --map away")
        _import_templates(file, name, adapter, rename or [], replace, as_json)
        return
    if adapter is not None or rename:
        where = "--adapter" if adapter is not None else "--rename"
        raise UsageError("system prompts belong to no judge and have fixed names", where=where, todo="add --templates")
    done = import_prompts(file, name, variable=map, replace=replace)
    lines = [f"Not read: {', '.join(done.others)}. Choose with --map VARIABLE --replace."] if done.others else []
    own = {"variable": done.source.variable, "not_read": list(done.others)}
    _tell_import(done, done.prompts, own, lines, f"--prompts {name}:criterion or --prompts {name}:full", as_json)


@app.command(epilog="Example: crb prompts delta crb-tiny --runs runs")
def delta(
    model: Annotated[
        list[str],
        typer.Argument(metavar="MODEL | RUN RUN", help="A model that --runs has, or run folders.", show_default=False),
    ],
    runs: Annotated[Path, typer.Option(help="Where the model's runs are looked for.")] = Path("runs"),
    accuracy: Annotated[Accuracy, typer.Option(help="Which accuracy is compared.")] = Accuracy.STRICT,
    format: Annotated[Format, typer.Option(help="How the comparison is written.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the screen.", dir_okay=False, show_default=False)
    ] = None,
) -> None:
    """Compare runs of one model that differ in their prompts alone: none, full, criterion; by criterion."""
    from crb.cli.output import put
    from crb.report.prompt_modes import prompt_delta
    from crb.runs import open_run
    from crb.runs.folder import holds_run
    from crb.runs.search import find_runs

    by_name = len(model) == 1 and not holds_run(Path(model[0]))
    found = find_runs(runs, model[0]) if by_name else [open_run(folder) for folder in model]
    put(prompt_delta(found, kind=accuracy.value), Format.JSON if as_json else format, out)


def _import_templates(
    file: Path, name: str, adapter: str | None, rename: list[str], replace: bool, as_json: bool
) -> None:
    from crb.prompts.template_import import import_templates

    known = None if adapter is None else _known_templates(adapter)
    done = import_templates(file, name, rename=rename, known=known, replace=replace)
    templates = done.templates
    lines = [f"Templates: {', '.join(templates.texts)}."]
    if done.left_out:
        lines.append(f"Left out: {', '.join(done.left_out)}.")
    if done.missing:
        lines.append(f"{adapter} has besides: {', '.join(done.missing)}. A run says whether it needs them.")
    own = {"templates": list(templates.texts), "left_out": list(done.left_out), "missing": list(done.missing)}
    _tell_import(done, templates, own, lines, f"--templates {name}", as_json)


def _tell_import(
    done: Imported | ImportedTemplates,
    wording: PromptSet | TemplateSet,
    own: Mapping[str, object],
    lines: Sequence[str],
    options: str,
    as_json: bool,
) -> None:
    """Say what an import did: `own` in JSON and `lines` in text are of its kind alone."""
    shared = {"name": wording.name, "new": done.new, "fingerprint": wording.fingerprint, "file": str(done.source.file)}
    if as_json:
        typer.echo(json.dumps({**shared, **own, "stored": str(done.path)}, indent=2))
        return
    verb = "imported" if done.new else "already there, with the same wording"
    variable = f", variable {done.source.variable}" if done.source.variable else ""
    typer.echo(f"{wording.name}: {verb} (fingerprint {wording.fingerprint}, from {done.source.file}{variable})")
    for line in lines:
        typer.echo(line)
    typer.echo(f"Stored in {done.path}. Use it with {options}.")


def _known_templates(adapter: str) -> list[str]:
    from crb import registry
    from crb.errors import UsageError

    known = getattr(registry.load(registry.ADAPTERS, adapter), "templates", None)
    if not known:
        todo = "name a judge: crb adapters lists them"
        raise UsageError(f"the adapter {adapter!r} has no templates", where="--adapter", todo=todo)
    return list(known)


def _templates(choice: str, criterion: str | None) -> list[tuple[str, str]] | None:
    """(heading, wording) of a template set, or of one template of it; None where the name is no template set's."""
    from crb.errors import UsageError, unknown_name
    from crb.prompts.templates import SHELF, load_templates

    name, colon, template = choice.partition(":")
    if name not in SHELF.names():
        return None
    if criterion is not None:
        where = f"--criterion {criterion}"
        raise UsageError("a template is shown by its name", where=where, todo=f"write {name}:TEMPLATE")
    texts = load_templates(name).texts
    if not colon:
        return list(texts.items())
    if template not in texts:
        raise unknown_name("template", template, texts)
    return [(template, texts[template])]


def _modes(choice: str, criterion: str | None) -> tuple[str, list[PromptMode]]:
    """The set and the modes to print; `crb run`'s short spelling of the built-in set's modes works here too."""
    from crb.errors import UsageError
    from crb.prompts import PromptMode, parse_choice

    if ":" not in choice and choice not in list(PromptMode):
        return choice, [PromptMode.CRITERION] if criterion is not None else [PromptMode.FULL, PromptMode.CRITERION]
    name, mode = parse_choice(choice)
    if mode is PromptMode.NONE:
        raise UsageError(
            "the mode none has no wording", where=choice, todo="show another mode, or a set without a mode"
        )
    if criterion is not None and mode is not PromptMode.CRITERION:
        todo = f"write {name}:criterion, or leave --criterion away"
        raise UsageError(
            f"the mode {mode} is the same for every criterion", where=f"--criterion {criterion}", todo=todo
        )
    return name, [mode]


def _texts(prompts: PromptSet, modes: list[PromptMode], criterion: str | None) -> list[tuple[str, str]]:
    """(heading, wording) of what is to be printed."""
    from crb.prompts import PromptMode

    if criterion is not None:
        chosen = _criterion(criterion)
        return [(chosen.title, prompts.system(PromptMode.CRITERION, chosen) or "")]
    texts = [("Full", prompts.full)] if PromptMode.FULL in modes else []
    if PromptMode.CRITERION in modes:
        texts += [(each.title, text) for each, text in prompts.criteria.items()]
    return texts


def _criterion(text: str) -> Criterion:
    from crb.errors import unknown_name
    from crb.vocabulary import Criterion

    found = Criterion.parse(text)
    if found is None:
        raise unknown_name("criterion", text, [criterion.value for criterion in Criterion])
    return found
