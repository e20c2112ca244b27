"""Numbers with hedges, words, Indian multipliers, ranges and units."""

from __future__ import annotations

import pytest

from coercivity.claims.dates import tag_dates
from coercivity.claims.numbers import number_value, tag_numbers
from coercivity.claims.vocabulary import load_lexicon

LEXICON = load_lexicon()


def numbers(text):
    return tag_numbers(text, dates=tag_dates(text), lexicon=LEXICON)


@pytest.mark.parametrize(
    ("text", "exact", "low", "high", "unit", "hedge"),
    [
        ("controlling around 70% of", "around 70%", 70, 70, "percent", "about"),
        ("with 70 per cent of", "70 per cent", 70, 70, "percent", ""),
        ("in more than four years, of", "more than four years", 4, 4, "year", "over"),
        ("the more than four-year row", "more than four-year", 4, 4, "year", "over"),
        ("to four companies", "four", 4, 4, "firm", ""),
        ("nearly 30 requests", "nearly 30", 30, 30, "application", "almost"),
        ("hold four to six weeks of", "four to six weeks", 4, 6, "week", ""),
        ("50-60% of plan", "50-60%", 50, 60, "percent", ""),
        ("between 5 and 6 months", "5 and 6 months", 5, 6, "month", ""),
        ("Rs 7,280 crore", "Rs 7,280 crore", 7.28e10, 7.28e10, "INR", ""),
        ("3.5 lakh tonnes", "3.5 lakh tonnes", 350000, 350000, "t", ""),
        ("1,00,000 tonnes", "1,00,000 tonnes", 100000, 100000, "t", ""),
        ("$2.5 million", "$2.5 million", 2.5e6, 2.5e6, "USD", ""),
        ("more than half of the", "more than half", 50, 50, "percent", "over"),
        ("forty-six stoppages", "forty-six", 46, 46, "stoppage", ""),
        ("69 times the price", "69 times", 69, 69, "1", ""),
    ],
)
def test_number(text, exact, low, high, unit, hedge):
    (found,) = numbers(text)
    assert text[found.start : found.end] == exact
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.unit, found.hedge) == (unit, hedge)


@pytest.mark.parametrize(
    "text",
    [
        "on October 21, 2024",
        "Announcement No. 18 of 2025",
        "Nos 55, 56 and 57",
        "one of the nations",
        "in 2023",
        "the two sides agreed",
    ],
)
def test_not_a_quantity(text):
    assert not numbers(text)


def test_change_from_one_value_to_another_is_no_range():
    assert [n.low for n in numbers("fell from 57% to 47%")] == [57, 47]
    assert [n.unit for n in numbers("slid 5.2% to 5,473 tons")] == ["percent", "t"]


def test_bare_number_takes_the_unit_of_the_one_before():
    first, second = numbers("rose to 5,577 tonnes; one buyer took 1,116.")
    assert second.unit == first.unit == "t"
    assert second.rule == "carried"


def test_digits_and_words_have_one_value():
    assert number_value("4") == number_value("four")
