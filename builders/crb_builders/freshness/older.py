"""How much of a pair is older than the window: lines that both sides share, n-grams that stood in the tree before.

A commit edits a file: most of what a model reads was there for years, and only the change is new. Both are counted, so
that nobody takes a fresh slice for fresh text. Words and n-grams are those of `crb overlap`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from crb.overlap.ngrams import GramIndex, N
from crb.overlap.words import pack

Counts = npt.NDArray[np.int64]


def old_lines(old: str, new: str) -> float | None:
    """The share of the new side's lines that stand in the old one; blank lines aside, each counted as often as it
    stands there. None where there is no line."""
    before, after = Counter(_lines(old)), Counter(_lines(new))
    return (before & after).total() / after.total() if after else None


def added(old: str, new: str) -> list[str]:
    """The runs of lines that the new side has in the place of others, or besides."""
    before, after = old.splitlines(), new.splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return ["\n".join(after[first:last]) for tag, _, _, first, last in matcher.get_opcodes() if tag in _NEW]


_NEW = frozenset(("replace", "insert"))


def grams_in(texts: Sequence[str], tree: Iterable[Sequence[str]], n: int = N) -> tuple[Counts, Counts]:
    """How many n-grams each text has, by position, and how many of them stand in the tree, both of shape (T,).

    Args:
        texts: T texts; they are in memory with their n-grams.
        tree: texts, some at a time.
        n: words in an n-gram.
    """
    index = GramIndex.of(texts, n)
    hit = np.zeros(index.keys.size, dtype=np.bool_)
    for files in tree:
        hit[index.find(pack(files)).grams] = True
    every = np.bincount(index.text, minlength=len(texts))
    seen = np.bincount(index.text, weights=hit[index.gram], minlength=len(texts))
    return every.astype(np.int64), seen.astype(np.int64)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
