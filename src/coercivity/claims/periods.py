"""Stretches of the calendar that a time expression may mean."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta

from coercivity.claims.date_patterns import MONTHS, SMALL_NUMBERS

__all__ = ["DAYS", "Resolved"]

DAYS = {"day": 1, "week": 7, "fortnight": 14}
"""Days in the units that have a fixed number of them."""


@dataclass(frozen=True)
class Resolved:
    """Days a time expression may mean; ``None`` is open or not known."""

    value: str
    earliest: date | None
    latest: date | None
    precision: str
    modifier: str = ""
    anchor: date | None = None
    is_relative: bool = False

    def counted_from(self, day: date) -> Resolved:
        """Return the same days, as counted from an anchor."""
        return replace(self, anchor=day, is_relative=True)


UNRESOLVED = Resolved("XXXX-XX-XX", None, None, "unresolved")


def one_day(day: date) -> Resolved:
    """Return a day."""
    return Resolved(day.isoformat(), day, day, "day")


def days_between(first: date, last: date) -> Resolved:
    """Return a range of days; one day if they are the same."""
    if first == last:
        return one_day(first)
    if last < first:
        return UNRESOLVED
    return Resolved(f"{first.isoformat()}..{last.isoformat()}", first, last, "range")


def around(day: date, width: int, anchor: date) -> Resolved:
    """Return a day that may be off by `width` days."""
    if width == 0:
        return one_day(day).counted_from(anchor)
    low, high = day - timedelta(days=width), day + timedelta(days=width)
    return Resolved(day.isoformat(), low, high, "range", anchor=anchor, is_relative=True)


def whole_months(year: int, month: int, n_months: int, value: str, precision: str) -> Resolved:
    """Return `n_months` calendar months from the first of one."""
    first = date(year, month, 1)
    last = month_end(shifted(first, n_months - 1, "month"))
    return Resolved(value, first, last, precision)


def month_of(year: int, month: int, part: str) -> Resolved:
    """Return a month, or its beginning, middle or end: the 1st, 11th and 21st begin them."""
    first = date(year, month, 1)
    last = month_end(first)
    value = f"{first:%Y-%m}"
    part = part.removeprefix("the ").removesuffix(" of")
    if not part:
        return Resolved(value, first, last, "month")
    if part in ("end", "late"):
        return Resolved(value, first.replace(day=21), last, "range", "")
    if part in ("mid", "middle"):
        return Resolved(value, first.replace(day=11), first.replace(day=20), "range", "")
    return Resolved(value, first, first.replace(day=10), "range", "")


def year_of(year: int, part: str) -> Resolved:
    """Return a year, or the third of it that "early", "mid" or "late" means."""
    part = part.removeprefix("the ").removesuffix(" of").removesuffix(" in")
    if not part:
        return whole_months(year, 1, 12, str(year), "year")
    month = {"mid": 5, "middle": 5, "end": 9, "late": 9}.get(part, 1)
    return replace(whole_months(year, month, 4, str(year), "range"))


def month_span(first: int, last: int, year: int) -> Resolved:
    """Return the months from one to another; `year` is that of the last one."""
    start = date(year if first <= last else year - 1, first, 1)
    end = month_end(date(year, last, 1))
    return Resolved(f"{start:%Y-%m}..{end:%Y-%m}", start, end, "range")


def month_end(first: date) -> date:
    """Return the last day of a month."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def shifted(day: date, number: int, unit: str) -> date:
    """Move a day by units; the day of the month is clipped to the month's length."""
    if unit in DAYS:
        return day + timedelta(days=number * DAYS[unit])
    n_months = number * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + n_months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_number(name: str) -> int:
    """Return 1 to 12 for a month's name or abbreviation."""
    return MONTHS[name.rstrip(".").strip()]


def small_number(text: str) -> int:
    """Read digits with an ordinal's ending, or a small number word."""
    folded = text.lower()
    if folded in SMALL_NUMBERS:
        return SMALL_NUMBERS[folded]
    if folded == "a couple of":
        return 2
    return int("".join(character for character in folded if character.isdigit()))


def duration(number: int, unit: str) -> str:
    """Return the TIMEX3 value of a length of time."""
    letters = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
    return f"P{number * 2}W" if unit == "fortnight" else f"P{number}{letters[unit]}"
