"""Which claims may be about the same event: keys of frame, parties, item and date window."""

from __future__ import annotations

import re
from collections.abc import Mapping

from coercivity.claims.compare import (
    compare_slots,
    countries_of,
    items_related,
    period_of,
    shared_words,
)
from coercivity.claims.model import Claim
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document
from coercivity.units import compatible

__all__ = ["MEASURED", "PEOPLE", "STATE_ACTS", "WINDOW_DAYS", "is_same_event", "is_same_measure"]

WINDOW_DAYS = 7
"""Days by which the dates of two reports of one event may differ."""

MEASURED = frozenset(
    {"value", "unit", "hedge", "of", "about", "item", "actor", "measure", "count", "when"}
    | {"level"}
)
"""Slots of a number that are compared by themselves; every other one narrows its scope."""

PEOPLE = frozenset({"MEETING", "DEAL"})
"""Frames whose participants make the event; a meeting and the deal made there are one."""

STATE_ACTS = frozenset(
    {"CONTROL_ANNOUNCED", "TIGHTENED", "SUSPENDED", "LIFTED", "SUPPLY_HALTED", "SUPPLY_RESUMED"}
)
"""Frames in which one country acts on goods."""


def is_same_event(
    a: Claim, b: Claim, documents: Mapping[str, Document], vocabulary: Vocabulary
) -> bool:
    """Whether two claims may tell of one act.

    Parameters
    ----------
    documents : mapping of str to Document
        By id.
    """
    if a.frame is None or b.frame is None or "QUANTITY" in (a.frame, b.frame):
        return False
    if a.frame != b.frame and not {a.frame, b.frame} <= PEOPLE:
        return False
    if not _dates_fit(a, b, documents):
        return False
    if a.frame in PEOPLE:
        return _people_fit(a, b, vocabulary)
    if a.frame == "TALKS_RESUMED":
        return _topics_fit(a, b)
    if not _items_fit(a, b, vocabulary):
        return False
    if a.frame in STATE_ACTS:
        return _lands_fit(a, b, "actor", vocabulary, needed=True) and _instruments_fit(
            a, b, vocabulary
        )
    if a.frame in ("LICENCE_GRANTED", "LICENCE_REFUSED"):
        return _recipients_fit(a, b, vocabulary)
    if a.frame == "APPLICATION_STATUS":
        same_state = _status_fit(a, b) and _lands_fit(a, b, "actor", vocabulary, needed=False)
        return same_state and _lands_fit(a, b, "applicant", vocabulary, needed=False)
    if a.frame == "CONDITION":
        return _conditions_fit(a, b)
    return _lands_fit(a, b, "actor", vocabulary, needed=True) and bool(
        set(a.values("actor")) & set(b.values("actor"))
    )


def _dates_fit(a: Claim, b: Claim, documents: Mapping[str, Document]) -> bool:
    first = period_of(a, documents[a.document])
    second = period_of(b, documents[b.document])
    if first is None or second is None:
        # Without a date only a party named by both keeps two acts from being any two acts.
        return bool(_named_parties(a) & _named_parties(b))
    return first.gap(second) <= WINDOW_DAYS


def _named_parties(claim: Claim) -> set[str]:
    return {slot.value for slot in claim.slots if slot.kind == "party"}


def _items_fit(a: Claim, b: Claim, vocabulary: Vocabulary) -> bool:
    one, two = a.values("item"), b.values("item")
    return not one or not two or items_related(one, two, vocabulary) != "conflict"


def _lands_fit(a: Claim, b: Claim, slot: str, vocabulary: Vocabulary, *, needed: bool) -> bool:
    one = countries_of(a.values(slot), vocabulary)
    two = countries_of(b.values(slot), vocabulary)
    if not one or not two:
        return not needed or bool(one or two)
    return not one.isdisjoint(two)


def _instruments_fit(a: Claim, b: Claim, vocabulary: Vocabulary) -> bool:
    if not any(s.name in ("instrument", "legal_basis") for c in (a, b) for s in c.slots):
        return True
    return all(
        difference.relation != "conflict"
        for difference in compare_slots(a, b, vocabulary)
        if difference.slot in ("instrument", "legal_basis")
    )


def _recipients_fit(a: Claim, b: Claim, vocabulary: Vocabulary) -> bool:
    """Licences to the same country's firms, or to one and the same firm.

    The grantor is no key: a report that names the wrong one is about the same act.
    """
    one, two = a.values("recipient"), b.values("recipient")
    if set(one) & set(two):
        return True
    lands_one, lands_two = countries_of(one, vocabulary), countries_of(two, vocabulary)
    if lands_one and lands_two:
        return not lands_one.isdisjoint(lands_two)
    return bool(a.values("item")) and bool(b.values("item")) and bool(one) and bool(two)


