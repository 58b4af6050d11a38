"""How many small faults the tests notice: a seeded sample of mutmut's mutants per group of modules, as a table.

All mutants would take hours, and say little more than some dozens of each group drawn by lot: the share that is killed
is given with its 95% interval. Survivors are named; `mutmut show NAME` shows the fault. Those listed in EQUIVALENT
change nothing that anybody could observe, and are left out of the share; docs/testing.md says why, one by one.

    make mutants
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from crb.statistics.intervals import wilson

ROOT = Path(__file__).resolve().parents[1]
GROUPS = {
    "packing": ("crb.engines.packing.",),
    "journal": ("crb.runs.journal.", "crb.runs.codecs.", "crb.runs.logprobs."),
    "parsers": ("crb.judging.",),
    "statistics": ("crb.statistics.",),
}
EQUIVALENT: frozenset[str] = frozenset((Path(__file__).parent / "mutants_equivalent.txt").read_text().split())
_KILLED = {1, 3, 36, 24, -24, 152, 255}  # failed, internal error, timeouts
_UNTESTED = {33, 5}


def main() -> None:
    """Draw, run, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int, default=60, help="mutants per group; 0 for all")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--group", choices=GROUPS, action="append")
    arguments.add_argument("--workers", default="2")
    asked = arguments.parse_args()
    groups = {name: GROUPS[name] for name in asked.group or GROUPS}
    if not (ROOT / "mutants" / "mutmut-stats.json").is_file():  # makes all mutants, and learns which test meets which
        _mutmut(asked.workers, "crb.engines.packing.*")
    drawn: dict[str, list[str]] = {}
    for group, modules in groups.items():
        names = sorted(name for name in _outcomes() if name.startswith(modules))
        few = 0 < asked.sample < len(names)
        drawn[group] = sorted(random.Random(asked.seed).sample(names, asked.sample)) if few else names
    _mutmut(asked.workers, *(name for names in drawn.values() for name in names if _outcomes()[name] is None))
    found = _outcomes()
    print(f"{'group':<12}{'mutants':>8}{'killed':>8}{'survived':>10}{'equivalent':>12}{'killed %':>10}  95%")  # noqa: T201
    survivors = []
    for group, names in drawn.items():
        killed = sum(found[name] in _KILLED for name in names)
        alive = [name for name in names if found[name] not in _KILLED]
        same = [name for name in alive if name in EQUIVALENT]
        survivors += [name for name in alive if name not in EQUIVALENT]
        n = len(names) - len(same)
        low, high = wilson(killed / n, n)
        print(  # noqa: T201
            f"{group:<12}{len(names):>8}{killed:>8}{len(alive) - len(same):>10}{len(same):>12}{100 * killed / n:>10.1f}"
            f"  {100 * low:.1f} to {100 * high:.1f}"
        )
    for name in survivors:
        print("untested" if found[name] in _UNTESTED else "survived", name)  # noqa: T201


def _mutmut(workers: str, *names: str) -> None:
    if names:
        command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", workers, *names]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)


def _outcomes() -> dict[str, int | None]:
    """Exit codes of the tests by mutant; None of one that was not tried."""
    found: dict[str, int | None] = {}
    for file in sorted((ROOT / "mutants").rglob("*.meta")):
        found |= json.loads(file.read_text())["exit_code_by_key"]
    return found


if __name__ == "__main__":
    main()
