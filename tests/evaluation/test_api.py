"""The Python API: evaluate and score, without the command line."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import crb
from crb.errors import DataError, UsageError

pytestmark = pytest.mark.usefixtures("one_thread")


class Watcher:
    """Remembers what a run told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.notes: list[str] = []
        self.begun: tuple[int, int, int, int] | None = None
        self.pairs = self.tokens = 0

    def stage(self, text: str) -> None:
        self.stages.append(text)

    def start(self, pairs: int, tokens: int, done_pairs: int, done_tokens: int) -> None:
        self.begun = (pairs, tokens, done_pairs, done_tokens)
        self.pairs, self.tokens = done_pairs, done_tokens

    def advance(self, pairs: int, tokens: int) -> None:
        self.pairs += pairs
        self.tokens += tokens

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture(scope="module")
def run(tiny_llama: Path, sixty_pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> crb.Run:
    out = tmp_path_factory.mktemp("api") / "run"
    return crb.evaluate(str(tiny_llama), sixty_pairs, dtype="float32", limit=12, token_budget=300, out=out)


def test_the_version_is_that_of_the_command_line() -> None:
    assert crb.__version__ == metadata.version("code-reward-bench")


def test_a_run_comes_back(run: crb.Run) -> None:
    assert run.finished
    assert run.accuracy(by="overall")["n"].tolist() == [12]
    assert set(run.baselines()) == {"longer-response", "shorter-response", "more-comments", "coin"}


def test_a_loaded_benchmark_is_the_same_benchmark(run: crb.Run, tiny_llama: Path, sixty_pairs: Path) -> None:
    benchmark = crb.load_benchmark(sixty_pairs, limit=12)
    again = crb.evaluate(str(tiny_llama), benchmark, dtype="float32", out=run.path)
    assert again.document == run.document


def test_single_scores_are_those_of_the_run(run: crb.Run, tiny_llama: Path, sixty_pairs: Path) -> None:
    pairs = run.pairs()
    for item in crb.load_benchmark(sixty_pairs, limit=3):
        chosen, rejected = (candidate.text for candidate in item.candidates)
        found = crb.score(str(tiny_llama), item.prompt, [chosen, rejected, chosen], dtype="float32")
        assert [reading.status for reading in found] == [crb.Status.OK] * 3
        assert found[0] == found[2]
        expected = pairs.loc[item.id, ["chosen_score", "rejected_score"]].tolist()
        assert [found[0].score, found[1].score] == pytest.approx(expected, abs=1e-4)


def test_a_system_prompt_and_a_length_count(tiny_llama: Path) -> None:
    plain, guided = (crb.score(str(tiny_llama), "sum", ["total"], system=system)[0] for system in (None, "Judge."))
    assert plain.score != guided.score
    (cut,) = crb.score(str(tiny_llama), "sum", ["total " * 90], max_length=50)
    assert cut.status is crb.Status.TRUNCATED
    assert crb.score(str(tiny_llama), "sum", []) == []


@pytest.mark.parametrize(
    ("prompt", "responses", "field", "what"),
    [
        ("", ["a"], "prompt", "the text is empty"),
        (" \n", ["a"], "prompt", "the text is blank"),
        ("p", ["a", ""], "responses[1]", "the text is empty"),
        (None, ["a"], "prompt", "the value is null"),
        ([{"role": "user", "content": "p"}], ["a"], "prompt", "of type list, not text"),
        ("p", ["a", None], "responses[1]", "the value is null"),
        ("p", "abc", "responses", "one text, not a list"),
    ],
)
def test_what_is_no_text_is_refused_by_name(
    tiny_llama: Path, prompt: Any, responses: Any, field: str, what: str
) -> None:
    with pytest.raises(DataError, match=what) as caught:
        crb.score(str(tiny_llama), prompt, responses)
    assert caught.value.field == field


def test_a_table_is_told_to_become_a_file(tiny_llama: Path) -> None:
    table: Any = pd.DataFrame({"prompt": ["p"]})
    with pytest.raises(UsageError, match="of type DataFrame, not a name or a path"):
        crb.evaluate(str(tiny_llama), table)


def test_pairs_that_can_only_tie_are_told_of(tiny_llama: Path, tmp_path: Path) -> None:
    row = {"prompt": "p", "chosen": "a", "aspect": "Security Hardness", "language": "Go"}
    rows = [{**row, "id": name, "rejected": name} for name in "ab"]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    watcher = Watcher()
    run = crb.evaluate(str(tiny_llama), tmp_path / "mine.jsonl", out=tmp_path / "run", progress=watcher)
    (told,) = [note for note in run.document["sessions"][0]["notes"] if "same text" in note]
    assert told == "in 1 of 2 pairs chosen and rejected are the same text: they can only tie"
    assert told in watcher.notes


def test_somebodys_files_are_not_written_over(tiny_llama: Path, sixty_pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("mine")
    with pytest.raises(UsageError, match=r"the folder is no run.*\n.*results\.json"):
        crb.evaluate(str(tiny_llama), sixty_pairs, out=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    ("options", "near"),
    [
        ({"dtype": "flaot32"}, "float32"),
        ({"engine": "padde"}, "padded"),
        ({"adapter": "sequence-clasifier"}, "sequence-classifier"),
    ],
)
def test_unknown_names_suggest_near_ones(
    tiny_llama: Path, sixty_pairs: Path, tmp_path: Path, options: dict[str, str], near: str
) -> None:
    with pytest.raises(UsageError, match="unknown") as caught:
        crb.evaluate(str(tiny_llama), sixty_pairs, out=tmp_path / "run", **options)
    assert near in caught.value.where
    with pytest.raises(UsageError, match="unknown") as caught:
        crb.score(str(tiny_llama), "p", ["r"], **options)
    assert near in caught.value.where


def test_progress_adds_up_over_a_stop_and_a_resumption(
    run: crb.Run, tiny_llama: Path, sixty_pairs: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "run" / "journal.jsonl"
    journal.parent.mkdir()
    lines = (run.path / "journal.jsonl").read_bytes().splitlines(keepends=True)
    readings = [json.loads(line) for line in lines[1:]]
    journal.write_bytes(b"".join(lines[:10]))
    whole = {record["item"] for record in readings[:9]} - {record["item"] for record in readings[9:]}
    watcher = Watcher()
    resumed = crb.evaluate(
        str(tiny_llama),
        sixty_pairs,
        dtype="float32",
        limit=12,
        token_budget=300,
        out=journal.parent,
        progress=watcher,
    )
    assert watcher.begun is not None
    pairs, tokens, done_pairs, done_tokens = watcher.begun
    assert (pairs, done_pairs) == (12, len(whole))
    assert 0 < done_tokens < tokens
    assert (watcher.pairs, watcher.tokens) == (pairs, tokens)
    assert watcher.notes == []
    assert watcher.stages[0] == "reading the benchmark"
    (session,) = resumed.document["sessions"]
    (before,) = run.document["sessions"]
    assert session["tokens_submitted"] == before["tokens_submitted"] - done_tokens
    assert (resumed.path / "scores.parquet").read_bytes() == (run.path / "scores.parquet").read_bytes()
