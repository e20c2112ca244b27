"""From a time expression to the days it may mean, given the day it is counted from."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from coercivity.claims.dates import MONTHS, ORDINALS, SMALL_NUMBERS, WEEKDAYS, TimeExpression
from coercivity.timeline import PartialDate

__all__ = ["Resolved", "resolve"]

FISCAL_START_MONTH = 4
"""First month of a fiscal year that is only numbered; as in :func:`parse_partial`."""

FEW = (2, 6)
"""Least and most units meant by "the last few months"."""

AHEAD = 3
"""How many times farther a day ahead counts than a day behind, where nothing speaks of plans."""

DAYS = {"day": 1, "week": 7, "fortnight": 14}


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
    found = _absolute(expression)
    if found is None and expression.rule == "later":
        found = _later(expression, previous)
    if found is None:
        found = _relative(expression, anchor)
    return _bounded(found, expression.modifier)


def _bounded(found: Resolved, modifier: str) -> Resolved:
    """Apply "since", "until" and "before": they open one side."""
    if not modifier or found.modifier or found.earliest is None:
        return found
    if modifier == "until":
        return Resolved(
            found.value,
            None,
            found.latest,
            found.precision,
            modifier,
            found.anchor,
            found.is_relative,
        )
    if modifier == "before":
        latest = found.earliest - timedelta(days=1)
        return Resolved(
            found.value, None, latest, found.precision, modifier, found.anchor, found.is_relative
        )
    return Resolved(
        found.value,
        found.earliest,
        found.latest,
        found.precision,
        modifier,
        found.anchor,
        found.is_relative,
    )


def _absolute(expression: TimeExpression) -> Resolved | None:
    """Expressions that carry their own year."""
    part = expression.part
    try:
        if expression.rule == "iso":
            day = date.fromisoformat(part("iso"))
            return _day(day)
        if expression.rule in ("day_month_year", "month_day_year"):
            return _day(date(int(part("y")), _month(part("m")), _number(part("d"))))
    except ValueError:
        return Resolved("XXXX-XX-XX", None, None, "unresolved")
    if expression.rule == "month_year":
        return _month_of(int(part("y")), _month(part("m")), part("part"))
    if expression.rule == "month_range" and part("y"):
        return _month_range(expression, int(part("y")))
    if expression.rule == "quarter":
        number = int(part("q") or ORDINALS[part("qo")])
        return _months(int(part("y")), 3 * number - 2, 3, f"{part('y')}-Q{number}", "quarter")
    if expression.rule == "half":
        number = int(part("h") or ORDINALS[part("ho")])
        return _months(int(part("y")), 6 * number - 5, 6, f"{part('y')}-H{number}", "half")
    if expression.rule == "fiscal":
        return _fiscal(_fiscal_year(expression))
    if expression.rule == "year":
        year = int(part("y"))
        return _months(year, 1, 12, str(year), "year")
    return None


def _later(expression: TimeExpression, previous: date | None) -> Resolved:
    """Count a time from the day named before."""
    number, unit = _count(expression)
    if previous is None:
        return Resolved(_duration(number, unit), None, None, "unresolved", is_relative=True)
    shifted = _shift(previous, number, unit)
    if unit in DAYS and not expression.part("bound"):
        width = 0 if unit == "day" else DAYS[unit] // 2
        return _around(shifted, width, previous)
    first = shifted.replace(day=1)
    return Resolved(
        f"{first:%Y-%m}", first, _month_end(first), "month", anchor=previous, is_relative=True
    )


def _around(day: date, width: int, anchor: date) -> Resolved:
    if width == 0:
        return Resolved(day.isoformat(), day, day, "day", anchor=anchor, is_relative=True)
    low, high = day - timedelta(days=width), day + timedelta(days=width)
    return Resolved(day.isoformat(), low, high, "range", anchor=anchor, is_relative=True)


def _relative(expression: TimeExpression, anchor: PartialDate | None) -> Resolved:
    """Expressions counted from the publication."""
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
    part = expression.part
    rule = expression.rule
    if rule == "weekday":
        return _weekday(expression, day)
    if rule == "relative_day":
        steps = {"yesterday": -1, "tomorrow": 1, "the day before yesterday": -2}
        return _anchored(_day(day + timedelta(days=steps.get(part("word"), 0))), day)
    if rule in ("month_day", "day_month"):
        return _anchored(_nearest_day(expression, day), day)
    if rule == "month":
        year = _year_of_month(_month(part("m")), day, expression)
        return _anchored(_month_of(year, _month(part("m")), part("part")), day)
    if rule == "month_relative_year":
        year = day.year + {"last": -1, "next": 1}.get(part("rel"), 0)
        return _anchored(_month_of(year, _month(part("m")), part("part")), day)
    if rule == "relative_year_month":
        return _anchored(_relative_month(part("rel"), _month(part("m")), day), day)
    if rule == "month_range":
        year = _year_of_month(_month(part("m2")), day, expression)
        return _anchored(_month_range(expression, year), day)
    if rule == "half_alone":
        number = ORDINALS[part("ho")]
        year = day.year if 6 * number - 5 <= day.month else day.year - 1
        return _anchored(_months(year, 6 * number - 5, 6, f"{year}-H{number}", "half"), day)
    if rule == "fiscal_relative":
        current = day.year + (day.month >= FISCAL_START_MONTH)
        step = {"last": -1, "previous": -1, "next": 1}.get(part("rel"), 0)
        return _anchored(_fiscal(current + step), day)
    if rule == "relative_period":
        return _anchored(_period(part("rel"), part("u"), day), day)
    if rule == "past_period":
        return _past_period(expression, day)
    return _ago(expression, day)


def _weekday(expression: TimeExpression, day: date) -> Resolved:
    """Find a weekday: the last one, the day itself included; ahead if the words say so."""
    wanted = WEEKDAYS.index(expression.part("wd"))
    back = (day.weekday() - wanted) % 7
    relation = expression.part("rel")
    if relation == "last" and back == 0:
        back = 7
    if relation in ("next", "coming") or (expression.modifier == "until" and not relation):
        back = back - 7
    return _anchored(_day(day - timedelta(days=back)), day)


def _ago(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "two weeks ago", and "more than two weeks ago" as an upper bound."""
    number, unit = _count(expression)
    shifted = _shift(day, -number, unit)
    bound = expression.part("bound")
    if bound in ("more than", "over", "at least", "just over"):
        latest = shifted if bound == "at least" else shifted - timedelta(days=1)
        return Resolved(latest.isoformat(), None, latest, "day", "before", day, True)
    if bound in ("less than", "under", "just under"):
        return Resolved(shifted.isoformat(), shifted, day, "range", "since", day, True)
    if unit == "day" and not bound:
        return _anchored(_day(shifted), day)
    if unit in DAYS:
        return _around(shifted, DAYS[unit] // 2 + 1 if unit != "day" else 2, day)
    if unit == "year":
        return _anchored(_months(shifted.year, 1, 12, str(shifted.year), "year"), day)
    return _anchored(_month_of(shifted.year, shifted.month, ""), day)


def _past_period(expression: TimeExpression, day: date) -> Resolved:
    """Resolve "in the last few months": up to the anchor."""
    unit = expression.part("u").rstrip("s")
    word = expression.part("n")
    most = FEW[1] if word in ("few", "several") else _number(word)
    return Resolved(_duration(most, unit), _shift(day, -most, unit), day, "range", "", day, True)


def _period(relation: str, unit: str, day: date) -> Resolved:
    """Find this, the last or the next week, month, quarter or year."""
    step = {"last": -1, "previous": -1, "next": 1, "coming": 1}.get(relation, 0)
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * step)
        year, week, _ = monday.isocalendar()
        return Resolved(f"{year}-W{week:02d}", monday, monday + timedelta(days=6), "week")
    if unit == "month":
        first = _shift(day.replace(day=1), step, "month")
        return _month_of(first.year, first.month, "")
    if unit == "quarter":
        position = day.year * 4 + (day.month - 1) // 3 + step
        year, quarter = divmod(position, 4)
        return _months(year, 3 * quarter + 1, 3, f"{year}-Q{quarter + 1}", "quarter")
    return _months(day.year + step, 1, 12, str(day.year + step), "year")


