"""The standard sequence classifier against the golden scores of three families."""

from __future__ import annotations

import parity
import pytest

GOLDEN = [
    (family, mode)
    for family, modes in {
        "seqcls_qwen3": ("clean_bs1", "clean_criterion_bs1"),
        "seqcls_llama": ("clean_bs1", "clean_criterion_bs1"),
        "seqcls_gemma2": ("clean_bs1",),
    }.items()
    for mode in modes
]


@pytest.mark.parametrize(("family", "mode"), GOLDEN)
def test_the_token_ids_are_the_reference_s(family: str, mode: str) -> None:
    assert parity.check_ids(family, mode) == parity.TEXTS


@pytest.mark.parametrize("engine", parity.ENGINES)
@pytest.mark.parametrize(("family", "mode"), GOLDEN)
def test_scores_are_within_the_tolerance_of_the_golden_ones(family: str, mode: str, engine: str) -> None:
    assert parity.check_scores(family, mode, engine) < 2e-5
