"""`crb import themis`: counts to the last pair, every disagreement told, one damaged model alone left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from result_doubles import SHARED, published_table, small_benchmark, write_published

from crb.errors import UsageError
from crb.results.store import entry_path, read_entry
from crb.results.themis import pairs as themis_pairs
from crb.results.themis.runs import Imported, import_themis
from crb.runs import open_run
from crb.vocabulary import Criterion

TABLE = published_table()
PUBLISHED = SHARED / "themis-runs"
ENTRIES = Path(__file__).resolve().parents[2] / "results"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three models on a benchmark of sixty pairs; the names of two have cards."""
    monkeypatch.setattr(themis_pairs, "known", lambda name: small_benchmark(TABLE))
    for seed, name in enumerate(("CE-RM-4B", "Themis-RM-8B", "someone-else")):
        write_published(tmp_path / "models" / name, published_table(seed=seed))
    return tmp_path / "models"


def only(models: Path, folder: str) -> Imported:
    """What the import says of one of the models."""
    done = import_themis(models, models.parent / "runs")
    return next(one for one in done.models if one.folder == folder)


def keys(one: Imported) -> dict[str, tuple[Any, Any]]:
    """Printed and recomputed figures by key."""
    return {differ.key: (differ.printed, differ.recomputed) for differ in one.disagreements}


def test_a_run_says_what_is_known_and_no_more(models: Path) -> None:
    run = open_run(only(models, "CE-RM-4B").run)
    assert run.finished
    assert run.config["model"] == "PKU-ONELab/CE-RM-4B"
    assert {run.config[key] for key in ("revision", "adapter", "dtype", "prompts", "benchmark_hash")} == {"unknown"}
    assert run.document["imported"]["results"] == json.loads((models / "CE-RM-4B" / "results.json").read_text())
    assert run.accuracy("overall").iloc[0]["right"] == TABLE["correct"].sum()
    assert set(run.baselines()) == {"coin"}
    assert run.path == models.parent / "runs" / "CE-RM-4B" / "crb" / run.fingerprint


def test_sound_files_disagree_nowhere_and_a_name_without_a_card_stays(models: Path) -> None:
    done = import_themis(models, models.parent / "runs")
    assert [one.disagreements for one in done.models] == [(), (), ()]
    assert [one.model for one in done.models] == ["PKU-ONELab/CE-RM-4B", "project-themis/Themis-RM-8B", "someone-else"]


def test_importing_again_gives_the_same_bytes(models: Path) -> None:
    def content() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (models.parent / "runs").rglob("*") if path.is_file()}

    import_themis(models, models.parent / "runs")
    first = content()
    import_themis(models, models.parent / "runs")
    assert content() == first


def test_a_single_model_and_missing_rows_count_as_invalid(models: Path) -> None:
    write_published(models / "CE-RM-4B", TABLE.drop(index=["pair-003", "pair-004"]))
    alone = import_themis(models / "CE-RM-4B", models.parent / "runs").models[0]
    assert (alone.n, len(alone.missing)) == (60, 2)
    assert len(open_run(alone.run).pairs()) == 60
    assert open_run(alone.run).results["crb"]["counts"]["invalid"] == 2
    together = only(models, "CE-RM-4B")
    assert together.missing == ("pair-003", "pair-004")
    assert set(open_run(together.run).pairs().loc["pair-003", ["chosen_status", "rejected_status"]]) == {"error"}
    assert keys(together)["overall.total_examples"] == (58, 60)
    held = open_run(together.run).results["crb"]["cells"]
    assert {(c["criterion"], c["language"], c["subset"]): c["n"] for c in held} == small_benchmark(TABLE).cells


@pytest.mark.parametrize(
    ("place", "value", "recomputed"),
    [
        (("overall", "accuracy"), 0.9999, None),
        (("overall", "correct_predictions"), 1, int(TABLE["correct"].sum())),
        (("by_aspect", "Security_Hardness", "count"), 11, 12),
        (("by_language", "Ruby", "accuracy"), 0.1, None),
        (("by_subset", "FIRST", "accuracy"), 0.1, None),
        (("overall", "std_score_difference"), 0.0, None),
    ],
)
def test_a_wrong_figure_is_told(models: Path, place: tuple[str, ...], value: float, recomputed: int | None) -> None:
    file = models / "CE-RM-4B" / "results.json"
    document = json.loads(file.read_text())
    inside = document
    for key in place[:-1]:
        inside = inside[key]
    sound, inside[place[-1]] = inside[place[-1]], value
    file.write_text(json.dumps(document))
    expected = sound if recomputed is None else recomputed
    assert keys(only(models, "CE-RM-4B")) == {".".join(place): (value, pytest.approx(expected))}


