"""Numbers and lists in words, as captions and descriptions need them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

__all__ = ["day_text", "join_words", "number_text", "percent_text", "range_text"]


def number_text(value: float) -> str:
    """Return `value` with at most three significant figures and grouped thousands.

    Examples
    --------
    >>> number_text(12345.6), number_text(0.01234), number_text(-3.0)
    ('12,300', '0.0123', '-3')
    """
    if not math.isfinite(value):
        return "unknown"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.0f}" if digits <= 0 else f"{rounded:,.{digits}f}".rstrip("0").rstrip(".")


def percent_text(share: float) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> percent_text(0.425)
    '42 %'
    """
    return "unknown" if not math.isfinite(share) else f"{100 * share:.0f} %"


def range_text(low: float, high: float) -> str:
    """Return an interval in words.

    Examples
    --------
    >>> range_text(0, 1234)
    '0 to 1,230'
    """
    first, last = number_text(low), number_text(high)
    return first if first == last else f"{first} to {last}"


def day_text(day: Any) -> str:
    """Return a date or time stamp as ``YYYY-MM-DD``; ``never`` for a missing one."""
    if day is None or day != day:
        return "never"
    if isinstance(day, datetime):
        return day.date().isoformat()
    return day.isoformat() if isinstance(day, date) else str(day)[:10]


def join_words(words: Sequence[str]) -> str:
    """Join words with commas and a final ``and``.

    Examples
    --------
    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
