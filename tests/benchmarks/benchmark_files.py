"""A pair as a row, and rows in every format that a benchmark can be read from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Rows = list[dict[str, Any]]
PAIR: dict[str, Any] = {
    "id": "p1",
    "prompt": "Add two numbers.",
    "chosen": "return a + b",
    "rejected": "return a - b",
    "aspect": "Functional_Correctness",
    "language": "Python",
}
VARIANT = PAIR | {"id": "p1#praise", "rejected": "# best\nreturn a - b", "original": "p1", "perturbation": "praise"}


def write_rows(path: Path, rows: Rows) -> Path:
    """Writes rows in the format of the suffix; no suffix means a `datasets.save_to_disk` folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    elif path.suffix in (".jsonl", ".ndjson"):
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    else:
        from datasets import Dataset

        Dataset.from_list(rows).save_to_disk(str(path))
    return path