def _people_fit(a: Claim, b: Claim, vocabulary: Vocabulary) -> bool:
    """Whether the smaller company is part of the larger; persons must not differ."""
    one, two = a.values("participant"), b.values("participant")
    lands_one, lands_two = countries_of(one, vocabulary), countries_of(two, vocabulary)
    if not lands_one or not lands_two:
        return bool(shared_words(_topic(a), _topic(b)))
    if not (lands_one <= lands_two or lands_two <= lands_one) or len(lands_one | lands_two) < 2:
        return lands_one == lands_two and bool(set(one) & set(two))
    for land in lands_one & lands_two:
        persons_one = {
            v
            for v in one
            if vocabulary.kinds.get(v) == "person" and vocabulary.country_of(v) == land
        }
        persons_two = {
            v
            for v in two
            if vocabulary.kinds.get(v) == "person" and vocabulary.country_of(v) == land
        }
        if persons_one and persons_two and persons_one.isdisjoint(persons_two):
            return False
    return True


def _topic(claim: Claim) -> str:
    slot = claim.slot("topic")
    return slot.value if slot else ""


def _topics_fit(a: Claim, b: Claim) -> bool:
    return bool(shared_words(_topic(a), _topic(b)))


def _status_fit(a: Claim, b: Claim) -> bool:
    one, two = a.slot("status"), b.slot("status")
    return one is not None and two is not None and one.value == two.value


def _conditions_fit(a: Claim, b: Claim) -> bool:
    if set(a.values("destination")) & set(b.values("destination")):
        return True
    return bool(shared_words(" ".join(a.values("condition")), " ".join(b.values("condition"))))


def is_same_measure(
    a: Claim, b: Claim, documents: Mapping[str, Document], vocabulary: Vocabulary
) -> str:
    """Whether two numbers measure the same.

    Returns
    -------
    str
        ``same``; ``name`` if the pack knows both names as one item but they are different words,
        such as permanent magnets and rare-earth magnets; ``scope`` if one counts something wider,
        or to, from or against something the other does not name; ``number`` if only the number is
        the same; empty if they have nothing to do with each other.
    """
    units = [slot.value for claim in (a, b) for slot in claim.slots if slot.name == "unit"]
    if len(units) != 2 or not compatible(*units):
        return ""
    measure_one, measure_two = a.values("measure"), b.values("measure")
    items = items_related(a.values("item"), b.values("item"), vocabulary)
    lands = _lands_fit(a, b, "actor", vocabulary, needed=False)
    same_measure = bool(measure_one) and measure_one == measure_two
    if same_measure and lands and a.values("item") and _periods_fit(a, b):
        if items == "same" and _is_same_scope(a, b):
            return "same" if _is_same_name(a, b) else "name"
        if items in ("same", "narrower", "broader"):
            return "scope"
    same_number = a.values("value") == b.values("value") and units[0] == units[1]
    return "number" if same_number and _near(a, b, documents) else ""


def _is_same_scope(a: Claim, b: Claim) -> bool:
    """Whether both name the same destination, base of comparison, and whatever else narrows."""
    names = {slot.name for claim in (a, b) for slot in claim.slots} - MEASURED
    return all(a.values(name) == b.values(name) for name in names)


def _is_same_name(a: Claim, b: Claim) -> bool:
    """Whether an item is named alike: in the same words, by its head alone, or cut short."""
    one, two = sorted((_name_words(a), _name_words(b)), key=len)
    if not one or one == two[: len(one)]:
        return True
    return len(one) == 1 and one[-1] == two[-1]


def _name_words(claim: Claim) -> list[str]:
    """Words an item is named by at its place, in the singular; none if it was carried over."""
    slot = claim.slot("item")
    if slot is None or slot.span is None:
        return []
    return [word.rstrip("s") for word in re.findall(r"[a-z]+", slot.span.exact.lower())]


def _near(a: Claim, b: Claim, documents: Mapping[str, Document]) -> bool:
    """Whether two documents were published within the window."""
    one, two = documents[a.document].published, documents[b.document].published
    if one is None or two is None:
        return False
    return abs((one.value.earliest - two.value.earliest).days) <= WINDOW_DAYS


def _periods_fit(a: Claim, b: Claim) -> bool:
    """Whether the periods measured are the same, or at most one is named."""
    if a.when is None or b.when is None:
        return a.when is None and b.when is None
    return (a.when.earliest, a.when.latest) == (b.when.earliest, b.when.latest)
