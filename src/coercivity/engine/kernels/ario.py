"""The day of the adaptive regional input–output model, on arrays alone.

Orders are never stored by pair of industries.  An order is
``order[i, j] = weight[i] * price[s(i), j] * z[i, j]`` with ``s(i)`` the sector of the supplier, so
the sum of a supplier's orders is a row of ``z`` times a row of ``price``, and what a buyer receives
of a sector is a weighted sum of that sector's rows.  Both are taken of a block of columns while it
is in the cache: one reading of ``z`` a day.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coercivity.engine.kernels.compile import inner, outer

__all__ = ["Constants", "Kept", "State", "run", "settled", "start", "sweep_some"]

_BLOCK = 1024
_ABSOLUTE = 1e-8
_RELATIVE = 1e-5
"""When two arrays count as equal; the defaults of ``numpy.allclose``, which the peer uses."""

_SUMMING: dict[str, Any] = {
    "fastmath": {"reassoc"},
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
summing: Any = njit(nogil=True, error_model="numpy", **_SUMMING)
"""Compile a sum whose terms may be added in any order: in vector registers.  The order is the same
for any number of threads, though not on every kind of processor."""

Float = NDArray[np.float64]


class Constants(NamedTuple):
    """What does not change: N industries in order of region, sector; S sectors; R regions.

    ``z`` [N, N] and ``pooled`` [S, N] are flows in any unit of time; ``need`` [S, N] is input per
    output, ``is_input`` [S, N] marks what can limit; ``x0`` [N], ``final`` [N, R] and
    ``final_total`` [N] are flows per day; ``loss`` [day, k] is the share of capacity lost in
    the industries ``loss_of`` [k].  ``cover`` [S] is in days, infinite where stock never limits,
    ``rate`` [S] the share of a gap that is ordered.  ``numbers`` holds psi, base, maximum and
    rate of overproduction, and flows of ``z`` per day.  ``alternative`` is the order type.
    """

    z: Float
    pooled: Float
    need: Float
    is_input: NDArray[np.bool_]
    x0: Float
    final: Float
    final_total: Float
    loss: Float
    loss_of: NDArray[np.int64]
    cover: Float
    rate: Float
    numbers: Float
    alternative: bool


class State(NamedTuple):
    """What changes: ``stock`` and ``price`` [2, S, N], the half of a day is its parity.

    By industry [N]: ``demand``, ``output``, ``wanted`` (output if stock allowed), ``capacity``,
    ``over`` (overproduction), ``weight`` of the orders being served and ``weight_next`` of those
    being placed, ``sent`` (filled share times weight).  ``limit`` and ``limited_by`` [group, N]
    are the output that stock allows and the sector that says so, of each group of sectors.
    ``moved`` [group, 2] says whether a stock changed, and whether one differs from its target.
    ``assumed`` [2] is what the sweep takes for granted of these two.  ``fault`` [group, 3] is the
    first day, sector and industry of a stock below zero, -1 if there is none.
    """

    stock: Float
    price: Float
    demand: Float
    output: Float
    wanted: Float
    capacity: Float
    over: Float
    weight: Float
    weight_next: Float
    sent: Float
    limit: Float
    limited_by: Float
    moved: NDArray[np.bool_]
    assumed: NDArray[np.bool_]
    fault: NDArray[np.int64]


class Kept(NamedTuple):
    """What is recorded by day; ``stock`` [day, S, k] of the industries ``stock_of``."""

    output: Float
    capacity: Float
    orders: Float
    over: Float
    undelivered: Float
    unmet: Float
    limited_by: NDArray[np.int16]
    stock: Float
    stock_of: NDArray[np.int64]


@summing
def _dot(row: Any, other: Any) -> float:
    """Sum of products."""
    total = 0.0
    for j in range(other.size):
        total += row[j] * other[j]
    return total


@inner
def _gather(c: Any, state: Any, s: int, first: int, last: int, received: Any, base: Any) -> None:
    """Sum a sector's rows over regions: what arrives, and the base of the shares of new orders."""
    n_sectors = c.cover.size
    n = last - first
    received[:] = 0.0
    if not c.alternative:
        base[:n] = c.pooled[s, first:last]
        for i in range(s, c.x0.size, n_sectors):
            sent, row = state.sent[i], c.z[i, first:last]
            for j in range(n):
                received[j] += sent * row[j]
        return
    base[:n] = 0.0
    for i in range(s, c.x0.size, n_sectors):
        sent, weight, row = state.sent[i], state.weight_next[i], c.z[i, first:last]
        for j in range(n):
            received[j] += sent * row[j]
            base[j] += weight * row[j]


