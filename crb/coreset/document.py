"""The coreset as a file: ids, the parameters of the pairs, and what a prediction needs to know of all the others.

It holds no text and no model's score: parameters are fitted over all runs together, and of the pairs outside the
coreset only the sum of their expected outcomes is kept, by ability.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crb.vocabulary import Criterion

LITE = "lite"
"""The name of the coreset that comes with the package: `crb run --items lite`."""
FILE = "lite.json"
ENOUGH = 0.9
"""Share of a criterion's part of the coreset that a run must hold for a prediction."""
SCHEMA = 1


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CriterionCurve(_Strict):
    """What is known of a criterion's pairs.

    Args:
        n: its pairs in the whole benchmark.
        width: half an interval, in standard errors.
        expected: expected number of right pairs among those outside the coreset, by ability (see `Coreset.grid`).
    """

    name: Criterion
    n: int = Field(gt=0)
    width: float = Field(gt=0)
    expected: list[float]


class Grid(_Strict):
    """Equally spaced abilities."""

    low: float
    high: float
    points: int = Field(ge=2)


class CoresetPair(_Strict):
    """A pair of the coreset and its parameters (see `crb.coreset.irt`)."""

    id: str
    criterion: Criterion
    slope: float
    intercept: float


class Coreset(_Strict):
    """A coreset of a benchmark.

    Args:
        benchmark, pairs: the benchmark's name, and the hash over the ids and labels of its pairs
            (`crb.results.identity.pairs_hash`).
        n: its pairs.
        runs, families: how many runs it was made from, and how many families they are of.
        confidence: of the intervals.
        width: half an interval of the overall accuracy, in standard errors.
        covariance: of the abilities, in the order of `criteria`.
    """

    schema_version: Annotated[int, Field(ge=SCHEMA, le=SCHEMA)] = SCHEMA
    benchmark: str
    pairs: str
    n: int = Field(gt=0)
    runs: int
    families: int
    confidence: float = Field(gt=0, lt=1)
    width: float = Field(gt=0)
    grid: Grid
    covariance: list[list[float]]
    criteria: list[CriterionCurve]
    items: list[CoresetPair]

    @model_validator(mode="after")
    def _agrees(self) -> Coreset:
        names = [criterion.name for criterion in self.criteria]
        if len(set(names)) < len(names) or {pair.criterion for pair in self.items} != set(names):
            raise ValueError("the pairs are not of exactly the criteria that are described")
        if len({pair.id for pair in self.items}) < len(self.items):
            raise ValueError("an id stands twice")
        if any(len(row) != len(names) for row in self.covariance) or len(self.covariance) != len(names):
            raise ValueError("the covariance does not fit the criteria")
        if any(len(criterion.expected) != self.grid.points for criterion in self.criteria):
            raise ValueError("a curve does not fit the grid")
        return self

    @functools.cached_property
    def hash(self) -> str:
        """Of the ids: what the scores of a run on them depend on."""
        return ids_hash(pair.id for pair in self.items)

    def text(self) -> str:
        """The file, a line for each pair and each curve."""
        text = json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)
        flat = re.sub(r"\[[^][{}]*\]|\{[^][{}]*\}", lambda found: re.sub(r"\s+", " ", found[0]), text)
        return f"{flat}\n"


def ids_hash(ids: Iterable[str]) -> str:
    """16 hexadecimal digits over ids, in any order."""
    text = json.dumps(sorted(set(ids)))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


@functools.cache
def load_lite() -> Coreset:
    """The coreset that comes with the package."""
    text = files("crb.coreset").joinpath(FILE).read_text(encoding="utf-8")
    return Coreset.model_validate_json(text)
