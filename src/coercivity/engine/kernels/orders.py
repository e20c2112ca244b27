"""Orders for tomorrow: what to restore, from which item, from which supplier."""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner


@inner
def learn_fill(  # type: ignore[no-untyped-def]
    par, site, slot, lane, work, flags, supplier_lane_ptr, lane_slot, slot_base, shared, gates,
):  # fmt: skip
    """Move each lane's remembered fill rate towards the day's.

    A lane that delivers in full and always did, or that is closed and never does, is left alone:
    nothing would change.  The first row of `flags` marks such lanes (1 in full, 2 never), the
    second the slots whose lanes changed.
    """
    n = site.shape[2]
    gain, probe = par[f.FILL_GAIN], par[f.PROBE]
    for s in range(site.shape[1]):
        scarce = 0
        for m in range(n):
            scarce += 1 if site[f.RATIO, s, m] < f.ONE else 0
        for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
            gate, i = gates[k], lane_slot[k]
            if scarce == 0 and flags[0, k] == 1 and gate == f.OPEN and shared[k] == 0:
                continue
            if flags[0, k] == 2 and (gate == f.CLOSED or (shared[k] == 1 and flags[4, k] == 1)):
                continue
            if shared[k] == 1:
                for m in range(n):
                    work[0, m] = (
                        min(f.ONE, lane[f.SHIP, k, m] / lane[f.REQUEST, k, m])
                        if lane[f.REQUEST, k, m] > f.ZERO
                        else lane[f.FILL, k, m]
                    )
            elif gate == f.OPEN:
                for m in range(n):
                    work[0, m] = site[f.RATIO, s, m]
            else:
                for m in range(n):
                    work[0, m] = f.ZERO
            if slot_base[i] == 0:
                for m in range(n):
                    work[0, m] = (
                        work[0, m] if slot[f.QUALIFIED, i, m] > f.ZERO else lane[f.FILL, k, m]
                    )
            for m in range(n):
                fill = lane[f.FILL, k, m] + (work[0, m] - lane[f.FILL, k, m]) * gain
                fill = fill if fill > f.FAILED else f.ZERO
                lane[f.FILL, k, m] = fill if fill < f.ONE - f.FAILED else f.ONE
            for m in range(n):
                lane[f.EFFECTIVE, k, m] = lane[f.WEIGHT, k, m] * max(lane[f.FILL, k, m], probe)
            short, failed = 0, 0
            for m in range(n):
                short += 1 if lane[f.FILL, k, m] < f.ONE else 0
            for m in range(n):
                failed += 1 if lane[f.FILL, k, m] == f.ZERO else 0
            flags[1, i] = 1
            flags[0, k] = 1 if short == 0 else (2 if failed == n else 0)


@inner
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
        for m in range(n):
            slot[f.WEIGHT_SUM, i, m] = f.ZERO
        for m in range(n):
            slot[f.LEAD_MEAN, i, m] = f.ZERO
        for row in range(slot_lane_ptr[i], slot_lane_ptr[i + 1]):
            k = slot_lanes[row]
            w = route_lead[lane_route[k]]
            extra = np.float32(lead_extra[k] if delayed else 0)
            for m in range(n):
                slot[f.WEIGHT_SUM, i, m] += lane[f.EFFECTIVE, k, m]
            for m in range(n):
                slot[f.LEAD_MEAN, i, m] += lane[f.EFFECTIVE, k, m] * (way_days[w, m] + extra)
        for m in range(n):
            total = slot[f.WEIGHT_SUM, i, m]
            slot[f.PER_WEIGHT, i, m] = f.ONE / total if total > f.ZERO else f.ZERO
        for m in range(n):
            slot[f.LEAD_MEAN, i, m] *= slot[f.PER_WEIGHT, i, m]


@inner
def place_orders(par, site, slot, work, flags, site_group_ptr, group_slot_ptr, t):  # type: ignore[no-untyped-def]
    """Order for every group of every site."""
    for s in range(site.shape[1]):
        for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
            first, last = group_slot_ptr[g], group_slot_ptr[g + 1]
            if last - first == 1:
                _order_single(par, site, slot, work, s, first)
            else:
                if par[f.SUBSTITUTION] > f.ZERO:
                    _qualify(par, slot, work, flags, first, last, t)
                _split_group(slot, work, first, last)
                _order_group(par, site, slot, work, s, first, last)


@inner
def _order_single(par, site, slot, work, s, i):  # type: ignore[no-untyped-def]
    """Order for a group that accepts one item."""
    n = slot.shape[2]
    for m in range(n):
        work[0, m] = site[f.X0, s, m] * (slot[f.COVER, i, m] + slot[f.LEAD_MEAN, i, m])
    for m in range(n):
        work[1, m] = slot[f.STOCK, i, m] + slot[f.TRANSIT, i, m] + slot[f.BACKLOG_SUM, i, m]
    for m in range(n):
        work[0, m] -= work[1, m] * slot[f.PER_USE, i, m]
    for m in range(n):
        work[0, m] *= slot[f.PER_TAU, i, m]
    for m in range(n):
        work[0, m] += slot[f.USED, i, m] * slot[f.PER_USE, i, m]
    for m in range(n):
        wanted = work[0, m] if work[0, m] > par[f.DUST] * site[f.X0, s, m] else f.ZERO
        slot[f.ORDER, i, m] = wanted * slot[f.USE, i, m]


