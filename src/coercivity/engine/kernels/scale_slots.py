"""The day of a very large network: stocks are used and filled, inputs ordered.

See :mod:`.scale`.  Each piece of a run takes three steps: what lanes and buyers say is fetched into
a small room; the slots are renewed in one vector loop; orders and limits are noted at suppliers and
buyers.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner, outer
from coercivity.engine.kernels.scale_fields import (
    ARRIVE,
    BASE,
    CHANGE,
    CHUNK,
    COVER,
    DAYS,
    DEMAND,
    DUST,
    EFFECTIVE,
    GATED,
    HARD,
    HARD_SLOT,
    KIND,
    LANE,
    LASTS,
    LEADS,
    LEVEL,
    LONG,
    NEED,
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
    USED,
    WAYS,
    WEIGHT,
    WIDTH,
)

__all__ = ["run_slots"]


@inner
def _gather_one(supply, lanes, work, lane, n):  # type: ignore[no-untyped-def]
    """Slots with one lane: no sum, no weight."""
    who = lanes.supplier[lane : lane + n]
    for i in range(n):
        s = np.uint64(who[i])
        work[SENT + i] = supply[s * ROW + SHARE]
        work[WEIGHT + i] = supply[s * ROW + EFFECTIVE]


@inner
def _gather(supply, slots, lanes, work, lane, first, n):  # type: ignore[no-untyped-def]
    """Add up over the lanes of each slot: delivered per unit ordered, effective weight.

    Returns the lane after the last slot.
    """
    row, number = np.uint64(lane), slots.n_lanes[first : first + n]
    for i in range(n):
        sent, weight = f.ZERO * work[0], f.ZERO * work[0]
        end = row + np.uint64(number[i])
        for j in range(row, end):
            s, w = np.uint64(lanes.supplier[j]), lanes.weight[j]
            sent += w * supply[s * ROW + SHARE]
            weight += w * supply[s * ROW + EFFECTIVE]
        work[SENT + i] = sent
        work[WEIGHT + i] = weight
        row = end
    return np.int64(row)


@inner
def _touch(over, work, at, at_end):  # type: ignore[no-untyped-def]
    """Read what arrives over long lanes once ahead.

    The pipelines of all classes of lead time are read in turn, each from its own place in memory:
    in a loop this short the processor waits for many of them at once.
    """
    code, place = over.code[at:at_end], over.place[at:at_end]
    total = f.ZERO * work[0]
    for i in range(at_end - at):
        here = np.uint64(over.ring_now[np.uint64(code[i] & LEADS)]) + np.uint64(place[i])
        total += over.ring[here]
    work[ARRIVE] = total


@inner
def _ship_long(supply, slots, lanes, over, work, lane, at, first, n):  # type: ignore[no-untyped-def]
    """Send over slots' only lanes, all of them long.  Leaves what `_ship_mixed` does."""
    who, code = lanes.supplier[lane : lane + n], over.code[at : at + n]
    place, quotient = over.place[at : at + n], slots.table[QUOTIENT, first : first + n]
    for i in range(n):
        s, kind = np.uint64(who[i]), np.uint64(code[i])
        here = np.uint64(over.ring_now[kind]) + np.uint64(place[i])
        due, sent, weight = (
            over.ring[here],
            quotient[i] * supply[s * ROW + SHARE],
            supply[s * ROW + EFFECTIVE],
        )
        over.ring[here] = sent
        work[SENT + i] = f.ZERO
        work[WEIGHT + i] = weight
        work[ARRIVE + i] = due
        work[CHANGE + i] = sent - due
        work[WAYS + i] = weight * over.ring_days[kind]


@inner
def _ship_mixed(supply, par, slots, lanes, over, work, lane, at, first, n):  # type: ignore[no-untyped-def]
    """Gather over the plain lanes of each slot, and send over its long and gated ones.

    Writes what plain lanes deliver per unit ordered, effective weights, what arrives tomorrow over
    the others, the change of what is in transit beyond tomorrow, and effective weights times lead
    times.  Returns the lane after the last slot.
    """
    zero, probe = f.ZERO * par[0], par[PROBE]
    row, place, none = np.uint64(lane), np.uint64(at), np.uint64(0)
    quotients = slots.table[QUOTIENT, first : first + n]
    n_lanes, n_over = slots.n_lanes[first : first + n], slots.n_over[first : first + n]
    for i in range(n):
        quotient, end = quotients[i], row + np.uint64(n_lanes[i])
        start = end - np.uint64(n_over[i])
        arrive, transit, weight, direct = zero, zero, zero, zero
        for j in range(row, start):
            s, w = np.uint64(lanes.supplier[j]), lanes.weight[j]
            direct += w * supply[s * ROW + SHARE]
            weight += w * supply[s * ROW + EFFECTIVE]
        ways = weight
        for j in range(start, end):
            w, code = lanes.weight[j], over.code[place]
            kind = np.uint64(code & LEADS)
            if code >= GATED:
                g = np.uint64(over.gated[place])
                fill = over.fill[g]
                sent, effective = over.ship[g], w * (fill if fill > probe else probe)
            else:
                s = np.uint64(lanes.supplier[j])
                sent, effective = (
                    quotient * w * supply[s * ROW + SHARE],
                    w * supply[s * ROW + EFFECTIVE],
                )
            weight += effective
            ways += effective * over.ring_days[kind]
            if kind == none:
                arrive += sent
            else:
                here = np.uint64(over.ring_now[kind]) + np.uint64(over.place[place])
                due = over.ring[here]
                over.ring[here] = sent
                arrive += due
                transit += sent - due
            place += np.uint64(1)
        row = end
        work[SENT + i] = direct
        work[WEIGHT + i] = weight
        work[ARRIVE + i] = arrive
        work[CHANGE + i] = transit
        work[WAYS + i] = ways
    return np.int64(row)


