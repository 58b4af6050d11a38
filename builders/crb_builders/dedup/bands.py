"""MinHash signatures and their bands: which texts are worth comparing.

Signatures are rensa's (compiled, a wheel without dependencies): 256 minima per text whose share of agreement estimates
the Jaccard similarity of two sets (A. Broder (1997), On the resemblance and containment of documents). They are cut
into b bands of r minima; two texts are compared when a band agrees, which happens with probability 1 - (1 - J^r)^b
(P. Indyk and R. Motwani (1998), Approximate nearest neighbors). Only one 32-bit number per band is kept: 204 bytes per
text instead of 1,024. The price is a chance agreement once in 4 billion pairs and band, which verification removes.

Which b and r: the usual choice weighs false positives against false negatives and misses half of the pairs at the
threshold. Since every candidate is verified anyway, ours takes the longest bands that still miss at most one pair in a
thousand *at* the threshold, and fewer above it: 51 x 5 at 0.7, 42 x 6 at 0.75.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from crb.errors import MissingPackageError
from crb_builders.dedup.shingles import Shingles

PERMUTATIONS = 256
Keys = npt.NDArray[np.uint32]

_MISS = 1e-3  # pairs at the threshold that no band may find
_SEED = 20260501
_TEXTS = 1000  # signatures in memory at once


@dataclass(frozen=True, slots=True)
class Bands:
    """How a signature is cut: `count` bands of `rows` minima each."""

    count: int
    rows: int

    def finds(self, similarity: float) -> float:
        """The probability that two texts of this similarity agree in a band."""
        return float(1.0 - (1.0 - similarity**self.rows) ** self.count)


def bands_for(threshold: float, permutations: int = PERMUTATIONS, miss: float = _MISS) -> Bands:
    """The longest bands that miss at most a share `miss` of the pairs at the threshold."""
    best = Bands(permutations, 1)
    for rows in range(2, permutations + 1):
        cut = Bands(permutations // rows, rows)
        if 1.0 - cut.finds(threshold) <= miss:
            best = cut
    return best


def signatures(texts: Shingles, permutations: int = PERMUTATIONS) -> npt.NDArray[np.uint32]:
    """Minima of each text, shape (T, permutations).

    Raises:
        MissingPackageError: rensa is missing.
    """
    try:
        sketch: Any = import_module("rensa").RMinHash
    except ImportError as error:
        raise MissingPackageError("rensa", why="by the stage deduplicate", extra="build") from error
    offsets = texts.bounds.astype(np.uint64)
    rows = sketch.digest_matrix_from_flat_token_hashes(texts.hashes, offsets, permutations, _SEED).to_rows()
    return np.array(rows, dtype=np.uint32).reshape(len(texts), permutations)


def band_keys(texts: Shingles, cut: Bands, permutations: int = PERMUTATIONS) -> Keys:
    """One number per band of each text, shape (T, count)."""
    weights = np.random.default_rng(_SEED).integers(0, 2**63, size=cut.rows, dtype=np.uint64) * np.uint64(2)
    weights += np.uint64(1)
    found = np.empty((len(texts), cut.count), dtype=np.uint32)
    for first in range(0, len(texts), _TEXTS):
        part = texts.bounds[first : first + _TEXTS + 1]
        minima = signatures(Shingles(texts.hashes[part[0] : part[-1]], part - part[0]), permutations)
        total = np.zeros((len(minima), cut.count), dtype=np.uint64)
        for row in range(cut.rows):
            total += minima[:, row : cut.count * cut.rows : cut.rows] * weights[row]
            total ^= total >> np.uint64(29)
        found[first : first + len(minima)] = (total * weights[0]) >> np.uint64(32)
    return found
