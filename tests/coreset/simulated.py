"""Runs drawn from a known model of item-response theory, and a copy of the benchmark with random words in its rows."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from crb.benchmarks.code_reward_bench import published_counts
from crb.coreset.document import load_lite
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


def write_copy(file: Path, *, lacking: int = 0) -> Path:
    """8,866 rows with the published counts, the coreset's ids among them; of each criterion the first are left out."""
    words = random.Random(20261120)
    waiting = {name: [pair.id for pair in load_lite().items if pair.criterion is name][lacking:] for name in Criterion}
    lines = []
    for (criterion, language, subset), n in published_counts().cell.items():
        for number in range(n):
            ids = waiting[Criterion(criterion)]
            row = {
                "id": ids.pop() if ids else f"{subset}_{language}_{number}",
                **{side: " ".join(words.choices("int x y ; return ( )".split(), k=6)) for side in ("prompt", "chosen")},
                "rejected": "pass",
                "language": language,
                "aspect": Criterion(criterion).aspect,
                "subset": subset,
            }
            lines.append(json.dumps(row))
    words.shuffle(lines)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
