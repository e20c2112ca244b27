"""Ranges of a text that were taken before, found again in logarithmic time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

__all__ = ["Cover"]


class _Ranged(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


T = TypeVar("T", bound=_Ranged)


class Cover(Generic[T]):
    """Ranges that do not overlap, in order of position.

    Parameters
    ----------
    ranges : iterable
        Anything with ``start`` and ``end``, half-open.

    Examples
    --------
    >>> from coercivity.claims.quotes import Quote
    >>> cover = Cover([Quote(3, 7), Quote(9, 12)])
    >>> cover.touches(0, 3), cover.touches(6, 8), cover.at(9).end
    (False, True, 12)
    """

    def __init__(self, ranges: Iterable[T]) -> None:
        self._ranges = sorted(ranges, key=lambda one: one.start)
        self._starts = [one.start for one in self._ranges]
        self._ends = [one.end for one in self._ranges]

    def touches(self, start: int, end: int) -> bool:
        """Whether some range has a code point in common with ``[start, end)``."""
        position = bisect_right(self._ends, start)
        return position < len(self._starts) and self._starts[position] < end

    def at(self, position: int) -> T | None:
        """Return the range that holds a code point, or ``None``."""
        index = bisect_right(self._starts, position) - 1
        if index >= 0 and position < self._ends[index]:
            return self._ranges[index]
        return None

    def before(self, position: int) -> T | None:
        """Return the last range that starts before a code point, or ``None``."""
        index = bisect_left(self._starts, position) - 1
        return self._ranges[index] if index >= 0 else None
