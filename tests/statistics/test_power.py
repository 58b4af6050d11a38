"""The smallest detectable difference: Connor's formula, and whether it is detected."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paired_truth import draw

from crb.statistics.mcnemar import p_values
from crb.statistics.power import minimum_detectable

A, B = 1.959963984540054, 0.8416212335729143


@given(st.floats(0.001, 1), st.integers(1, 20_000))
def test_connors_sample_size_comes_back(psi: float, n: int) -> None:
    found = float(minimum_detectable(psi, n))
    if not np.isnan(found):
        effective = max(psi, found)  # a difference needs as many pairs on which the two differ
        needed = ((A * np.sqrt(effective) + B * np.sqrt(effective - found**2)) / found) ** 2
        assert needed == pytest.approx(n, rel=1e-6)


@pytest.mark.parametrize(("psi", "n"), [(0.3, 300), (0.3, 2_000), (0.15, 8_866), (0.5, 1_000)])
def test_it_is_detected_four_times_in_five(psi: float, n: int) -> None:
    d = float(minimum_detectable(psi, n))
    table = np.array([[0.5, 0, (psi + d) / 2], [0, 0, 0], [(psi - d) / 2, 0, 0.5 - psi]])
    found = (p_values(draw(table, n, 4_000), "strict") <= 0.05).mean()
    assert 0.76 <= found <= 0.83


def test_more_pairs_and_fewer_disagreements_see_more() -> None:
    assert (np.diff(minimum_detectable(0.3, np.array([50, 300, 2_000, 8_866]))) < 0).all()
    assert (np.diff(minimum_detectable(np.array([0.05, 0.1, 0.3, 0.6]), 2_000)) > 0).all()


def test_too_few_pairs_detect_nothing() -> None:
    assert np.isnan(minimum_detectable(0.3, np.array([0, 3]))).all()
    assert 0 < minimum_detectable(0.0, 100) < 0.1, "models that never differed yet may still"
    with pytest.raises(ValueError, match="power"):
        minimum_detectable(0.3, 100, power=0.2)


@pytest.mark.parametrize(("confidence", "power"), [(0.95, 0.8), (0.8, 0.9), (0.99, 0.5)])
@pytest.mark.parametrize(("psi", "n"), [(0.3, 500), (0.9, 60), (1e-6, 400)])
def test_confidence_and_power_are_those_asked_for(psi: float, n: int, confidence: float, power: float) -> None:
    d = float(minimum_detectable(psi, n, confidence=confidence, power=power))
    a, b = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist().inv_cdf(power)
    effective = max(psi, d)
    assert np.sqrt(n) * d == pytest.approx(a * np.sqrt(effective) + b * np.sqrt(effective - d * d), rel=1e-6)


@pytest.mark.filterwarnings("error")  # a warning would stand in the middle of a table
@pytest.mark.parametrize("power", [0.49, 1.0])
def test_a_power_that_no_test_has_is_refused_and_no_pairs_warn_of_nothing(power: float) -> None:
    with pytest.raises(ValueError, match=str(power)):
        minimum_detectable(0.3, 100, power=power)
    for chance in (0.5, 0.8):
        found = minimum_detectable(np.array([np.nan, 0.0, 0.5]), np.array([0, 0, 0]), power=chance)
        assert np.isnan(found).all()
