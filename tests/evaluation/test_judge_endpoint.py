"""`crb run` of a judge behind a server that fails in every way: nothing is lost, nothing is a number that is none."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_models
from limits import no_file_beyond
from loopback import Exchange, Script, Server, serving
from scripted_engine import chance

from crb.runs import Run, open_run

Crb = Callable[..., Any]
PAIRS = 8
CALLS = 2 * PAIRS


def rate(exchange: Exchange) -> None:
    """A number from 1 to 9 that depends on the prompt alone, with the probabilities of all nine."""
    source = chance(exchange.prompt)
    weights = {str(number): source.uniform(0.1, 1) for number in range(1, 10)}
    ranked = sorted(weights.items(), key=lambda pair: -pair[1])
    top = [{"token": text, "logprob": math.log(weight / sum(weights.values()))} for text, weight in ranked]
    exchange.say(ranked[0][0], choice={"logprobs": {"content": [top[0] | {"top_logprobs": top}]}})


class Some:
    """A script that does something else to a few of the prompts, always the same ones, as long as it is `on`."""

    def __init__(self, instead: Script, *, share: float = 0.4) -> None:
        self.instead = instead
        self.share = share
        self.on = True

    def __call__(self, exchange: Exchange) -> None:
        if self.on and chance("some", exchange.prompt).random() < self.share:
            self.instead(exchange)
        else:
            rate(exchange)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    return tiny_models.write_pairs(tmp_path / "pairs.jsonl", tiny_models.pairs(PAIRS))


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def arguments(server: Server, pairs: Path, out: Path) -> list[str]:
    """A run that is not patient."""
    found = ["run", "tiny", "--endpoint", server.url, "--adapter", "judge", "--benchmark", pairs, "--out", out]
    found += ["--timeout", "1", "--patience", "2", "--concurrency", "4", "--json"]
    return [str(argument) for argument in found]


def kept(out: Path) -> list[dict[str, Any]]:
    """The answers in a run's journal."""
    return [json.loads(line) for line in (out / "journal.jsonl").read_bytes().splitlines()[1:]]


@pytest.fixture
def sound(pairs: Path, tmp_path: Path, crb: Crb) -> Iterator[tuple[Server, Some, bytes]]:
    """A server whose script can be switched, and the scores of an undisturbed run against it."""
    script = Some(rate)
    with serving(script) as server:
        done = crb(*arguments(server, pairs, tmp_path / "whole"))
        assert (done.code, done.err) == (0, "")
        yield server, script, (tmp_path / "whole" / "scores.parquet").read_bytes()


