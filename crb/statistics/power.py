"""What a benchmark could have seen: the smallest difference between two models that a paired test finds.

R. J. Connor (1987), Sample size for testing differences in proportions for the paired-sample design, Biometrics
43:207-211. With a variance of psi per pair under equality (for strict: the share of pairs on which exactly one model
is right), n pairs find a difference d with the wanted power where

    sqrt(n) d = z_a sqrt(psi) + z_b sqrt(psi - d^2)

solved for d, which is quadratic. Two models that rarely differ can be told apart by a smaller difference: the figure
belongs to a couple of models and a cell, not to a cell alone.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from crb.statistics.intervals import CONFIDENCE, Floats, quantile

POWER = 0.8


def minimum_detectable(
    psi: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = CONFIDENCE, power: float = POWER
) -> Floats:
    """The smallest difference of accuracies that a two-sided paired test finds with this power.

    Where `psi` is less than the difference itself (hardly a pair on which the two differ), the difference can only
    come with more such pairs: psi = d then, which is a test on pairs that all favour one model.

    Args:
        psi: variance per pair under equality, `n * Moments.null_variance`; any shape.
        n: pairs, same shape.
        confidence: of the test, one comparison by itself.
        power: the chance to find it, between 1/2 and 1.

    Returns:
        Differences above 0; NaN where n is too small for any.

    Raises:
        ValueError: the power is not at least 1/2 and below 1.
    """
    if not 0.5 <= power < 1:
        raise ValueError(f"power is at least 1/2 and below 1, not {power}")
    a, b = quantile(confidence), NormalDist().inv_cdf(power)
    variance, size = np.asarray(psi, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (size + b * b) * (a * a - b * b) * variance
        usual = (a * np.sqrt(size * variance) + np.sqrt(size * a * a * variance - spread)) / (size + b * b)
        # psi = d: with x = sqrt(n d), (x - a)^2 = b^2 (1 - x^2 / n).
        factor = 1 + b * b / size
        least = ((a + np.sqrt(a * a - factor * (a * a - b * b))) / factor) ** 2 / size
        found = np.where(usual >= variance, least, usual)
        return np.where(found <= 1, found, np.nan)
