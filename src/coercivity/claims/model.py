"""The nouns of this room: what one source says, and how two sayings compare.

A claim is one statement by one source: who says what, when, how sure, and where in the text.
Claims are never overwritten and never merged away. Ids are hashes of content: the same sentence
in the same file always yields the same id, whichever other documents are read beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from coercivity.documents.model import Document, Span
from coercivity.errors import NotFoundError, Problem
from coercivity.timeline import PartialDate

if TYPE_CHECKING:
    from coercivity.claims.vocabulary import Vocabulary

__all__ = [
    "FRAMES",
    "RELATIONS",
    "Claim",
    "ClaimSet",
    "QuantityMention",
    "Slot",
    "SlotDifference",
    "Speaker",
    "TimeRef",
    "Verdict",
    "content_id",
]

FRAMES = (
    "CONTROL_ANNOUNCED",
    "TIGHTENED",
    "SUSPENDED",
    "LIFTED",
    "LICENCE_GRANTED",
    "LICENCE_REFUSED",
    "APPLICATION_STATUS",
    "CONDITION",
    "SUPPLY_HALTED",
    "SUPPLY_RESUMED",
    "DEAL",
    "MEETING",
    "TALKS_RESUMED",
    "PRODUCTION_CUT",
    "PRODUCTION_STOPPED",
    "PRODUCTION_RAISED",
    "PRODUCTION_RESUMED",
    "QUANTITY",
)
"""Kinds of act or measure a claim can be about."""

RELATIONS = (
    "AGREE",
    "REFINES",
    "COMPATIBLE",
    "CONFLICT",
    "DIVERGENT_QUOTE",
    "SAME_UTTERANCE",
    "SINGLE_SOURCE",
    "RELATED",
)
"""How two claims stand to each other; ``SINGLE_SOURCE`` has only one side."""


def content_id(*parts: object) -> str:
    """Return 16 hexadecimal digits that depend on nothing but `parts`."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True)
class TimeRef:
    """A time expression and the days it may mean.

    Parameters
    ----------
    span : Span
        The expression.
    value : str
        TIMEX3-style value: ``2025-10-30``, ``2025-W44``, ``2024-10``, ``P4Y``, ``XXXX-WXX-4``
        when nothing anchors it.
    earliest, latest : date or None
        First and last day it may mean, inclusive; ``None`` is open or not known.
    precision : str
        ``day``, ``week``, ``month``, ``quarter``, ``half``, ``year``, ``range``, ``duration`` or
        ``unresolved``.
    modifier : str
        ``before`` (upper bound), ``since`` (lower bound), ``until``, or empty.
    anchor : date or None
        Day it was counted from.
    basis : str
        Where the anchor came from: that of :class:`~coercivity.documents.DateAnchor`,
        ``narrative`` for a date named just before, ``none`` for absolute dates.
    rule : str
        Name of the tagger's rule.
    """

    span: Span
    value: str
    earliest: date | None
    latest: date | None
    precision: str
    modifier: str = ""
    anchor: date | None = None
    basis: str = "none"
    rule: str = ""

    def partial(self) -> PartialDate | None:
        """Return the days as a :class:`PartialDate`, or ``None`` if a side is open."""
        if self.earliest is None or self.latest is None or self.precision == "duration":
            return None
        return PartialDate(self.earliest, self.latest, self.precision, self.value)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "span": self.span.to_json(),
            "value": self.value,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "latest": self.latest.isoformat() if self.latest else None,
            "precision": self.precision,
            "modifier": self.modifier,
            "anchor": self.anchor.isoformat() if self.anchor else None,
            "basis": self.basis,
            "rule": self.rule,
        }


@dataclass(frozen=True)
class QuantityMention:
    """A number in a text with its unit and hedge.

    Parameters
    ----------
    span : Span
        Number with hedge and unit, as written.
    low, high : float or None
        In `unit`; equal for a plain number, ``None`` for "several" and the like.
    unit : str
        Symbol of :mod:`coercivity.units`.
    of_what : str
        Words of the thing counted.
    hedge : str
        ``about``, ``over``, ``under``, ``almost`` or empty.
    rule : str
        Name of the tagger's rule.
    """

    span: Span
    low: float | None
    high: float | None
    unit: str
    of_what: str = ""
    hedge: str = ""
    rule: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "span": self.span.to_json(),
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "of_what": self.of_what,
            "hedge": self.hedge,
            "rule": self.rule,
        }


