"""What a line of a journal holds: the reading of a candidate in a run of a scalar model, an answer in a judge's run.

Of an answer only its place is remembered: texts and log-probabilities stay in the file until they are read.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import NamedTuple

from crb.engines.generation import CallKey
from crb.generation import Failure, Generation, Usage
from crb.readings import Reading
from crb.requests import Key
from crb.runs.journal import Place, Record
from crb.runs.logprobs import pack, unpack
from crb.vocabulary import Status


class Readings:
    """A reading: item, candidate, status, and score or reason where there is one."""

    def write(self, key: Key, value: Reading) -> Record:
        """The record of a reading."""
        record: Record = {"item": key[0], "candidate": key[1], "status": value.status.value}
        if value.score is not None:
            record["score"] = value.score
        if value.reason is not None:
            record["reason"] = value.reason
        return record

    def read(self, record: Record, place: Place) -> tuple[Key, Reading]:
        """The reading itself is remembered."""
        score, reason = record.get("score"), record.get("reason")
        key = (record["item"], record["candidate"])
        if isinstance(score, bool) or not isinstance(score, int | float | None):
            raise TypeError("a score is a number")
        if not all(isinstance(text, str) for text in (*key, reason or "")):
            raise TypeError("item, candidate and reason are texts")
        return key, Reading(Status(record["status"]), None if score is None else float(score), reason)

    def same(self, one: Reading, other: Reading) -> bool:
        """Always: a candidate has one reading under one configuration, and the first one counts."""
        return True


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to write down.

    Args:
        digest: of the turn that it answers.
        answer: what came; a failure that asking again would not mend; None where an equal turn has the answer.
    """

    digest: str
    answer: Generation | Failure | None


class Entry(NamedTuple):
    """What is remembered of a line: the turn's digest, where it lies, whether an equal turn has the answer."""

    digest: str
    place: Place
    shared: bool


class Answers:
    """An answer: whose it is, the digest of the turn, text, finish reason, usage, log-probabilities.

    Nothing but whose it is and the digest stands in the line of a turn that an equal turn answers.
    """

    def write(self, key: CallKey, value: Answered) -> Record:
        """The record of an answer; log-probabilities come last, so that the rest of the line can be read by eye."""
        record: Record = {**key._asdict(), "digest": value.digest}
        if isinstance(value.answer, Failure):
            record["failed"] = value.answer.reason
        elif value.answer is not None:
            usage = value.answer.usage
            record["text"] = value.answer.text
            record["finish"] = value.answer.finish_reason
            record["usage"] = [usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens]
            if value.answer.steps:
                record["logprobs"] = pack(value.answer.steps)
        return record

    def read(self, record: Record, place: Place) -> tuple[CallKey, Entry]:
        """Where the answer lies."""
        key = CallKey(sys.intern(record["item"]), sys.intern(record["case"]), record["turn"], record["sample"])
        if not isinstance(key.turn, int) or not isinstance(key.sample, int) or not isinstance(record["digest"], str):
            raise TypeError("turn and sample are numbers, a digest is text")
        shared = "text" not in record and "failed" not in record
        return key, Entry(record["digest"], place, shared)

    def same(self, one: Entry, other: Entry) -> bool:
        """Whether both answer the same turn."""
        return one.digest == other.digest


def answer_of(record: Record) -> Generation | Failure:
    """The answer in a record that is not shared."""
    words = [record["failed"]] if "failed" in record else [record["text"], record["finish"]]
    if not all(isinstance(word, str) for word in words):
        raise TypeError("text, finish and failed are texts")
    if "failed" in record:
        return Failure(record["failed"], permanent=True)
    if not all(isinstance(count, int) for count in record["usage"]):
        raise TypeError("usage is counts")
    packed = record.get("logprobs")
    return Generation(
        record["text"], record["finish"], Usage(*record["usage"]), unpack(packed) if packed is not None else ()
    )


READING_LINES = Readings()
ANSWER_LINES = Answers()
