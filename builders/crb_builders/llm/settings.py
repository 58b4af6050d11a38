"""How a model is reached: settings that stages with a language model share.

Which model, and how it samples, decides rows. Where it runs does not: a finished stage stays finished when the server
moves (`engine` is neutral), and answers that are kept are found again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from crb.generation import Sampling
from crb_builders.stage import Settings

_FUNCTION = re.compile(r"\w+(?:\.\w+)*:\w+")


class EngineSettings(Settings):
    """Where the models of a stage run.

    Attributes:
        kind: `endpoint` (a server with OpenAI's chat completions), `vllm` (in this process' children), `batch` (files
            of OpenAI's batch API, in and out), `transformers` (a small model in this process), `python` (an engine of
            your own).
        base_url: of the endpoint: where its API begins.
        addresses: of endpoints: `base_url` by model, where models are served at several addresses.
        api_key_env: of the endpoint: the environment variable with its key.
        concurrency, timeout, patience: of the endpoint: requests at once, seconds per request, seconds of retries.
        folder: of batch files: `requests/` is written there, `results/` is read.
        make: of an engine of your own: `module:function`, called with the model's name.
        device: of transformers.
        dtype, max_length: of vLLM and transformers; bfloat16 by default, float32 for transformers on a CPU.
        tensor_parallel, data_parallel: of vLLM.
    """

    kind: Literal["endpoint", "vllm", "batch", "transformers", "python"] = "endpoint"
    base_url: str = "http://localhost:8000/v1"
    addresses: dict[str, str] = Field(default_factory=dict)
    api_key_env: str = "OPENAI_API_KEY"
    concurrency: int = Field(default=16, ge=1)
    timeout: float = Field(default=600.0, gt=0)
    patience: float = Field(default=900.0, gt=0)
    folder: Path | None = None
    make: str | None = None
    device: str = "cpu"
    dtype: Literal["bfloat16", "float16", "float32"] | None = None
    max_length: int | None = Field(default=None, ge=1)
    tensor_parallel: int = Field(default=1, ge=1)
    data_parallel: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _complete(self) -> EngineSettings:
        if self.kind == "batch" and self.folder is None:
            raise ValueError("batch files need a folder: engine: {kind: batch, folder: DIR}")
        if self.kind == "python" and not _FUNCTION.fullmatch(self.make or ""):
            raise ValueError("an engine of your own needs make: module:function")
        return self


class AskingSettings(Settings):
    """Settings of every stage with a language model.

    Attributes:
        models: as the engine knows them; several vote.
        engine: where they run.
        temperature, top_p: of the sampling.
        max_tokens: the longest answer.
        thinking: passed to chat templates that know `enable_thinking`.
        longest: rows whose texts have more characters than this together are dropped before anything is asked.
        share: of the rows that are asked about, drawn by id; the others pass untouched. For a first look.
    """

    models: tuple[str, ...] = Field(default=(), description="as the engine knows them")
    engine: EngineSettings = Field(default_factory=EngineSettings)
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=2048, ge=1)
    thinking: bool | None = None
    longest: int = Field(default=60_000, ge=1)
    share: float = Field(default=1.0, ge=0, le=1)

    def sampling(self) -> Sampling:
        """How an answer is generated."""
        return Sampling(max_tokens=self.max_tokens, temperature=self.temperature, top_p=self.top_p)
