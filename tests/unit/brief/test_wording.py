"""Numbers as words: rounding never turns a range into a lie."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercivity.brief.content import plain
from coercivity.brief.sections.answer import change
from coercivity.brief.wording import (
    counted,
    interval,
    listing,
    number,
    percent,
    settled,
    smallest,
)

FINITE = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)


def value_of(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


@given(FINITE)
def test_a_number_keeps_its_leading_figures(value):
    shown = value_of(number(value, digits=3))
    if abs(value) < 1e-9:
        assert shown == 0
    else:
        assert math.isclose(shown, value, rel_tol=0.006)


@given(FINITE, FINITE)
def test_both_ends_of_a_range_are_near_what_they_were(one, other):
    low, high = min(one, other), max(one, other)
    text = interval(low, high)
    parts = text.split(" to ") if " to " in text else text.split("–")
    shown = [value_of(part) for part in parts]
    none = max(1e-9, 1e-6 * max(abs(low), abs(high)))
    assert math.isclose(shown[0], low, rel_tol=0.06, abs_tol=none)
    assert math.isclose(shown[-1], high, rel_tol=0.06, abs_tol=none)
    assert shown == sorted(shown)


@given(st.floats(min_value=0, max_value=1, exclude_max=True, allow_nan=False))
def test_less_than_all_is_never_called_all(share):
    assert percent(share) != "100\u00a0%"


def test_a_narrow_range_stays_a_range():
    assert interval(99.51, 99.99) == "99.5–100"
    assert interval(3.0, 3.0, unit="t") == "3\u00a0t"
    assert interval(-4.2e-11, 1e-12) == "0"


def test_what_rounding_left_of_nothing_is_no_end_of_a_range():
    assert interval(-0.0049, 9200) == "0–9,200"
    assert interval(-9200, 0.0049) == "−9,200 to 0"
    assert interval(-0.02, 9200) == "−0.02 to 9,200"


def test_less_than_one_thing_is_none():
    assert interval(-0.4, 9200, least=smallest("vehicle")) == "0–9,200"
    assert interval(-0.4, 0.9, least=smallest("vehicle")) == "0"
    assert interval(-1.0, 9200, least=smallest("vehicle")) == "−1 to 9,200"
    assert interval(0.4, 2.0, least=smallest("t")) == "0.4–2"
    assert settled(math.nan, 5.0, least=1.0)[1] == 5.0


@given(FINITE, FINITE)
def test_setting_residues_to_nothing_never_turns_a_sign(one, other):
    for before, after in zip((one, other), settled(one, other, least=1.0), strict=True):
        assert after in (before, 0.0)
        assert abs(before - after) <= max(1.0, 1e-6 * max(abs(one), abs(other)))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.0049, 9200.0, "lets 0–9,200 vehicles more be built"),
        (-9200.0, 0.0049, "costs 0–9,200 vehicles"),
        (-0.7, 0.7, "changes nothing"),
        (-50.0, 9200.0, "changes what is built by −50 to 9,200 vehicles"),
    ],
)
def test_the_sentence_on_a_move_tells_no_residue(low, high, words):
    row = {"unit": "vehicle", "p05": -high, "p95": -low}
    assert plain(change(row, "vehicles")) == words


def test_what_is_not_finite_is_unknown():
    assert number(math.nan) == percent(math.inf) == interval(0, math.nan) == "unknown"


def test_lists_and_counts():
    assert listing([]) == "none"
    assert listing(["a", "b"], last="or") == "a or b"
    assert counted(1, "family", "families") == "1 family"
    assert counted(1200, "claim") == "1,200 claims"
