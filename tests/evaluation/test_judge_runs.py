"""A judge's run: what is asked and how often, what is kept, what order and company may not change, what resumes."""

from __future__ import annotations

import json
import random

import pytest
from judge_place import JudgePlace, journal, readings, scores
from scripted_engine import ScriptedEngine, failing, rated, written

from crb.engines.generation import Call
from crb.errors import CrbError
from crb.generation import Failure, Generation
from crb.runs import open_run


def test_a_run_has_a_reading_of_every_candidate_and_keeps_every_answer(judges: JudgePlace) -> None:
    run = judges.run()
    assert run.finished
    assert set(run.pairs()["chosen_status"]) == {"ok"}
    lines = journal(run)
    assert len(lines) == judges.asked == 24
    assert lines[0].keys() == {"item", "case", "turn", "sample", "digest", "text", "finish", "usage", "logprobs"}
    assert (lines[0]["text"][:6], lines[0]["finish"]) == ("Score:", "stop")
    assert readings(run).keys() == {(f"pair-{i}", side) for i in range(12) for side in ("chosen", "rejected")}
    (session,) = run.document["sessions"]
    assert (session["items"], session["readings"]) == (12, 24)
    assert (session["generated"]["calls"], session["generated"]["failures"]) == (24, 0)
    assert session["generated"]["completion_tokens"] == sum(line["usage"][1] for line in lines)
    assert all(engine.closed for engine in judges.engines)


def test_a_finished_run_asks_nothing_and_loads_nothing(judges: JudgePlace) -> None:
    run = judges.run()
    assert judges.run().document == run.document
    assert len(judges.engines) == 1


def test_expected_scores_dissolve_the_ties_of_greedy_ones(judges: JudgePlace) -> None:
    expected = judges.run(out="expected").results["crb"]
    greedy = judges.run(out="greedy", score="greedy").results["crb"]
    assert expected["judge"]["score"] == "expected"
    assert (expected["tie_rate"], expected["resolution"]["distinct"]) == (0, 24)
    assert greedy["judge"]["score"] == "greedy"
    assert greedy["resolution"]["distinct"] <= 9
    assert greedy["resolution"]["scores"] == 24


def test_without_log_probabilities_auto_is_greedy_and_says_so(judges: JudgePlace) -> None:
    run = judges.run(ScriptedEngine(lambda call: written(rated(call).text)))
    assert run.results["crb"]["judge"]["score"] == "greedy"
    assert any("greedy" in note for session in run.document["sessions"] for note in session["notes"])


def test_log_probabilities_of_the_written_tokens_alone_are_greedy_too(judges: JudgePlace) -> None:
    run = judges.run(ScriptedEngine(lambda call: written("7", tops=[{"7": 0.4}])), adapter="judge")
    assert run.results["crb"]["judge"]["score"] == "greedy"
    assert all(row["score"] == 7 for row in readings(run).values())


def test_a_mean_over_little_of_the_probability_is_told(judges: JudgePlace) -> None:
    run = judges.run(ScriptedEngine(lambda call: written("7", tops=[{"7": 0.2, "6": 0.1}])), adapter="judge")
    assert run.results["crb"]["judge"]["score"] == "expected"
    assert all("30%" in row["reason"] for row in readings(run).values())
    assert any("less than half" in note for session in run.document["sessions"] for note in session["notes"])


def test_expected_without_log_probabilities_stops_at_the_first_answer_and_keeps_it(judges: JudgePlace) -> None:
    engine = ScriptedEngine(lambda call: written(rated(call).text), capacity=2)
    with pytest.raises(CrbError, match="log-probabilities"):
        judges.run(engine, score="expected")
    assert len(engine.asked) <= 4
    assert engine.closed
    assert b'"text"' in (judges.home / "out" / "journal.jsonl").read_bytes()


def test_one_mode_for_the_whole_run(judges: JudgePlace) -> None:
    def some(call: Call) -> Generation:
        answer = rated(call)
        return written(answer.text) if call.keys[0].item == "pair-3" else answer

    run = judges.run(ScriptedEngine(some))
    assert run.results["crb"]["judge"]["score"] == "greedy"
    assert all(float(row["score"]).is_integer() for row in readings(run).values())


def test_what_is_no_score_keeps_its_reason_and_is_no_number(judges: JudgePlace) -> None:
    said = {"pair-1": "I would rather not.", "pair-2": "Score: 12", "pair-3": ""}
    run = judges.run(ScriptedEngine(lambda call: said.get(call.keys[0].item) or rated(call)), score="greedy")
    found = readings(run)
    assert found["pair-1", "chosen"]["status"] == "unparsed"
    assert found["pair-2", "chosen"] | {"reason": ""} == {
        "item": "pair-2",
        "candidate": "chosen",
        "status": "out_of_range",
        "score": None,
        "reason": "",
        "missing": False,
    }
    assert run.pairs().loc[["pair-1", "pair-2"], "chosen_score"].isna().all()
    assert run.results["crb"]["judge"]["reasons"] == {
        "out_of_range": {"12 is not from 1 to 9": 2},
        "unparsed": {"no score at the end": 2},
    }
    assert run.results["crb"]["counts"]["invalid"] == 2


