"""One block, read once: view, parse, dates, names, numbers, quotations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from coercivity.claims.dates import TimeExpression, tag_dates
from coercivity.claims.gazetteer import Mention, find_mentions
from coercivity.claims.numbers import NumberMention, tag_numbers
from coercivity.claims.parsing import parse_texts
from coercivity.claims.quotes import Quote, find_quotes, parser_text
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document, Span
from coercivity.documents.view import View, block_view

__all__ = ["READ_KINDS", "Reading", "read_blocks"]

READ_KINDS = ("body", "teaser")
"""Kinds of block that are read for claims."""


@dataclass(frozen=True)
class Reading:
    """What was found in one block, in code points of its view.

    Parameters
    ----------
    document : Document
    position : int
        Of the block among those read.
    kind : str
        Kind of the block.
    view : View
        Readable text with its alignment.
    parse : object or None
        spaCy's ``Doc`` of the view, or ``None`` without a parser.
    dates, mentions, numbers, quotes : tuple
        In order of position.
    """

    document: Document
    position: int
    kind: str
    view: View
    parse: Any | None
    dates: tuple[TimeExpression, ...]
    mentions: tuple[Mention, ...]
    numbers: tuple[NumberMention, ...]
    quotes: tuple[Quote, ...]

    @property
    def text(self) -> str:
        """Readable text."""
        return self.view.text

    def span(self, start: int, end: int) -> Span:
        """Return the raw span behind a range of the view."""
        return self.view.span(self.document, start, end)

    def mentions_in(self, start: int, end: int) -> tuple[Mention, ...]:
        """Return the names inside a range."""
        return tuple(m for m in self.mentions if start <= m.start and m.end <= end)

    def numbers_in(self, start: int, end: int) -> tuple[NumberMention, ...]:
        """Return the numbers inside a range."""
        return tuple(n for n in self.numbers if start <= n.start and n.end <= end)

    def dates_in(self, start: int, end: int) -> tuple[TimeExpression, ...]:
        """Return the time expressions inside a range."""
        return tuple(d for d in self.dates if start <= d.start and d.end <= end)

    def in_quote(self, position: int) -> bool:
        """Whether a code point stands inside a quotation."""
        return any(quote.start <= position < quote.end for quote in self.quotes)


def read_blocks(
    document: Document, vocabulary: Vocabulary, parser: Any | None
) -> tuple[Reading, ...]:
    """Read every block of a document that belongs to the article."""
    blocks = [block for block in document.blocks if block.kind in READ_KINDS]
    views = [block_view(document, block) for block in blocks]
    quotes = [find_quotes(view.text) for view in views]
    texts = [parser_text(view.text, found) for view, found in zip(views, quotes, strict=True)]
    parses: Iterable[Any] = (
        parse_texts(parser, texts) if parser is not None else [None] * len(texts)
    )
    readings = []
    for position, (block, view, found, parse) in enumerate(
        zip(blocks, views, quotes, parses, strict=True)
    ):
        dates = tag_dates(view.text)
        mentions = _outside(find_mentions(view.text, vocabulary.gazetteer), dates)
        numbers = tag_numbers(
            view.text,
            dates=dates,
            mentions=mentions,
            lexicon=vocabulary.lexicon,
            item_units=dict(vocabulary.units),
        )
        readings.append(
            Reading(document, position, block.kind, view, parse, dates, mentions, numbers, found)
        )
    return tuple(readings)


def _outside(
    mentions: tuple[Mention, ...], dates: tuple[TimeExpression, ...]
) -> tuple[Mention, ...]:
    """Leave out names that are part of a date."""
    return tuple(
        mention
        for mention in mentions
        if not any(date.start <= mention.start < date.end for date in dates)
    )
