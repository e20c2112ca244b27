"""Drafts: claims as found in one document, before dates are resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from coercivity.claims.dates import TimeExpression
from coercivity.claims.model import (
    Claim,
    QuantityMention,
    Slot,
    Speaker,
    TimeRef,
    content_id,
)
from coercivity.claims.numbers import NumberMention
from coercivity.claims.reading import Reading
from coercivity.claims.resolve import resolve
from coercivity.claims.roles import Filler
from coercivity.documents.model import DateAnchor, Document

__all__ = ["Draft", "finish", "resolve_dates"]

TimeKey = tuple[int, int]


@dataclass(frozen=True)
class Draft:
    """A claim whose times are still expressions; fields as in :class:`Claim`."""

    reading: Reading
    start: int
    end: int
    frame: str | None
    mode: str
    kind: str
    polarity: str
    modality: str
    trigger: tuple[int, int]
    speaker: Speaker | None = None
    cue: tuple[int, int] | None = None
    hedges: tuple[str, ...] = ()
    said: TimeExpression | None = None
    when: TimeExpression | None = None
    until: TimeExpression | None = None
    effective: TimeExpression | None = None
    slots: tuple[tuple[str, Filler], ...] = ()
    numbers: tuple[NumberMention, ...] = ()
    of_what: str = ""
    rules: tuple[str, ...] = ()
    depth: int = 0
    group: str = ""
    extra: tuple[tuple[str, Any], ...] = field(default=())


def resolve_dates(
    readings: tuple[Reading, ...], anchor: DateAnchor | None
) -> dict[TimeKey, TimeRef]:
    """Resolve every time expression of a document, in order of the text.

    Returns
    -------
    dict
        By block and position of the expression.
    """
    resolved: dict[TimeKey, TimeRef] = {}
    for reading in readings:
        previous: date | None = None
        for expression in reading.dates:
            found = resolve(expression, anchor.value if anchor else None, previous)
            if expression.rule == "later" and found.earliest is not None:
                basis = "narrative"
            elif found.is_relative:
                basis = anchor.basis if anchor else "none"
            else:
                basis = "none"
            resolved[reading.position, expression.start] = TimeRef(
                span=reading.span(expression.start, expression.end),
                value=found.value,
                earliest=found.earliest,
                latest=found.latest,
                precision=found.precision,
                modifier=found.modifier,
                anchor=found.anchor,
                basis=basis,
                rule=expression.rule,
            )
            if found.precision == "day" and found.earliest == found.latest:
                previous = found.latest
    return resolved


def finish(
    drafts: list[Draft], document: Document, times: dict[TimeKey, TimeRef]
) -> tuple[Claim, ...]:
    """Turn the drafts of a document into claims, in order of the text."""
    claims: dict[str, Claim] = {}
    for draft in drafts:
        claim = _claim(draft, document, times)
        claims.setdefault(claim.id, claim)
    return tuple(
        sorted(claims.values(), key=lambda c: (c.span.start, c.span.end, c.frame or "", c.id))
    )


def _claim(draft: Draft, document: Document, times: dict[TimeKey, TimeRef]) -> Claim:
    reading = draft.reading
    span = reading.span(draft.start, draft.end)
    slots = _slots(draft, times)
    said = times.get((reading.position, draft.said.start)) if draft.said else None
    when = times.get((reading.position, draft.when.start)) if draft.when else None
    identity = content_id(
        document.id,
        draft.frame or draft.kind,
        span.start,
        span.end,
        *draft.trigger,
        reading.position,
        *(f"{name}:{filler.start}:{filler.end}:{filler.value}" for name, filler in draft.slots),
    )
    return Claim(
        id=identity,
        document=document.id,
        text=reading.text[draft.start : draft.end],
        span=span,
        cue=reading.span(*draft.cue) if draft.cue else None,
        speaker=draft.speaker,
        mode=draft.mode,
        kind=draft.kind,
        polarity=draft.polarity,
        modality=draft.modality,
        hedges=draft.hedges,
        said_at=said,
        when=when,
        frame=draft.frame,
        slots=slots,
        quantities=tuple(_quantity(number, draft) for number in draft.numbers),
        rules=draft.rules,
        confidence=_confidence(draft, document),
        depth=draft.depth,
        block=reading.kind,
        group=draft.group,
    )


def _slots(draft: Draft, times: dict[TimeKey, TimeRef]) -> tuple[Slot, ...]:
    """Fill the slots with spans; each value of a slot once."""
    reading = draft.reading
    slots: dict[tuple[str, str], Slot] = {}
    for name, filler in draft.slots:
        span = reading.span(filler.start, filler.end) if filler.start >= 0 else None
        slots.setdefault(
            (name, filler.value), Slot(name, filler.value, span, filler.kind, filler.rule)
        )
    announces = draft.frame in ("CONTROL_ANNOUNCED", "TIGHTENED", "SUSPENDED", "LIFTED")
    announced = draft.when if announces and draft.when is not draft.effective else None
    for name, expression in (
        ("until", draft.until),
        ("effective", draft.effective),
        ("announced", announced),
    ):
        if expression is not None:
            found = times[reading.position, expression.start]
            day = found.latest if name == "until" else found.earliest
            value = day.isoformat() if day and found.precision == "day" else found.value
            if name == "until" and found.latest:
                value = found.latest.isoformat()
            slots[name, value] = Slot(name, value, found.span, "date", found.rule)
    return tuple(
        sorted(
            slots.values(),
            key=lambda slot: (slot.name, slot.span.start if slot.span else -1, slot.value),
        )
    )


def _quantity(number: NumberMention, draft: Draft) -> QuantityMention:
    return QuantityMention(
        span=draft.reading.span(number.start, number.end),
        low=number.low,
        high=number.high,
        unit=number.unit,
        of_what=draft.of_what if draft.frame == "QUANTITY" else number.noun,
        hedge=number.hedge,
        rule=number.rule,
    )


def _confidence(draft: Draft, document: Document) -> str:
    """Say how far the reading can be relied on, not whether the statement is true."""
    if draft.kind in ("question", "open", "answer"):
        return "high" if draft.cue else "medium"
    carried = any(filler.rule in ("carried", "pronoun", "context") for _, filler in draft.slots)
    borrowed = document.published is not None and document.published.basis == "cluster"
    if carried or draft.hedges or (borrowed and draft.said is not None and carried):
        return "low" if carried and draft.hedges else "medium"
    return "high" if draft.slots else "low"
