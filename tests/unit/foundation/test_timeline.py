from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercivity.errors import InputError
from coercivity.timeline import (
    Interval,
    add_working_days,
    day_in_zone,
    day_range,
    parse_day,
    parse_partial,
)

days = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2025-10-31", date(2025, 10, 31), date(2025, 10, 31), "day"),
        ("2025-10", date(2025, 10, 1), date(2025, 10, 31), "month"),
        ("2025-W44", date(2025, 10, 27), date(2025, 11, 2), "week"),
        ("2025-Q3", date(2025, 7, 1), date(2025, 9, 30), "quarter"),
        ("2025-H1", date(2025, 1, 1), date(2025, 6, 30), "half"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month"),
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "year"),
        ("FY25", date(2024, 4, 1), date(2025, 3, 31), "year"),
        ("FY2026", date(2025, 4, 1), date(2026, 3, 31), "year"),
        ("2025-05..2025-08", date(2025, 5, 1), date(2025, 8, 31), "range"),
    ],
)
def test_partial_dates_have_first_and_last_days(text, earliest, latest, precision):
    value = parse_partial(text)
    assert (value.earliest, value.latest, value.precision) == (earliest, latest, precision)


@pytest.mark.parametrize("text", ["2025-13", "2025-02-30", "soon", "2025-W54", ""])
def test_what_is_no_date_says_which_forms_are(text):
    with pytest.raises(InputError, match="Expected") as caught:
        parse_partial(text, where="sources.yaml:7")
    assert "sources.yaml:7" in str(caught.value)


def test_interval_is_half_open():
    interval = Interval(date(2025, 11, 7), date(2026, 11, 10))
    assert interval.contains(date(2025, 11, 7))
    assert not interval.contains(date(2026, 11, 10))
    with pytest.raises(InputError, match="before it starts"):
        Interval(date(2025, 2, 1), date(2025, 1, 1))


@given(days, days, days, days, days)
def test_intersection_holds_exactly_the_common_days(a, b, c, d, probe):
    first, second = Interval(min(a, b), max(a, b)), Interval(min(c, d), max(c, d))
    common = first.intersect(second)
    inside = first.contains(probe) and second.contains(probe)
    assert inside == (common is not None and common.contains(probe))
    assert first.overlaps(second) == second.overlaps(first)


@given(days, st.integers(0, 300))
def test_working_days_are_counted_one_by_one(day, n_days):
    end = add_working_days(day, n_days)
    passed = sum(1 for d in day_range(day, end) if d.weekday() < 5)
    between = passed - (day.weekday() < 5) + (end.weekday() < 5) if n_days else 0
    assert between == n_days
    assert add_working_days(date(2025, 10, 31), 1) == date(2025, 11, 3)


def test_law_is_governed_by_the_day_in_the_issuers_zone():
    evening = datetime(2025, 11, 6, 17, 0, tzinfo=UTC)
    assert day_in_zone(evening, "Asia/Shanghai") == date(2025, 11, 7)
    with pytest.raises(InputError):
        day_in_zone(datetime(2025, 11, 6, 17, 0), "Asia/Shanghai")


def test_days_are_read_strictly():
    assert parse_day(date(2025, 1, 2)) == date(2025, 1, 2)
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        parse_day("31/10/2025")


def test_range_knows_what_it_may_equal():
    month, day = parse_partial("2025-10"), parse_partial("2025-10-30")
    assert day.within(month)
    assert not month.within(day)
    assert month.may_equal(day)
    assert not parse_partial("2025-09").may_equal(day)
