"""Near-duplicates among very many documents: MinHash and sampled shingles in arrays.

Small sets are compared exactly in :mod:`coercivity.documents.families`. Here candidates come from
two sketches, and only candidates are compared exactly: bands of a MinHash signature find copies
[Broder1997], and shingles whose number is divisible by :data:`SAMPLE` find short texts that stand
whole inside long ones, which MinHash cannot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_HASHES", "candidate_pairs", "shingle_hashes", "signature"]

N_HASHES: Final = 126
"""Hash functions of a signature."""

ROWS: Final = 3
"""Hashes of a band: documents that resemble each other by 0.4 share one of the 42 bands with
probability 0.94, by 0.5 with 0.997; unlike ones (0.05) with 0.005."""

SAMPLE: Final = 8
"""One shingle of this many is kept to find excerpts."""

_SEED: Final = 20_251_031

Hashes = NDArray[np.uint64]


@lru_cache(maxsize=65_536)
def _word_hash(word: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def shingle_hashes(words: Sequence[str], size: int) -> Hashes:
    """Return the distinct runs of words as numbers.

    Parameters
    ----------
    words : sequence of str
        Folded words of one paragraph.
    size : int
        Words of a run.

    Returns
    -------
    uint64[shingle]
        Sorted; the same on every machine.
    """
    if len(words) < size:
        return np.empty(0, dtype=np.uint64)
    numbers = np.fromiter((_word_hash(word) for word in words), np.uint64, len(words))
    n_runs = len(words) - size + 1
    found = np.zeros(n_runs, dtype=np.uint64)
    for place in range(size):
        # Unsigned arithmetic wraps; the odd factor keeps all bits in play.
        found = found * np.uint64(0x9E3779B97F4A7C15) + numbers[place : place + n_runs]
    found ^= found >> np.uint64(29)
    return np.unique(found)


@lru_cache(maxsize=1)
def _functions() -> tuple[Hashes, Hashes]:
    rng = np.random.default_rng(_SEED)
    high = np.iinfo(np.uint64).max
    factors = rng.integers(1, high, N_HASHES, dtype=np.uint64) | np.uint64(1)
    return factors, rng.integers(0, high, N_HASHES, dtype=np.uint64)


def signature(shingles: Hashes) -> NDArray[np.uint32]:
    """Return the MinHash signature of a set of shingles.

    Parameters
    ----------
    shingles : uint64[shingle]

    Returns
    -------
    uint32[N_HASHES]
        Smallest value of each hash function (multiply-shift [Dietzfelbinger1997]); all ones for
        the empty set.
    """
    factors, terms = _functions()
    smallest = np.full(N_HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(shingles), 4096):
        block = shingles[start : start + 4096, None] * factors + terms
        np.minimum(smallest, block.min(axis=0), out=smallest)
    return (smallest >> np.uint64(32)).astype(np.uint32)


def candidate_pairs(
    signatures: NDArray[np.uint32], shingles: Sequence[Hashes], *, fewest: int
) -> list[tuple[int, int]]:
    """Return the pairs of documents that may be copies.

    Parameters
    ----------
    signatures : uint32[document, N_HASHES]
    shingles : sequence of uint64[shingle]
    fewest : int
        Documents with fewer shingles than this are compared with equal ones alone.

    Returns
    -------
    list of (int, int)
        Smaller number first, sorted. Of documents with the same sketch every one is paired with
        its neighbour and with the first, so that a story of a thousand copies makes two thousand
        pairs and not half a million.
    """
    found: set[tuple[int, int]] = set()
    for start in range(0, N_HASHES, ROWS):
        band = np.ascontiguousarray(signatures[:, start : start + ROWS])
        keys = band.view(np.dtype((np.void, band.dtype.itemsize * ROWS))).ravel()
        _, groups = np.unique(keys, return_inverse=True)
        found.update(_neighbours(groups.ravel(), np.arange(len(keys))))
    lengths = [len(kept) if len(kept) >= fewest else 0 for kept in shingles]
    sampled = [
        kept[kept % np.uint64(SAMPLE) == 0] if length else kept[:0]
        for kept, length in zip(shingles, lengths, strict=True)
    ]
    if sampled:
        owners = np.repeat(np.arange(len(sampled)), [len(kept) for kept in sampled])
        found.update(_neighbours(np.concatenate(sampled), owners))
    return sorted(found)


def _neighbours(keys: NDArray[np.generic], owners: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Pair the owners of equal keys: each with the one before, and with the first."""
    order = np.lexsort((owners, keys))
    ordered, who = keys[order], owners[order]
    same = ordered[1:] == ordered[:-1]
    starts = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(ordered)), 0))
    second = np.flatnonzero(same) + 1
    pairs = np.concatenate(
        (
            np.stack((who[second - 1], who[second]), axis=1),
            np.stack((who[starts[second]], who[second]), axis=1),
        )
    )
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    yield from ((int(one), int(two)) for one, two in pairs)
