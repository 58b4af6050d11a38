"""Judging: a judge's run, from its cases to readings. The driver asks, the journal remembers, the end reads it all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any, cast

from crb.engines.generation import Answer, CallKey, GenerationEngine
from crb.evaluation.asking import Asker, Stand
from crb.evaluation.cases import Dialogue, dialogues, share
from crb.evaluation.driving import AnswerJournal, Driver
from crb.evaluation.generators import generator
from crb.evaluation.prepare import ENDPOINT, Prepared
from crb.evaluation.progress import Progress
from crb.evaluation.ranks import Rank
from crb.evaluation.session import Generated, Session, note
from crb.evaluation.shared import Shared
from crb.evaluation.summing_up import sum_up
from crb.evaluation.verdicts import no_logprobs, of_stand
from crb.evaluation.work import Outcome
from crb.generation import Failure
from crb.items import Item
from crb.judge import JudgeAdapter, JudgeModel, JudgeRequest, ScoreMode
from crb.runs.answers import KeptAnswers
from crb.runs.codecs import ANSWER_LINES
from crb.runs.config import JudgeConfig
from crb.runs.journal import read_journal

_TELL_SECONDS = 5.0


class Judging:
    """The work of a judge's run; see `crb.evaluation.work.Work`."""

    lines = ANSWER_LINES

    def __init__(self, prepared: Prepared, rank: Rank, progress: Progress, shared: Shared) -> None:
        self._prepared = prepared
        self._rank = rank
        self._progress = progress
        self._shared = shared
        self._config = prepared.config.judge or JudgeConfig()
        self._judge = load_judge(prepared)
        self._failures: dict[CallKey, str] = {}

    def fill(self, journal: AnswerJournal, session: Session, kept: Callable[[], None]) -> None:
        """Ask for this process' share of the answers that the run still lacks."""
        if journal.repaired:
            text = "the journal's last line was torn by a crash; it was cut off and its answer is asked for again"
            note(session, self._progress, text)
        failures: dict[CallKey, str] = {}
        with KeptAnswers([*journal.replaced, journal.entries, *self._siblings(journal)]) as answers:
            asker = self._asker(answers)
            mine = share(self._prepared.benchmark.items, self._rank.index, self._rank.count)
            self._progress.stage("looking for what is answered already")
            unfinished = [dialogue for dialogue in self._dialogues(mine) if not self._look(asker, dialogue).done]
            if asker.shared:
                answers.learn(journal.append(asker.shared))
                asker.shared.clear()
            if unfinished:
                failures = self._drive(asker, answers, journal, unfinished, len(mine), session, kept)
        for shared in self._rank.gather(failures):
            self._failures.update(shared)

    def outcome(self, journal: AnswerJournal) -> Outcome:
        """What the journal comes to, read from its first answer to its last."""
        self._progress.stage("reading the answers")
        with KeptAnswers([*journal.replaced, journal.entries]) as answers:
            asker = self._asker(answers)
            verdicts = (
                (dialogue, of_stand(self._judge, dialogue, asker.look(dialogue), self._failures))
                for dialogue in self._dialogues(self._prepared.benchmark.items)
            )
            found = sum_up(self._prepared.benchmark.items, verdicts, self._config.score, pairwise=self._judge.pairwise)
            if asker.shared:  # a sibling left an answer to older words as the last line: say which one counts
                journal.append(asker.shared)
            return found

    def _drive(
        self,
        asker: Asker,
        answers: KeptAnswers,
        journal: AnswerJournal,
        unfinished: Sequence[Dialogue],
        items: int,
        session: Session,
        kept: Callable[[], None],
    ) -> dict[CallKey, str]:
        """Run the engine over unfinished dialogues; gives the turns that got no answer."""
        self._progress.stage(f"loading {self._prepared.source.name}")
        started = time.monotonic()
        with self._engine() as engine:
            session.load_seconds = time.monotonic() - started
            watch = _Watch(engine, session, self._progress, items, unfinished)

            def answered(came: Sequence[Answer]) -> None:
                watch.answered(came)
                kept()

            def ended(dialogue: Dialogue, stand: Stand) -> None:
                self._check_logprobs(stand)
                watch.ended(dialogue)

            driver = Driver(engine, asker, answers, journal, seed=self._config.seed, answered=answered, ended=ended)
            driver.run(unfinished)
            watch.tell_engine()
        return driver.failures

    def _engine(self) -> AbstractContextManager[GenerationEngine]:
        """The engine: of a model that we load, the one that all runs share; of an endpoint, which counts what a run
        costs, one of its own."""
        if self._prepared.config.engine == ENDPOINT:
            return closing(generator(self._prepared))
        return nullcontext(self._shared.once(lambda: generator(self._prepared), lambda engine: engine))

    def _look(self, asker: Asker, dialogue: Dialogue) -> Stand:
        stand = asker.look(dialogue)
        if stand.done:
            self._check_logprobs(stand)
        return stand

    def _check_logprobs(self, stand: Stand) -> None:
        """Stop at the first answer without log-probabilities where they were asked for, not after the last one."""
        wanted = self._config.score == ScoreMode.EXPECTED.value and stand.failure is None
        if wanted and not stand.said[-1].weighed and stand.said[-1].text.strip():
            raise no_logprobs()

    def _dialogues(self, items: Sequence[Item]) -> Iterable[Dialogue]:
        return dialogues(items, pairwise=self._judge.pairwise, mode=self._prepared.mode, samples=self._config.samples)

    def _asker(self, answers: KeptAnswers) -> Asker:
        return Asker(self._judge, answers, sampled=self._config.score == ScoreMode.MEAN.value)

    def _siblings(self, journal: AnswerJournal) -> Iterable[dict[CallKey, Any]]:
        for file in sorted(journal.path.parent.glob("journal*.jsonl")):
            if file != journal.path:
                yield read_journal(file, self._prepared.config.fingerprint, ANSWER_LINES)


