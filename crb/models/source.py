"""Where a model comes from: a name becomes an adapter, a folder, a revision and a config, before any weight is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from crb import registry
from crb.adapter import Adapter, AdapterCard, EmbeddedAdapter, ModelSource
from crb.errors import CrbError, ModelError, UsageError, first_line, unknown_name
from crb.files import near_paths
from crb.names import plain_word
from crb.reach import unreachable_hub

_DEFAULT_LENGTH = 4096  # where a config does not say how far the model was trained
_BEHIND_PAD = ("roberta", "xlm-roberta", "camembert")  # types that count positions from behind the pad token's id
_WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.gguf")
_NEVER_READ = ("*.pth", "*.onnx", "*.msgpack", "*.h5")
_SAMPLE_BYTES = 1 << 20
_TEXTS = ("*.json", "*.jinja", "*.model", "*.tiktoken", "merges.txt", "vocab.txt")
_WRITES = "ForCausalLM"  # how architectures end that write text
_ADAPTERS = "where it holds PEFT adapters (LoRA), merge them into their base model and save that: merge_and_unload()"
SERVED = "served"
"""Revision and dtype of a model that runs elsewhere: what lies behind a name is for its server to know."""


def adapters() -> tuple[dict[str, Adapter], dict[str, CrbError]]:
    """All registered adapters by name, and why others could not be loaded. Their modules must not import torch."""
    found: dict[str, Adapter] = {}
    broken: dict[str, CrbError] = {}
    for name in registry.names(registry.ADAPTERS):
        try:
            found[name] = _adapter(name)
        except CrbError as error:  # a stranger's broken plugin must not stop runs that do not need it
            broken[name] = error
    return found, broken


def _adapter(name: str) -> Adapter:
    adapter: Any = registry.load(registry.ADAPTERS, name)
    if not isinstance(getattr(adapter, "card", None), AdapterCard) or not callable(getattr(adapter, "load", None)):
        raise CrbError(
            f"the adapter {name!r} is no adapter: it lacks an AdapterCard as `card`, or `load`",
            where=f"distribution {registry.distribution(registry.ADAPTERS, name)}",
            todo="point the entry point at an object with what crb.adapter.Adapter asks for",
        )
    return cast(Adapter, adapter)


def resolve(model: str, adapter_name: str | None = None, *, served: bool = False) -> tuple[ModelSource, Adapter]:
    """Find a model and the adapter that knows it.

    Args:
        model: a local folder, a hub id (`org/name`, optionally `org/name@revision`), or a name that an adapter
            embeds (`crb-tiny`).
        adapter_name: overrules the choice by architecture.
        served: whether a server runs the model: there is no folder then, and `model` is the name it has there.

    Raises:
        UsageError: nothing of that name, or no adapter of that name.
        ModelError: the config names no architecture, or no adapter claims it.
    """
    known, broken = adapters()
    if adapter_name in broken:
        raise broken[adapter_name]
    if adapter_name is not None and adapter_name not in known:
        raise unknown_name("adapter", adapter_name, known, todo="crb adapters lists them")
    if served:
        source = ModelSource(model, None, SERVED, architecture="", dtype=SERVED, max_length=0)
        return source, known[adapter_name] if adapter_name else _claiming(source, known)
    embedded = {
        name: adapter
        for adapter in known.values()
        if isinstance(adapter, EmbeddedAdapter)
        for name in adapter.card.embedded
    }
    if model in embedded:
        return embedded[model].source(model), embedded[model]
    source = locate(model, embedded)
    return source, known[adapter_name] if adapter_name else _claiming(source, known)


def locate(model: str, others: Collection[str] = (), *, weights: bool = True) -> ModelSource:
    """A local folder, or a hub id (`org/name`, optionally `org/name@revision`) fetched into the local cache.

    Args:
        others: names that exist beside these, to be suggested.
        weights: whether the weights are fetched too, or only what describes the model.

    Raises:
        UsageError: nothing of that name.
        ModelError: a folder without config or weights, or a config that names no architecture.
    """
    return _folder(Path(model)) if _is_folder(model) else _hub(model, others, weights=weights)


def _claiming(source: ModelSource, known: dict[str, Adapter]) -> Adapter:
    """The adapter that claims a model: by name first, then by architecture, an exact pattern before a wild one."""
    by_name = [a for a in known.values() if any(fnmatchcase(source.name, pattern) for pattern in a.card.hub_ids)]
    by_architecture = [
        (("*" in pattern or "?" in pattern), a)
        for a in known.values()
        for pattern in a.card.architectures
        if fnmatchcase(source.architecture, pattern)
    ]
    exact = [a for wild, a in by_architecture if not wild]
    found = by_name or exact or [a for _, a in by_architecture]
    if not found:
        served = source.revision == SERVED
        kind, value = ("name", source.name) if served else ("architecture", source.architecture)
        todo = "name one with --adapter (crb adapters lists them), or add one: docs/adding-an-adapter.md"
        if served or source.architecture.endswith(_WRITES):
            todo = "any chat model can be asked as a judge: --adapter judge; crb adapters lists the others"
        raise ModelError(f"no adapter claims the {kind} {value!r}", where=f"model {source.name}", todo=todo)
    names = sorted({a.card.name for a in found})
    if len(names) > 1:
        raise ModelError(
            f"several adapters claim this model: {', '.join(names)}",
            where=f"model {source.name}, architecture {source.architecture}",
            todo="choose one with --adapter",
        )
    return found[0]


def _is_folder(model: str) -> bool:
    try:
        return bool(model) and Path(model).is_dir()
    except PermissionError as error:
        raise _unreadable(error, Path(model)) from error
    except OSError:  # no name a folder could have, e.g. too long
        return False


def _unreadable(error: OSError, path: Path) -> ModelError:
    return ModelError(f"the model cannot be read: {error}", where=f"file {path}", todo="check the permissions")


def _folder(path: Path) -> ModelSource:
    config = _config(path / "config.json")
    weights = sorted(file for pattern in _WEIGHTS for file in path.glob(pattern))
    if not weights:
        raise ModelError("the folder holds no weights", where=f"file {path}", todo="put *.safetensors or *.bin there")
    try:
        revision = _fingerprint(path, weights)
    except OSError as error:
        raise _unreadable(error, Path(error.filename or path)) from error
    return _source(plain_word(path.resolve().name, "model"), path, revision, config)


def _hub(model: str, embedded: Collection[str], *, weights: bool = True) -> ModelSource:
    name, _, revision = model.partition("@")
    unknown = unknown_name(
        "model", model, embedded, todo="give a folder with a config.json, a hub id (org/name) or an embedded model"
    )
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise UsageError(
            f"unknown model {model!r}",
            where=near_paths(Path(model)) or f"folder {Path(model).parent}: nothing in it has a name like that",
            todo="give a folder with a config.json; a model on the hub is written org/name or org/name@revision",
        )
    if "/" not in name:
        raise unknown
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RemoteEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    offline = unreachable_hub()
    local = bool(offline)
    left_out = [*_NEVER_READ, *(() if weights else _WEIGHTS)]
    try:
        config_file = hf_hub_download(name, "config.json", revision=revision or None, local_files_only=local)
        commit = Path(config_file).parent.name  # the weights' as well, though a branch may move between the two
        folder = snapshot_download(name, revision=commit, ignore_patterns=left_out, local_files_only=local)
    except HFValidationError as error:
        raise unknown from error
    except RepositoryNotFoundError as error:
        raise UsageError(
            f"the hub has no model {name!r}",
            where=_near_folders(name),
            todo="check the spelling, or log in: hf auth login",
        ) from error
    except RevisionNotFoundError as error:
        raise UsageError(
            f"the model {name!r} has no revision {revision!r} on the hub",
            todo="give a branch, a tag or a whole commit hash; without @revision it is the newest one",
        ) from error
    except RemoteEntryNotFoundError as error:
        raise ModelError("the model has no config.json on the hub", where=f"model {name}", todo=_ADAPTERS) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        why = f"no network, or no such host as {offline}" if offline else first_line(error)
        near = _near_folders(name)
        raise UsageError(
            f"the model {name!r} is neither in the local cache nor reachable on the hub",
            where=f"{why}; {near}" if near else why,
            todo=f"connect once, or copy it: hf download {name} --local-dir DIR, then crb run DIR",
        ) from error
    return _source(name, Path(folder), commit, _config(Path(config_file)))


def _near_folders(name: str) -> str:
    """Folders here of nearly this name: a path of two parts that is misspelt looks like a name of the hub."""
    return near_paths(Path(name)) if Path(name).parent.is_dir() else ""


def _config(file: Path) -> dict[str, Any]:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        todo = _ADAPTERS if (file.parent / "adapter_config.json").is_file() else "check the path"
        raise ModelError("the model folder has no config.json", where=f"file {file}", todo=todo) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"config.json cannot be read: {error}", where=f"file {file}", todo="download it again"
        ) from error
    if not isinstance(config, dict):
        raise ModelError("config.json is not an object", where=f"file {file}", todo="download it again")
    return config


def _source(name: str, path: Path, revision: str, config: dict[str, Any]) -> ModelSource:
    architectures = config.get("architectures")
    if not isinstance(architectures, list) or not architectures or not isinstance(architectures[0], str):
        raise ModelError(
            "config.json names no architecture",
            where=f"file {path / 'config.json'}, field 'architectures'",
            todo='choose the adapter with --adapter after adding the field, e.g. ["Qwen3ForSequenceClassification"]',
        )
    dtype = str(config.get("dtype") or config.get("torch_dtype")).removeprefix("torch.")
    if dtype not in ("bfloat16", "float16"):  # what else there may be, e.g. float64 or nothing, runs in float32
        dtype = "float32"
    longest = config.get("max_position_embeddings")
    length = longest if isinstance(longest, int) and longest > 0 else _DEFAULT_LENGTH
    if config.get("model_type") in _BEHIND_PAD and isinstance(pad := config.get("pad_token_id", 1), int):
        length = max(1, length - pad - 1)  # 514 rows of positions are for 512 tokens
    return ModelSource(name, path, revision, architectures[0], dtype, length)


def _fingerprint(path: Path, weights: list[Path]) -> str:
    """A hash over a folder: small files whole, of weights their size, first and last MiB (all of 70B takes minutes)."""
    digest = hashlib.sha256()
    for file in [*(file for kind in _TEXTS for file in sorted(path.glob(kind))), *weights]:
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}\n".encode())
        with file.open("rb") as stream:
            if file not in weights:
                digest.update(stream.read())
                continue
            digest.update(stream.read(_SAMPLE_BYTES))
            stream.seek(max(_SAMPLE_BYTES, size - _SAMPLE_BYTES))
            digest.update(stream.read())
    return f"sha256:{digest.hexdigest()[:16]}"
