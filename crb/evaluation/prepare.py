"""Before anything is loaded: settings become a configuration, a folder, and a decision whether there is work at all.

Nothing here imports torch, so that a finished run answers at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from crb.adapter import Adapter, ModelSource
from crb.benchmarks import load_benchmark
from crb.benchmarks.base import Benchmark
from crb.errors import CrbError, UsageError, unknown_name
from crb.evaluation.judge_settings import JudgeSettings, judge_config, load_templates
from crb.evaluation.picking import pick
from crb.evaluation.ranks import processes
from crb.items import Item
from crb.metrics.base import Demanding
from crb.models.source import resolve
from crb.packages import require_scoring
from crb.prompts import PromptMode, PromptSet, load_prompt_set, parse_choice
from crb.runs.config import RunConfig
from crb.runs.folder import check_configuration

DTYPES = ("auto", "float32", "bfloat16", "float16")
VLLM, ENDPOINT = "vllm", "endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user can ask of a run, as `crb.evaluate` documents it."""

    model: str
    benchmark: str | Path | Benchmark
    prompts: str = "none"
    criteria: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    subsets: tuple[str, ...] = ()
    limit: int | None = None
    items: str | None = None
    adapter: str | None = None
    dtype: str = "auto"
    engine: str = "auto"
    device: str = "auto"
    max_length: int | None = None
    long_prompts: Literal["refuse", "error"] = "refuse"
    reference_text: bool = False
    token_budget: int | None = None
    verify_batching: int = 0
    trust_remote_code: str | None = None
    out: Path | None = None
    runs: Path = Path("runs")
    judge: JudgeSettings = field(default_factory=JudgeSettings)

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Settings:
        """The settings in the arguments of `crb.evaluate` or of `crb run`, those of judges among them.

        Both are signatures that a user reads, so both name every setting; that none is forgotten on the way from there
        to here, tests/evaluation/test_settings.py sees to.

        Args:
            asked: by name; options of the command line, lists and texts for paths are taken as they come.
        """
        values = {name: value.value if isinstance(value, Enum) else value for name, value in asked.items()}
        values |= {name: tuple(values[name] or ()) for name in ("criteria", "languages", "subsets") if name in values}
        values |= {name: Path(values[name]) for name in ("out", "runs") if values.get(name) is not None}
        judge = JudgeSettings(**{one.name: values.pop(one.name) for one in fields(JudgeSettings) if one.name in values})
        return cls(**values, judge=judge)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is decided but not begun."""

    settings: Settings
    source: ModelSource
    adapter: Adapter
    benchmark: Benchmark
    prompt_set: PromptSet | None
    mode: PromptMode
    config: RunConfig
    folder: Path
    templates: Mapping[str, str] = field(default_factory=dict)

    def system(self, item: Item) -> str | None:
        """The system prompt under which an item is scored."""
        return None if self.prompt_set is None else self.prompt_set.system(self.mode, item.criterion)


def prepare(settings: Settings) -> Prepared:
    """Decide a run.

    Raises:
        CrbError: whatever in the settings, the benchmark or the model's config cannot be used.
    """
    _check_values(settings)
    settings.judge.check()
    served = settings.judge.endpoint is not None
    if not served:
        require_scoring()
    source, adapter = resolve(settings.model, settings.adapter, served=served)
    judges = adapter.card.kind == "judge"
    _check_kind(settings, adapter)
    _check_trust(settings, source)
    benchmark = _selected(settings)
    prompt_set, mode = _wording(settings, benchmark, judges=judges)
    templates, templates_hash = load_templates(settings.judge.templates)
    config = RunConfig(
        model=source.name,
        revision=source.revision,
        adapter=adapter.card.name,
        engine=_engine(settings, judges=judges),
        dtype=source.dtype if settings.dtype == "auto" else settings.dtype,
        prompts=mode.value if judges else settings.prompts if prompt_set is not None else "none",
        prompts_hash=prompt_set.fingerprint if prompt_set is not None else None,
        max_length=settings.max_length or source.max_length or None,
        long_prompts=settings.long_prompts,
        reference_text=settings.reference_text,
        benchmark=benchmark.name,
        benchmark_hash=benchmark.content_hash,
        selection=benchmark.selection,
        trust_remote_code=settings.trust_remote_code,
        judge=judge_config(settings.judge, source.name, templates_hash) if judges else None,
    )
    folder = settings.out or settings.runs / slug(source.name) / slug(benchmark.name) / config.fingerprint
    check_configuration(folder, config)
    return Prepared(settings, source, adapter, benchmark, prompt_set, mode, config, folder, templates)


def _selected(settings: Settings) -> Benchmark:
    """The benchmark, or the part of it that is asked for; refused where no figure can be taken of it."""
    benchmark = settings.benchmark if isinstance(settings.benchmark, Benchmark) else load_benchmark(settings.benchmark)
    if settings.items is not None:
        benchmark = pick(benchmark, settings.items)
    benchmark = benchmark.select(
        criteria=settings.criteria, languages=settings.languages, subsets=settings.subsets, limit=settings.limit
    )
    if benchmark.metric is None and not benchmark.of_pairs:
        raise CrbError(
            f"the items of {benchmark.name} are not pairs, and it brings no metric: there is no figure to take",
            where=benchmark.source,
            todo="a benchmark of other items gives Benchmark.of(..., metric=...); see docs/other-benchmarks.md",
        )
    if isinstance(benchmark.metric, Demanding) and (what := benchmark.metric.refusal(benchmark.items)):
        raise UsageError(
            what,
            where=f"{benchmark.source}, selection {benchmark.selection}" if benchmark.selection else benchmark.source,
            todo="select more, or all, of the benchmark",
        )
    return benchmark


def _wording(settings: Settings, benchmark: Benchmark, *, judges: bool) -> tuple[PromptSet | None, PromptMode]:
    """The system prompts and their mode; None without them, and for judges, who have wording of their own."""
    name, mode = parse_choice(settings.prompts)
    if mode is PromptMode.NONE or judges:
        return None, mode
    prompts = load_prompt_set(name)
    for item in benchmark.items:  # an item without a prompt shows now, not after an hour of scoring
        prompts.system(mode, item.criterion)
    return prompts, mode


def _engine(settings: Settings, *, judges: bool) -> str:
    """The engine by name; which of ours suits a scalar model shows only when it is loaded."""
    if settings.engine != "auto" or not judges:
        return settings.engine
    return ENDPOINT if settings.judge.endpoint is not None else VLLM


def _check_values(settings: Settings) -> None:
    """Refuse what no model and no benchmark could make sense of."""
    if settings.dtype not in DTYPES:
        raise unknown_name("dtype", settings.dtype, DTYPES)
    if settings.max_length is not None and settings.max_length < 2:
        raise UsageError(
            "the maximum length leaves no room for a prompt and a response",
            where="--max-length",
            todo="leave it out to take the model's own, or give the number of tokens that fit, e.g. 4096",
        )
    if settings.token_budget is not None and settings.token_budget < 1:
        raise UsageError(
            "the token budget must be positive",
            where="--token-budget",
            todo="leave it out, or give the tokens of a forward pass, e.g. 4096",
        )
    if settings.verify_batching < 0:
        raise UsageError(
            "the number of responses to verify must not be negative",
            where="--verify-batching",
            todo="leave it out, or give the number of responses to score one by one too, e.g. 20",
        )


def _check_kind(settings: Settings, adapter: Adapter) -> None:
    """Refuse options that the adapter's kind of model does not have, rather than pass over them."""
    name, engine = adapter.card.name, settings.engine
    if adapter.card.kind == "scalar":
        if engine == VLLM and settings.verify_batching:
            raise UsageError(
                "vLLM makes its batches itself, and they cannot be verified here",
                where="--verify-batching, --engine vllm",
                todo="leave one of the two out",
            )
        if settings.judge.given() or engine == ENDPOINT:
            option = settings.judge.given()[0] if settings.judge.given() else "engine endpoint"
            raise UsageError(
                f"the adapter {name!r} reads hidden states, and this is an option of judges: {option}",
                todo="leave it out, or choose a judge with --adapter judge",
            )
        return
    served = settings.judge.endpoint is not None
    if engine not in ("auto", ENDPOINT if served else VLLM):
        raise UsageError(
            f"a judge is run by {'the endpoint that is named' if served else 'vllm'}, not by the engine {engine!r}",
            where=f"--engine {engine}, adapter {name!r}",
            todo="give the server's address with --endpoint" if engine == ENDPOINT else "leave --engine out",
        )
    settings.judge.check_engine(processes())
    scalar = {
        "--reference-text": settings.reference_text,
        "--verify-batching": bool(settings.verify_batching),
        "--token-budget": settings.token_budget is not None,
        "--long-prompts": settings.long_prompts != "refuse",
        "--dtype": served and settings.dtype != "auto",
        "--max-length": served and settings.max_length is not None,
        "--prompts SET:MODE": ":" in settings.prompts,
    }
    for option, given in scalar.items():
        if given:
            raise UsageError(
                f"{option} does nothing for a judge" + (" behind an endpoint" if served else ""),
                where=f"adapter {name!r}",
                todo="write --prompts criterion, full or none: a judge has wording of its own"
                if "SET" in option
                else "leave it out",
            )


def _check_trust(settings: Settings, source: ModelSource) -> None:
    """Remote code is allowed for one model at one revision, by name."""
    allowed = settings.trust_remote_code
    if allowed is not None and allowed != f"{source.name}@{source.revision}":
        raise UsageError(
            f"remote code was allowed for {allowed!r}, but the model is {source.name}@{source.revision}",
            where="--trust-remote-code",
            todo=f"read the model's code, then pass --trust-remote-code {source.name}@{source.revision}",
        )


def slug(name: str) -> str:
    """A name as one folder name: `org/name` becomes `org__name`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name.replace("/", "__")).strip(".") or "unnamed"
