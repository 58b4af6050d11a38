"""The sources of the code preferences: retrieval, security, efficiency, repair, and instructions to be made faulty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from crb.vocabulary import Language
from crb_builders.sources.coder_pile import coder_pile
from crb_builders.sources.fields import (
    CORRECT,
    FAST,
    LEAN,
    SECURE,
    column,
    constant,
    fastest,
    language_of,
    number,
    optional,
)
from crb_builders.sources.mapping import Leave, PublicDataset, Values

TIMES = 5.0
"""How much dearer the rejected program is where a dataset has measurements."""
_PER_PROBLEM = 8  # pairs of a problem and a measure
_MOST_TESTS = 0.5  # share of the tests that a rejected program passes
_PYTHON = constant(Language.PYTHON.value)
_PROGRAMS = ("code", "problem_id", "user_id", "language", "status", "cpu_time", "memory")


def _venus(row: Values, random: np.random.Generator) -> Iterable[dict[str, Any]]:
    """Of a problem with two lists of measured solutions: the cheapest against the dearest."""
    for name, aspect in (("rt_list", FAST), ("mm_list", LEAN)):
        solutions: Sequence[Mapping[str, Any]] = row[name] or ()
        cost = next((key for one in solutions[:1] for key in one if key != "code"), "")
        for good, poor, times in fastest(solutions, cost, TIMES, most=_PER_PROBLEM):
            yield {**row, "good": good["code"], "poor": poor["code"], "measure": aspect, "times": times}


def _submissions(rows: Sequence[Values]) -> Iterable[dict[str, Any]]:
    """Of one person's accepted programs for a problem in one language: the cheapest against the dearest."""
    accepted = [row for row in rows if str(row["status"]).lower() == "accepted"]
    for cost, aspect in (("cpu_time", FAST), ("memory", LEAN)):
        for good, poor, times in fastest(accepted, cost, TIMES):
            yield {**good, "good": good["code"], "poor": poor["code"], "measure": aspect, "times": times}


def _share(row: Values, name: str) -> float:
    return number(row[name]) or 0.0


def _instructions(name: str, hub: str, request: str, answer: str, language: Any, *, certain: bool) -> PublicDataset:
    """Requests with good answers; the rejected one is for `instruct: {task: bug}` to write."""
    return PublicDataset(
        name=name,
        hub=hub,
        split="train",
        published={},
        certain=certain,
        needs=(request, answer),
        prompt=column(request),
        chosen=column(answer),
        rejected=constant(None),
        aspect=constant(CORRECT),
        language=language,
        one_sided=True,
    )


CODE = (
    coder_pile("coder-pile-code", {"code": 77_153}, CORRECT),
    PublicDataset(
        name="prosec",
        hub="prosecalign/prosec-mixed-clm7b-inst",
        split="train",
        published={"code": 37_690},
        certain=True,
        needs=("original_instruction", "fixed_code", "original_code", "lang", "benign"),
        prompt=column("original_instruction"),
        chosen=column("fixed_code"),
        rejected=column("original_code"),
        aspect=constant(SECURE),
        language=language_of("lang"),
        leave=(Leave("benign", lambda row: bool(row["benign"])),),
    ),
    PublicDataset(
        name="venus",
        hub="Elfsong/Venus",
        config="python3",
        split="train",
        published={"code": 21_784},
        certain=False,
        needs=("content", "rt_list", "mm_list"),
        spread=_venus,
        prompt=column("content"),
        chosen=column("good"),
        rejected=column("poor"),
        aspect=column("measure"),
        language=_PYTHON,
    ),
    PublicDataset(
        name="codenet",
        hub="iNeil77/CodeNet",
        published={"code": 16_819},
        certain=False,
        needs=_PROGRAMS,
        group=("problem_id", "user_id", "language"),
        weigh=("status", "cpu_time", "memory"),
        spread_group=_submissions,
        prompt=optional("problem_description", "description"),
        chosen=column("good"),
        rejected=column("poor"),
        aspect=column("measure"),
        language=language_of("language"),
    ),
    PublicDataset(
        name="runbugrun",
        hub="ASSERT-KTH/RunBugRun-Final",
        split="train",
        published={"code": 6_931},
        certain=True,
        needs=("buggy_code", "fixed_code", "language"),
        prompt=optional("problem_description", "description"),
        chosen=column("fixed_code"),
        rejected=column("buggy_code"),
        aspect=constant(CORRECT),
        language=language_of("language"),
        leave=(Leave("other_language", lambda row: str(row["language"]).lower() != "python"),),
    ),
    PublicDataset(
        name="ecco",
        hub="CodeEff/ECCO",
        config="edit",
        split="train",
        published={"code": 6_188},
        certain=False,
        needs=("input", "target"),
        prompt=optional("problem_description", "description"),
        chosen=column("target"),
        rejected=column("input"),
        aspect=constant(FAST),
        language=_PYTHON,
    ),
    PublicDataset(
        name="codescaler",
        hub="LARK-Lab/CodeScalerPair-51K",
        split="train",
        published={"code": 2_896},
        certain=False,
        needs=("prompt", "chosen", "rejected", "chosen_pass_rate", "rejected_pass_rate"),
        prompt=column("prompt"),
        chosen=column("chosen"),
        rejected=column("rejected"),
        aspect=constant(CORRECT),
        language=_PYTHON,
        leave=(
            Leave("chosen_fails", lambda row: _share(row, "chosen_pass_rate") < 1),
            Leave("rejected_passes", lambda row: _share(row, "rejected_pass_rate") >= 1),
            Leave("rejected_fails_too_much", lambda row: _share(row, "rejected_pass_rate") <= _MOST_TESTS),
        ),
    ),
    PublicDataset(
        name="pie4perf",
        hub="iNeil77/pie4perf-Train",
        split="train",
        published={"code": 1_640},
        certain=False,
        needs=("input", "target"),
        prompt=optional("problem_description", "description"),
        chosen=column("target"),
        rejected=column("input"),
        aspect=constant(FAST),
        language=constant(Language.CPP.value),
    ),
    PublicDataset(
        name="cybernative",
        hub="CyberNative/Code_Vulnerability_Security_DPO",
        split="train",
        published={"code": 1_354},
        certain=True,
        needs=("lang", "question", "chosen", "rejected"),
        prompt=column("question"),
        chosen=column("chosen"),
        rejected=column("rejected"),
        aspect=constant(SECURE),
        language=language_of("lang"),
    ),
    _instructions(
        "oss-instruct",
        "ise-uiuc/Magicoder-OSS-Instruct-75K",
        "problem",
        "solution",
        language_of("lang"),
        certain=True,
    ),
    _instructions(
        "mceval-instruct",
        "Multilingual-Multimodal-NLP/McEval-Instruct",
        "instruction",
        "output",
        language_of("language"),
        certain=False,
    ),
    _instructions(
        "inverse-instruct",
        "wyt2000/InverseCoder-CL-7B-Evol-Instruct-90K",
        "instruction",
        "response",
        _PYTHON,
        certain=False,
    ),
    _instructions("package-instruct", "OpenCoder-LLM/opc-sft-stage2", "instruction", "output", _PYTHON, certain=False),
)
"""In the order of the published table; the last four are the instructions that become faulty ones."""
