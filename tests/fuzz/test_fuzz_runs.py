"""The files of a run, edited, copied badly or of another tool: read as they stand, or refused by name."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fuzzing import attempt, cases, damaged, json_files, json_values, line_files, parquet_files
from hypothesis import example, given
from hypothesis import strategies as st
from results.result_doubles import make_run

from crb.benchmarks.rerank import BENCHMARK as RERANK
from crb.engines.generation import CallKey
from crb.evaluation.writing import read_missing
from crb.generation import Failure, Generation, Step, Token, Usage
from crb.items import Candidate, Item
from crb.metrics.document import candidates_document, metric_section
from crb.readings import Reading
from crb.runs import open_run
from crb.runs.answers import KeptAnswers
from crb.runs.candidates import read_candidates, write_candidates
from crb.runs.codecs import ANSWER_LINES, READING_LINES, Answered
from crb.runs.journal import Journal, read_journal
from crb.runs.logprobs import pack, unpack
from crb.runs.scores import read_scores
from crb.statistics.outcomes import outcomes
from crb.vocabulary import Criterion, Language, Status

FINGERPRINT = "0123456789abcdef"
STEP = Step(Token("7", -0.25, 22), (Token("7", -0.25, 22), Token("8", -1.5, 23)))
ANSWERS = {
    CallKey("a", "chosen", 0, 0): Answered("d" * 16, Generation("Score: 7", "stop", Usage(9, 3, 1), (STEP, STEP))),
    CallKey("a", "rejected", 0, 0): Answered("e" * 16, Failure("too long", permanent=True)),
    CallKey("b", "chosen", 0, 0): Answered("d" * 16, None),
}
READ = {("a", "chosen"): Reading.of(1.5), ("a", "rejected"): Reading(Status.UNPARSED, reason="no score")}


def lines_of(folder: Path, codec: Any, entries: Any) -> list[Any]:
    path = folder / "sound.jsonl"
    path.unlink(missing_ok=True)
    with Journal(path, FINGERPRINT, codec) as journal:
        journal.append(entries)
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@cases(80)
@given(data=st.data())
def test_a_journal_of_readings_gives_true_readings_or_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(data.draw(line_files(lines_of(tmp_path, READING_LINES, READ))))
    found = attempt(lambda: read_journal(path, FINGERPRINT, READING_LINES), path)
    for (item, candidate), reading in (found or {}).items():
        assert isinstance(item, str)
        assert isinstance(candidate, str)
        assert reading.score is None or (type(reading.score) in (int, float) and math.isfinite(reading.score))
        assert reading.reason is None or isinstance(reading.reason, str)


@cases(80)
@given(data=st.data())
def test_a_journal_of_answers_gives_whole_answers_or_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(data.draw(line_files(lines_of(tmp_path, ANSWER_LINES, ANSWERS))))
    entries = attempt(lambda: read_journal(path, FINGERPRINT, ANSWER_LINES), path)
    with KeptAnswers([entries or {}]) as kept:
        for key, entry in (entries or {}).items():
            answer = attempt(lambda key=key, digest=entry.digest: kept.get(key, digest), path)  # type: ignore[misc]
            if isinstance(answer, Generation):
                assert isinstance(answer.text, str)
                assert isinstance(answer.finish_reason, str)
                assert all(isinstance(number, int) for number in (answer.usage.prompt_tokens, *key[2:]))
                assert all(isinstance(token.text, str) for step in answer.steps for token in (step.token, *step.top))
            elif answer is not None:
                assert isinstance(answer.reason, str)


def whole_or_refused(text: str) -> bool:
    """Whether packed log-probabilities give steps that hold texts throughout, or a ValueError."""
    try:
        steps = unpack(text)
    except ValueError:
        return True
    return all(
        len(tuple(step.top)) == len(step.top) and all(isinstance(token.text, str) for token in (step.token, *step.top))
        for step in steps
    )


@cases(80)
@given(text=damaged(pack([STEP, STEP]).encode()))
def test_packed_log_probabilities_unpack_whole_or_are_a_value_error(text: bytes) -> None:
    assert whole_or_refused(text.decode("latin-1"))


def packed(head: Any, places: list[int], numbers: list[float]) -> str:
    """What `pack` writes, with any head."""
    import base64
    import zlib

    import numpy as np

    body = np.asarray(places, "<u4").tobytes() + np.asarray(numbers, "<f4").tobytes()
    return base64.b64encode(zlib.compress(json.dumps(head).encode() + b"\n" + body)).decode()


@cases(80)
@example(head={"tokens": [["7", 1]], "top": [1]}, places=[0, 9], numbers=[-1.0, -1.0])  # an alternative of no token
@example(head={"tokens": [["7", 1]], "top": [-1, 1]}, places=[0, 0], numbers=[-1.0, -1.0])
@given(
    head=st.fixed_dictionaries(
        {
            "tokens": st.lists(st.tuples(st.text(max_size=3) | st.none(), st.none() | st.integers()), max_size=3),
            "top": st.lists(st.integers(-2, 3), max_size=3) | json_values,
        }
    )
    | json_values,
    places=st.lists(st.integers(0, 9), max_size=9),
    numbers=st.lists(st.floats(width=32), max_size=9),
)
def test_log_probabilities_with_any_head_unpack_whole_or_are_a_value_error(
    head: Any, places: list[int], numbers: list[float]
) -> None:
    assert whole_or_refused(packed(head, places, numbers))


@cases(60)
@given(data=st.data())
def test_scores_of_any_kind_are_a_frame_of_pairs_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    run = tmp_path / "run"
    if not run.exists():
        make_run(run, "someone/model")
        table = pq.read_table(run / "scores.parquet").slice(0, 12)
        pq.write_table(table, tmp_path / "sound.parquet")
    path = tmp_path / "scores.parquet"
    path.write_bytes(data.draw(parquet_files(pq.read_table(tmp_path / "sound.parquet"))))
    pairs = attempt(lambda: read_scores(path), path)
    if pairs is not None:
        counted = attempt(lambda: outcomes(pairs), path, named=" ")  # what the values are worth is said there
        assert counted is None or len(counted) == len(pairs)


QUESTION = Item(
    "q",
    "",
    (Candidate("0", "", 1.0), Candidate("1", "", 0.0), Candidate("2", "", 0.5)),
    criterion=Criterion.FUNCTIONAL_CORRECTNESS,
    language=Language.PYTHON,
    subset="S",
    facts=(("passed", "100"),),
)
RANKED = {("q", "0"): Reading.of(2.0), ("q", "1"): Reading.of(1.0)}


@cases(60)
@given(data=st.data())
def test_candidates_of_any_kind_are_items_with_readings_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "candidates.parquet"
    write_candidates(path, [QUESTION], RANKED)
    path.write_bytes(data.draw(parquet_files(pq.read_table(path))))
    found = attempt(lambda: read_candidates(path), path)
    if found is not None:
        items, readings = found
        assert all(isinstance(item.id, str) and (item.subset is None or isinstance(item.subset, str)) for item in items)
        keys = [(item.id, candidate.id) for item in items for candidate in item.candidates]
        assert sorted(readings) == sorted(keys)


@cases(60)
@given(data=st.data())
def test_readings_of_a_judge_of_any_kind_are_keys_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "readings.jsonl"
    row = {"item": "a", "candidate": "chosen", "status": "ok", "score": 1.0, "reason": None, "missing": True}
    path.write_bytes(data.draw(line_files([row, row | {"candidate": "rejected", "missing": False}])))
    found = attempt(lambda: read_missing(tmp_path), path)
    assert all(isinstance(part, str) for key in found or () for part in key)


@pytest.mark.parametrize("judge", [False, True])
@cases(40)
@given(data=st.data())
def test_a_run_of_any_kind_is_read_or_refused(tmp_path: Path, judge: bool, data: st.DataObject) -> None:
    sound, folder = tmp_path / "sound", tmp_path / "run"
    if not sound.exists():
        make_run(sound, "someone/model", **({"judge": {"score": "auto"}} if judge else {}))
        shutil.copytree(sound, folder)
    name = data.draw(st.sampled_from(["run.json", "results.json"]))
    path = folder / name
    path.write_bytes(data.draw(json_files(json.loads((sound / name).read_bytes()))))
    run = attempt(lambda: open_run(folder), path)
    if run is not None:
        told = attempt(lambda: (run.title, run.finished, run.incomplete, run.of_pairs), path)
        assert told is None or [type(one) for one in told] == [str, bool, bool, bool]
        results = attempt(lambda: (run.results, run.judged, run.measured)[0], path)
        assert results is None or isinstance(results, Mapping)
    shutil.copyfile(sound / name, path)


@cases(60)
@given(data=st.data())
def test_a_run_with_a_metric_of_any_kind_is_measured_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "run"
    if not folder.exists():
        make_run(folder, "someone/model")
        write_candidates(folder / "candidates.parquet", [QUESTION], RANKED)
        section = metric_section(RERANK.metric, [QUESTION], RANKED)
        document = candidates_document(section, [QUESTION], RANKED)
        (tmp_path / "sound.json").write_text(json.dumps(document))
    path = folder / "results.json"
    path.write_bytes(data.draw(json_files(json.loads((tmp_path / "sound.json").read_bytes()))))
    measured = attempt(lambda: open_run(folder).measured, path)
    if measured is not None:
        assert json.loads(json.dumps(measured.as_json()))["figures"] is not None
