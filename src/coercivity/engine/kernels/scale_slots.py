"""The day of a very large network: stocks are used and filled, inputs ordered.

See :mod:`.scale`.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner, outer
from coercivity.engine.kernels.scale_fields import (
    CHUNK,
    CLASS,
    COVER,
    DUST,
    GATED,
    HARD,
    KIND,
    LANE,
    LANES,
    LEADS,
    LEVEL,
    LIMIT,
    LONG,
    MIXED,
    NEED,
    OVER,
    PER_TAU,
    PLACE,
    PROBE,
    QUOTIENT,
    SINGLE,
    SLOT,
    SLOT_END,
    SOFT,
    STOCK,
)

__all__ = ["run_slots"]


@inner
def _gather_one(pair, lanes, work, lane, n):  # type: ignore[no-untyped-def]
    """Slots with one lane: no sum, no weight."""
    sent, weight = work[0], work[1]
    who = lanes.supplier[lane : lane + n]
    for i in range(n):
        s = who[i]
        sent[i] = pair[s, 0]
        weight[i] = pair[s, 1]


@inner
def _gather(pair, lanes, work, lane, k, n):  # type: ignore[no-untyped-def]
    """Add up over the lanes of each slot: delivered per unit ordered, effective weight."""
    first = lane
    for i in range(n):
        sent, weight = f.ZERO * pair[0, 0], f.ZERO * pair[0, 0]
        for row in range(first, first + k):
            s, w = lanes.supplier[row], lanes.weight[row]
            sent += w * pair[s, 0]
            weight += w * pair[s, 1]
        work[0, i] = sent
        work[1, i] = weight
        first += k


@inner
def _gather_long(slots, over, work, first, place, kind, n):  # type: ignore[no-untyped-def]
    """Send over slots' only lanes, all of one lead time: their pipeline is one stretch.

    Takes what `_gather_one` left, and leaves what `_ship_mixed` does.
    """
    here = over.ring_now[kind] + place
    ring, lead = over.ring[here : here + n], over.ring_days[kind]
    quotient = slots.table[QUOTIENT, first : first + n]
    sent, weight, arrive, change, ways = work[0], work[1], work[5], work[6], work[7]
    for i in range(n):
        sent[i] *= quotient[i]
    for i in range(n):
        arrive[i] = ring[i]
    for i in range(n):
        ring[i] = sent[i]
    for i in range(n):
        change[i] = sent[i] - arrive[i]
    for i in range(n):
        sent[i] = f.ZERO
    for i in range(n):
        ways[i] = weight[i] * lead


@inner
def _use(site, slots, work, base, first, end):  # type: ignore[no-untyped-def]
    """Take inputs out of stocks and take in what plain lanes bring tomorrow."""
    n = end - first
    need, stock = slots.table[NEED, first:end], slots.table[STOCK, first:end]
    quotient, local = slots.table[QUOTIENT, first:end], slots.local[first:end]
    sent, used, days = work[0], work[2], work[3]
    makes, cover = site[LEVEL, base:], site[COVER, base:]
    for i in range(n):
        used[i] = makes[local[i]]
        days[i] = cover[local[i]]
    for i in range(n):
        used[i] *= need[i]
    for i in range(n):
        used[i] = used[i] if used[i] < stock[i] else stock[i]
    for i in range(n):
        stock[i] -= used[i]
    for i in range(n):
        stock[i] += quotient[i] * sent[i]


@inner
def _order(slots, par, work, first, end):  # type: ignore[no-untyped-def]
    """Order what was used and a part of what is missing; note what stocks allow tomorrow."""
    n = end - first
    need, stock = slots.table[NEED, first:end], slots.table[STOCK, first:end]
    quotient = slots.table[QUOTIENT, first:end]
    weight, used, days, level = work[1], work[2], work[3], work[4]
    rate, dust = par[PER_TAU], par[DUST]
    for i in range(n):
        days[i] = need[i] * days[i] - stock[i]
    for i in range(n):
        used[i] += days[i] * rate
    for i in range(n):
        used[i] = used[i] if used[i] > dust * need[i] else f.ZERO
    for i in range(n):
        quotient[i] = used[i] / weight[i]
    for i in range(n):
        level[i] = stock[i] / need[i]


@inner
def _scatter(row, slots, lanes, first, end, lane, k):  # type: ignore[no-untyped-def]
    """Ask the supplier of each lane."""
    quotient = slots.table[QUOTIENT, first:end]
    if k == 1:
        who = lanes.supplier[lane : lane + end - first]
        for i in range(end - first):
            row[who[i]] += quotient[i]
        return
    start = lane
    for i in range(end - first):
        q = quotient[i]
        for at in range(start, start + k):
            row[lanes.supplier[at]] += q * lanes.weight[at]
        start += k


@inner
def _limit(site, slots, work, base, first, end, essentiality):  # type: ignore[no-untyped-def]
    """Note what the stocks allow tomorrow."""
    if essentiality == 0:
        return
    level, local = work[4], slots.local[first:end]
    limit = site[HARD if essentiality == 2 else SOFT, base:]
    for i in range(end - first):
        at = local[i]
        limit[at] = limit[at] if limit[at] < level[i] else level[i]


@inner
def _ship_mixed(pair, par, slots, lanes, over, work, lane, at, first, n):  # type: ignore[no-untyped-def]
    """Gather over the plain lanes of each slot, and send over its long and gated ones.

    Writes what plain lanes deliver per unit ordered, effective weights, what arrives tomorrow over
    the others, the change of what is in transit beyond tomorrow, and effective weights times lead
    times.  Returns the lane and the place after the last slot.
    """
    zero, probe = f.ZERO * par[0], par[PROBE]
    row, place = np.int64(lane), np.int64(at)
    for i in range(n):
        quotient = slots.table[QUOTIENT, first + i]
        number = np.int64(slots.n_over[first + i])
        plain = np.int64(slots.n_lanes[first + i]) - number
        arrive, transit, weight, direct = zero, zero, zero, zero
        for j in range(row, row + plain):
            s, w = lanes.supplier[j], lanes.weight[j]
            direct += w * pair[s, 0]
            weight += w * pair[s, 1]
        row += plain
        ways = weight
        for j in range(number):
            s, w, code = lanes.supplier[row + j], lanes.weight[row + j], over.code[place + j]
            kind = np.int64(code & LEADS)
            if code >= GATED:
                g = over.gated[place + j]
                fill = over.fill[g]
                sent, effective = over.ship[g], w * (fill if fill > probe else probe)
            else:
                sent, effective = quotient * w * pair[s, 0], w * pair[s, 1]
            weight += effective
            ways += effective * over.ring_days[kind]
            if kind == 0:
                arrive += sent
                continue
            here = over.ring_now[kind] + over.place[place + j]
            due = over.ring[here]
            over.ring[here] = sent
            arrive += due
            transit += sent - due
        row += number
        place += number
        work[0, i] = direct
        work[1, i] = weight
        work[5, i] = arrive
        work[6, i] = transit
        work[7, i] = ways
    return row, place


@inner
def _use_over(site, slots, over, work, base, first, end, place):  # type: ignore[no-untyped-def]
    """Take in what long and gated lanes bring tomorrow, and count what is in transit."""
    n = end - first
    stock, need = slots.table[STOCK, first:end], slots.table[NEED, first:end]
    transit = over.transit[place : place + n]
    weight, days, arrive, change, ways = work[1], work[3], work[5], work[6], work[7]
    for i in range(n):
        stock[i] += arrive[i]
    for i in range(n):
        change[i] += transit[i]
    for i in range(n):
        transit[i] = change[i] if change[i] > f.ZERO else f.ZERO
    for i in range(n):
        days[i] += ways[i] / weight[i]
    for i in range(n):
        days[i] -= transit[i] / need[i]


@inner
def _ask_mixed(row, par, slots, lanes, over, lane, at, first, n):  # type: ignore[no-untyped-def]
    """Ask the suppliers of slots with long or gated lanes."""
    probe = par[PROBE]
    here, place = np.int64(lane), np.int64(at)
    for i in range(n):
        quotient = slots.table[QUOTIENT, first + i]
        number = np.int64(slots.n_over[first + i])
        plain = np.int64(slots.n_lanes[first + i]) - number
        for j in range(here, here + plain):
            row[lanes.supplier[j]] += quotient * lanes.weight[j]
        here += plain
        for j in range(number):
            w = lanes.weight[here + j]
            if over.code[place + j] >= GATED:
                g = over.gated[place + j]
                fill = over.fill[g]
                over.request[g] = quotient * w * (fill if fill > probe else probe)
            else:
                row[lanes.supplier[here + j]] += quotient * w
        here += number
        place += number


@inner
def _run_plain(site, row, pair, par, work, slots, lanes, base, run):  # type: ignore[no-untyped-def]
    """Renew slots whose lanes take a day and have no gate."""
    k = run[LANES]
    for first in range(run[SLOT], run[SLOT_END], CHUNK):
        end = min(first + CHUNK, run[SLOT_END])
        n, lane = end - first, run[LANE] + (first - run[SLOT]) * k
        if run[KIND] == SINGLE:
            _gather_one(pair, lanes, work, lane, n)
        else:
            _gather(pair, lanes, work, lane, k, n)
        _use(site, slots, work, base, first, end)
        days = work[3]
        for i in range(n):
            days[i] += f.ONE
        _order(slots, par, work, first, end)
        _scatter(row, slots, lanes, first, end, lane, k)
        _limit(site, slots, work, base, first, end, run[LIMIT])


@inner
def _run_long(site, row, pair, par, work, slots, lanes, over, base, run):  # type: ignore[no-untyped-def]
    """Renew slots with one long lane each, all of one lead time."""
    place = np.int64(over.place[run[OVER]])
    for first in range(run[SLOT], run[SLOT_END], CHUNK):
        end = min(first + CHUNK, run[SLOT_END])
        n, done = end - first, first - run[SLOT]
        _gather_one(pair, lanes, work, run[LANE] + done, n)
        _gather_long(slots, over, work, first, place + done, run[CLASS], n)
        _use(site, slots, work, base, first, end)
        _use_over(site, slots, over, work, base, first, end, run[PLACE] + done)
        _order(slots, par, work, first, end)
        _scatter(row, slots, lanes, first, end, run[LANE] + done, 1)
        _limit(site, slots, work, base, first, end, run[LIMIT])


@inner
def _run_mixed(site, row, pair, par, work, slots, lanes, over, base, run):  # type: ignore[no-untyped-def]
    """Renew slots with any lanes, some of them long or gated."""
    lane, at = np.int64(run[LANE]), np.int64(run[OVER])
    for first in range(run[SLOT], run[SLOT_END], CHUNK):
        end = min(first + CHUNK, run[SLOT_END])
        n, done = end - first, first - run[SLOT]
        lane_end, at_end = _ship_mixed(pair, par, slots, lanes, over, work, lane, at, first, n)
        _use(site, slots, work, base, first, end)
        _use_over(site, slots, over, work, base, first, end, run[PLACE] + done)
        _order(slots, par, work, first, end)
        _ask_mixed(row, par, slots, lanes, over, lane, at, first, n)
        _limit(site, slots, work, base, first, end, run[LIMIT])
        lane, at = lane_end, at_end


@outer
def run_slots(  # type: ignore[no-untyped-def]
    site, row, pair, par, work, slots, lanes, over, block_from, block_to
):
    """Use inputs, take in what arrives tomorrow and order, in a range of blocks.

    Parameters
    ----------
    site : float[N_SITE, site]
    row : float[site], per day
        Demands of this part.
    pair : float[site, 2]
    par : float[N_PAR]
    work : float[N_WORK, CHUNK]
    slots : Slots
    lanes : Lanes
    over : Overlay
    block_from, block_to : int
    """
    for block in range(block_from, block_to):
        base = slots.block_site[block]
        for s in range(base, slots.block_site[block + 1]):
            site[HARD, s] = f.NO_LIMIT
            site[SOFT, s] = f.NO_LIMIT
        for r in range(slots.block_run[block], slots.block_run[block + 1]):
            run = slots.runs[r]
            if run[KIND] == MIXED:
                _run_mixed(site, row, pair, par, work, slots, lanes, over, base, run)
            elif run[KIND] == LONG:
                _run_long(site, row, pair, par, work, slots, lanes, over, base, run)
            else:
                _run_plain(site, row, pair, par, work, slots, lanes, base, run)