@inner
def _look_up(buyer, slots, work, base, first, end):  # type: ignore[no-untyped-def]
    """Fetch what the buyers make, and the stocks they aim at."""
    local, view = slots.local[first:end], buyer[base * np.int64(WIDTH) :]
    for i in range(end - first):
        at = np.uint64(local[i])
        work[USED + i] = view[at * WIDTH + LEVEL]
        work[DAYS + i] = view[at * WIDTH + COVER]


@inner
def _renew(slots, par, work, first, end):  # type: ignore[no-untyped-def]
    """Use and fill stocks; order what was used and a part of what is missing."""
    need, stock = slots.table[NEED, first:end], slots.table[STOCK, first:end]
    quotient, rate, dust = slots.table[QUOTIENT, first:end], par[PER_TAU], par[DUST]
    for i in range(end - first):
        usual, held = need[i], stock[i]
        used = work[USED + i] * usual
        used = used if used < held else held
        held = (held - used) + quotient[i] * work[SENT + i]
        order = used + (usual * (work[DAYS + i] + f.ONE) - held) * rate
        order = order if order > dust * usual else f.ZERO
        stock[i] = held
        quotient[i] = order / work[WEIGHT + i]
        work[LASTS + i] = held / usual


@inner
def _renew_over(slots, par, over, work, first, end, place):  # type: ignore[no-untyped-def]
    """Do the same with what long and gated lanes bring, and count what is in transit."""
    need, stock = slots.table[NEED, first:end], slots.table[STOCK, first:end]
    quotient, rate, dust = slots.table[QUOTIENT, first:end], par[PER_TAU], par[DUST]
    n = end - first
    transit = over.transit[place : place + n]
    for i in range(n):
        change = work[CHANGE + i] + transit[i]
        work[CHANGE + i] = change if change > f.ZERO else f.ZERO
    for i in range(n):
        transit[i] = work[CHANGE + i]
    for i in range(n):
        usual, held, weight = need[i], stock[i], work[WEIGHT + i]
        used = work[USED + i] * usual
        used = used if used < held else held
        held = (held - used) + quotient[i] * work[SENT + i]
        held += work[ARRIVE + i]
        days = work[DAYS + i] + work[WAYS + i] / weight - work[CHANGE + i] / usual
        order = used + (usual * days - held) * rate
        order = order if order > dust * usual else f.ZERO
        stock[i] = held
        quotient[i] = order / weight
        work[LASTS + i] = held / usual


@inner
def _ask_one(supply, slots, lanes, lane, first, end):  # type: ignore[no-untyped-def]
    """Ask the supplier of each slot's only lane."""
    quotient = slots.table[QUOTIENT, first:end]
    who = lanes.supplier[lane : lane + end - first]
    for i in range(end - first):
        supply[np.uint64(who[i]) * ROW + DEMAND] += quotient[i]


@inner
def _ask(supply, slots, lanes, lane, first, end):  # type: ignore[no-untyped-def]
    """Ask the supplier of each plain lane."""
    start = np.uint64(lane)
    quotient, number = slots.table[QUOTIENT, first:end], slots.n_lanes[first:end]
    for i in range(end - first):
        q = quotient[i]
        stop = start + np.uint64(number[i])
        for j in range(start, stop):
            supply[np.uint64(lanes.supplier[j]) * ROW + DEMAND] += q * lanes.weight[j]
        start = stop


