"""Dates of different precision and half-open intervals.

Three dates are never mixed: when something was *published*, from when it is *effective*, and when
it was *recorded*. All intervals are half-open, ``[start, end)``; ``None`` means unbounded.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coercivity.errors import InputError

__all__ = [
    "Interval",
    "PartialDate",
    "add_working_days",
    "day_in_zone",
    "day_range",
    "parse_day",
    "parse_partial",
]


@dataclass(frozen=True)
class Interval:
    """Half-open interval of days ``[start, end)``.

    Parameters
    ----------
    start, end : date or None
        ``None`` is unbounded on that side.

    Raises
    ------
    InputError
        If the end is before the start.
    """

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise InputError(
                f"interval ends ({self.end}) before it starts ({self.start})",
                expected="an end on or after the start",
            )

    def contains(self, day: date) -> bool:
        """Whether `day` lies in the interval."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: Interval) -> bool:
        """Whether the two intervals share at least one day."""
        return self.intersect(other) is not None

    def intersect(self, other: Interval) -> Interval | None:
        """Return the common part, or ``None`` if there is none."""
        starts = [d for d in (self.start, other.start) if d is not None]
        ends = [d for d in (self.end, other.end) if d is not None]
        start = max(starts) if starts else None
        end = min(ends) if ends else None
        if start is not None and end is not None and end <= start:
            return None
        return Interval(start, end)

    def days(self) -> Iterator[date]:
        """Iterate over the days; the interval must be bounded."""
        if self.start is None or self.end is None:
            raise InputError("an unbounded interval has no list of days", expected="both ends set")
        return day_range(self.start, self.end)


@dataclass(frozen=True)
class PartialDate:
    """A date known to a day, a week, a month, a year, or only as a range.

    Parameters
    ----------
    earliest, latest : date
        First and last day it may mean, both inclusive.
    precision : str
        ``day``, ``week``, ``month``, ``quarter``, ``half``, ``year`` or ``range``.
    text : str
        As written.
    """

    earliest: date
    latest: date
    precision: str
    text: str

    @property
    def is_exact(self) -> bool:
        """Whether a single day is meant."""
        return self.earliest == self.latest

    def may_equal(self, other: PartialDate) -> bool:
        """Whether both may mean the same day."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def within(self, other: PartialDate) -> bool:
        """Whether this one is at least as precise and lies inside `other`."""
        return other.earliest <= self.earliest and self.latest <= other.latest

    def interval(self) -> Interval:
        """Return the half-open interval of the days it may mean."""
        return Interval(self.earliest, self.latest + timedelta(days=1))

    def __str__(self) -> str:
        return self.text


def parse_day(text: str | date, *, where: str = "") -> date:
    """Read an ISO date.

    Raises
    ------
    InputError
        If the text is not ``YYYY-MM-DD`` or names no day of the calendar.
    """
    if isinstance(text, datetime):
        return text.date()
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a date", where=where, expected="YYYY-MM-DD, such as 2025-10-31"
        ) from error


_FORMS = (
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
    ("week", re.compile(r"(\d{4})-W(\d{2})")),
    ("quarter", re.compile(r"(\d{4})-?Q([1-4])")),
    ("half", re.compile(r"(\d{4})-?H([12])")),
    ("month", re.compile(r"(\d{4})-(\d{2})")),
    ("year", re.compile(r"(\d{4})")),
    ("fiscal", re.compile(r"FY ?(\d{2}|\d{4})")),
)


def parse_partial(
    text: str | date | int, *, fiscal_start_month: int = 4, where: str = ""
) -> PartialDate:
    """Read a date of any precision.

    Parameters
    ----------
    text : str, date or int
        ``2025-10-31``, ``2025-10``, ``2025-W44``, ``2025-Q3``, ``2025-H1``, ``2025``, ``FY25`` or
        a range ``A..B`` of these.
    fiscal_start_month : int
        First month of a fiscal year; ``FY25`` ends in 2025. The default, April, is the fiscal
        year of India, Japan and the United Kingdom's government.
    where : str
        Put into the error.

    Raises
    ------
    InputError
        If the text has none of the forms.
    """
    if isinstance(text, date):
        day = parse_day(text)
        return PartialDate(day, day, "day", day.isoformat())
    text = str(text).strip()
    if ".." in text:
        first, last = (
            parse_partial(part, fiscal_start_month=fiscal_start_month, where=where)
            for part in text.split("..", 1)
        )
        return PartialDate(first.earliest, last.latest, "range", text)
    for precision, form in _FORMS:
        match = form.fullmatch(text)
        if match:
            try:
                earliest, latest = _bounds(precision, match.groups(), fiscal_start_month)
            except ValueError:
                break
            return PartialDate(
                earliest, latest, "year" if precision == "fiscal" else precision, text
            )
    raise InputError(
        f"{text!r} is not a date, month, week, quarter, half, year or range",
        where=where,
        expected="one of 2025-10-31, 2025-10, 2025-W44, 2025-Q3, 2025-H1, 2025, FY25, A..B",
    )


def _bounds(precision: str, parts: tuple[str, ...], fiscal_start: int) -> tuple[date, date]:
    """First and last day of a matched form; ValueError if the calendar has no such day."""
    year = int(parts[0])
    if precision == "day":
        day = date(year, int(parts[1]), int(parts[2]))
        return day, day
    if precision == "week":
        monday = date.fromisocalendar(year, int(parts[1]), 1)
        return monday, monday + timedelta(days=6)
    if precision == "fiscal":
        year = year + 2000 if year < 100 else year
        first_year = year - 1 if fiscal_start > 1 else year
        return _months(first_year, fiscal_start, 12)
    lengths = {"month": 1, "quarter": 3, "half": 6, "year": 12}
    length = lengths[precision]
    position = int(parts[1]) if len(parts) > 1 else 1
    if precision == "month" and not 1 <= position <= 12:
        raise ValueError(position)
    return _months(year, (position - 1) * length + 1, length)


def _months(year: int, month: int, n_months: int) -> tuple[date, date]:
    """First and last day of `n_months` calendar months."""
    last_index = year * 12 + month - 1 + n_months - 1
    last_year, last_month = divmod(last_index, 12)
    last_day = calendar.monthrange(last_year, last_month + 1)[1]
    return date(year, month, 1), date(last_year, last_month + 1, last_day)


def day_range(start: date, end: date) -> Iterator[date]:
    """Iterate over the days of ``[start, end)``."""
    for offset in range((end - start).days):
        yield start + timedelta(days=offset)


def add_working_days(day: date, n_days: int) -> date:
    """Return the day `n_days` Mondays-to-Fridays after `day`.

    Public holidays are not known here: the result is the earliest such day.
    """
    step = 1 if n_days >= 0 else -1
    left = abs(n_days)
    while left:
        day += timedelta(days=step)
        if day.weekday() < 5:
            left -= 1
    return day


def day_in_zone(moment: datetime, zone: str) -> date:
    """Return the calendar day of an aware `moment` in an IANA time zone.

    Raises
    ------
    InputError
        If the moment carries no time zone of its own.
    """
    if moment.tzinfo is None:
        raise InputError(
            "a moment without a time zone has no day elsewhere", expected="an aware datetime"
        )
    return moment.astimezone(ZoneInfo(zone)).date()
