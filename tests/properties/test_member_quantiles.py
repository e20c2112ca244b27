"""Quantiles over members, whatever the members are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coercivity.results.statistics import member_quantiles

ROWS = st.integers(1, 40).flatmap(
    lambda members: arrays(np.float64, (3, members), elements=st.floats(-1e12, 1e12))
)
LEVELS = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5).map(sorted)


@given(values=ROWS, levels=LEVELS)
def test_they_rise_and_stay_among_the_members(values, levels):
    found = member_quantiles(values, levels)
    assert (found >= values.min(axis=-1)).all()
    assert (found <= values.max(axis=-1)).all()
    np.testing.assert_allclose(found, np.quantile(values, levels, axis=-1), rtol=1e-12, atol=1e-12)


@given(values=ROWS, level=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_they_do_not_depend_on_the_order_of_the_members(values, level, seed):
    mixed = np.random.default_rng(seed).permutation(values, axis=-1)
    np.testing.assert_array_equal(
        member_quantiles(mixed, [level]), member_quantiles(values, [level])
    )
