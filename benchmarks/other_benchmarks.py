"""Complete runs of an embedded or named model over local copies of three benchmarks, checked by a count of their own.

    python benchmarks/other_benchmarks.py ROWS [--model crb-tiny] [--runs runs]

ROWS holds rewardbench_v1_hep.jsonl, judgebench.jsonl and rm_bench.jsonl. The model is loaded once; a run that is there
already is not repeated, and one that was stopped goes on. For each benchmark the script counts the headline again, from
the rows and the journal alone, and prints both, their ratio (1 where they agree), and how fast candidates were scored.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from crb.evaluation.evaluate import evaluate_all
from crb.evaluation.prepare import Settings

FILES = {"rewardbench": "rewardbench_v1_hep.jsonl", "judgebench": "judgebench.jsonl", "rmbench": "rm_bench.jsonl"}
STYLES = ("concise", "detailed", "markdown")
Scores = Mapping[tuple[str, str], float]


def journal(folder: Path) -> Scores:
    """The scores of a run as they came; a candidate without one is missing."""
    lines = map(json.loads, (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()[1:])
    return {(line["item"], line["candidate"]): line["score"] for line in lines if "score" in line}


def wins(scores: Scores, item: str, chosen: str, rejected: str) -> bool:
    """Whether the one is above the other; not where either has no score."""
    one, other = scores.get((item, chosen)), scores.get((item, rejected))
    return one is not None and other is not None and one > other


def sections(rows: Sequence[Mapping[str, Any]], scores: Scores) -> float:
    """RewardBench V1 of its code subsets alone: equal weights, one section."""
    subsets: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        subsets[row["subset"]].append(wins(scores, row["id"], "chosen", "rejected"))
    return fmean(fmean(found) for found in subsets.values())


def pairs(rows: Sequence[Mapping[str, Any]], scores: Scores) -> float:
    """JudgeBench: the share of all pairs."""
    return fmean(wins(scores, row["pair_id"], "chosen", "rejected") for row in rows)


def styles(rows: Sequence[Mapping[str, Any]], scores: Scores) -> float:
    """RM-Bench: the mean over nine comparisons, prompts, halves of safety, domains."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        nine = [wins(scores, row["id"], f"chosen-{a}", f"rejected-{b}") for a in STYLES for b in STYLES]
        found[row["domain"].partition("-")[0]][row["domain"]].append(fmean(nine))
    return fmean(fmean(fmean(prompts) for prompts in halves.values()) for halves in found.values())


COUNTS = {"rewardbench": sections, "judgebench": pairs, "rmbench": styles}


def main() -> None:
    """Run, count again, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--model", default="crb-tiny")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    given = parser.parse_args()
    files = {name: given.rows / file for name, file in FILES.items()}
    every = [Settings(model=given.model, benchmark=f"{name}:{file}", runs=given.runs) for name, file in files.items()]
    for (name, file), run in zip(files.items(), evaluate_all(every), strict=True):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        scores, measured = journal(run.path), run.measured
        assert measured is not None
        ours, counted = measured.headline.estimate.value or 0.0, COUNTS[name](rows, scores)
        seconds = sum(session["seconds"] for session in run.document["sessions"])
        print(
            f"{name}: {len(rows)} items, {measured.headline.key} {100 * ours:.4f}, counted again {100 * counted:.4f}, "
            f"ratio {ours / counted if counted else float(ours == counted):.6f}; "
            f"{len(scores) / seconds:.1f} candidates/s"
        )


if __name__ == "__main__":
    main()