@inner
def _qualify(par, slot, work, flags, first, last, t):  # type: ignore[no-untyped-def]
    """Start qualifying substitutes when the usual items fail; admit those that are ready.

    The third row of `flags` marks slots that are being qualified in some member.
    """
    n = slot.shape[2]
    today, tomorrow, trigger = np.float32(t), np.float32(t + 1), par[f.TRIGGER_FILL]
    for m in range(n):
        work[0, m] = f.ZERO
    for m in range(n):
        work[1, m] = f.ZERO
    for i in range(first, last):
        for m in range(n):
            work[0, m] += slot[f.SHARE, i, m] * slot[f.WEIGHT_SUM, i, m]
        for m in range(n):
            work[1, m] += slot[f.STOCK, i, m] * slot[f.PER_USE, i, m] * slot[f.QUALIFIED, i, m]
    failing = 0
    for m in range(n):
        short = work[1, m] < slot[f.FLOOR, first, m] or work[0, m] < par[f.TRIGGER_FILL]
        failing += 1 if short else 0
    for i in range(first, last):
        if failing == 0 and flags[2, i] == 0:
            continue
        waiting = 0
        for m in range(n):
            # All is read before anything is chosen, so that the loop has no branch.
            begun, usable = slot[f.STARTED, i, m], slot[f.QUALIFIED, i, m]
            share, delay = slot[f.SHARE, i, m], slot[f.QUALIFICATION, i, m]
            short = (work[1, m] < slot[f.FLOOR, first, m]) | (work[0, m] < trigger)
            candidate = (share <= f.ZERO) & (usable <= f.ZERO)
            begun = today if candidate & short & (begun < f.ZERO) else begun
            trying = candidate & (begun >= f.ZERO)
            ready = begun + delay <= tomorrow
            slot[f.STARTED, i, m] = begun
            slot[f.QUALIFIED, i, m] = f.ONE if trying & ready else usable
            waiting += 1 if trying & (not ready) else 0
        flags[2, i] = 1 if waiting > 0 else 0


@inner
def _split_group(slot, work, first, last):  # type: ignore[no-untyped-def]
    """Write each slot's share of the group's order into ``ORDER``.

    The usual items keep the part that they can be expected to deliver; qualified substitutes
    take the rest by rank; what nobody can be expected to deliver stays with the usual items.
    """
    n = slot.shape[2]
    for m in range(n):
        work[0, m] = f.ONE
    for i in range(first, last):
        for m in range(n):
            slot[f.ORDER, i, m] = slot[f.SHARE, i, m] * min(f.ONE, slot[f.WEIGHT_SUM, i, m])
        for m in range(n):
            work[0, m] -= slot[f.ORDER, i, m]
    for i in range(first, last):
        for m in range(n):
            expected = min(f.ONE, slot[f.WEIGHT_SUM, i, m]) * slot[f.QUALIFIED, i, m]
            part = max(f.ZERO, work[0, m]) * expected * (f.ONE - slot[f.SHARE, i, m])
            slot[f.ORDER, i, m] += part
            work[0, m] -= part
    for i in range(first, last):
        for m in range(n):
            slot[f.ORDER, i, m] += max(f.ZERO, work[0, m]) * slot[f.SHARE, i, m]


@inner
def _order_group(par, site, slot, work, s, first, last):  # type: ignore[no-untyped-def]
    """Turn the shares in ``ORDER`` into orders that restore the group's position."""
    n = slot.shape[2]
    for m in range(n):
        work[0, m] = f.ZERO
    for m in range(n):
        work[1, m] = f.ZERO
    for i in range(first, last):
        for m in range(n):
            days = slot[f.COVER, i, m] + slot[f.LEAD_MEAN, i, m]
            work[0, m] += slot[f.ORDER, i, m] * days
    for m in range(n):
        work[0, m] *= site[f.X0, s, m]
    for i in range(first, last):
        for m in range(n):
            held = slot[f.STOCK, i, m] + slot[f.TRANSIT, i, m] + slot[f.BACKLOG_SUM, i, m]
            work[0, m] -= held * slot[f.PER_USE, i, m]
        for m in range(n):
            work[1, m] += slot[f.USED, i, m] * slot[f.PER_USE, i, m]
    for i in range(first, last):
        for m in range(n):
            wanted = work[1, m] + work[0, m] * slot[f.PER_TAU, i, m]
            wanted = wanted if wanted > par[f.DUST] * site[f.X0, s, m] else f.ZERO
            slot[f.ORDER, i, m] *= wanted * slot[f.USE, i, m]
