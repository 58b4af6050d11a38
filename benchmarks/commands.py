"""How long the everyday commands take from the shell's prompt back to it.

    python benchmarks/commands.py --json [--repeats 5]

Each is a process of its own, as a user starts it, on the results that this repository holds. Baseline: a process that
imports typer and pandas, which most of them cannot do without; the commands and it take turns. Medians of the clock,
after a round that counts for nothing: it compiles what an installer left to the first start.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    ("--help",),
    ("adapters",),
    ("compare", "Themis-RM-32B", "Themis-RM-14B", "--results", "results", "--by", "criterion"),
    ("export", "--results", "results", "--models", "Themis-RM-32B,Themis-RM-14B", "--format", "latex"),
    ("doctor", "results", "--brief", "--fail-on", "never"),
    ("leaderboard", "export"),
    ("doctor", "env"),
    ("train", "pm-0.6b", "--dry-run", "--gpus", "8"),
)
BASELINE = "import typer, pandas"


def seconds(arguments: Sequence[str]) -> float:
    """The clock's seconds for one process; what it prints is not shown.

    Raises:
        subprocess.CalledProcessError: the command failed, so that its time says nothing.
    """
    before = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=_environment(), capture_output=True, check=True)
    return time.perf_counter() - before


def _environment() -> dict[str, str]:
    """Without the hub, whose answer would be measured with the command, and with compiled modules, as usual."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": ""}


def measure(repeats: int) -> list[dict[str, Any]]:
    """Per command its median and its ratio to the baseline's, commands and baseline in turns."""
    taken: dict[str, list[float]] = {}
    for _ in range(repeats + 1):
        taken.setdefault(BASELINE, []).append(seconds(("-c", BASELINE)))
        for words in COMMANDS:
            with tempfile.TemporaryDirectory() as folder:
                out = (str(Path(folder, "site")),) if words == ("leaderboard", "export") else ()
                taken.setdefault(" ".join(words), []).append(seconds(("-m", "crb", *words, *out)))
    medians = {name: statistics.median(clocks[1:]) for name, clocks in taken.items()}
    return [
        {"command": name, "seconds": round(median, 2), "ratio": round(median / medians[BASELINE], 2)}
        for name, median in medians.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    figures = measure(arguments.repeats)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        for line in figures:
            print("{seconds:6.2f} s  {ratio:5.2f}  {command}".format(**line))


if __name__ == "__main__":
    main()
