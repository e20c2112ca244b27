"""What the byte prefilter looks for, from the words of a pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coercivity.documents.prefilter import SHORT, Phrases, Prefilter

if TYPE_CHECKING:
    from coercivity.claims.gazetteer import Gazetteer
    from coercivity.claims.vocabulary import Vocabulary

__all__ = ["prefilter_of"]

_ACTS: Final = ("control", "licence", "application")
"""Classes of the lexicon whose words make a firm's or a person's name worth reading."""

_SUBJECTS: Final = ("item", "authority")
"""Kinds whose names are enough by themselves."""

_kept: dict[int, tuple[Gazetteer, Prefilter]] = {}


def prefilter_of(vocabulary: Vocabulary) -> Prefilter:
    """Return the prefilter of a pack.

    Parameters
    ----------
    vocabulary : Vocabulary
        Items and authorities are the subject; firms, persons and occasions count beside a word of
        control or licence. Countries and places do not count: most news names one.
    """
    key = id(vocabulary.gazetteer)
    if key not in _kept:
        _kept.clear()
        _kept[key] = (vocabulary.gazetteer, _collected(vocabulary))
    return _kept[key][1]


def _collected(vocabulary: Vocabulary) -> Prefilter:
    subjects: set[tuple[str, ...]] = set()
    names: set[tuple[str, ...]] = set()
    for rows in vocabulary.gazetteer.phrases.values():
        for folded, written, entities in rows:
            kinds = {entity.kind for entity in entities if not entity.is_place}
            if kinds:
                phrase = tuple(map(_cased, folded, written))
                (subjects if kinds & set(_SUBJECTS) else names).add(phrase)
    acts = {
        tuple(word.replace("-", " ").split())
        for word, classes in vocabulary.lexicon.classes.items()
        if classes & set(_ACTS)
    }
    return Prefilter(Phrases(tuple(sorted(subjects)), tuple(sorted(names)), tuple(sorted(acts))))


def _cased(folded: str, written: str) -> str:
    """Return a folded word with the capitals that a text must have too."""
    capitals = written.replace(".", "")
    if len(capitals) <= SHORT + 1 and capitals.isupper():
        return folded.upper()
    return folded[:1].upper() + folded[1:] if written[:1].isupper() else folded
