"""One copy of a model under vLLM, in the process that computes: token ids in, texts or scores out as they finish.

The only module that knows vLLM's interfaces. It drives the engine step by step instead of calling `LLM.generate`,
which would hold back all answers until the last one is there.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import os
from typing import Any

from crb.engines.on_vllm.cpu import fix_blocks
from crb.engines.on_vllm.jobs import Job, Outcome
from crb.engines.on_vllm.settings import (
    INVARIANT,
    Task,
    VllmSettings,
    arguments,
    caches_prefixes,
    environment,
    invariant_wanted,
)
from crb.errors import first_line
from crb.generation import Failure, Generation, Step, Token, Usage


class VllmWorker:
    """A loaded model."""

    def __init__(self, settings: VllmSettings, task: Task) -> None:
        from vllm.platforms import current_platform

        cpu = current_platform.is_cpu()
        capable = current_platform.is_cuda_alike() and bool(current_platform.has_device_capability(80))
        os.environ.update(environment(cpu=cpu, capable=capable))  # read by what is imported from here on
        invariant = invariant_wanted() and (cpu or os.environ.get(INVARIANT) == "1")
        given = arguments(settings, task, cpu=cpu, invariant=invariant)

        from vllm import EngineArgs, __version__
        from vllm.v1.engine.llm_engine import LLMEngine

        model = EngineArgs(**given).create_engine_config().model_config
        if task == "generate" and model.quantization is None:
            given["hf_overrides"] = {"head_dtype": "float32"}  # bfloat16 puts log-probabilities on a grid, and they tie
        how = "off"
        if invariant and cpu:
            # The workers of a model that is shared out are processes that a replaced function does not reach.
            ordinary = settings.tensor_parallel == 1 and model.quantization is None and not model.is_moe
            whole = ordinary and fix_blocks()
            given |= {} if whole else {"max_num_seqs": 1}
            how = "fixed blocks" if whole else "one at a time"
        elif invariant:
            how = "vllm"
        self._task = task
        self._engine = LLMEngine.from_engine_args(EngineArgs(**given))
        self.about: dict[str, Any] = {
            "vllm": __version__,
            "device": current_platform.get_device_name(),
            "batch_invariance": how,
            "prefix_caching": caches_prefixes(settings, cpu=cpu, invariant=invariant),
            "classes": int(getattr(self._engine.model_config.hf_config, "num_labels", 0)) if task == "classify" else 0,
        }

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._engine.has_unfinished_requests())

    def add(self, job: Job) -> Failure | None:
        """Take a job; a failure where vLLM refuses it."""
        from vllm import PoolingParams, SamplingParams, exceptions
        from vllm.sampling_params import RequestOutputKind

        params: Any
        try:
            if job.sampling is None:
                params = PoolingParams(task="classify", use_activation=False)  # the logit: a sigmoid's values tie
            else:
                asked = job.sampling
                params = SamplingParams(
                    max_tokens=asked.max_tokens,
                    temperature=asked.temperature,
                    top_p=asked.top_p,
                    top_k=asked.top_k,
                    logprobs=asked.logprobs or None,
                    stop=list(asked.stop),
                    seed=job.seed,
                    output_kind=RequestOutputKind.FINAL_ONLY,
                )
            self._engine.add_request(str(job.number), {"prompt_token_ids": list(job.ids)}, params)
        except (ValueError, getattr(exceptions, "VLLMClientError", ValueError)) as error:
            return Failure(f"vLLM refuses the request: {first_line(error)}", permanent=True)
        return None

    def step(self) -> list[tuple[int, Outcome]]:
        """Compute one step; gives what it finished."""
        done = [output for output in self._engine.step() if output.finished]
        return [(int(output.request_id), self._outcome(output)) for output in done]

    def _outcome(self, output: Any) -> Outcome:
        if self._task == "classify":
            return float(output.outputs.data.float().reshape(-1)[0])
        (answer,) = output.outputs
        if answer.finish_reason not in ("stop", "length"):
            return Failure(f"vLLM broke the answer off: {answer.finish_reason}")
        usage = Usage(len(output.prompt_token_ids), len(answer.token_ids), output.num_cached_tokens or 0)
        return Generation(answer.text, answer.finish_reason, usage, _steps(answer))


def _steps(answer: Any) -> tuple[Step, ...]:
    """The positions of an answer; none where no log-probabilities were asked for."""
    if answer.logprobs is None:
        return ()
    steps: list[Step] = []
    for written, place in zip(answer.token_ids, answer.logprobs, strict=True):
        ranked = sorted(place.items(), key=lambda entry: (entry[1].rank, entry[0]))
        tokens = {id: Token(found.decoded_token or "", float(found.logprob), int(id)) for id, found in ranked}
        steps.append(Step(tokens[written], tuple(tokens.values())))
    return tuple(steps)