@pytest.mark.parametrize("adapter", ["scripted", "scripted-two-turn"])
def test_scores_depend_on_nothing_but_the_question(judges: JudgePlace, adapter: str) -> None:
    wanted = scores(judges.run(ScriptedEngine(capacity=1), adapter=adapter, out="one"))
    for order in range(4):
        engine = ScriptedEngine(capacity=(2, 5, 16, 100)[order], order=order, at_once=(1, 2, 7, 3)[order])
        run = judges.run(engine, adapter=adapter, out=f"order-{order}")
        assert scores(run) == wanted
        assert engine.most_held <= engine.capacity
    half = scores(judges.run(adapter=adapter, limit=6, out="half"))
    assert half != wanted
    pairs, company = open_run(judges.home / "half").pairs(), open_run(judges.home / "one").pairs()
    assert pairs.equals(company.loc[pairs.index])


def test_the_engine_is_kept_full(judges: JudgePlace) -> None:
    engine = ScriptedEngine(capacity=7)
    judges.run(engine)
    assert engine.most_held == 7


def test_later_turns_go_first(judges: JudgePlace) -> None:
    engine = ScriptedEngine(capacity=2)
    judges.run(engine, adapter="scripted-two-turn")
    turns = [call.keys[0].turn for call in engine.asked]
    assert turns[:8].count(1) >= 4  # breadth first, it would be none


def test_what_an_item_shares_is_asked_once_and_stands_in_the_journal_for_each(judges: JudgePlace) -> None:
    engine = ScriptedEngine()
    run = judges.run(engine, adapter="scripted-two-turn")
    assert len(engine.asked) == 12 + 24
    lines = journal(run)
    assert len(lines) == 48
    short = [line for line in lines if "text" not in line]
    assert [line.keys() for line in short] == [{"item", "case", "turn", "sample", "digest"}] * 12
    assert {line["turn"] for line in short} == {0}


def test_half_the_tokens_of_the_reference_protocol(judges: JudgePlace) -> None:
    """The reference writes criteria and evaluation for each of the two responses: 2C + 2E, and here it is C + 2E."""
    criteria, evaluation = 900, 60

    def long(call: Call) -> Generation:
        return written("c" * criteria) if call.keys[0].turn == 0 else written("Score: 5".rjust(evaluation))

    engine = ScriptedEngine(long)
    run = judges.run(engine, adapter="scripted-two-turn")
    tokens = run.document["sessions"][0]["generated"]["completion_tokens"]
    assert tokens == 12 * (criteria + 2 * evaluation)
    assert tokens / (12 * 2 * (criteria + evaluation)) == pytest.approx(0.53, abs=0.01)


def test_equal_prompts_share_across_items(judges: JudgePlace) -> None:
    rows = [json.loads(line) for line in judges.benchmark.read_text().splitlines()]
    judges.benchmark.write_text("".join(json.dumps(row | {"prompt": "The same."}) + "\n" for row in rows))
    engine = ScriptedEngine(order=3)
    run = judges.run(engine, adapter="scripted-two-turn")
    assert sum(call.keys[0].turn == 0 for call in engine.asked) == 1
    assert sum("text" in line and line["turn"] == 0 for line in journal(run)) == 1


def test_a_failed_answer_is_asked_again_on_the_next_start_and_no_other(judges: JudgePlace) -> None:
    whole = judges.run(out="whole")
    before = judges.asked
    run = judges.run(ScriptedEngine(failing(rated, share=0.3, reason="the server answered 503")))
    assert run.incomplete
    assert not run.finished
    missing = run.results["crb"]["judge"]["missing"]
    assert 0 < missing < 24
    assert run.results["crb"]["judge"]["reasons"] == {"error": {"the server answered 503": missing}}
    assert any("asks for it again" in note for note in run.document["sessions"][0]["notes"])
    assert run.document["sessions"][0]["generated"]["failures"] == missing
    engine = ScriptedEngine()
    again = judges.run(engine)
    assert again.finished
    assert len(engine.asked) == missing
    assert judges.asked == before + 24 + missing
    assert scores(again) == scores(whole)


def test_a_refused_question_is_an_error_for_good(judges: JudgePlace) -> None:
    script = failing(rated, share=0.3, permanent=True, reason="the prompt has 9,000 tokens")
    run = judges.run(ScriptedEngine(script))
    assert run.finished
    failed = [line for line in journal(run) if "failed" in line]
    assert failed
    assert {line["failed"] for line in failed} == {"the prompt has 9,000 tokens"}
    counts = run.results["crb"]["statuses"]
    assert counts["chosen"]["error"] + counts["rejected"]["error"] == len(failed)
    assert len(judges.engines) == 1
    judges.run()
    assert len(judges.engines) == 1


