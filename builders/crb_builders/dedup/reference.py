"""The reference engine: datasketch, text by text.

Slow and plain on purpose: what the vectorised way must agree with. Signatures are datasketch's own over the shingles'
bytes, candidates come from its `MinHashLSH` under the same bands, and pairs are verified by the same exact similarity.
Every candidate is verified, joined already or not, so that the pairs themselves can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from crb.errors import MissingPackageError
from crb_builders.dedup.bands import PERMUTATIONS, Bands
from crb_builders.dedup.clusters import Components, Numbers
from crb_builders.dedup.shingles import Hashes

Pairs = list[tuple[int, int]]


def reference_pairs(
    sets: Iterator[Hashes],
    cut: Bands,
    similar: Callable[[Numbers, Numbers], np.ndarray[tuple[int], np.dtype[np.bool_]]],
    permutations: int = PERMUTATIONS,
) -> Pairs:
    """Verified pairs of texts (the smaller number first), in the order of the second.

    Args:
        sets: the shingles of each text.
        cut: bands of the index.
        similar: says for pairs of texts whether they reach the threshold.
        permutations: minima in a signature.

    Raises:
        MissingPackageError: datasketch is missing.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise MissingPackageError("datasketch", why="by the reference engine of deduplicate", extra="build") from error
    index = MinHashLSH(num_perm=permutations, params=(cut.count, cut.rows))
    empty = MinHash(num_perm=permutations)
    found: Pairs = []
    for text, shingles in enumerate(sets):
        if not shingles.size:
            continue
        signature = empty.copy()
        signature.update_batch([shingle.tobytes() for shingle in shingles])
        near = np.sort(np.array(index.query(signature), dtype=np.int64))
        if near.size:
            joined = similar(near, np.full(near.size, text, dtype=np.int64))
            found.extend((int(other), text) for other in near[joined])
        index.insert(text, signature)
    return found


def joined(pairs: Pairs, order: Numbers) -> Numbers:
    """The component of each text, named as `crb_builders.dedup.candidates.components` names it."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    components = Components(order.size)
    if pairs:
        ones, others = np.array(pairs, dtype=np.int64).T
        components.join(place[ones], place[others])
    found = np.empty_like(order)
    found[order] = order[components.labels()]
    return found
