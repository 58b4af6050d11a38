"""docs/run-format.md against a run: no file, field or column is without its word there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from loopback import Exchange, serving

import crb
from crb.runs.config import JudgeConfig, RunConfig

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "run-format.md").read_text(encoding="utf-8")
FREE = {"versions", "selection", "by_aspect"}  # their keys are packages, filters that were used, names of the data
FREE |= {"by_language", "by_subset", "reasons"}


def judge(exchange: Exchange) -> None:
    """Criteria, then a verdict; one in five prompts is too long."""
    if len(exchange.body["messages"]) > 1 and len(exchange.prompt) % 5 == 0:
        exchange.refuse(400, "This model's maximum context length is 4096 tokens.", code="context_length_exceeded")
        return
    top = {"token": "7", "logprob": -0.5, "top_logprobs": [{"token": "7", "logprob": -0.5}]}
    exchange.say("Overall: \\boxed{7}", choice={"logprobs": {"content": [top]}})


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a judge's run of two turns."""
    out = tmp_path_factory.mktemp("judged") / "run"
    with serving(judge) as server:
        options: dict[str, Any] = {"endpoint": server.url, "adapter": "ce-rm", "score": "greedy"}
        return crb.evaluate("tiny", "crb-mini", limit=12, out=out, **options).path


def section(title: str) -> str:
    """The text below a heading, up to the next heading of any rank."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def words(text: str) -> set[str]:
    """What stands in backticks; of a path its last part too (`crb.counts`: counts)."""
    quoted = set(re.findall(r"`([^`\n]+)`", text))
    return quoted | {word.rpartition(".")[2] for word in quoted}


def keys(value: Any) -> Iterator[str]:
    """All keys of a JSON document, but for those of the free ones."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            if key not in FREE or isinstance(below, list):
                yield from keys(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys(below)


def test_every_file_is_named(run_folder: Path, judged: Path) -> None:
    written = {path.name for folder in (run_folder, judged) for path in folder.rglob("*") if path.is_file()}
    assert "readings.jsonl" not in {path.name for path in run_folder.iterdir()}
    tree = TEXT.partition("```text")[2].partition("```")[0]
    listed = set(re.findall(r"^ +([\w.-]+\.\w+)", tree, re.MULTILINE))
    assert written == listed


def test_every_field_of_run_json_is_explained(run_folder: Path) -> None:
    document = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    explained = words(section("run.json")) | words(section("config and its fingerprint"))
    assert set(keys(document)) <= explained
    assert document["status"] == "finished"


def test_every_field_of_a_judges_run_json_is_explained(judged: Path) -> None:
    document = json.loads((judged / "run.json").read_text(encoding="utf-8"))
    for session in document["sessions"]:
        assert session.pop("engine")["name"] == "endpoint"  # the rest is what the engine tells of itself
    explained = words(section("run.json")) | words(section("config and its fingerprint"))
    assert set(keys(document)) <= explained | words(section("judge in config"))


def test_a_judges_configuration_is_that_of_its_table() -> None:
    rows = re.findall(r"^\| (`.*?) \|", section("judge in config"), re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(JudgeConfig.model_fields)


def test_every_field_of_a_judges_lines_is_explained(judged: Path) -> None:
    _, *lines = (judged / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    found = set(keys([json.loads(line) for line in lines]))
    assert {"failed", "text", "logprobs", "digest"} <= found <= words(section("journal.jsonl of a judge"))
    rows = (judged / "readings.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(keys([json.loads(row) for row in rows])) <= words(section("readings.jsonl"))
    assert len(rows) == 24


def test_the_fingerprint_is_over_the_fields_of_its_table() -> None:
    table = re.findall(r"^\| `(\w+)` \|", section("config and its fingerprint"), re.MULTILINE)
    assert table == list(RunConfig.model_fields)


def test_every_field_of_the_journal_is_explained(run_folder: Path) -> None:
    header, *lines = (run_folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(header).keys() == {"journal", "fingerprint"}
    assert len(lines) == 8
    assert set(keys([json.loads(line) for line in lines])) <= words(section("journal.jsonl"))


@pytest.mark.parametrize("name", ["scores.parquet", "baselines/coin.parquet"])
def test_the_columns_are_those_of_the_table(name: str, run_folder: Path) -> None:
    rows = re.findall(r"^\| (`.*?) \| (\w+) \|", section("scores.parquet"), re.MULTILINE)
    listed = {column: kind for columns, kind in rows for column in re.findall(r"`(\w+)`", columns)}
    assert {field.name: str(field.type) for field in pq.read_schema(run_folder / name)} == listed


def test_every_field_of_the_results_is_explained(run_folder: Path, judged: Path) -> None:
    document, of_judge = (json.loads((folder / "results.json").read_bytes()) for folder in (run_folder, judged))
    explained = words(section("results.json")) | words(section("journal.jsonl")) | words(section("readings.jsonl"))
    assert set(keys([document, of_judge])) <= explained
    paths = {word for word in words(section("results.json")) if re.fullmatch(r"crb\.\w+", word)} - {"crb.open_run"}
    paths.remove("crb.prediction")  # of --items lite alone: tests/evaluation has such a run
    assert (
        paths == {f"crb.{key}" for key in of_judge["crb"]} == {f"crb.{key}" for key in document["crb"]} | {"crb.judge"}
    )
