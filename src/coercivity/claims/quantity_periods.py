"""When a number holds: the date of its own clause, not the one it is compared with."""

from __future__ import annotations

import re

from coercivity.claims.dates import TimeExpression
from coercivity.claims.numbers import NumberMention
from coercivity.claims.periods import month_number
from coercivity.claims.reading import Reading
from coercivity.claims.statements import Statement

__all__ = ["named_basis", "period_of_number"]

_COMPARED = re.compile(
    r"\b(?:than|from|against|over|above|below|versus|compared\s(?:with|to)|rather\sthan|not)"
    r"(?:\s(?:the|an?|its|those|that|in|of|for|on|during|about|around|some|only|"
    r"[\d.,]{1,12}\s?%?(?:\s[a-z]{1,12})?))*\s*$|"
    r"\b(?:most|least|highest|lowest|best|worst|fastest|biggest|largest|sharpest|steepest|slowest)\b"
    r"[^,.;:]{0,20}\bsince\s*$",
    re.IGNORECASE,
)
_BASE = re.compile(
    r"\b(?:than|from|against|above|below|versus|compared\s(?:with|to)|rather\sthan|not)\s"
    r"(?:the\s|a\s|its\s)?$",
    re.IGNORECASE,
)
_MONTHLY = frozenset({"month", "month_year", "relative_year_month", "month_relative_year"})
_MONTHS_BACK = {1: "month", 3: "quarter", 0: "year"}
_JOINTS = re.compile(r"[,;:]|\b(?:and|but|while|whereas)\b")
_HEADING = re.compile(r"\s*:")
LONGEST_HEADING = 60
"""Code points at the start of a block in which a date before a colon heads what follows."""


def period_of_number(
    number: NumberMention,
    sentence: tuple[int, int],
    statements: tuple[Statement, ...],
    reading: Reading,
) -> TimeExpression | None:
    """Return the date that a number belongs to.

    A number that others are compared with ("from 7,420 a year before") takes the date behind it.
    Every other takes the date with the fewest commas and conjunctions between, then the nearest,
    out of those that neither date a statement nor a comparison. Without any, a date that heads the
    block ("July 2025: …") holds.

    Parameters
    ----------
    sentence : (int, int)
        Range of its sentence in the view.
    statements : tuple of Statement
        Of the block.
    """
    dates = [
        d for d in reading.dates_in(*sentence) if not _dates_saying(d, number, sentence, statements)
    ]
    text = reading.text
    if _BASE.search(text[max(0, number.start - 20) : number.start]):
        behind = [d for d in dates if d.start >= number.end]
        if behind and not _JOINTS.search(text, number.end, behind[0].start):
            return behind[0]
    own = [d for d in dates if not _is_compared(d, text, sentence[0])]
    if own:
        return min(own, key=lambda date: (*_distance(date, number, text), date.start))
    return _heading(reading)


def named_basis(
    number: NumberMention,
    own: TimeExpression | None,
    sentence: tuple[int, int],
    reading: Reading,
) -> str:
    """Return ``month``, ``quarter`` or ``year`` if a change names the month it is counted from.

    "In June, 157 % more than in May" is a change from the month before.

    Parameters
    ----------
    own : TimeExpression or None
        Date of the number itself.
    """
    if own is None or own.rule not in _MONTHLY:
        return ""
    for date in reading.dates_in(number.end, sentence[1]):
        if date.rule in _MONTHLY and _is_compared(date, reading.text, number.end - 1):
            back = month_number(own.part("m")) - month_number(date.part("m"))
            return _MONTHS_BACK.get(back % 12, "")
        break
    return ""


def _dates_saying(
    date: TimeExpression,
    number: NumberMention,
    sentence: tuple[int, int],
    statements: tuple[Statement, ...],
) -> bool:
    """Whether a date says when something was said."""
    return any(
        s.cue is not None
        and s.frame_range == sentence
        and not s.contains(date.start)
        and s.contains(number.start)
        for s in statements
    )


def _is_compared(date: TimeExpression, text: str, start: int) -> bool:
    """Whether a date only belongs to what a number is compared with."""
    if date.rule == "ago" and date.part("dir") != "ago":
        return True
    before = text[max(start, date.start - 60) : date.start]
    if date.modifier and re.search(r"\bfrom\s*$", before):
        return False
    return _COMPARED.search(before) is not None


def _distance(date: TimeExpression, number: NumberMention, text: str) -> tuple[int, int]:
    """Joints between a date and a number, and code points."""
    first, last = sorted(((date.start, date.end), (number.start, number.end)))
    return len(_JOINTS.findall(text, first[1], max(first[1], last[0]))), abs(
        date.start - number.start
    )


def _heading(reading: Reading) -> TimeExpression | None:
    """Return a date that heads the block: "July 2025: …", "Data for August: …"."""
    for date in reading.dates[:1]:
        if date.end <= LONGEST_HEADING and _HEADING.match(reading.text, date.end):
            return date
    return None
