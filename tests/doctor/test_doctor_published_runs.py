"""The 51 published runs: what the doctor has to find by itself, and where it has to be silent."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from doctor_runs import SHARED

from crb.doctor.examination import examine_paths
from crb.doctor.findings import Finding
from crb.doctor.showing import overview
from crb.results.themis.runs import import_themis

RUNS, PAPER = SHARED / "themis-runs", SHARED / "paper"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "doctor.md"

pytestmark = [
    pytest.mark.skipif(not RUNS.is_dir(), reason="the published runs (../shared/themis-runs) are not here"),
    pytest.mark.skipif(not PAPER.is_dir(), reason="the paper's tables (../shared/paper) are not here"),
]

R3 = {"R3-Qwen3-4B-14k", "R3-Qwen3-8B-14k", "R3-Qwen3-14B-14k"}
COARSE = R3 | {"LMUnit-qwen2.5-72b", "CE-RM-4B", "INF-ORM-Llama3.1-70B"}
COINS = {"Skywork-Reward-Gemma-2-27B-v0.2", "QRM-Gemma-2-27B"}
STALE = {"Themis-RM-0.6B", "Themis-RM-1.7B"}
SWAPPED = {"Athene-RM-70B": "Llama-3.3-Nemotron-70B-Reward", "Llama-3.3-Nemotron-70B-Reward": "Athene-RM-70B"}
GRAVE = ("warning", "error")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imported")
    assert len(import_themis(RUNS, folder).models) == 51
    return folder


@pytest.fixture(scope="module")
def findings(imported: Path) -> list[Finding]:
    found, examined = examine_paths([imported], PAPER)
    assert examined == 51
    return found


def short(model: str | None) -> str:
    return (model or "").rpartition("/")[2]


def models(findings: list[Finding], code: str, *severities: str) -> set[str]:
    return {short(f.model) for f in findings if f.code == code and f.severity in (severities or GRAVE)}


def test_ties_and_their_causes(findings: list[Finding]) -> None:
    assert models(findings, "tie-rate") == COARSE | {"AceCodeRM-32B"}
    assert models(findings, "tie-rate", "error") == R3 | {"LMUnit-qwen2.5-72b"}
    assert models(findings, "quantised-scores") == COARSE
    assert models(findings, "exact-ties") == {"AceCodeRM-32B"}
    grids = {short(f.model): f.evidence["grid"] for f in findings if f.code == "quantised-scores"}
    assert grids["INF-ORM-Llama3.1-70B"] == "bfloat16"
    assert grids["LMUnit-qwen2.5-72b"] == grids["R3-Qwen3-8B-14k"] == "whole numbers"
    (sibling,) = [f.evidence["family"] for f in findings if f.code == "tie-rate" and short(f.model) == "AceCodeRM-32B"]
    assert sibling == {"TIGER-Lab/AceCodeRM-7B": 0.0}


def test_r3s_unread_answers_and_numbers_that_are_no_scores(findings: list[Finding]) -> None:
    assert models(findings, "unparsed") == models(findings, "out-of-range") == R3
    highest = {short(f.model): f.evidence["highest"] for f in findings if f.code == "out-of-range"}
    assert highest["R3-Qwen3-8B-14k"] == 562754405


def test_lmunits_failures_stand_as_zeros(findings: list[Finding]) -> None:
    (told,) = [f for f in findings if f.code == "sentinel-value" and short(f.model) == "LMUnit-qwen2.5-72b"]
    assert told.evidence | {"value": 0, "count": 413, "right_against_it": 98} == told.evidence
    assert told.severity == "warning"
    stated = {short(f.model): f.evidence for f in findings if f.code == "figures-disagree" and "stated" in f.evidence}
    assert {model: evidence["stated"] for model, evidence in stated.items()} == {"LMUnit-qwen2.5-72b": 413}


def test_missing_pairs(findings: list[Finding]) -> None:
    (told,) = [finding for finding in findings if finding.code == "missing-items"]
    assert (short(told.model), told.evidence["missing"], told.severity) == ("internlm2-20b-reward", 4, "warning")


def test_coins_of_a_family_that_is_none(findings: list[Finding]) -> None:
    assert models(findings, "near-chance", "note", "warning", "error") == models(findings, "near-chance") == COINS


def test_rows_of_another_run_and_rows_that_changed_places(findings: list[Finding]) -> None:
    assert models(findings, "published-row") == STALE
    swaps = [finding for finding in findings if (finding.code, finding.severity) == ("published-swap", "error")]
    assert {short(finding.model): short(finding.evidence["belongs_to"]) for finding in swaps} == SWAPPED


def test_everybody_else_has_notes_at_most(findings: list[Finding]) -> None:
    grave = {short(finding.model) for finding in findings if finding.severity in GRAVE}
    assert grave == COARSE | {"AceCodeRM-32B", "internlm2-20b-reward"} | COINS | STALE | set(SWAPPED)
    assert 51 - len(grave) >= 35


def test_every_disagreeing_cell_is_reported_with_reachability(findings: list[Finding]) -> None:
    """Against a second, plain computation straight from the published files."""
    expected = set(plain_disagreements())
    told = [finding for finding in findings if finding.code == "published-figure"]
    keys = [(f.evidence["source"], short(f.model), f.evidence["column"]) for f in told]
    assert len(keys) == len(set(keys)) > 60
    full = {(*key, f.printed, f.recomputed, f.evidence["reachable"]) for key, f in zip(keys, told, strict=True)}
    assert full == expected


COLUMNS = {
    "average": ("", ""),
    "themis_coderewardbench": ("", ""),
    "functional_correctness": ("aspect", "Functional_Correctness"),
    "execution_efficiency": ("aspect", "Runtime_Efficiency"),
    "memory_efficiency": ("aspect", "Memory_Efficiency"),
    "readability_maintainability": ("aspect", "Readability_Maintainability"),
    "security_hardness": ("aspect", "Security_Hardness"),
    **{n.lower(): ("language", n) for n in ("C", "CSharp", "Cpp", "Go", "Java", "JavaScript", "Python", "Ruby")},
    "humanevalpack": ("subset", "HUMANEVAL_PACK"),
    "mbppplusfix_hard": ("subset", "MBPP_PLUS_FIX_HARD"),
    "mdeval": ("subset", "MDEVAL"),
    "debugeval": ("subset", "DEBUG_EVAL"),
    "runbugrun": ("subset", "RUNBUGRUN"),
    "commitpref_functional": ("subset", "COMMITPREFS_FUNCTIONAL"),
    "pie4perf": ("subset", "PIE_PERF"),
    "evalperf": ("subset", "EVALPERF"),
    "ecco": ("subset", "ECCO"),
    "commitpref_runtime": ("subset", "COMMITPREFS_RUNTIME"),
    "nofuneval_memory": ("subset", "NOFUNEVAL_MEMORY"),
    "commitpref_memory": ("subset", "COMMITPREFS_MEMORY"),
    "nofuneval_maintain": ("subset", "NOFUNEVAL_MAINTAIN"),
    "commitpref_codestyle": ("subset", "COMMITPREFS_READABILITY"),
    "codeprefbench_security": ("subset", "CODEPREFBENCH_SECURITY"),
    "vul4j": ("subset", "VUL4J"),
    "secbench": ("subset", "SECBENCH"),
    "nofuneval_security": ("subset", "NOFUNEVAL_SECURITY"),
    "commitpref_security": ("subset", "COMMITPREFS_SECURITY"),
}


def rows_of(file: str) -> list[dict[str, str]]:
    with (PAPER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def plain_disagreements() -> Iterator[tuple[str, str, str, float, float, bool]]:
    """File, model, column, printed, recomputed, reachable, of every cell that disagrees."""
    cards = rows_of("models.csv")
    named = {card[key]: card for card in cards for key in ("hub_id", "hub_id_in_paper_if_different")}
    scores = {card["run_dir"]: pd.read_parquet(RUNS / card["run_dir"] / "scores.parquet") for card in cards}
    for file in (*(f"table{n}.csv" for n in (2, 3, 7, 8, 9)), "readme_table.csv"):
        for row in rows_of(file):
            if (card := named.get(row["model"])) is None:
                continue
            for column in set(row) & set(COLUMNS):
                by, key = COLUMNS[column]
                frame = scores[card["run_dir"]]
                frame = frame[frame[by] == key] if by else frame
                n, right = len(frame), int((frame["chosen_score"] > frame["rejected_score"]).sum())
                printed, decimals = float(row[column]), len(row[column].partition(".")[2])
                half = 0.5 * 10**-decimals + 1e-9
                if abs(100 * right / n - printed) > half:
                    reachable = any(abs(100 * k / n - printed) <= half for k in range(n + 1))
                    recomputed = round(100 * right / n, max(decimals, 2))
                    yield file, short(card["hub_id"]), column, printed, recomputed, reachable


def test_the_table_in_the_document_is_what_the_command_says(findings: list[Finding]) -> None:
    shown = [line.split(" | ") for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = {row[0].strip("| `"): (row[1], row[2].strip(" |")) for row in shown if "/" in row[0]}
    assert rows == {model: (severity, codes) for model, severity, codes in overview(findings)}


def test_fifty_one_runs_take_seconds(imported: Path) -> None:
    start = time.process_time()
    examine_paths([imported])
    assert time.process_time() - start < 15


def test_without_published_figures_the_runs_stand_alone(imported: Path) -> None:
    found, _ = examine_paths([imported])
    grave = {short(finding.model) for finding in found if finding.severity in GRAVE}
    assert grave == COARSE | {"AceCodeRM-32B", "internlm2-20b-reward"} | COINS
    assert not [finding for finding in found if finding.code.startswith("published")]


def test_each_run_can_be_examined_by_itself(imported: Path) -> None:
    by_model = defaultdict(set)
    for folder in sorted(imported.iterdir())[:12]:
        for finding in examine_paths([folder])[0]:
            by_model[short(finding.model)].add(finding.code)
    assert {"tie-rate", "exact-ties"} <= by_model["AceCodeRM-32B"]
    assert {"tie-rate", "quantised-scores"} <= by_model["CE-RM-4B"]
