"""What is missing, doubled, unread or no number; and that a healthy run is called healthy."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from doctor_runs import FrameRun, codes, found, healthy, only, run_of, unread

from crb.doctor import examine
from crb.errors import DataError
from crb.statistics.summary import summarise


@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_run_has_no_finding(seed: int) -> None:
    frame = healthy(seed=seed)
    assert examine([run_of(frame, results=summarise(frame))]) == []


def test_rows_that_are_missing_by_n_are_told_with_their_ids() -> None:
    whole = healthy()
    told = only(run_of(whole.iloc[4:], "a/short", n=1000), run_of(whole, "a/whole"), code="missing-items")
    assert (told.model, told.severity, told.evidence["missing"]) == ("a/short", "warning", 4)
    assert told.evidence["ids"] == ["item-0", "item-1", "item-2", "item-3"]


def test_missing_rows_are_seen_by_the_ids_of_others_where_n_is_the_files_own() -> None:
    whole = healthy()
    told = only(run_of(whole.iloc[:-2], "a/short"), run_of(whole, "a/whole"), code="missing-items")
    assert (told.model, told.evidence["missing"]) == ("a/short", 2)


def test_rows_without_any_reading_are_missing_pairs() -> None:
    frame = unread(healthy(), slice(30), "error", "chosen", "rejected")
    told = only(run_of(frame), code="missing-items")
    assert (told.severity, told.evidence["missing"]) == ("error", 30)
    assert "failed-readings" not in codes(run_of(frame))


def test_another_benchmark_is_no_missing_pair() -> None:
    one, other = healthy(), healthy(200).rename(index=lambda name: f"other-{name}")
    second = run_of(other, "a/other")
    second.config["benchmark_hash"] = "2"
    assert "missing-items" not in codes(run_of(one), second)


def test_more_pairs_than_the_benchmark_has() -> None:
    assert only(run_of(healthy(), n=990), code="surplus-items").severity == "error"


@pytest.mark.parametrize(("change", "severity"), [(0.0, "warning"), (1.0, "error")])
def test_ids_that_stand_twice(change: float, severity: str) -> None:
    frame = healthy()
    again = frame.iloc[:3].assign(chosen_score=lambda rows: rows["chosen_score"] + change)
    told = only(run_of(pd.concat([frame, again]), n=1000), code="duplicate-ids")
    assert (told.severity, told.evidence["repeated"], told.evidence["conflicting"]) == (severity, 3, 3 * int(change))


@pytest.mark.parametrize(("count", "severity"), [(1, "note"), (30, "warning")])
def test_answers_that_no_score_could_be_read_from(count: int, severity: str) -> None:
    frame = unread(healthy(), slice(count), "unparsed", "chosen")
    told = only(run_of(frame), code="unparsed")
    assert (told.severity, told.evidence["chosen"], told.evidence["invalid_pairs"]) == (severity, count, count)


def test_readings_off_a_judges_scale() -> None:
    frame = unread(healthy(), slice(20), "out_of_range", "rejected")
    assert only(run_of(frame), code="out-of-range-readings").evidence["rejected"] == 20


def test_one_reading_of_a_pair_that_failed() -> None:
    frame = unread(healthy(), slice(5), "error", "chosen")
    told = only(run_of(frame), code="failed-readings")
    assert (told.severity, told.evidence["pairs"]) == ("warning", 5)
    assert "missing-items" not in codes(run_of(frame))


def test_scores_that_are_not_finite() -> None:
    frame = healthy()
    frame.loc[frame.index[:2], "chosen_score"] = [np.inf, -np.inf]
    told = only(run_of(frame), code="non-finite")
    assert (told.severity, told.evidence["chosen"], told.evidence["rejected"]) == ("error", 2, 0)


def test_scores_that_are_no_numbers_and_words_that_are_no_status() -> None:
    frame = healthy().astype(object)
    frame.loc[frame.index[0], "chosen_score"] = "3.5/5"
    frame.loc[frame.index[1], "rejected_status"] = "fine"
    assert only(run_of(frame), code="not-a-number").evidence["chosen"] == 1
    assert only(run_of(frame), code="unknown-status").evidence["statuses"] == {"fine": 1}


def test_right_answers_that_an_unparsed_opponent_gave_away() -> None:
    frame = unread(healthy(), slice(20), "unparsed", "rejected")
    honest = frame.assign(correct=frame["chosen_score"] > frame["rejected_score"])
    assert "won-by-default" not in codes(run_of(honest))
    given = honest.copy()
    given.loc[given.index[:20], "correct"] = True
    told = only(run_of(given), code="won-by-default")
    assert (told.severity, told.evidence["pairs"]) == ("error", 20)
    assert "figures-disagree" not in codes(run_of(given))  # told once


def test_a_column_correct_that_is_not_what_the_scores_say() -> None:
    frame = healthy().assign(correct=True)
    assert only(run_of(frame), code="figures-disagree").evidence["source"] == "scores.parquet"


@pytest.mark.parametrize("dtype", ["bool", "boolean", "int64", "float64", "Int8"])
def test_a_column_correct_of_ones_and_zeros_is_read_as_what_it_says(dtype: str) -> None:
    frame = healthy()
    right = frame["chosen_score"] > frame["rejected_score"]
    assert "figures-disagree" not in codes(run_of(frame.assign(correct=right.astype(dtype))))
    wrong = right.to_numpy().copy()
    wrong[:3] = ~wrong[:3]
    told = only(
        run_of(frame.assign(correct=pd.Series(wrong, index=frame.index).astype(dtype))), code="figures-disagree"
    )
    assert told.evidence["pairs"] == 3


def test_an_unreadable_run_is_a_finding_and_the_others_are_examined() -> None:
    class Broken(FrameRun):
        def pairs(self) -> pd.DataFrame:
            raise DataError("the file is not readable as Parquet", file="scores.parquet")

    broken = Broken(run_of(healthy()).path, {"config": {"model": "a/broken"}, "n": 3})
    flat = healthy().assign(chosen_score=1.0, rejected_score=1.0)
    findings = examine([broken, run_of(flat, "a/flat")])
    assert (findings[0].model, findings[0].code) == ("a/broken", "unreadable")
    assert "scores.parquet" in findings[0].message
    assert "constant-scores" in {f.code for f in findings if f.model == "a/flat"}


class TestFigures:
    def test_one_digit_of_the_imported_figures_is_enough(self) -> None:
        frame = healthy()
        stated = summarise(frame)
        stated["by_aspect"]["Security_Hardness"]["accuracy"] += 0.0001
        told = only(run_of(frame, results=stated), code="figures-disagree")
        assert told.severity == "error"
        assert told.evidence["disagreements"] == 1
        assert told.evidence["examples"][0]["figure"] == "by_aspect Security_Hardness accuracy"

    def test_a_mean_over_the_rows_that_a_file_has_is_no_disagreement(self) -> None:
        frame = healthy()
        stated = summarise(frame.iloc[4:])
        unread(frame, slice(4), "error", "chosen", "rejected")
        assert codes(run_of(frame, results=stated)) == {"missing-items"}

    def test_figures_of_groups_that_are_not_there_and_groups_without_figures(self) -> None:
        frame = healthy()
        stated = summarise(frame)
        stated["by_language"]["Rust"] = stated["by_language"].pop("Go")
        told = only(run_of(frame, results=stated), code="figures-disagree")
        assert {row["figure"] for row in told.evidence["examples"]} == {"by_language Rust", "by_language Go"}

    @pytest.mark.parametrize("stated", [{"overall": {"accuracy": "high"}}, {"overall": {"accuracy": float("nan")}}])
    def test_figures_that_are_no_figures(self, stated: dict[str, object]) -> None:
        told = only(run_of(healthy(), results=stated), code="figures-disagree")
        assert json.loads(json.dumps(told.as_dict(), allow_nan=False))["severity"] == "error"


def test_of_two_runs_of_one_model_the_prompts_tell_which() -> None:
    spoilt = unread(healthy(), slice(30), "unparsed", "chosen")
    told = only(run_of(healthy()), run_of(spoilt, prompts="full"), code="unparsed")
    assert told.evidence["prompts"] == "full"


def test_findings_are_strict_json_and_the_gravest_comes_first() -> None:
    frame = healthy()
    frame.loc[frame.index[:3], "chosen_score"] = [np.inf, 1e300, -1e300]
    findings = examine([run_of(frame.iloc[:-1], n=1000)])
    json.dumps([finding.as_dict() for finding in findings], allow_nan=False)
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key="error warning note".find)
    assert found(run_of(frame), code="out-of-range")


def judged(seed: int = 3) -> pd.DataFrame:
    """Marks from 1 to 5 as a judge gives them: six values, so that no rule on fine scales applies."""
    random = np.random.default_rng(seed)
    marks = random.integers(1, 6, size=(1000, 2)).astype(float)
    return healthy(1000).assign(chosen_score=marks[:, 0], rejected_score=marks[:, 1])


class TestStatedFailures:
    def test_a_score_as_frequent_as_the_failures_that_are_stated_is_their_sign(self) -> None:
        frame = judged()
        frame.loc[frame.index[:20], "rejected_score"] = 0.0
        frame.loc[frame.index[20:30], "chosen_score"] = 0.0
        stated = summarise(frame)
        assert "sentinel-value" not in codes(run_of(frame, results=stated))
        stated["overall"]["parse_failures"] = 30
        told = only(run_of(frame, results=stated), code="sentinel-value")
        assert (told.severity, told.evidence["value"], told.evidence["count"]) == ("warning", 0, 30)
        assert (told.evidence["right_against_it"], told.evidence["wrong_with_it"]) == (20, 10)
        assert "the imported results.json states" in told.message
        other = only(run_of(frame, results=stated), code="figures-disagree")
        assert (other.severity, other.evidence["stated"], other.evidence["recomputed"]) == ("warning", 30, 0)
        stated["overall"]["parse_failures"] = 31
        assert "sentinel-value" not in codes(run_of(frame, results=stated))

    @pytest.mark.parametrize("key", ["parse_failures", "total_parse_failures"])
    @pytest.mark.parametrize("count", [20, 24])  # pairs, readings
    def test_failures_that_the_samples_know_of_are_no_disagreement(self, key: str, count: int) -> None:
        frame = unread(unread(judged(), slice(20), "unparsed", "chosen"), slice(4), "unparsed", "rejected")
        stated = summarise(frame)
        stated["overall"] |= {key: count, "valid_pairs": 980}
        told = codes(run_of(frame, results=stated))
        assert not {"figures-disagree", "sentinel-value"} & told
        stated["overall"]["valid_pairs"] = 981
        assert only(run_of(frame, results=stated), code="figures-disagree").severity == "error"

    @pytest.mark.parametrize(("rows", "severity"), [(3, "note"), (30, "warning")])
    def test_a_few_failures_more_are_a_note(self, rows: int, severity: str) -> None:
        stated = summarise(healthy()) | {"parse_failures": rows}
        assert only(run_of(healthy(), results=stated), code="figures-disagree").severity == severity

    def test_numbers_that_no_float_can_be(self) -> None:
        stated = summarise(healthy()) | {"parse_failures": 10**400}
        stated["overall"] |= {"accuracy": 10**400, "valid_pairs": 10**400, "accuracy_valid_only": -(10**400)}
        told = only(run_of(healthy(), results=stated), code="figures-disagree")
        assert told.evidence["disagreements"] == 3
        json.dumps(told.as_dict(), allow_nan=False)


class TestDisagreementsOfAnImport:
    def test_what_only_the_import_saw_is_told_and_nothing_twice(self) -> None:
        found_anew = ("by_language.Go.accuracy", "overall.accuracy", "overall.parse_failures", "parse_failures")
        kept: list[object] = [{"key": key, "printed": 1, "recomputed": 2} for key in found_anew]
        kept += ["rubbish", {"key": 3}]
        frame, stated = healthy(), summarise(healthy())
        assert codes(run_of(frame, results=stated, disagreements=kept)) == set()
        kept.append({"key": "score_diff", "printed": 0.0, "recomputed": None, "rows": 241, "row": 5})
        kept.append({"key": "overall.mean_score_difference", "printed": 10**400, "recomputed": 0.1})
        told = only(run_of(frame, results=stated, disagreements=kept), code="figures-disagree")
        assert (told.severity, told.evidence["disagreements"]) == ("note", 2)
        assert "score_diff was 0.0" in told.message or "score_diff was 0 " in told.message

    @pytest.mark.parametrize(
        ("rows", "code"), [(20, "won-by-default"), (15, "won-by-default"), (7, "figures-disagree")]
    )
    def test_the_column_correct_that_a_run_does_not_keep(self, rows: int, code: str) -> None:
        frame = unread(unread(healthy(), slice(15), "unparsed", "rejected"), slice(15, 20), "unparsed", "chosen")
        kept = [{"file": "scores.parquet", "key": "correct", "printed": True, "recomputed": False, "rows": rows}]
        run = run_of(frame, results=summarise(frame), disagreements=kept)
        assert only(run, code=code).severity == "error"
        assert len({"won-by-default", "figures-disagree"} & codes(run)) == 1
