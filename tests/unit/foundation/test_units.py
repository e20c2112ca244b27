from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercivity.errors import InputError
from coercivity.units import compatible, convert, parse_unit, unit_symbols


def test_compound_units():
    assert convert(Fraction(1), "t/year", "kg/day") == Fraction(4000, 1461)
    assert convert(2, "kg", "t") == Fraction(1, 500)
    assert convert(Decimal("1.5"), "lakh_t", "t") == Decimal("150000")
    assert convert(np.array([1.0, 2.0]), "percent", "1").tolist() == [0.01, 0.02]
    assert parse_unit("kg/vehicle").dims == parse_unit("t/unit").dims


@pytest.mark.parametrize("text", ["", "furlong", "kg/", "/kg", "kg//t", "kg t", "kg^2"])
def test_unknown_units_are_named(text):
    with pytest.raises(InputError, match="not a known unit"):
        parse_unit(text)


def test_no_exchange_rate_is_invented():
    assert not compatible("USD", "INR")
    with pytest.raises(InputError, match="cannot be converted"):
        convert(1.0, "USD", "INR")
    with pytest.raises(InputError, match="cannot be converted"):
        convert(1.0, "working_day", "day")


@given(st.sampled_from(unit_symbols()), st.sampled_from(unit_symbols()), st.fractions())
def test_conversion_is_exact_and_reversible(a, b, value):
    if compatible(a, b):
        assert convert(convert(value, a, b), b, a) == value
