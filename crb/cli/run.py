"""`crb run`: score a reward model on a benchmark."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crb.cli.codes import INCOMPLETE

app = typer.Typer(help="Score a reward model on a benchmark.")
JUDGES = "Judges"


class Dtype(StrEnum):
    """The backbone's number format."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Engine(StrEnum):
    """How the backbone is run."""

    AUTO = "auto"
    FOREST = "forest"
    PADDED = "padded"
    VLLM = "vllm"
    ENDPOINT = "endpoint"


class Score(StrEnum):
    """How a judge's answer becomes a score."""

    AUTO = "auto"
    EXPECTED = "expected"
    GREEDY = "greedy"
    MEAN = "mean"


class LongPrompts(StrEnum):
    """What happens to a prompt that leaves no room for a response."""

    REFUSE = "refuse"
    ERROR = "error"


@app.command(epilog="Example: crb run crb-tiny --benchmark crb-mini --prompts criterion")
def run(
    model: Annotated[
        str, typer.Argument(help="A folder, a hub id (org/name[@revision]) or crb-tiny.", show_default=False)
    ],
    benchmark: Annotated[
        str,
        typer.Option(
            "--benchmark", "-b", help="A name, a path, or name:path; several with commas share one loaded model."
        ),
    ] = "crb",
    prompts: Annotated[
        str, typer.Option(help="System prompts: none, full, criterion, or SET:full, SET:criterion.")
    ] = "none",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N items.", show_default=False)] = None,
    criteria: Annotated[
        list[str] | None, typer.Option("--criterion", help="Only this criterion; may be repeated.")
    ] = None,
    languages: Annotated[
        list[str] | None, typer.Option("--language", help="Only this language; may be repeated.")
    ] = None,
    subsets: Annotated[list[str] | None, typer.Option("--subset", help="Only this subset; may be repeated.")] = None,
    items: Annotated[
        str | None,
        typer.Option(
            metavar="lite|FILE",
            help="500 items of crb that predict the accuracy on all of it; or a file of ids.",
            show_default=False,
        ),
    ] = None,
    dtype: Annotated[
        Dtype, typer.Option(help="Number format of the backbone; auto is the checkpoint's own.")
    ] = Dtype.AUTO,
    engine: Annotated[
        Engine,
        typer.Option(help="auto: prefix trees where the model can run them; for a judge the --endpoint, else vllm."),
    ] = Engine.AUTO,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, ...")] = "auto",
    max_length: Annotated[
        int | None, typer.Option(help="Longest text in tokens; by default the model's own limit.")
    ] = None,
    long_prompts: Annotated[
        LongPrompts,
        typer.Option(help="A prompt that leaves no room for a response: refuse the run, or record an error."),
    ] = LongPrompts.REFUSE,
    reference_text: Annotated[
        bool, typer.Option("--reference-text", help="Double the BOS as the published runs did, to compare with them.")
    ] = False,
    token_budget: Annotated[
        int | None, typer.Option(help="Tokens per forward pass; halved when memory runs out.")
    ] = None,
    adapter: Annotated[str | None, typer.Option(help="Overrule the adapter that config.json leads to.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; by default one below runs/.", file_okay=False)
    ] = None,
    verify_batching: Annotated[
        int, typer.Option(help="Score N responses one by one too and report the difference.")
    ] = 0,
    trust_remote_code: Annotated[
        str | None, typer.Option(metavar="MODEL_ID@REVISION", help="Allow this very model's own code to run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    score: Annotated[
        Score,
        typer.Option(
            help="auto is expected where the answers carry log-probabilities, else greedy.", rich_help_panel=JUDGES
        ),
    ] = Score.AUTO,
    samples: Annotated[
        int | None,
        typer.Option(
            help="Answers per case for --score mean; 5 by default.",
            show_default=False,
            rich_help_panel=JUDGES,
            metavar="K",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all sampling.", rich_help_panel=JUDGES)] = 0,
    templates: Annotated[
        str | None,
        typer.Option(help="Your imported copy of published wording.", metavar="NAME", rich_help_panel=JUDGES),
    ] = None,
    max_new_tokens: Annotated[
        int | None, typer.Option(help="The longest final answer; by default the adapter's.", rich_help_panel=JUDGES)
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="An OpenAI-compatible server that runs the model, e.g. http://localhost:8000/v1.",
            metavar="URL",
            rich_help_panel=JUDGES,
        ),
    ] = None,
    api_key_env: Annotated[
        str, typer.Option(help="The environment variable with the server's key.", rich_help_panel=JUDGES)
    ] = "OPENAI_API_KEY",
    concurrency: Annotated[int, typer.Option(help="Requests under way at once.", rich_help_panel=JUDGES)] = 16,
    timeout: Annotated[float, typer.Option(help="Seconds that one request may take.", rich_help_panel=JUDGES)] = 600.0,
    patience: Annotated[
        float, typer.Option(help="Seconds for which a request that failed is tried again.", rich_help_panel=JUDGES)
    ] = 900.0,
    tensor_parallel: Annotated[
        int, typer.Option(help="GPUs that share one copy of the model (vllm).", rich_help_panel=JUDGES)
    ] = 1,
    data_parallel: Annotated[
        int, typer.Option(help="Copies of the model on this machine (vllm).", rich_help_panel=JUDGES)
    ] = 1,
    workers: Annotated[
        int, typer.Option(help="Copies of the model under Ray, on one machine or many (vllm).", rich_help_panel=JUDGES)
    ] = 1,
    price_input: Annotated[
        float | None, typer.Option(help="Dollars per million tokens of prompts.", rich_help_panel=JUDGES)
    ] = None,
    price_output: Annotated[
        float | None, typer.Option(help="Dollars per million tokens of answers.", rich_help_panel=JUDGES)
    ] = None,
) -> None:
    """Score every candidate of a benchmark; a run that was stopped goes on, a finished one answers at once.

    Exits with 3 where results are written but a judge's answers are missing: the same command asks for them again;
    with 2 where they are written and nothing could be compared, because the model gave no score.
    """
    asked = dict(locals())  # every option, by its name
    from crb.benchmarks import several
    from crb.cli.progress import TerminalProgress
    from crb.cli.run_output import document, show_run
    from crb.errors import UsageError
    from crb.evaluation.evaluate import evaluate_all
    from crb.evaluation.prepare import Settings
    from crb.evaluation.ranks import Rank, leave
    from crb.evaluation.unscored import check_compared

    del asked["as_json"]
    names = several(benchmark)
    if out is not None and len(names) > 1:
        raise UsageError(
            f"one folder cannot hold the runs of {len(names)} benchmarks",
            where=f"--out {out}",
            todo="leave it out: each run gets a folder below runs/",
        )
    with TerminalProgress() as progress:
        found = evaluate_all([Settings.of(asked | {"benchmark": name}) for name in names], progress)
    first = Rank.current().first
    leave()
    if not first:
        return  # of several processes one speaks
    if as_json:
        documents = [document(run) for run in found]
        typer.echo(json.dumps(documents[0] if len(found) == 1 else {"runs": documents}, indent=2))
    else:
        for run in found:
            show_run(run)
    check_compared(found)
    if any(run.incomplete for run in found):
        raise typer.Exit(INCOMPLETE)
