"""Ray that does not come up: told with a next step, whatever it raises."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from crb_builders.executors import executor

from crb.errors import CrbError


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
    assert str(raised) in str(caught.value)
    assert "--executor ray" in (caught.value.todo or "")