@inner
def _ask_mixed(supply, par, slots, lanes, over, lane, at, first, end):  # type: ignore[no-untyped-def]
    """Ask the suppliers of slots with long or gated lanes."""
    probe = par[PROBE]
    here, place = np.uint64(lane), np.uint64(at)
    quotient = slots.table[QUOTIENT, first:end]
    n_lanes, n_over = slots.n_lanes[first:end], slots.n_over[first:end]
    for i in range(end - first):
        q, stop = quotient[i], here + np.uint64(n_lanes[i])
        start = stop - np.uint64(n_over[i])
        for j in range(here, start):
            supply[np.uint64(lanes.supplier[j]) * ROW + DEMAND] += q * lanes.weight[j]
        for j in range(start, stop):
            asked = q * lanes.weight[j]
            if over.code[place] >= GATED:
                g = np.uint64(over.gated[place])
                fill = over.fill[g]
                over.request[g] = asked * (fill if fill > probe else probe)
            else:
                supply[np.uint64(lanes.supplier[j]) * ROW + DEMAND] += asked
            place += np.uint64(1)
        here = stop


@inner
def _lower(view, column, slots, work, first, start, end):  # type: ignore[no-untyped-def]
    """Note what the stocks of slots `start` to `end` of a piece allow tomorrow."""
    if end <= start:
        return
    local, lasts = slots.local[start:end], work[LASTS + start - first : LASTS + end - first]
    for i in range(end - start):
        at = np.uint64(local[i])
        limit = view[at * WIDTH + column]
        view[at * WIDTH + column] = limit if limit < lasts[i] else lasts[i]


@inner
def _limit(buyer, slots, work, run, first, end):  # type: ignore[no-untyped-def]
    """Note what the stocks allow tomorrow."""
    soft, hard, base = run[SOFT_SLOT], run[HARD_SLOT], run[BASE]
    view = buyer[base * np.int64(WIDTH) :]
    _lower(view, SOFT, slots, work, first, max(first, soft), min(end, hard))
    _lower(view, HARD, slots, work, first, max(first, hard), end)


@inner
def _run_plain(buyer, supply, par, work, slots, lanes, run):  # type: ignore[no-untyped-def]
    """Renew slots whose lanes take a day and have no gate."""
    lane = np.int64(run[LANE])
    for first in range(run[SLOT], run[SLOT_END], CHUNK):
        end = min(first + CHUNK, run[SLOT_END])
        n = end - first
        if run[KIND] == SINGLE:
            lane_end = lane + n
            _gather_one(supply, lanes, work, lane, n)
        else:
            lane_end = _gather(supply, slots, lanes, work, lane, first, n)
        _look_up(buyer, slots, work, run[BASE], first, end)
        _renew(slots, par, work, first, end)
        if run[KIND] == SINGLE:
            _ask_one(supply, slots, lanes, lane, first, end)
        else:
            _ask(supply, slots, lanes, lane, first, end)
        _limit(buyer, slots, work, run, first, end)
        lane = lane_end


@inner
def _run_over(buyer, supply, par, work, slots, lanes, over, run):  # type: ignore[no-untyped-def]
    """Renew slots with long or gated lanes."""
    lane, at = np.int64(run[LANE]), np.int64(run[OVER])
    for first in range(run[SLOT], run[SLOT_END], CHUNK):
        end = min(first + CHUNK, run[SLOT_END])
        n, place = end - first, run[PLACE] + (first - run[SLOT])
        at_end = at
        for number in slots.n_over[first:end]:
            at_end += np.int64(number)
        _touch(over, work, at, at_end)
        if run[KIND] == LONG:
            lane_end = lane + n
            _ship_long(supply, slots, lanes, over, work, lane, at, first, n)
        else:
            lane_end = _ship_mixed(supply, par, slots, lanes, over, work, lane, at, first, n)
        _look_up(buyer, slots, work, run[BASE], first, end)
        _renew_over(slots, par, over, work, first, end, place)
        if run[KIND] == LONG:
            _ask_one(supply, slots, lanes, lane, first, end)
        else:
            _ask_mixed(supply, par, slots, lanes, over, lane, at, first, end)
        _limit(buyer, slots, work, run, first, end)
        lane, at = lane_end, at_end


@outer
def run_slots(  # type: ignore[no-untyped-def]
    buyer, supply, par, work, slots, lanes, over, part
):
    """Use inputs, take in what arrives tomorrow and order, in a part of the network.

    Parameters
    ----------
    buyer : float[site, WIDTH]
    supply : float[site, ROW]
        Of this part.
    par : float[N_PAR]
    work : float[N_WORK * CHUNK]
    slots : Slots
    lanes : Lanes
    over : Overlay
    part : int
    """
    makes, sends = buyer.reshape(buyer.size), supply.reshape(supply.size)
    for r in range(slots.part_run[part], slots.part_run[part + 1]):
        run = slots.runs[r]
        if run[KIND] < LONG:
            _run_plain(makes, sends, par, work, slots, lanes, run)
        else:
            _run_over(makes, sends, par, work, slots, lanes, over, run)
