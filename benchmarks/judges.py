"""Judges on real pairs: ties under expected and under greedy scores, unreadable answers, tokens.

    python benchmarks/judges.py MODEL [--pairs 40] [--families judge ce-rm] [--dtype float32] [--runs runs/judges]

MODEL is the folder of a chat model, e.g. what `python tests/smollm.py` prints. Pairs are drawn by seed from the real
files beside the checkout, the same number from each as far as possible. Each family is one run with expected scores
under `--engine vllm`, and that run read again with greedy ones, without inference. Tokens are those generated, against
what the published protocol would generate: every candidate's turns for itself, criteria included. Runs resume like any
other.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import crb
from crb.evaluation.rereading import reread
from crb.runs import Run, open_run
from crb.runs.folder import RUN

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
FAMILIES = ("judge", "judge-pairwise", "ce-rm", "genrm-principle", "lmunit", "r3")
COLUMNS = {"id", "prompt", "chosen", "rejected", "aspect", "language"}
LONGEST = 3_000  # characters of a pair: over long ones a small model writes little that can be read


def draw(pairs: int, seed: int, longest: int) -> list[dict[str, Any]]:
    """Rows of the real files, taken from each in turn; identical responses cannot be told apart and are left out."""
    files = []
    for file in sorted(REAL.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        rows = [row for row in rows if row.keys() >= COLUMNS and row["chosen"] != row["rejected"]]
        rows = [row for row in rows if len(row["prompt"] + row["chosen"] + row["rejected"]) <= longest]
        random.Random(f"{seed}:{file.name}").shuffle(rows)
        files.append(rows)
    drawn = [row for turn in range(max(map(len, files))) for row in (rows[turn] for rows in files if turn < len(rows))]
    return drawn[:pairs]


def rates(run: Run) -> dict[str, Any]:
    """Shares of pairs and of responses, and how many different scores there are."""
    figures = run.accuracy("overall").iloc[0]
    pairs = run.pairs()
    statuses = [status for side in ("chosen_status", "rejected_status") for status in pairs[side]]
    decided = figures["n"] - figures["invalid"]
    return {
        "ties": int(figures["tie"]),
        "tie_rate": round(float(figures["tie"]) / float(figures["n"]), 4),
        "tie_rate_of_valid": round(float(figures["tie"]) / float(decided), 4) if decided else None,
        "invalid": int(figures["invalid"]),
        "unparsed": statuses.count("unparsed"),
        "out_of_range": statuses.count("out_of_range"),
        "responses": len(statuses),
        "distinct": run.results["crb"]["resolution"]["distinct"],
        "half": round(float(figures["half"]), 4),
    }


def tokens(journal: Path) -> dict[str, dict[str, int]]:
    """Tokens generated, per turn; `published` is what it would be without sharing equal turns."""
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    answers = [line for line in lines if "turn" in line]
    length = {line["digest"]: line["usage"][1] for line in answers if "usage" in line}
    told: defaultdict[str, dict[str, int]] = defaultdict(lambda: {"generated": 0, "published": 0})
    for line in answers:
        for place in (f"turn {line['turn'] + 1}", "all"):
            told[place]["generated"] += length[line["digest"]] if "usage" in line else 0
            told[place]["published"] += length.get(line["digest"], 0)
    return dict(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES, metavar="FAMILY")
    parser.add_argument("--dtype", default="float32", help="logits of bfloat16 lie on a grid, where log-odds tie")
    parser.add_argument("--longest", type=int, default=LONGEST, help="characters of a pair")
    parser.add_argument("--max-new-tokens", type=int, help="of any turn: a small model can go on for ever")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("runs/judges"))
    arguments = parser.parse_args()
    arguments.runs.mkdir(parents=True, exist_ok=True)
    file = arguments.runs / f"pairs-{arguments.pairs}-{arguments.seed}.jsonl"
    rows = draw(arguments.pairs, arguments.seed, arguments.longest)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for family in arguments.families:
        folder = arguments.runs / f"{family}-{arguments.dtype}-{arguments.pairs}"
        run = crb.evaluate(
            arguments.model,
            file,
            adapter=family,
            engine="vllm",
            dtype=arguments.dtype,
            prompts="criterion",
            score="expected",
            seed=arguments.seed,
            max_new_tokens=arguments.max_new_tokens,
            out=folder,
        )
        again = folder.with_name(f"{folder.name}-greedy")
        greedy = open_run(again) if (again / RUN).is_file() else reread(run, score="greedy", out=again)
        seconds = sum(session["seconds"] for session in run.document["sessions"])
        told = {
            "family": family,
            "pairs": len(rows),
            "expected": rates(run),
            "greedy": rates(greedy),
            "contradictions": (run.judged or {}).get("contradictions"),
            "tokens": tokens(run.path / "journal.jsonl"),
            "seconds": round(seconds),
        }
        print(json.dumps(told))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
