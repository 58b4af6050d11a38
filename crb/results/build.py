"""From a finished run to its entry, and to those of the baselines beside it.

Nothing is stated that the run does not hold: a model without a card has no family, an imported run no revision. The
entry is checked like a stranger's before it is handed out, so a run that cannot be an entry fails here, with its file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crb.errors import DataError, UsageError
from crb.models.cards import published
from crb.results.configuration import UNKNOWN
from crb.results.documents import shown, validated
from crb.results.entry import SCHEMA, Entry
from crb.results.identity import known, pairs_hash
from crb.results.metric_entry import MetricEntry
from crb.runs.folder import RUN
from crb.runs.run import BASELINES, RESULTS, Run
from crb.runs.scores import read_scores
from crb.statistics.cells import cells
from crb.statistics.pairs import SIDES, is_scored, scores, statuses

BASELINE_OWNER = "baselines"
"""Stands before the name of a baseline, as an organisation before a model's."""
_TODO = "finish the run: repeat its crb run command"


def entry_of(run: Run, findings: Iterable[Mapping[str, Any]] = (), overlap: Mapping[str, Any] | None = None) -> Entry:
    """The entry of a run.

    Args:
        run: a finished run over a whole benchmark.
        findings: what `crb doctor` found on it: objects with severity, code, evidence and message.
        overlap: what `crb overlap` measured for the model's training set.

    Raises:
        UsageError: the run is not finished, or of a part of a benchmark, or the overlap is not of its benchmark.
        DataError: something in the run may not stand in an entry.
    """
    check_entrant(run)
    pairs = run.pairs()
    kept = [{key: one[key] for key in ("severity", "code", "evidence", "message")} for one in findings]
    document = {
        **_head(run, pairs, _model(run.config), run.config, _provenance(run)),
        "findings": kept,
        "overlap": None if overlap is None else dict(overlap),
    }
    try:
        return validated(Entry, document, run.path / RUN)
    except DataError as error:
        if (error.field or "").partition(".")[0] != "overlap":
            raise
        todo = f"measure it anew: crb overlap TRAINSET --benchmark {run.config['benchmark']} --out FILE"
        raise UsageError(error.what, where=f"--overlap, field {error.field!r}", todo=todo) from error


def metric_entry_of(run: Run) -> MetricEntry:
    """The entry of a run on a benchmark with figures of its own.

    Raises:
        UsageError: the run is not finished, or of a part of a benchmark.
        DataError: something in the run may not stand in an entry.
    """
    check_entrant(run)
    section = run.results["crb"]
    metric = section["metric"]
    statuses = section["statuses"]
    if "chosen" in statuses:
        statuses = {name: sum(side.get(name, 0) for side in statuses.values()) for name in statuses["chosen"]}
    document = {
        "schema": SCHEMA,
        "model": _model(run.config),
        "benchmark": {
            "name": run.config["benchmark"],
            "metric": metric["name"],
            "hash": run.config.get("benchmark_hash", UNKNOWN),
            "n": run.document["n"],
        },
        "config": run.config,
        "provenance": _provenance(run),
        "measured": {key: metric[key] for key in ("headline", "figures", "tables", "notes")},
        "baselines": metric["baselines"],
        "statuses": statuses,
    }
    return validated(MetricEntry, document, run.path / RESULTS)


def _model(config: Mapping[str, Any]) -> dict[str, Any]:
    """Which model, by its card where it has one."""
    card = next((card for card in published() if config["model"] in (card.hub_id, card.name)), None)
    return {
        "name": card.hub_id if card else config["model"],
        "revision": config.get("revision", UNKNOWN),
        "kind": card.kind if card else _kind(config),
        "parameters_b": card.params_b if card else None,
        "family": card.base_family if card else None,
        "license": card.license if card else None,
    }


def _provenance(run: Run) -> dict[str, Any]:
    """Where the figures come from."""
    imported = run.document.get("imported")
    return {
        "source": "published" if imported else "run",
        "origin": f"Themis published run {_folder(run, imported)}" if imported else f"crb run {run.fingerprint}",
        "tool": tool(run),
        "date": _date(run),
    }


