"""How many small faults the tests notice: a seeded sample of mutmut's mutants per group of modules, as a table.

mutmut makes the mutants. Which of them are tried, and by which tests, is decided here: every mutant is a fork of a
process that has imported all, and runs only the files that judge its module, so that one costs about a second and not
the twenty of a fresh pytest with every test that touches it. All of them would still take hours and say little more
than some dozens drawn by lot: the share is given with its 95% interval. Two kinds are left out: those that change
nothing but the wording of a message, and those in mutants_equivalent.txt, which nobody could observe.

    make mutants
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "mutants"
GROUPS = {
    "packing": ("crb.engines.packing.",),
    "journal": ("crb.runs.journal.", "crb.runs.codecs.", "crb.runs.logprobs."),
    "parsers": ("crb.judging.",),
    "statistics": ("crb.statistics.",),
}
JUDGES = {
    "crb.engines.packing": "engines/packing",
    "crb.runs.journal": "runs/journal runs/answers",
    "crb.runs.codecs": "runs/journal runs/answers",
    "crb.runs.logprobs": "runs/answers",
    "crb.judging.answers": "judging/written_answers judging/judging_verdicts judging/judging_words",
    "crb.judging.boxes": "judging/judging_verdicts judging/judging_expected judging/written_answers",
    "crb.judging.choice": "judging/judging_words judging/written_answers",
    "crb.judging.expected": "judging/judging_expected judging/judging_words",
    "crb.judging.focus": "judging/judging_templates",
    "crb.judging.odds": "judging/judging_words",
    "crb.judging.reading": "judging/judging_verdicts judging/judging_expected",
    "crb.judging.scale": "judging/judging_verdicts judging/judging_expected",
    "crb.judging.scores": "judging/judging_verdicts judging/judging_expected judging/written_answers",
    "crb.judging.templates": "judging/judging_templates",
    "crb.judging.tokens": "judging/judging_expected judging/judging_words",
    "crb.judging.verdicts": "judging/judging_verdicts judging/judging_expected judging/written_answers",
    "crb.judging.wording": "judging/judging_templates",
    "crb.statistics.accuracy": "statistics/accuracy statistics/cells",
    "crb.statistics.baselines": "statistics/baselines",
    "crb.statistics.calibration": "statistics/diagnostics",
    "crb.statistics.cells": "statistics/cells statistics/accuracy",
    "crb.statistics.clusters": "statistics/clusters",
    "crb.statistics.comments": "statistics/comments",
    "crb.statistics.comparisons": "statistics/ranking statistics/multiplicity",
    "crb.statistics.confusion": "statistics/diagnostics",
    "crb.statistics.diagnostics": "statistics/diagnostics",
    "crb.statistics.differences": "statistics/differences",
    "crb.statistics.edits": "statistics/edits",
    "crb.statistics.estimates": "statistics/accuracy statistics/summary metrics/means",
    "crb.statistics.grouping": "statistics/cells",
    "crb.statistics.intervals": "statistics/intervals",
    "crb.statistics.matrix": "statistics/paired",
    "crb.statistics.mcnemar": "statistics/mcnemar",
    "crb.statistics.multiplicity": "statistics/multiplicity",
    "crb.statistics.outcomes": "statistics/outcomes",
    "crb.statistics.paired": "statistics/paired",
    "crb.statistics.pairs": "statistics/outcomes statistics/cells",
    "crb.statistics.power": "statistics/power",
    "crb.statistics.ranking": "statistics/ranking",
    "crb.statistics.reranking": "reranking/reranking_figures",
    "crb.statistics.resampling": "statistics/resampling",
    "crb.statistics.resolution": "statistics/summary",
    "crb.statistics.standing": "statistics/ranking",
    "crb.statistics.summary": "statistics/summary",
}
LIMIT_SECONDS = 30  # of processor time: a mutant that runs longer hangs, and is noticed


def main() -> None:
    """Make, draw, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=60, help="mutants per group; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--group", choices=GROUPS, action="append")
    parser.add_argument("--name", action="append", help="try these mutants only")
    asked = parser.parse_args()
    os.chdir(ROOT)
    _make()
    drawn = {group: list(_draw(group, asked.sample, asked.seed)) for group in asked.group or GROUPS}
    if asked.name:
        drawn = {"named": asked.name}
    os.chdir(WORK)
    _preload(sorted({file for names in drawn.values() for name in names for file in _files(name)}))
    print(f"{'group':<12}{'mutants':>8}{'killed':>8}{'survived':>10}{'killed %':>10}  95%", flush=True)  # noqa: T201
    for group, names in drawn.items():
        began = time.monotonic()
        alive = [name for name in names if not _is_killed(name)]
        from crb.statistics.intervals import wilson

        killed = len(names) - len(alive)
        low, high = (100 * float(limit) for limit in wilson(killed / len(names), len(names)))
        share = 100 * killed / len(names)
        line = f"{group:<12}{len(names):>8}{killed:>8}{len(alive):>10}{share:>10.1f}  {low:.1f} to {high:.1f}"
        print(f"{line}  ({time.monotonic() - began:.0f} s)", *alive, sep="\n  ", flush=True)  # noqa: T201


