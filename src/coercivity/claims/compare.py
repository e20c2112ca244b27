"""Two claims, slot by slot.

Explicit rules only: similarity of wording never decides whether two claims say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from coercivity.claims.model import Claim, SlotDifference, TimeRef
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document

__all__ = [
    "HEDGE_WIDTHS",
    "Period",
    "compare_slots",
    "countries_of",
    "items_related",
    "period_of",
    "shared_words",
    "value_interval",
]

OPEN_FACTOR = 2
"""How many times as far back as "more than two weeks ago" its act is looked for."""

HEDGE_WIDTHS = {"about": 0.05, "almost": 0.05, "over": 0.10, "under": 0.10, "": 0.0}
"""Relative width a hedge leaves open; "over" only upwards, "under" and "almost" only downwards."""

_WORD = re.compile(r"[a-z][a-z-]{3,}")
_STOP = frozenset(
    {"this", "that", "with", "from", "have", "been", "were", "their", "them", "they", "which"}
    | {"will", "would", "could", "shall", "after", "before", "about", "into", "over", "under"}
    | {"more", "than", "most", "some", "such", "also", "various", "several", "number"}
)


@dataclass(frozen=True)
class Period:
    """Days an act may have happened on.

    Parameters
    ----------
    earliest, latest : date
        Inclusive.
    is_event : bool
        Whether the text dates the act itself; otherwise it is only known by `latest`.
    """

    earliest: date
    latest: date
    is_event: bool

    def gap(self, other: Period) -> int:
        """Return the days between two periods, 0 if they touch."""
        if self.earliest <= other.latest and other.earliest <= self.latest:
            return 0
        return min(
            abs((self.earliest - other.latest).days), abs((other.earliest - self.latest).days)
        )


def period_of(claim: Claim, document: Document) -> Period | None:
    """Return when the act happened, or by when it was known; ``None`` if nobody knows."""
    bounds = _bounds(claim.when) if claim.when else None
    if bounds is not None:
        return Period(*bounds, True)
    bounds = _bounds(claim.said_at) if claim.said_at else None
    if bounds is not None:
        return Period(*bounds, False)
    if document.published is not None:
        value = document.published.value
        return Period(value.earliest, value.latest, False)
    return None


def _bounds(when: TimeRef) -> tuple[date, date] | None:
    """Days of a time reference; an open side is closed for the search only."""
    if when.earliest is not None and when.latest is not None:
        return when.earliest, when.latest
    if when.latest is not None:
        anchor = when.anchor or when.latest
        reach = max(1, (anchor - when.latest).days)
        return when.latest - timedelta(days=reach * (OPEN_FACTOR - 1)), when.latest
    return None


def countries_of(values: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """Return the countries of parties and country codes; words have none."""
    return frozenset(filter(None, (vocabulary.country_of(value) for value in values)))


def items_related(first: Iterable[str], second: Iterable[str], vocabulary: Vocabulary) -> str:
    """Compare two sets of items.

    Returns
    -------
    str
        ``same``, ``narrower``, ``broader``, ``overlap`` or ``conflict`` (nothing in common).
    """
    one, two = set(first), set(second)
    if one == two:
        return "same"
    below = {a for a in one if a in two or any(vocabulary.is_wider(b, a) for b in two)}
    above = {b for b in two if b in one or any(vocabulary.is_wider(a, b) for a in one)}
    if below == one:
        return "narrower"
    if above == two:
        return "broader"
    return "overlap" if below or above or one & two else "conflict"


def shared_words(first: str, second: str) -> frozenset[str]:
    """Return the longer words two texts have in common, plural or singular."""
    return _words(first) & _words(second)


def _words(text: str) -> frozenset[str]:
    words = (word.rstrip("s") for word in _WORD.findall(text.lower()) if word not in _STOP)
    return frozenset(words)


def compare_slots(a: Claim, b: Claim, vocabulary: Vocabulary) -> tuple[SlotDifference, ...]:
    """Compare every slot that at least one of two claims fills, in alphabetical order."""
    names = {slot.name for claim in (a, b) for slot in claim.slots} - {"of", "hedge", "about"}
    differences = []
    for name in sorted(names):
        one, two = a.values(name), b.values(name)
        if name == "origin" and set(one) | set(two) <= set(a.values("actor") + b.values("actor")):
            continue
        relation = _relation(name, one, two, a, b, vocabulary)
        differences.append(SlotDifference(name, "; ".join(one), "; ".join(two), relation))
    if a.when is not None or b.when is not None:
        differences.append(_date_difference(a.when, b.when))
    return tuple(differences)


def _relation(
    name: str,
    one: tuple[str, ...],
    two: tuple[str, ...],
    a: Claim,
    b: Claim,
    vocabulary: Vocabulary,
) -> str:
    """Relation of the values of one slot."""
    if not one or not two:
        return "only_a" if one else "only_b"
    if one == two and name != "value":
        return "same"
    if name in ("actor", "recipient", "destination", "origin", "participant", "applicant"):
        return _parties(one, two, vocabulary)
    if name == "item":
        return items_related(one, two, vocabulary)
    if name == "count":
        return _counts(one, two)
    if name == "value":
        return _values(a, b)
    if name in ("instrument", "legal_basis"):
        return _instruments(one, two)
    if name in ("topic", "condition", "place"):
        return "overlap"
    return "conflict"


def _parties(one: tuple[str, ...], two: tuple[str, ...], vocabulary: Vocabulary) -> str:
    """Compare parties: a body or firm is narrower than its country."""
    lands_one, lands_two = countries_of(one, vocabulary), countries_of(two, vocabulary)
    if not lands_one or not lands_two:
        return "overlap"
    if lands_one.isdisjoint(lands_two):
        return "conflict"
    named_one = {v for v in one if v in vocabulary.countries}
    named_two = {v for v in two if v in vocabulary.countries}
    if lands_one != lands_two or (named_one and named_two):
        return "same" if named_one == named_two and lands_one == lands_two else "overlap"
    return "narrower" if named_one else "broader" if named_two else "same"


def _counts(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    """Compare counts: a number is narrower than an unknown one."""
    numbers_one = [v for v in one if v != "unknown"]
    numbers_two = [v for v in two if v != "unknown"]
    if numbers_one and numbers_two:
        return "same" if set(numbers_one) & set(numbers_two) else "conflict"
    return "narrower" if numbers_one else "broader"


def _instruments(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    """Compare numbers of instruments; a year that only one names does not matter."""
    bare_one = {value.split("/")[0] for value in one}
    bare_two = {value.split("/")[0] for value in two}
    if bare_one == bare_two:
        return "same"
    if bare_one.isdisjoint(bare_two):
        return "conflict"
    return "narrower" if bare_one > bare_two else "broader" if bare_two > bare_one else "overlap"


def value_interval(claim: Claim) -> tuple[float, float] | None:
    """Return the values a quantity claim allows, its hedge included, in its own unit."""
    for mention in claim.quantities:
        if mention.low is None or mention.high is None:
            continue
        width = HEDGE_WIDTHS.get(mention.hedge, 0.0)
        low, high = mention.low, mention.high
        down = 0.0 if mention.hedge == "over" else width
        up = 0.0 if mention.hedge in ("under", "almost") else width
        return low - abs(low) * down, high + abs(high) * up
    return None


def _values(a: Claim, b: Claim) -> str:
    one, two = value_interval(a), value_interval(b)
    if one is None or two is None:
        return "overlap"
    return "same" if one[0] <= two[1] and two[0] <= one[1] else "conflict"


def _date_difference(one: TimeRef | None, two: TimeRef | None) -> SlotDifference:
    """Compare when an act happened."""
    text_one, text_two = (one.value if one else ""), (two.value if two else "")
    if one is None or two is None:
        return SlotDifference("when", text_one, text_two, "only_a" if one else "only_b")
    first, second = _bounds(one), _bounds(two)
    if first is None or second is None:
        relation = "overlap"
    elif first == second:
        relation = "same"
    elif first[1] < second[0] or second[1] < first[0]:
        relation = "conflict"
    elif second[0] <= first[0] and first[1] <= second[1]:
        relation = "narrower"
    elif first[0] <= second[0] and second[1] <= first[1]:
        relation = "broader"
    else:
        relation = "overlap"
    return SlotDifference("when", text_one, text_two, relation)
