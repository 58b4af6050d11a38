"""The oldest versions that pyproject.toml allows, as constraints for pip; uv finds them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

# Its older CPU builds are not on the package index, and a CUDA build takes several GB: torch is the pinned one, with
# the libraries that it asks for by exact version.
_OF_TORCH = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")


def lowest(root: Path, extra: str, python: str) -> str:
    """What has to be met by the package and an extra (`none`: without one), each at its oldest, as lines for pip.

    What these ask for themselves is the newest that fits.

    Raises:
        SystemExit: uv is not installed.
        subprocess.CalledProcessError: there is no such set of versions; uv says why.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("--lowest needs uv: pip install uv")
    words = [uv, "pip", "compile", "--quiet", "--no-annotate", "--no-header", "--resolution", "lowest-direct"]
    words += ["--python", python, *(() if extra == "none" else ("--extra", extra)), str(root / "pyproject.toml")]
    found = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    return with_pinned_torch(found, (root / "constraints.txt").read_text(encoding="utf-8"))


def with_pinned_torch(found: str, pinned: str) -> str:
    """The lines of `found`, with those of torch and its libraries as `pinned` has them."""
    lines = [line for line in found.splitlines() if not _OF_TORCH.match(line)]
    return "\n".join([*lines, *(line for line in pinned.splitlines() if _OF_TORCH.match(line)), ""])
