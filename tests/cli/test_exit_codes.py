"""Each exit code of the page of errors is provoked, and the page has no other."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_distribution
import pytest
import tiny_models
from scripted_engine import ENTRY_POINTS, ScriptedEngine, failing

from crb.cli import codes

Crb = Callable[..., Any]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
RESULTS = Path(__file__).resolve().parents[2] / "results"


def test_the_page_lists_the_codes_of_the_code() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Exit codes")[2].partition("\n## ")[0]
    listed = [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", section)]
    assert listed == [0, codes.FOUND, codes.USER_ERROR, codes.INCOMPLETE, codes.INTERRUPTED]


def test_what_is_done_exits_with_0(crb: Crb) -> None:
    assert crb("models", "--json").code == 0


def test_what_a_doctor_finds_exits_with_1_as_far_as_was_asked(crb: Crb) -> None:
    assert crb("doctor", RESULTS, "--brief").code == codes.FOUND
    assert crb("doctor", RESULTS, "--brief", "--fail-on", "never").code == 0


def test_a_broken_promise_of_an_adapter_exits_with_1(crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "from crb_adapters.sequence_classifier import ADAPTER\nimport torch\n"  # not light
    site = fake_distribution.install(
        tmp_path / "site", "[crb.adapters]\nheavy = heavy_adapter:ADAPTER\n", name="heavy_adapter", module=module
    )
    monkeypatch.syspath_prepend(site)
    assert crb("adapters", "check", "heavy").code == codes.FOUND


@pytest.mark.parametrize(
    "command",
    [
        ("no-such-command",),
        ("models", "--no-such-option"),
        ("report", "no-such-folder"),
        ("results", "validate", "damaged"),
        ("import", "themis", "damaged", "--out", "imported"),
    ],
    ids=" ".join,
)
def test_an_error_of_the_user_or_the_data_exits_with_2(
    crb: Crb, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "damaged" / "a-model"
    model.mkdir(parents=True)
    for name in ("results.json", "scores.parquet", "crb.json"):
        (model / name).write_text("{", encoding="utf-8")
    assert crb(*command).code == codes.USER_ERROR


def test_a_judge_with_answers_missing_exits_with_3(crb: Crb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(fake_distribution.install(tmp_path / "site", ENTRY_POINTS, name="scripted_judges"))
    silent = failing(lambda call: "no idea", share=0.5, reason="HTTP 503 after 5 tries")
    module = importlib.import_module("crb.evaluation.judging")
    monkeypatch.setattr(module, "generator", lambda _: ScriptedEngine(silent))
    pairs = tiny_models.write_pairs(tmp_path / "pairs.jsonl", tiny_models.pairs(6))
    judge = ("run", "org/judge", "--endpoint", "http://localhost:1/v1", "--adapter", "scripted", "--score", "greedy")
    done = crb(*judge, "--benchmark", pairs, "--out", tmp_path / "run")
    assert done.code == codes.INCOMPLETE
    assert (tmp_path / "run" / "results.json").is_file()


def test_ctrl_c_exits_with_130(crb: Crb, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crb.cli._app", interrupted)
    assert crb("models").code == codes.INTERRUPTED
