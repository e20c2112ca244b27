"""Goods under way: what departs, what is delayed, what arrives.

A *route* is one slot and one lead time of each member; its rows and places are laid out by
:mod:`coercivity.engine.routes`.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner


@inner
def place_routes(  # type: ignore[no-untyped-def]
    box_row, box_step, box_days, box_now, way_lead, way_depth, way_back, ring_ptr, ahead, t,
):  # fmt: skip
    """Find each route's row of the day, and how far back in its pipeline each member reads."""
    for r in range(box_row.shape[0]):
        place = t % box_days[r]
        if ahead[0] > 0 and ring_ptr[r + 1] == ring_ptr[r]:
            place = box_days[r]  # the pipeline holds delayed goods already: they are kept apart
        box_now[r] = box_row[r] + box_step[r] * place
    for w in range(way_lead.shape[0]):
        depth = way_depth[w]
        now = t % depth
        for m in range(way_lead.shape[1]):
            back = now - way_lead[w, m]
            way_back[w, m] = back if back >= 0 else back + depth


@inner
def arrive(  # type: ignore[no-untyped-def]
    slot, ring, box, work, ring_ptr, box_row, box_step, box_now, route_slot, route_lead, way_back,
    t,
):  # fmt: skip
    """Take in what departed a lead time ago.

    A long route keeps the departures of each member day after day and reads a batch of days at
    once, so that a cache line is touched once and not once a day.
    """
    n = slot.shape[2]
    for r in range(route_slot.shape[0]):
        i, w = route_slot[r], route_lead[r]
        deep = ring_ptr[r + 1] - ring_ptr[r]
        row = box_row[r]
        if deep == 0:
            for m in range(n):
                work[0, m] = box[row + way_back[w, m], m]
        else:
            step = box_step[r]
            inbox = f.BATCH * step
            if t % f.BATCH == 0:
                _take_batch(ring, box, way_back, ring_ptr[r] * n, deep, row + inbox, step, w)
            row = box_now[r] + inbox
            for m in range(n):
                work[0, m] = box[row, m]
        for m in range(n):
            slot[f.STOCK, i, m] += work[0, m]
        for m in range(n):
            slot[f.TRANSIT, i, m] = max(f.ZERO, slot[f.TRANSIT, i, m] - work[0, m])


@inner
def _take_batch(ring, box, way_back, place, deep, row, step, w):  # type: ignore[no-untyped-def]
    """Copy the arrivals of a batch of days out of a long route's pipeline."""
    first, width = np.uint64(place), np.uint64(deep)
    for m in range(way_back.shape[1]):
        start = first + np.uint64(way_back[w, m])
        for j in range(f.BATCH):
            box[row + j * step, m] = ring[start + np.uint64(j)]
        first += width


@inner
def _put_batch(ring, box, place, deep, now, row, step):  # type: ignore[no-untyped-def]
    """Copy the departures of a batch of days into a long route's pipeline.

    The first batch stands at the end a second time, so that no read has to begin anew.
    """
    n = box.shape[1]
    start = np.uint64(place + now)
    for m in range(n):
        for j in range(f.BATCH):
            ring[start + np.uint64(j)] = box[row + j * step, m]
        start += np.uint64(deep)
    if now == 0:
        start = np.uint64(place + deep - f.BATCH)
        for m in range(n):
            for j in range(f.BATCH):
                ring[start + np.uint64(j)] = box[row + j * step, m]
            start += np.uint64(deep)
    for j in range(f.BATCH):
        for m in range(n):
            box[row + j * step, m] = f.ZERO


@inner
def leave(slot, ring, box, ring_ptr, box_row, box_step, box_now, box_days, route_slot, ahead, t):  # type: ignore[no-untyped-def]
    """Enter the day's departures of each route, and make place for later ones."""
    n = slot.shape[2]
    for r in range(route_slot.shape[0]):
        i, row, deep = route_slot[r], box_now[r], ring_ptr[r + 1] - ring_ptr[r]
        for m in range(n):
            slot[f.TRANSIT, i, m] += box[row, m]
        if deep == 0:
            if ahead[0] > 0:
                _enter(box, box_row[r] + t % box_days[r], row)
            row = box_row[r] + (t + ahead[0] + 1) % box_days[r]
            for m in range(n):
                box[row, m] = f.ZERO
        elif t % f.BATCH == f.BATCH - 1:
            now = (t + 1 - f.BATCH) % (deep - f.BATCH)
            _put_batch(ring, box, ring_ptr[r] * n, deep, now, box_row[r], box_step[r])


@inner
def _enter(box, row, now):  # type: ignore[no-untyped-def]
    """Add the day's departures to what was delayed to this day."""
    for m in range(box.shape[1]):
        box[row, m] += box[now, m]
    for m in range(box.shape[1]):
        box[now, m] = f.ZERO


@inner
def delay(slot, lane, box, i, k, row):  # type: ignore[no-untyped-def]
    """Enter a lane's departures in the row of a later day."""
    for m in range(slot.shape[2]):
        box[row, m] += lane[f.SHIP, k, m]
    for m in range(slot.shape[2]):
        slot[f.TRANSIT, i, m] += lane[f.SHIP, k, m]
