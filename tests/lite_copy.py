"""A copy of the benchmark `crb` that holds the coreset's ids: the published counts, random words in the rows."""

from __future__ import annotations

import json
import random
from pathlib import Path

from crb.benchmarks.code_reward_bench import published_counts
from crb.coreset.document import load_lite
from crb.vocabulary import Criterion

WORDS = ("int", "x", "y", ";", "return", "(", ")")


def write_copy(file: Path, *, lacking: int = 0) -> Path:
    """8,866 rows with the published counts, the coreset's ids among them; of each criterion the first are left out."""
    words = random.Random(20261120)
    waiting = {name: [pair.id for pair in load_lite().items if pair.criterion is name][lacking:] for name in Criterion}
    lines = []
    for (criterion, language, subset), n in published_counts().cell.items():
        for number in range(n):
            ids = waiting[Criterion(criterion)]
            row = {
                "id": ids.pop() if ids else f"{subset}_{language}_{number}",
                **{side: " ".join(words.choices(WORDS, k=6)) for side in ("prompt", "chosen")},
                "rejected": "pass",
                "language": language,
                "aspect": Criterion(criterion).aspect,
                "subset": subset,
            }
            lines.append(json.dumps(row))
    words.shuffle(lines)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