@dataclass(frozen=True)
class Slot:
    """One role of a frame.

    Parameters
    ----------
    name : str
        ``actor``, ``recipient``, ``item``, ``count``, ``when``, ``place``, ``origin``,
        ``destination``, ``counterparty``, ``topic``, ``instrument``, ``until``, ``value`` …
    value : str
        Canonical: an id of the pack, a country code, a number, a date, or the words.
    span : Span or None
        Words it was read from; ``None`` if it was carried over.
    kind : str
        ``country``, ``party``, ``item``, ``number``, ``date`` or ``text``.
    rule : str
        How it was filled.
    """

    name: str
    value: str
    span: Span | None = None
    kind: str = "text"
    rule: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "name": self.name,
            "value": self.value,
            "span": self.span.to_json() if self.span else None,
            "kind": self.kind,
            "rule": self.rule,
        }


@dataclass(frozen=True)
class Speaker:
    """Who is made to say something.

    Parameters
    ----------
    name : str
        Fullest form in the document.
    party : str
        Id in the pack, or empty.
    country : str
        ISO alpha-2 code, or empty.
    role : str
        Title or kind: ``External Affairs Ministry spokesperson``, ``ministry``, ``outlet`` …
    official : bool
        Whether it speaks for a government or authority.
    rule : str
        Title rule, surname, pronoun, gazetteer …
    span : Span or None
        The words at this place.
    """

    name: str
    party: str = ""
    country: str = ""
    role: str = ""
    official: bool = False
    rule: str = ""
    span: Span | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "name": self.name,
            "party": self.party,
            "country": self.country,
            "role": self.role,
            "official": self.official,
            "rule": self.rule,
            "span": self.span.to_json() if self.span else None,
        }


@dataclass(frozen=True)
class Claim:
    """One statement by one source.

    Parameters
    ----------
    id : str
        Hash of document, span, frame and slot spans.
    document : str
        Id of the document.
    text : str
        The content as read: markup and runs of blanks removed.
    span : Span
        The content in the raw text.
    cue : Span or None
        The verb of saying or asking.
    speaker : Speaker or None
        ``None`` for the outlet's own narration.
    mode : str
        ``direct``, ``mixed``, ``indirect``, ``narration`` or ``question``.
    kind : str
        ``fact`` (says that something is so), ``question``, ``denial``, ``answer`` (a reply that
        leaves the question open) or ``open`` (a statement that fits no frame).
    polarity : str
        ``affirmed``, ``negated`` or ``questioned``.
    modality : str
        ``actual``, ``possible``, ``planned``, ``demanded`` or ``hypothetical``.
    hedges : tuple of str
        Hedging words as written.
    said_at : TimeRef or None
        When it was said; never when it happened.
    when : TimeRef or None
        When it happened, if the text says so.
    frame : str or None
        One of :data:`FRAMES`.
    slots : tuple of Slot
        Sorted by name, then position.
    quantities : tuple of QuantityMention
        Numbers inside the content.
    rules : tuple of str
        Rules that fired.
    confidence : str
        ``high``, ``medium`` or ``low``.
    depth : int
        Attribution depth: 0 the outlet itself, 1 somebody, 2 somebody quoting somebody.
    block : str
        Kind of the block it stands in.
    group : str
        Id of the exchange (question and its answers) it belongs to, or empty.
    """

    id: str
    document: str
    text: str
    span: Span
    cue: Span | None
    speaker: Speaker | None
    mode: str
    kind: str
    polarity: str
    modality: str
    hedges: tuple[str, ...]
    said_at: TimeRef | None
    when: TimeRef | None
    frame: str | None
    slots: tuple[Slot, ...]
    quantities: tuple[QuantityMention, ...]
    rules: tuple[str, ...]
    confidence: str
    depth: int = 0
    block: str = "body"
    group: str = ""

    @property
    def is_asserted(self) -> bool:
        """Whether the source states it as something that is so (or, negated, is not so)."""
        return (
            self.kind in ("fact", "denial")
            and self.polarity in ("affirmed", "negated")
            and self.modality == "actual"
        )

    def slot(self, name: str) -> Slot | None:
        """Return the first slot of that name, or ``None``."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of all slots of that name, sorted, each once."""
        return tuple(sorted({slot.value for slot in self.slots if slot.name == name}))

    def to_json(self) -> dict[str, Any]:
        """Return the claim as a plain mapping; the order of keys is fixed."""
        return {
            "id": self.id,
            "document": self.document,
            "text": self.text,
            "span": self.span.to_json(),
            "cue": self.cue.to_json() if self.cue else None,
            "speaker": self.speaker.to_json() if self.speaker else None,
            "mode": self.mode,
            "kind": self.kind,
            "polarity": self.polarity,
            "modality": self.modality,
            "asserted": self.is_asserted,
            "hedges": list(self.hedges),
            "said_at": self.said_at.to_json() if self.said_at else None,
            "when": self.when.to_json() if self.when else None,
            "frame": self.frame,
            "slots": [slot.to_json() for slot in self.slots],
            "quantities": [mention.to_json() for mention in self.quantities],
            "rules": list(self.rules),
            "confidence": self.confidence,
            "depth": self.depth,
            "block": self.block,
            "group": self.group,
        }


