"""One block, read once: view, parse, dates, names, numbers, quotations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from coercivity.claims.dates import TimeExpression, tag_dates
from coercivity.claims.gazetteer import Mention, find_mentions
from coercivity.claims.numbers import NumberMention, tag_numbers
from coercivity.claims.parsing import BATCH_LENGTH, parse_texts
from coercivity.claims.quotes import Quote, find_quotes, parser_text
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Block, Document, Span
from coercivity.documents.view import View, block_view

__all__ = ["LONGEST_DOCUMENT", "READ_KINDS", "Reading", "read_blocks", "read_many"]

READ_KINDS = ("body", "teaser")
"""Kinds of block that are read for claims."""

LONGEST_DOCUMENT = 200_000
"""Code points of article text that are read of one document: about thirty thousand words."""

GROUP_LENGTH = BATCH_LENGTH
"""Code points of the documents that are read together: what is parsed at a time, so that a parse is
still in the caches of the core when it is looked at, and few are held in memory."""


_START: Final = attrgetter("start")


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
        return _inside(self.mentions, start, end)

    def numbers_in(self, start: int, end: int) -> tuple[NumberMention, ...]:
        """Return the numbers inside a range."""
        return tuple(n for n in self.numbers if start <= n.start and n.end <= end)

    def dates_in(self, start: int, end: int) -> tuple[TimeExpression, ...]:
        """Return the time expressions inside a range."""
        return tuple(d for d in self.dates if start <= d.start and d.end <= end)

    def in_quote(self, position: int) -> bool:
        """Whether a code point stands inside a quotation."""
        return any(quote.start <= position < quote.end for quote in self.quotes)


def _inside(mentions: tuple[Mention, ...], start: int, end: int) -> tuple[Mention, ...]:
    """Names within a range; they do not overlap and stand in order."""
    first = last = bisect_left(mentions, start, key=_START)
    while last < len(mentions) and mentions[last].end <= end:
        last += 1
    return mentions[first:last]


def read_blocks(
    document: Document, vocabulary: Vocabulary, parser: Any | None
) -> tuple[Reading, ...]:
    """Read every block of a document that belongs to the article; see :func:`read_many`."""
    return next(read_many((document,), vocabulary, parser))[1]


def read_many(
    documents: Iterable[Document], vocabulary: Vocabulary, parser: Any | None
) -> Iterator[tuple[Document, tuple[Reading, ...]]]:
    """Read documents, parsing the blocks of several at a time.

    Parameters
    ----------
    documents : iterable of Document
    vocabulary : Vocabulary
    parser : object or None
        As from :func:`~coercivity.claims.parsing.load_parser`.

    Yields
    ------
    Document, tuple of Reading
        In the order given. Of a document longer than :data:`LONGEST_DOCUMENT` only the blocks that
        name the subject are read, up to that length; the others have an empty view and no parse.
        A document's readings do not depend on the others.
    """
    group: list[_Prepared] = []
    length = 0
    for document in documents:
        prepared = _prepared(document, vocabulary)
        if group and length + prepared.length > GROUP_LENGTH:
            yield from _read_group(group, vocabulary, parser)
            group, length = [], 0
        group.append(prepared)
        length += prepared.length
    yield from _read_group(group, vocabulary, parser)


@dataclass(frozen=True)
class _Prepared:
    """A document's blocks ready for the parser."""

    document: Document
    blocks: tuple[Block, ...]
    views: tuple[View, ...]
    quotes: tuple[tuple[Quote, ...], ...]
    texts: tuple[str, ...]

    @property
    def length(self) -> int:
        return sum(len(text) for text in self.texts)


def _prepared(document: Document, vocabulary: Vocabulary) -> _Prepared:
    blocks = tuple(block for block in document.blocks if block.kind in READ_KINDS)
    wanted = _wanted(document, blocks, vocabulary)
    views = tuple(
        block_view(document, block) if is_wanted else View("", (), ())
        for block, is_wanted in zip(blocks, wanted, strict=True)
    )
    quotes = tuple(find_quotes(view.text) for view in views)
    texts = (parser_text(view.text, found) for view, found in zip(views, quotes, strict=True))
    return _Prepared(document, blocks, views, quotes, tuple(texts))


def _wanted(document: Document, blocks: tuple[Block, ...], vocabulary: Vocabulary) -> list[bool]:
    """Tell which blocks are read: all, or of a very long document those that name the subject."""
    if sum(block.end - block.start for block in blocks) <= LONGEST_DOCUMENT:
        return [True] * len(blocks)
    from coercivity.claims.selecting import prefilter_of

    found = prefilter_of(vocabulary).hits(
        [document.text[block.start : block.end].encode("utf-8", "replace") for block in blocks]
    )
    left = LONGEST_DOCUMENT
    for position, block in enumerate(blocks):
        left -= (block.end - block.start) if found[position] else 0
        found[position] = found[position] and left >= 0
    return found


def _read_group(
    group: list[_Prepared], vocabulary: Vocabulary, parser: Any | None
) -> Iterator[tuple[Document, tuple[Reading, ...]]]:
    texts = [text for prepared in group for text in prepared.texts if text]
    parses = iter(parse_texts(parser, texts) if parser is not None else [None] * len(texts))
    for prepared in group:
        yield (
            prepared.document,
            tuple(
                _read(prepared, position, next(parses) if text else None, vocabulary)
                for position, text in enumerate(prepared.texts)
            ),
        )


def _read(prepared: _Prepared, position: int, parse: Any | None, vocabulary: Vocabulary) -> Reading:
    """Read the dates, names and numbers of one block."""
    view = prepared.views[position]
    dates = tag_dates(view.text)
    mentions = _outside(find_mentions(view.text, vocabulary.gazetteer), dates)
    numbers = tag_numbers(
        view.text,
        dates=dates,
        mentions=mentions,
        lexicon=vocabulary.lexicon,
        item_units=dict(vocabulary.units),
    )
    return Reading(
        document=prepared.document,
        position=position,
        kind=prepared.blocks[position].kind,
        view=view,
        parse=parse,
        dates=dates,
        mentions=mentions,
        numbers=numbers,
        quotes=prepared.quotes[position],
    )


def _outside(
    mentions: tuple[Mention, ...], dates: tuple[TimeExpression, ...]
) -> tuple[Mention, ...]:
    """Leave out names that are part of a date."""
    return tuple(
        mention
        for mention in mentions
        if not any(date.start <= mention.start < date.end for date in dates)
    )
