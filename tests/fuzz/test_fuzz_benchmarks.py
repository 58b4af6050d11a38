"""Files of benchmarks that anybody may hand us: sound items, or an error with the file's name."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from benchmarks.benchmark_files import PAIR, VARIANT
from benchmarks.other_rows import Rows, judgebench, rewardbench, rewardbench2, rmbench
from fuzzing import attempt, cases, damaged, json_files, line_files, parquet_files
from hypothesis import given
from hypothesis import strategies as st

from crb.benchmarks import load_benchmark


def _pairs() -> Rows:
    return [PAIR | {"id": f"p{number}", "subset": "S"} for number in range(3)]


def _variants() -> Rows:
    return [PAIR | {"original": None, "perturbation": None}, VARIANT, VARIANT | {"id": "p1#x", "perturbation": "x"}]


def _questions() -> Rows:
    question = {
        "id": "q1",
        "prompt": "Sort a list.",
        "completions": ["a", "b", "c"],
        "num_passed": [3, 0, 1],
        "num_failed": [0, 3, 2],
        "passed": [True, False, False],
        "language": "Python",
    }
    rated = {key: question[key] for key in ("prompt", "completions", "language")} | {"pass_rates": [1.0, 0.5, 0.0]}
    return [question, question | {"id": "q2"}, rated | {"id": "q3"}]


FORMATS: dict[str, Callable[[], Rows]] = {
    "pairs": _pairs,
    "crb": _pairs,
    "adversarial": _variants,
    "rerank": _questions,
    "judgebench": lambda: judgebench()[:3],
    "rewardbench": lambda: rewardbench(["alpacaeval-easy", "hep-go"]),
    "rewardbench2": rewardbench2,
    "rmbench": lambda: rmbench(["chat", "code"]),
}


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
@pytest.mark.parametrize("name", FORMATS)
@cases(12)
@given(data=st.data())
def test_rows_of_any_kind_are_items_or_refused(tmp_path: Path, name: str, suffix: str, data: st.DataObject) -> None:
    rows = FORMATS[name]()
    kinds = {".jsonl": line_files, ".json": json_files}
    files = parquet_files(pa.Table.from_pylist(rows)) if suffix == ".parquet" else kinds[suffix](rows)
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(data.draw(files))
    benchmark = attempt(lambda: load_benchmark(f"{name}:{path}"), path)
    if benchmark is None:
        return
    assert len({item.id for item in benchmark}) == len(benchmark)
    for item in benchmark:
        assert item.prompt.strip(), "a model would be asked nothing"
        assert len({candidate.id for candidate in item.candidates}) == len(item.candidates)
        for text in (item.id, item.prompt, *(candidate.text for candidate in item.candidates)):
            text.encode("utf-8")  # half a character could be given to no tokenizer
        assert all(math.isfinite(candidate.grade) for candidate in item.candidates)


HEAD = (
    b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: test\n    path: data/*.jsonl\n"
    b"- config_name: other\n  data_files: {train: [a.jsonl, 'b.jsonl']}\n---\n# A data set\n"
)
HEADS = st.sampled_from([b"[1", b"7", b"true", b"'*'", b"'/etc/*'", b"'../**'", b"'[a'", b"2026-99-99", b"{[1]: 2}"])


@cases(60)
@given(data=st.data())
def test_a_card_of_any_kind_names_files_of_its_folder_or_none(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "folder"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "a.jsonl").write_text(json.dumps(PAIR))
    words = [b"default", b"data_files", b"data/*.jsonl", b"test", b"{train: [a.jsonl, 'b.jsonl']}", b"configs"]
    swapped = st.tuples(st.sampled_from(words), HEADS).map(lambda found: HEAD.replace(found[0], found[1], 1))
    (folder / "README.md").write_bytes(data.draw(damaged(HEAD) | swapped))
    benchmark = attempt(lambda: load_benchmark(f"pairs:{folder}"), folder)
    assert benchmark is None or [item.id for item in benchmark] == ["p1"]
