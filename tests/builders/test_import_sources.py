"""import: every public dataset, each from a tiny copy in its own column layout."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crb_builders.sources.catalogue import DATASETS
from crb_builders.stages.importing import Import, ImportSettings
from dataset_copies import COPIES, RETRIEVAL, SKYWORK, imported, talk, written

from crb.errors import DataError, UsageError


def test_every_source_of_the_published_sets_has_a_copy_here() -> None:
    assert set(COPIES) == set(DATASETS)
    published = [dict(one.published) for one in DATASETS.values()]
    # Without the commits and the instructions made faulty, which are no imports.
    assert sum(one.get("general", 0) for one in published) == 110_717
    assert sum(one.get("code", 0) for one in published) == 354_010 - 126_586 - 54_969


@pytest.mark.parametrize("name", sorted(COPIES))
def test_a_dataset_in_its_own_layout_becomes_pairs(name: str, tmp_path: Path) -> None:
    rows, expected, reasons = COPIES[name]
    kept, dropped = imported(name, written(tmp_path, rows))
    columns = ("prompt", "chosen", "rejected", "aspect", "language")
    found = [tuple(row[column] for column in columns) for row in kept]
    if name.startswith("coder-pile"):  # which negative it is, is drawn
        found = [(*row[:2], "bad 0" if str(row[2]).startswith("bad ") else row[2], *row[3:]) for row in found]
    assert found == expected
    assert dropped == reasons
    assert len({row["id"] for row in kept}) == len(kept)
    assert {row["source"] for row in kept} == {name}
    assert {row["subset"] for row in kept} == {DATASETS[name].subset}


def test_a_copy_can_be_parquet_or_saved_by_datasets(tmp_path: Path) -> None:
    rows, expected, _ = COPIES["truthy"]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    from datasets import Dataset

    Dataset.from_list(rows).save_to_disk(tmp_path / "saved")
    for path in (tmp_path / "rows.parquet", tmp_path / "saved"):
        assert imported("truthy", path)[0][0]["prompt"] == expected[0][0]


def test_a_language_can_stand_in_the_name_of_the_file(tmp_path: Path) -> None:
    row = {name: value for name, value in RETRIEVAL[0].items() if name != "language"}
    path = written(tmp_path, [row]).rename(tmp_path / "en-csharp-triplets.jsonl")
    assert imported("coder-pile-code", path)[0][0]["language"] == "CSharp"


def test_odd_rows_are_dropped_and_a_wrong_layout_is_named(tmp_path: Path) -> None:
    rows = [SKYWORK | {"chosen": 7}, SKYWORK | {"chosen": talk("Q", "\ud800")}, SKYWORK | {"rejected": talk("Q", "A+")}]
    assert imported("skywork-preference", written(tmp_path, rows))[1] == {
        "malformed": 1,
        "not_unicode": 1,
        "identical_responses": 1,
    }
    with pytest.raises(DataError, match=r"no column 'system'.*prompt, answer"):
        imported("truthy", written(tmp_path, [{"prompt": "p", "answer": "a"}]))
    with pytest.raises(UsageError, match="did you mean truthy"):
        imported("truty", tmp_path)
    with pytest.raises(UsageError, match="no home on the hub"):
        Import(ImportSettings(dataset="vul4j")).check()


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rows = [{"system": "", "prompt": f"p{number}", "chosen": "c", "rejected": "r"} for number in range(7)]
    stage = Import(ImportSettings(dataset="truthy", path=written(tmp_path, rows)))
    (unit,) = stage.units([])
    whole = [row for outcome in stage.read(unit, [], 0) for row in outcome.kept.to_pylist()]
    rest = [row for outcome in stage.read(unit, [], 4) for row in outcome.kept.to_pylist()]
    assert rest == whole[4:]
