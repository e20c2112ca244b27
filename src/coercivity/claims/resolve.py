"""From a time expression to the days it may mean, given the day it is counted from."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from coercivity.claims.date_patterns import SEASONS, WEEKDAYS
from coercivity.claims.dates import TimeExpression
from coercivity.claims.fiscal import (
    begun_part,
    calendar_part,
    fiscal_at,
    fiscal_number,
    fiscal_part,
    fiscal_year,
)
from coercivity.claims.periods import (
    DAYS,
    UNRESOLVED,
    Resolved,
    around,
    days_between,
    duration,
    month_end,
    month_number,
    month_of,
    month_span,
    one_day,
    shifted,
    small_number,
    whole_months,
    year_of,
)
from coercivity.timeline import PartialDate

__all__ = ["Resolved", "resolve"]

FEW = (2, 6)
"""Least and most units meant by "the last few months"."""

AHEAD = 3
"""How many times farther a day ahead counts than a day behind, where nothing speaks of plans."""


def resolve(
    expression: TimeExpression, anchor: PartialDate | None, previous: date | None = None
) -> Resolved:
    """Resolve an expression.

    Parameters
    ----------
    expression : TimeExpression
    anchor : PartialDate or None
        Publication of the document.
    previous : date or None
        The day named last before it in the text, for "two days later".
    """
    try:
        found = _absolute(expression)
        if found is None and expression.rule in _NARRATED:
            found = _NARRATED[expression.rule](expression, previous)
        if found is None:
            found = _relative(expression, anchor)
    except (ValueError, OverflowError):
        # A day the calendar lacks, or one beyond its ends: "February 30", "900 years ago".
        return UNRESOLVED
    return _bounded(found, expression.modifier)


def _bounded(found: Resolved, modifier: str) -> Resolved:
    """Apply "since", "until" and "before": they open one side."""
    if not modifier or found.modifier or found.earliest is None:
        return found
    if modifier == "until":
        return replace(found, earliest=None, modifier=modifier)
    if modifier == "before":
        latest = found.earliest - timedelta(days=1)
        return replace(found, earliest=None, latest=latest, modifier=modifier)
    return replace(found, modifier=modifier)


# --- expressions that carry their own year -------------------------------------------------------


def _absolute(expression: TimeExpression) -> Resolved | None:
    rule = _ABSOLUTE.get(expression.rule)
    return rule(expression) if rule else None


def _iso(expression: TimeExpression) -> Resolved:
    return one_day(date.fromisoformat(expression.part("iso").replace("/", "-")))


def _numeric(expression: TimeExpression) -> Resolved:
    """Day, month, year in figures; with two readings neither is taken."""
    first, second, year = (int(expression.part(name)) for name in ("d", "mn", "y"))
    if second > 12:
        first, second = second, first
    elif first <= 12 and first != second and expression.part("sep") == "/":
        return replace(
            whole_months(year, 1, 12, str(year), "year"), value=str(year), precision="range"
        )
    return one_day(date(year, second, first))


def _full_day(expression: TimeExpression) -> Resolved:
    part = expression.part
    return one_day(date(int(part("y")), month_number(part("m")), small_number(part("d"))))


def _day_range(expression: TimeExpression) -> Resolved | None:
    part = expression.part
    if not part("y"):
        return None
    year, month = int(part("y")), month_number(part("m"))
    first, last = small_number(part("d")), small_number(part("d2"))
    return days_between(date(year, month, first), date(year, month, last))


def _month_year(expression: TimeExpression) -> Resolved:
    part = expression.part
    return month_of(int(part("y")), month_number(part("m")), part("part"))


def _month_range(expression: TimeExpression) -> Resolved | None:
    part = expression.part
    if not part("y"):
        return None
    return month_span(month_number(part("m")), month_number(part("m2")), int(part("y")))


def _year_to(expression: TimeExpression) -> Resolved:
    """Return the twelve months that end with a month: "the year to March 2025"."""
    year, month = int(expression.part("y")), month_number(expression.part("m"))
    first, start = (year, 1) if month == 12 else (year - 1, month + 1)
    return whole_months(first, start, 12, f"{first}-{start:02d}..{year}-{month:02d}", "range")


def _calendar_part(expression: TimeExpression) -> Resolved:
    return calendar_part(expression, int(expression.part("y")))


def _first_months(expression: TimeExpression) -> Resolved | None:
    year = expression.part("y")
    return month_span(1, small_number(expression.part("n")), int(year)) if year else None


def _years(expression: TimeExpression) -> Resolved:
    """Return the years from one to another; "2024-25" is a fiscal year."""
    first, last = expression.part("y1"), expression.part("y2")
    if len(last) == 2:
        return fiscal_year(fiscal_number(expression))
    n_months = 12 * (int(last) - int(first) + 1)
    return whole_months(int(first), 1, n_months, f"{first}..{last}", "range")


def _decade(expression: TimeExpression) -> Resolved:
    """Return a decade; its early, mid and late years are the first, next and last four."""
    first = int(expression.part("dec"))
    offset, length = {"early": (0, 4), "mid": (3, 4), "late": (6, 4)}.get(
        expression.part("part"), (0, 10)
    )
    return whole_months(first + offset, 1, 12 * length, f"{str(first)[:3]}X", "range")


def _season(expression: TimeExpression) -> Resolved | None:
    year = expression.part("y", "y3")
    return _season_of(expression, int(year)) if year else None


def _season_of(expression: TimeExpression, year: int) -> Resolved:
    """Return three months; winter begins in December of its year. Northern half of the world."""
    month, letters = SEASONS[expression.part("s", "s2", "s3")]
    return whole_months(year, month, 3, f"{year}-{letters}", "range")


_ABSOLUTE: Mapping[str, Callable[[TimeExpression], Resolved | None]] = {
    "iso": _iso,
    "numeric": _numeric,
    "day_month_year": _full_day,
    "month_day_year": _full_day,
    "day_range": _day_range,
    "month_year": _month_year,
    "month_range": _month_range,
    "year_to": _year_to,
    "quarter": _calendar_part,
    "half": _calendar_part,
    "fiscal_quarter": fiscal_part,
    "fiscal_half": fiscal_part,
    "fiscal": lambda expression: fiscal_year(fiscal_number(expression)),
    "first_months": _first_months,
    "years": _years,
    "decade": _decade,
    "season": _season,
    "year": lambda expression: year_of(int(expression.part("y")), expression.part("part")),
}


# --- expressions counted from a day named before -------------------------------------------------


def _later(expression: TimeExpression, previous: date | None) -> Resolved:
    """Count a time from the day named before."""
    number, unit = _count(expression)
    if previous is None:
        return Resolved(duration(number, unit), None, None, "unresolved", is_relative=True)
    day = shifted(previous, number, unit)
    if unit in DAYS and not expression.part("bound"):
        return around(day, 0 if unit == "day" else DAYS[unit] // 2, previous)
    first = day.replace(day=1)
    found = Resolved(f"{first:%Y-%m}", first, month_end(first), "month")
    return found.counted_from(previous)


def _narrated_day(expression: TimeExpression, previous: date | None) -> Resolved:
    """Resolve "the next day" of a story."""
    if previous is None:
        return replace(UNRESOLVED, is_relative=True)
    words = expression.part("word")
    back = any(word in words for word in ("previous", "preceding", "before"))
    return one_day(previous + timedelta(days=-1 if back else 1)).counted_from(previous)


_NARRATED: Mapping[str, Callable[[TimeExpression, date | None], Resolved]] = {
    "later": _later,
    "narrated_day": _narrated_day,
}


# --- expressions counted from the publication ----------------------------------------------------


def _relative(expression: TimeExpression, anchor: PartialDate | None) -> Resolved:
    if anchor is None:
        return Resolved(_unanchored(expression), None, None, "unresolved", is_relative=True)
    low = _from_day(expression, anchor.earliest)
    if anchor.is_exact or low.earliest is None:
        return low
    high = _from_day(expression, anchor.latest)
    if (low.value, low.earliest) == (high.value, high.earliest):
        return low
    return Resolved(
        _unanchored(expression),
        low.earliest,
        high.latest,
        "range",
        low.modifier,
        anchor.latest,
        True,
    )


def _from_day(expression: TimeExpression, day: date) -> Resolved:
    """Resolve a relative expression against one day."""
    found = _RELATIVE.get(expression.rule, _ago)(expression, day)
    return found if found.is_relative else found.counted_from(day)


def _weekday(expression: TimeExpression, day: date) -> Resolved:
    """Find a weekday: the last one, the day itself included; ahead if the words say so."""
    wanted = WEEKDAYS.index(expression.part("wd"))
    back = (day.weekday() - wanted) % 7
    relation = expression.part("rel")
    if relation == "last" and back == 0:
        back = 7
    if relation in ("next", "coming") or (expression.modifier == "until" and not relation):
        back = back - 7
    return one_day(day - timedelta(days=back))


def _relative_day(expression: TimeExpression, day: date) -> Resolved:
    steps = {"yesterday": -1, "tomorrow": 1, "the day before yesterday": -2}
    return one_day(day + timedelta(days=steps.get(expression.part("word"), 0)))


def _step(relation: str) -> int:
    """Periods from this one: -1 for the last, 1 for the next."""
    return {"last": -1, "previous": -1, "next": 1, "coming": 1}.get(relation, 0)


def _month_alone(expression: TimeExpression, day: date) -> Resolved:
    month = month_number(expression.part("m"))
    return month_of(_year_of_month(month, day, expression), month, expression.part("part"))


def _month_relative_year(expression: TimeExpression, day: date) -> Resolved:
    year = day.year + _step(expression.part("rel"))
    return month_of(year, month_number(expression.part("m")), expression.part("part"))


def _relative_month(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "last October": the latest one that is over; "next": the first ahead."""
    relation, month = expression.part("rel"), month_number(expression.part("m"))
    year = day.year
    if relation == "last" and month >= day.month:
        year -= 1
    if relation == "next" and month <= day.month:
        year += 1
    return month_of(year, month, "")