def _make() -> None:
    """The mutants, all in the functions they are of: a fault is switched on by its name."""
    from mutmut import __main__ as mutmut

    if not WORK.is_dir():
        mutmut.set_mutant_under_test("mutant_generation")
        WORK.mkdir()
        with redirect_stdout(sys.stderr):
            mutmut.copy_src_dir()
            mutmut.copy_also_copy_files()
            mutmut.create_mutants(1)
    mutmut.set_mutant_under_test("")
    with redirect_stdout(sys.stderr):
        mutmut.copy_also_copy_files()  # the tests as they are now
    sys.path[:0] = [str(WORK), str(WORK / "tests")]


def _draw(group: str, sample: int, seed: int) -> Iterator[str]:
    """The names of a group's sample, in the order of names."""
    equivalent = {
        line.split()[0]
        for line in (ROOT / "tests" / "mutants_equivalent.txt").read_text().splitlines()
        if line and not line.startswith(("#", " "))
    }
    names = []
    for meta in sorted(WORK.glob("crb/**/*.meta")):
        found = [name for name in json.loads(meta.read_text())["exit_code_by_key"] if name.startswith(GROUPS[group])]
        names += sorted(set(found) - _wordings(meta.with_suffix(""), found) - equivalent) if found else []
    yield from sorted(random.Random(seed).sample(names, sample)) if 0 < sample < len(names) else names


def _wordings(file: Path, names: list[str]) -> set[str]:
    """The mutants of a file that differ from the code in nothing but a text with a blank in it: a message."""

    class Blanked(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.Constant("") if isinstance(node.value, str) and " " in node.value else node

    functions = {node.name: node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}
    shapes = {name: ast.dump(Blanked().visit(ast.Module(node.body, []))) for name, node in functions.items()}
    found = set()
    for name in names:
        mine = name.rpartition(".")[2]
        if shapes[mine] == shapes[mine.rpartition("__mutmut_")[0] + "__mutmut_orig"]:
            found.add(name)
    return found


def _files(name: str) -> list[str]:
    module = name.rpartition(".")[0]
    return [f"tests/{part}/test_{file}.py" for part, file in (one.split("/") for one in JUDGES[module].split())]


def _runs_at_import(name: str) -> bool:
    """Whether the module calls the mutated function while it is imported."""
    module, _, function = name.rpartition(".")
    body = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text()).body
    rest = [node for node in body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    called = {node.func.id for one in rest for node in ast.walk(one) if isinstance(node, ast.Call)
              and isinstance(node.func, ast.Name)}  # fmt: skip
    return function.removeprefix("x_").rpartition("__mutmut_")[0] in called


def _preload(files: list[str]) -> None:
    """Import everything once. Shrinking a failure is left out: it is enough to know that there is one."""
    import pytest
    from hypothesis import Phase, settings

    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutants", deadline=None, derandomize=True, max_examples=30, phases=phases)
    settings.load_profile("mutants")
    with redirect_stdout(sys.stderr):
        if pytest.main([*_OPTIONS, "--collect-only", "-qq", *files]):
            raise SystemExit("the tests cannot be collected")


_OPTIONS = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=0"]


def _is_killed(name: str) -> bool:
    """Whether the tests fail, crash or hang with this fault in the code."""
    import pytest

    if _runs_at_import(name):  # too late for a fork, which has imported it: a process of its own
        command = [sys.executable, "-m", "pytest", *_OPTIONS, *_files(name)]
        env = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": f"{WORK}:{WORK / 'tests'}"}
        killed = subprocess.run(command, env=env, capture_output=True, check=False).returncode != 0
        print("killed" if killed else "ALIVE", name, file=sys.stderr, flush=True)  # noqa: T201
        return killed
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_SECONDS, LIMIT_SECONDS))
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.environ["MUTANT_UNDER_TEST"] = name
        code = 1
        try:
            code = int(pytest.main([*_OPTIONS, *_files(name)]))
        finally:
            os._exit(code)
    killed = os.waitpid(child, 0)[1] != 0
    print("killed" if killed else "ALIVE", name, file=sys.stderr, flush=True)  # noqa: T201
    return killed


if __name__ == "__main__":
    main()
