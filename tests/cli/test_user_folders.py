"""Where the user's folders are, one answer for all who ask; and a machine without one is told, not a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from limits import forbidden_folder

from crb.errors import UsageError
from crb.paths import cache_folder, data_folder
from crb.prompts.store import folder as prompts_folder
from crb.reach import unreachable_hub

NAMES = ("CRB_HOME", "CRB_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME")


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom the machine does not know, as in a container that is started under any number."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)


@pytest.mark.parametrize("relative", ["", "relative/folder"])
def test_a_relative_folder_of_the_system_is_ignored_by_all_who_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: str
) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, relative if name.startswith("XDG") else "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / ".local" / "share" / "crb"
    assert cache_folder() == tmp_path / ".cache" / "crb"
    assert prompts_folder() == data_folder() / "prompts"


@pytest.mark.usefixtures("homeless")
def test_without_a_home_the_variable_to_set_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for find, variable in ((data_folder, "CRB_HOME"), (cache_folder, "CRB_CACHE"), (prompts_folder, "CRB_HOME")):
        with pytest.raises(UsageError, match="no home folder") as caught:
            find()
        assert variable in caught.value.todo
        monkeypatch.setenv(variable, str(tmp_path))
        assert find().is_relative_to(tmp_path)
        monkeypatch.delenv(variable)


@pytest.mark.usefixtures("homeless")
def test_doctor_env_goes_on_without_a_home(crb: Callable[..., Any]) -> None:
    done = crb("doctor", "env", "--json")
    found = {finding["code"]: finding for finding in json.loads(done.out)}
    for code, variable in (("cache", "CRB_CACHE"), ("data", "CRB_HOME")):
        assert found[code]["severity"] == "error"
        assert variable in found[code]["todo"]
    assert found["adapters"]["severity"] == "ok"


def test_doctor_env_tells_of_a_folder_that_may_not_be_looked_into(
    crb: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with forbidden_folder(0o700) as folder:
        monkeypatch.setenv("CRB_CACHE", str(folder / "far" / "down"))
        found = {finding["code"]: finding for finding in json.loads(crb("doctor", "env", "--json").out)}
    assert found["cache"]["severity"] == "error"
    assert "cannot be written" in found["cache"]["message"]


def test_a_misspelt_address_of_the_hub_is_one_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://hub..example")
    assert unreachable_hub() == "hub..example"
