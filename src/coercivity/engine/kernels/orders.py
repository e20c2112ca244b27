"""Orders for tomorrow: what to restore, from which item, from which supplier."""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import lean, woven
from coercivity.engine.kernels.vector import WIDTH, at, count, least, most, splat, where


@woven
def learn_fill(  # type: ignore[no-untyped-def]
    par, site, slot, lane, flags, supplier_lane_ptr, lane_slot, slot_base, shared, gates, scarce, s,
):  # fmt: skip
    """Move the remembered fill rate of each lane from a site towards the day's.

    A lane that delivers in full and always did, or that is closed and never does, is left alone:
    nothing would change.  The first row of `flags` marks such lanes (1 in full, 2 never), the
    second the slots whose lanes changed. `scarce` counts the members that do not get everything.
    """
    n = site.shape[2]
    for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
        gate, i = gates[k], lane_slot[k]
        if scarce == 0 and flags[0, k] == 1 and gate == f.OPEN and shared[k] == 0:
            continue
        if flags[0, k] == 2 and (gate == f.CLOSED or (shared[k] == 1 and flags[4, k] == 1)):
            continue
        short, failed = 0, 0
        for c in range(0, n, WIDTH):
            fill = _learn(par, site, slot, lane, s, i, k, slot_base, shared, gate, at(c))
            short += count(fill < f.ONE)
            failed += count(fill == f.ZERO)
        flags[1, i] = 1
        flags[0, k] = 1 if short == 0 else (2 if failed == n else 0)


@woven
def _learn(par, site, slot, lane, s, i, k, slot_base, shared, gate, m):  # type: ignore[no-untyped-def]
    """Move the fill rates of some members, and what a lane's weight is worth with them."""
    fill = lane[f.FILL, k, m]
    seen = splat(lane, f.ZERO)
    if shared[k] == 1:
        ship, request = lane[f.SHIP, k, m], lane[f.REQUEST, k, m]
        seen = where(request > f.ZERO, least(f.ONE, ship / request), fill)
    elif gate == f.OPEN:
        seen = site[f.RATIO, s, m]
    if slot_base[i] == 0:
        seen = where(slot[f.QUALIFIED, i, m] > f.ZERO, seen, fill)
    fill += (seen - fill) * par[f.FILL_GAIN]
    fill = where(fill > f.FAILED, fill, f.ZERO)
    fill = where(fill < f.ONE - f.FAILED, fill, f.ONE)
    lane[f.FILL, k, m] = fill
    lane[f.EFFECTIVE, k, m] = lane[f.WEIGHT, k, m] * most(fill, par[f.PROBE])
    return fill


@lean
def weigh_lanes(  # type: ignore[no-untyped-def]
    slot, lane, flags, slot_lane_ptr, slot_lanes, lane_route, route_lead, way_days, lead_extra
):
    """Add up the effective weights of each slot's lanes, and average their lead times."""
    n = slot.shape[2]
    delayed = lead_extra.shape[0] > 0
    for i in range(slot.shape[1]):
        if flags[1, i] == 0 and not delayed:
            continue
        flags[1, i] = 0
        for c in range(0, n, WIDTH):
            m = at(c)
            total, days = splat(slot, f.ZERO), splat(slot, f.ZERO)
            for row in range(slot_lane_ptr[i], slot_lane_ptr[i + 1]):
                k = slot_lanes[row]
                extra = np.float32(lead_extra[k] if delayed else 0)
                effective = lane[f.EFFECTIVE, k, m]
                total += effective
                days += effective * (way_days[route_lead[lane_route[k]], m] + extra)
            per_weight = where(total > f.ZERO, f.ONE / total, f.ZERO)
            slot[f.WEIGHT_SUM, i, m] = total
            slot[f.PER_WEIGHT, i, m] = per_weight
            slot[f.LEAD_MEAN, i, m] = days * per_weight


@lean
def restore(par, site, slot, flags, site_group_ptr, group_slot_ptr, t):  # type: ignore[no-untyped-def]
    """Take the inputs of the day's output from stock, and order for every group of every site."""
    n = slot.shape[2]
    for s in range(site.shape[1]):
        for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
            first, last = group_slot_ptr[g], group_slot_ptr[g + 1]
            if last - first == 1:
                for c in range(0, n, WIDTH):
                    _restore_single(par, site, slot, s, first, at(c))
                continue
            for c in range(0, n, WIDTH):
                _consume(site, slot, s, first, last, at(c))
            if par[f.SUBSTITUTION] > f.ZERO:
                _qualify(par, slot, flags, first, last, t)
            for c in range(0, n, WIDTH):
                _split_group(slot, first, last, at(c))
                _order_group(par, site, slot, s, first, last, at(c))


@woven
def _restore_single(par, site, slot, s, i, m):  # type: ignore[no-untyped-def]
    """Use and order for a group that accepts one item."""
    made, usual = site[f.MADE, s, m], site[f.X0, s, m]
    use, per_use, stock = slot[f.USE, i, m], slot[f.PER_USE, i, m], slot[f.STOCK, i, m]
    used = least(stock, made * slot[f.SHARE, i, m] * use)
    stock = most(f.ZERO, stock - used)
    slot[f.USED, i, m] = used
    slot[f.STOCK, i, m] = stock
    held = stock + slot[f.TRANSIT, i, m]
    if par[f.KEEP] > f.ZERO:
        held += slot[f.BACKLOG_SUM, i, m]
    wanted = usual * (slot[f.COVER, i, m] + slot[f.LEAD_MEAN, i, m])
    wanted -= held * per_use
    wanted *= slot[f.PER_TAU, i, m]
    wanted += used * per_use
    wanted = where(wanted > par[f.DUST] * usual, wanted, f.ZERO)
    order = wanted * use
    slot[f.ORDER, i, m] = order
    slot[f.QUOTIENT, i, m] = order * slot[f.PER_WEIGHT, i, m]


