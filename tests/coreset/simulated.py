"""Runs drawn from a known model of item-response theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crb.coreset.making import Material
from crb.vocabulary import Criterion


@dataclass(frozen=True)
class Drawn:
    """Outcomes and the parameters that they were drawn from."""

    material: Material
    slope: np.ndarray
    intercept: np.ndarray
    ability: np.ndarray


def draw(runs: int = 60, sizes: tuple[int, ...] = (300, 120), seed: int = 0, correlation: float = 0.9) -> Drawn:
    """Outcomes of runs on pairs of the first criteria; pairs in the order of their ids, three runs a family."""
    generator = np.random.default_rng(seed)
    criteria = list(Criterion)[: len(sizes)]
    criterion = np.repeat(np.arange(len(sizes)), sizes)
    covariance = np.full((len(sizes), len(sizes)), correlation) + (1 - correlation) * np.eye(len(sizes))
    ability = generator.multivariate_normal(np.zeros(len(sizes)), covariance, size=runs)
    slope = np.clip(generator.normal(1, 0.3, size=criterion.size), 0.2, 2)
    intercept = generator.normal(0.7, 1.2, size=criterion.size)
    p = 1 / (1 + np.exp(-(slope * ability[:, criterion] + intercept)))
    pairs = pd.DataFrame(
        {
            "criterion": [criteria[k].value for k in criterion],
            "language": generator.choice(["C", "Go", "Python"], size=criterion.size),
            "subset": generator.choice(["LEFT", "RIGHT"], size=criterion.size),
        },
        index=pd.Index([f"pair-{number:04}" for number in range(criterion.size)], name="id"),
    )
    families = tuple(f"family {run // 3}" for run in range(runs))
    right = generator.random(p.shape) < p
    return Drawn(Material("drawn", "0" * 64, pairs, right, families), slope, intercept, ability)
