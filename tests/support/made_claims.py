"""Claims made without reading: as many as a test needs, of any family, frame and day."""

from __future__ import annotations

from datetime import date, timedelta

from coercivity.claims.model import Claim, ClaimSet, QuantityMention, Slot, TimeRef, content_id
from coercivity.documents.model import DateAnchor, Document, Span
from coercivity.timeline import PartialDate

START = date(2024, 3, 1)


def made_document(number: int, *, family: str = "", day: int | None = 0) -> Document:
    """One document; `day` counts from the first of March 2024, ``None`` leaves it undated."""
    published = None
    if day is not None:
        on = START + timedelta(days=day)
        published = DateAnchor(PartialDate(on, on, "day", on.isoformat()), "document", "high")
    name = f"doc{number:05d}"
    return Document(
        id=name,
        name=f"{name}.txt",
        path=f"{name}.txt",
        source=None,
        text="x" * 1000,
        raw_sha256=name,
        published=published,
        blocks=(),
        family=family or name,
    )


def made_slot(name: str, value: str) -> Slot:
    """One slot; countries are two capitals, items and numbers by their slot's name."""
    is_country = len(value) == 2 and value.isupper()
    kind = "country" if is_country else {"item": "item", "value": "number"}.get(name, "text")
    return Slot(name, value, None, kind, "made")


def made_claim(
    document: Document,
    frame: str | None,
    *,
    place: int = 0,
    polarity: str = "affirmed",
    modality: str = "actual",
    when: TimeRef | None = None,
    low: float | None = None,
    **slots: str,
) -> Claim:
    """One claim of a document, told by the outlet itself; `low` makes it a number."""
    span = Span(document.id, place, place + 5, document.text[place : place + 5])
    if low is not None:
        slots = {"value": f"{low:g}", "unit": "t"} | slots
    mention = QuantityMention(span, low, low, slots.get("unit", "t")) if low is not None else None
    filled = tuple(made_slot(name, value) for name, value in sorted(slots.items()))
    asked = polarity == "questioned"
    return Claim(
        id=content_id(document.id, frame, place, polarity, modality, filled, low),
        document=document.id,
        text="x",
        span=span,
        cue=None,
        speaker=None,
        mode="question" if asked else "narration",
        kind="question" if asked else "fact",
        polarity=polarity,
        modality=modality,
        hedges=(),
        said_at=None,
        when=when,
        frame=frame,
        slots=filled,
        quantities=(mention,) if mention else (),
        rules=("made",),
        confidence="high",
    )


def made_period(document: Document, earliest: date, latest: date, value: str) -> TimeRef:
    """When something happened or was measured."""
    span = Span(document.id, 10, 15, document.text[10:15])
    return TimeRef(span, value, earliest, latest, "range")


def made_set(claims, documents, vocabulary) -> ClaimSet:
    """A claim set in the order given."""
    return ClaimSet(tuple(claims), tuple(documents), vocabulary=vocabulary)
