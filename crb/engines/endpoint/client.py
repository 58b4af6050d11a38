"""Asks an endpoint, call by call, until there is an answer, a refusal, or no patience left.

One client serves many calls at once in one event loop. What they learn they share: in which form the server takes
requests, that it asked everybody to wait, that it is down.
"""

from __future__ import annotations

import asyncio
from typing import Any

from crb.engines.endpoint.connection import Connection, NoSuccessError
from crb.engines.endpoint.dialect import Dialect, encode
from crb.engines.endpoint.models import no_answer, no_model
from crb.engines.endpoint.refusals import Meaning, Refusal
from crb.engines.endpoint.room import names_answer, room
from crb.engines.endpoint.settings import EndpointSettings, shown
from crb.engines.endpoint.totals import Totals
from crb.engines.endpoint.trouble import NEVER, Kind, Patience, RefusedError, StopError, Time, TroubleError
from crb.engines.endpoint.wire import GarbageError, Reply, read
from crb.engines.generation import Call
from crb.errors import CrbError, UsageError
from crb.generation import Failure, Generation

_NEVER_REACHED = 20.0  # seconds of patience with an address at which nothing ever answered
_REFUSED_AT_FIRST = 8  # so many calls refused before the first answer: it is not the calls
_FAILED_IN_A_ROW = 32  # so many calls given up without an answer between them: the server is down
_TOKEN_BYTES = 600  # what a token and its log-probability take at most, on average


class Client:
    """Asks one endpoint. All methods but the first run in one event loop."""

    def __init__(self, settings: EndpointSettings, connection: Connection, time: Time, totals: Totals) -> None:
        self._settings = settings
        self._connection = connection
        self._time = time
        self._totals = totals
        self._dialect = Dialect(settings)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._refusals = _Refusals()
        self._last_answer = NEVER
        self._not_before = NEVER
        self._refused_at_first = 0
        self._failed_in_a_row = 0
        self._shortened = 0
        self._down = ""
        self.stop: CrbError | None = None

    async def ask(self, call: Call) -> Generation | Failure | None:
        """The answer to a call; None where the run has to stop (`stop` says why)."""
        with self._refusals:
            async with self._slots:
                answer = await self._until_answered(call)
            if isinstance(answer, RefusedError):  # outside: while it waits, others may be asked
                for_good = answer.for_good and await self._refusals.are_permanent()
                answer = Failure(str(answer), permanent=for_good)
        if isinstance(answer, Failure):
            self._totals.failed()
        return answer

    def about(self) -> dict[str, Any]:
        """What is sent in another form than asked for, and whether the server went down."""
        told = self._dialect.about()
        if self._shortened:
            told["shortened"] = self._shortened
        return told | ({"down": self._down} if self._down else {})

    async def _until_answered(self, call: Call) -> Generation | Failure | RefusedError | None:
        patience = Patience(self._settings, self._time)
        while self.stop is None:
            if self._down:
                return Failure(f"not asked any more: {self._down}")
            if (pause := self._not_before - self._time.now()) > 0:
                await self._time.sleep(pause)
                continue
            try:
                return await self._in_any_form(call)
            except RefusedError as error:
                return error
            except StopError as error:
                self.stop = self.stop or error.error
            except TroubleError as trouble:
                self._totals.retried(trouble.kind.value)
                wait = patience.wait(trouble, self._last_answer)
                if wait is None or self._nobody_there(trouble, patience):
                    return self._given_up(trouble, patience)
                if trouble.kind is Kind.BUSY and trouble.wait:
                    self._not_before = max(self._not_before, self._time.now() + trouble.wait)
                await self._time.sleep(wait)
        return None

    def _nobody_there(self, trouble: TroubleError, patience: Patience) -> bool:
        return not self._connection.reached and patience.waited > _NEVER_REACHED

    def _given_up(self, trouble: TroubleError, patience: Patience) -> Failure | None:
        if not self._connection.reached and trouble.kind is Kind.UNREACHABLE:
            self.stop = self.stop or no_answer(self._connection.url, trouble.reason)
            return None
        self._failed_in_a_row += 1
        if patience.in_vain(self._last_answer) or self._failed_in_a_row >= _FAILED_IN_A_ROW:
            self._down = f"the server answered none of the calls before ({trouble.reason})"
        return Failure(patience.told(trouble))

    async def _in_any_form(self, call: Call) -> Generation:
        """The answer to a call, asked again at once in another form where the server refuses one."""
        most: int | None = None
        while True:
            sent = self._dialect.body(call, most)
            tokens = call.turn.sampling.max_tokens * (1 + sent.get("top_logprobs", 0))
            try:
                found = await self._connection.post(encode(sent), self._settings.largest + _TOKEN_BYTES * tokens)
                reply = read(found, self._connection.secrets.hide_long, logprobs="logprobs" in sent)
            except GarbageError as error:
                raise TroubleError(Kind.GARBAGE, str(error)) from error
            except NoSuccessError as error:
                if error.refusal.meaning is Meaning.TOO_LONG:
                    most = _shorter(error.refusal, call.turn.sampling.max_tokens if most is None else most)
                else:
                    await self._understand(error.refusal, sent)
            else:
                self._shortened += most is not None
                self._note(reply, sent)
                return reply.generation

    async def _understand(self, said: Refusal, sent: dict[str, Any]) -> None:
        """Raise what a refusal means; return where the call is to be asked again in another form."""
        match said.meaning:
            case Meaning.LATER:
                raise TroubleError(Kind.SERVER if said.status >= 500 else Kind.BUSY, str(said), said.wait)
            case Meaning.NOT_THIS_CALL:
                raise RefusedError(str(said), for_good=True)
            case Meaning.PERHAPS_THE_FORM:
                try:
                    if self._dialect.adapt(said.message, said.parameter, sent):
                        return
                except UsageError as error:
                    raise StopError(error) from error
                raise self._refused_for_unknown_reasons(said)
            case _:
                raise StopError(await self._no_use(said))

    def _refused_for_unknown_reasons(self, said: Refusal) -> RefusedError | StopError:
        self._refused_at_first += self._last_answer == NEVER
        if self._refused_at_first < _REFUSED_AT_FIRST:
            return RefusedError(str(said), for_good=False)  # it may be the server's state, which passes
        what = f"the endpoint refuses every request: {said}"
        todo = "mend what it complains of; the server's own log may tell more"
        return StopError(CrbError(what, where=shown(self._connection.url), todo=todo))

    async def _no_use(self, said: Refusal) -> CrbError:
        """Why no call can be answered, and what to do."""
        url, variable = self._connection.url, self._settings.api_key_env
        if said.meaning is Meaning.USED_UP:
            return CrbError(f"the account is used up: {said}", where=shown(url), todo="pay, then run the same again")
        if said.meaning is Meaning.ANSWER_TOO_LONG:
            todo = "ask for shorter answers (--max-new-tokens), or have the model served with a longer context"
            return UsageError(f"the endpoint gives no answers of that length: {said}", where=shown(url), todo=todo)
        if said.meaning is Meaning.NO_ACCESS:
            todo = f"put a key for this server into the environment variable {variable}"
            if variable is None:
                todo = "name the environment variable that holds the key"
            elif self._connection.has_key:
                todo = f"check the key in the environment variable {variable}, and what it may be used for"
            return UsageError(f"the endpoint gives no access: {said}", where=shown(url), todo=todo)
        models = await self._connection.models()
        if said.meaning is Meaning.NO_MODEL or (models and self._settings.model not in {each.id for each in models}):
            return no_model(self._settings, url, models, str(said))
        todo = "give the address where the API begins; most end in /v1"
        return UsageError(f"no chat completions at this address: {said}", where=shown(url), todo=todo)

    def _note(self, reply: Reply, sent: dict[str, Any]) -> None:
        self._last_answer = self._time.now()
        self._failed_in_a_row = 0
        self._down = ""  # one that was under way for long
        self._dialect.accepted(sent)
        self._refusals.decide(True)
        self._totals.answered(reply, logprobs="logprobs" in sent)


