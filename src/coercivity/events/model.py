"""The nouns of this room: what happened, and what people judged about claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from coercivity.timeline import PartialDate

__all__ = ["ACTIONS", "STATUSES", "Judgement", "PolicyEvent", "PolicyState"]

STATUSES = ("asserted", "denied", "questioned", "confirmed")
"""``confirmed``: stated by at least two independent witness families."""

ACTIONS = ("accept", "reject", "correct", "same_event", "different_event")
"""What a person may judge."""


@dataclass(frozen=True)
class PolicyEvent:
    """Something that was reported to have happened, with everybody who speaks about it.

    Parameters
    ----------
    id : str
        Id in the pack, or a hash of the claims' slots.
    frame : str
        One of :data:`coercivity.claims.FRAMES`, or ``SCHEME``.
    title : str
        One line.
    when : PartialDate or None
        When it happened, as precisely as the claims allow.
    actor : str
        Party id or country code of who acted, as most independent witnesses say; empty if none.
    counterparties : tuple of str
        Party ids or country codes.
    items : tuple of str
        Item ids.
    place : str
        As stated, or empty.
    claims : tuple of str
        Ids of all claims folded into it.
    supports, contradicts, questions : tuple of str
        Ids of the claims that state it, deny it or give another value, and only ask about it.
    status : str
        One of :data:`STATUSES`.
    independent_families : int
        Witness families among the supporting claims; copies of one story count once.
    slots : tuple of (str, str)
        Further facts: ``count``, ``known_by``, ``until``, ``instrument`` …
    open_statements : tuple of str
        Ids of claims that answer without saying so or so.
    flags : tuple of str
        What must be said with it: ``actor_conflict``, ``no_named_authority``, ``hedged`` …
    origin : str
        ``pack``, ``documents`` or ``both``.
    sources : tuple of str
        Source ids or document names behind it.
    note : str
        Of the pack's row.
    """

    id: str
    frame: str
    title: str
    when: PartialDate | None
    actor: str
    counterparties: tuple[str, ...]
    items: tuple[str, ...]
    place: str
    claims: tuple[str, ...]
    supports: tuple[str, ...]
    contradicts: tuple[str, ...]
    questions: tuple[str, ...]
    status: str
    independent_families: int
    slots: tuple[tuple[str, str], ...] = ()
    open_statements: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    origin: str = "documents"
    sources: tuple[str, ...] = ()
    note: str = ""

    def slot(self, name: str) -> str:
        """Return the value of a slot, or an empty string."""
        return dict(self.slots).get(name, "")

    def to_json(self) -> dict[str, Any]:
        """Return the event as a plain mapping."""
        return {
            "id": self.id,
            "frame": self.frame,
            "title": self.title,
            "when": self.when.text if self.when else None,
            "earliest": self.when.earliest.isoformat() if self.when else None,
            "latest": self.when.latest.isoformat() if self.when else None,
            "actor": self.actor,
            "counterparties": list(self.counterparties),
            "items": list(self.items),
            "place": self.place,
            "claims": list(self.claims),
            "supports": list(self.supports),
            "contradicts": list(self.contradicts),
            "questions": list(self.questions),
            "status": self.status,
            "independent_families": self.independent_families,
            "slots": dict(self.slots),
            "open_statements": list(self.open_statements),
            "flags": list(self.flags),
            "origin": self.origin,
            "sources": list(self.sources),
            "note": self.note,
        }


@dataclass(frozen=True)
class Judgement:
    """One decision of a person about a claim or a pair; a row, never an overwrite.

    Parameters
    ----------
    id : str
        Hash of all other fields.
    action : str
        One of :data:`ACTIONS`.
    claim : str
        Id of the claim judged.
    other : str
        Id of the second claim for ``same_event`` and ``different_event``.
    changes : tuple of (str, str)
        For ``correct``: slot name and new value.
    who : str
        Who decided.
    when : str
        ISO time given by the caller; the room has no clock.
    note : str
        Why.
    undoes : str
        Id of an earlier judgement that this one takes back, or empty.
    place, other_place : str
        ``document:start-end:FRAME`` of the claims judged. Where a later reading gives the same
        words another id, the judgement is found again by it.
    """

    id: str
    action: str
    claim: str
    other: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    who: str = ""
    when: str = ""
    note: str = ""
    undoes: str = ""
    place: str = ""
    other_place: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as a plain mapping."""
        return {
            "id": self.id,
            "action": self.action,
            "claim": self.claim,
            "other": self.other,
            "changes": dict(self.changes),
            "who": self.who,
            "when": self.when,
            "note": self.note,
            "undoes": self.undoes,
            "place": self.place,
            "other_place": self.other_place,
        }


@dataclass(frozen=True)
class PolicyState:
    """What events say about a control, without reading more into them.

    Parameters
    ----------
    actor : str
        Country whose control it is.
    items : tuple of str
        Item ids asked about.
    status : str
        ``in force``, ``suspended``, ``lifted`` or ``unknown``.
    since : date or None
        Latest day by which the state had begun.
    exceptions : tuple of mapping
        Licences: recipients, count, ``known_by``, ``grant_date``.
    flags : tuple of str
        Reports that could not change the state, and why.
    events : tuple of str
        Ids of the events used.
    """

    actor: str
    items: tuple[str, ...]
    status: str
    since: date | None
    exceptions: tuple[dict[str, str], ...]
    flags: tuple[str, ...]
    events: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the state as a plain mapping."""
        return {
            "actor": self.actor,
            "items": list(self.items),
            "status": self.status,
            "since": self.since.isoformat() if self.since else None,
            "exceptions": [dict(row) for row in self.exceptions],
            "flags": list(self.flags),
            "events": list(self.events),
        }
