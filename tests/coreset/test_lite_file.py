"""The coreset that comes with the package: that it, its page and its figures follow from the published runs."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from crb.benchmarks.code_reward_bench import published_counts
from crb.coreset.document import FILE, load_lite
from crb.coreset.making import Material, errors, hold_out, make
from crb.coreset.prediction import predict
from crb.results.identity import CRB, CRB_PAIRS
from crb.vocabulary import Criterion

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / ".." / "shared" / "themis-runs"
HELD_OUT = ROOT / "docs" / "coreset-held-out.csv"
published = pytest.mark.skipif(not RUNS.is_dir(), reason="the published runs are not beside the checkout")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that makes the file."""
    spec = importlib.util.spec_from_file_location("coreset_maker", ROOT / "benchmarks" / "coreset.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made_from(maker: ModuleType) -> tuple[list[str], Material]:
    """The published runs."""
    names, material = maker.read(RUNS)
    return names, material


def test_it_is_500_pairs_of_the_published_benchmark_by_criterion() -> None:
    lite = load_lite()
    assert (lite.benchmark, lite.pairs, lite.n, len(lite.items)) == (CRB, CRB_PAIRS, 8866, 500)
    assert {curve.name: curve.n for curve in lite.criteria} == dict(published_counts().criterion)
    places = Counter(pair.criterion for pair in lite.items)
    assert [places[name] for name in Criterion] == [256, 70, 40, 81, 53]
    assert (ROOT / "crb" / "coreset" / FILE).stat().st_size < 200_000


def test_the_page_shows_the_table_of_the_figures(maker: ModuleType) -> None:
    assert maker.table(pd.read_csv(HELD_OUT)) in (ROOT / "docs" / "coreset.md").read_text(encoding="utf-8")


def test_predictions_are_no_worse_than_the_plain_mean_and_intervals_hold(maker: ModuleType) -> None:
    found = pd.read_csv(HELD_OUT)
    for _, part in found.groupby(["left_out", "group"]):
        assert (part["predicted"] - part["true"]).abs().mean() <= (part["mean"] - part["true"]).abs().mean()
        assert part["in_interval"].mean() >= 0.9


@published
def test_the_same_pairs_and_parameters_come_out_of_the_published_runs(made_from: tuple[list[str], Material]) -> None:
    names, material = made_from
    lite = load_lite()
    given = [*(curve.width for curve in lite.criteria), lite.width]
    again = make(material, range(len(names)), given)
    assert [pair.id for pair in again.items] == [pair.id for pair in lite.items]
    for one, other in zip(again.items, lite.items, strict=True):
        assert (one.slope, one.intercept) == pytest.approx((other.slope, other.intercept), abs=1e-3)
    assert set(material.pairs.index) >= {pair.id for pair in lite.items}


@published
def test_committed_errors_are_those_of_left_out_families(made_from: tuple[list[str], Material]) -> None:
    names, material = made_from
    folds = [[run for run, of in enumerate(material.families) if of == one] for one in ("Themis-RM", "R3")]
    held = hold_out(material, folds)
    committed = pd.read_csv(HELD_OUT).query("left_out == 'family'")
    for run in (run for fold in folds for run in fold):
        part = committed[committed["model"] == names[run]]
        alone = type(held)([held.parts[run]], held.truth[[run]], held.mean[[run]])
        assert 100 * errors(alone)[0][0] == pytest.approx((part["predicted"] - part["true"]).to_numpy(), abs=0.02)


@published
def test_runs_that_resemble_each_other_much_are_of_one_family(made_from: tuple[list[str], Material]) -> None:
    names, material = made_from
    alike = np.corrcoef(material.right - material.right.mean(axis=0))
    for one, other in zip(*np.nonzero(np.triu(alike, 1) > 0.25), strict=True):
        assert material.families[one] == material.families[other], (names[one], names[other])


@published
def test_a_known_run_is_predicted_from_the_outcomes_that_it_has_on_the_pairs(
    made_from: tuple[list[str], Material],
) -> None:
    names, material = made_from
    run = names.index("Themis-RM-8B")
    outcomes = dict(zip(material.pairs.index, material.right[run].tolist(), strict=True))
    lite = load_lite()
    found = predict(lite, {pair.id: outcomes[pair.id] for pair in lite.items}).overall
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= material.right[run].mean() <= found.high
