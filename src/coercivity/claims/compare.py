"""Two claims, slot by slot.

Explicit rules only: similarity of wording never decides whether two claims say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from coercivity.claims.model import Claim, SlotDifference, TimeRef
from coercivity.claims.vocabulary import Vocabulary, country_entities
from coercivity.documents.model import Document
from coercivity.errors import InputError
from coercivity.timeline import parse_partial
from coercivity.units import compatible, convert

__all__ = [
    "DATE_SLOTS",
    "HEDGE_WIDTHS",
    "Period",
    "compare_slots",
    "countries_of",
    "items_related",
    "period_of",
    "shared_words",
    "value_interval",
]

DATE_SLOTS = frozenset({"announced", "effective", "until"})
"""Slots whose values are dates."""

OPEN_FACTOR = 2
"""How many times as far back as "more than two weeks ago" its act is looked for."""

HEDGE_WIDTHS = {"about": 0.05, "almost": 0.05, "over": 0.10, "under": 0.10, "": 0.0}
"""Relative width a hedge leaves open; "over" only upwards, "under" and "almost" only downwards."""

_NOT_COMPARED = frozenset({"of", "hedge", "about", "level", "price_year", "per"})
_WORD = re.compile(r"[a-z][a-z-]{3,}")
_STEM = 7
"""Letters by which words are one in another form: "re-export", "re-exported"."""

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
    slots_a, slots_b = _by_name(a), _by_name(b)
    actors = {*slots_a.get("actor", ()), *slots_b.get("actor", ())}
    differences = []
    for name in sorted((slots_a.keys() | slots_b.keys()) - _NOT_COMPARED):
        one, two = slots_a.get(name, ()), slots_b.get(name, ())
        if name == "origin" and actors.issuperset((*one, *two)):
            continue
        relation = _relation(name, one, two, a, b, vocabulary)
        differences.append(SlotDifference(name, "; ".join(one), "; ".join(two), relation))
    if a.when is not None or b.when is not None:
        differences.append(_date_difference(a.when, b.when))
    return tuple(differences)


def _by_name(claim: Claim) -> dict[str, tuple[str, ...]]:
    """Values of every slot, sorted, each once: one pass where asking slot by slot takes many."""
    found: dict[str, set[str]] = {}
    for slot in claim.slots:
        found.setdefault(slot.name, set()).add(slot.value)
    return {name: tuple(sorted(values)) for name, values in found.items()}


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
    if name == "unit":
        return "same" if one == two or all(map(compatible, one, two)) else "conflict"
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
    if name == "place":
        return _places(a, b)
    if name == "condition":
        return _conditions(one, two)
    if name == "topic":
        return "overlap"
    if name in DATE_SLOTS:
        return _dates(one, two)
    return "conflict"


def _dates(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    """Compare dates of any precision: a day is narrower than its month."""
    try:
        first, second = parse_partial(one[0]), parse_partial(two[0])
    except InputError:
        return "overlap"
    if not first.may_equal(second):
        return "conflict"
    if first.within(second):
        return "same" if second.within(first) else "narrower"
    return "broader" if second.within(first) else "overlap"


def _parties(one: tuple[str, ...], two: tuple[str, ...], vocabulary: Vocabulary) -> str:
    """Compare parties: a body or firm is narrower than its country."""
    lands_one, lands_two = countries_of(one, vocabulary), countries_of(two, vocabulary)
    if not lands_one or not lands_two:
        return _described(one, two) if not lands_one and not lands_two else "overlap"
    if lands_one.isdisjoint(lands_two):
        return "conflict"
    named_one = {v for v in one if v in vocabulary.countries}
    named_two = {v for v in two if v in vocabulary.countries}
    if lands_one != lands_two or (named_one and named_two):
        return "same" if named_one == named_two and lands_one == lands_two else "overlap"
    return "narrower" if named_one else "broader" if named_two else "same"


def _described(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    """Compare parties that are only described: more words about the same noun say more."""
    first, second = _words(" ".join(one)), _words(" ".join(two))
    if not first or not second or _last_word(one) != _last_word(two):
        return "overlap"
    if one == two or first == second:
        return "same" if _n_words(one) == _n_words(two) else _longer(one, two)
    return "narrower" if first > second else "broader" if second > first else "overlap"


def _longer(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    return "narrower" if _n_words(one) > _n_words(two) else "broader"


def _n_words(values: tuple[str, ...]) -> int:
    return sum(len(value.split()) for value in values)


def _last_word(values: tuple[str, ...]) -> str:
    return values[-1].split()[-1].lower().rstrip("s")


def _places(a: Claim, b: Claim) -> str:
    """Compare places: two towns, each named by one word, exclude one another.

    A summit, a country or a building may well be in a town.
    """
    one, two = a.slot("place"), b.slot("place")
    if one is None or two is None:
        return "overlap"
    towns = all(
        slot.rule == "place" and slot.value.isalpha() and slot.value.istitle()
        for slot in (one, two)
    )
    return "conflict" if towns and not _is_country(one.value, two.value) else "overlap"


def _is_country(*names: str) -> bool:
    known = {name for name, _ in country_entities()}
    return not known.isdisjoint(names)


def _conditions(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    """Compare what is demanded: the same if half of the shorter one's words are in the other."""
    first, second = ({word[:_STEM] for word in _words(" ".join(values))} for values in (one, two))
    shared = len(first & second)
    return "same" if shared and 2 * shared >= min(len(first), len(second)) else "overlap"


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
    unit_one, unit_two = a.slot("unit"), b.slot("unit")
    if unit_one is not None and unit_two is not None and unit_one.value != unit_two.value:
        if not compatible(unit_one.value, unit_two.value):
            return "overlap"
        two = tuple(convert(bound, unit_two.value, unit_one.value) for bound in two)
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
