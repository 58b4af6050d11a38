"""`crb.evaluate`: from a model's name to a finished run, or to several runs for which it is loaded once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from crb import registry
from crb.errors import CrbError
from crb.evaluation.prepare import Prepared, Settings, prepare
from crb.evaluation.progress import Progress, Silent
from crb.evaluation.ranks import Rank
from crb.evaluation.session import Session, note, together
from crb.evaluation.shared import Shared
from crb.evaluation.work import Outcome, Work
from crb.runs.folder import SCHEMA, holds_run, leave_unbegun, open_run, write_run
from crb.runs.journal import Journal
from crb.runs.run import BASELINES, Run

K = TypeVar("K")
V = TypeVar("V")
E = TypeVar("E")

_KEEP_SECONDS = 10.0  # how much of a killed session's figures may be lost; what is in the journal never is


def evaluate(settings: Settings, progress: Progress | None = None) -> Run:
    """Run or resume what `settings` describe; a finished run returns at once.

    Raises:
        CrbError: the request or the data cannot be used; what was already written stays and is resumed.
    """
    return evaluate_all([settings], progress)[0]


def evaluate_all(every: Sequence[Settings], progress: Progress | None = None) -> list[Run]:
    """Run or resume one model on several benchmarks, loaded once.

    All benchmarks are read and checked before the first is scored, so that a fault in the last one costs nothing.

    Args:
        every: settings that differ in their benchmark alone.

    Raises:
        CrbError: as `evaluate`; runs that ended before stay as they are.
    """
    progress = progress or Silent()
    progress.stage("reading the benchmark")
    decided = [prepare(settings) for settings in every]
    with Shared() as shared:
        return [_run(prepared, progress, shared) for prepared in decided]


def _run(prepared: Prepared, progress: Progress, shared: Shared) -> Run:
    stored = _stored(prepared)
    if stored is not None and stored.finished:
        return stored
    rank = Rank.current()
    document = {**stored.document, "status": "running"} if stored is not None else _new_document(prepared)
    if prepared.config.judge is None:
        from crb.evaluation.scoring import Scoring

        _work(prepared, Scoring(prepared, rank, progress, shared), rank, progress, document)
    else:
        from crb.evaluation.judging import Judging

        _work(prepared, Judging(prepared, rank, progress, shared), rank, progress, document)
    rank.wait()
    return open_run(prepared.folder)


def _work(prepared: Prepared, work: Work[K, V, E], rank: Rank, progress: Progress, document: dict[str, Any]) -> None:
    """Fill the journal together with the other processes; the first one writes what it comes to."""
    with Journal(prepared.folder / rank.journal, prepared.config.fingerprint, work.lines) as journal:
        try:
            session = _fill(prepared, work, journal, rank, document)
        except (CrbError, KeyboardInterrupt):
            if not document["sessions"] and not journal.entries:
                leave_unbegun(prepared.folder, journal.path, prepared.settings.runs)
            raise
        rank.wait()
        if not rank.first:
            return
        for file in sorted(prepared.folder.glob("journal.rank*.jsonl")):
            journal.absorb(file)
            file.unlink()
        outcome = work.outcome(journal)
        for text in (*outcome.notes, *_alike(prepared)):
            note(session, progress, text)
        _finish(prepared, outcome, {**document, "sessions": [*document["sessions"], asdict(session)]})


def _alike(prepared: Prepared) -> tuple[str, ...]:
    """Told of pairs that say nothing of a model. They are counted: the benchmark is not ours to change."""
    if not (alike := prepared.benchmark.alike):
        return ()
    return (
        f"in {alike:,} of {len(prepared.benchmark):,} pairs chosen and rejected are the same text: they can only tie",
    )


def _fill(
    prepared: Prepared, work: Work[K, V, E], journal: Journal[K, V, E], rank: Rank, document: dict[str, Any]
) -> Session:
    """This process' share; run.json keeps up, so that a killed session leaves its figures behind."""
    session = Session(start=_now())
    written = time.monotonic()
    if rank.first:
        write_run(prepared.folder, document)

    def kept() -> None:
        nonlocal written
        if rank.first and time.monotonic() - written > _KEEP_SECONDS:
            session.end = _now()
            write_run(prepared.folder, {**document, "sessions": [*document["sessions"], asdict(session)]})
            written = time.monotonic()

    work.fill(journal, session, kept)
    session.end = _now()
    return together(rank.gather(session))


def _stored(prepared: Prepared) -> Run | None:
    """The run to go on with: one of another configuration is there only where it has no reading yet."""
    found = open_run(prepared.folder) if holds_run(prepared.folder) else None
    return found if found is not None and found.fingerprint == prepared.config.fingerprint else None


def _new_document(prepared: Prepared) -> dict[str, Any]:
    from crb.runs.environment import git_state, hardware, versions

    return {
        "schema": SCHEMA,
        "status": "running",
        "fingerprint": prepared.config.fingerprint,
        "config": prepared.config.model_dump(mode="json"),
        "benchmark_source": prepared.benchmark.source,
        "n": len(prepared.benchmark.items),
        "adapter": registry.distribution(registry.ADAPTERS, prepared.adapter.card.name),
        "embedded": prepared.source.name in prepared.adapter.card.embedded,
        "versions": versions(),
        "git": git_state(),
        "hardware": hardware(),
        "start": _now(),
        "sessions": [],
    }


def _finish(prepared: Prepared, outcome: Outcome, document: dict[str, Any]) -> None:
    """Write scores, baselines and results; run.json comes last and says that all of it is there."""
    from crb.evaluation.writing import write_results
    from crb.runs.scores import pairs_frame, write_scores
    from crb.statistics.baselines import Baseline, baseline_readings

    items, metric = prepared.benchmark.items, prepared.benchmark.metric
    baselines = {name.value: baseline_readings(name, items) for name in Baseline}
    if prepared.benchmark.of_pairs:
        for name, readings in baselines.items():
            write_scores(prepared.folder / BASELINES / f"{name}.parquet", pairs_frame(items, readings))
    write_results(prepared.folder, items, outcome, metric, baselines, prepared.config.selection)
    status = "incomplete" if outcome.missing else "finished"
    write_run(prepared.folder, {**document, "status": status, "end": _now()})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
