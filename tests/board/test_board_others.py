"""Boards of the benchmarks of others: figures of runs, and printed ones, cited and apart."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from crb.board.document import board_document, document_of
from crb.board.gather import gather, gather_readable
from crb.errors import DataError, UsageError
from crb.evaluation.evaluate import evaluate
from crb.evaluation.prepare import Settings
from crb.results.adding import add_runs
from crb.results.store import metric_path, read_metric_entry
from crb.results.validate import validate
from crb.runs import Run
from crb.vocabulary import Status

pytestmark = pytest.mark.usefixtures("one_thread")
RESULTS = Path(__file__).resolve().parents[2] / "results"


@pytest.fixture(scope="module")
def runs(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Runs on a whole small benchmark of each shape, and on a part."""
    home = tmp_path_factory.mktemp("others")
    sides = {"chosen": ["a", "b c", "**d**"], "rejected": ["e", "f g", "**h**"]}
    rows = [
        {"id": f"{domain}-{n}", "prompt": f"{domain} {n}", "domain": domain, **sides}
        for domain in ("chat", "code")
        for n in range(2)
    ]
    pairs = [
        {"pair_id": f"p{n}", "source": source, "question": f"Q{n}?", "response_model": "m", "response_A": f"yes {n}",
         "response_B": f"no {n}", "label": "A>B"}
        for n, source in enumerate(["livecodebench", "mmlu-pro-law", "livebench-math"])
    ]  # fmt: skip
    files = {"rmbench": home / "rm.jsonl", "judgebench": home / "judge.jsonl"}
    for name, found in (("rmbench", rows), ("judgebench", pairs)):
        files[name].write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    made = {
        name: evaluate(Settings(model=str(tiny_llama), benchmark=f"{name}:{file}", out=home / name))
        for name, file in files.items()
    }
    part = Settings(model=str(tiny_llama), benchmark=f"rmbench:{files['rmbench']}", limit=1, out=home / "part")
    files["rmbench"].write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    other = Settings(model=str(tiny_llama), benchmark=f"rmbench:{files['rmbench']}", out=home / "other")
    return {**made, "part": evaluate(part), "other": evaluate(other)}


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few items pass for a whole benchmark."""
    monkeypatch.setattr("crb.results.metric_checks.published_size", lambda metric: None)


def board(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [one for one in document["others"] if one["benchmark"]["name"] == name]
    return found


def test_published_figures_of_all_models_are_cited() -> None:
    document = board_document(RESULTS)
    titles = [one["benchmark"]["title"] for one in document["others"]]
    assert titles == ["RewardBench V1", "RewardBench V2", "JudgeBench", "Re-ranking", "Adversarial robustness"]
    first = board(document, "rewardbench")
    cited = {model["name"]: model["cited"] for model in first["models"]}
    assert len(cited) == 19  # the rows of the README's table and of the paper's table 10
    assert cited["project-themis/Themis-RM-8B"] == {
        "accuracy": [["93.69", "arXiv:2605.00754 table 10; README of github.com/iNeil77/Themis"]]
    }
    assert all(model["measured"] == {} for model in first["models"])
    rerank = board(document, "rerank")
    assert {one["key"] for one in rerank["cited"]} == {
        f"{metric}:{language}"
        for metric in ("hits10_mean", "rankcorr40_median")
        for language in ("Cpp", "Java", "Python")
    }


def test_a_model_that_was_only_printed_is_read_strictly_as_it_is_leniently(tmp_path: Path) -> None:
    name = "project-themis__Themis-RM-8B"
    (tmp_path / name).mkdir()
    shutil.copyfile(RESULTS / name / "published.json", tmp_path / name / "published.json")
    strict, lenient = gather(tmp_path), gather_readable(tmp_path)
    assert strict.published == lenient.published
    assert document_of(strict) == document_of(lenient)
    assert [model["name"] for model in board(document_of(strict), "rewardbench")["models"]] == [
        "project-themis/Themis-RM-8B"
    ]


@pytest.mark.usefixtures("any_size")
def test_runs_are_added_shown_and_kept_apart_from_cited_figures(runs: dict[str, Run], tmp_path: Path) -> None:
    results = tmp_path / "results"
    done = add_runs(results, [runs["rmbench"], runs["judgebench"]])
    assert [entry.benchmark.name for entry in done.measured] == ["rmbench", "judgebench"]
    assert done.entries == ()
    assert not (results / "pairwise.json").exists()
    assert validate(results) == []
    assert add_runs(results, [runs["rmbench"]]).changed == ()  # the same again changes nothing
    file = next(results.glob("*/rmbench.metric.json"))
    entry = read_metric_entry(file)
    assert entry.figures() == runs["rmbench"].measured
    assert entry.statuses[Status.OK] == 24
    shutil.copytree(RESULTS / "project-themis__Themis-RM-8B", results / "project-themis__Themis-RM-8B")
    document = board_document(results)
    found = board(document, "judgebench")
    names = [model["name"] for model in found["models"]]
    assert names[:1] == ["project-themis/Themis-RM-8B"]
    assert "baselines/coin" in names
    mine = next(model for model in found["models"] if model["measured"] and model["kind"] != "baseline")
    assert mine["cited"] == {}
    headline = runs["judgebench"].measured.headline  # type: ignore[union-attr]
    assert mine["measured"]["accuracy"][0] == pytest.approx(headline.estimate.value, abs=1e-4)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@pytest.mark.usefixtures("any_size")
def test_a_part_and_other_items_are_no_entry(runs: dict[str, Run], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="of a part of the benchmark"):
        add_runs(tmp_path, [runs["part"]])
    add_runs(tmp_path, [runs["rmbench"]])
    with pytest.raises(UsageError, match="there is an entry"):
        add_runs(tmp_path, [runs["other"]])
    file = next(tmp_path.glob("*/rmbench.metric.json"))
    document = json.loads(file.read_text(encoding="utf-8"))
    document["model"]["name"] = "org/second"
    second = metric_path(tmp_path, "org/second", "rmbench")
    second.parent.mkdir()
    second.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(UsageError, match="of different items"):
        add_runs(tmp_path, [runs["other"]], replace=True)


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d["measured"]["figures"][0].update(value=1.5), "measured.figures"),
        (lambda d: d["measured"]["figures"][0].update(low=0.9999), "measured.figures.value"),
        (lambda d: d["measured"].update(headline="other"), "measured.headline"),
        (lambda d: d["measured"]["tables"][0]["rows"][0].pop("n"), "measured.tables.rows"),
        (lambda d: d["measured"]["notes"].append("<b>bold</b>"), "measured.notes"),
        (lambda d: d.update(surprise=1), "surprise"),
        (lambda d: d["benchmark"].update(n=0), "benchmark.n"),
    ],
)
def test_what_is_out_of_order_is_refused_with_its_field(
    runs: dict[str, Run], tmp_path: Path, change: Any, field: str
) -> None:
    add_runs(tmp_path, [runs["rmbench"]])
    file = next(tmp_path.glob("*/rmbench.metric.json"))
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_metric_entry(file)
    assert (caught.value.field or "").startswith(field)
    assert [fault.file for fault in validate(tmp_path)] == [str(file)]
    gathered = gather_readable(tmp_path)
    assert gathered.measured == ()
    assert [fault.file for fault in gathered.refused] == [str(file)]


def figures_of_one(document: dict[str, Any]) -> None:
    """Every figure 1.0, the tables left alone."""
    for figure in document["measured"]["figures"]:
        figure.update(value=1.0, low=None, high=None)
    for table in document["measured"]["tables"]:
        for row in table["rows"]:
            row.update({key: {**cell, "value": 0.4, "low": None, "high": None}
                        for key, cell in row.items() if isinstance(cell, dict)})  # fmt: skip


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d["config"].update(model="other/model"), "config.model"),
        (lambda d: d["config"].update(benchmark="rmbench"), "config.benchmark"),
        (lambda d: d["config"].update(selection={"limit": 3}), "config.selection"),
        (lambda d: d["config"].update(max_length=7), "provenance.origin"),
        (lambda d: d["statuses"].update(dict.fromkeys(d["statuses"], 0)), "statuses"),
        (lambda d: d["benchmark"].update(n=1), "measured.figures.n"),
        (lambda d: d["benchmark"].update(metric="crb"), "benchmark.metric"),
        (lambda d: d["benchmark"].update(metric="nobodys"), "benchmark.metric"),
        (lambda d: d["benchmark"].update(metric="rmbench"), "benchmark.name"),
        (figures_of_one, "measured.figures.value"),
    ],
)
def test_a_forged_entry_is_found_by_what_it_does_not_agree_with(
    runs: dict[str, Run], tmp_path: Path, change: Any, field: str
) -> None:
    add_runs(tmp_path, [runs["judgebench"]])
    file = next(tmp_path.glob("*/judgebench.metric.json"))
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    assert field in [fault.field for fault in validate(tmp_path)]


def test_a_few_items_under_the_name_of_a_benchmark_are_no_entry(
    runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="judgebench has 620 items, and this is of 3"):
        add_runs(tmp_path, [runs["judgebench"]])
    assert list(tmp_path.iterdir()) == []
    with monkeypatch.context() as patched:
        patched.setattr("crb.results.metric_checks.published_size", lambda metric: None)
        add_runs(tmp_path, [runs["judgebench"]])
    assert [fault.field for fault in validate(tmp_path)] == ["benchmark.n"]


def test_files_of_any_name_come_to_the_board_of_their_metric(tiny_llama: Path, tmp_path: Path) -> None:
    questions = [
        {
            "id": f"q{n}",
            "prompt": f"Q{n}",
            "completions": ["a", "b b", "c"],
            "pass_rates": [1.0, 0.5, 0.0],
            "lang": name,
        }
        for n, name in enumerate(["Python", "Java", "Python"])
    ]
    labels = {"aspect": "Functional_Correctness", "language": "Python"}
    pairs = [{"id": f"p{n}", "prompt": f"P{n}", "chosen": f"yes {n}", "rejected": "no", **labels} for n in range(3)]
    pairs += [
        {**pairs[0], "id": f"p0#{kind}", "rejected": f"{kind} no", "original": "p0", "perturbation": kind}
        for kind in ("drop", "praise")
    ]
    results = tmp_path / "results"
    for form, stem, rows in (("rerank", "my questions (1)", questions), ("adversarial", "Übungen__2..", pairs)):
        file = tmp_path / f"{stem}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        settings = Settings(model=str(tiny_llama), benchmark=f"{form}:{file}", out=tmp_path / form)
        add_runs(results, [evaluate(settings)])
    assert validate(results) == []
    shutil.copytree(RESULTS / "project-themis__Themis-RM-8B", results / "project-themis__Themis-RM-8B")
    document = board_document(results)
    for title in ("Re-ranking: my-questions-1", "Adversarial robustness: Ubungen_2"):
        (found,) = [one for one in document["others"] if one["benchmark"]["title"] == title]
        assert any(model["measured"] and model["kind"] != "baseline" for model in found["models"])
        assert any(model["cited"] for model in found["models"])
