"""A tiny copy of every public dataset in its own column layout, and what an import makes of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from crb_builders.stages.importing import Import, ImportSettings

Row = dict[str, Any]


def talk(*texts: str) -> list[Row]:
    return [{"role": role, "content": text} for role, text in zip(("user", "assistant") * 2, texts, strict=False)]


def parts(*texts: str) -> list[Row]:
    return [{"role": one["role"], "content": [{"type": "text", "text": one["content"]}]} for one in talk(*texts)]


def program(user: str, milliseconds: int, kilobytes: int, status: str = "Accepted", problem: str = "p1") -> Row:
    return {
        "problem_id": problem,
        "user_id": user,
        "language": "C++",
        "status": status,
        "cpu_time": milliseconds,
        "memory": kilobytes,
        "code": f"// {user} {milliseconds} {kilobytes}",
        "problem_description": "Add two numbers.",
    }


RETRIEVAL = [
    {"query": "sort", "pos": ["good"], "neg": [f"bad {rank}" for rank in range(15)], "language": "python"},
    {"query": "sort", "pos": ["good"], "neg": [], "language": "python"},
    {"query": "sort", "pos": ["good"], "neg": ["bad"], "language": "haskell"},
]
VENUS = {
    "content": "Two sum.",
    "rt_list": [{"code": "slow", "runtime": 500}, {"code": "fast", "runtime": 40}, {"code": "mid", "runtime": 300}],
    "mm_list": [{"code": "big", "memory": 300}, {"code": "small", "memory": 100}],
}
POST = {
    "question": "<p>How &amp; why?</p><pre><code>x &lt; 1\n</code></pre>",
    "answers": [
        {"text": "<p>Best</p>", "selected": True, "pm_score": 12},
        {"text": "Poor", "selected": False, "pm_score": 0},
        {"text": "Middle", "selected": False, "pm_score": 5},
    ],
}
PROMETHEUS = {
    "orig_instruction": "Do.",
    "orig_response_A": "one",
    "orig_response_B": "two",
    "orig_preference": "B",
    "orig_criteria": "Does the model avoid harmful advice?",
}
HELPSTEER = {
    "domain": "stem",
    "context": talk("Why?"),
    "response1": "one",
    "response2": "two",
    "overall_preference": -3,
}
ARENA = {
    "winner": "model_b",
    "conversation_a": parts("Hi", "no"),
    "conversation_b": parts("Hi", "yes"),
    "language": "en",
    "is_code": False,
}
SCALER = {"prompt": "p", "chosen": "c", "rejected": "r", "chosen_pass_rate": 1.0, "rejected_pass_rate": 0.9}
PROSEC = {"original_instruction": "i", "fixed_code": "f", "original_code": "o", "lang": "c++", "benign": False}
SKYWORK = {"chosen": talk("Q", "A+"), "rejected": talk("Q", "A-"), "source": "magpie_pro"}

# dataset -> rows; the pairs (prompt, chosen, rejected, aspect, language) expected; reasons of the dropped ones
COPIES: dict[str, tuple[list[Row], list[tuple[Any, ...]], dict[str, int]]] = {
    "coder-pile": (
        RETRIEVAL,
        [("sort", "good", "bad 0", "Helpfulness", "Python")],
        {"no_pair": 1, "other_language": 1},
    ),
    "coder-pile-code": (
        RETRIEVAL,
        [("sort", "good", "bad 0", "Functional_Correctness", "Python")],
        {"no_pair": 1, "other_language": 1},
    ),
    "skywork-preference": (
        [
            SKYWORK,
            SKYWORK | {"source": "wildguard"},
            SKYWORK | {"source": "elsewhere"},
            SKYWORK | {"chosen": talk("Q")},
        ],
        [("Q", "A+", "A-", "Helpfulness", "NL"), ("Q", "A+", "A-", "Harmlessness", "NL")],
        {"other_source": 1, "no_chosen": 1},
    ),
    "tulu-if": (
        [{"prompt": "P", "chosen": talk("P", "yes"), "rejected": talk("P", "no")}],
        [("P", "yes", "no", "Helpfulness", "NL")],
        {},
    ),
    "stack-exchange": (
        [POST, POST | {"answers": POST["answers"][1:]}, POST | {"answers": [*POST["answers"][:1], POST["answers"][2]]}],  # type: ignore[misc]
        [("How & why?\n\n```\nx < 1\n```", "Best", "Poor", "Helpfulness", "NL")],
        {"no_pair": 1, "rejected_has_votes": 1},
    ),
    "arena": (
        [ARENA, ARENA | {"winner": "tie"}, ARENA | {"language": "pl"}, ARENA | {"is_code": True}],
        [("Hi", "yes", "no", "Helpfulness", "NL")],
        {"no_winner": 1, "other_language": 1, "code": 1},
    ),
    "prometheus": (
        [
            PROMETHEUS,
            PROMETHEUS | {"orig_preference": "A", "orig_criteria": "Is it helpful?"},
            PROMETHEUS | {"orig_criteria": "Is it short?"},
        ],
        [("Do.", "two", "one", "Harmlessness", "NL"), ("Do.", "one", "two", "Helpfulness", "NL")],
        {"other_criterion": 1},
    ),
    "helpsteer3": (
        [
            HELPSTEER,
            HELPSTEER | {"overall_preference": 3},
            HELPSTEER | {"overall_preference": 2},
            HELPSTEER | {"domain": "code"},
        ],
        [("Why?", "one", "two", "Helpfulness", "NL"), ("Why?", "two", "one", "Helpfulness", "NL")],
        {"low_margin": 1, "other_domain": 1},
    ),
    "distilabel-math": (
        [
            {"instruction": "1+1", "chosen_response": "It is 2.", "rejected_response": "2"},
            {"instruction": "1+1", "chosen_response": "2", "rejected_response": "3"},
        ],
        [("1+1", "It is 2.", "2", "Helpfulness", "NL")],
        {"other_result": 1},
    ),
    "truthy": (
        [{"system": "Be true.", "prompt": "Flat?", "chosen": "No", "rejected": "Yes"}],
        [("Be true.\n\nFlat?", "No", "Yes", "Helpfulness", "NL")],
        {},
    ),
    "prosec": ([PROSEC, PROSEC | {"benign": True}], [("i", "f", "o", "Security_Hardness", "Cpp")], {"benign": 1}),
    "venus": ([VENUS], [("Two sum.", "fast", "slow", "Runtime_Efficiency", "Python")], {}),
    "codenet": (
        [program("ann", 900, 10), program("bob", 1, 1), program("ann", 100, 60), program("ann", 10, 9, "Wrong Answer")],
        [
            ("Add two numbers.", "// ann 100 60", "// ann 900 10", "Runtime_Efficiency", "Cpp"),
            ("Add two numbers.", "// ann 900 10", "// ann 100 60", "Memory_Efficiency", "Cpp"),
        ],
        {},
    ),
    "runbugrun": (
        [
            {"buggy_code": "b", "fixed_code": "f", "language": "python"},
            {"buggy_code": "b", "fixed_code": "f", "language": "ruby"},
        ],
        [(None, "f", "b", "Functional_Correctness", "Python")],
        {"other_language": 1},
    ),
    "ecco": ([{"input": "slow", "target": "fast"}], [(None, "fast", "slow", "Runtime_Efficiency", "Python")], {}),
    "codescaler": (
        [
            SCALER,
            SCALER | {"rejected_pass_rate": 0.1},
            SCALER | {"rejected_pass_rate": 1.0},
            SCALER | {"chosen_pass_rate": 0.9},
        ],
        [("p", "c", "r", "Functional_Correctness", "Python")],
        {"rejected_fails_too_much": 1, "rejected_passes": 1, "chosen_fails": 1},
    ),
    "pie4perf": (
        [{"problem_description": "d", "input": "slow", "target": "fast"}],
        [("d", "fast", "slow", "Runtime_Efficiency", "Cpp")],
        {},
    ),
    "cybernative": (
        [{"lang": "c#", "question": "q", "chosen": "c", "rejected": "r"}],
        [("q", "c", "r", "Security_Hardness", "CSharp")],
        {},
    ),
    "oss-instruct": (
        [{"lang": "go", "problem": "p", "solution": "s"}],
        [("p", "s", None, "Functional_Correctness", "Go")],
        {},
    ),
    "mceval-instruct": (
        [{"language": "Ruby", "instruction": "p", "output": "s"}],
        [("p", "s", None, "Functional_Correctness", "Ruby")],
        {},
    ),
    "inverse-instruct": (
        [{"instruction": "p", "response": "s"}],
        [("p", "s", None, "Functional_Correctness", "Python")],
        {},
    ),
    "package-instruct": (
        [{"instruction": "p", "output": "s"}],
        [("p", "s", None, "Functional_Correctness", "Python")],
        {},
    ),
    "humanevalpack": (
        [
            {
                "task_id": "CPP/0",
                "instruction": "i",
                "declaration": "int f() {",
                "canonical_solution": "good }",
                "buggy_solution": "bad }",
            }
        ],
        [("i", "int f() {\ngood }", "int f() {\nbad }", "Functional_Correctness", "Cpp")],
        {},
    ),
    "pairs": (
        [{"prompt": "p", "chosen": "c", "rejected": "r", "aspect": "execution efficiency", "language": "C#"}],
        [("p", "c", "r", "Runtime_Efficiency", "CSharp")],
        {},
    ),
} | {
    name: (
        [{"instruction": "i", "fixed_code": "f", "buggy_code": "b", "language": "c++"}],
        [("i", "f", "b", aspect, language)],
        {},
    )
    for name, aspect, language in (
        ("mbpp-plus-fix-hard", "Functional_Correctness", "Python"),
        ("mdeval", "Functional_Correctness", "Cpp"),
        ("debugeval", "Functional_Correctness", "Cpp"),
        ("runbugrun-test", "Functional_Correctness", "Cpp"),
        ("pie4perf-test", "Runtime_Efficiency", "Cpp"),
        ("ecco-test", "Runtime_Efficiency", "Python"),
        ("evalperf", "Runtime_Efficiency", "Python"),
        ("nofuneval-memory", "Memory_Efficiency", "Cpp"),
        ("nofuneval-maintain", "Readability_Maintainability", "Cpp"),
        ("nofuneval-security", "Security_Hardness", "Cpp"),
        ("codeprefbench-security", "Security_Hardness", "Python"),
        ("vul4j", "Security_Hardness", "Java"),
        ("secbench", "Security_Hardness", "Cpp"),
    )
}


def imported(name: str, path: Path, **more: Any) -> tuple[list[Row], Counter[str]]:
    stage = Import(ImportSettings(dataset=name, path=path, **more))
    stage.check()
    kept: list[Row] = []
    reasons: Counter[str] = Counter()
    for unit in stage.units([]):
        for outcome in stage.read(unit, [], 0):
            kept += outcome.kept.to_pylist()
            reasons.update(row["reason"] for row in (outcome.rejected.to_pylist() if outcome.rejected else []))
    return kept, reasons


def written(folder: Path, rows: list[Row]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