@woven
def _consume(site, slot, s, first, last, m):  # type: ignore[no-untyped-def]
    """Take the inputs of a group that accepts several items: the usual mix, then by rank."""
    made = site[f.MADE, s, m]
    rest = made
    for i in range(first, last):
        used = least(slot[f.STOCK, i, m], made * slot[f.SHARE, i, m] * slot[f.USE, i, m])
        slot[f.USED, i, m] = used
        rest -= used * slot[f.PER_USE, i, m]
    for i in range(first, last):
        stock, used = slot[f.STOCK, i, m], slot[f.USED, i, m]
        more = most(f.ZERO, rest) * slot[f.USE, i, m] * slot[f.QUALIFIED, i, m]
        more = least(stock - used, more)
        used += more
        rest -= more * slot[f.PER_USE, i, m]
        slot[f.USED, i, m] = used
        slot[f.STOCK, i, m] = most(f.ZERO, stock - used)


@woven
def usable_output(slot, first, last, m):  # type: ignore[no-untyped-def]
    """Output that the stocks of a group's qualified slots allow."""
    usable = splat(slot, f.ZERO)
    for i in range(first, last):
        usable += slot[f.STOCK, i, m] * slot[f.PER_USE, i, m] * slot[f.QUALIFIED, i, m]
    return usable


@woven
def _failing(par, slot, first, last, m):  # type: ignore[no-untyped-def]
    """Whether the usual items fail: too little stock that can be used, or too little to come."""
    trust, usable = splat(slot, f.ZERO), usable_output(slot, first, last, m)
    for i in range(first, last):
        trust += slot[f.SHARE, i, m] * slot[f.WEIGHT_SUM, i, m]
    return (usable < slot[f.FLOOR, first, m]) | (trust < par[f.TRIGGER_FILL])


@lean
def _qualify(par, slot, flags, first, last, t):  # type: ignore[no-untyped-def]
    """Start qualifying substitutes when the usual items fail; admit those that are ready.

    The third row of `flags` marks slots that are being qualified in some member.
    """
    n, today, tomorrow = slot.shape[2], np.float32(t), np.float32(t + 1)
    failing = 0
    for c in range(0, n, WIDTH):
        failing += count(_failing(par, slot, first, last, at(c)))
    waiting = 0
    for i in range(first, last):
        waiting += flags[2, i]
    if failing == 0 and waiting == 0:
        return
    for c in range(0, n, WIDTH):
        m = at(c)
        short = _failing(par, slot, first, last, m)
        for i in range(first, last):
            if failing == 0 and flags[2, i] == 0:
                continue
            begun, usable = slot[f.STARTED, i, m], slot[f.QUALIFIED, i, m]
            candidate = (slot[f.SHARE, i, m] <= f.ZERO) & (usable <= f.ZERO)
            begun = where(candidate & short & (begun < f.ZERO), today, begun)
            trying = candidate & (begun >= f.ZERO)
            ready = begun + slot[f.QUALIFICATION, i, m] <= tomorrow
            slot[f.STARTED, i, m] = begun
            slot[f.QUALIFIED, i, m] = where(trying & ready, f.ONE, usable)
            if count(trying & ~ready) > 0:
                flags[2, i] |= 2  # the mark of tomorrow, beside today's
    for i in range(first, last):
        flags[2, i] >>= 1


@woven
def _split_group(slot, first, last, m):  # type: ignore[no-untyped-def]
    """Write each slot's share of the group's order into ``ORDER``.

    The usual items keep the part that they can be expected to deliver; qualified substitutes
    take the rest by rank; what nobody can be expected to deliver stays with the usual items.
    """
    rest = splat(slot, f.ONE)
    for i in range(first, last):
        part = slot[f.SHARE, i, m] * least(f.ONE, slot[f.WEIGHT_SUM, i, m])
        slot[f.ORDER, i, m] = part
        rest -= part
    for i in range(first, last):
        expected = least(f.ONE, slot[f.WEIGHT_SUM, i, m]) * slot[f.QUALIFIED, i, m]
        part = most(f.ZERO, rest) * expected * (f.ONE - slot[f.SHARE, i, m])
        slot[f.ORDER, i, m] += part
        rest -= part
    for i in range(first, last):
        slot[f.ORDER, i, m] += most(f.ZERO, rest) * slot[f.SHARE, i, m]


@woven
def _order_group(par, site, slot, s, first, last, m):  # type: ignore[no-untyped-def]
    """Turn the shares in ``ORDER`` into orders that restore the group's position."""
    goal, used = splat(slot, f.ZERO), splat(slot, f.ZERO)
    for i in range(first, last):
        goal += slot[f.ORDER, i, m] * (slot[f.COVER, i, m] + slot[f.LEAD_MEAN, i, m])
    usual = site[f.X0, s, m]
    gap = goal * usual
    for i in range(first, last):
        held = slot[f.STOCK, i, m] + slot[f.TRANSIT, i, m] + slot[f.BACKLOG_SUM, i, m]
        gap -= held * slot[f.PER_USE, i, m]
        used += slot[f.USED, i, m] * slot[f.PER_USE, i, m]
    for i in range(first, last):
        wanted = used + gap * slot[f.PER_TAU, i, m]
        wanted = where(wanted > par[f.DUST] * usual, wanted, f.ZERO)
        order = slot[f.ORDER, i, m] * (wanted * slot[f.USE, i, m])
        slot[f.ORDER, i, m] = order
        slot[f.QUOTIENT, i, m] = order * slot[f.PER_WEIGHT, i, m]
