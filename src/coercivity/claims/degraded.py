"""Reading without a parser: quotations, numbers and names only; no act is recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coercivity.claims.drafts import Draft
from coercivity.claims.model import Speaker
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler

__all__ = ["draft_without_parser"]

NEAR = 120
"""Code points around a quotation in which its speaker is looked for."""

_ASKS = re.compile(r"\b(?:asked|whether|questioned|wondered|if)\b|\?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])[”\"’]?\s+(?=[A-Z“\"‘])")


def draft_without_parser(readings: tuple[Reading, ...]) -> list[Draft]:
    """Draft quotations and numbers; anything near a word of asking counts as asked."""
    return [draft for reading in readings for draft in (*_quotations(reading), *_numbers(reading))]


def _quotations(reading: Reading) -> Iterator[Draft]:
    for quote in reading.quotes:
        words = reading.text[quote.start + 1 : quote.end - 1]
        if len(words.split()) < 3:
            continue
        asks = words.rstrip().endswith("?")
        yield Draft(
            reading=reading,
            start=quote.start,
            end=quote.end,
            frame=None,
            mode="question" if asks else "direct",
            kind="question" if asks else "open",
            polarity="questioned" if asks else "affirmed",
            modality="actual",
            trigger=(quote.start, quote.start),
            speaker=_near_speaker(reading, quote.start, quote.end),
            numbers=reading.numbers_in(quote.start, quote.end),
            rules=("quotation without parser",),
            depth=1,
        )


def _near_speaker(reading: Reading, start: int, end: int) -> Speaker | None:
    """Nearest person or authority outside the quotation."""
    best: tuple[int, Speaker] | None = None
    for mention in reading.mentions:
        entity = mention.first("person", "authority")
        if entity is None or start <= mention.start < end:
            continue
        distance = start - mention.end if mention.end <= start else mention.start - end
        if distance <= NEAR and (best is None or distance < best[0]):
            span = reading.span(mention.start, mention.end)
            best = (
                distance,
                Speaker(entity.name, entity.value, entity.country, entity.kind, True, "near", span),
            )
    return best[1] if best else None


def _numbers(reading: Reading) -> Iterator[Draft]:
    bounds = [0, *(m.end() for m in _SENTENCE_END.finditer(reading.text)), len(reading.text)]
    for number in reading.numbers:
        if number.low is None or number.rule == "bare":
            continue
        first = max(b for b in bounds if b <= number.start)
        last = min(b for b in bounds if b > number.start)
        asked = bool(_ASKS.search(reading.text[first:last]))
        value = (
            f"{number.low:g}" if number.low == number.high else f"{number.low:g}..{number.high:g}"
        )
        slots = [
            ("value", Filler(value, "number", number.start, number.end, number.rule)),
            ("unit", Filler(number.unit, "text", number.start, number.end, number.rule)),
        ]
        slots.extend(
            ("item", Filler(entity.value, "item", mention.start, mention.end, "sentence"))
            for mention in reading.mentions_in(first, last)
            for entity in mention.entities
            if entity.kind == "item"
        )
        yield Draft(
            reading=reading,
            start=number.start,
            end=number.end,
            frame="QUANTITY",
            mode="question" if asked else "narration",
            kind="question" if asked else "fact",
            polarity="questioned" if asked else "affirmed",
            modality="actual",
            trigger=(number.start, number.end),
            slots=tuple(slots),
            numbers=(number,),
            rules=("number without parser",),
        )
