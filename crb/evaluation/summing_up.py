"""The end of a judge's run: verdicts become one reading per candidate, and the figures that results.json tells."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from crb.evaluation.cases import Dialogue
from crb.evaluation.comparing import compare
from crb.evaluation.verdicts import AUTO, CaseKey, Mean, Verdict, decide
from crb.evaluation.work import Outcome
from crb.items import Item
from crb.judge import ScoreMode
from crb.readings import Reading
from crb.requests import Key
from crb.vocabulary import Status

_UNREAD = {Status.UNPARSED, Status.OUT_OF_RANGE}
_REASONS = 20  # how many different reasons are listed per status; the rest is counted together
OTHER = "(other reasons)"


def sum_up(items: Sequence[Item], judged: Iterable[tuple[Dialogue, Verdict]], asked: str, *, pairwise: bool) -> Outcome:
    """The readings of all candidates.

    Args:
        judged: every dialogue with its verdict, the samples of a case one after the other.
        asked: the score mode as asked for.
    """
    cases: defaultdict[CaseKey, list[Verdict]] = defaultdict(list)
    missing: set[Key] = set()
    for dialogue, found in judged:
        cases[(dialogue.case.item.id, dialogue.case.id)].append(found)
        if found.missing:
            missing |= {(dialogue.case.item.id, candidate.id) for candidate in dialogue.case.candidates}
    verdicts = [verdict for samples in cases.values() for verdict in samples]
    mode = decide(asked, verdicts)
    told: dict[str, Any] = {"score": mode.value, "cut": sum(verdict.cut for verdict in verdicts)}
    if mode is ScoreMode.MEAN:
        mean = Mean()
        for key, samples in cases.items():
            mean.add(key, samples)
        scored = written = mean.readings
        told["samples_left_out"] = mean.left_out
    else:
        scored = {key: verdict.reading(mode) for key, (verdict,) in cases.items()}
        written = {key: verdict.reading(ScoreMode.GREEDY) for key, (verdict,) in cases.items()}
    readings = scored
    if pairwise:
        ids = ((item.id, tuple(candidate.id for candidate in item.candidates)) for item in items)
        compared = compare(ids, scored, written)
        readings = compared.readings
        told |= {"comparisons": compared.compared, "contradictions": compared.contradictions}
    told["reasons"] = reasons(readings.values())
    notes = []
    if asked == AUTO and mode is ScoreMode.GREEDY:
        bare = sum(verdict.expected is None for verdict in verdicts)
        notes.append(f"{bare:,} of {len(verdicts):,} answers have no log-probabilities: scores are greedy ones")
    little = sum(reading.score is not None and reading.reason is not None for reading in scored.values())
    if mode is ScoreMode.EXPECTED and little:
        share = "the scores in view have less than half of the probability"
        notes.append(f"in {little:,} of {len(scored):,} answers {share}: readings.jsonl says which")
    if readings and not missing and all(reading.status in _UNREAD for reading in readings.values()):
        step = "a few are in journal.jsonl; the adapter may be for another judge (--adapter)"
        notes.append(f"not one of {len(readings):,} responses got an answer that can be read: {step}")
    if missing:
        lack = f"{len(missing):,} of {len(readings):,} responses lack an answer"
        notes.append(f"{lack}; the same command asks for it again")
    return Outcome(readings, frozenset(missing), told | {"missing": len(missing)}, tuple(notes))


def reasons(readings: Iterable[Reading]) -> dict[str, dict[str, int]]:
    """Per status, why readings have no score: the most frequent reasons and how often each occurred."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reading in readings:
        if reading.score is None:
            counts[reading.status.value][reading.reason or "no reason given"] += 1
    listed: dict[str, dict[str, int]] = {}
    for status, found in sorted(counts.items()):
        ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        listed[status] = dict(ranked[:_REASONS])
        if len(ranked) > _REASONS:
            listed[status][OTHER] = sum(count for _, count in ranked[_REASONS:])
    return listed
