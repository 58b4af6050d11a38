"""Texts that hold n-grams of a benchmark: thirteen words in a row, compared byte by byte (the index of `crb overlap`).

A model trained on a benchmark's texts is not measured by it, so the builder leaves them out before anybody trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from crb.benchmarks import load_benchmark
from crb.overlap.ngrams import GramIndex
from crb.overlap.words import pack

_CHARACTERS = 4_000_000  # of texts looked through at once


class Contamination:
    """Compares texts with the prompts and responses of benchmarks.

    Args:
        benchmarks: names, paths or hub ids, as `crb run --benchmark` takes them.
        n: words in an n-gram.

    Raises:
        UsageError, DataError: a benchmark that cannot be loaded.
    """

    def __init__(self, benchmarks: Iterable[str], n: int) -> None:
        texts: list[str] = []
        for benchmark in benchmarks:
            for item in load_benchmark(benchmark):
                texts += [item.prompt, *(candidate.text for candidate in item.candidates)]
        self._index = GramIndex.of(texts, n)

    def shared(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """How many n-grams of each text stand in a benchmark, each place of a repeated one counted, shape (T,)."""
        found = np.zeros(len(texts), dtype=np.int64)
        first = 0
        while first < len(texts):
            last, size = first, 0
            while last < len(texts) and (last == first or size + len(texts[last]) <= _CHARACTERS):
                size += len(texts[last])
                last += 1
            hits = self._index.find(pack(texts[first:last]))
            found[first:last] = np.bincount(hits.texts, minlength=last - first)
            first = last
        return found


def content_hashes(benchmarks: Iterable[str]) -> dict[str, str]:
    """The content of each benchmark, as a hash."""
    return {benchmark: load_benchmark(benchmark).content_hash for benchmark in benchmarks}
