"""The driver: keeps an engine full, writes every answer down when it comes, and asks what follows from it.

Later turns go first: a dialogue that has begun is brought to its end before new ones begin, so that a run stopped at
any time has as many scores as its answers allow. Equal turns of one sample are one call, whoever asks them.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import count

from crb.engines.generation import Answer, Call, CallKey, GenerationEngine
from crb.evaluation.asking import Asker, Stand, seed_of
from crb.evaluation.cases import Dialogue
from crb.generation import Failure
from crb.runs.answers import KeptAnswers
from crb.runs.codecs import Answered, Entry
from crb.runs.journal import Journal

AnswerJournal = Journal[CallKey, Answered, Entry]
Wait = tuple[str, int]
"""A turn in flight: its digest and the sample."""


class Driver:
    """Brings dialogues to their end.

    Args:
        seed: the run's.
        answered: told of every answer and failure that came.
        ended: told of every dialogue in which all is said, or nothing more can be.
    """

    def __init__(
        self,
        engine: GenerationEngine,
        asker: Asker,
        answers: KeptAnswers,
        journal: AnswerJournal,
        *,
        seed: int,
        answered: Callable[[Sequence[Answer]], None],
        ended: Callable[[Dialogue, Stand], None],
    ) -> None:
        self._engine = engine
        self._asker = asker
        self._answers = answers
        self._journal = journal
        self._seed = seed
        self._answered = answered
        self._ended = ended
        self._fresh: deque[Dialogue] = deque()
        self._begun: list[tuple[int, int, Dialogue]] = []  # a heap: more turns first, then who came first
        self._number = count()
        self._waiting: dict[Wait, list[tuple[Dialogue, int]]] = {}
        self._failed: dict[Wait, str] = {}
        self.failures: dict[CallKey, str] = {}
        """Turns that got no answer, and why: the next start asks them again."""

    def run(self, dialogues: Iterable[Dialogue]) -> None:
        """Bring dialogues to their end."""
        self._fresh.extend(dialogues)
        while True:
            self._fill()
            if not self._waiting:
                break
            self._take(self._engine.poll())
        self._write({})

    def _fill(self) -> None:
        while len(self._waiting) < self._engine.capacity and (dialogue := self._next()) is not None:
            stand = self._asker.look(dialogue)
            if stand.turn is None:
                self._ended(dialogue, stand)
                continue
            wait = (stand.digest, dialogue.sample)
            place = (dialogue, len(stand.said))
            if wait in self._failed:
                self.failures[dialogue.key(place[1])] = self._failed[wait]
            elif wait in self._waiting:
                self._waiting[wait].append(place)
            else:
                self._waiting[wait] = [place]
                seed = seed_of(self._seed, stand.digest, dialogue.sample)
                self._engine.submit(Call((dialogue.key(place[1]),), stand.turn, seed))

    def _next(self) -> Dialogue | None:
        if self._begun:
            return heapq.heappop(self._begun)[2]
        return self._fresh.popleft() if self._fresh else None

    def _take(self, answers: Sequence[Answer]) -> None:
        lines: dict[CallKey, Answered] = {}
        for call, answer in answers:
            digest = call.turn.digest
            waiting = self._waiting.pop((digest, call.keys[0].sample))
            lost = isinstance(answer, Failure) and not answer.permanent
            if isinstance(answer, Failure) and lost:
                self._failed[(digest, call.keys[0].sample)] = answer.reason
                self.failures.update({dialogue.key(turn): answer.reason for dialogue, turn in waiting})
                continue
            keys = [dialogue.key(turn) for dialogue, turn in waiting]
            lines[keys[0]] = Answered(digest, answer)
            lines.update({key: Answered(digest, None) for key in keys[1:]})
            for dialogue, turn in waiting:
                heapq.heappush(self._begun, (-turn, next(self._number), dialogue))
        self._write(lines)
        self._answered(answers)

    def _write(self, lines: dict[CallKey, Answered]) -> None:
        """Answers, and the short lines of turns found answered since the last time: on disk before anything else."""
        lines = {**lines, **self._asker.shared}
        self._asker.shared.clear()
        if lines:
            self._answers.learn(self._journal.append(lines))
