"""Holm's correction: of all comparisons looked at together, a wrong claim in at most 5% of benchmarks.

S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6:65-70.
It holds whatever the dependence between the tests, and here all tests share models and pairs. Its price is power;
procedures that bound the share of wrong claims instead are not used, because a rank interval rests on every one of
its claims.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crb.statistics.intervals import Floats


def holm(p: npt.ArrayLike) -> Floats:
    """Holm's adjusted p-values along the first axis: claims at or below 0.05 are all true with 95% confidence.

    Args:
        p: p-values, shape (comparisons, ...); each column is a family of its own. NaN is no comparison: it stays NaN
            and does not count.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, axis=0)  # NaN last; equal ones are adjusted alike in any order
    ordered = np.take_along_axis(values, order, axis=0)
    size = (~np.isnan(values)).sum(axis=0)
    left = size - np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
    stepped = np.minimum(1.0, np.fmax.accumulate(ordered * np.maximum(left, 1), axis=0)) if len(values) else ordered
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, np.where(np.isnan(ordered), np.nan, stepped), axis=0)
    return adjusted
