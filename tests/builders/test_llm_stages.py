"""review, instruct and judge: what they ask, what they keep, and why they drop the rest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import llm_scripts
import pytest
from crb_builders.llm.asking import Question, ask
from crb_builders.llm.styles import STYLES
from crb_builders.stages.instruct import Instruct, InstructSettings
from crb_builders.stages.judge import Judge, JudgeSettings
from crb_builders.stages.review import Review, ReviewSettings
from llm_rows import change, pair, through
from pydantic import ValidationError
from scripted_engine import ScriptedEngine, failing

from crb.engines.generation import Call
from crb.errors import CrbError, UsageError
from crb.generation import Failure


def engine(script: str) -> dict[str, str]:
    return {"kind": "python", "make": f"llm_scripts:{script}"}


def judge(*models: str, **more: Any) -> Judge:
    return Judge(JudgeSettings(models=models, engine=engine("judge"), **more))


def test_a_judge_is_shown_both_orders_equally_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Call] = []
    make = llm_scripts.judge

    def listening(model: str) -> ScriptedEngine:
        made = make(model)
        made.asked = seen
        return made

    monkeypatch.setattr(llm_scripts, "judge", listening)
    kept, dropped = through(judge("one", "two", votes=6), [pair(1), pair(2)], tmp_path)
    assert dropped == {}
    orders = Counter("GOOD" in llm_scripts.said(call, "answer_a") for call in seen)
    assert orders == {True: 12, False: 12}
    assert len({(call.turn.digest, call.seed) for call in seen}) == 12  # each model its own engine, same questions
    assert all(call.turn.sampling.temperature == 0.8 for call in seen)
    assert [row["votes_for"] for row in kept] == [12, 12]
    assert all(len(row["judge_texts"]) == 12 and "<verdict>" in row["judge_texts"][0] for row in kept)


@pytest.mark.parametrize(
    ("models", "row", "reason"),
    [
        (["biased"], pair(1), "judged_by_position"),
        (["blind"], pair(1), "judged_a_tie"),
        (["mute"], pair(1), "no_verdict"),
        (["sound"], pair(1, chosen="x", rejected="GOOD"), "judged_the_other_way"),
        (["sound", "blind"], pair(1), "no_consensus"),
        (["sound"], pair(1, aspect="Beauty"), "no_aspect"),
        (["sound"], pair(1, prompt=""), "no_prompt"),
        (["sound"], pair(1, rejected=None), "no_response"),
        (["sound"], pair(1, rejected="y", chosen="y"), "identical_responses"),
        (["sound"], pair(1, chosen="GOOD" * 20_000), "too_long_to_ask"),
    ],
)
def test_a_pair_without_consensus_is_dropped(
    models: list[str], row: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assert through(judge(*models), [row], tmp_path) == ([], {"pair 1": reason})


def test_the_rule_of_consensus_can_be_set(tmp_path: Path) -> None:
    kept, _ = through(judge("sound", "blind", agree=0.5), [pair(1)], tmp_path)
    assert (kept[0]["votes_for"], kept[0]["votes_tie"]) == (8, 8)
    with pytest.raises(ValidationError, match="even"):
        JudgeSettings(models=("x",), votes=7)


def review(*models: str, **more: Any) -> Review:
    return Review(ReviewSettings(models=models, engine=engine("reviewer"), **more))


def test_reviews_are_a_matter_of_several_models(tmp_path: Path) -> None:
    rows = [change(1, 5), change(2, 4), change(3, 3), change(4, 4, aspect=None), change(5, 9)]
    kept, dropped = through(review("mild", "stern"), rows, tmp_path)
    assert [(row["id"], row["review_ratings"], row["review_rating"]) for row in kept] == [("a/b@1", [5, 4], 4.5)]
    assert dropped == {
        "a/b@2": "rated_too_low",
        "a/b@3": "rated_too_low",
        "a/b@4": "no_aspect",
        "a/b@5": "no_rating",
    }
    assert (kept[0]["description"], kept[0]["summary"]) == ("mild", "did it")
    _, dropped = through(review("mild", "mild", "stern", at_least=4, agree=0.7), [change(2, 4)], tmp_path)
    assert dropped == {"a/b@2": "no_consensus"}


def instruct(task: str, model: str = "fine", **more: Any) -> Instruct:
    return Instruct(InstructSettings(task=task, models=(model,), engine=engine("writer"), **more))


def test_requests_come_in_five_styles_drawn_by_row(tmp_path: Path) -> None:
    rows = [change(number) for number in range(60)]
    kept, dropped = through(instruct("inverse"), rows, tmp_path)
    assert dropped == {}
    assert set(Counter(row["style"] for row in kept)) == set(STYLES)
    alone, _ = through(instruct("inverse"), rows[7:8], tmp_path)
    assert alone[0] == kept[7]
    assert (kept[7]["chosen"], kept[7]["rejected"]) == (rows[7]["new"], rows[7]["old"])
    assert kept[7]["prompt"].startswith("Please write the program number")


@pytest.mark.parametrize("begin", [0, 1, 37, 100])
def test_a_request_that_shows_a_hundred_characters_of_the_code_is_dropped(begin: int, tmp_path: Path) -> None:
    program = "".join(f"{number:04}" for number in range(50))
    for length, reasons in ((100, {"a/b@1": "request_shows_code"}), (99, {})):
        stage = instruct("inverse", f"shows {program[begin : begin + length]}")
        assert through(stage, [change(1, new=program)], tmp_path / str(length))[1] == reasons


def test_a_row_that_has_a_request_is_not_asked_about(tmp_path: Path) -> None:
    kept, _ = through(instruct("recovery"), [pair(1), pair(2, prompt=None)], tmp_path)
    assert (kept[0]["prompt"], kept[0]["instruct_text"]) == ("Write function 1.", None)
    assert kept[1]["prompt"].startswith("Please write")


def test_a_fault_is_put_in_and_one_that_shows_itself_is_not_taken(tmp_path: Path) -> None:
    row = pair(3, rejected=None, chosen="def f():\n    return 3\n")
    kept, _ = through(instruct("bug"), [row], tmp_path)
    assert kept[0]["rejected"] == "def f():\n    return 7\n"
    fenced = pair(3, rejected=None, chosen="Here:\n```python\nreturn 3\n```\n")
    assert through(instruct("bug", "lazy"), [row], tmp_path)[1] == {"pair 3": "nothing_changed"}
    assert through(instruct("bug", "telling"), [row], tmp_path)[1] == {"pair 3": "gives_itself_away"}
    assert through(instruct("bug"), [fenced | {"prompt": None}], tmp_path)[1] == {"pair 3": "no_prompt"}


def test_plain_requests_need_no_model(tmp_path: Path) -> None:
    message = "1 faster lookup\n\nSigned-off-by: A <a@b>"
    stage = Instruct(InstructSettings(task="plain"))
    stage.check()
    kept, dropped = through(stage, [change(1, message=message, old="a = '```'\n"), change(2, message=None)], tmp_path)
    assert dropped == {"a/b@2": "no_message"}
    assert "Signed-off-by" not in kept[0]["prompt"]
    assert kept[0]["prompt"].endswith("````\na = '```'\n\n````")


def test_a_stage_without_a_model_says_how_to_name_one() -> None:
    with pytest.raises(UsageError, match="needs a model"):
        Judge(JudgeSettings()).check()


def test_what_is_answered_is_never_asked_again(tmp_path: Path) -> None:
    script = failing(lambda call: f"to {call.turn.messages[-1].content[:3]}", share=0.5)
    stage = judge("x")
    rows = [pair(number) for number in range(20)]
    questions = list(stage._questions(rows, "x"))
    first = ScriptedEngine(script)
    with pytest.raises(CrbError, match="questions got no answer: the server is busy"):
        ask(lambda: first, tmp_path / "a.jsonl", questions, 0)
    second = ScriptedEngine(lambda call: "again")
    found = ask(lambda: second, tmp_path / "a.jsonl", questions, 0)
    assert len(found) == len(questions) == 160
    assert len(first.asked) == 160
    assert 0 < len(second.asked) < 120
    third = ScriptedEngine()
    assert ask(lambda: third, tmp_path / "a.jsonl", questions, 0) == found
    assert third.asked == []


def test_a_refusal_for_good_is_kept_and_drops_the_row(tmp_path: Path) -> None:
    stage = judge("x")
    questions = [Question.of("r", "c", 0, next(iter(stage._questions([pair(1)], "x"))).turn)]
    engine = ScriptedEngine(lambda call: Failure("too long", permanent=True))
    found = ask(lambda: engine, tmp_path / "a.jsonl", questions, 0)
    assert list(found.values()) == [Failure("too long", permanent=True)]
