"""Which engine writes a judge's answers. Imports are made when an engine is: none needs the packages of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crb.evaluation.judge_settings import endpoint_settings
from crb.evaluation.prepare import ENDPOINT, Prepared

if TYPE_CHECKING:
    from crb.engines.generation import GenerationEngine


def generator(prepared: Prepared) -> GenerationEngine:
    """The engine of a judge's run, loaded."""
    options = prepared.settings.judge
    if prepared.config.engine == ENDPOINT:
        from crb.engines.endpoint.engine import EndpointEngine

        return EndpointEngine(endpoint_settings(options, prepared.source.name))
    from crb.engines.on_vllm.generation import VllmEngine
    from crb.engines.on_vllm.settings import VllmSettings

    settings = VllmSettings(
        source=prepared.source,
        dtype=prepared.config.dtype,
        max_length=prepared.config.max_length,
        tensor_parallel=options.tensor_parallel,
        data_parallel=options.data_parallel,
        trust_remote_code=prepared.config.trust_remote_code is not None,
    )
    if options.workers > 1:
        from crb.engines.on_vllm.cluster import RayEngine

        return RayEngine(settings, options.workers)
    return VllmEngine(settings)
