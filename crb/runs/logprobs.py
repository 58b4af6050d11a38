"""Log-probabilities as one short text: thousands of numbers per answer would be most of a journal as plain JSON.

The text is base64 over zlib over three parts: a line of JSON with the distinct tokens (`[text, id]`) and, per step, how
many alternatives there are; then, token after token (the written one first, then its alternatives), the places in that
list as little-endian uint32, and the log-probabilities as little-endian float32, which is what engines compute in.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import cast, overload

import numpy as np
import numpy.typing as npt

from crb.generation import Step, Token

_LEVEL = 1  # the numbers hardly shrink at any level, and this one is fast


def pack(steps: Sequence[Step]) -> str:
    """The steps as text."""
    tokens: dict[tuple[str, int | None], int] = {}
    written = [token for step in steps for token in (step.token, *step.top)]
    places = [tokens.setdefault((token.text, token.id), len(tokens)) for token in written]
    head = json.dumps({"tokens": list(tokens), "top": [len(step.top) for step in steps]}, separators=(",", ":"))
    numbers = np.asarray([token.logprob for token in written], "<f4")
    data = head.encode("ascii") + b"\n" + np.asarray(places, "<u4").tobytes() + numbers.tobytes()
    return base64.b64encode(zlib.compress(data, _LEVEL)).decode("ascii")


def unpack(text: str) -> tuple[Step, ...]:
    """The steps of a text. Their alternatives are made when they are looked at, and most never are.

    Raises:
        ValueError: it is not one that `pack` wrote.
    """
    try:
        head, _, body = zlib.decompress(base64.b64decode(text, validate=True)).partition(b"\n")
        described = json.loads(head)
        known: list[tuple[str, int | None]] = [(token, id) for token, id in described["tokens"]]
        counts: list[int] = described["top"]
        if not all(isinstance(token, str) for token, _ in known) or not all(count >= 0 for count in counts):
            raise TypeError("a token that is no text, or a count below 0")
        size = sum(counts) + len(counts)
        places, numbers = np.frombuffer(body, "<u4", size), np.frombuffer(body, "<f4", size, offset=4 * size)
        if size and places.max() >= len(known):
            raise IndexError("a place behind the last token")
        starts = np.cumsum([0, *(count + 1 for count in counts)])[:-1]
        written = zip(places[starts].tolist(), numbers[starts].tolist(), starts.tolist(), counts, strict=True)
        return tuple(
            Step(
                Token(known[place][0], number, known[place][1]),
                cast("tuple[Token, ...]", _Alternatives(known, places, numbers, start + 1, count)),
            )
            for place, number, start, count in written
        )
    except (zlib.error, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise ValueError(f"the log-probabilities are damaged: {error}") from error


class _Alternatives(Sequence[Token]):
    """A step's alternatives, as good as a tuple of them."""

    __slots__ = ("_count", "_known", "_numbers", "_places", "_start")

    def __init__(
        self,
        known: list[tuple[str, int | None]],
        places: npt.NDArray[np.uint32],
        numbers: npt.NDArray[np.float32],
        start: int,
        count: int,
    ) -> None:
        self._known, self._places, self._numbers = known, places, numbers
        self._start, self._count = start, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Token, ...]: ...
    def __getitem__(self, index: int | slice) -> Token | tuple[Token, ...]:
        return tuple(self)[index]

    def __iter__(self) -> Iterator[Token]:
        span = slice(self._start, self._start + self._count)
        for place, number in zip(self._places[span].tolist(), self._numbers[span].tolist(), strict=True):
            text, id = self._known[place]
            yield Token(text, number, id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))