@dataclass(frozen=True)
class ClaimSet:
    """All claims of a set of documents.

    Parameters
    ----------
    claims : tuple of Claim
        By document name, then position.
    documents : tuple of Document
        Those that were read; undated ones carry a borrowed anchor where one was found.
    degraded : bool
        True if no parser was installed and only quotes, dates, numbers and names were read.
    notes : tuple of str
        What the reader should know about how this was made.
    problems : tuple of Problem
        Documents that were refused.
    vocabulary : Vocabulary or None
        Words it was read with; tells which item or party includes which.
    """

    claims: tuple[Claim, ...]
    documents: tuple[Document, ...]
    degraded: bool = False
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    vocabulary: Vocabulary | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def get(self, claim_id: str) -> Claim:
        """Return the claim with this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        for claim in self.claims:
            if claim.id == claim_id:
                return claim
        raise NotFoundError(f"no claim {claim_id!r}", expected="the id of a claim of this set")

    def document_of(self, claim: Claim) -> Document:
        """Return the document a claim stands in."""
        for document in self.documents:
            if document.id == claim.document:
                return document
        raise NotFoundError(f"no document {claim.document!r}", where=claim.id)


@dataclass(frozen=True)
class SlotDifference:
    """How two claims differ in one slot.

    Parameters
    ----------
    slot : str
        Name of the slot.
    a, b : str
        Values; empty where that side says nothing.
    relation : str
        ``same``, ``narrower`` (a says more), ``broader``, ``overlap``, ``only_a``, ``only_b`` or
        ``conflict``.
    """

    slot: str
    a: str
    b: str
    relation: str

    def to_json(self) -> dict[str, str]:
        """Return the fields as a plain mapping."""
        return {"slot": self.slot, "a": self.a, "b": self.b, "relation": self.relation}


@dataclass(frozen=True)
class Verdict:
    """How one claim stands to another.

    Parameters
    ----------
    id : str
        Hash of both claim ids, relation and rule.
    a, b : str
        Claim ids; `b` is empty for ``SINGLE_SOURCE``.
    relation : str
        One of :data:`RELATIONS`.
    rule : str
        Name of the rule that decided.
    span_a : Span
        Content of `a`.
    span_b : Span or None
        Content of `b`.
    differences : tuple of SlotDifference
        Slot by slot; slots on which neither says anything are left out.
    note : str
        One sentence for the reader.
    """

    id: str
    a: str
    b: str
    relation: str
    rule: str
    span_a: Span
    span_b: Span | None
    differences: tuple[SlotDifference, ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a plain mapping."""
        return {
            "id": self.id,
            "a": self.a,
            "b": self.b,
            "relation": self.relation,
            "rule": self.rule,
            "span_a": self.span_a.to_json(),
            "span_b": self.span_b.to_json() if self.span_b else None,
            "differences": [difference.to_json() for difference in self.differences],
            "note": self.note,
        }