def _months_without_year(expression: TimeExpression, day: date) -> Resolved:
    last = month_number(expression.part("m2"))
    year = _year_of_month(last, day, expression)
    return month_span(month_number(expression.part("m")), last, year)


def _first_months_so_far(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "the first nine months": of this year, or of the last if they are not over."""
    n_months = small_number(expression.part("n"))
    relation = expression.part("rel")
    is_over = n_months < day.month or (n_months == day.month and not relation)
    year = day.year + _step(relation) if relation else day.year - (not is_over)
    return month_span(1, n_months, year)


def _day_of_month(expression: TimeExpression, day: date) -> Resolved:
    first = shifted(day.replace(day=1), _step(expression.part("rel")), "month")
    return one_day(first.replace(day=small_number(expression.part("d"))))


def _days_without_year(expression: TimeExpression, day: date) -> Resolved:
    first = _nearest_day(expression, day)
    if first.earliest is None:
        return first
    last = first.earliest.replace(day=small_number(expression.part("d2")))
    return days_between(first.earliest, last)


def _season_relative(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "last summer": the latest that is over."""
    year = day.year + max(0, _step(expression.part("rel")))
    found = _season_of(expression, year)
    is_last = expression.part("rel") == "last"
    if is_last and found.latest is not None and found.latest >= day:
        return _season_of(expression, year - 1)
    return found


def _ago(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "two weeks ago", and "more than two weeks ago" as an upper bound."""
    number, unit = _count(expression)
    then = shifted(day, -number, unit)
    bound = expression.part("bound")
    if bound in ("more than", "over", "at least", "just over"):
        latest = then if bound == "at least" else then - timedelta(days=1)
        return Resolved(latest.isoformat(), None, latest, "day", "before", day, True)
    if bound in ("less than", "under", "just under"):
        return Resolved(then.isoformat(), then, day, "range", "since", day, True)
    if unit == "day" and not bound:
        return one_day(then)
    if unit in DAYS:
        return around(then, DAYS[unit] // 2 + 1 if unit != "day" else 2, day)
    if unit == "year":
        return year_of(then.year, "")
    return month_of(then.year, then.month, "")


def _past_period(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "in the last few months": up to the anchor."""
    most, unit = _most(expression)
    return Resolved(duration(most, unit), shifted(day, -most, unit), day, "range")


def _future_period(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "within the next two weeks": from the anchor on."""
    most, unit = _most(expression)
    return Resolved(duration(most, unit), day, shifted(day, most, unit), "range")


def _most(expression: TimeExpression) -> tuple[int, str]:
    word = expression.part("n")
    unit = expression.part("u").rstrip("s")
    return FEW[1] if word in ("few", "several") else small_number(word), unit


def _period(expression: TimeExpression, day: date) -> Resolved:
    """Find this, the last or the next week, month, quarter or year, or a part of it."""
    unit, step = expression.part("u"), _step(expression.part("rel"))
    lap = expression.part("lap").removeprefix("the ").removesuffix(" of")
    if lap in ("earlier", "later") and step == 0:
        whole = _whole_period(unit, step, day)
        if lap == "earlier":
            return replace(whole, latest=day, precision="range")
        return replace(whole, earliest=day, precision="range")
    if unit == "year":
        return year_of(day.year + step, {"earlier": "early", "later": "late"}.get(lap, lap))
    if unit == "month" and lap:
        first = shifted(day.replace(day=1), step, "month")
        return month_of(first.year, first.month, lap)
    return _whole_period(unit, step, day)


def _whole_period(unit: str, step: int, day: date) -> Resolved:
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * step)
        year, week, _ = monday.isocalendar()
        return Resolved(f"{year}-W{week:02d}", monday, monday + timedelta(days=6), "week")
    if unit == "month":
        first = shifted(day.replace(day=1), step, "month")
        return month_of(first.year, first.month, "")
    if unit == "quarter":
        year, quarter = divmod(day.year * 4 + (day.month - 1) // 3 + step, 4)
        return whole_months(year, 3 * quarter + 1, 3, f"{year}-Q{quarter + 1}", "quarter")
    return year_of(day.year + step, "")


def _nearest_day(expression: TimeExpression, day: date) -> Resolved:
    """Find the year of a day: as told, else nearest to the anchor, rather behind it than ahead."""
    month, number = month_number(expression.part("m")), small_number(expression.part("d"))
    relation = expression.part("rel")
    if relation:
        return one_day(date(day.year + _step(relation), month, number))
    choices = []
    for year in (day.year - 1, day.year, day.year + 1):
        if number <= calendar.monthrange(year, month)[1]:
            choices.append(date(year, month, number))
    if expression.part("past"):
        choices = [choice for choice in choices if choice <= day]
    if not choices:
        return UNRESOLVED
    ahead = 1 if expression.is_future else AHEAD
    distance = {
        choice: (choice - day).days * ahead if choice > day else (day - choice).days
        for choice in choices
    }
    return one_day(min(choices, key=lambda choice: (distance[choice], choice)))


def _year_of_month(month: int, day: date, expression: TimeExpression) -> int:
    """Year of a month without year: the last one begun, or the nearest if plans are spoken of."""
    if month <= day.month:
        if expression.is_future and day.month - month > 6:
            return day.year + 1
        return day.year
    ahead = month - day.month
    return day.year if expression.is_future and ahead <= 6 else day.year - 1


_RELATIVE: Mapping[str, Callable[[TimeExpression, date], Resolved]] = {
    "weekday": _weekday,
    "relative_day": _relative_day,
    "month": _month_alone,
    "month_relative_year": _month_relative_year,
    "relative_year_month": _relative_month,
    "month_range": _months_without_year,
    "month_day": _nearest_day,
    "day_month": _nearest_day,
    "day_range": _days_without_year,
    "day_of_month": _day_of_month,
    "first_months": _first_months_so_far,
    "quarter_alone": begun_part,
    "half_alone": begun_part,
    "fiscal_relative": lambda expression, day: fiscal_year(
        fiscal_at(day) + _step(expression.part("rel"))
    ),
    "season": _season_relative,
    "relative_period": _period,
    "past_period": _past_period,
    "future_period": _future_period,
    "ago": _ago,
}


def _count(expression: TimeExpression) -> tuple[int, str]:
    return small_number(expression.part("n")), expression.part("u").rstrip("s")


def _unanchored(expression: TimeExpression) -> str:
    """TIMEX3 value of an expression whose anchor is not known."""
    part = expression.part
    if expression.rule == "weekday":
        return f"XXXX-WXX-{WEEKDAYS.index(part('wd')) + 1}"
    if expression.rule in ("month_day", "day_month"):
        return f"XXXX-{month_number(part('m')):02d}-{small_number(part('d')):02d}"
    if expression.rule == "relative_period":
        return {"week": "XXXX-WXX", "month": "XXXX-XX", "quarter": "XXXX-QX"}.get(part("u"), "XXXX")
    if part("m"):
        return f"XXXX-{month_number(part('m')):02d}"
    if part("n") and part("u"):
        return "PAST_REF"
    return "XXXX-XX-XX"