def test_a_failed_first_turn_fails_all_that_wait_for_it(judges: JudgePlace) -> None:
    def fail(call: Call) -> Generation | Failure | str:
        return Failure("busy") if call.keys[0].item == "pair-4" else rated(call)

    run = judges.run(ScriptedEngine(fail, order=1), adapter="scripted-two-turn", score="greedy")
    assert run.results["crb"]["judge"]["missing"] == 2
    assert {row["reason"] for row in readings(run).values() if row["item"] == "pair-4"} == {"busy"}


def test_an_engine_that_stops_the_run_leaves_what_was_answered(judges: JudgePlace) -> None:
    def stop(call: Call) -> Generation:
        if call.keys[0].item == "pair-7":
            raise CrbError("the key is wrong")
        return rated(call)

    with pytest.raises(CrbError, match="the key is wrong"):
        judges.run(ScriptedEngine(stop))
    assert judges.engines[0].closed
    kept = judges.asked
    engine = ScriptedEngine()
    assert judges.run(engine).finished
    assert 0 < len(engine.asked) < 24 <= kept + len(engine.asked)


def test_a_torn_line_is_asked_for_again(judges: JudgePlace) -> None:
    whole = judges.run(out="whole")
    run = judges.run()
    path = run.path / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    for name in ("run.json", "scores.parquet", "results.json"):
        (run.path / name).unlink()
    engine = ScriptedEngine()
    again = judges.run(engine)
    assert len(engine.asked) == 1
    assert any("torn" in note for note in again.document["sessions"][0]["notes"])
    assert scores(again) == scores(whole)


def test_wherever_a_journal_ends_the_rest_is_asked_and_nothing_twice(judges: JudgePlace) -> None:
    whole = judges.run(adapter="scripted-two-turn", out="whole")
    content = (whole.path / "journal.jsonl").read_bytes()
    chance = random.Random(5)
    for place in range(6):
        out = judges.home / f"cut-{place}"
        out.mkdir()
        cut = content[: chance.randrange(100, len(content))]
        (out / "journal.jsonl").write_bytes(cut)
        there = {(line["digest"], line["sample"]) for line in map(json.loads, cut.splitlines()[1:-1]) if "text" in line}
        engine = ScriptedEngine(order=place)
        run = judges.run(engine, adapter="scripted-two-turn", out=out.name)
        assert scores(run) == scores(whole)
        assert {(call.turn.digest, call.keys[0].sample) for call in engine.asked}.isdisjoint(there)
        assert len(engine.asked) + len(there) in (36, 37)  # the last line may be whole, but for its newline


def test_one_process_goes_on_where_several_were_killed(judges: JudgePlace) -> None:
    whole = judges.run(adapter="scripted-two-turn", out="whole")
    header, *lines = (whole.path / "journal.jsonl").read_bytes().splitlines(keepends=True)
    out = judges.home / "out"
    out.mkdir()
    (out / "journal.jsonl").write_bytes(b"".join([header, *lines[:20]]))
    (out / "journal.rank1.jsonl").write_bytes(b"".join([header, *lines[20:40], lines[40][:30]]))
    engine = ScriptedEngine()
    run = judges.run(engine, adapter="scripted-two-turn")
    assert len(engine.asked) == 36 - sum(b'"text"' in line for line in lines[:40])
    assert scores(run) == scores(whole)
    assert [file.name for file in out.glob("journal*")] == ["journal.jsonl"]


def test_seeds_follow_what_is_asked(judges: JudgePlace) -> None:
    first, second, other = ScriptedEngine(), ScriptedEngine(order=1), ScriptedEngine()
    judges.run(first, out="a")
    judges.run(second, out="b")
    judges.run(other, out="c", seed=1)
    seeds = [{call.id: call.seed for call in engine.asked} for engine in (first, second, other)]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0].values())) == 24
    assert not set(seeds[0].values()) & set(seeds[2].values())
    assert all(0 <= seed < 2**31 for seed in seeds[0].values())


def test_the_criterion_is_the_focus_or_the_item_is_named(judges: JudgePlace) -> None:
    engine = ScriptedEngine()
    run = judges.run(engine, prompts="criterion")
    assert engine.asked[0].turn.messages[0].content.startswith("[functional_correctness]")
    assert (run.config["prompts"], run.config["prompts_hash"]) == ("criterion", None)
    engine = ScriptedEngine()
    judges.run(engine, prompts="full", out="full")
    assert engine.asked[0].turn.messages[0].content.startswith("[full]")
