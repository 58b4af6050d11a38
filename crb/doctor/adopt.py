"""A run or an entry as a subject, whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from crb.doctor.findings import Finding
from crb.doctor.samples import Samples
from crb.doctor.subject import UNKNOWN, Subject
from crb.errors import CrbError
from crb.models.cards import published
from crb.runs.run import RESULTS, SCORES, Run
from crb.statistics.baselines import Baseline
from crb.statistics.cells import COUNTS, cells
from crb.statistics.grouping import GROUPS
from crb.statistics.pairs import SIDES

if TYPE_CHECKING:
    from crb.models.published import PublishedModel
    from crb.results.entry import Entry


def of_run(run: Run) -> Subject:
    """A run as a subject. Never fails for what is in the run: what is wrong becomes findings."""
    config, document = run.config, run.document
    name = _text(config.get("model")) or run.path.name
    card = card_of(name)
    trouble, samples = None, None
    try:
        samples = Samples.of(_frame(run))
    except CrbError as error:
        trouble = one_line(error)
    counted = cells(samples.pairs) if samples is not None else no_cells()
    n = document.get("n")
    return Subject(
        model=name,
        kind=card.kind if card else _kind(config),
        family=card.base_family if card else None,
        benchmark=_benchmark(config),
        prompts=_text(config.get("prompts")) or UNKNOWN,
        n=n if isinstance(n, int) and n >= 0 else len(samples.pairs) if samples is not None else 0,
        cells=counted,
        samples=samples,
        statuses={side: samples.statuses(side) for side in SIDES} if samples is not None else {},
        lengths=lambda: _lengths(run),
        stated=_stated(run),
        card=card,
        trouble=trouble,
        run=run.path,
        named=_text(config.get("benchmark")) or UNKNOWN,
        selected=bool(config.get("selection")),
        disagreements=_disagreements(run),
        apart=run.scored and not run.of_pairs and "fault" not in document,
    )


def of_entry(entry: Entry) -> Subject:
    """An entry as a subject without samples."""
    card = card_of(entry.model.name)
    table = pd.DataFrame([cell.model_dump() for cell in entry.cells])[[*GROUPS, *COUNTS]]
    return Subject(
        model=entry.model.name,
        kind=entry.model.kind,
        family=entry.model.family or (card.base_family if card else None),
        benchmark=f"{entry.benchmark.name} {entry.benchmark.pairs}",
        prompts=_text(entry.config.get("prompts")) or UNKNOWN,
        n=entry.benchmark.n,
        cells=table,
        statuses={side: dict(getattr(entry.statuses, side)) for side in SIDES},
        recorded=[
            Finding(found.code, found.severity, found.message, dict(found.evidence), model=entry.model.name)
            for found in entry.findings
        ],
        card=card,
        named=entry.benchmark.name,
        selected=bool(entry.config.get("selection")),
    )


def card_of(name: str) -> PublishedModel | None:
    """The card of a model by its published name, its hub id or the id that the paper prints, in any case."""
    wanted = name.casefold()
    for card in published():
        if wanted in {known.casefold() for known in (card.name, card.hub_id, card.hub_id_in_paper) if known}:
            return card
    return None


def no_cells() -> pd.DataFrame:
    """The cells of nothing."""
    return pd.DataFrame(
        {**{c: pd.Series(dtype=object) for c in GROUPS}, **{c: pd.Series(dtype="int64") for c in COUNTS}}
    )


def one_line(error: CrbError) -> str:
    """An error where there is only one line for it."""
    return "; ".join(line.strip() for line in str(error).splitlines())


def _frame(run: Run) -> pd.DataFrame:
    if fault := run.document.get("fault"):
        raise fault
    frame = run.pairs()
    file = run.path / SCORES
    try:
        declared = pq.read_table(file, columns=["correct"]).column("correct").to_pylist()
    except (OSError, ValueError, KeyError, pa.ArrowException):  # an import or a double may have no such column
        return frame
    return frame.assign(correct=np.array(declared, dtype=object)) if len(declared) == len(frame) else frame


def _stated(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = {}
    imported = run.document.get("imported")
    if isinstance(imported, Mapping) and isinstance(imported.get("results"), Mapping):
        found["the imported results.json"] = imported["results"]
    if (run.path / RESULTS).is_file():
        try:
            found["results.json"] = run.results
        except CrbError as error:
            found["results.json"] = error
    return found


def _disagreements(run: Run) -> list[Any]:
    imported = run.document.get("imported")
    found = imported.get("disagreements") if isinstance(imported, Mapping) else None
    return found if isinstance(found, list) else []


def _lengths(run: Run) -> pd.DataFrame | None:
    try:
        found = run.baselines().get(Baseline.LONGER.value)
    except CrbError:
        return None
    if found is None or not found.index.is_unique:
        return None
    return found.rename(columns={"chosen_score": "chosen", "rejected_score": "rejected"})[["chosen", "rejected"]]


def _kind(config: Mapping[str, Any]) -> str:
    if config.get("model") in list(Baseline):
        return "baseline"
    return (
        UNKNOWN if config.get("adapter") in (None, "", UNKNOWN) else "scalar"
    )  # there are no judges among the adapters yet


def _benchmark(config: Mapping[str, Any]) -> str:
    parts = [config.get(name) for name in ("benchmark", "benchmark_hash")]
    return json.dumps([*parts, config.get("selection") or {}], sort_keys=True, default=str)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
