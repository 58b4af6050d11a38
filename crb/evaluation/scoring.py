"""Scoring: load the model, ask what the journal does not answer yet, write every batch down as it comes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from crb.adapter import LoadRequest
from crb.evaluation.prepare import VLLM, Prepared
from crb.evaluation.progress import Progress
from crb.evaluation.ranks import Rank
from crb.evaluation.session import Remaining, Session, note
from crb.evaluation.shared import Shared
from crb.evaluation.summing_up import reasons
from crb.evaluation.verifying import verify
from crb.evaluation.work import Outcome
from crb.readings import Reading
from crb.requests import Key, Request, scalar_requests
from crb.runs.codecs import READING_LINES
from crb.runs.journal import Journal, read_journal

if TYPE_CHECKING:
    from crb.adapter import ScalarModel
    from crb.engines.choice import Choice


ReadingJournal = Journal[Key, Reading, Reading]


class Scoring:
    """The work of a scalar model's run; see `crb.evaluation.work.Work`.

    Args:
        prepared: the run, decided.
        rank: which share of it is this process'.
        progress: told how far it is.
        shared: has the model where an earlier run loaded it.
    """

    lines = READING_LINES

    def __init__(self, prepared: Prepared, rank: Rank, progress: Progress, shared: Shared) -> None:
        self._prepared = prepared
        self._rank = rank
        self._progress = progress
        self._shared = shared

    def fill(self, journal: ReadingJournal, session: Session, kept: Callable[[], None]) -> None:
        """Score this process' share of what the run still lacks."""
        prepared, progress = self._prepared, self._progress
        known = _known(prepared, journal)
        wanted = {(item.id, candidate.id) for item in prepared.benchmark.items for candidate in item.candidates}
        if journal.repaired:
            note(session, progress, "the journal's last line was torn by a crash; it was cut off and is scored again")
        if wanted <= known.keys():
            return
        started = time.monotonic()
        model, choice = self._shared.once(
            lambda: _load(prepared, self._rank, progress), lambda loaded: loaded[1].engine
        )
        requests = self._requests(model, journal, known)
        session.load_seconds = time.monotonic() - started
        self._describe(model, choice, requests, session)
        self._score(choice, requests, known, journal, session, kept)

    def outcome(self, journal: ReadingJournal) -> Outcome:
        """The journal's readings; where some have no score, why."""
        return Outcome(journal.entries, notes=_unscored(journal.entries))

    def _requests(self, model: ScalarModel, journal: ReadingJournal, known: dict[Key, Reading]) -> list[Request]:
        """All requests of the run; what cannot be asked goes to the journal at once, and is known from then on."""
        prepared = self._prepared
        self._progress.stage("tokenising")
        requests, refused = scalar_requests(
            model,
            prepared.benchmark.items,
            prepared.system,
            prepared.config.max_length or prepared.source.max_length,
            long_prompts=prepared.config.long_prompts,
            reference_text=prepared.config.reference_text,
            source=prepared.benchmark.source,
        )
        if self._rank.first and not refused.keys() <= known.keys():
            journal.append(refused)
        known.update(refused)
        return requests

    def _describe(self, model: ScalarModel, choice: Choice, requests: list[Request], session: Session) -> None:
        """Tell how it is going to be scored, and verify that where it is asked for."""
        prepared, progress = self._prepared, self._progress
        if choice.fallback_reason is not None:
            note(session, progress, f"padded batches instead of prefix trees: {choice.fallback_reason}")
        if model.system_in_user and prepared.prompt_set is not None:
            note(session, progress, "the chat template refuses a system role: system prompts open the user turn")
        if prepared.config.reference_text:
            note(session, progress, _reference_note(model, requests))
        session.engine = {"name": choice.engine.name, "attention": choice.attention, "budget": choice.engine.budget}
        session.engine |= choice.engine.about()
        if prepared.settings.verify_batching and self._rank.first:
            progress.stage("verifying batches")
            found = verify(model, choice, requests, prepared.settings.verify_batching)
            session.engine |= {"verified_max_abs_diff": found.largest, "verified_unequal": found.unequal}
            note(session, progress, found.told())

    def _score(
        self,
        choice: Choice,
        requests: list[Request],
        known: Mapping[Key, Reading],
        journal: ReadingJournal,
        session: Session,
        kept: Callable[[], None],
    ) -> None:
        """Ask the engine what is not known, batch by batch."""
        prepared, progress, meter = self._prepared, self._progress, choice.engine.meter
        remaining = Remaining(requests, known)
        progress.start(len(prepared.benchmark.items), remaining.tokens, remaining.done_items, remaining.done_tokens)
        before, cuts = meter.tokens, len(meter.budget_cuts)
        started = time.monotonic()
        for batch in choice.engine.plan(requests)[self._rank.index :: self._rank.count]:
            if all(key in known for request in batch.requests for key in request.keys):
                continue
            for readings in choice.engine.score(batch):
                journal.append(readings)
                items, tokens = remaining.take(readings)
                session.items += items
                session.readings += len(readings)
                session.tokens_submitted += tokens
                session.tokens_computed = meter.tokens - before
                session.seconds = time.monotonic() - started
                progress.advance(items, tokens)
                kept()
        if len(meter.budget_cuts) > cuts:
            note(session, progress, f"memory ran out: the token budget was cut to {meter.budget_cuts[-1]}")
        truncated = sum(len(request.keys) for request in requests if request.tokens.truncated)
        if truncated:
            note(session, progress, f"{truncated} responses were cut to {prepared.config.max_length} tokens")


