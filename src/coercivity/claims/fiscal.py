"""Fiscal years, their halves and quarters, and those of the calendar.

A fiscal year is named by the year it ends in: FY25 and FY2024-25 are April 2024 to March 2025, as
in India, Japan and the accounts of the British government.
"""

from __future__ import annotations

from datetime import date

from coercivity.claims.date_patterns import ORDINALS
from coercivity.claims.dates import TimeExpression
from coercivity.claims.periods import Resolved, whole_months

__all__ = ["FISCAL_START_MONTH", "fiscal_part", "fiscal_year"]

FISCAL_START_MONTH = 4
"""First month of a fiscal year that is only numbered; as in :func:`parse_partial`."""


def fiscal_number(expression: TimeExpression) -> int:
    """Return the number of a fiscal year: the year it ends in."""
    last = expression.part("y2")
    if last:
        return int(last) if len(last) == 4 else int(expression.part("y1")[:2] + last)
    year = int(expression.part("fy"))
    return year + 2000 if year < 100 else year


def fiscal_year(number: int) -> Resolved:
    """Return the twelve months that end in March of a year.

    Examples
    --------
    >>> fiscal_year(2025).earliest.isoformat(), fiscal_year(2025).latest.isoformat()
    ('2024-04-01', '2025-03-31')
    """
    return whole_months(number - 1, FISCAL_START_MONTH, 12, f"FY{number % 100:02d}", "year")


def fiscal_at(day: date) -> int:
    """Return the number of the fiscal year a day lies in."""
    return day.year + (day.month >= FISCAL_START_MONTH)


def fiscal_part(expression: TimeExpression) -> Resolved:
    """Return a quarter or half of a fiscal year."""
    number = fiscal_number(expression)
    letter, length, position = _position(expression)
    months = FISCAL_START_MONTH - 1 + length * (position - 1)
    year, month = number - 1 + months // 12, months % 12 + 1
    value = f"FY{number % 100:02d}-{letter}{position}"
    return whole_months(year, month, length, value, "quarter" if letter == "Q" else "half")


def calendar_part(expression: TimeExpression, year: int) -> Resolved:
    """Return a quarter or half of a calendar year."""
    letter, length, position = _position(expression)
    value = f"{year}-{letter}{position}"
    month = length * (position - 1) + 1
    return whole_months(year, month, length, value, "quarter" if letter == "Q" else "half")


def begun_part(expression: TimeExpression, day: date) -> Resolved:
    """Return the quarter or half of that number that began last."""
    _, length, position = _position(expression)
    has_begun = length * (position - 1) + 1 <= day.month
    return calendar_part(expression, day.year if has_begun else day.year - 1)


def _position(expression: TimeExpression) -> tuple[str, int, int]:
    """Letter, months and number of a quarter or half."""
    quarter = expression.part("q", "q2", "qo")
    written = quarter or expression.part("h", "h2", "ho")
    number = ORDINALS.get(written) or int(written)
    return ("Q", 3, number) if quarter else ("H", 6, number)
