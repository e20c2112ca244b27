"""Names and phrases found by longest match over words.

A phrase matches whatever stands between its words: ``nickel-alloy sheets`` and ``nickel alloy
sheets`` are one. Proper names keep their case; short capitals match exactly, so that ``us`` is not
the United States; the last word of a common phrase may be singular or plural.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Entity", "Gazetteer", "Mention", "build_gazetteer", "find_mentions"]

_WORD = re.compile(r"(?:[A-Za-z]\.){2,}|[^\W_]+(?:&[^\W_]+)?")
_GAP = re.compile(r"[\s\-‐‑–./&,()’']{0,3}")


@dataclass(frozen=True, order=True)
class Entity:
    """What a name stands for.

    Parameters
    ----------
    kind : str
        ``country``, ``adjective``, ``capital``, ``item``, ``occasion`` or the kind of a party.
    value : str
        Id in the pack or country code.
    country : str
        Country code, or empty.
    name : str
        Usual name.
    """

    kind: str
    value: str
    country: str
    name: str

    @property
    def is_place(self) -> bool:
        """Whether it is a country, its adjective or its capital."""
        return self.kind in ("country", "adjective", "capital")

    @property
    def is_party(self) -> bool:
        """Whether it is a party of the pack."""
        return self.kind in ("authority", "firm", "aggregate", "person", "association")


@dataclass(frozen=True)
class Mention:
    """A name in a text: ``text[start:end]`` and everything it may stand for."""

    start: int
    end: int
    entities: tuple[Entity, ...]

    def first(self, *kinds: str) -> Entity | None:
        """Return the first entity of one of the kinds."""
        return next((entity for entity in self.entities if entity.kind in kinds), None)

    def place(self) -> Entity | None:
        """Return the country it stands for."""
        return self.first("country", "adjective", "capital")

    def party(self) -> Entity | None:
        """Return the party it stands for."""
        return next((entity for entity in self.entities if entity.is_party), None)


@dataclass(frozen=True)
class Gazetteer:
    """Phrases by their first folded word.

    Parameters
    ----------
    phrases : mapping
        First word to ``(folded words, words as written, entities)``, longest first.
    """

    phrases: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[Entity, ...]], ...]]


def _fold(word: str) -> str:
    """Lower case, without points, singular."""
    folded = word.replace(".", "").lower()
    if len(folded) > 3 and folded.endswith("ies"):
        return folded[:-3] + "y"
    if len(folded) > 3 and folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
        return folded[:-1]
    return folded


def build_gazetteer(entries: Iterable[tuple[str, Entity]]) -> Gazetteer:
    """Index names; names that several entities share keep all of them."""
    table: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Entity]] = {}
    for name, entity in entries:
        words = tuple(_WORD.findall(name))
        if words:
            found = table.setdefault((tuple(_fold(word) for word in words), words), [])
            if entity not in found:
                found.append(entity)
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], tuple[Entity, ...]]]] = {}
    for (folded, words), entities in table.items():
        by_first.setdefault(folded[0], []).append((folded, words, tuple(entities)))
    return Gazetteer(
        {
            first: tuple(sorted(rows, key=lambda row: (-len(row[0]), row[1])))
            for first, rows in sorted(by_first.items())
        }
    )


def find_mentions(text: str, gazetteer: Gazetteer) -> tuple[Mention, ...]:
    """Find names from left to right, the longest first; mentions do not overlap."""
    words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(text)]
    folded = [_fold(word) for _, _, word in words]
    mentions: list[Mention] = []
    position = 0
    phrases = gazetteer.phrases
    while position < len(words):
        if folded[position] not in phrases:
            position += 1
            continue
        found = _match_at(text, words, folded, position, gazetteer)
        if found is None:
            position += 1
            continue
        length, entities = found
        end = words[position + length - 1][1]
        mentions.append(Mention(words[position][0], end, entities))
        position += length
    return tuple(mentions)


def _match_at(
    text: str,
    words: list[tuple[int, int, str]],
    folded: list[str],
    position: int,
    gazetteer: Gazetteer,
) -> tuple[int, tuple[Entity, ...]] | None:
    """Longest phrase that begins at a word, with all entities of that length."""
    best = 0
    entities: list[Entity] = []
    for phrase, written, found in gazetteer.phrases.get(folded[position], ()):
        length = len(phrase)
        if length < best or tuple(folded[position : position + length]) != phrase:
            continue
        here = words[position : position + length]
        if not _contiguous(text, here) or not all(
            _case_fits(as_written, word)
            for as_written, (_, _, word) in zip(written, here, strict=True)
        ):
            continue
        best = length
        entities.extend(entity for entity in found if entity not in entities)
    return (best, tuple(entities)) if best else None


def _contiguous(text: str, words: list[tuple[int, int, str]]) -> bool:
    return all(_GAP.fullmatch(text, one[1], two[0]) is not None for one, two in pairwise(words))


def _case_fits(written: str, word: str) -> bool:
    """Capitals of the name must be capitals in the text; small letters may be either."""
    if len(written.replace(".", "")) <= 4 and written.replace(".", "").isupper():
        return word.replace(".", "").rstrip("s").isupper()
    return not written[0].isupper() or word[0].isupper()
