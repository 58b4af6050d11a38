"""What several parts test with: tiny models and pairs, made once per session, and the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny_models
from hypothesis import settings

# The same examples every time: what passes before a landing passes behind it. CRB_FUZZ (make fuzz) draws them anew. And
# no time limit per example: it would measure the machine, not the code.
settings.register_profile("house", deadline=None, derandomize="CRB_FUZZ" not in os.environ)
settings.load_profile("house")


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def crb(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command `crb`, run in this process: imports that take seconds are paid once. A traceback is an exception."""
    from crb.cli import main

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["crb", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        return Done(code if isinstance(code, int) else 0, *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Models this small only lose by sharing the work, the more so where other processes want the cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for tiny models, shared by the session; do not change what lies in it."""
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="session")
def tiny_llama(tiny_home: Path) -> Path:
    """A tiny Llama classifier. Copy it before you damage it."""
    return tiny_models.build(tiny_home / "tiny-llama")


@pytest.fixture(scope="session", params=tiny_models.FAMILIES)
def tiny_family(request: pytest.FixtureRequest, tiny_home: Path) -> Path:
    """A tiny classifier of every family, one after the other."""
    folder = tiny_home / f"family-{request.param}"
    return folder if folder.exists() else tiny_models.build(folder, request.param)


@pytest.fixture(scope="session")
def sixty_pairs(tiny_home: Path) -> Path:
    """Sixty pairs as JSON Lines."""
    return tiny_models.write_pairs(tiny_home / "sixty.jsonl", tiny_models.pairs(60))