def test_a_group_that_nobody_has_and_one_that_is_missing_are_told(models: Path) -> None:
    file = models / "CE-RM-4B" / "results.json"
    document = json.loads(file.read_text())
    document["by_subset"]["THIRD"] = document["by_subset"].pop("FIRST")
    file.write_text(json.dumps(document))
    found = keys(only(models, "CE-RM-4B"))
    assert found["by_subset.THIRD.count"] == (30, None)
    assert found["by_subset.FIRST.count"] == (None, 30)


def test_columns_that_do_not_follow_from_the_scores_are_told_with_their_rows(models: Path) -> None:
    table = TABLE.copy()
    table.loc[["pair-007", "pair-009"], "correct"] ^= True
    table.loc["pair-011", "score_diff"] = 99.0
    table.to_parquet(models / "CE-RM-4B" / "scores.parquet")
    found = {differ.key: (differ.rows, differ.row) for differ in only(models, "CE-RM-4B").disagreements}
    assert found == {"correct": (2, 8), "score_diff": (1, 12)}


def test_no_score_is_no_number(models: Path) -> None:
    table = TABLE.assign(chosen_parse_failed=False, rejected_parse_failed=False)
    table.loc["pair-001", ["chosen_score", "chosen_parse_failed"]] = [np.nan, True]
    table.loc["pair-002", "rejected_score"] = np.inf
    table.to_parquet(models / "CE-RM-4B" / "scores.parquet")
    pairs = open_run(only(models, "CE-RM-4B").run).pairs()
    assert list(pairs.loc["pair-001", ["chosen_status", "rejected_status"]]) == ["unparsed", "ok"]
    assert list(pairs.loc["pair-002", ["chosen_status", "rejected_status"]]) == ["ok", "error"]
    assert pairs.loc[["pair-001", "pair-002"], ["chosen_score", "rejected_score"]].isna().sum().sum() == 2


def damage_bytes(folder: Path) -> None:
    (folder / "scores.parquet").write_bytes((folder / "scores.parquet").read_bytes()[:-100])


def damage_label(folder: Path) -> None:
    table = TABLE.copy()
    table.loc["pair-020", "aspect"] = "Memory_Efficiency"
    table.to_parquet(folder / "scores.parquet")


def damage_id(folder: Path) -> None:
    TABLE.rename(index={"pair-020": "another"}).to_parquet(folder / "scores.parquet")


def damage_column(folder: Path) -> None:
    TABLE.drop(columns="subset").to_parquet(folder / "scores.parquet")


def damage_figures(folder: Path) -> None:
    (folder / "results.json").write_text('{"overall": {"accuracy": "high"}}')


def remove_figures(folder: Path) -> None:
    (folder / "results.json").unlink()


def put_a_device(folder: Path) -> None:
    (folder / "results.json").unlink()
    (folder / "results.json").symlink_to("/dev/zero")  # reading it would never end


def put_a_folder(folder: Path) -> None:
    (folder / "scores.parquet").unlink()
    (folder / "scores.parquet").mkdir()


def nest(folder: Path) -> None:
    (folder / "results.json").write_text("[" * 100_000)