def _shorter(said: Refusal, asked: int) -> int:
    """The tokens of an answer that fit beside the prompt; fewer than were asked for.

    Raises:
        RefusedError: for good only where the prompt is at fault, and not a length that a setting can mend.
    """
    left = room(said.message, asked)
    if left is None:
        raise RefusedError(str(said), for_good=not names_answer(said.message))
    if not 0 < left < asked:
        raise RefusedError(str(said), for_good=left < 1)
    return left


class _Refusals:
    """Whether refusals are about the calls: only where the server answers other calls.

    Else the server's settings may be at fault, and the next start of the run is to ask again. Refusals come quicker
    than answers, so the first of them wait until one answer is there, or nothing else is under way. Every call enters.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._held = 0
        self._answered = False
        self._verdict: asyncio.Future[bool] | None = None

    def __enter__(self) -> None:
        self._under_way += 1

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        self._decide_if_idle()

    async def are_permanent(self) -> bool:
        """Wait for the verdict."""
        if self._answered:
            return True
        if self._verdict is None:
            self._verdict = asyncio.get_running_loop().create_future()
        verdict = self._verdict
        self._held += 1
        self._decide_if_idle()
        try:
            return await asyncio.shield(verdict)  # shielded: one call's end must not take it from the others
        finally:
            self._held -= 1

    def decide(self, permanent: bool) -> None:
        """Tell all that wait."""
        self._answered = self._answered or permanent
        verdict, self._verdict = self._verdict, None
        if verdict is not None and not verdict.done():
            verdict.set_result(permanent)

    def _decide_if_idle(self) -> None:
        if self._verdict is not None and self._held >= self._under_way:
            self.decide(False)
