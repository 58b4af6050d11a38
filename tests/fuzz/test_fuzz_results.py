"""What the doctor, the board and a loader read of others: a finding or an error, whatever lies there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fuzzing import attempt, cases, json_files, json_values, parquet_files
from hypothesis import given
from hypothesis import strategies as st
from results.result_doubles import make_run

from crb.doctor.examination import examine_subjects
from crb.doctor.gather import gather
from crb.items import Candidate, Item
from crb.metrics.document import candidates_document, metric_section
from crb.metrics.reranking import Reranking
from crb.models.cards import parse
from crb.models.source import locate
from crb.readings import Reading
from crb.results.build import metric_entry_of
from crb.results.store import metric_path, read_metric_entry, write_metric_entry
from crb.runs import Run
from crb.runs.candidates import write_candidates
from crb.vocabulary import Criterion, Language


def ranked(folder: Path) -> Run:
    """A finished run on four questions with three completions each."""
    run = make_run(folder, "someone/model", benchmark="rerank", benchmark_hash="0" * 64)
    items = [
        Item(
            f"q{n}",
            "",
            tuple(Candidate(str(place), "", grade) for place, grade in enumerate((1.0, 0.5, 0.0))),
            criterion=Criterion.FUNCTIONAL_CORRECTNESS,
            language=language,
            facts=(("passed", "100"),),
        )
        for n, language in enumerate([Language.PYTHON, Language.GO] * 2)
    ]
    readings = {(item.id, one.id): Reading.of(one.grade + len(item.id)) for item in items for one in item.candidates}
    section = metric_section(Reranking(), items, readings)
    (folder / "results.json").write_text(json.dumps(candidates_document(section, items, readings)))
    (folder / "scores.parquet").unlink()
    shutil.rmtree(folder / "baselines", ignore_errors=True)
    write_candidates(folder / "candidates.parquet", items, readings)
    return run


@cases(60)
@given(data=st.data())
def test_a_metric_entry_of_any_kind_is_read_back_as_it_stands_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    results = tmp_path / "results"
    sound = tmp_path / "sound.json"
    path = metric_path(results, "someone/model", "rerank")
    if not sound.exists():
        write_metric_entry(results, metric_entry_of(ranked(tmp_path / "run")))
        shutil.copyfile(path, sound)
    path.write_bytes(data.draw(json_files(json.loads(sound.read_bytes()))))
    entry = attempt(lambda: read_metric_entry(path), path)
    if entry is not None:
        assert entry.figures().headline.key
        assert json.loads(json.dumps(entry.as_json(), allow_nan=False)) == entry.as_json()


@pytest.mark.parametrize("name", ["run.json", "results.json", "scores.parquet"])
@cases(6)
@given(data=st.data())
def test_the_doctor_examines_a_run_of_any_kind(tmp_path: Path, name: str, data: st.DataObject) -> None:
    sound, folder = tmp_path / "sound", tmp_path / "run"
    if not sound.exists():
        make_run(sound, "someone/model")
        shutil.copytree(sound, folder)
    path = folder / name
    if name.endswith(".json"):
        content = data.draw(json_files(json.loads((sound / name).read_bytes())))
    else:
        content = data.draw(parquet_files(pq.read_table(sound / name)))
    path.write_bytes(content)
    findings = examine_subjects(gather([folder]))
    for finding in findings:
        assert finding.message
        json.dumps(finding.evidence, allow_nan=False)  # it goes into an entry


CARD = {"architectures": ["Qwen3ForSequenceClassification"], "torch_dtype": "bfloat16", "max_position_embeddings": 64}


@cases(60)
@given(data=st.data())
def test_a_config_of_any_kind_names_an_architecture_or_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "config.json"
    (tmp_path / "model.safetensors").touch()
    path.write_bytes(data.draw(json_files(CARD)))
    source = attempt(lambda: locate(str(tmp_path), weights=False), path)
    if source is not None:
        assert source.architecture
        assert source.max_length > 0


@cases(60)
@given(
    value=json_values,
    key=st.sampled_from(["name", "hub_id", "kind", "license", "params_b", "base_family"]),
)
def test_a_card_of_any_kind_is_refused_with_its_row(value: Any, key: str) -> None:
    from importlib.resources import files

    first = (files("crb.models") / "published.jsonl").read_text(encoding="utf-8").splitlines()[0]
    text = first + "\n" + json.dumps(json.loads(first) | {key: value})
    cards = attempt(lambda: parse(text, file="cards.jsonl"), Path("cards.jsonl"))
    assert cards is None or len({card.hub_id for card in cards}) == 2