def _relative_month(relation: str, month: int, day: date) -> Resolved:
    """Resolve "last October": the latest one that is over; "next": the first ahead."""
    year = day.year
    if relation == "last" and month >= day.month:
        year -= 1
    if relation == "next" and month <= day.month:
        year += 1
    return _month_of(year, month, "")


def _nearest_day(expression: TimeExpression, day: date) -> Resolved:
    """Find the year of a day: nearest to the anchor, rather behind it than ahead."""
    month, number = _month(expression.part("m")), _number(expression.part("d"))
    choices = []
    for year in (day.year - 1, day.year, day.year + 1):
        if number <= calendar.monthrange(year, month)[1]:
            choices.append(date(year, month, number))
    if expression.part("past"):
        choices = [choice for choice in choices if choice <= day]
    if not choices:
        return Resolved("XXXX-XX-XX", None, None, "unresolved")
    ahead = 1 if expression.is_future else AHEAD
    distance = {
        choice: (choice - day).days * ahead if choice > day else (day - choice).days
        for choice in choices
    }
    return _day(min(choices, key=lambda choice: (distance[choice], choice)))


def _year_of_month(month: int, day: date, expression: TimeExpression) -> int:
    """Year of a month without year: the last one begun, or the nearest if plans are spoken of."""
    if month <= day.month:
        if expression.is_future and day.month - month > 6:
            return day.year + 1
        return day.year
    ahead = month - day.month
    return day.year if expression.is_future and ahead <= 6 else day.year - 1