def baseline_entries(run: Run, besides: Collection[str] = ()) -> list[Entry]:
    """The entries of the baselines in a run's folder, named `baselines/coin` and so on.

    Args:
        run: a finished run over a whole benchmark.
        besides: names of models that are not wanted: baselines are the same beside every run.

    Raises:
        DataError: a baseline's file is not of the run's pairs.
    """
    check_entrant(run)
    pairs = None
    found = []
    for file in sorted((run.path / BASELINES).glob("*.parquet")):
        name = file.stem
        if f"{BASELINE_OWNER}/{name}" in besides:
            continue
        pairs = pairs or pairs_hash(run.pairs())
        frame = read_scores(file)
        if pairs_hash(frame) != pairs:
            raise DataError("the baseline is of other pairs than the run", file=file, todo=_TODO)
        config = {key: run.config.get(key, UNKNOWN) for key in ("benchmark", "benchmark_hash")}
        facts = {"name": f"{BASELINE_OWNER}/{name}", "revision": UNKNOWN, "kind": "baseline"}
        model = {**facts, **dict.fromkeys(("parameters_b", "family", "license"))}
        origin = {"source": "run", "origin": f"baseline {name}: no model", "tool": "crb", "date": None}
        document = _head(run, frame, model, {"model": name, **config}, origin)
        found.append(validated(Entry, {**document, "findings": [], "overlap": None}, file))
    return found


def check_entrant(run: Run) -> None:
    """Refuse a run that no entry can be made of.

    Raises:
        UsageError: not finished, of a part of a benchmark, or not of the pairs that the benchmark has.
    """
    if not run.finished:
        raise UsageError("the run is not finished", where=f"file {run.path / RUN}", todo=_TODO)
    for field in ("model", "benchmark"):
        if not isinstance(run.config.get(field), str):
            raise DataError("the value is not a name", file=run.path / RUN, field=f"config.{field}", todo=_TODO)
    if selection := run.config.get("selection"):
        raise UsageError(
            f"the run is of a part of the benchmark {shown(run.config['benchmark'])}: {shown(str(selection))}",
            where=f"file {run.path / RUN}, field 'config.selection'",
            todo="run the whole benchmark, without --items, --criterion, --language, --subset and --limit",
        )


def benchmark_fault(run: Run) -> str | None:
    """Why a run is not of a benchmark of the board as it is known here; None if it is."""
    name = run.config["benchmark"]
    benchmark = known(name)
    if benchmark is None:
        return f"the benchmark {name!r} is not one of the board's"
    if benchmark.content is not None and run.config.get("benchmark_hash") != benchmark.content:
        return f"the content of {name} was another one (hash {run.config.get('benchmark_hash')})"
    if pairs_hash(run.pairs()) != benchmark.pairs:
        return f"the ids, criteria, languages or subsets are not those of {name}"
    return None


def tool(run: Run) -> str:
    """The program and version that made a run's scores, `unknown` for imported ones."""
    versions = run.document.get("versions")
    version = versions.get("code-reward-bench") if isinstance(versions, dict) else None
    return f"crb {version}" if version else UNKNOWN


def _head(
    run: Run, pairs: pd.DataFrame, model: dict[str, Any], config: dict[str, Any], provenance: dict[str, Any]
) -> dict[str, Any]:
    benchmark = {
        "name": run.config["benchmark"],
        "hash": run.config.get("benchmark_hash", UNKNOWN),
        "pairs": pairs_hash(pairs),
        "n": len(pairs),
    }
    return {
        "schema": SCHEMA,
        "model": model,
        "benchmark": benchmark,
        "config": config,
        "provenance": provenance,
        "cells": cells(pairs).to_dict("records"),
        "statuses": {side: _status_counts(pairs, side) for side in SIDES},
        "resolution": _resolution(pairs),
    }


def _status_counts(pairs: pd.DataFrame, side: str) -> dict[str, int]:
    found = pd.Series(statuses(pairs, side)).value_counts()
    return {str(name): int(found[name]) for name in sorted(found.index)}


def _resolution(pairs: pd.DataFrame) -> dict[str, float]:
    values = np.concatenate([scores(pairs, side)[is_scored(pairs, side)] for side in SIDES])
    distinct = int(np.unique(values).size)
    return {"distinct": distinct, "share": round(distinct / values.size, 6) if values.size else 0.0}


def _folder(run: Run, imported: Any) -> str:
    if not isinstance(imported, dict) or not isinstance(imported.get("folder"), str):
        raise DataError("the value is not a name", file=run.path / RUN, field="imported.folder", todo="import it again")
    folder: str = imported["folder"]
    return folder


def _kind(config: Mapping[str, Any]) -> str:
    from crb.models.source import adapters

    adapter = adapters()[0].get(str(config.get("adapter")))
    return adapter.card.kind if adapter else UNKNOWN


def _date(run: Run) -> str | None:
    end = run.document.get("end")
    return end[:10] if isinstance(end, str) and len(end) >= 10 else None
