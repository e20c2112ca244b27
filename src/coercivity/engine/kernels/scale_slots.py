"""The day of a very large network: stocks are used and filled, inputs ordered.

See :mod:`.scale`.  A piece takes a few short loops: what lanes and buyers say is fetched into a
small room; the slots are renewed in one vector loop; orders and limits are noted at suppliers and
buyers.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.borrow import borrow
from coercivity.engine.kernels.compile import inner, outer
from coercivity.engine.kernels.scale import borrow_slots
from coercivity.engine.kernels.scale_fields import (
    ARRIVE,
    BASE,
    CHANGE,
    CLASS,
    COUNT,
    DAYS,
    DEMAND,
    DUST,
    FILL,
    FIRST,
    HARD,
    HARD_SLOT,
    KIND,
    LANE,
    LANE_END,
    LASTS,
    LEVEL,
    LONG,
    LOOK,
    MIXED,
    NEED,
    NUMBER,
    OVER,
    PER_TAU,
    PLACE,
    PROBE,
    QUOTIENT,
    ROW,
    SENT,
    SHARE,
    SINGLE,
    SLOT,
    SLOT_END,
    SOFT,
    SOFT_SLOT,
    STOCK,
    TWO,
    WAY,
    WAY_END,
    WAYS,
    WEIGHT,
    Lanes,
    Overlay,
)

__all__ = ["run_slots"]


@inner
def _fetch(supply, who, room):  # type: ignore[no-untyped-def]
    """Fetch the share and the fill rate of the supplier of each lane."""
    for i in range(who.size):
        at, to = np.uint64(who[i]) * ROW, np.uint64(i) * TWO
        share, fill = supply[at + SHARE], supply[at + FILL]
        room[to] = share
        room[to + np.uint64(1)] = fill


@inner
def _look_up(level, local, work):  # type: ignore[no-untyped-def]
    """Fetch what the buyers make."""
    for i in range(local.size):
        work[LOOK + i] = level[np.uint64(local[i])]


@inner
def _take(par, work, room, n):  # type: ignore[no-untyped-def]
    """Slots with one lane: no sum, no weight."""
    probe = par[PROBE]
    for i in range(n):
        fill = room[np.uint64(i) * TWO + np.uint64(1)]
        work[SENT + i] = room[np.uint64(i) * TWO]
        work[WEIGHT + i] = fill if fill > probe else probe


@inner
def _weigh(par, room, weight, sent, effective):  # type: ignore[no-untyped-def]
    """Deliveries per unit ordered and effective weights of lanes."""
    probe = par[PROBE]
    for i in range(weight.size):
        fill = room[np.uint64(i) * TWO + np.uint64(1)]
        sent[i] = room[np.uint64(i) * TWO] * weight[i]
        effective[i] = (fill if fill > probe else probe) * weight[i]


@inner
def _add_even(values, total, n, count):  # type: ignore[no-untyped-def]
    """Add up the lanes of slots that have the same number of them."""
    for i in range(n):
        total[i] = values[i]
    for c in range(1, count):
        row = values[c * n : c * n + n]
        for i in range(n):
            total[i] += row[i]


@inner
def _add_uneven(values, total, number):  # type: ignore[no-untyped-def]
    """Add up the lanes of slots that stand in turn."""
    at = np.uint64(0)
    for i in range(number.size):
        end, some = at + np.uint64(number[i]), f.ZERO * values[0]
        for j in range(at, end):
            some += values[j]
        total[i] = some
        at = end


@inner
def _ship_long(work, over, quotient, way):  # type: ignore[no-untyped-def]
    """Send over slots' only lanes, all of one lead time."""
    kind, n = way[CLASS], np.int64(way[NUMBER])
    first = over.ring_now[kind] + np.int64(way[FIRST])
    ring, extra = over.ring[first : first + n], over.ring_extra[kind]
    for i in range(n):
        due, sent = ring[i], quotient[i] * work[SENT + i]
        work[ARRIVE + i] = due
        work[CHANGE + i] = sent - due
        ring[i] = sent
    for i in range(n):
        work[SENT + i] = f.ZERO
        work[WAYS + i] = extra


