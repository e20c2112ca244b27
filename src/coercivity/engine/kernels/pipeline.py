"""Goods under way: what departs, what is delayed, what arrives.

A *route* is one slot and one lead time of each member; its rows and places are laid out by
:mod:`coercivity.engine.routes`.
"""

from __future__ import annotations

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import lean, woven
from coercivity.engine.kernels.runs import RUN, gather, read_runs, write_runs
from coercivity.engine.kernels.vector import WIDTH, at, most


@lean
def place_routes(  # type: ignore[no-untyped-def]
    box_row, box_step, box_days, box_now, way_lead, way_depth, way_width, way_back, ring_ptr,
    ahead, t,
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
            way_back[w, m] = (back if back >= 0 else back + depth) + m * way_width[w]


@lean
def arrive(  # type: ignore[no-untyped-def]
    slot, ring, box, ring_ptr, box_row, box_step, box_now, slot_route_ptr, route_lead, way_back,
    t,
):  # fmt: skip
    """Take in what departed a lead time ago.

    A long route keeps the departures of each member day after day and reads a batch of days at
    once, so that a cache line is touched once and not once a day.
    """
    n = slot.shape[2]
    for i in range(slot.shape[1]):
        first, last = slot_route_ptr[i], slot_route_ptr[i + 1]
        for r in range(first, last if t % f.BATCH == 0 else first):
            deep, step = ring_ptr[r + 1] - ring_ptr[r], box_step[r]
            if deep > 0:
                row = box_row[r] + f.BATCH * step
                _take_batch(ring, box, way_back, ring_ptr[r] * n, row, step, route_lead[r])
        for c in range(0, n, WIDTH):
            m = at(c)
            stock, transit = slot[f.STOCK, i, m], slot[f.TRANSIT, i, m]
            for r in range(first, last):
                if ring_ptr[r + 1] == ring_ptr[r]:
                    arrived = gather(box, way_back, (route_lead[r], m), box_row[r])
                else:
                    arrived = box[box_now[r] + f.BATCH * box_step[r], m]
                stock += arrived
                transit = most(f.ZERO, transit - arrived)
            slot[f.STOCK, i, m] = stock
            slot[f.TRANSIT, i, m] = transit


@lean
def _take_batch(ring, box, way_back, first, row, step, w):  # type: ignore[no-untyped-def]
    """Copy the arrivals of a batch of days out of a long route's pipeline."""
    for c in range(0, box.shape[1], WIDTH):
        m = at(c)
        for j in range(0, f.BATCH, RUN):
            place = row + j * step
            one, two, three, four = read_runs(ring, way_back, (w, m), first + j)
            box[place, m] = one
            box[place + step, m] = two
            box[place + 2 * step, m] = three
            box[place + 3 * step, m] = four


@lean
def _put_batch(ring, box, first, deep, now, row, step):  # type: ignore[no-untyped-def]
    """Copy the departures of a batch of days into a long route's pipeline.

    The first batch stands at the end a second time, so that no read has to begin anew.
    """
    for c in range(0, box.shape[1], WIDTH):
        m = at(c)
        start = first + c * deep
        for j in range(0, f.BATCH, RUN):
            place = row + j * step
            one, two = box[place, m], box[place + step, m]
            three, four = box[place + 2 * step, m], box[place + 3 * step, m]
            write_runs(ring, start + now + j, deep, one, two, three, four)
            if now == 0:
                write_runs(ring, start + deep - f.BATCH + j, deep, one, two, three, four)
            box[place, m], box[place + step, m] = f.ZERO, f.ZERO
            box[place + 2 * step, m], box[place + 3 * step, m] = f.ZERO, f.ZERO


@lean
def _empty(box, row):  # type: ignore[no-untyped-def]
    """Nothing departs yet in a row."""
    for c in range(0, box.shape[1], WIDTH):
        box[row, at(c)] = f.ZERO


@lean
def leave(  # type: ignore[no-untyped-def]
    slot, ring, box, ring_ptr, box_row, box_step, box_now, box_days, slot_route_ptr, ahead, t
):
    """Enter the day's departures of each route, and make place for later ones."""
    n = slot.shape[2]
    for i in range(slot.shape[1]):
        first, last = slot_route_ptr[i], slot_route_ptr[i + 1]
        for c in range(0, n, WIDTH):
            m = at(c)
            transit = slot[f.TRANSIT, i, m]
            for r in range(first, last):
                transit += box[box_now[r], m]
            slot[f.TRANSIT, i, m] = transit
        for r in range(first, last):
            row, deep = box_now[r], ring_ptr[r + 1] - ring_ptr[r]
            if deep == 0:
                if ahead[0] > 0:
                    _enter(box, box_row[r] + t % box_days[r], row)
                _empty(box, box_row[r] + (t + ahead[0] + 1) % box_days[r])
            elif t % f.BATCH == f.BATCH - 1:
                now = (t + 1 - f.BATCH) % (deep - f.BATCH)
                _put_batch(ring, box, ring_ptr[r] * n, deep, now, box_row[r], box_step[r])


@lean
def _enter(box, row, now):  # type: ignore[no-untyped-def]
    """Add the day's departures to what was delayed to this day."""
    for c in range(0, box.shape[1], WIDTH):
        m = at(c)
        box[row, m] += box[now, m]
    _empty(box, now)


@woven
def delay(slot, box, ship, i, row, m):  # type: ignore[no-untyped-def]
    """Enter some members' departures in the row of a later day."""
    box[row, m] += ship
    slot[f.TRANSIT, i, m] += ship
