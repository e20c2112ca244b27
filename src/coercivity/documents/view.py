"""The readable text of a block, aligned code point by code point with the raw text.

Reading happens on the view: entities decoded, tags left out, every run of blanks one space.
Whatever is found there is mapped back, so that spans always slice the raw text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from coercivity.documents.model import Block, Document, Span, make_span
from coercivity.errors import InputError

__all__ = ["View", "block_view"]

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_BLANK = r"(?P<blank>[\s]+)|(?P<hidden>[" + _INVISIBLE + r"]+)"
# Words with one space between them are one run: nothing in it moves.  Its length is limited, for
# each word is remembered until the run ends; a quantifier that forgets them (``*+``) takes too much
# in Python before 3.11.5, among others that of Debian 12.
_PLAIN = re.compile(
    rf"{_BLANK}|(?P<word>[^\s{_INVISIBLE}]+(?:\x20[^\s{_INVISIBLE}]+){{0,999}})",
)
_MARKUP = re.compile(
    _BLANK
    + r"|(?P<reference>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    + rf"|(?P<word>&|[^&\s{_INVISIBLE}]+(?:\x20[^&\s{_INVISIBLE}]+){{0,999}})"
)


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
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    is_blank = True  # no blank at the beginning
    for word, start, end in _runs(document, block):
        if word is None:
            if not is_blank:
                words.append(" ")
                starts.append(start)
                ends.append(end)
                is_blank = True
        elif end - start == len(word):
            words.append(word)
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            is_blank = False
        else:
            words.append(word)
            starts.extend([start] * len(word))
            ends.extend([end] * len(word))
            is_blank = False
    if words and is_blank:
        words.pop(), starts.pop(), ends.pop()
    return View("".join(words), tuple(starts), tuple(ends))


def _runs(document: Document, block: Block) -> Iterator[tuple[str | None, int, int]]:
    """Give the shown runs of a block with their raw ranges; None for a blank."""
    text, pattern = document.text, _MARKUP if document.markup == "html" else _PLAIN
    for part_start, part_end in block.parts or ((block.start, block.end),):
        for match in pattern.finditer(text, part_start, part_end):
            start, end = match.span()
            if match.lastgroup == "word":
                yield match.group(), start, end
            elif match.lastgroup == "blank":
                yield None, start, start + 1
            elif match.lastgroup == "reference":
                yield from _decoded(match.group(), start, end)


def _decoded(reference: str, start: int, end: int) -> Iterator[tuple[str | None, int, int]]:
    """Give the characters that a character reference stands for."""
    decoded = html.unescape(reference)
    if decoded == reference:
        yield decoded, start, end
        return
    for character in decoded:
        if character in _INVISIBLE:
            continue
        yield (None if character.isspace() else character), start, end
