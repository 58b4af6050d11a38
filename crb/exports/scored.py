"""A model's counts on a benchmark and where they come from: what every export starts from, be it an entry or a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crb.errors import UsageError, unknown_name
from crb.models.cards import published
from crb.statistics.cells import COUNTS, cells
from crb.statistics.grouping import GROUPS

if TYPE_CHECKING:
    from crb.results.entry import Entry
    from crb.runs import Run

SIZE_CLASSES = ("XL", "L", "M", "S", "XS", "XXS")
"""The paper's classes of size, the largest first."""
_LEAST = {"XL": 30.0, "L": 13.0, "M": 7.0, "S": 3.0, "XS": 1.0, "XXS": 0.0}
"""From how many billion parameters on. The paper only lists members: 27 B is L and 32 B is XL, and so on."""

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Scored:
    """One line of every table.

    Attributes:
        name: the hub id, or what else the model is called.
        label: the same, with what tells it from another result of the same model.
        revision: a hub commit, a hash over a folder's files, or `unknown`.
        kind: `scalar`, `judge`, `baseline` or `unknown`.
        parameters_b, size_class: None where they are not known, and for baselines.
        hub: whether the name is known to be that of a repository on the hub.
        benchmark, benchmark_hash: what it was scored on; `unknown` where the content is not known.
        cells: counts per cell, as `crb.statistics.cells.cells` returns them.
        config: the configuration of the run, as far as it is known.
        source: `published` or `run`.
        origin, tool, date: where the counts come from, what made the scores, and when; None where it is not known.
        pairs: which pairs, as `crb.results.identity.pairs_hash` gives them; None where only the counts are known.
    """

    name: str
    label: str
    revision: str
    kind: str
    parameters_b: float | None
    size_class: str | None
    hub: bool
    benchmark: str
    benchmark_hash: str
    cells: pd.DataFrame = field(repr=False)
    config: dict[str, Any] = field(repr=False)
    source: str
    origin: str
    tool: str
    date: str | None
    pairs: str | None = None

    @property
    def n(self) -> int:
        """Pairs."""
        return int(self.cells["n"].sum())

    @property
    def url(self) -> str | None:
        """The model's page on the hub, where it has one."""
        return f"https://huggingface.co/{self.name}" if self.hub else None

    @classmethod
    def of_entry(cls, entry: Entry) -> Scored:
        """A model as an entry has it."""
        counted = pd.DataFrame([cell.model_dump(mode="json") for cell in entry.cells], columns=[*GROUPS, *COUNTS])
        facts, origin = entry.model, entry.provenance
        return cls(
            name=facts.name,
            label=facts.name,
            revision=facts.revision,
            kind=facts.kind,
            parameters_b=facts.parameters_b,
            size_class=size_class(facts.name, facts.parameters_b),
            hub="/" in facts.name and facts.kind != "baseline",
            benchmark=entry.benchmark.name,
            benchmark_hash=entry.benchmark.hash,
            cells=counted.astype(dict.fromkeys(COUNTS, "int64")),
            config=dict(entry.config),
            source=origin.source,
            origin=origin.origin,
            tool=origin.tool,
            date=origin.date,
            pairs=entry.benchmark.pairs,
        )

    @classmethod
    def of_run(cls, run: Run) -> Scored:
        """A model as a run has it; unlike an entry, a run may be of a part of a benchmark.

        Raises:
            DataError: the run has no scores yet.
        """
        from crb.results.identity import pairs_hash

        config, document, pairs = run.config, run.document, run.pairs()
        name = str(config["model"])
        card = next((card for card in published() if name in (card.hub_id, card.name)), None)
        version = (document.get("versions") or {}).get("code-reward-bench")
        end = document.get("end")
        return cls(
            name=card.hub_id if card else name,
            label=card.hub_id if card else name,
            revision=str(config.get("revision", UNKNOWN)),
            kind=card.kind if card else UNKNOWN,
            parameters_b=card.params_b if card else None,
            size_class=card.size_class if card else None,
            hub=card is not None,
            benchmark=str(config["benchmark"]),
            benchmark_hash=str(config.get("benchmark_hash", UNKNOWN)),
            cells=cells(pairs),
            config=config,
            source="published" if document.get("imported") else "run",
            origin=f"crb run {run.fingerprint}",
            tool=f"crb {version}" if version else UNKNOWN,
            date=end[:10] if isinstance(end, str) and len(end) >= 10 else None,
            pairs=pairs_hash(pairs),
        )