# The loops of a block are kept apart and short: with few arrays each, they become vector code.


@inner
def _use(output: Any, need: Any, use: Any) -> None:
    """Multiply output by need: what a block of buyers uses of a product."""
    for k in range(use.size):
        use[k] = output[k] * need[k]


@inner
def _arrive(price: Any, use: Any, received: Any) -> bool:
    """Turn what was gathered into arrivals; whether one differs from use."""
    changed = False
    for k in range(use.size):
        arriving = received[k] * price[k]
        received[k] = arriving
        changed |= not abs(arriving - use[k]) <= _ABSOLUTE + _RELATIVE * abs(use[k])
    return changed


@inner
def _move(before: Any, use: Any, received: Any, after: Any) -> bool:
    """Use and arrivals change stock; whether one falls below zero."""
    negative = False
    for k in range(use.size):
        after[k] = before[k] - use[k] + received[k]
        negative |= after[k] < 0.0
    return negative


@inner
def _wish(wanted: Any, need: Any, stock: Any, order: Any, cover: float, rate: float) -> bool:
    """Add a share of the gap to use, which makes the order; whether a stock is off its target."""
    differs = False
    for k in range(order.size):
        target = wanted[k] * need[k] * cover
        gap = target - stock[k]
        differs |= not abs(gap) <= _ABSOLUTE + _RELATIVE * abs(target)
        order[k] += rate * max(gap, 0.0)
    return differs


@inner
def _limit(stock: Any, need: Any, is_input: Any, limit: Any, by: Any, days: float, s: int) -> None:
    """Lower what stock allows to what this product allows."""
    for k in range(stock.size):
        allowed = stock[k] / (days * need[k]) if is_input[k] and need[k] > 0.0 else np.inf
        lower = allowed < limit[k]
        by[k] = float(s) if lower else by[k]
        limit[k] = allowed if lower else limit[k]


@inner
def _price(order: Any, base: Any, price: Any, again: Any) -> None:
    """Order over the base of its shares, nothing where there is nobody to order from."""
    for k in range(order.size):
        price[k] = order[k] / base[k] if base[k] != 0.0 else 0.0
    again[:] = price


@inner
def _restock(
    c: Any, state: Any, s: int, group: int, day: int, first: int, last: int, buffers: Any
) -> None:
    """Move the stocks of a sector's product in a block of buyers and place their orders."""
    now, then, n = day % 2, (day + 1) % 2, last - first
    received, base, order = buffers[0, :n], buffers[1, :n], buffers[2, :n]
    need, before = c.need[s, first:last], state.stock[now, s, first:last]
    stock, price = state.stock[then, s, first:last], state.price[then, s, first:last]
    wanted, cover = state.wanted[first:last], c.cover[s]
    _use(state.output[first:last], need, order)
    state.moved[group, 0] |= _arrive(state.price[now, s, first:last], order, received)
    if np.isinf(cover):
        stock[:] = before
        for k in range(n):
            # No finite target: it counts as met where there is a wish at all.
            state.moved[group, 1] |= wanted[k] * need[k] == 0.0
    else:
        if state.assumed[0]:
            stock[:] = before
        elif _move(before, order, received, stock) and state.fault[group, 0] < 0:
            state.fault[group, 0], state.fault[group, 1] = day, s
            state.fault[group, 2] = first + np.argmin(stock)
        rate = 0.0 if state.assumed[1] else c.rate[s]
        state.moved[group, 1] |= _wish(wanted, need, stock, order, cover, rate)
        _limit(
            stock, need, c.is_input[s, first:last], state.limit[group, first:last],
            state.limited_by[group, first:last], c.numbers[0] * cover, s,
        )  # fmt: skip
    _price(order, base, price, received)


@inner
def _sweep(c: Any, state: Any, day: int, group: int, sectors: Any) -> None:
    """Serve, restock and order the products of some sectors; fills the demand of tomorrow."""
    n, n_sectors = c.x0.size, c.cover.size
    buffers = np.empty((3, _BLOCK))
    state.limit[group, :] = np.inf
    state.limited_by[group, :] = -1.0
    state.moved[group, :] = False
    for s in sectors:
        for i in range(s, n, n_sectors):
            state.demand[i] = 0.0
        for first in range(0, n, _BLOCK):
            last = min(n, first + _BLOCK)
            received = buffers[0, : last - first]
            _gather(c, state, s, first, last, received, buffers[1])
            _restock(c, state, s, group, day, first, last, buffers)
            for i in range(s, n, n_sectors):
                state.demand[i] += _dot(c.z[i, first:last], received)
        for i in range(s, n, n_sectors):
            state.demand[i] = state.weight_next[i] * state.demand[i] + c.final_total[i]