@pytest.mark.parametrize(
    ("damage", "file", "row", "field"),
    [
        (damage_bytes, "scores.parquet", None, None),
        (damage_label, "scores.parquet", 21, "aspect"),
        (damage_id, "scores.parquet", 21, "id"),
        (damage_column, "scores.parquet", None, "subset"),
        (damage_figures, "results.json", None, "overall.total_examples"),
        (remove_figures, "results.json", None, None),
        (put_a_device, "results.json", None, None),
        (put_a_folder, "scores.parquet", None, None),
        (nest, "results.json", None, None),
    ],
)
def test_a_damaged_model_is_told_and_the_others_come_in(
    models: Path, crb: Callable[..., Any], damage: Callable[[Path], None], file: str, row: int | None, field: str | None
) -> None:
    damage(models / "CE-RM-4B")
    done = import_themis(models, models.parent / "runs")
    fault: Any = done.faults["CE-RM-4B"]
    assert (Path(fault.file).name, fault.row, fault.field) == (file, row, field)
    assert [one.folder for one in done.models] == ["Themis-RM-8B", "someone-else"]
    left = crb("import", "themis", models, "--out", models.parent / "runs")
    assert left.code == 2
    assert "CE-RM-4B is not imported" in left.out
    assert "2 runs" in left.out


def test_the_command_tells_all_in_json(models: Path, crb: Callable[..., Any]) -> None:
    left = crb("import", "themis", models, "--out", models.parent / "runs", "--json")
    document = json.loads(left.out)
    assert left.code == 0
    assert [one["folder"] for one in document["models"]] == ["CE-RM-4B", "Themis-RM-8B", "someone-else"]
    assert document["faults"] == []


def test_a_name_that_a_terminal_would_obey_is_told_without_obeying(models: Path, crb: Callable[..., Any]) -> None:
    (models / "CE-RM-4B").rename(models / "red\x1b[31m")
    left = crb("import", "themis", models, "--out", models.parent / "runs")
    assert left.code == 2
    assert "\x1b" not in left.out + left.err


def test_published_files_are_never_written_over(models: Path) -> None:
    with pytest.raises(UsageError, match="among the published files"):
        import_themis(models, models)
    with pytest.raises(UsageError, match="no model here"):
        import_themis(models.parent, models.parent / "runs")
    with pytest.raises(UsageError, match="cannot be read"):
        import_themis(models / "absent", models.parent / "runs")


@pytest.fixture(scope="module")
def published_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Imported]:
    """The 51 published models, imported."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"the published runs are not beside the checkout ({PUBLISHED.name})")
    done = import_themis(PUBLISHED, tmp_path_factory.mktemp("published"))
    assert done.faults == {}
    return list(done.models)


@pytest.mark.slow
def test_the_published_accuracies_are_those_of_the_scores_to_the_last_count(published_runs: list[Imported]) -> None:
    assert len(published_runs) == 51
    for one in published_runs:
        table = pd.read_parquet(PUBLISHED / one.folder / "scores.parquet")
        table["right"] = table["chosen_score"] > table["rejected_score"]
        figures = open_run(one.run).results
        assert one.n == figures["overall"]["total_examples"] == 8866
        assert one.right == table["right"].sum()
        for column, key in (("aspect", "by_criterion"), ("language", "by_language"), ("subset", "by_subset")):
            name = key.removeprefix("by_")
            ours = {
                Criterion(g[name]).aspect if column == "aspect" else g[name]: g["right"] for g in figures["crb"][key]
            }
            assert ours == table.groupby(column)["right"].sum().to_dict()


@pytest.mark.slow
def test_the_disagreements_of_the_published_files(published_runs: list[Imported]) -> None:
    found = {one.folder: len(one.disagreements) for one in published_runs if one.disagreements}
    assert found == {
        "LMUnit-qwen2.5-72b": 2,  # parse failures that left no trace in the scores
        "R3-Qwen3-14B-14k": 1,  # score_diff is 0.0 where a score is missing
        "R3-Qwen3-4B-14k": 1,
        "R3-Qwen3-8B-14k": 1,
        "internlm2-20b-reward": 22,  # four pairs are missing, and every share is of what is left
    }
    assert {one.folder: len(one.missing) for one in published_runs if one.missing} == {"internlm2-20b-reward": 4}


@pytest.mark.slow
def test_the_committed_entries_are_those_of_the_published_scores(published_runs: list[Imported]) -> None:
    for one in published_runs:
        entry = read_entry(entry_path(ENTRIES, one.model, "crb"))
        held = open_run(one.run).results["crb"]["cells"]
        names = ("criterion", "language", "subset", "n", "right", "wrong", "tie", "invalid")
        assert [{name: cell[name] for name in names} for cell in held] == [
            cell.model_dump(mode="json") for cell in entry.cells
        ]