def chosen(scored: Iterable[Scored], models: Sequence[str] = (), benchmark: str | None = None) -> list[Scored]:
    """The models asked for, all on one benchmark, told apart by their names, larger classes and better models first.

    Args:
        scored: what there is.
        models: hub ids or the last parts of them, in any case; all if empty.
        benchmark: only results on this one; without it the only one there is, or else `crb`.

    Raises:
        UsageError: a model or benchmark is not there, or results on different pairs would stand in one table.
    """
    found = list(scored)
    benchmarks = sorted({one.benchmark for one in found})
    if benchmark is None and len(benchmarks) > 1:
        benchmark = "crb" if "crb" in benchmarks else None
        if benchmark is None:
            raise UsageError(f"results on {', '.join(benchmarks)}", where="--benchmark", todo="choose one of them")
    if benchmark is not None and benchmark not in benchmarks:
        raise unknown_name("benchmark", benchmark, benchmarks)
    found = [one for one in found if benchmark in (None, one.benchmark)]
    if models:
        found = [one for name in dict.fromkeys(models) for one in _named(found, name)]
        found = list({id(one): one for one in found}.values())
    if not found:
        raise UsageError("there are no results to export", todo="give --results DIR or --runs RUN")
    _check_same_pairs(found)
    return sorted(_told_apart(found), key=_place)


def _named(found: Sequence[Scored], name: str) -> list[Scored]:
    wanted = name.casefold()
    named = [one for one in found if wanted in (one.name.casefold(), one.name.rpartition("/")[2].casefold())]
    if not named:
        raise unknown_name("model", name, {one.name for one in found})
    return named


def _check_same_pairs(found: Sequence[Scored]) -> None:
    cells = [list(one.cells[[*GROUPS, "n"]].itertuples(index=False, name=None)) for one in found]
    for place, one in enumerate(found):
        for earlier, other in enumerate(found[:place]):
            if cells[earlier] != cells[place] or _known_apart(one, other):
                raise UsageError(
                    f"{one.name} was scored on {one.n:,} pairs of {one.benchmark}, {other.name} on {other.n:,} others",
                    where="the models to export",
                    todo="export results on the same pairs: choose them with --models or --runs",
                )


def _known_apart(one: Scored, other: Scored) -> bool:
    """The hash over ids and labels or the hash over the texts differs, each as far as both know it."""
    known = [(one.pairs, other.pairs), (one.benchmark_hash, other.benchmark_hash)]
    return any(a != b for a, b in known if not {a, b} & {None, UNKNOWN})


def _told_apart(found: Sequence[Scored]) -> list[Scored]:
    """Two results of one model carry their prompt mode, and where that is the same a number."""
    names = [one.name for one in found]
    modes = [str(one.config.get("prompts", UNKNOWN)) for one in found]
    labels = [f"{name} ({mode})" if names.count(name) > 1 else name for name, mode in zip(names, modes, strict=True)]
    numbers = [labels[:place].count(label) + 1 for place, label in enumerate(labels)]
    return [
        replace(one, label=label if number == 1 else f"{label} {number}")
        for one, label, number in zip(found, labels, numbers, strict=True)
    ]


def _place(one: Scored) -> tuple[int, float, str]:
    rank = SIZE_CLASSES.index(one.size_class) if one.size_class else len(SIZE_CLASSES) + (one.kind == "baseline")
    return rank, -float(one.cells["right"].sum() / max(one.n, 1)), one.name


def size_class(name: str, parameters_b: float | None) -> str | None:
    """The class of size of a model, by its card or else by its parameters; None where neither is known."""
    card = next((card for card in published() if name == card.hub_id), None)
    if card is not None:
        return card.size_class
    if parameters_b is None:
        return None
    return next(size for size in SIZE_CLASSES if parameters_b >= _LEAST[size])
