"""Ray that does not come up: told with a next step, whatever it raises."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from crb_builders.executors import executor

from crb.errors import CrbError
from crb.ray_start import start_ray


@pytest.mark.parametrize(
    "raised",
    [
        Exception("The current node timed out during startup. This could happen because ..."),  # ray 2.60, 30 s passed
        ConnectionError("Could not find any running Ray instance"),
    ],
)
def test_a_node_that_does_not_start_is_told(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**settings: object) -> None:
        raise raised

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init, is_initialized=lambda: False))
    with pytest.raises(CrbError, match="Ray does not answer") as caught:
        executor("ray", 2)
    assert str(raised).rstrip(".") in str(caught.value)
    assert "--executor ray" in (caught.value.todo or "")


@pytest.mark.parametrize(("address", "counts"), [(None, True), ("10.0.0.1:6379", False)])
def test_settings_of_this_machine_are_not_asked_of_a_cluster(
    address: str | None, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if address:
        monkeypatch.setenv("RAY_ADDRESS", address)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=asked.update, is_initialized=lambda: False))
    assert start_ray("go on", num_cpus=3)
    assert ("num_cpus" in asked) is counts


def test_a_ray_that_runs_in_this_process_is_joined_and_not_ours_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: True))
    assert not start_ray("go on", num_cpus=3)
