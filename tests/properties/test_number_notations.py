"""A value written in any notation reads back as the value; how a text is set changes nothing."""

from __future__ import annotations

import re
import string
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercivity.claims.changes import tag_changes
from coercivity.claims.dates import tag_dates
from coercivity.claims.numbers import tag_numbers
from coercivity.claims.quotes import find_quotes, parser_text
from coercivity.claims.resolve import resolve
from coercivity.claims.vocabulary import load_lexicon
from coercivity.timeline import parse_partial

LEXICON = load_lexicon()
ANCHOR = parse_partial("2024-03-15")
SCALES = {"thousand": 1e3, "lakh": 1e5, "million": 1e6, "crore": 1e7, "lakh crore": 1e12}
SCALES |= {"billion": 1e9, "mn": 1e6, "bn": 1e9, "cr": 1e7}
MASSES = {"tonnes": ("t", 1.0), "tons": ("t", 1.0), "kt": ("t", 1e3), "LMT": ("t", 1e5)}
MASSES |= {"metric tonnes": ("t", 1.0), "kg": ("kg", 1.0), "MTPA": ("t", 1.0), "Mt": ("t", 1e6)}
ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def numbers(text):
    return tag_numbers(text, dates=tag_dates(text), lexicon=LEXICON)


def indian(value: int) -> str:
    """Digits in groups of two, the last of three."""
    head, tail = str(value)[:-3], str(value)[-3:]
    groups = []
    while head:
        groups.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(groups), tail])


def in_words(value: int) -> str:
    """English words for 1 to 999."""
    if value >= 100:
        rest = f" and {in_words(value % 100)}" if value % 100 else ""
        return f"{ONES[value // 100 - 1]} hundred{rest}"
    if value >= 20:
        rest = f"-{ONES[value % 10 - 1]}" if value % 10 else ""
        return TENS[value // 10 - 2] + rest
    return TEENS[value - 10] if value >= 10 else ONES[value - 1]


@given(st.integers(1, 10**9), st.sampled_from(sorted(MASSES)))
def test_digits_in_any_grouping_have_one_value(value, unit):
    symbol, factor = MASSES[unit]
    for written in (str(value), f"{value:,}", indian(value), f"{value:,}".replace(",", "\u202f")):
        (number,) = numbers(f"They moved {written} {unit} of it.")
        assert (number.low, number.high, number.unit) == (value * factor, value * factor, symbol)


@given(st.integers(1, 9999), st.sampled_from(sorted(SCALES)), st.booleans())
def test_scaled_money_has_one_value(hundredths, scale, spaced):
    value = hundredths / 100
    sign = "Rs " if spaced else "₹"
    (number,) = numbers(f"It costs {sign}{value:g} {scale} in all.")
    assert number.low == pytest.approx(value * SCALES[scale])
    assert number.unit == "INR"


@given(st.integers(1, 999))
def test_words_and_digits_have_one_value(value):
    (in_letters,) = numbers(f"There are {in_words(value)} licences in all.")
    (in_digits,) = numbers(f"There are {value} licences in all.")
    assert (
        (in_letters.low, in_letters.unit) == (in_digits.low, in_digits.unit) == (value, "licence")
    )


@given(st.integers(1, 400), st.integers(0, 400), st.sampled_from(["-", "–", " to ", "–\n"]))
def test_ranges_have_both_ends(low, more, joint):
    (number,) = numbers(f"It holds {low}{joint}{low + more} tonnes of it.")
    assert (number.low, number.high, number.unit) == (low, low + more, "t")


@given(st.integers(1, 99), st.sampled_from(["fell", "rose"]), st.sampled_from(["%", " per cent"]))
def test_changes_carry_their_sign(amount, verb, percent):
    text = f"Output {verb} {amount}{percent} from a year earlier."
    (change,) = tag_changes(text, numbers(text))
    assert change.amount == (amount if verb == "rose" else -amount)
    assert change.basis == "year"


@given(st.dates(min_value=parse_partial("1990-01-01").earliest))
def test_a_day_has_one_value_in_every_notation(day):
    if day.year > 2090:
        day = day.replace(year=2024, day=min(day.day, 28))
    month = MONTHS[day.month - 1]
    for written in (
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{day.day}-{month[:3]}-{day.year}",
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        f"{day:%A}, {month} {day.day}, {day.year}",
    ):
        (found,) = tag_dates(f"It was signed on {written}.")
        assert resolve(found, ANCHOR).value == day.isoformat(), written


@given(st.integers(2001, 2089))
def test_a_fiscal_year_has_one_value_in_every_notation(year):
    short = year % 100
    for written in (f"FY{short:02d}", f"FY {year}", f"FY{year - 1}-{short:02d}", f"fiscal {year}"):
        (found,) = tag_dates(f"Imports in {written} were low.")
        result = resolve(found, ANCHOR)
        assert (result.earliest.isoformat(), result.latest.isoformat()) == (
            f"{year - 1}-04-01",
            f"{year}-03-31",
        )


SENTENCES = (
    "Exports fell 23.4 per cent to 1,250 tonnes from 1,632 tonnes in June 2023, the bureau said.",
    'The minister said "we have 45 working days" on March 4, 2024, and 12 firms wait.',
    "Between 30 and 40 licences, worth Rs 2.5 lakh crore, were issued earlier this month.",
    "Of 96 applications, 31 were approved and more than half of the rest are pending.",
)


def read(text):
    found = [(n.low, n.high, n.unit, n.hedge, n.per) for n in numbers(text)]
    days = [resolve(expression, ANCHOR).value for expression in tag_dates(text)]
    return found, days


@given(st.sampled_from(SENTENCES), st.data())
def test_line_wraps_blanks_and_marks_change_no_value(sentence, data):
    blanks = [m.start() for m in re.finditer(" ", sentence)]
    wrapped = data.draw(st.sets(st.sampled_from(blanks), max_size=4))
    text = "".join("\n" if i in wrapped else c for i, c in enumerate(sentence))
    marks = data.draw(st.sampled_from(["“”", '""', "«»", "‘’"]))
    text = text.replace('"', marks[0], 1).replace('"', marks[1], 1)
    lead = data.draw(st.sampled_from(["", "  ", "Also: ", "\u00a0", "(", "“"]))
    assert read(lead + text) == read(sentence)


@given(st.text(alphabet=string.printable + "₹€“”‘’–\u00a0٣½", max_size=200))
def test_any_text_is_read_and_every_range_lies_inside(text):
    found = numbers(text)
    for number in found:
        assert 0 <= number.start < number.end <= len(text)
        assert number.low is not None
        assert number.low <= number.high
    for change in tag_changes(text, found):
        assert 0 <= change.start < change.end <= len(text)
    for expression in tag_dates(text):
        assert 0 <= expression.start < expression.end <= len(text)
        resolve(expression, ANCHOR)
    quotes = find_quotes(text)
    assert len(parser_text(text, quotes)) == len(text)
    assert all(one.end <= two.start for one, two in pairwise(quotes))


@pytest.mark.parametrize(
    "seed",
    [
        "5 ",
        "1,111",
        "5% ",
        "May ",
        "from 5 to ",
        "more than ",
        "twenty-",
        "1-2-3-",
        "“a ",
        "‘a ",
        "\t",
    ],
)
def test_time_grows_with_length_only(seed):
    """Twice the text takes about twice the time: four times would be the square."""

    def seconds(length):
        text = (seed * (length // len(seed) + 1))[:length]
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            tag_changes(text, numbers(text))
            find_quotes(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(24_000) < 3 * seconds(12_000) + 0.1
