"""The day of a very large network, for one member.

The rules are those of :mod:`.day`; ``docs/explanation/scale.md`` says how they are laid out.  Two
passes make a day.  The pass over *sites* adds up demand, makes output and finds the share of each
request that is delivered.  The pass over *slots* uses and fills stocks, orders, and scatters what
is ordered to the suppliers.  A lane that is always open keeps no state: its fill rate is that of
its supplier, and its request is its slot's order per unit of weight times its weight.

Each part of the slots scatters into its own row of demands, and the parts do not depend on the
threads: results are the same bits on any number of threads.  Loops with few arrays each let the
compiler use vector instructions; unsigned positions need no test for wrapping around.

This module holds the pass over sites, :mod:`.scale_slots` the one over slots.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.borrow import borrow
from coercivity.engine.kernels.compile import inner, outer
from coercivity.engine.kernels.scale_fields import (
    CAPACITY,
    CHUNK,
    DEMAND,
    DOWN_BELOW,
    FILL,
    FINAL,
    FINISHED,
    FINISHED0,
    GAIN,
    HARD,
    LEVEL,
    MADE,
    N_WORK,
    NEED,
    PER_FINISHED_TAU,
    PROBE,
    ROW,
    SHARE,
    SOFT,
    STOCK,
    TOTAL,
    X0,
    Clock,
    Slots,
)
from coercivity.engine.kernels.scale_gates import borrow_gates, deliver_gated, note_requests

__all__ = ["borrow_slots", "run_sites"]

_ROW: Final = int(ROW)


@inner
def _ask(site, supply, par, work, first, end, asked_end):  # type: ignore[no-untyped-def]
    """Add up what customers, before `asked_end`, and final users ask for."""
    n, m, probe = end - first, asked_end - first, par[PROBE]
    asked, old, fill, final = work[0], work[1], work[5], site[FINAL, first:end]
    view = supply[0, _ROW * first : _ROW * end]
    for i in range(m):
        fill[i] = view[np.uint64(i) * ROW + FILL]
        asked[i] = view[np.uint64(i) * ROW + DEMAND]
    for p in range(1, supply.shape[0]):
        view = supply[p, _ROW * first : _ROW * end]
        for i in range(m):
            asked[i] += view[np.uint64(i) * ROW + DEMAND]
    for i in range(m):
        old[i] = fill[i] if fill[i] > probe else probe
    for i in range(m):
        asked[i] = asked[i] * old[i] + final[i]
    for i in range(m, n):
        asked[i] = final[i]


@inner
def _make(site, buyer, par, work, first, end):  # type: ignore[no-untyped-def]
    """Make the least of what is wanted, what capacity and what essential inputs allow."""
    n = end - first
    asked, gap, soft = work[0], work[2], work[4]
    finished, aim = site[FINISHED, first:end], site[FINISHED0, first:end]
    made, capacity = site[MADE, first:end], site[CAPACITY, first:end]
    usual, hard_days, soft_days = (
        site[X0, first:end],
        buyer[HARD, first:end],
        buyer[SOFT, first:end],
    )
    for i in range(n):
        gap[i] = aim[i] - finished[i]
    rate = par[PER_FINISHED_TAU]
    for i in range(n):
        gap[i] = gap[i] if gap[i] < f.ZERO else gap[i] * rate
    for i in range(n):
        gap[i] += asked[i]
    for i in range(n):
        made[i] = gap[i] if gap[i] > f.ZERO else f.ZERO
    for i in range(n):
        made[i] = made[i] if made[i] < capacity[i] else capacity[i]
    for i in range(n):
        gap[i] = hard_days[i] * usual[i]
    for i in range(n):
        soft[i] = soft_days[i] * usual[i]
    for i in range(n):
        made[i] = made[i] if made[i] < gap[i] else gap[i]


@inner
def _reduce(site, slots, clock, work, first, end):  # type: ignore[no-untyped-def]
    """Lower output in proportion to what is missing of inputs that are not essential."""
    allowed, wanted, low = work[4], site[MADE, first:end], 0
    for i in range(end - first):
        low += 1 if allowed[i] < wanted[i] else 0
    if low == 0:
        return
    for s in range(first, end):
        made, usual = site[MADE, s], site[X0, s]
        if made <= f.ZERO or allowed[s - first] >= made:
            continue
        left = f.ONE + f.ZERO * made
        share = clock.loss[s]
        for row in range(clock.soft_ptr[s], clock.soft_ptr[s + 1]):
            i = clock.soft_slot[row]
            usable = slots.table[STOCK, i] / slots.table[NEED, i] * usual
            if usable < made:
                left -= share * (f.ONE - usable / made)
        site[MADE, s] = made * max(f.ZERO, left)


@inner
def _deliver(site, work, first, end):  # type: ignore[no-untyped-def]
    """Share out what there is in proportion."""
    n = end - first
    asked, have, ratio = work[0], work[2], work[3]
    finished, made = site[FINISHED, first:end], site[MADE, first:end]
    for i in range(n):
        have[i] = finished[i] + made[i]
    for i in range(n):
        ratio[i] = have[i] / asked[i] if asked[i] > have[i] else f.ONE
    for i in range(n):
        have[i] -= asked[i] * ratio[i]
    for i in range(n):
        finished[i] = have[i] if have[i] > f.ZERO else f.ZERO


@inner
def _tell(supply, par, work, first, end):  # type: ignore[no-untyped-def]
    """Remember how much of its request each customer got, and let lanes know."""
    n, gain = end - first, par[GAIN]
    old, ratio, fill = work[1], work[3], work[5]
    for i in range(n):
        fill[i] += (ratio[i] - fill[i]) * gain
    for i in range(n):
        fill[i] = fill[i] if fill[i] > f.FAILED else f.ZERO
    for i in range(n):
        fill[i] = fill[i] if fill[i] < f.ONE - f.FAILED else f.ONE
    for i in range(n):
        ratio[i] *= old[i]
    for p in range(supply.shape[0]):
        view = supply[p, _ROW * first : _ROW * end]
        for i in range(n):
            view[np.uint64(i) * ROW + SHARE] = ratio[i]
            view[np.uint64(i) * ROW + FILL] = fill[i]
            view[np.uint64(i) * ROW + DEMAND] = f.ZERO


@inner
def _count(site, buyer, par, clock, block, first, end, day):  # type: ignore[no-untyped-def]
    """Count output, notice lines that go down, and lift the limits of the day.

    Eight sums in turn, of 64 bits, in a fixed order.
    """
    n = end - first
    made, level = site[MADE, first:end], buyer[LEVEL, first:end]
    usual, total = site[X0, first:end], site[TOTAL, first:end]
    for i in range(n):
        level[i] = made[i] / usual[i] if usual[i] > f.ZERO else f.ZERO
    for row in (HARD, SOFT):
        limits = buyer[row, first:end]
        for i in range(n):
            limits[i] = f.NO_LIMIT
    for i in range(n):
        total[i] += made[i]
    low, below = 0, par[DOWN_BELOW]
    for i in range(n):
        low += 1 if level[i] < below else 0
    if low > 0:
        for i in range(n):
            s = first + i
            if level[i] < below and site[X0, s] > f.ZERO and clock.line_down[s] < 0:
                clock.line_down[s] = day
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = n - n % 4
    for i in range(0, whole, 4):
        a += np.float64(made[i])
        b += np.float64(made[i + 1])
        c += np.float64(made[i + 2])
        d += np.float64(made[i + 3])
    for i in range(whole, n):
        a += np.float64(made[i])
    clock.output[block, day] += (a + b) + (c + d)


@inner
def borrow_slots(slots):  # type: ignore[no-untyped-def]
    """Borrow the arrays of the slots."""
    return Slots(
        borrow(slots.table), borrow(slots.local), borrow(slots.n_lanes), borrow(slots.pieces),
        borrow(slots.part_piece), borrow(slots.block_site), borrow(slots.block_asked),
    )  # fmt: skip


@inner
def _borrow_clock(clock):  # type: ignore[no-untyped-def]
    """Borrow the arrays of the clock."""
    return Clock(
        borrow(clock.line_down), borrow(clock.soft_ptr), borrow(clock.soft_slot),
        borrow(clock.loss), borrow(clock.output),
    )  # fmt: skip


@outer
def run_sites(  # type: ignore[no-untyped-def]
    site, buyer, supply, par, room, slots, clock, gates, block_from, block_to, day
):
    """Make and share out a day's output in a range of blocks.

    Parameters
    ----------
    site : float[N_SITE, site]
    buyer : float[N_BUYER, site]
        Limits are lifted again.
    supply : float[part, row, ROW]
        Shares and fill rates are written; demand is cleared.  Rows behind those of sites belong to
        gated lanes.
    par : float[N_PAR]
    room : float[N_WORK * CHUNK]
    slots : Slots
    clock : Clock
    gates : Gates
    block_from, block_to, day : int
    """
    work, site, par = borrow(room.reshape((N_WORK, CHUNK))), borrow(site), borrow(par)
    makes = borrow(buyer)
    sends = borrow(supply.reshape((supply.shape[0], supply.shape[1] * _ROW)))
    slots, clock, gates = borrow_slots(slots), _borrow_clock(clock), borrow_gates(gates)
    finished, made = site[FINISHED], site[MADE]
    for block in range(block_from, block_to):
        last, asked_last = slots.block_site[block + 1], slots.block_asked[block]
        j, j_last = gates.block_ptr[block], gates.block_ptr[block + 1]
        for first in range(slots.block_site[block], last, CHUNK):
            end = min(first + CHUNK, last)
            asked_end, j_end = max(first, min(end, asked_last)), j
            while j_end < j_last and gates.site[j_end] < end:
                j_end += 1
            _ask(site, sends, par, work, first, end, asked_end)
            note_requests(gates, work[0], finished[first:end], j, j_end, first)
            _make(site, makes, par, work, first, end)
            _reduce(site, slots, clock, work, first, end)
            _deliver(site, work, first, end)
            deliver_gated(gates, finished[first:end], made[first:end], work[3], j, j_end, first)
            _tell(sends, par, work, first, asked_end)
            _count(site, makes, par, clock, block, first, end, day)
            j = j_end
