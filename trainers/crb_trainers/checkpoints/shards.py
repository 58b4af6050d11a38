"""Checkpoints in parts, one of each process: torch.distributed.checkpoint, read without trusting it.

torch keeps a checkpoint's directory, `.metadata`, as a pickle, and a pickle that somebody else wrote is a program. It
is read here by an unpickler that knows the few types which describe tensors and nothing else. Bytes are not among them:
torch would unpickle those without asking. The tensors themselves are read weights-only by torch. The price is that a
later torch, which may describe them with one more type, is refused until that type is added below.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch.distributed.checkpoint import metadata as described
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

DIRECTORY = ".metadata"
_DESCRIBED = "torch.distributed.checkpoint.metadata"
_DTYPES = ("float64", "float32", "bfloat16", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
_KNOWN = {
    *((_DESCRIBED, name) for name in ("Metadata", "MetadataIndex", "StorageMeta", "_MEM_FORMAT_ENCODING")),
    *((_DESCRIBED, name) for name in ("TensorStorageMetadata", "ChunkStorageMetadata", "TensorProperties")),
    ("torch.distributed.checkpoint.filesystem", "_StorageInfo"),
    ("torch.serialization", "_get_layout"),  # from a name to a layout, by a table
    ("torch", "Size"),
    *(("torch", name) for name in _DTYPES),
    *((module, "PosixPath") for module in ("pathlib", "pathlib._local")),  # where it was written, of no use here
}


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} describes no tensor")
        return super().find_class(module, name)


class _Reader(FileSystemReader):
    """torch's reader, with a directory that has been read already."""

    def __init__(self, folder: Path, directory: described.Metadata) -> None:
        super().__init__(folder)
        self._directory = directory

    def read_metadata(self, *_: Any, **__: Any) -> described.Metadata:
        return self._directory


def write_shards(folder: Path, tree: Mapping[str, Any]) -> None:
    """Write a tree of tensors; all processes call it together.

    Raises:
        OSError, CheckpointException: it cannot be written.
    """
    with _alone_is_meant():
        save(dict(tree), checkpoint_id=folder)


def read_shards(folder: Path, tree: dict[str, Any]) -> None:
    """Read a tree of tensors in place; all processes call it together.

    Raises:
        OSError, RuntimeError, CheckpointException: it cannot be read, or lacks a tensor.
        pickle.UnpicklingError: its directory holds what describes no tensor. Nothing of it has been run.
    """
    directory = _directory(folder / DIRECTORY)
    with _alone_is_meant():
        load(tree, storage_reader=_Reader(folder, directory))


def _directory(file: Path) -> described.Metadata:
    with file.open("rb") as stream:
        try:
            found: Any = _Restricted(stream).load()
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(f"{DIRECTORY} is no directory of tensors: {error}") from error
        except (EOFError, AttributeError, ImportError, IndexError, KeyError, TypeError, ValueError) as error:
            raise pickle.UnpicklingError(f"{DIRECTORY} is damaged") from error
    if not isinstance(found, described.Metadata) or not all(
        isinstance(entry, described.TensorStorageMetadata) for entry in found.state_dict_metadata.values()
    ):
        raise pickle.UnpicklingError(f"{DIRECTORY} is no directory of tensors")
    found.storage_meta = found.storage_meta or described.StorageMeta()
    return found


@contextmanager
def _alone_is_meant() -> Iterator[None]:
    """Without torch's notice that one process works without a group."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is", category=UserWarning)
        yield
