"""Syndication families: copies and mirrors of one story are one witness.

Two documents belong together if they share enough runs of five words. Reports of one event by two
newsrooms do not: their overlap is a few hundredths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from coercivity.documents.model import Document
from coercivity.documents.view import block_view

__all__ = ["CONTAINMENT", "RESEMBLANCE", "SHINGLE_WORDS", "assign_families", "overlap", "shingles"]

SHINGLE_WORDS = 5
"""Words of a shingle [Broder1997]."""

RESEMBLANCE = 0.4
"""Jaccard index of the shingles from which two documents are copies."""

CONTAINMENT = 0.7
"""Share of the shorter document's shingles found in the longer from which it is an excerpt."""

FEWEST_SHINGLES = 8
"""Fewer shingles than this say nothing about copying."""

_WORD = re.compile(r"\w+")


def shingles(document: Document) -> frozenset[tuple[str, ...]]:
    """Return the runs of five words of the readable text, folded to lower case."""
    found: set[tuple[str, ...]] = set()
    for block in document.blocks:
        if block.kind in ("body", "teaser"):
            words = [word.lower() for word in _WORD.findall(block_view(document, block).text)]
            found.update(
                tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)
            )
    return frozenset(found)


def overlap(first: Document, second: Document) -> float:
    """Return the Jaccard index of the shingles of two documents, 0 to 1."""
    one, two = shingles(first), shingles(second)
    union = len(one | two)
    return len(one & two) / union if union else 0.0


def assign_families(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return the documents with their syndication families.

    A document starts in the family of its source, or alone. Copies join the family of the first
    of them by name.
    """
    ordered = sorted(documents, key=lambda document: (document.name, document.id))
    sets = [shingles(document) for document in ordered]
    parents = list(range(len(ordered)))
    for one, two in _candidates(sets):
        if _is_copy(sets[one], sets[two]):
            first, second = sorted((_root(parents, one), _root(parents, two)))
            parents[second] = first
    bases = [_base_family(document) for document in ordered]
    by_base: dict[str, int] = {}
    for position, base in enumerate(bases):
        first = by_base.setdefault(base, position)
        low, high = sorted((_root(parents, first), _root(parents, position)))
        parents[high] = low
    return tuple(
        replace(document, family=bases[_root(parents, position)])
        for position, document in enumerate(ordered)
    )


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
    smaller = min(len(one), len(two))
    if smaller < FEWEST_SHINGLES:
        return one == two
    shared = len(one & two)
    return shared / len(one | two) >= RESEMBLANCE or shared / smaller >= CONTAINMENT


def _root(parents: list[int], position: int) -> int:
    while parents[position] != position:
        position = parents[position]
    return position
