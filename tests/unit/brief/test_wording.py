"""Numbers as words: rounding never turns a range into a lie."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from coercivity.brief.wording import counted, interval, listing, number, percent

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
    assert math.isclose(shown[0], low, rel_tol=0.06, abs_tol=1e-9)
    assert math.isclose(shown[-1], high, rel_tol=0.06, abs_tol=1e-9)
    assert shown == sorted(shown)


@given(st.floats(min_value=0, max_value=1, exclude_max=True, allow_nan=False))
def test_less_than_all_is_never_called_all(share):
    assert percent(share) != "100\u00a0%"


def test_a_narrow_range_stays_a_range():
    assert interval(99.51, 99.99) == "99.5–100"
    assert interval(3.0, 3.0, unit="t") == "3\u00a0t"
    assert interval(-4.2e-11, 1e-12) == "0"


def test_what_is_not_finite_is_unknown():
    assert number(math.nan) == percent(math.inf) == interval(0, math.nan) == "unknown"


def test_lists_and_counts():
    assert listing([]) == "none"
    assert listing(["a", "b"], last="or") == "a or b"
    assert counted(1, "family", "families") == "1 family"
    assert counted(1200, "claim") == "1,200 claims"