FAULTS: dict[str, Script] = {
    "dies": lambda exchange: exchange.hang_up(),
    "answers garbage": lambda exchange: exchange.raw(b"<html>Bad gateway</html>"),
    "speaks no HTTP": lambda exchange: exchange.bytes(b"\x00\xffgarbage\r\n\r\n"),
    "answers half": lambda exchange: exchange.raw(b'{"choices": [{"mess', length=4000),
    "hangs": lambda exchange: exchange.hang(),
    "is busy": lambda exchange: exchange.refuse(429, "slow down", Retry_After=1),
    "says 429 in a success": lambda exchange: exchange.json({"error": {"code": 429, "message": "m"}, "choices": []}),
    "calls a tool": lambda exchange: exchange.say(None, finish="tool_calls", message={"tool_calls": [{"id": "1"}]}),
    "breaks": lambda exchange: exchange.refuse(503, "overloaded"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_some_calls_costs_those_alone(
    fault: str, sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path, crb: Crb
) -> None:
    server, script, whole = sound
    script.instead = FAULTS[fault]
    out = tmp_path / "out"
    done = crb(*arguments(server, pairs, out))
    assert done.code == 3, done.err
    found = json.loads(done.out)
    missing = found["judge"]["missing"]
    assert 0 < missing < CALLS
    assert found["status"] == "incomplete"
    assert len(kept(out)) == CALLS - missing
    assert found["statuses"]["chosen"]["error"] + found["statuses"]["rejected"]["error"] == missing
    assert found["counts"]["n"] == PAIRS
    assert list(found["judge"]["reasons"]) == ["error"]
    script.on = False
    before = len(server.bodies())
    done = crb(*arguments(server, pairs, out))
    assert (done.code, done.err) == (0, "")
    assert len(server.bodies()) - before == missing
    assert (out / "scores.parquet").read_bytes() == whole


@pytest.mark.parametrize("size", [40, 700, 3000])
def test_a_full_disk_stops_the_run_and_the_next_start_asks_for_what_is_not_there(
    size: int, sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path, crb: Crb
) -> None:
    server, script, whole = sound
    script.on = False
    out = tmp_path / "out"
    with no_file_beyond(size):
        done = crb(*arguments(server, pairs, out))
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    there = len(kept(out)) if (out / "journal.jsonl").exists() else 0
    before = len(server.bodies())
    done = crb(*arguments(server, pairs, out))
    assert (done.code, done.err) == (0, "")
    assert len(server.bodies()) - before == CALLS - there
    assert (out / "scores.parquet").read_bytes() == whole


def test_a_busy_minute_is_waited_out(sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path, crb: Crb) -> None:
    server, script, whole = sound
    until = time.monotonic() + 1.2
    script.share = 1

    def busy(exchange: Exchange) -> None:
        rate(exchange) if time.monotonic() > until else exchange.refuse(429, "slow down")

    script.instead = busy
    done = crb(*arguments(server, pairs, tmp_path / "out"), "--patience", "30")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "out" / "scores.parquet").read_bytes() == whole


def test_what_is_cut_or_empty_or_no_number_is_no_score(
    sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path, crb: Crb
) -> None:
    server, script, _ = sound

    def odd(exchange: Exchange) -> None:
        source = chance("odd", exchange.prompt)
        text = source.choice(["I think that", "", "5.6e8", "nan", "Both are fine."])
        exchange.say(text, finish="length" if text == "I think that" else "stop")

    script.instead = odd
    done = crb(*arguments(server, pairs, tmp_path / "out"), "--score", "greedy")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    statuses = {name: sum(side[name] for side in found["statuses"].values()) for name in found["statuses"]["chosen"]}
    assert statuses["unparsed"] + statuses["out_of_range"] > 0
    assert statuses["ok"] + statuses["unparsed"] + statuses["out_of_range"] == CALLS
    scores = open_run(tmp_path / "out").pairs()[["chosen_score", "rejected_score"]].stack().dropna()
    assert scores.between(1, 10).all()
    assert len(scores) == statuses["ok"]


def test_a_refused_prompt_is_an_error_for_good(
    sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path, crb: Crb
) -> None:
    server, script, _ = sound
    message = "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."
    script.instead = lambda exchange: exchange.refuse(400, message, code="context_length_exceeded")
    done = crb(*arguments(server, pairs, tmp_path / "out"))
    assert done.code == 0, done.err
    found = json.loads(done.out)
    refused = found["statuses"]["chosen"]["error"] + found["statuses"]["rejected"]["error"]
    assert 0 < refused < CALLS
    assert found["judge"]["missing"] == 0
    before = len(server.bodies())
    assert crb(*arguments(server, pairs, tmp_path / "out")).code == 0
    assert len(server.bodies()) == before


def test_a_wrong_key_stops_the_run_without_a_traceback(pairs: Path, tmp_path: Path, crb: Crb) -> None:
    with serving(lambda exchange: exchange.refuse(401, "Incorrect API key provided: sk-123")) as server:
        done = crb(*arguments(server, pairs, tmp_path / "out"))
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert "OPENAI_API_KEY" in done.err


def test_no_server_at_all_loses_nothing(
    sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path, crb: Crb
) -> None:
    _, _, whole = sound
    with serving(rate) as gone:
        port = int(gone.url.rsplit(":", 1)[1].removesuffix("/v1"))
    out = tmp_path / "out"
    done = crb(*arguments(gone, pairs, out))
    assert done.code in (2, 3)
    assert "Traceback" not in done.err
    with serving(rate, port) as back:
        done = crb(*arguments(back, pairs, out))
    assert (done.code, done.err) == (0, "")
    assert (out / "scores.parquet").read_bytes() == whole


@pytest.mark.slow
def test_a_command_killed_while_it_waits_asks_for_the_rest(
    sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path
) -> None:
    server, script, whole = sound
    script.instead = lambda exchange: exchange.hang()
    out = tmp_path / "out"
    command = [sys.executable, "-m", "crb", *arguments(server, pairs, out), "--timeout", "60"]
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if (out / "journal.jsonl").exists() and len(kept(out)) >= 4:
                break
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    there = len(kept(out))
    assert there >= 4
    script.on = False
    before = len(server.bodies())
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.bodies()) - before == CALLS - there
    assert (out / "scores.parquet").read_bytes() == whole


@pytest.mark.slow
def test_two_processes_share_the_items_and_write_the_bytes_of_one(
    sound: tuple[Server, Some, bytes], pairs: Path, tmp_path: Path
) -> None:
    server, _, whole = sound
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", "crb"]
    command = [*launcher, *arguments(server, pairs, tmp_path / "two")]
    before = len(server.bodies())
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n"] == PAIRS
    assert len(server.bodies()) - before == CALLS
    assert (tmp_path / "two" / "scores.parquet").read_bytes() == whole
    assert [file.name for file in (tmp_path / "two").glob("journal*")] == ["journal.jsonl"]
    (session,) = open_run(tmp_path / "two").document["sessions"]
    assert (session["processes"], session["readings"], session["generated"]["calls"]) == (2, CALLS, CALLS)


def test_run_json_tells_what_it_took_and_what_it_cost(pairs: Path, tmp_path: Path, crb: Crb) -> None:
    with serving(rate) as server:
        done = crb(*arguments(server, pairs, tmp_path / "out"), "--price-input", "2", "--price-output", "10")
    assert json.loads(done.out)["dollars"] == pytest.approx(CALLS * (7 * 2 + 3 * 10) / 1e6)
    run: Run = open_run(tmp_path / "out")
    (session,) = run.document["sessions"]
    assert session["generated"] == {
        "calls": CALLS,
        "failures": 0,
        "prompt_tokens": 7 * CALLS,
        "completion_tokens": 3 * CALLS,
        "cached_tokens": 0,
    }
    assert session["engine"]["name"] == "endpoint"
