"""Opens the engine of a model: the core's own, batch files, or one of the user's. Imports wait for their engine."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from crb.engines.generation import GenerationEngine
from crb.errors import UsageError
from crb_builders.llm.settings import EngineSettings


def open_engine(settings: EngineSettings, model: str) -> GenerationEngine:
    """The engine that runs a model.

    Raises:
        CrbError: the address, key, package, model or function cannot be used.
    """
    if settings.kind == "endpoint":
        from crb.engines.endpoint.engine import EndpointEngine
        from crb.engines.endpoint.settings import EndpointSettings

        return EndpointEngine(
            EndpointSettings(
                base_url=settings.addresses.get(model, settings.base_url),
                model=model,
                api_key_env=settings.api_key_env,
                concurrency=settings.concurrency,
                timeout=settings.timeout,
                patience=settings.patience,
            )
        )
    if settings.kind == "vllm":
        return _vllm(settings, model)
    if settings.kind == "batch" and settings.folder is not None:
        from crb_builders.llm.batch import BatchResults

        return BatchResults(settings.folder, model)
    if settings.kind == "transformers":
        from crb_builders.llm.local import TransformersEngine

        return TransformersEngine(settings, model)
    return _own(settings.make or "", model)


def _vllm(settings: EngineSettings, model: str) -> GenerationEngine:
    from crb.engines.on_vllm.generation import VllmEngine
    from crb.engines.on_vllm.settings import VllmSettings
    from crb.models.source import resolve

    source, _ = resolve(model, "judge")  # the adapter of any model that writes text
    return VllmEngine(
        VllmSettings(
            source=source,
            dtype=settings.dtype or "bfloat16",
            max_length=settings.max_length,
            tensor_parallel=settings.tensor_parallel,
            data_parallel=settings.data_parallel,
        )
    )


def _own(make: str, model: str) -> GenerationEngine:
    where, todo = f"engine.make {make!r}", "write module:function"
    module, _, name = make.partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the engine cannot be made: {error}", where=where, todo=todo) from error
    if not callable(function):
        raise UsageError(f"the engine cannot be made: {name} is no function", where=where, todo=todo)
    return cast("GenerationEngine", function(model))
