"""Where a meeting was held: "in the city of …", "on the sidelines of …"."""

from __future__ import annotations

from typing import Any

from coercivity.claims.clauses import noun_range
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler

__all__ = ["place_of"]

Token = Any


def place_of(clause: tuple[int, int], verb: Token, reading: Reading) -> Filler | None:
    """Where a meeting was held: "in the city of …", "on the sidelines of …"."""
    start, end = clause
    for mention in reading.mentions_in(start, end):
        occasion = mention.first("occasion")
        if occasion is not None:
            return Filler(occasion.value, "text", mention.start, mention.end, "occasion")
    for token in verb.doc:
        if not (start <= token.idx < end) or token.lower_ not in ("in", "at", "of"):
            continue
        for noun in token.children:
            if noun.dep_ != "pobj" or any(d.start <= noun.idx < d.end for d in reading.dates):
                continue
            if noun.pos_ == "PROPN" and token.lower_ in ("in", "at"):
                return _place_filler(noun, reading)
            if noun.lemma_ in ("city", "town", "capital", "resort") and token.lower_ in (
                "in",
                "at",
            ):
                inner = [n for p in noun.children if p.dep_ == "prep" for n in p.children]
                inner = [n for n in inner if n.pos_ == "PROPN"]
                return _place_filler(inner[0] if inner else noun, reading)
    return None


def _place_filler(noun: Token, reading: Reading) -> Filler:
    start, end = noun_range(noun)
    words = reading.text[start:end]
    for article in ("the ", "The "):
        if words.startswith(article):
            start += len(article)
    return Filler(reading.text[start:end], "text", start, end, "place")