@outer
def sweep_some(c: Any, state: Any, day: int, group: int, sectors: Any) -> None:
    """Run the part of a day that reads the table, for a group of sectors."""
    _sweep(c, state, day, group, sectors)


@inner
def _wrong_guess(state: Any) -> bool:
    """Whether the sweep took the wrong thing for granted; corrects it."""
    unchanged = not state.moved[:, 0].any()
    if unchanged != state.assumed[0]:
        state.assumed[0] = unchanged
        return True
    on_target = not state.moved[:, 1].any()
    if on_target != state.assumed[1]:
        state.assumed[1] = on_target
        return True
    return False


@inner
def _adapt(c: Any, state: Any) -> None:
    """Move overproduction by yesterday's scarcity."""
    base, most, rate = c.numbers[1], c.numbers[2], c.numbers[3]
    for i in range(c.x0.size):
        scarcity = 0.0
        if state.demand[i] != 0.0:
            scarcity = (state.demand[i] - state.output[i]) / state.demand[i]
        over = state.over[i]
        if scarcity == 0.0:
            over += (base - over) * rate
        else:
            over += (most - over) * scarcity * rate
        state.over[i] = max(over, 1.0)


@inner
def _make(c: Any, state: Any, kept: Any, day: int) -> None:
    """Output of the day, the filled share of demand, and tomorrow's weights."""
    state.capacity[:] = c.x0
    for k in range(c.loss_of.size):
        i = c.loss_of[k]
        state.capacity[i] = c.x0[i] * (1.0 - c.loss[day, k])
    for i in range(c.x0.size):
        capacity = state.capacity[i] * state.over[i]
        wanted = min(state.demand[i], capacity)
        limit, sector = np.inf, -1.0
        for group in range(state.limit.shape[0]):
            if state.limit[group, i] < limit:
                limit, sector = state.limit[group, i], state.limited_by[group, i]
        output = wanted
        kept.limited_by[day, i] = -1
        if limit < wanted:
            output = limit
            kept.limited_by[day, i] = np.int16(sector)
        filled = output / state.demand[i] if state.demand[i] != 0.0 else 0.0
        state.capacity[i], state.wanted[i], state.output[i] = capacity, wanted, output
        state.weight[i] = state.weight_next[i]
        state.sent[i] = filled * state.weight[i]
        if c.alternative:
            state.weight_next[i] = capacity / c.x0[i] if c.x0[i] != 0.0 else 1.0
        kept.undelivered[day, i] = c.final_total[i] - c.final_total[i] * filled
        kept.capacity[day, i], kept.over[day, i] = capacity, state.over[i]
        kept.output[day, i], kept.orders[day, i] = output, state.demand[i] - c.final_total[i]


@inner
def _keep_final(c: Any, state: Any, kept: Any, day: int) -> None:
    """Record final demand left unmet, by consuming region and sector."""
    n_sectors, n_regions = c.cover.size, c.final.shape[1]
    for i in range(c.x0.size):
        s = i % n_sectors
        filled = state.output[i] / state.demand[i] if state.demand[i] != 0.0 else 0.0
        for r in range(n_regions):
            kept.unmet[day, r * n_sectors + s] += c.final[i, r] - c.final[i, r] * filled


@outer
def start(c: Any, state: Any, kept: Any, day: int) -> None:
    """Run the part of a day that comes before the table is read."""
    if kept.stock_of.size:
        for s in range(c.cover.size):
            for k in range(kept.stock_of.size):
                kept.stock[day, s, k] = state.stock[day % 2, s, kept.stock_of[k]]
    if day > 1:
        _adapt(c, state)
    _make(c, state, kept, day)
    _keep_final(c, state, kept, day)


@outer
def settled(state: Any) -> bool:
    """Whether what the sweeps took for granted was right; if not they must be run again."""
    return not _wrong_guess(state)


@outer
def run(c: Any, state: Any, kept: Any, first: int, last: int) -> None:
    """Simulate days in one thread."""
    sectors = np.arange(c.cover.size)
    for day in range(first, last):
        start(c, state, kept, day)
        _sweep(c, state, day, 0, sectors)
        while _wrong_guess(state):
            _sweep(c, state, day, 0, sectors)
