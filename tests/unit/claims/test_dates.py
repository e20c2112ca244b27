"""Time expressions: what is found and what it may mean."""

from __future__ import annotations

from datetime import date

import pytest

from coercivity.claims.dates import tag_dates
from coercivity.claims.resolve import resolve
from coercivity.timeline import parse_partial

ANCHOR = parse_partial("2024-03-15")  # a Friday


def resolved(text, anchor=ANCHOR):
    previous, found = None, []
    for expression in tag_dates(text):
        result = resolve(expression, anchor, previous)
        if result.precision == "day" and result.latest:
            previous = result.latest
        found.append(result)
    return found


@pytest.mark.parametrize(
    ("text", "value", "earliest", "latest"),
    [
        ("on 2024-01-05.", "2024-01-05", "2024-01-05", "2024-01-05"),
        ("on January 5, 2024, it", "2024-01-05", "2024-01-05", "2024-01-05"),
        ("on the 5th of January 2024", "2024-01-05", "2024-01-05", "2024-01-05"),
        ("announced on Thursday that", "2024-03-14", "2024-03-14", "2024-03-14"),
        ("said on Friday that", "2024-03-15", "2024-03-15", "2024-03-15"),
        ("by next Monday", "2024-03-18", None, "2024-03-18"),
        ("yesterday", "2024-03-14", "2024-03-14", "2024-03-14"),
        ("this week", "2024-W11", "2024-03-11", "2024-03-17"),
        ("last month", "2024-02", "2024-02-01", "2024-02-29"),
        ("since last year", "2023", "2023-01-01", "2023-12-31"),
        ("in October last year", "2023-10", "2023-10-01", "2023-10-31"),
        ("in February", "2024-02", "2024-02-01", "2024-02-29"),
        ("in November it fell", "2023-11", "2023-11-01", "2023-11-30"),
        ("on December 28 it fell", "2023-12-28", "2023-12-28", "2023-12-28"),
        ("from April 1", "2024-04-01", "2024-04-01", "2024-04-01"),
        ("since April 4", "2023-04-04", "2023-04-04", "2023-04-04"),
        ("till 2021", "2021", None, "2021-12-31"),
        ("more than two weeks ago", "2024-02-29", None, "2024-02-29"),
        ("three days ago", "2024-03-12", "2024-03-12", "2024-03-12"),
        ("in FY23", "FY23", "2022-04-01", "2023-03-31"),
        ("the second quarter of 2023", "2023-Q2", "2023-04-01", "2023-06-30"),
        ("from April to September 2023", "2023-04..2023-09", "2023-04-01", "2023-09-30"),
        ("October-March 2023", "2022-10..2023-03", "2022-10-01", "2023-03-31"),
        ("last fiscal year", "FY23", "2022-04-01", "2023-03-31"),
    ],
)
def test_resolved(text, value, earliest, latest):
    (found,) = resolved(text)
    assert found.value == value
    assert (found.earliest and found.earliest.isoformat()) == earliest
    assert found.latest.isoformat() == latest


def test_later_counts_from_the_day_named_before():
    first, second = resolved("agreed on October 21, 2023, and met two days later in")
    assert first.latest == date(2023, 10, 21)
    assert second.earliest == second.latest == date(2023, 10, 23)
    assert second.anchor == date(2023, 10, 21)


def test_later_without_a_day_before_stays_open():
    (found,) = resolved("met two days later")
    assert found.earliest is None
    assert found.precision == "unresolved"


def test_without_anchor_relative_dates_stay_open_and_absolute_ones_do_not():
    weekday, day = resolved("on Thursday and on January 5, 2024", anchor=None)
    assert weekday.value == "XXXX-WXX-4"
    assert weekday.earliest is None
    assert day.latest == date(2024, 1, 5)


def test_month_as_anchor_leaves_a_weekday_as_a_range():
    (found,) = resolved("on Thursday", anchor=parse_partial("2024-03"))
    assert found.precision == "range"
    assert found.earliest < found.latest


def test_until_closes_only_the_end():
    start, end = resolved("suspended from Sunday to November 27, 2024")
    assert start.modifier == "since"
    assert end.modifier == "until"
    assert end.earliest is None
    assert end.latest == date(2024, 11, 27)


@pytest.mark.parametrize(
    "text",
    [
        "it may import lenses",
        "Announcement No. 46 of 2024",
        "in the second place",
        "2,024 tonnes",
        "38% less than a year before",
        "they march on",
    ],
)
def test_not_a_date(text):
    assert not tag_dates(text)


def test_impossible_day_is_not_resolved():
    (found,) = resolved("on February 30, 2024")
    assert found.earliest is None