def load_judge(prepared: Prepared) -> JudgeModel:
    """The judge of a run; no weights are loaded."""
    from crb.models.quiet import quiet

    adapter = cast(JudgeAdapter, prepared.adapter)
    config = prepared.config.judge or JudgeConfig()
    with quiet():
        return adapter.load(JudgeRequest(prepared.source, prepared.templates, config.max_tokens))


class _Watch:
    """Tells session and progress what comes in: items as their last dialogue ends, tokens as they were written."""

    def __init__(
        self,
        engine: GenerationEngine,
        session: Session,
        progress: Progress,
        items: int,
        unfinished: Sequence[Dialogue],
    ) -> None:
        self._engine = engine
        self._session = session
        self._progress = progress
        self._open = Counter(dialogue.case.item.id for dialogue in unfinished)
        self._started = time.monotonic()
        self._generated = session.generated = Generated()
        progress.start(items, 0, items - len(self._open), 0)
        self.tell_engine()

    def tell_engine(self) -> None:
        """Write down what the engine tells of itself; some must ask another machine for it."""
        about = self._engine.about()
        self._told = time.monotonic()
        self._session.engine = {"name": self._engine.name, **about}
        self._session.dollars = about.get("dollars")

    def answered(self, came: Sequence[Answer]) -> None:
        """Count answers."""
        before = self._generated.completion_tokens
        for _, answer in came:
            self._generated.count(None if isinstance(answer, Failure) else answer)
        self._session.tokens_submitted = self._generated.prompt_tokens
        self._session.tokens_computed = (
            self._generated.prompt_tokens - self._generated.cached_tokens + self._generated.completion_tokens
        )
        self._session.seconds = time.monotonic() - self._started
        self._progress.advance(0, self._generated.completion_tokens - before)
        if time.monotonic() - self._told > _TELL_SECONDS:
            self.tell_engine()

    def ended(self, dialogue: Dialogue) -> None:
        """Count a dialogue in which all is said."""
        item = dialogue.case.item.id
        self._session.readings += 1
        self._open[item] -= 1
        if not self._open[item]:
            self._session.items += 1
            self._progress.advance(1, 0)