@inner
def _ship_mixed(work, over, quotient, sent, effective, run):  # type: ignore[no-untyped-def]
    """Send over the long lanes of slots with several, and take them out of the others."""
    n, at = quotient.size, np.int64(run[OVER])
    for i in range(n):
        work[ARRIVE + i] = f.ZERO
        work[CHANGE + i] = f.ZERO
        work[WAYS + i] = f.ZERO
    for r in range(run[WAY], run[WAY_END]):
        way = over.ways[r]
        kind, number = way[CLASS], np.int64(way[NUMBER])
        first, extra = over.ring_now[kind] + np.int64(way[FIRST]), over.ring_extra[kind]
        ring = over.ring[first : first + number]
        lanes, slots = over.lane[at : at + number], over.slot[at : at + number]
        for q in range(number):
            lane, slot = np.uint64(lanes[q]), np.uint64(slots[q])
            due, gone = ring[q], quotient[slot] * sent[lane]
            ring[q] = gone
            sent[lane] = f.ZERO
            work[np.uint64(ARRIVE) + slot] += due
            work[np.uint64(CHANGE) + slot] += gone - due
            work[np.uint64(WAYS) + slot] += effective[lane] * extra
        at += number


@inner
def _gather(par, work, slots, lanes, over, room, run):  # type: ignore[no-untyped-def]
    """Add up over the lanes of each slot: delivered per unit ordered, effective weight."""
    first, end = np.int64(run[SLOT]), np.int64(run[SLOT_END])
    lane, lane_end = np.int64(run[LANE]), np.int64(run[LANE_END])
    n, size, count = end - first, lane_end - lane, np.int64(run[COUNT])
    third = room.size // 4
    sent = room[2 * third : 2 * third + size]
    effective = room[3 * third : 3 * third + size]
    _weigh(par, room, lanes.weight[lane:lane_end], sent, effective)
    if run[KIND] == MIXED:
        _ship_mixed(work, over, slots.table[QUOTIENT, first:end], sent, effective, run)
    if count > 0:
        _add_even(sent, work[SENT : SENT + n], n, count)
        _add_even(effective, work[WEIGHT : WEIGHT + n], n, count)
    else:
        number = slots.n_lanes[first:end]
        _add_uneven(sent, work[SENT : SENT + n], number)
        _add_uneven(effective, work[WEIGHT : WEIGHT + n], number)
    if run[KIND] == MIXED:
        for i in range(n):
            work[WAYS + i] /= work[WEIGHT + i]


@inner
def _renew(slots, par, work, first, end):  # type: ignore[no-untyped-def]
    """Use and fill stocks; order what was used and a part of what is missing."""
    need, stock = slots.table[NEED, first:end], slots.table[STOCK, first:end]
    quotient, aim = slots.table[QUOTIENT, first:end], slots.table[DAYS, first:end]
    rate, dust = par[PER_TAU], par[DUST]
    for i in range(end - first):
        usual, held = need[i], stock[i]
        used, days = work[LOOK + i] * usual, aim[i]
        used = used if used < held else held
        held = (held - used) + quotient[i] * work[SENT + i]
        order = used + (usual * days - held) * rate
        order = order if order > dust * usual else f.ZERO
        stock[i] = held
        quotient[i] = order / work[WEIGHT + i]
        work[LASTS + i] = held / usual


@inner
def _renew_over(slots, par, over, work, first, end, place):  # type: ignore[no-untyped-def]
    """Do the same with what long lanes bring, and count what is in transit."""
    need, stock = slots.table[NEED, first:end], slots.table[STOCK, first:end]
    quotient, aim = slots.table[QUOTIENT, first:end], slots.table[DAYS, first:end]
    rate, dust = par[PER_TAU], par[DUST]
    n = end - first
    transit = over.transit[place : place + n]
    for i in range(n):
        change = work[CHANGE + i] + transit[i]
        work[CHANGE + i] = change if change > f.ZERO else f.ZERO
    for i in range(n):
        transit[i] = work[CHANGE + i]
    for i in range(n):
        usual, held = need[i], stock[i]
        used, days = work[LOOK + i] * usual, aim[i]
        used = used if used < held else held
        held = (held - used) + quotient[i] * work[SENT + i]
        held += work[ARRIVE + i]
        days += work[WAYS + i] - work[CHANGE + i] / usual
        order = used + (usual * days - held) * rate
        order = order if order > dust * usual else f.ZERO
        stock[i] = held
        quotient[i] = order / work[WEIGHT + i]
        work[LASTS + i] = held / usual


