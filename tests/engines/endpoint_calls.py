"""Calls for the endpoint's tests, and an engine that is patient in hundredths of a second."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from loopback import Exchange, Script

from crb.conversation import Message
from crb.engines.endpoint.engine import EndpointEngine
from crb.engines.endpoint.settings import Backoff, EndpointSettings
from crb.engines.endpoint.trouble import Time
from crb.engines.generation import Call, CallKey
from crb.generation import Failure, Generation, Sampling, Turn

QUICK: dict[str, Any] = {
    "model": "tiny",
    "concurrency": 4,
    "timeout": 5.0,
    "patience": 3.0,
    "backoff": Backoff(first=0.01, longest=0.05),
}


def call(number: int = 0, *, thinking: bool | None = None, **sampling: Any) -> Call:
    """A call whose prompt is `ask 0`, `ask 1` and so on."""
    turn = Turn((Message("user", f"ask {number}"),), Sampling(**{"max_tokens": 16, **sampling}), thinking)
    return Call((CallKey(f"item-{number}", "chosen", 0, 0),), turn, 1000 + number)


@contextlib.contextmanager
def engine(url: str, clock: Time | None = None, **settings: Any) -> Iterator[EndpointEngine]:
    """An engine for the duration of a block."""
    made = EndpointEngine(EndpointSettings(**{"base_url": url, **QUICK, **settings}), clock=clock)
    try:
        yield made
    finally:
        began = time.monotonic()
        made.close()
        assert time.monotonic() - began < 5, "closing waits for a server"


def answers(engine: EndpointEngine, calls: Iterable[Call]) -> dict[str, Generation | Failure]:
    """All answers, by item. Each call is answered once, and nothing else is."""
    asked = []
    for each in calls:
        engine.submit(each)
        asked.append(each.keys[0].item)
    found: dict[str, Generation | Failure] = {}
    while len(found) < len(asked):
        came = engine.poll()
        assert came, "poll came back with nothing"
        for each, answer in came:
            assert each.keys[0].item not in found, "answered twice"
            found[each.keys[0].item] = answer
    assert not engine.poll()
    assert sorted(found) == sorted(asked)
    return found


def answer(engine: EndpointEngine, one: Call | None = None) -> Generation | Failure:
    """The answer to one call."""
    (only,) = answers(engine, [one or call()]).values()
    return only


def failing_first(times: int, fail: Callable[[Exchange], object]) -> Script:
    """Fails on the first tries of each prompt, then answers."""
    tries: Counter[str] = Counter()
    lock = threading.Lock()

    def script(exchange: Exchange) -> None:
        with lock:
            tries[exchange.prompt] += 1
            fails = tries[exchange.prompt] <= times
        if fails:
            fail(exchange)
        else:
            exchange.say(exchange.prompt)

    return script
