"""The oldest versions that pyproject.toml allows, as constraints for pip."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

AS_PINNED = {"torch"}  # its older CPU builds are not on the package index; a CUDA build takes several GB


def lowest(pyproject: Path) -> Iterator[str]:
    """`name==version` of every requirement with a lower bound: of the package and of its extras but `dev`.

    What these ask for themselves is left to pip, which takes the newest that fits.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if name != "dev"}
    for line in sorted({*project["dependencies"], *(line for lines in extras.values() for line in lines)}):
        requirement = Requirement(line)
        for bound in requirement.specifier:
            if bound.operator == ">=" and requirement.name not in AS_PINNED:
                yield f"{requirement.name}=={bound.version}"
