"""Every setting of a run can be asked for in `crb.evaluate` and in `crb run`, under one name, with one default.

The two signatures are written out, since users read them; here they are compared with the fields that they fill.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import MISSING, fields
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import crb
from crb.cli.run import app, run
from crb.evaluation import evaluate as evaluation
from crb.evaluation.judge_settings import JudgeSettings
from crb.evaluation.prepare import Settings

EVERY = {one.name: one for kind in (Settings, JudgeSettings) for one in fields(kind) if one.name != "judge"}
PARAMETERS = inspect.signature(run).parameters
OPTIONS = {one.name: one for one in get_command(app).params}
WIDER = {  # the API takes more than it keeps
    "benchmark": "str | Path | Benchmark",
    "criteria": "Sequence[str]",
    "languages": "Sequence[str]",
    "subsets": "Sequence[str]",
    "out": "str | Path | None",
    "runs": "str | Path",
}


class AskedError(Exception):
    """What would have been run."""

    def __init__(self, every: Sequence[Settings]) -> None:
        self.every = every


@pytest.fixture(autouse=True)
def _only_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def instead(every: Sequence[Settings], progress: object) -> None:
        raise AskedError(every)

    monkeypatch.setattr(evaluation, "evaluate_all", instead)


def asked_of(settings: Settings, name: str) -> Any:
    return getattr(settings if hasattr(settings, name) else settings.judge, name)


def same(value: Any) -> Any:
    """A default as all three have it."""
    value = value.value if isinstance(value, Enum) else value
    return str(value) if isinstance(value, Path) else value or None


def default(name: str) -> Any:
    return {"benchmark": "crb", "model": None}[name] if EVERY[name].default is MISSING else same(EVERY[name].default)


def test_the_api_has_every_setting_and_nothing_else() -> None:
    parameters = dict(inspect.signature(crb.evaluate).parameters)
    del parameters["progress"]
    assert parameters.keys() == EVERY.keys()
    for name, one in parameters.items():
        assert one.annotation == WIDER.get(name, EVERY[name].type), name
        assert same(None if one.default is inspect.Parameter.empty else one.default) == default(name), name
        assert name in (crb.evaluate.__doc__ or ""), f"{name} is not explained"


def test_the_command_has_every_setting_and_nothing_else() -> None:
    assert PARAMETERS.keys() - {"as_json"} == EVERY.keys() - {"runs"}, "a run without --out lies below runs/"
    for name, one in PARAMETERS.items():
        if name != "as_json":
            assert same(None if one.default is inspect.Parameter.empty else one.default) == default(name), name


@pytest.mark.parametrize("name", EVERY)
def test_what_is_asked_of_the_api_arrives(name: str) -> None:
    value: Any = Path("there") if name in ("out", "runs") else ("one", "two") if name in WIDER else f"a value of {name}"
    with pytest.raises(AskedError) as caught:
        crb.evaluate(**{"model": "m", "benchmark": "b", name: value})
    (settings,) = caught.value.every
    assert asked_of(settings, name) == value


@pytest.mark.parametrize("name", sorted(PARAMETERS.keys() - {"as_json", "model"}))
def test_what_is_asked_of_the_command_arrives(name: str) -> None:
    option, at_first = OPTIONS[name], PARAMETERS[name].default
    given: Any = {"bool": True, "int": 7, "float": 7.5}.get(str(EVERY[name].type).partition(" ")[0], f"a-{name}")
    given = list(type(at_first))[-1].value if isinstance(at_first, Enum) else given
    done = CliRunner().invoke(app, ["m", max(option.opts, key=len), *([] if given is True else [str(given)])])
    assert isinstance(done.exception, AskedError), done.output
    (settings,) = done.exception.every
    found = asked_of(settings, name)
    assert found == ((given,) if isinstance(found, tuple) else Path(given) if name == "out" else given)
    assert not isinstance(found, Enum)
