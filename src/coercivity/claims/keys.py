"""What a claim is filed under, so that claims that may be about one event find each other.

Two claims that :func:`~coercivity.claims.blocking.is_same_event` or
:func:`~coercivity.claims.blocking.is_same_measure` can join always share a key here; claims that
share one need not be about the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from coercivity.claims.blocking import PEOPLE, STATE_ACTS, WINDOW_DAYS
from coercivity.claims.compare import Period, countries_of, period_of, shared_words
from coercivity.claims.model import Claim
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = ["Filing", "Key", "file_claim", "signature_of", "words_of"]

_LICENCES = frozenset({"LICENCE_GRANTED", "LICENCE_REFUSED"})
_WORD = re.compile(r"\w+")
_ALWAYS = Period(date.min, date.max, False)

Key = tuple[str, ...]


@dataclass(frozen=True)
class Filing:
    """Where a claim is looked for.

    Parameters
    ----------
    keys : frozenset of Key
        Claims that share one are compared if their periods are near.
    every : Key or None
        Filed there too, for claims that name nobody and so may fit anybody.
    is_wild : bool
        Whether it names nobody.
    parties : frozenset of Key
        Parties named; where one of two claims has no date, only these join them.
    period : Period or None
        When it happened, or by when it was known.
    """

    keys: frozenset[Key]
    every: Key | None = None
    is_wild: bool = False
    parties: frozenset[Key] = frozenset()
    period: Period | None = None

    @property
    def is_silent(self) -> bool:
        """Whether nothing can ever be compared with it."""
        return not (self.keys or self.is_wild or self.parties)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case."""
    return tuple(_WORD.findall(text.lower()))


def file_claim(claim: Claim, document: Document, vocabulary: Vocabulary) -> Filing:
    """Say where a claim is filed.

    Parameters
    ----------
    claim : Claim
    document : Document
        The one it stands in.
    vocabulary : Vocabulary
        Tells countries of parties and wider items.
    """
    if claim.frame is None:
        return Filing(frozenset(_open_keys(claim)), period=_published(document) or _ALWAYS)
    if claim.frame == "QUANTITY":
        keys = frozenset(_quantity_keys(claim, document, vocabulary))
        return Filing(keys, period=_ALWAYS)
    group = "people" if claim.frame in PEOPLE else claim.frame
    keys = frozenset((group, *key) for key in _act_keys(claim, vocabulary))
    keys |= frozenset((claim.frame, *key) for key in _speaker_keys(claim))
    may_be_wild = claim.frame in STATE_ACTS or claim.frame in _LICENCES
    return Filing(
        keys=keys,
        every=(group,) if may_be_wild else None,
        is_wild=may_be_wild and not any(key[1] == "land" for key in keys),
        parties=frozenset((group, slot.value) for slot in claim.slots if slot.kind == "party"),
        period=period_of(claim, document),
    )


def _act_keys(claim: Claim, vocabulary: Vocabulary) -> Iterator[Key]:
    """Yield the keys of an act: whoever must be shared for two reports to be about one."""
    if claim.frame in PEOPLE:
        yield from _lands(claim, "participant", vocabulary)
        yield from _words(claim, "topic")
    elif claim.frame == "TALKS_RESUMED":
        yield from _words(claim, "topic")
    elif claim.frame in STATE_ACTS:
        yield from _lands(claim, "actor", vocabulary)
    elif claim.frame in _LICENCES:
        yield from _lands(claim, "recipient", vocabulary)
        yield from (("value", value) for value in claim.values("recipient"))
    elif claim.frame == "APPLICATION_STATUS":
        yield from (("value", value) for value in claim.values("status"))
    elif claim.frame == "CONDITION":
        yield from (("value", value) for value in claim.values("destination"))
        yield from _words(claim, "condition")
    else:
        yield from (("value", value) for value in claim.values("actor"))


def _lands(claim: Claim, slot: str, vocabulary: Vocabulary) -> Iterator[Key]:
    yield from (("land", land) for land in countries_of(claim.values(slot), vocabulary))


def _words(claim: Claim, slot: str) -> Iterator[Key]:
    text = " ".join(claim.values(slot))
    yield from (("word", word) for word in shared_words(text, text))


def _quantity_keys(claim: Claim, document: Document, vocabulary: Vocabulary) -> Iterator[Key]:
    """Yield keys for the same measure of an item that includes another, and for the same number."""
    when = f"{claim.when.earliest}/{claim.when.latest}" if claim.when else "-"
    for item in claim.values("item") if claim.values("measure") else ():
        for wide in {item, *vocabulary.parents.get(item, ()), *_loosely(item, vocabulary)}:
            yield ("measure", *claim.values("measure"), when, wide)
    if document.published is not None:
        # Days within the window of one another fall into the same stretch or two neighbouring ones.
        stretch = document.published.value.earliest.toordinal() // (WINDOW_DAYS + 1)
        for value in claim.values("value"):
            for unit in claim.values("unit"):
                yield ("number", value, unit, str(stretch))
                yield ("number", value, unit, str(stretch + 1))


def _loosely(item: str, vocabulary: Vocabulary) -> Iterator[str]:
    yield from (wide for wide, narrow in vocabulary.loosely.items() if item in narrow)


def _open_keys(claim: Claim) -> Iterator[Key]:
    """Yield the speaker of a quotation that tells no act."""
    if claim.kind in ("open", "answer"):
        yield from _speaker_keys(claim)


def _speaker_keys(claim: Claim) -> Iterator[Key]:
    """Yield who is quoted: two reports of one utterance need name nothing else alike."""
    if claim.mode != "direct" or claim.speaker is None:
        return
    if claim.speaker.party:
        yield ("speaker", claim.speaker.party)
    yield ("name", claim.speaker.name)


def _published(document: Document) -> Period | None:
    if document.published is None:
        return None
    day = document.published.value.earliest
    return Period(day, day, False)


def signature_of(
    claim: Claim, document: Document, topics: frozenset[str] = frozenset()
) -> tuple[object, ...]:
    """Return everything about a claim that a comparison looks at.

    Two claims with one signature get the same verdict against every third.

    Parameters
    ----------
    topics : frozenset of str
        What a statement without act speaks of.
    """
    quoted: tuple[object, ...] = ()
    if claim.mode == "direct" and claim.speaker is not None:
        quoted = (claim.speaker.party, claim.speaker.name, words_of(claim.text))
    when = claim.when
    times = (when.value, when.earliest, when.latest, when.modifier, when.anchor) if when else ()
    return (
        claim.frame or ("open", claim.kind, topics),
        claim.polarity,
        claim.modality,
        claim.kind in ("question", "denial"),
        "presupposed" in claim.rules,
        tuple((s.name, s.value, s.kind) for s in claim.slots if s.name != "about"),
        tuple((m.low, m.high, m.hedge, m.unit) for m in claim.quantities),
        times,
        period_of(claim, document),
        document.published.value.earliest if document.published is not None else None,
        claim.speaker is None,
        quoted,
    )