def _unscored(readings: Mapping[Key, Reading]) -> tuple[str, ...]:
    """A note on responses without a score, with the commonest reason: a figure of them says nothing of the model."""
    counts: Counter[str] = Counter()
    for found in reasons(readings.values()).values():
        counts.update(found)
    if not counts:
        return ()
    (reason, _), *others = counts.most_common()
    more = f", and {len(others)} more reasons" if len(others) > 1 else ", and one more reason" if others else ""
    return (f"{counts.total():,} of {len(readings):,} responses have no score: {reason}{more}",)


def _known(prepared: Prepared, journal: ReadingJournal) -> dict[Key, Reading]:
    """What this process' journal and those of its siblings answer already."""
    known = dict(journal.entries)
    for file in sorted(journal.path.parent.glob("journal*.jsonl")):
        if file != journal.path:
            known.update(read_journal(file, prepared.config.fingerprint, READING_LINES))
    return known


def _reference_note(model: ScalarModel, requests: list[Request]) -> str:
    """What the reference's text comes to with this model."""
    bos = model.tokenizer.bos_token_id
    if bos is not None and any(request.tokens.ids[:2].tolist() == [bos, bos] for request in requests):
        return "the reference's text: every text begins with two BOS tokens, as in the published runs"
    return "the reference's text is the plain one for this model: its BOS stands once, or not at all"


def _load(prepared: Prepared, rank: Rank, progress: Progress) -> tuple[ScalarModel, Choice]:
    """The adapter's model and the engine chosen for it."""
    from crb.engines.choice import choose
    from crb.models.quiet import quiet

    progress.stage(f"loading {prepared.source.name}")
    request = LoadRequest(
        source=prepared.source,
        dtype=prepared.config.dtype,
        device_map=rank.device(prepared.settings.device),
        trust_remote_code=prepared.settings.trust_remote_code is not None,
    )
    if prepared.config.engine == VLLM:
        return _load_vllm(prepared, request)
    with quiet():
        model = prepared.adapter.load(request)
        return model, choose(model, prepared.settings.engine, prepared.settings.token_budget)


def _load_vllm(prepared: Prepared, request: LoadRequest) -> tuple[ScalarModel, Choice]:
    """The same behind vLLM, which runs standard sequence classifiers."""
    from crb.engines.choice import Choice
    from crb.engines.on_vllm.classifier import check, load

    check(prepared.adapter.card)
    longest = prepared.config.max_length or prepared.source.max_length
    options = prepared.settings
    model, engine = load(request, longest, options.judge.tensor_parallel, budget=options.token_budget)
    return model, Choice(engine, "vllm")
