"""The readable text of a block, aligned code point by code point with the raw text.

Reading happens on the view: entities decoded, tags left out, every run of blanks one space.
Whatever is found there is mapped back, so that spans always slice the raw text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from coercivity.documents.model import Block, Document, Span, make_span
from coercivity.errors import InputError

__all__ = ["View", "block_view"]

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INVISIBLE = {"\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}


@dataclass(frozen=True)
class View:
    """Readable text of one block.

    Parameters
    ----------
    text : str
        As read.
    starts, ends : tuple of int
        Raw range each code point of `text` came from.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def raw_range(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw range behind ``text[start:end]``.

        Raises
        ------
        InputError
            If the range is empty or outside the view.
        """
        if not 0 <= start < end <= len(self.text):
            raise InputError(
                f"range {start}:{end} lies outside a view of {len(self.text)} code points",
                expected="0 <= start < end <= length",
            )
        return self.starts[start], self.ends[end - 1]

    def span(self, document: Document, start: int, end: int) -> Span:
        """Return the raw span behind ``text[start:end]``."""
        return make_span(document, *self.raw_range(start, end))


def block_view(document: Document, block: Block) -> View:
    """Return the readable text of `block` with its alignment."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for part_start, part_end in block.parts or ((block.start, block.end),):
        for character, start, end in _pieces(document, part_start, part_end):
            if character in _INVISIBLE:
                continue
            if character.isspace():
                if not characters or characters[-1] == " ":
                    continue
                character = " "
            characters.append(character)
            starts.append(start)
            ends.append(end)
    if characters and characters[-1] == " ":
        characters.pop(), starts.pop(), ends.pop()
    return View("".join(characters), tuple(starts), tuple(ends))


def _pieces(document: Document, start: int, end: int) -> list[tuple[str, int, int]]:
    """Code points of a raw range with where each came from; entities decoded in markup."""
    text = document.text
    if document.markup != "html":
        return [(text[i], i, i + 1) for i in range(start, end)]
    pieces: list[tuple[str, int, int]] = []
    position = start
    for match in _ENTITY.finditer(text, start, end):
        pieces.extend((text[i], i, i + 1) for i in range(position, match.start()))
        decoded = html.unescape(match.group())
        pieces.extend((character, match.start(), match.end()) for character in decoded)
        position = match.end()
    pieces.extend((text[i], i, i + 1) for i in range(position, end))
    return pieces
