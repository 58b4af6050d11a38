"""What the term lists and the small classifier of `aspects` are worth on histories of your own.

    python benchmarks/terms.py REPOSITORY...

Mines each repository as `crb build` does, with the stage's own settings, and prints JSON. Per history and over all of
them, for each criterion: the messages with a term, those that one term alone finds, and the most frequent of these with
its share, for no term may be a criterion under another name. And the figures of the classifier on rows that no fit
and no threshold saw: its labels are the terms, which it cannot see. A criterion with too few commits has none.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from crb_builders.stages.aspects import Aspects, AspectsSettings
from crb_builders.stages.mine import Mine, MineSettings
from crb_builders.terms.matcher import load_terms

from crb.vocabulary import Criterion


def mined(repository: Path) -> pa.Table:
    """The rows that `mine` keeps of a repository."""
    stage = Mine(MineSettings(repositories={repository.stem: repository}))
    return pa.concat_tables(outcome.kept for unit in stage.units([]) for outcome in stage.read(unit, [], 0))


def shares(messages: list[str]) -> dict[str, Any]:
    """Per criterion: messages with a term, with one alone, the most frequent of these, and its share of them."""
    found, sole = Counter[Criterion](), {criterion: Counter[str]() for criterion in Criterion}
    for message in messages:
        for criterion, hit in load_terms().hits(message).items():
            found[criterion] += 1
            if len(hit) == 1:
                sole[criterion][hit[0].removeprefix("=")] += 1
    told: dict[str, Any] = {"messages": len(messages)}
    for criterion, counts in sole.items():
        for term, number in counts.most_common(1):
            share = round(number / counts.total(), 3)
            told[criterion] = {"found": found[criterion], "alone": counts.total(), "term": term, "share": share}
    return told


def classifier(rows: pa.Table) -> dict[str, Any]:
    """The figures that `aspects` writes beside its decision."""
    stage = Aspects(AspectsSettings())
    with tempfile.TemporaryDirectory() as folder:
        stage.conclude(iter([stage.summarise(rows)]), Path(folder))
        figures: dict[str, Any] = json.loads((Path(folder) / "figures.json").read_text(encoding="utf-8"))
    return figures


def main() -> None:
    tables = {name: mined(Path(name)) for name in sys.argv[1:]}
    if not tables:
        sys.exit("name a repository: python benchmarks/terms.py REPOSITORY...")
    everything = pa.concat_tables(tables.values())
    told: dict[str, Any] = {
        "terms": {name: shares(rows.column("message").to_pylist()) for name, rows in tables.items()},
        "together": shares(everything.column("message").to_pylist()),
        "classifier": {"rows": everything.num_rows, **classifier(everything)},
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
