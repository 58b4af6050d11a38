"""Scoring a few responses at once, without a benchmark or a run directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from crb.adapter import LoadRequest, ModelSource, ScalarModel
from crb.benchmarks.faults import text_fault
from crb.errors import DataError, UsageError, unknown_name
from crb.evaluation.prepare import DTYPES
from crb.evaluation.ranks import Rank
from crb.items import Candidate, Item
from crb.packages import require_scoring
from crb.readings import Reading
from crb.requests import Key, scalar_requests

if TYPE_CHECKING:
    from crb.engines.choice import Choice


def score_responses(
    model: str,
    prompt: str,
    responses: Sequence[str],
    *,
    system: str | None,
    adapter: str | None,
    dtype: str,
    engine: str,
    device: str,
    max_length: int | None,
    reference_text: bool,
) -> list[Reading]:
    """Readings in the order of `responses`."""
    if isinstance(responses, str):  # it would be taken for its letters
        raise DataError("the responses are one text, not a list", field="responses", todo="give [response], a list")
    texts = {"prompt": prompt} | {f"responses[{i}]": text for i, text in enumerate(responses)}
    for field, text in texts.items():
        if (fault := text_fault(field, text)) is not None:
            raise DataError(fault.what, field=field, todo=fault.todo)
    item = Item("one-off", prompt, tuple(Candidate(str(i), text, 0.0) for i, text in enumerate(responses)))
    scored = score_items(
        model,
        [item],
        system=lambda _: system,
        adapter=adapter,
        dtype=dtype,
        engine=engine,
        device=device,
        max_length=max_length,
        reference_text=reference_text,
    )
    return [scored.readings[("one-off", str(i))] for i in range(len(responses))]


@dataclass(frozen=True, slots=True)
class Scored:
    """Readings of all candidates, the tokens of their texts, and how many tokens the engine computed for them."""

    readings: dict[Key, Reading]
    tokens_submitted: int
    tokens_computed: int


def score_items(
    model: str,
    items: Sequence[Item],
    *,
    system: Callable[[Item], str | None],
    adapter: str | None = None,
    dtype: str = "auto",
    engine: str = "auto",
    device: str = "auto",
    max_length: int | None = None,
    reference_text: bool = False,
    source: str = "",
) -> Scored:
    """Score all candidates of some items at once, so that what they share is computed once.

    Args:
        system: the system prompt of an item.
        source: where the items came from, for errors.

    Raises:
        CrbError: a model that cannot be used, or a prompt that leaves no room for a response.
    """
    loaded, choice, found = _load(model, adapter, dtype, engine, Rank().device(device))
    longest = max_length or found.max_length
    requests, refused = scalar_requests(loaded, items, system, longest, reference_text=reference_text, source=source)
    before = choice.engine.meter.tokens
    readings = choice.engine.read(requests)
    submitted = sum(len(request.tokens) * len(request.keys) for request in requests)
    return Scored(readings | refused, submitted, choice.engine.meter.tokens - before)


@lru_cache(maxsize=1)  # one model at a time: two would rarely fit
def _load(
    model: str, adapter_name: str | None, dtype: str, engine: str, device: str
) -> tuple[ScalarModel, Choice, ModelSource]:
    require_scoring()
    from crb.engines.choice import choose
    from crb.models.quiet import quiet
    from crb.models.source import resolve

    if dtype not in DTYPES:
        raise unknown_name("dtype", dtype, DTYPES)
    source, adapter = resolve(model, adapter_name)
    if adapter.card.kind != "scalar":
        raise UsageError(
            f"{adapter.card.name!r} is a judge, and crb.score reads hidden states",
            where=f"model {source.name}",
            todo="judge a benchmark with crb.evaluate; a file with your own pairs is one",
        )
    request = LoadRequest(source, source.dtype if dtype == "auto" else dtype, device)
    with quiet():
        loaded = adapter.load(request)
        return loaded, choose(loaded, engine), source
