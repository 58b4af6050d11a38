"""From what a judge said to readings: how each case reads, and one mode of scoring for the whole run.

A run never mixes modes: expected and greedy scores lie on different scales of ties, and a pair of one each would
compare the harness with itself. So every case is read first, and the mode is decided when all of them are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crb.engines.generation import CallKey
from crb.errors import UsageError
from crb.evaluation.asking import Stand
from crb.evaluation.cases import Dialogue
from crb.generation import Failure, Generation
from crb.judge import JudgeModel, ScoreMode
from crb.readings import Reading
from crb.vocabulary import Status

AUTO = "auto"
CaseKey = tuple[str, str]
"""(item id, case id)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One dialogue, read.

    Args:
        greedy, expected: as those modes read it; None where it was not read so, or cannot be.
        answered: whether the judge said all it was asked; then its status is the judge's own doing.
        missing: whether an answer lacks that the next start asks for again.
        cut: whether the final answer was cut at its longest length.
    """

    greedy: Reading | None
    expected: Reading | None
    answered: bool = True
    missing: bool = False
    cut: bool = False

    def reading(self, mode: ScoreMode) -> Reading:
        """The reading under a mode; every verdict has one under the mode that was decided."""
        found = self.expected if mode is ScoreMode.EXPECTED else self.greedy
        return found if found is not None else Reading(Status.ERROR, reason="the answer has no log-probabilities")


def unanswered(failure: Failure, *, missing: bool) -> Verdict:
    """The verdict of a dialogue that has no end."""
    reading = Reading(Status.ERROR, reason=failure.reason)
    return Verdict(reading, reading, answered=False, missing=missing)


def verdict(judge: JudgeModel, said: Sequence[Generation]) -> Verdict:
    """The verdict of a dialogue in which all is said."""
    last = said[-1]
    greedy = judge.read(said, ScoreMode.GREEDY)
    expected = judge.read(said, ScoreMode.EXPECTED) if last.weighed else None
    if expected is None and (greedy.score is None or not last.text.strip()):
        expected = greedy  # there is no score in either mode, so it must not decide the mode of the others
    return Verdict(greedy, expected, cut=last.cut)


def of_stand(judge: JudgeModel, dialogue: Dialogue, stand: Stand, failures: Mapping[CallKey, str]) -> Verdict:
    """The verdict of a dialogue as it stands."""
    if stand.failure is not None:
        return unanswered(stand.failure, missing=False)
    if stand.turn is not None:
        reason = failures.get(dialogue.key(len(stand.said)), "no answer yet")
        return unanswered(Failure(reason), missing=True)
    return verdict(judge, stand.said)


def decide(asked: str, verdicts: Iterable[Verdict]) -> ScoreMode:
    """The mode that a run is scored by: `auto` takes log-probabilities where every answer has them.

    Raises:
        UsageError: `expected` was asked for, and an answer has no log-probabilities.
    """
    if asked not in (AUTO, ScoreMode.EXPECTED):
        return ScoreMode(asked)
    if all(found.expected is not None for found in verdicts):
        return ScoreMode.EXPECTED
    if asked == AUTO:
        return ScoreMode.GREEDY
    raise no_logprobs()


def no_logprobs() -> UsageError:
    """What is told where `expected` was asked for and cannot be had."""
    return UsageError(
        "the expected score needs log-probabilities of several tokens at each place, and the answers have none",
        where="--score expected",
        todo="use --score greedy; answers that are in the journal are read again by crb reread RUN --score greedy",
    )


@dataclass(slots=True)
class Mean:
    """The mean of a case's samples, and what was left out of it."""

    left_out: int = 0
    readings: dict[CaseKey, Reading] = field(default_factory=dict)

    def add(self, key: CaseKey, verdicts: Sequence[Verdict]) -> None:
        """Take a case. A sample without a score is left out; without any sample left there is no score.

        While an answer is missing there is none either: a mean over fewer would change when it comes.
        """
        lost = next((found for found in verdicts if found.missing), None)
        readings = [found.reading(ScoreMode.MEAN) for found in verdicts]
        scores = [reading.score for reading in readings if reading.score is not None]
        if lost is not None:
            self.readings[key] = lost.reading(ScoreMode.MEAN)
            return
        self.left_out += len(readings) - len(scores)
        if not scores:
            self.readings[key] = readings[0]
            return
        reason = f"{len(readings) - len(scores)} of {len(readings)} samples left out"
        mean = Reading.of(sum(scores) / len(scores))
        self.readings[key] = Reading(mean.status, mean.score, reason if len(scores) < len(readings) else mean.reason)
