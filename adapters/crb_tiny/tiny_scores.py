"""Scores of the candidates for crb-tiny: today's linear head, made on the training part alone, and trained models.

Today's head is what `make_head.py` makes: mean hidden states of the response under the lower layers, standardised, a
Bradley-Terry loss with a ridge. Here it learns from the same pairs as the trained models, so that the comparison is of
methods and not of data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from make_head import features, fit
from tiny_pairs import TRAIN, Pair

import crb
from crb.items import CHOSEN, REJECTED, Item
from crb.readings import Reading
from crb.runs.scores import pairs_frame
from crb.statistics.baselines import Baseline, baseline_readings
from crb.vocabulary import Criterion, Language


def item(pair: Pair) -> Item:
    """The pair as the core's engine takes it."""
    return Item.pair(
        pair.id,
        pair.prompt,
        pair.chosen,
        pair.rejected,
        criterion=Criterion.parse(pair.aspect),
        language=Language.parse(pair.language),
        subset=pair.subset,
    )


def head_of_today(pairs: Sequence[Pair], part: Mapping[str, str], cache: Path) -> pd.DataFrame:
    """The pairs frame of the pairs that are not trained on, by a head made from those that are."""
    items = [item(pair) for pair in pairs]
    chosen, rejected = features(items, cache)
    training = np.array([part[pair.id] == TRAIN for pair in pairs])
    scale = np.concatenate([chosen[training], rejected[training]]).std(axis=0) + 1e-4
    weight = fit(((chosen - rejected) / scale)[training]) / scale
    readings: dict[tuple[str, str], Reading] = {}
    for one, good, bad in zip(items, chosen @ weight, rejected @ weight, strict=True):
        readings[one.id, CHOSEN], readings[one.id, REJECTED] = Reading.of(float(good)), Reading.of(float(bad))
    measured = [one for one, seen in zip(items, training, strict=True) if not seen]
    return pairs_frame(measured, readings)


def longer_response(pairs: Sequence[Pair]) -> pd.DataFrame:
    """The pairs frame of the baseline that takes the longer response."""
    items = [item(pair) for pair in pairs]
    return pairs_frame(items, baseline_readings(Baseline.LONGER, items))


def model_scores(model: Path, pairs: Path, runs: Path) -> pd.DataFrame:
    """The pairs frame of a trained model, by the core's engine; resumes."""
    return crb.evaluate(str(model), pairs, long_prompts="error", max_length=8192, out=runs).pairs()
