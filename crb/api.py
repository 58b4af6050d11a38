"""The Python API: what `import crb` offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crb.benchmarks import load_benchmark
from crb.evaluation import evaluate as _evaluation
from crb.evaluation.prepare import Settings
from crb.evaluation.progress import Progress

if TYPE_CHECKING:
    from crb.benchmarks.base import Benchmark
    from crb.readings import Reading
    from crb.runs import Run

__all__ = ["evaluate", "load_benchmark", "score"]


def evaluate(
    model: str,
    benchmark: str | Path | Benchmark = "crb",
    *,
    prompts: str = "none",
    criteria: Sequence[str] = (),
    languages: Sequence[str] = (),
    subsets: Sequence[str] = (),
    limit: int | None = None,
    items: str | None = None,
    adapter: str | None = None,
    dtype: str = "auto",
    engine: str = "auto",
    device: str = "auto",
    max_length: int | None = None,
    long_prompts: Literal["refuse", "error"] = "refuse",
    reference_text: bool = False,
    token_budget: int | None = None,
    verify_batching: int = 0,
    trust_remote_code: str | None = None,
    out: str | Path | None = None,
    runs: str | Path = "runs",
    progress: Progress | None = None,
    score: str = "auto",
    samples: int | None = None,
    seed: int = 0,
    templates: str | None = None,
    max_new_tokens: int | None = None,
    endpoint: str | None = None,
    api_key_env: str = "OPENAI_API_KEY",
    concurrency: int = 16,
    timeout: float = 600.0,
    patience: float = 900.0,
    tensor_parallel: int = 1,
    data_parallel: int = 1,
    workers: int = 1,
    price_input: float | None = None,
    price_output: float | None = None,
) -> Run:
    """Score every candidate of a benchmark; resumes a stopped run, returns a finished one at once.

    Args:
        model: a folder, a hub id (`org/name`, `org/name@revision`) or an embedded model (`crb-tiny`).
        benchmark: a registered name, a path, `name:path`, or a loaded benchmark.
        prompts: `none`, `full`, `criterion`, or `SET:full`, `SET:criterion` for an imported prompt set.
        criteria, languages, subsets: keep only these; names in any spelling. Empty keeps all.
        limit: keep only the first items after filtering.
        items: `lite`, the coreset of `crb`, from which the accuracy on all of it is predicted; or a file of ids.
        adapter: overrules the adapter that config.json leads to.
        dtype: `auto` (the checkpoint's own), `float32`, `bfloat16` or `float16`. Heads compute in float32.
        engine: `auto` takes prefix trees where the model provably can, else `padded` batches; of a judge the
            `endpoint` that is given, else `vllm`, which runs standard sequence classifiers as well.
        device: `auto`, `cpu`, `cuda`, ...
        max_length: in tokens; by default the model's own limit. Responses are cut, prompts never.
        long_prompts: `refuse` raises on a prompt that leaves no room for a response, `error` records it.
        reference_text: double the BOS as the published runs did, to compare a run with them like with like.
        token_budget: tokens per forward pass.
        verify_batching: score that many responses one by one too; the largest difference stands in run.json.
        trust_remote_code: `MODEL_ID@REVISION` whose own code may run.
        out: the run's folder; by default `runs/<model>/<benchmark>/<fingerprint>`.
        runs: the folder for runs without `out`.
        progress: told of every step; silent by default.

    Other Args: of judges alone
        score: `expected` (the probability-weighted mean over the score tokens), `greedy` (as written), `mean` (over
            `samples` sampled answers), or `auto`: expected where the answers carry log-probabilities, else greedy.
        seed: of all sampling.
        templates: the name of an imported copy of published wording, in place of the adapter's own.
        max_new_tokens: the longest final answer; by default the adapter's.
        endpoint: the address of an OpenAI-compatible server that offers `model` under that name.
        api_key_env: the environment variable with its key.
        concurrency, timeout: requests under way at once, and seconds that one may take.
        patience: seconds for which a request that failed is tried again.
        tensor_parallel: GPUs that share one copy of the model, with vLLM; of a sequence classifier too.
        data_parallel, workers: copies of the model on this machine, or under Ray on several, with vLLM.
        price_input, price_output: dollars per million tokens.

    Returns:
        The run. Where `incomplete`, some of a judge's answers never came; the same call asks for them again.

    Raises:
        CrbError: the request, the data or the model cannot be used. What was scored before stays and is resumed.
    """
    asked = dict(locals())  # every argument, by its name
    del asked["progress"]
    return _evaluation.evaluate(Settings.of(asked), progress)


def score(
    model: str,
    prompt: str,
    responses: Sequence[str],
    *,
    system: str | None = None,
    adapter: str | None = None,
    dtype: str = "auto",
    engine: str = "auto",
    device: str = "auto",
    max_length: int | None = None,
    reference_text: bool = False,
) -> list[Reading]:
    """Readings of responses to one prompt, in their order, without a run directory.

    Args:
        system: a system prompt, e.g. `crb.prompts.load_prompt_set("crb").system(mode, criterion)`.

    Other arguments are those of `evaluate`. The model is loaded once per process and kept for the next call.

    Raises:
        CrbError: an empty prompt or response, or a model that cannot be used.
    """
    from crb.evaluation.one_off import score_responses

    return score_responses(
        model,
        prompt,
        responses,
        system=system,
        adapter=adapter,
        dtype=dtype,
        engine=engine,
        device=device,
        max_length=max_length,
        reference_text=reference_text,
    )
