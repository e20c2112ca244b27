"""Quotation marks: which stretches of a text are somebody's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERED = re.compile(r"\bNo(?:s?\.|s)(?=\s?\d)", re.IGNORECASE)

__all__ = ["Quote", "find_quotes", "parser_text"]

_PAIRS = {"“": "”", "«": "»", "„": "“"}
_OPENING_SINGLE = re.compile(r"(?:(?<=[\s(\[—–-])|^)[‘'](?=\w)")
_CLOSING_SINGLE = re.compile(r"(?<=[.,!?…])[’'](?=\s|$|[.,;:)])")
_OPENING_STRAIGHT = re.compile(r"(?:(?<=[\s(\[—–-])|^)\"(?=\S)")


@dataclass(frozen=True)
class Quote:
    """A quoted stretch: ``text[start:end]`` with its marks."""

    start: int
    end: int

    def inner(self) -> tuple[int, int]:
        """Return the range without the marks."""
        return self.start + 1, self.end - 1


def find_quotes(text: str) -> tuple[Quote, ...]:
    """Find quoted stretches from left to right; nested ones belong to the outer.

    Curly, straight and angle double marks count; single marks only where the closing one follows
    punctuation, so that apostrophes do not.
    """
    quotes: list[Quote] = []
    position = 0
    while position < len(text):
        end = _quote_at(text, position)
        if end:
            quotes.append(Quote(position, end))
            position = end
        else:
            position += 1
    return tuple(quotes)


def _quote_at(text: str, position: int) -> int:
    """End of the quote that opens at a position, or 0."""
    mark = text[position]
    if mark in _PAIRS:
        close = text.find(_PAIRS[mark], position + 1)
        return close + 1 if close > 0 else 0
    if mark == '"' and _OPENING_STRAIGHT.match(text, position):
        close = text.find('"', position + 1)
        return close + 1 if close > 0 else 0
    if mark in "‘'" and _OPENING_SINGLE.match(text, position):
        close_single = _CLOSING_SINGLE.search(text, position + 1)
        if close_single and "\n" not in text[position : close_single.start()]:
            return close_single.end()
    return 0


def parser_text(text: str, quotes: tuple[Quote, ...]) -> str:
    """Return the text as the parser reads it best, code point by code point.

    Every quotation gets curly double marks, apostrophes become straight, and the "No." of a
    numbered instrument is no longer the word *no*. Offsets do not change.
    """
    characters = list(text)
    for quote in quotes:
        characters[quote.start] = "“"
        characters[quote.end - 1] = "”"
    return _NUMBERED.sub(_same_length, "".join(characters).replace("’", "'"))


def _same_length(match: re.Match[str]) -> str:
    """Write the "No." of a numbered instrument so that it is not read as the word *no*."""
    return "Num" + "s" * (len(match.group()) - 3)
