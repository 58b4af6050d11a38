"""Sharded checkpoints come back as they were written, and one that somebody planted runs nothing."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from crb_trainers.checkpoints import checkpoint, shards
from torch import nn
from torch.distributed.checkpoint.metadata import BytesStorageMetadata

from crb.errors import DataError


def model() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A checkpoint in shards, of a model after a step."""
    trained = model()
    optimiser = torch.optim.AdamW(trained.parameters(), lr=0.1)
    trained(torch.ones(1, 3)).sum().backward()
    optimiser.step()
    folder = tmp_path / "checkpoint-1"
    folder.mkdir()
    checkpoint.save(folder, trained, optimiser, first=True, sharded=True)
    torch.save(trained.state_dict(), tmp_path / "expected")
    return folder


def test_what_is_written_comes_back(written: Path) -> None:
    found = model()
    checkpoint.load_weights(written, found)
    for name, tensor in torch.load(written.parent / "expected", weights_only=True).items():
        assert torch.equal(found.state_dict()[name], tensor)
    optimiser = torch.optim.AdamW(found.parameters(), lr=0.1)
    checkpoint.load_moments(written, found, optimiser)
    assert optimiser.state[found.weight]["exp_avg"].any()


class Command:
    """A pickle that runs a command."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (self.command,)


def refused(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        checkpoint.load_weights(folder, model())
    assert caught.value.todo
    return caught.value.what


def test_a_planted_directory_runs_nothing(written: Path, tmp_path: Path) -> None:
    (written / "shards" / shards.DIRECTORY).write_bytes(pickle.dumps(Command(f"touch {tmp_path / 'ran'}")))
    assert "describes no tensor" in refused(written)
    assert not (tmp_path / "ran").exists()


def test_a_directory_cannot_have_its_tensors_unpickled_as_bytes(written: Path, tmp_path: Path) -> None:
    """torch reads what is called bytes with torch.load, and not weights-only."""
    file = written / "shards" / shards.DIRECTORY
    directory = pickle.loads(file.read_bytes())
    directory.state_dict_metadata = dict.fromkeys(directory.state_dict_metadata, BytesStorageMetadata())
    for index in list(directory.storage_data):
        size = 1 << 20
        directory.storage_data[type(index)(index.fqn)] = type(directory.storage_data[index])("planted", 0, size)
    file.write_bytes(pickle.dumps(directory))
    torch.save(Command(f"touch {tmp_path / 'ran'}"), written / "shards" / "planted")
    assert "describes no tensor" in refused(written)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"a": 1})], ids=["empty", "torn", "other"])
def test_a_damaged_directory_is_told(written: Path, content: bytes) -> None:
    (written / "shards" / shards.DIRECTORY).write_bytes(content)
    assert shards.DIRECTORY in refused(written)
