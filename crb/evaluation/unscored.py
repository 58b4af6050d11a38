"""A run in which nothing could be compared: its results are written, and its figures say nothing of the model.

A pipeline would take such zeros for a result, so the commands that end a run show it and then fail. `crb.evaluate`
returns it: whoever calls it has the figures at hand. A judge whose answers came and say nothing that can be read is
none of these: that is a finding about the judge, and a note of the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crb.errors import CrbError
from crb.evaluation.summing_up import reasons
from crb.runs.codecs import READING_LINES
from crb.runs.folder import JOURNAL
from crb.runs.journal import read_journal
from crb.runs.run import Run
from crb.vocabulary import Status

READ = {Status.UNPARSED.value, Status.OUT_OF_RANGE.value}  # statuses of answers that came
STEPS = (  # what a reason says -> what may help
    ("no room for the response", "raise --max-length as far as the model goes, or take one that reads longer texts"),
    ("the model returned", "try --dtype float32; if it stays, the weights are damaged: download them again"),
)


def check_compared(runs: Iterable[Run]) -> None:
    """Refuse runs of which no pair, or no response of items that are not pairs, has an outcome.

    A run that lacks answers is none of them: it says so itself, and asks again.

    Raises:
        CrbError: saying which, how many responses have no score, the commonest reason, and what to try.
    """
    found = [run for run in runs if not run.incomplete and _empty(run)]
    if not found:
        return
    run, counts = found[0], _reasons(found[0])
    total = run.document["n"] * 2 if run.of_pairs else run.results["crb"]["candidates"]
    reason = counts.most_common(1)[0][0] if counts else "no reason given"
    raise CrbError(
        f"nothing could be compared: {counts.total():,} of {total:,} responses have no score: {reason}",
        where=f"{', '.join(f'run {one.path}' for one in found)}; the results are written, and say nothing of the model",
        todo=next((step for part, step in STEPS if part in reason), f"crb doctor {run.path} looks for the cause"),
    )


def _empty(run: Run) -> bool:
    figures = run.results["crb"]
    if run.judged is not None and READ & run.judged["reasons"].keys():
        return False
    if not run.of_pairs:
        return bool(figures["resolution"]["scores"] == 0)
    return bool(figures["counts"]["invalid"] == figures["counts"]["n"])


def _reasons(run: Run) -> Counter[str]:
    """Why responses have no score, and how many of them each time."""
    told = run.judged
    found = (
        told["reasons"]
        if told is not None
        else reasons(read_journal(run.path / JOURNAL, run.fingerprint, READING_LINES).values())
    )
    counts: Counter[str] = Counter()
    for of_status in found.values():
        counts.update(of_status)
    return counts
