"""Packages that the core does without: which extra brings one, and the error where it is missing.

Reports, comparisons, entries and exports need neither torch nor transformers, and installing those takes gigabytes:
they come with the extra `score`. What a distribution says of its own extras decides which one an error names, so that
nothing here is kept in step by hand.
"""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.metadata import distribution as find_distribution
from importlib.util import find_spec

from crb.errors import MissingPackageError

DISTRIBUTION = "code-reward-bench"
SCORING = ("torch", "transformers", "accelerate", "safetensors")


def require(*packages: str, why: str, extra: str) -> None:
    """Refuse work whose packages are not all here, before it begins. Imports nothing.

    Args:
        packages: by the names they are installed under, e.g. `tree-sitter`.
        extra: the one that brings them all.

    Raises:
        MissingPackageError: naming the first that is missing, and the extra.
    """
    for package in packages:
        if find_spec(package.replace("-", "_")) is None:
            raise MissingPackageError(package, why=why, extra=extra)


def require_scoring(why: str = "to score a model on this machine", *, extra: str = "score") -> None:
    """Refuse at once where a model cannot be run here: before a download, not after it. Imports nothing.

    Args:
        extra: the one to name; all that run models bring what `score` brings.

    Raises:
        MissingPackageError: naming the extra.
    """
    require(*SCORING, why=why, extra=extra)


def extra_with(package: str, owner: Distribution | None) -> str:
    """The extra of a distribution that brings a package, of several the smallest; empty where none does.

    Args:
        package: by the name it is imported or installed under.
    """
    extras: defaultdict[str, set[str]] = defaultdict(set)
    for requirement in (owner.requires or []) if owner is not None else []:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"""extra == ["']([\w.-]+)["']""", requirement)
        if name and extra:
            extras[extra[1]].add(_normal(name[0]))
    having = [extra for extra, brought in extras.items() if _normal(package) in brought]
    return min(having, key=lambda extra: (len(extras[extra]), extra), default="")


def told(error: ModuleNotFoundError) -> MissingPackageError | None:
    """What a user is told of a failed import; None where no extra of ours brings the package: then it is a defect."""
    package = (error.name or "").partition(".")[0]
    try:
        extra = extra_with(package, find_distribution(DISTRIBUTION))
    except PackageNotFoundError:
        return None
    return MissingPackageError(package, why="by this command", extra=extra) if extra else None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
