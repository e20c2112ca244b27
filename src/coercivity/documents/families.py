"""Syndication families: copies and mirrors of one story are one witness.

Two documents belong together if they share enough runs of five words. Reports of one event by two
newsrooms do not: their overlap is a few hundredths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from coercivity.documents.model import Document
from coercivity.documents.view import block_view

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CONTAINMENT",
    "MANY",
    "RESEMBLANCE",
    "SHINGLE_WORDS",
    "assign_families",
    "hashed_shingles",
    "join_families",
    "overlap",
    "shingles",
    "similar_pairs",
]

SHINGLE_WORDS = 5
"""Words of a shingle [Broder1997]."""

RESEMBLANCE = 0.4
"""Jaccard index of the shingles from which two documents are copies."""

CONTAINMENT = 0.7
"""Share of the shorter document's shingles found in the longer from which it is an excerpt."""

MANY = 500
"""Documents beyond which pairs are found by sketches instead of all shingles."""

FEWEST_SHINGLES = 8
"""Fewer shingles than this say nothing about copying."""

_WORD = re.compile(r"\w+")
_IS_SHOWN = re.compile(r"[^\u00ad\u200b-\u200d\u2060\ufeff]*").fullmatch


def shingles(document: Document) -> frozenset[tuple[str, ...]]:
    """Return the runs of five words of the readable text, folded to lower case."""
    found: set[tuple[str, ...]] = set()
    for words in _read_words(document):
        found.update(
            tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)
        )
    return frozenset(found)


def _read_words(document: Document) -> Iterator[list[str]]:
    """Words of each block of the article, in small letters."""
    for block in document.blocks:
        if block.kind in ("body", "teaser"):
            text = document.text[block.start : block.end]
            if document.markup == "html" or not _IS_SHOWN(text):
                text = block_view(document, block).text
            yield _WORD.findall(text.lower())


def overlap(first: Document, second: Document) -> float:
    """Return the Jaccard index of the shingles of two documents, 0 to 1."""
    one, two = shingles(first), shingles(second)
    union = len(one | two)
    return len(one & two) / union if union else 0.0


def hashed_shingles(document: Document) -> NDArray[np.uint64]:
    """Return the runs of five words as numbers; see :func:`shingles`.

    Returns
    -------
    uint64[shingle]
        Sorted, each once.
    """
    import numpy as np

    from coercivity.documents.similar import shingle_hashes

    found = [shingle_hashes(words, SHINGLE_WORDS) for words in _read_words(document)]
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.uint64)


def assign_families(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return the documents with their syndication families.

    A document starts in the family of its source, or alone. Copies join the family of the first
    of them by name. More than :data:`MANY` documents are compared by their sketches first.
    """
    ordered = sorted(documents, key=lambda document: (document.name, document.id))
    if len(ordered) > MANY:
        import numpy as np

        from coercivity.documents.similar import signature

        hashed = [hashed_shingles(document) for document in ordered]
        pairs = similar_pairs(hashed, np.stack([signature(found) for found in hashed]))
    else:
        sets = [shingles(document) for document in ordered]
        pairs = [pair for pair in _candidates(sets) if _is_copy(sets[pair[0]], sets[pair[1]])]
    families = join_families([_base_family(document) for document in ordered], pairs)
    return tuple(
        replace(document, family=family) for document, family in zip(ordered, families, strict=True)
    )


def similar_pairs(
    hashed: Sequence[NDArray[np.uint64]], signatures: NDArray[np.uint32]
) -> list[tuple[int, int]]:
    """Return the pairs of documents that are copies, found by their sketches.

    Parameters
    ----------
    hashed : sequence of uint64[shingle]
        As from :func:`hashed_shingles`.
    signatures : uint32[document, hash]
        As from :func:`coercivity.documents.similar.signature`.
    """
    import numpy as np

    from coercivity.documents.similar import candidate_pairs

    found = []
    for one, two in candidate_pairs(signatures, hashed, fewest=FEWEST_SHINGLES):
        a, b = hashed[one], hashed[two]
        n_shared = len(np.intersect1d(a, b, assume_unique=True))
        if _are_copies(len(a), len(b), n_shared):
            found.append((one, two))
    return found


def join_families(bases: Sequence[str], pairs: Iterable[tuple[int, int]]) -> list[str]:
    """Return the family of each document.

    Parameters
    ----------
    bases : sequence of str
        Family each one has by itself; equal ones are one family.
    pairs : iterable of (int, int)
        Copies of each other.
    """
    parents = list(range(len(bases)))
    by_base: dict[str, int] = {}
    same_base = [(by_base.setdefault(base, place), place) for place, base in enumerate(bases)]
    for one, two in (*pairs, *same_base):
        low, high = sorted((_root(parents, one), _root(parents, two)))
        parents[high] = low
    return [bases[_root(parents, place)] for place in range(len(bases))]


def _base_family(document: Document) -> str:
    if document.source is not None and document.source.family:
        return document.source.family
    return f"document:{document.id[:12]}"


def _candidates(sets: Sequence[frozenset[tuple[str, ...]]]) -> list[tuple[int, int]]:
    """Pairs that share at least one shingle, in order."""
    places: dict[tuple[str, ...], list[int]] = {}
    for position, found in enumerate(sets):
        for shingle in found:
            places.setdefault(shingle, []).append(position)
    shared: Counter[tuple[int, int]] = Counter()
    for positions in places.values():
        shared.update(combinations(positions, 2))
    return sorted(shared)


def _is_copy(one: frozenset[tuple[str, ...]], two: frozenset[tuple[str, ...]]) -> bool:
    return _are_copies(len(one), len(two), len(one & two))


def _are_copies(n_one: int, n_two: int, n_shared: int) -> bool:
    """Whether two sets of shingles are those of copies, from their sizes."""
    smaller = min(n_one, n_two)
    if smaller < FEWEST_SHINGLES:
        return n_one == n_two == n_shared
    return n_shared / (n_one + n_two - n_shared) >= RESEMBLANCE or n_shared / smaller >= CONTAINMENT


def _root(parents: list[int], position: int) -> int:
    while parents[position] != position:
        parents[position] = parents[parents[position]]
        position = parents[position]
    return position