@inner
def _ask(supply, who, orders):  # type: ignore[no-untyped-def]
    """Ask the supplier of each lane."""
    for i in range(who.size):
        supply[np.uint64(who[i]) * ROW + DEMAND] += orders[i]


@inner
def _order(slots, lanes, room, run):  # type: ignore[no-untyped-def]
    """Split the orders of slots over their lanes; return what is ordered over each lane."""
    first, end = np.int64(run[SLOT]), np.int64(run[SLOT_END])
    lane, lane_end = np.int64(run[LANE]), np.int64(run[LANE_END])
    quotient, weight = slots.table[QUOTIENT, first:end], lanes.weight[lane:lane_end]
    orders, n, count = room[: lane_end - lane], end - first, np.int64(run[COUNT])
    for c in range(count):
        row, share = orders[c * n : c * n + n], weight[c * n : c * n + n]
        for i in range(n):
            row[i] = quotient[i] * share[i]
    if count == 0:
        at, number = np.uint64(0), slots.n_lanes[first:end]
        for i in range(n):
            stop = at + np.uint64(number[i])
            for j in range(at, stop):
                orders[j] = quotient[i] * weight[j]
            at = stop
    return orders


@inner
def _lower(limits, slots, work, first, start, end):  # type: ignore[no-untyped-def]
    """Note what the stocks of slots `start` to `end` of a piece allow tomorrow."""
    if end <= start:
        return
    local, lasts = slots.local[start:end], work[LASTS + start - first : LASTS + end - first]
    for i in range(end - start):
        limit = limits[np.uint64(local[i])]
        limits[np.uint64(local[i])] = limit if limit < lasts[i] else lasts[i]


@inner
def _borrow_over(over):  # type: ignore[no-untyped-def]
    """Borrow the arrays of the overlay."""
    return Overlay(
        borrow(over.ways), borrow(over.lane), borrow(over.slot), borrow(over.transit),
        borrow(over.ring), borrow(over.ring_start), borrow(over.ring_width),
        borrow(over.ring_lead), borrow(over.ring_now), borrow(over.ring_extra),
    )  # fmt: skip


@inner
def _borrow_lanes(lanes):  # type: ignore[no-untyped-def]
    """Borrow the arrays of the lanes."""
    return Lanes(borrow(lanes.supplier), borrow(lanes.weight))


@outer
def run_slots(  # type: ignore[no-untyped-def]
    buyer, supply, par, work, room, slots, lanes, over, part
):
    """Use inputs, take in what arrives tomorrow and order, in a part of the network.

    Parameters
    ----------
    buyer : float[N_BUYER, site]
    supply : float[row, ROW]
        Of this part.
    par : float[N_PAR]
    work : float[N_WORK * CHUNK]
    room : float[4 * (most lanes of a piece)]
    slots : Slots
    lanes : Lanes
    over : Overlay
    part : int
    """
    makes, sends = borrow(buyer), borrow(supply.reshape(supply.size))
    par, work, room = borrow(par), borrow(work), borrow(room)
    slots, lanes, over = borrow_slots(slots), _borrow_lanes(lanes), _borrow_over(over)
    for r in range(slots.part_piece[part], slots.part_piece[part + 1]):
        run = slots.pieces[r]
        kind, first, end = run[KIND], np.int64(run[SLOT]), np.int64(run[SLOT_END])
        who = lanes.supplier[np.int64(run[LANE]) : np.int64(run[LANE_END])]
        quotient, base = slots.table[QUOTIENT, first:end], np.int64(run[BASE])
        alone = kind in (SINGLE, LONG)
        _fetch(sends, who, room)
        _look_up(makes[LEVEL, base:], slots.local[first:end], work)
        if alone:
            _take(par, work, room, end - first)
        else:
            _gather(par, work, slots, lanes, over, room, run)
        if kind == LONG:
            _ship_long(work, over, quotient, over.ways[run[WAY]])
        if kind in (LONG, MIXED):
            _renew_over(slots, par, over, work, first, end, np.int64(run[PLACE]))
        else:
            _renew(slots, par, work, first, end)
        if alone:
            _ask(sends, who, quotient)
        else:
            _ask(sends, who, _order(slots, lanes, room, run))
        soft, hard = np.int64(run[SOFT_SLOT]), np.int64(run[HARD_SLOT])
        _lower(makes[SOFT, base:], slots, work, first, max(first, soft), min(end, hard))
        _lower(makes[HARD, base:], slots, work, first, max(first, hard), end)
