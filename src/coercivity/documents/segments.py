"""Long blocks cut into pieces that can be parsed, at the ends of sentences where there are any.

A page saved without line breaks is one block of a megabyte. The pieces are ranges of the same raw
text; nothing is moved, so that offsets stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from coercivity.documents.model import Block

__all__ = ["LONGEST_BLOCK", "cut_blocks"]

LONGEST_BLOCK: Final = 4_000
"""Code points of the longest block; a long paragraph of a report has two thousand."""

_END: Final = re.compile(r"[.!?…。！？][\"'”’)\]»]*\s+(?=[^\sa-z])")
_BLANK: Final = re.compile(r"\s+")


def cut_blocks(
    text: str, blocks: Iterable[Block], *, longest: int = LONGEST_BLOCK
) -> tuple[Block, ...]:
    """Cut blocks that are too long.

    Parameters
    ----------
    text : str
        Raw text of the document.
    blocks : iterable of Block
    longest : int
        Code points of readable text in one block.

    Returns
    -------
    tuple of Block
        In the same order; the pieces of a block have its kind.
    """
    return tuple(piece for block in blocks for piece in _pieces(text, block, longest))


def _pieces(text: str, block: Block, longest: int) -> Iterator[Block]:
    parts = block.parts or ((block.start, block.end),)
    if sum(end - start for start, end in parts) <= longest:
        yield block
        return
    current: list[tuple[int, int]] = []
    length = 0
    for start, end in parts:
        while start < end:
            room = longest - length
            cut = end if end - start <= room else _cut(text, start, start + room)
            current.append((start, cut))
            length += cut - start
            start = cut
            if start < end or length >= longest:
                yield _piece(block, current)
                current, length = [], 0
    if current:
        yield _piece(block, current)


def _cut(text: str, start: int, latest: int) -> int:
    """Return where to cut: after the last sentence, the last blank, or at the latest place."""
    middle = start + (latest - start) // 2
    for mark in (_END, _BLANK):
        places = [match.end() for match in mark.finditer(text, middle, latest)]
        if places:
            return places[-1]
    # Not inside a character reference: it stands for one character.
    reference = text.rfind("&", max(start, latest - 40), latest)
    return reference if reference > start and ";" not in text[reference:latest] else latest


def _piece(block: Block, parts: list[tuple[int, int]]) -> Block:
    bare = replace(block, start=parts[0][0], end=parts[-1][1])
    return replace(bare, parts=tuple(parts) if block.parts else ())
