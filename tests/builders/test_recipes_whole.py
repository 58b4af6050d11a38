"""The shipped recipes from first stage to last, on small data: a generated history, copies, scripted models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import small_history
import yaml
from crb_builders.recipe import read_recipe, shipped
from crb_builders.run import build, shards_of
from crb_builders.sources.catalogue import DATASETS
from dataset_copies import COPIES

from crb.benchmarks.code_reward_bench import published_counts
from crb.errors import MissingPackageError

Row = dict[str, Any]
REVIEW = "{kind: python, make: 'llm_scripts:mild_reviewer'}"
WRITE = "{kind: python, make: 'llm_scripts:writer'}"
JUDGE = "{kind: python, make: 'llm_scripts:judge_of_changes'}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to build in, with a history in `repositories`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repositories").mkdir()
    (tmp_path / "repositories.csv").write_text("repository,stars,contributors,issues\na/b,15,5,10\n")
    return tmp_path


def built(place: Path, recipe: str, overrides: Sequence[str] = (), workers: int = 1) -> dict[str, dict[str, Any]]:
    """The manifests by step."""
    manifests = build(read_recipe(recipe, overrides), place / "built" / recipe, workers=workers)
    for manifest in manifests:
        shards = shards_of(place / "built" / recipe / manifest["step"], manifest)
        kept = [row for shard in shards for row in _rows(shard)]
        assert len({row["id"] for row in kept}) == len(kept) == manifest["rows_out"], manifest["step"]
    return {manifest["step"]: manifest for manifest in manifests}


def _rows(shard: Any) -> list[Row]:
    return list(shard.read().to_pylist())


def rows_of(place: Path, recipe: str, step: str) -> list[Row]:
    folder = place / "built" / recipe / step
    manifest = json.loads((folder / "manifest.json").read_text())
    return [row for shard in shards_of(folder, manifest) for row in _rows(shard)]


def copy(place: Path, name: str) -> Path:
    path = place / "copies" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in COPIES[name][0]), encoding="utf-8")
    return path


def test_every_recipe_of_the_issue_is_shipped() -> None:
    assert {"general_preference", "code_preference", "code_reward_bench", "commits", "example"} <= set(shipped())


def test_the_example_goes_from_a_history_to_a_dataset(place: Path) -> None:
    from datasets import load_dataset

    good = small_history.write(place / "repositories" / "a+b")
    steps = built(place, "example")
    mined = steps["mine"]
    assert mined["rows_out"] == good + 1  # one of them is taken back later
    for reason in ("several_files", "added", "deleted", "merge", "submodule", "not_utf8", "no_change"):
        assert mined["reasons"][reason] >= 1, mined["reasons"]
    assert steps["pull_requests"]["reasons"] == {"reverted": 1}
    assert steps["assemble"]["rows_out"] > 20
    assert not list(place.rglob("pwned"))
    loaded = load_dataset(str(place / "built/example/assemble/extra"), split="train", cache_dir=str(place / "cache"))
    assert len(loaded) == steps["assemble"]["rows_out"]
    assert {"Functional_Correctness", "Runtime_Efficiency"} <= set(loaded["aspect"])
    hostile = [text for text in loaded["input"] if "{{ 7 * 7 }}" in text]
    assert hostile
    assert all("$(touch pwned)" in text for text in hostile)
    again = built(place, "example")
    assert {name: step["hash"] for name, step in again.items()} == {name: step["hash"] for name, step in steps.items()}


def test_the_code_preferences_go_from_commits_and_datasets_to_a_dataset(place: Path) -> None:
    small_history.write(place / "repositories" / "a+b")
    names = [name for name, one in DATASETS.items() if one.published.get("code") or one.one_sided]
    overrides = [f"{name}.path={copy(place, name)}" for name in names]
    overrides += [
        "review.models=[mild, mild2]",
        f"review.engine={REVIEW}",
        *(f"{step}.engine={WRITE}" for step in ("commits", "bugged", "recovered")),
        f"judge.engine={JUDGE}",
        "clean.tokens=null",
        "clean.trees=null",
        "clean.prose=null",
        "clean.contamination={columns: [prompt], benchmarks: [crb-mini]}",
    ]
    steps = built(place, "code_preference", overrides)
    assert steps["commits"]["rows_out"] > 20
    assert steps["bugged"]["rows_in"] == 4
    assert steps["recovered"]["dropped"] == 0
    rows = rows_of(place, "code_preference", "assemble")
    assert {row["source"] for row in rows} >= {"commits", "prosec", "venus", "codenet", "cybernative"}
    assert all(row["input"] for row in rows)
    assert not list(place.rglob("pwned"))


def test_the_general_preferences_go_from_datasets_to_a_dataset(place: Path) -> None:
    names = [name for name, one in DATASETS.items() if one.published.get("general")]
    overrides = [f"{name}.path={copy(place, name)}" for name in names]
    overrides += ["clean.prose=null", "clean.trees=null", "clean.contamination=null", "deduplicate.threshold=1.0"]
    steps = built(place, "general_preference", overrides)
    rows = rows_of(place, "general_preference", "assemble")
    assert {row["source"] for row in rows} == set(names)
    assert {row["aspect"] for row in rows} == {"Helpfulness", "Harmlessness"}
    assert steps["assemble"]["settings"]["preset"] == "general"


def test_the_benchmark_goes_from_commits_and_datasets_to_nineteen_subsets(place: Path) -> None:
    small_history.write(place / "repositories" / "a+b", start=1_559_347_200, days=5)
    (place / "training.txt").write_text("c/d\n")
    overrides = [f"{name}.path={copy(place, name)}" for name, one in DATASETS.items() if one.subset]
    overrides += [
        "review.models=[mild]",
        f"review.engine={REVIEW}",
        *(f"{step}.engine={WRITE}" for step in ("commits", "recovered")),
        "benchmark.apart_from=[training.txt]",
        "benchmark.fit=false",
    ]
    steps = built(place, "code_reward_bench", overrides)
    found = steps["benchmark"]["report"]["counts"]["subset"]
    assert set(found) == set(published_counts().subset)
    assert steps["benchmark"]["report"]["differences"]
    (place / "training.txt").write_text("A/B\n")
    steps = built(place, "code_reward_bench", overrides)
    assert steps["benchmark"]["reasons"]["repository_in_training"] > 20


@pytest.mark.parametrize(
    ("stage", "settings", "package"),
    [("deduplicate", {}, "rensa"), ("clean", {}, "tree-sitter"), ("clean", {"trees": None}, "py3langid")],
)
def test_a_missing_package_is_told_before_the_hours_of_the_stages_in_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, settings: dict[str, object], package: str
) -> None:
    small_history.write(tmp_path)
    steps = [{"mine": {"repositories": [str(tmp_path)]}}, {"languages": {}}, {stage: settings}]
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({"stages": steps}), encoding="utf-8")
    monkeypatch.setattr("crb.packages.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=f"'{package}' is needed by the stage {stage}") as caught:
        read_recipe(str(tmp_path / "recipe.yaml"))
    assert caught.value.todo == "pip install 'code-reward-bench[build]'"
