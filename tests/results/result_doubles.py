"""Doubles for the tests of results: finished runs on crb-mini with made-up scores, published folders of 60 pairs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crb.benchmarks import load_benchmark
from crb.benchmarks.base import Benchmark
from crb.files import write_json
from crb.overlap.measure import measure
from crb.overlap.trainset import open_trainset
from crb.results.identity import CRB, Known, pairs_hash
from crb.runs.config import RunConfig
from crb.runs.folder import write_run
from crb.runs.run import BASELINES, RESULTS, SCORES, Run
from crb.runs.scores import pairs_frame, write_scores
from crb.statistics.baselines import Baseline, baseline_readings
from crb.statistics.summary import summarise
from crb.vocabulary import Criterion, Language

SHARED = Path(__file__).resolve().parents[3] / "shared"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@cache
def mini() -> Benchmark:
    """The embedded benchmark."""
    return load_benchmark("crb-mini")


def mini_scores(seed: int) -> pd.DataFrame:
    """Scores on crb-mini as of a judge: whole numbers that often tie, and some readings without a score."""
    pairs = pairs_frame(mini().items, {})
    draw = np.random.default_rng(seed)
    for side, bonus in (("chosen", 1), ("rejected", 0)):
        score = draw.integers(0, 6, len(pairs)).astype(float) + bonus
        lost = draw.random(len(pairs)) < 0.05
        pairs[f"{side}_score"] = np.where(lost, np.nan, score)
        pairs[f"{side}_status"] = np.where(lost, "unparsed", "ok")
    return pairs


JUDGED = {"score": "expected", "wanted": "auto", "contradictions": {"scored": 3, "share": 0.01}, "reasons": {"cut": 2}}
"""What the results of a judge's run tell beyond its scores."""


def make_run(folder: Path, model: str, seed: int = 0, **changes: Any) -> Run:
    """A finished run of a model on crb-mini; `changes` are of its configuration. With `judge` it is a judge's."""
    fields = {
        "model": model,
        "revision": COMMIT,
        "adapter": "sequence-classifier",
        "engine": "auto",
        "dtype": "bfloat16",
        "prompts": "none",
        "prompts_hash": None,
        "max_length": 4096,
        "benchmark": "crb-mini",
        "benchmark_hash": mini().content_hash,
    }
    config = RunConfig(**{**fields, **changes})
    pairs = mini_scores(seed)
    write_scores(folder / SCORES, pairs)
    for name in Baseline:
        frame = pairs_frame(mini().items, baseline_readings(name, mini().items))
        write_scores(folder / BASELINES / f"{name.value}.parquet", frame)
    write_json(folder / RESULTS, summarise(pairs, judge=JUDGED if config.judge else None))
    document = {
        "schema": 1,
        "status": "finished",
        "fingerprint": config.fingerprint,
        "config": config.model_dump(mode="json"),
        "n": len(pairs),
        "versions": {"code-reward-bench": "0.1.0"},
        "end": "2026-11-20T08:00:00+00:00",
        "sessions": [],
    }
    return write_run(folder, document)


def overlap_of(folder: Path, **changes: Any) -> dict[str, Any]:
    """The summary of an overlap of crb-mini with a training set that holds one of its prompts."""
    file = folder / "train.jsonl"
    file.write_text(json.dumps({"text": mini().items[0].prompt}) + "\n", encoding="utf-8")
    return measure(mini(), open_trainset(file)).summary.model_dump(mode="json") | changes


def published_table(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """A published scores.parquet: `n` pairs over all criteria and languages and two subsets, some of which tie."""
    draw = np.random.default_rng(seed)
    chosen, rejected = draw.integers(0, 8, n) + 1.0, draw.integers(0, 8, n) + 0.0
    criteria, languages = list(Criterion), list(Language)
    return pd.DataFrame(
        {
            "chosen_score": chosen,
            "rejected_score": rejected,
            "correct": chosen > rejected,
            "score_diff": chosen - rejected,
            "language": [languages[i % len(languages)].value for i in range(n)],
            "aspect": [criteria[i % len(criteria)].aspect for i in range(n)],
            "subset": [("FIRST", "SECOND")[i % 2] for i in range(n)],
        },
        index=pd.Index([f"pair-{i:03}" for i in range(n)], name="id"),
    )


def small_benchmark(table: pd.DataFrame) -> Known:
    """What would be known of the benchmark `crb` if it had these pairs."""
    pairs = table.assign(criterion=[Criterion.parse(aspect).value for aspect in table["aspect"]])  # type: ignore[union-attr]
    keys = list(zip(pairs["criterion"], pairs["language"], pairs["subset"], strict=True))
    return Known(CRB, len(keys), {key: keys.count(key) for key in keys}, pairs_hash(pairs), None)


def write_published(folder: Path, table: pd.DataFrame) -> Path:
    """A model's folder in the published layout, with the figures that follow from the scores."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / SCORES)
    difference = table["score_diff"]
    results = {
        "overall": {
            "accuracy": round(float(table["correct"].mean()), 4),
            "total_examples": len(table),
            "correct_predictions": int(table["correct"].sum()),
            "mean_score_difference": round(float(difference.mean()), 4),
            "median_score_difference": round(float(difference.median()), 4),
            "std_score_difference": round(float(difference.std()), 4),
        }
    }
    for key, column in (("by_aspect", "aspect"), ("by_language", "language"), ("by_subset", "subset")):
        groups = table.groupby(column)["correct"]
        results[key] = {
            str(name): {"accuracy": round(float(group.mean()), 4), "count": len(group)} for name, group in groups
        }
    (folder / RESULTS).write_text(json.dumps(results), encoding="utf-8")
    return folder
