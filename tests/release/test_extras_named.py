"""Where an extra is missing, the command that needs it says which: each extra, blocked, by its own command."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest
from extras_at_work import WORK
from lowest_versions import with_pinned_torch
from without import run_without

from crb.packages import extra_with, told

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEVELOPERS = {"dev", "docs", "mutants"}  # tools: no command of ours needs them
JUDGE = ("run", "MODEL", "--adapter", "judge", "--benchmark", "crb-mini", "--limit", "1")
# extra: (import names that cannot be found, the words behind `crb`). MODEL is a small classifier's folder.
NEEDED: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "score": (["torch"], ["run", "crb-tiny", "--benchmark", "crb-mini"]),
    "vllm": (["vllm"], JUDGE),
    "ray": (["ray"], [*JUDGE, "--workers", "2"]),
    "leaderboard": (["gradio"], ["leaderboard"]),
    "build": (["rensa"], ["build", "near.yaml", "--out", "built"]),
    "syntax": (["tree_sitter"], ["perturb", "crb-mini", "--out", "variants.jsonl", "--only", "rename"]),
    "cluster": (["ray"], ["build", "near.yaml", "--executor", "ray", "--out", "built"]),
    "bigquery": (["google.cloud.bigquery"], ["build", "query.yaml", "--out", "built"]),
    "train": (["torch"], ["train", "tiny", "--dry-run"]),
}
FILES = {
    "near.yaml": "stages: [{import: {dataset: pairs, path: pairs.jsonl}}, {deduplicate: {columns: [prompt]}}]",
    "query.yaml": "stages: [{mine_bigquery: {destination: p.d.t}}]",
}


def test_every_extra_has_a_case() -> None:
    assert set(NEEDED) == set(PROJECT["optional-dependencies"]) - DEVELOPERS
    assert set(WORK) - {"none"} == set(PROJECT["optional-dependencies"])  # of `make release-check`
    assert all(case.work.__doc__ for case in WORK.values())


@pytest.mark.parametrize("extra", NEEDED)
def test_the_command_names_the_extra(extra: str, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path) -> None:
    blocked, words = NEEDED[extra]
    shutil.copy(sixty_pairs, tmp_path / "pairs.jsonl")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (told,) = run_without(blocked, [str(tiny_llama) if word == "MODEL" else word for word in words], cwd=tmp_path)
    assert told.code == 2, told
    assert "is not installed" in told.err
    assert f"pip install 'code-reward-bench[{extra}]'" in told.err


def test_of_several_extras_the_smallest_is_named() -> None:
    ours = distribution("code-reward-bench")
    wanted = {"torch": "score", "peft": "train", "tree_sitter_c": "syntax", "ray": "cluster", "gradio": "leaderboard"}
    assert {name: extra_with(name, ours) for name in wanted} == wanted
    assert extra_with("a_package_that_nobody_has", ours) == extra_with("torch", None) == ""


def test_a_package_of_no_extra_is_a_defect_of_ours() -> None:
    assert told(ModuleNotFoundError("No module named 'crb.typo'", name="crb.typo")) is None
    found = told(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn"))
    assert found is not None
    assert found.todo == "pip install 'code-reward-bench[score]'"


def test_among_the_lowest_versions_torch_is_the_pinned_one() -> None:
    found = "torch==2.8.0\ntorchmetrics==1.0\nnvidia-nccl-cu12==2.1\ntyper==0.16.0\n"
    assert (
        with_pinned_torch(found, "torch==2.13.0\ntyper==0.29.0\n")
        == "torchmetrics==1.0\ntyper==0.16.0\ntorch==2.13.0\n"
    )
