"""What a user can ask of a judge, and what of it decides the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from crb.errors import UsageError, unknown_name
from crb.judge import ScoreMode
from crb.runs.config import JudgeConfig

if TYPE_CHECKING:
    from crb.engines.endpoint.settings import EndpointSettings

SCORES = ("auto", *(mode.value for mode in ScoreMode))
SAMPLES = 5
"""Answers per case under `--score mean` where the user names no number."""
_OF_ENDPOINTS = ("api_key_env", "concurrency", "timeout", "patience", "price_input", "price_output")
_OF_VLLM = ("tensor_parallel", "data_parallel", "workers")
_NO_MATTER = ("tensor_parallel",)  # of all the options below, what engines of scalar models know too


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """Options of judges, as `crb.evaluate` documents them. Those from `api_key_env` on only decide speed and price."""

    score: str = "auto"
    samples: int | None = None
    seed: int = 0
    max_new_tokens: int | None = None
    templates: str | None = None
    endpoint: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    concurrency: int = 16
    timeout: float = 600.0
    patience: float = 900.0
    tensor_parallel: int = 1
    data_parallel: int = 1
    workers: int = 1
    price_input: float | None = None
    price_output: float | None = None

    def check(self) -> None:
        """Refuse what cannot be.

        Raises:
            UsageError: naming the option.
        """
        if self.score not in SCORES:
            raise unknown_name("score", self.score, SCORES)
        if self.samples is not None and self.score != ScoreMode.MEAN:
            raise UsageError(
                "several samples are for the mean over them",
                where="--samples",
                todo="add --score mean, or leave --samples out",
            )
        for option, value, least in (
            ("--samples", self.samples, 2),
            ("--max-new-tokens", self.max_new_tokens, 1),
            ("--concurrency", self.concurrency, 1),
            ("--tensor-parallel", self.tensor_parallel, 1),
            ("--data-parallel", self.data_parallel, 1),
            ("--workers", self.workers, 1),
        ):
            if value is not None and not value >= least:
                raise UsageError(
                    f"the number must be at least {least}", where=f"{option} {value}", todo="raise it, or leave it out"
                )
        for option, seconds in (("--timeout", self.timeout), ("--patience", self.patience)):
            if not 0 < seconds < float("inf"):
                raise UsageError(
                    "the option is a number of seconds above 0",
                    where=f"{option} {seconds}",
                    todo="raise it, or leave it out",
                )
        for option, price in (("--price-input", self.price_input), ("--price-output", self.price_output)):
            if price is not None and not 0 <= price < float("inf"):
                raise UsageError(
                    "a price is a number of dollars from 0 up",
                    where=f"{option} {price}",
                    todo="give the dollars per million tokens, e.g. 0.25, or leave it out",
                )

    def given(self) -> list[str]:
        """The names of the options that differ from their defaults, but for those that scalar models know too."""
        return [
            field.name
            for field in fields(self)
            if getattr(self, field.name) != field.default and field.name not in _NO_MATTER
        ]

    def check_engine(self, processes: int) -> None:
        """Refuse options of the engine that a judge is not run by, and copies of the model in two ways at once.

        Args:
            processes: how many of them share this run; vLLM starts its own beside them.

        Raises:
            UsageError: naming the option.
        """
        served = self.endpoint is not None
        names = [name for name in (_OF_VLLM if served else _OF_ENDPOINTS) if getattr(self, name) != _DEFAULTS[name]]
        if names:
            raise UsageError(
                "the option is of judges that vLLM runs here, and this one is behind an endpoint"
                if served
                else "the option is of judges behind an endpoint, and this one is run here",
                where=f"--{names[0].replace('_', '-')}",
                todo="leave it out" if served else "leave it out, or name the server with --endpoint",
            )
        if self.workers > 1 and self.data_parallel > 1:
            raise UsageError(
                "copies of the model are either Ray's or this machine's own",
                where="--workers, --data-parallel",
                todo="leave --data-parallel out: Ray uses all the GPUs of its machines",
            )
        if not served and processes > 1:
            raise UsageError(
                "vLLM starts its own processes, and several of ours would each load the model on the same GPUs",
                where=f"environment variable WORLD_SIZE, which is {processes}",
                todo=f"start crb run by itself, without a launcher, and add --data-parallel {processes}",
            )


_DEFAULTS = {field.name: field.default for field in fields(JudgeSettings)}


def judge_config(settings: JudgeSettings, model: str, templates_hash: str | None) -> JudgeConfig:
    """What of the settings decides the scores."""
    served = settings.endpoint is not None
    return JudgeConfig.model_validate(
        {
            "score": settings.score,
            "samples": (settings.samples or SAMPLES) if settings.score == ScoreMode.MEAN else 1,
            "seed": settings.seed,
            "max_tokens": settings.max_new_tokens,
            "templates": settings.templates,
            "templates_hash": templates_hash,
            "endpoint": _address(endpoint_settings(settings, model)) if served else None,
        }
    )


def load_templates(name: str | None) -> tuple[Mapping[str, str], str | None]:
    """A user's own copy of published wording, and the hash over it."""
    if name is None:
        return {}, None
    from crb.prompts import templates

    found = templates.load_templates(name)
    return found.texts, found.fingerprint


def endpoint_settings(settings: JudgeSettings, model: str) -> EndpointSettings:
    """How the endpoint is asked.

    Raises:
        UsageError: a value that cannot be.
    """
    from crb.engines.endpoint.settings import EndpointSettings

    return EndpointSettings(
        base_url=settings.endpoint or "",
        model=model,
        api_key_env=settings.api_key_env,
        concurrency=settings.concurrency,
        timeout=settings.timeout,
        patience=settings.patience,
        price_input=settings.price_input,
        price_output=settings.price_output,
    )


def _address(settings: EndpointSettings) -> str:
    """A server's address without user, password and query: it is written into run.json."""
    from crb.engines.endpoint.settings import address, shown

    return shown(address(settings.base_url))
