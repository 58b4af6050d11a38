"""What a syntax tree costs by the length of the text: the Python functions of this repository.

    python benchmarks/tree_bytes.py [FOLDER]

Prints JSON: the functions, their mean length in bytes, trees per second of one core, and from how long a function on
fewer than 20,000 a second are measured (the largest length whose nearest hundred functions reach it).
"""

from __future__ import annotations

import ast
import json
import statistics
import sys
import time
from pathlib import Path

from crb_builders.cleaning.trees import measure

from crb.vocabulary import Language

WANTED, WINDOW, LOOPS = 20_000, 100, 5


def functions(folder: Path) -> list[str]:
    """The source of every function of the Python files below a folder, shortest first."""
    found = []
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        found += [
            ast.get_source_segment(text, node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)
        ]
    return sorted(found, key=len)


def seconds(text: str) -> float:
    """CPU seconds of one tree, the median of a few."""
    taken = []
    for _ in range(LOOPS):
        begun = time.process_time()
        measure(text, Language.PYTHON)
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "crb"
    texts = functions(folder)
    measure(texts[0], Language.PYTHON)  # the grammar is loaded once
    lengths = [len(text.encode()) for text in texts]
    taken = [seconds(text) for text in texts]
    fast = [
        lengths[place + WINDOW // 2]
        for place in range(len(texts) - WINDOW)
        if WINDOW / sum(taken[place : place + WINDOW]) >= WANTED
    ]
    told = {
        "functions": len(texts),
        "bytes": round(statistics.mean(lengths)),
        "microseconds": round(1e6 * statistics.mean(taken), 1),
        "per_second": round(len(texts) / sum(taken)),
        "reached_below_bytes": max(fast, default=0),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