def _month_range(expression: TimeExpression, year: int) -> Resolved:
    """From one month to another; `year` is that of the last one."""
    first, last = _month(expression.part("m")), _month(expression.part("m2"))
    start_year = year if first <= last else year - 1
    start = date(start_year, first, 1)
    end = _month_end(date(year, last, 1))
    return Resolved(f"{start:%Y-%m}..{end:%Y-%m}", start, end, "range")


def _month_of(year: int, month: int, part: str) -> Resolved:
    """Return a month, or its beginning, middle or end."""
    first = date(year, month, 1)
    last = _month_end(first)
    value = f"{first:%Y-%m}"
    if not part:
        return Resolved(value, first, last, "month")
    if part in ("end", "end of", "the end of", "late"):
        return Resolved(value, first.replace(day=21), last, "range", "")
    if part in ("mid", "middle of", "the middle of"):
        return Resolved(value, first.replace(day=11), first.replace(day=20), "range", "")
    return Resolved(value, first, first.replace(day=10), "range", "")


def _fiscal_year(expression: TimeExpression) -> int:
    """Return the number of a fiscal year: the year it ends in."""
    if expression.part("y2"):
        last = expression.part("y2")
        return int(last) if len(last) == 4 else int(expression.part("y1")[:2] + last)
    year = int(expression.part("fy"))
    return year + 2000 if year < 100 else year


def _fiscal(year: int) -> Resolved:
    return _months(year - 1, FISCAL_START_MONTH, 12, f"FY{year % 100:02d}", "year")


def _months(year: int, month: int, n_months: int, value: str, precision: str) -> Resolved:
    first = date(year, month, 1)
    last = _month_end(_shift(first, n_months - 1, "month"))
    return Resolved(value, first, last, precision)


def _month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _day(day: date) -> Resolved:
    return Resolved(day.isoformat(), day, day, "day")


def _anchored(found: Resolved, day: date) -> Resolved:
    return Resolved(
        found.value, found.earliest, found.latest, found.precision, found.modifier, day, True
    )


def _shift(day: date, number: int, unit: str) -> date:
    """Move a day by units; the day of the month is clipped to the month's length."""
    if unit in DAYS:
        return day + timedelta(days=number * DAYS[unit])
    n_months = number * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + n_months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _month(name: str) -> int:
    return MONTHS[name.rstrip(".").strip()]


def _number(text: str) -> int:
    """Read digits with an ordinal's ending, or a small number word."""
    folded = text.lower()
    if folded in SMALL_NUMBERS:
        return SMALL_NUMBERS[folded]
    if folded == "a couple of":
        return 2
    return int("".join(character for character in folded if character.isdigit()))


def _count(expression: TimeExpression) -> tuple[int, str]:
    return _number(expression.part("n")), expression.part("u").rstrip("s")


def _duration(number: int, unit: str) -> str:
    letters = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
    return f"P{number * 2}W" if unit == "fortnight" else f"P{number}{letters[unit]}"


def _unanchored(expression: TimeExpression) -> str:
    """TIMEX3 value of an expression whose anchor is not known."""
    part = expression.part
    if expression.rule == "weekday":
        return f"XXXX-WXX-{WEEKDAYS.index(part('wd')) + 1}"
    if expression.rule in ("month_day", "day_month"):
        return f"XXXX-{_month(part('m')):02d}-{_number(part('d')):02d}"
    if expression.rule == "relative_period":
        return {"week": "XXXX-WXX", "month": "XXXX-XX", "quarter": "XXXX-QX"}.get(part("u"), "XXXX")
    if part("m"):
        return f"XXXX-{_month(part('m')):02d}"
    if part("n") and part("u"):
        return "PAST_REF"
    return "XXXX-XX-XX"
