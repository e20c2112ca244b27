"""Vectors of members give each member the bits that numpy gives it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numba import njit
from numba.core.errors import TypingError

from coercivity.engine.kernels.runs import RUN, gather, read_runs, write_runs
from coercivity.engine.kernels.vector import WIDTH, at, count, least, most, splat, where

HALF = np.float32(0.5)
ROWS = 9


@njit(error_model="numpy")
def _worked_out(table, factor, out):
    n, larger = table.shape[2], 0
    for c in range(0, n, WIDTH):
        m = at(c)
        a, b = table[0, 1, m], table[1, 0, m]
        out[0, m] = a + b * factor - a / b
        out[1, m] = least(a, b) - most(HALF, a)
        out[2, m] = where((a > b) & ~(b <= HALF) | (a == b), a, b)
        out[3, m] = splat(table, factor)
        out[4, m] = HALF
        out[4, m] += a
        out[5, m] = where(a >= b, HALF, b)
        larger += count(a < b)
    return larger


def _by_numpy(table, factor, dtype):
    a, b = table[0, 1], table[1, 0]
    with np.errstate(all="ignore"):
        rows = [
            a + b * factor - a / b,
            np.where(b < a, b, a) - np.where(a > 0.5, a, dtype(0.5)),
            np.where((a > b) & ~(b <= 0.5) | (a == b), a, b),
            np.full(a.shape, factor),
            dtype(0.5) + a,
            np.where(a >= b, dtype(0.5), b),
        ]
    return np.array(rows, dtype), int((a < b).sum())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_arithmetic_is_that_of_numpy(dtype, data):
    finite = st.floats(-1e6, 1e6, width=32) | st.just(0.0)
    table = data.draw(arrays(dtype, (2, 2, 2 * WIDTH), elements=finite))
    factor = dtype(data.draw(st.floats(-8, 8, width=32)))
    out = np.zeros((6, 2 * WIDTH), dtype)
    larger = _worked_out(table, factor, out)
    wanted, wanted_larger = _by_numpy(table, factor, dtype)
    np.testing.assert_array_equal(out, wanted)
    assert larger == wanted_larger


@njit(error_model="numpy")
def _in_double(table, total, out):
    m = at(0)
    total[0, m] += table[0, m]
    out[0, m] = total[0, m] * 0.1


def test_numbers_of_both_sizes_meet_in_the_larger():
    table = np.linspace(0, 1, WIDTH, dtype=np.float32)[None].copy()
    total, out = np.full((1, WIDTH), 1e-9), np.zeros((1, WIDTH), np.float32)
    _in_double(table, total, out)
    wanted = 1e-9 + table.astype(np.float64)
    np.testing.assert_array_equal(total, wanted)
    np.testing.assert_array_equal(out, (wanted * 0.1).astype(np.float32))


@njit(error_model="numpy")
def _picked(table, back, first, out):
    for c in range(0, table.shape[1], WIDTH):
        out[at(c)] = gather(table, back, (1, at(c)), first)


def test_members_read_their_own_rows():
    rng = np.random.default_rng(3)
    table = rng.random((ROWS, 2 * WIDTH)).astype(np.float32)
    back = rng.integers(0, ROWS - 2, (2, 2 * WIDTH)).astype(np.int32)
    out = np.zeros(2 * WIDTH, np.float32)
    _picked(table, back, 2, out)
    np.testing.assert_array_equal(out, table[2 + back[1], np.arange(2 * WIDTH)])


@njit(error_model="numpy")
def _turned(rows, ring, starts, out, width):
    for c in range(0, rows.shape[1], WIDTH):
        m = at(c)
        write_runs(ring, c * width + 1, width, rows[0, m], rows[1, m], rows[2, m], rows[3, m])
    for c in range(0, rows.shape[1], WIDTH):
        m = at(c)
        out[0, m], out[1, m], out[2, m], out[3, m] = read_runs(ring, starts, (0, m), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_runs_come_back_as_they_were_written(dtype):
    width, n = 7, 2 * WIDTH
    rows = np.random.default_rng(4).random((RUN, n)).astype(dtype)
    ring, out = np.zeros(n * width + 8, dtype), np.zeros((RUN, n), dtype)
    starts = (np.arange(n, dtype=np.int32) * width)[None].copy()
    _turned(rows, ring, starts, out, width)
    np.testing.assert_array_equal(out, rows)
    written = ring[1 : 1 + n * width].reshape(n, width)
    np.testing.assert_array_equal(written[:, :RUN], rows.T)
    assert not written[:, RUN:].any()


def test_rows_of_other_shapes_are_refused():
    @njit
    def wrong(table):
        return table[0, at(0)]

    with pytest.raises(TypingError):
        wrong(np.zeros((WIDTH, WIDTH), np.float32)[:, ::2])
