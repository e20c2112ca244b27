"""Quantiles over members against numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from coercivity.results.statistics import member_quantiles

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@pytest.mark.parametrize("members", [1, 2, 3, 20, 21, 1000])
def test_they_are_the_numbers_of_numpy(members):
    random = np.random.default_rng(members)
    values = random.normal(size=(4, 5, members)) * 10.0 ** random.uniform(-5, 5, (4, 5, 1))
    np.testing.assert_array_equal(
        member_quantiles(values, LEVELS), np.quantile(values, LEVELS, axis=-1)
    )


def test_a_member_that_is_not_a_number_blanks_its_row_alone():
    values = np.arange(12.0).reshape(2, 6)
    values[0, 2] = np.nan
    found = member_quantiles(values, (0.5,))
    assert np.isnan(found[0, 0])
    assert found[0, 1] == 8.5


def test_the_values_are_left_in_their_order():
    values = np.array([3.0, 1.0, 2.0])
    assert member_quantiles(values, (0.5,)).tolist() == [2.0]
    assert values.tolist() == [3.0, 1.0, 2.0]
