"""One line for an event, from its slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercivity.events.model import PolicyEvent

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["name_of", "title_of"]

_PHRASES = {
    "CONTROL_ANNOUNCED": "control announced",
    "TIGHTENED": "control tightened",
    "SUSPENDED": "control suspended",
    "LIFTED": "control lifted",
    "LICENCE_GRANTED": "licences granted",
    "LICENCE_REFUSED": "licences refused",
    "APPLICATION_STATUS": "applications",
    "CONDITION": "condition set",
    "SUPPLY_HALTED": "supply halted",
    "SUPPLY_RESUMED": "supply resumed",
    "DEAL": "agreement",
    "MEETING": "meeting",
    "TALKS_RESUMED": "exchanges resumed",
    "PRODUCTION_CUT": "output cut",
    "PRODUCTION_STOPPED": "production stopped",
    "PRODUCTION_RAISED": "output raised",
    "PRODUCTION_RESUMED": "production resumed",
}
_LONGEST_TOPIC = 80


def name_of(value: str, pack: Pack) -> str:
    """Return the usual name of a party, a country or an item; words are returned unchanged."""
    from coercivity.catalogue.places import country_name

    if value in pack.parties:
        return pack.parties[value].name
    if value in pack.items:
        return pack.items[value].name
    if len(value) == 2 and value.isupper():
        return country_name(value)
    return value


def title_of(event: PolicyEvent, pack: Pack) -> str:
    """Return one line: who, what, to or with whom, about which items."""
    phrase = _PHRASES.get(event.frame, event.frame.lower().replace("_", " "))
    head = f"{name_of(event.actor, pack)}: {phrase}" if event.actor else phrase.capitalize()
    others = [name_of(value, pack) for value in event.counterparties]
    if others:
        joint = " of " if event.frame in ("MEETING", "DEAL", "TALKS_RESUMED") else " for "
        head += joint + ", ".join(others[:4]) + (" and others" if len(others) > 4 else "")
    items = [name_of(value, pack) for value in event.items]
    if items:
        head += " (" + ", ".join(items[:4]) + (" and others" if len(items) > 4 else "") + ")"
    topic = event.slot("topic")
    if topic and not items:
        head += f": {topic[:_LONGEST_TOPIC]}"
    if event.status in ("denied", "questioned"):
        head += f" ({event.status})"
    return head
