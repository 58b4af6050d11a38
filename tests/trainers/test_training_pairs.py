"""Pairs: the published columns from any file, filters, prompts, mixtures, and faults told with file, row and field."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import training_doubles as doubles
from crb_trainers.data.pairs import PairSet, read_pairs, write_benchmark
from crb_trainers.recipe import DataSettings

from crb.benchmarks import load_benchmark
from crb.errors import CrbError, DataError
from crb.prompts import load_prompt_set
from crb.vocabulary import Criterion


def read(*sources: Path | dict[str, Any], seed: int = 0, **settings: Any) -> PairSet:
    listed = [source if isinstance(source, dict) else {"path": str(source)} for source in sources]
    return read_pairs(DataSettings.model_validate({"sources": listed, **settings}), seed=seed)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return doubles.write_rows(tmp_path / "pairs.jsonl", doubles.rows(40))


def test_the_published_columns_become_pairs(file: Path) -> None:
    found = read(file)
    assert len(found.train) == 40
    first = found.train[0]
    assert (first.id, first.system, first.criterion, first.language) == (
        "pair-0",
        "Judge it.",
        "functional_correctness",
        "Python",
    )
    assert first.prompt == "Write task 0: sum 0 numbers."
    assert found.train[1].system is None


def test_parquet_and_json_hold_the_same_pairs(file: Path, tmp_path: Path) -> None:
    frame = pd.DataFrame(doubles.rows(40))
    frame.to_parquet(tmp_path / "pairs.parquet")
    (tmp_path / "pairs.json").write_text(json.dumps(doubles.rows(40)))
    hashes = {read(place).content_hash for place in (file, tmp_path / "pairs.parquet", tmp_path / "pairs.json")}
    assert len(hashes) == 1


def test_a_folder_that_crb_build_wrote_is_read_by_its_card(tmp_path: Path) -> None:
    data = tmp_path / "built" / "assemble" / "extra" / "data"
    data.mkdir(parents=True)
    pd.DataFrame(doubles.rows(6)).to_parquet(data / "train-00000.parquet")
    pd.DataFrame(doubles.rows(40)[30:]).to_parquet(data / "test-00000.parquet")
    (tmp_path / "built" / "recipe.json").write_text("{}")
    (data.parent / "README.md").write_text(
        "---\nconfigs:\n- config_name: default\n  data_files:\n"
        "  - {split: train, path: data/train-00000.parquet}\n  - {split: test, path: data/test-00000.parquet}\n---\n"
    )
    assert len(read(tmp_path / "built").train) == 6
    assert len(read({"path": str(tmp_path / "built"), "split": "test"}).train) == 10


def test_a_benchmark_can_be_trained_on_too() -> None:
    import crb

    place = Path(crb.__file__).parent / "data" / "crb_mini.jsonl"
    assert len(read(place).train) == len(load_benchmark("crb-mini"))


def test_filters_keep_what_they_name_and_count_the_rest(file: Path) -> None:
    found = read(file, criteria=["Security_Hardness", "memory"], without_languages=["c"])
    kept = Counter((pair.criterion, pair.language) for pair in found.train)
    assert {criterion for criterion, _ in kept} == {"security_hardness", "memory_efficiency"}
    assert "C" not in {language for _, language in kept}
    assert found.dropped == {"criterion": 24, "language": 40 - 24 - len(found.train)}


def test_each_source_has_filters_and_a_limit_of_its_own(file: Path) -> None:
    found = read({"path": str(file), "languages": ["go"], "limit": 3}, {"path": str(file), "criteria": ["security"]})
    assert Counter(pair.source for pair in found.train) == {0: 3, 1: 8}
    assert {pair.language for pair in found.train if pair.source == 0} == {"Go"}
    assert len({pair.id for pair in found.train}) == len(found.train)  # the same rows twice have ids of their own


def test_prompts_replace_those_of_the_rows(file: Path) -> None:
    prompts = load_prompt_set("crb")
    assert {pair.system for pair in read(file, prompts="none").train} == {None}
    assert {pair.system for pair in read(file, prompts="full").train} == {prompts.full}
    for pair in read(file, prompts="criterion").train:
        assert pair.system == prompts.criteria[Criterion(pair.criterion)]


def test_held_out_prompts_are_never_trained_on(tmp_path: Path) -> None:
    twice = [{**row, "idx": f"{row['idx']}-{copy}"} for row in doubles.rows(100) for copy in range(2)]
    file = doubles.write_rows(tmp_path / "twice.jsonl", twice)
    found = read(file, held_out=0.3)
    assert not {pair.prompt for pair in found.train} & {pair.prompt for pair in found.held_out}
    assert 30 <= len(found.held_out) <= 90
    assert read(file, held_out=0.3) == found
    assert read(file, held_out=0.3, seed=1).held_out != found.held_out


def test_the_held_out_pairs_are_a_benchmark(file: Path, tmp_path: Path) -> None:
    found = read(file, held_out=0.5)
    write_benchmark(found.held_out, tmp_path / "held.jsonl")
    benchmark = load_benchmark(tmp_path / "held.jsonl")
    assert [item.id for item in benchmark] == [pair.id for pair in found.held_out]
    assert [item.prompt for item in benchmark] == [pair.prompt for pair in found.held_out]


def changed(file: Path, row: int, **values: Any) -> Path:
    made = doubles.rows(6)
    made[row].update(values)
    for key in [key for key, value in values.items() if value is KeyError]:
        del made[row][key]
    return doubles.write_rows(file, made)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"chosen": KeyError}, ["the column 'chosen' is missing", "row 3", "field 'chosen'"]),
        ({"input": KeyError}, ["the column 'input' is missing", "row 3"]),
        ({"rejected": None}, ["the value is null", "row 3", "field 'rejected'"]),
        ({"rejected": 5}, ["of type int, not text", "row 3"]),
        ({"system": 5}, ["of type int, not text", "field 'system'"]),
        ({"input": "  "}, ["the text is blank", "field 'input'"]),
        ({"aspect": ""}, ["the text is empty", "field 'aspect'"]),
    ],
)
def test_a_faulty_row_is_told_with_file_row_and_field(tmp_path: Path, values: dict[str, Any], told: list[str]) -> None:
    file = changed(tmp_path / "faulty.jsonl", 2, **values)
    with pytest.raises(DataError) as caught:
        read(file)
    for part in [*told, str(file)]:
        assert part in str(caught.value)


def test_wrong_columns_suggest_the_right_ones(tmp_path: Path) -> None:
    renamed = [
        {**{key: value for key, value in row.items() if key != "chosen"}, "better": "x"} for row in doubles.rows(3)
    ]
    with pytest.raises(DataError, match=r"rename the column 'better' to 'chosen'"):
        read(doubles.write_rows(tmp_path / "renamed.jsonl", renamed))


def test_nothing_left_after_the_filters_is_an_error_that_counts(file: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(file, criteria=["security"], languages=["Java"])
    assert "no pair is left after the filters; left out: criterion 32, language 8" in str(caught.value)
    assert "data.criteria, data.languages" in str(caught.value)


def test_a_filter_that_no_row_can_match_is_a_typing_error(file: Path) -> None:
    with pytest.raises(CrbError, match=r"unknown criterion 'securty'"):
        read(file, criteria=["securty"])


def test_criteria_and_languages_of_general_preferences_pass(tmp_path: Path) -> None:
    made = [{**row, "aspect": "Helpfulness", "language": "NL"} for row in doubles.rows(4)]
    file = doubles.write_rows(tmp_path / "general.jsonl", made)
    assert {(pair.criterion, pair.language) for pair in read(file, criteria=["helpfulness"]).train} == {
        ("Helpfulness", "NL")
    }
    write_benchmark(read(file).train, tmp_path / "none.jsonl")
    assert (tmp_path / "none.jsonl").read_text() == ""  # no benchmark knows these words
