"""The text of a document with the words of its claims marked: plain pieces, never its markup."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coercivity.documents.model import Block, Document
from coercivity.documents.view import View, block_view

__all__ = ["Mark", "Passage", "Piece", "passages"]


@dataclass(frozen=True)
class Mark:
    """Words to mark.

    Parameters
    ----------
    number : int
        Number shown behind them.
    start, end : int
        Code points of the raw text, half-open.
    address : str
        Where the number leads; empty for nowhere.
    label : str
        What they say, for those who do not see the mark.
    """

    number: int
    start: int
    end: int
    address: str = ""
    label: str = ""


@dataclass(frozen=True)
class Piece:
    """A run of text that is marked as a whole, or not at all.

    Parameters
    ----------
    text : str
        Readable text, to be escaped like any other.
    is_marked : bool
        Whether it lies in a mark.
    ends : tuple of Mark
        Marks that end behind it.
    """

    text: str
    is_marked: bool
    ends: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A block of a document.

    Parameters
    ----------
    kind : str
        ``body``, ``title``, ``navigation`` …
    pieces : tuple of Piece
        Its readable text, cut where marks begin and end.
    """

    kind: str
    pieces: tuple[Piece, ...]

    @property
    def is_marked(self) -> bool:
        """Whether any of it is marked."""
        return any(piece.is_marked for piece in self.pieces)


def passages(
    document: Document, marks: Sequence[Mark], blocks: Sequence[Block] | None = None
) -> list[Passage]:
    """Return the readable text of a document with marks.

    Parameters
    ----------
    document : Document
    marks : sequence of Mark
        They may overlap, and reach over several blocks.
    blocks : sequence of Block, optional
        Only these; all by default.
    """
    shown = document.blocks if blocks is None else blocks
    return [
        Passage(block.kind, _pieces(view, marks))
        for block in shown
        if (view := block_view(document, block)).text
    ]


def _pieces(view: View, marks: Sequence[Mark]) -> tuple[Piece, ...]:
    """Cut a text at every place where a mark begins or ends."""
    placed = [(*_range(view, mark), mark) for mark in marks]
    placed = [found for found in placed if found[0] < found[1]]
    cuts = sorted({0, len(view.text), *(s for s, _, _ in placed), *(e for _, e, _ in placed)})
    pieces = []
    for start, end in pairwise(cuts):
        inside = any(s <= start and end <= e for s, e, _ in placed)
        ends = tuple(mark for _, e, mark in placed if e == end)
        pieces.append(Piece(view.text[start:end], inside, ends))
    return tuple(pieces)


def _range(view: View, mark: Mark) -> tuple[int, int]:
    """Return the code points of a view that come from the raw text of a mark."""
    return bisect_right(view.ends, mark.start), bisect_left(view.starts, mark.end)
