"""What a run must be before it is submitted. Every check is made, so that all that is missing is told at once.

The doctor's findings are handed in: who submits decides how the run was examined (alone, or beside others), and the
check of a submission has no opinion on samples of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crb.errors import CrbError, UsageError
from crb.results.build import benchmark_fault, check_entrant
from crb.runs.config import fingerprint
from crb.runs.folder import RUN
from crb.runs.run import Run
from crb.statistics.summary import summarise

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HASHED = re.compile(r"(?<![0-9a-f])[0-9a-f]{16,64}(?![0-9a-f])")


@dataclass(frozen=True)
class Check:
    """One check of a submission: what it asks, what speaks against it (empty: nothing), what to do then."""

    name: str
    fault: str = ""
    todo: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.fault


def check_submission(run: Run, findings: Iterable[Mapping[str, Any]]) -> list[Check]:
    """All checks of a run, in the order in which they matter.

    Args:
        run: any run.
        findings: what the doctor found on it: objects with severity, code and message.
    """
    try:
        check_entrant(run)
        complete = _complete(run)
    except CrbError as error:
        return [Check("complete", error.what, error.todo)]
    if not complete.passed:
        return [complete]
    return [complete, _own(run), _fingerprint(run), _revision(run), _benchmark(run), _figures(run), _doctor(findings)]


def refuse_measured(run: Run) -> None:
    """Refuse a run on a benchmark with figures of its own, whose checks and texts are other ones.

    Raises:
        UsageError: so, with the command that makes its entry.
    """
    if run.scored and run.measured is not None:
        raise UsageError(
            f"{run.config['benchmark']} has figures of its own, and crb submit is for accuracies of pairs",
            where=f"file {run.path / RUN}",
            todo=f"make the entry with `crb results add {run.path}` and check it with `crb results validate`",
        )


def _complete(run: Run) -> Check:
    n, rows = run.document.get("n"), len(run.pairs())
    todo = "finish the run: repeat its crb run command"
    return Check("complete", "" if n == rows else f"{rows} of {n} pairs are in scores.parquet", todo)


def _own(run: Run) -> Check:
    fault = "the scores were published by others: they are imported, not run" if run.document.get("imported") else ""
    return Check("a run of crb", fault, "run the model; imported runs enter by crb results add")


def _fingerprint(run: Run) -> Check:
    computed = fingerprint(run.config)
    fault = (
        "" if computed == run.fingerprint else f"run.json says {run.fingerprint}, its configuration gives {computed}"
    )
    return Check("fingerprint", fault, "run.json was changed after the run: restore it, or run again")


def _revision(run: Run) -> Check:
    revision, model = str(run.config.get("revision", "")), str(run.config["model"])
    pinned = _COMMIT.fullmatch(revision) if "/" in model else _HASHED.search(revision)
    fault = "" if pinned else f"the revision {revision!r} is neither a commit of the hub nor a hash over the files"
    return Check("revision pinned", fault, "run it from the hub, or from a local folder")


def _benchmark(run: Run) -> Check:
    try:
        fault = benchmark_fault(run) or ""
    except CrbError as error:
        fault = error.what
    return Check("benchmark known", fault, "run a benchmark of the board: crb, crb-mini")


def _figures(run: Run) -> Check:
    same = run.results == summarise(run.pairs(), judge=_judged(run))
    fault = "" if same else "results.json is not what this version computes from scores.parquet"
    return Check("figures follow from the scores", fault, "repeat the crb run command with this version")


def _judged(run: Run) -> dict[str, Any] | None:
    """What results.json tells of a judge beyond its scores: it comes of the answers, and is taken over as it is."""
    stated: Any = run.results
    section = stated.get("crb") if isinstance(stated, dict) else None
    return section.get("judge") if isinstance(section, dict) and run.config.get("judge") else None


def _doctor(findings: Iterable[Mapping[str, Any]]) -> Check:
    errors = [f"{finding['code']}: {finding['message']}" for finding in findings if finding["severity"] == "error"]
    return Check("doctor without errors", "; ".join(errors), "see crb doctor RUN; what it finds has a cause")
