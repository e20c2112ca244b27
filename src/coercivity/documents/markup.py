"""Blocks of HTML, with the raw offsets of every readable piece.

The parser reports where each piece of text begins, so nothing has to be searched for afterwards:
``text[start:end]`` of a block part is what the page shows, entities still encoded.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from coercivity.documents.model import Block
from coercivity.documents.plain import classify
from coercivity.errors import InputError

__all__ = ["DateMark", "Markup", "looks_like_markup", "parse_markup"]

TAG_LENGTH = 1_000
"""Code points before a ``>`` in which the tag that it ends is taken to begin."""

FEW_TAGS = 50
"""Tags that may be begun, one inside another, without an end."""

LINK_SHARE = 0.6
"""Share of a block's letters inside links from which it counts as navigation."""

_BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "button",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "label",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_SILENT_TAGS = frozenset(
    ["script", "style", "noscript", "template", "svg", "math", "iframe", "object"]
)
_PAGE_TAGS = frozenset(
    ["nav", "header", "footer", "aside", "form", "button", "menu", "select", "label"]
)
_VOID_TAGS = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
_TITLE_TAGS = frozenset(["title", "h1", "h2", "h3", "h4", "h5", "h6"])
_DATE_NAMES = frozenset(
    [
        "article:published_time",
        "og:published_time",
        "datepublished",
        "date",
        "pubdate",
        "publishdate",
        "publish-date",
        "dc.date",
        "dc.date.issued",
        "dcterms.created",
        "parsely-pub-date",
    ]
)
_LONG_STRETCH = re.compile(r"[^>]{4000,}")
_PLAIN = "\u00b7"
_JSON_DATE = re.compile(r"\"datePublished\"\s*:\s*\"(\d{4}-\d{2}-\d{2})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class DateMark:
    """A publication date found in the markup: ISO text and its raw range."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Markup:
    """What a page consists of."""

    blocks: tuple[Block, ...]
    dates: tuple[DateMark, ...]


@dataclass
class _Open:
    """A block that is being filled."""

    parts: list[tuple[int, int]] = field(default_factory=list)
    kind: str = ""
    n_letters: int = 0
    n_linked: int = 0


def looks_like_markup(text: str) -> bool:
    """Whether a text of unknown kind begins like an HTML page."""
    return bool(re.match(r"\s*(<!doctype html|<html|<head|<body)\b", text, re.IGNORECASE))


def parse_markup(text: str, *, seconds: float = 60.0) -> Markup:
    """Split a page into blocks with raw offsets and find its publication dates.

    Parameters
    ----------
    text : str
        The page.
    seconds : float
        Processor time after which a page is given up.

    Raises
    ------
    InputError
        If the page is built so that it takes longer.
    """
    parser = _Parser(text, time.process_time() + seconds)
    parser.feed(_defused(text))
    parser.close()
    parser.finish_block()
    shown = [_shown(text, block) for block in parser.blocks]
    guesses = classify(shown)
    blocks = []
    for block, guess, words in zip(parser.blocks, guesses, shown, strict=True):
        if words:
            start, end = block.parts[0][0], block.parts[-1][1]
            blocks.append(Block(start, end, _kind(block, guess), tuple(block.parts)))
    return Markup(tuple(blocks), tuple(parser.dates))


def _defused(text: str) -> str:
    """Return the page with the tags that never end made plain, every character at its place.

    The standard parser looks to the end of the page for the end of every tag; a hundred thousand
    tags without end would take hours.
    """
    for opening, closing in (("<!--", "-->"), ("<![", "]>")):
        last = text.rfind(closing) + 1
        text = text[:last] + text[last:].replace(opening, _PLAIN * len(opening))
    start = 0
    pieces = []
    for match in _LONG_STRETCH.finditer(text):
        if match.group().count("<") > FEW_TAGS:
            last = max(match.start(), match.end() - TAG_LENGTH)
            pieces += [text[start : match.start()], text[match.start() : last].replace("<", _PLAIN)]
            start = last
    return "".join((*pieces, text[start:])) if pieces else text


def _shown(text: str, block: _Open) -> str:
    """Readable words of a block, runs of blanks one space."""
    return " ".join(unescape("".join(text[start:end] for start, end in block.parts)).split())


def _kind(block: _Open, guess: str) -> str:
    """Kind of a block: the page's own structure first, then the form of its words."""
    if block.kind:
        return block.kind
    if block.n_letters and block.n_linked / block.n_letters > LINK_SHARE:
        return "navigation"
    return guess


class _Parser(HTMLParser):
    """Collects blocks; a class because the standard parser calls back."""

    def __init__(self, text: str, deadline: float) -> None:
        super().__init__(convert_charrefs=False)
        self.deadline = deadline
        self.text = text
        self.line_starts = [0]
        self.line_starts.extend(match.end() for match in re.finditer("\n", text))
        self.blocks: list[_Open] = []
        self.dates: list[DateMark] = []
        self.open = _Open()
        self.depth = dict.fromkeys(("silent", "page", "link", "caption", "title"), 0)
        self.stack: list[str] = []
        self.n_open: Counter[str] = Counter()
        self.is_data_script = False

    def here(self) -> int:
        """Raw offset of the piece being reported."""
        line, column = self.getpos()
        return self.line_starts[line - 1] + column

    def finish_block(self) -> None:
        """Close the block being filled."""
        if self.open.parts:
            self.blocks.append(self.open)
        self.open = _Open()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; note dates in attributes."""
        values = {name: value or "" for name, value in attrs}
        self._note_date(tag, values)
        if tag in _BLOCK_TAGS:
            self.finish_block()
        if tag in _VOID_TAGS:
            return
        self.stack.append(tag)
        self.n_open[tag] += 1
        self._count(tag, 1)
        self.is_data_script = tag == "script" and "json" in values.get("type", "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle an element that closes itself."""
        self._note_date(tag, {name: value or "" for name, value in attrs})
        if tag in _BLOCK_TAGS:
            self.finish_block()

    def handle_endtag(self, tag: str) -> None:
        """Close an element and whatever was left open inside it."""
        if tag in _BLOCK_TAGS:
            self.finish_block()
        if not self.n_open[tag]:
            return
        while self.stack:
            closed = self.stack.pop()
            self.n_open[closed] -= 1
            self._count(closed, -1)
            if closed == tag:
                break

    def handle_data(self, data: str) -> None:
        """Take readable text."""
        if self.is_data_script:
            for match in _JSON_DATE.finditer(data):
                start = self.here() + match.start(1)
                self.dates.append(DateMark(match.group(1), start, start + 10))
        self._take(len(data), sum(character.isalpha() for character in data))

    def handle_entityref(self, name: str) -> None:
        """Take a named character."""
        self._take_reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        """Take a numbered character."""
        self._take_reference(f"&#{name}")

    def _take_reference(self, written: str) -> None:
        end = self.here() + len(written)
        closed = self.text[end : end + 1] == ";"
        self._take(len(written) + closed, 1)

    def _take(self, length: int, n_letters: int) -> None:
        if time.process_time() > self.deadline:
            raise InputError(
                "the page takes too long to read",
                expected="markup whose tags end",
                hint="save its text as .txt",
            )
        if self.depth["silent"] or not length:
            return
        start = self.here()
        if self.open.parts and self.open.parts[-1][1] == start:
            self.open.parts[-1] = (self.open.parts[-1][0], start + length)
        else:
            self.open.parts.append((start, start + length))
        self.open.n_letters += n_letters
        self.open.n_linked += n_letters if self.depth["link"] else 0
        for depth, kind in (("page", "navigation"), ("caption", "caption"), ("title", "title")):
            if self.depth[depth] and not self.open.kind:
                self.open.kind = kind

    def _count(self, tag: str, step: int) -> None:
        for name, tags in (
            ("silent", _SILENT_TAGS),
            ("page", _PAGE_TAGS),
            ("link", frozenset({"a"})),
            ("caption", frozenset({"figcaption"})),
            ("title", _TITLE_TAGS),
        ):
            if tag in tags:
                self.depth[name] += step

    def _note_date(self, tag: str, values: dict[str, str]) -> None:
        """Remember a publication date given in an attribute."""
        name = next(
            (values[key] for key in ("property", "name", "itemprop") if values.get(key)), ""
        )
        name = name.lower()
        if tag == "meta" and name in _DATE_NAMES:
            value = values.get("content", "")
        elif tag == "time" and (name in _DATE_NAMES or "pubdate" in values):
            value = values.get("datetime", "")
        else:
            return
        found = _ISO_DATE.search(value)
        if found:
            start = self.text.find(found.group(), self.here())
            self.dates.append(DateMark(found.group(), start, start + 10))
