"""The order of a day, compiled.

One call of :func:`advance` runs a block of members over a range of days.  Members are
independent, and every operation is elementwise in the member, in a fixed order: the results do
not depend on the block's size nor on the number of threads.  Inner loops run over members and
touch few rows each, which lets the compiler use vector instructions.

Equations and notation: ``docs/explanation/engine.md``.  Tables: :mod:`.fields`.
"""

from __future__ import annotations

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner, outer
from coercivity.engine.kernels.orders import learn_fill, place_orders, weigh_lanes
from coercivity.engine.kernels.pipeline import arrive, delay, leave, place_routes
from coercivity.engine.kernels.room import open_room, settle_room, share_room


@inner
def _request(par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, demand_factor):  # type: ignore[no-untyped-def]
    """Spread each slot's order over its lanes and add up what each site is asked for.

    Only lanes marked in `lane_kept` store their request; the others work it out again when they
    ship.
    """
    n = site.shape[2]
    keep = par[f.KEEP] > f.ZERO
    for i in range(slot.shape[1]):
        for m in range(n):
            slot[f.QUOTIENT, i, m] = slot[f.ORDER, i, m] * slot[f.PER_WEIGHT, i, m]
    for s in range(site.shape[1]):
        for m in range(n):
            site[f.FINAL, s, m] = site[f.FINAL_DEMAND, s, m]
        if demand_factor.shape[0] > 0:
            for m in range(n):
                site[f.FINAL, s, m] *= demand_factor[s, m]
        if keep:
            for m in range(n):
                site[f.FINAL, s, m] += site[f.FINAL_BACKLOG, s, m]
        for m in range(n):
            site[f.ASKED, s, m] = site[f.FINAL, s, m]
        for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
            i = lane_slot[k]
            if lane_kept[k] == 0:
                for m in range(n):
                    site[f.ASKED, s, m] += slot[f.QUOTIENT, i, m] * lane[f.EFFECTIVE, k, m]
                continue
            for m in range(n):
                lane[f.REQUEST, k, m] = slot[f.QUOTIENT, i, m] * lane[f.EFFECTIVE, k, m]
            if keep:
                for m in range(n):
                    lane[f.REQUEST, k, m] += lane[f.BACKLOG, k, m]
            for m in range(n):
                site[f.ASKED, s, m] += lane[f.REQUEST, k, m]


@inner
def _usable(slot, work, first, last):  # type: ignore[no-untyped-def]
    """Write the output that the stocks of a group's qualified slots allow into ``work[0]``."""
    n = slot.shape[2]
    for m in range(n):
        work[0, m] = f.ZERO
    for i in range(first, last):
        for m in range(n):
            work[0, m] += slot[f.STOCK, i, m] * slot[f.PER_USE, i, m] * slot[f.QUALIFIED, i, m]


@inner
def _produce(  # type: ignore[no-untyped-def]
    par, site, slot, work, site_group_ptr, group_slot_ptr, essentiality, loss, capacity_factor
):
    """Make the least of what is wanted, what capacity allows and what inputs allow."""
    n = site.shape[2]
    top, per_tau = par[f.OVERPRODUCTION], par[f.PER_FINISHED_TAU]
    for s in range(site.shape[1]):
        for m in range(n):
            gap = site[f.FINISHED0, s, m] - site[f.FINISHED, s, m]
            site[f.MADE, s, m] = max(
                f.ZERO, site[f.ASKED, s, m] + (gap if gap < f.ZERO else gap * per_tau)
            )
        if capacity_factor.shape[0] > 0:
            for m in range(n):
                site[f.MADE, s, m] = min(
                    site[f.MADE, s, m], site[f.CAPACITY, s, m] * top * capacity_factor[s, m]
                )
        else:
            for m in range(n):
                site[f.MADE, s, m] = min(site[f.MADE, s, m], site[f.CAPACITY, s, m] * top)
        for m in range(n):
            site[f.LIMIT, s, m] = f.NO_LIMIT
        linear = False
        for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
            linear = linear or essentiality[g] == 1
            if essentiality[g] == 2:
                _usable(slot, work, group_slot_ptr[g], group_slot_ptr[g + 1])
                for m in range(n):
                    site[f.LIMIT, s, m] = min(site[f.LIMIT, s, m], work[0, m])
        for m in range(n):
            site[f.MADE, s, m] = min(site[f.MADE, s, m], site[f.LIMIT, s, m])
        if linear:
            _reduce(site, slot, work, site_group_ptr, group_slot_ptr, essentiality, loss, s)
        for m in range(n):
            site[f.AVAILABLE, s, m] = site[f.FINISHED, s, m] + site[f.MADE, s, m]


@inner
def _reduce(site, slot, work, site_group_ptr, group_slot_ptr, essentiality, loss, s):  # type: ignore[no-untyped-def]
    """Lower output in proportion to what is missing of the non-essential groups."""
    n = slot.shape[2]
    for m in range(n):
        work[1, m] = f.ONE
    for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
        if essentiality[g] == 1:
            _usable(slot, work, group_slot_ptr[g], group_slot_ptr[g + 1])
            for m in range(n):
                if work[0, m] < site[f.MADE, s, m]:
                    work[1, m] -= loss[g] * (f.ONE - work[0, m] / site[f.MADE, s, m])
    for m in range(n):
        site[f.MADE, s, m] *= max(f.ZERO, work[1, m])


@inner
def _ration(  # type: ignore[no-untyped-def]
    par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, shared, gates
):
    """Find each site's delivery ratio over what its customers ask for and may take."""
    n = site.shape[2]
    last = par[f.FINAL_LAST] > f.ZERO
    for s in range(site.shape[1]):
        first, end = supplier_lane_ptr[s], supplier_lane_ptr[s + 1]
        plain = not last
        for k in range(first, end):
            plain = plain and gates[k] == f.OPEN and shared[k] == 0
        if not plain:  # otherwise ASKED is right already
            for m in range(n):
                site[f.ASKED, s, m] = f.ZERO if last else site[f.FINAL, s, m]
        for k in range(first, first if plain else end):
            if shared[k] == 1:
                for m in range(n):
                    site[f.ASKED, s, m] += lane[f.OFFER, k, m]
            elif gates[k] == f.OPEN and lane_kept[k] == 0:
                i = lane_slot[k]
                for m in range(n):
                    site[f.ASKED, s, m] += slot[f.QUOTIENT, i, m] * lane[f.EFFECTIVE, k, m]
            elif gates[k] == f.OPEN:
                for m in range(n):
                    site[f.ASKED, s, m] += lane[f.REQUEST, k, m]
        for m in range(n):
            asked, available = site[f.ASKED, s, m], site[f.AVAILABLE, s, m]
            site[f.RATIO, s, m] = available / asked if asked > available else f.ONE


@inner
def _depart(  # type: ignore[no-untyped-def]
    par, site, slot, lane, box, work, flags, supplier_lane_ptr, lane_slot, lane_route,
    lane_kept, shared, gates, box_row, box_now, box_days, lead_extra, t,
):  # fmt: skip
    """Send the day's shipments and settle each site's finished goods."""
    n = site.shape[2]
    keep, last = par[f.KEEP] > f.ZERO, par[f.FINAL_LAST] > f.ZERO
    for i in range(slot.shape[1] if keep else 0):
        for m in range(n):
            slot[f.BACKLOG_SUM, i, m] = f.ZERO
    for s in range(site.shape[1]):
        plain = not last
        for m in range(n):
            work[0, m] = f.ZERO
        for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
            gate, i, r = gates[k], lane_slot[k], lane_route[k]
            row = box_now[r]
            plain = plain and shared[k] == 0
            if shared[k] == 0:
                flags[4, k] = 0
            elif flags[4, k] == 1 and not keep:
                continue
            if gate == f.OPEN and lane_kept[k] == 0:
                for m in range(n):
                    request = slot[f.QUOTIENT, i, m] * lane[f.EFFECTIVE, k, m]
                    box[row, m] += request * site[f.RATIO, s, m]
                    work[0, m] += request * site[f.RATIO, s, m]
                continue
            if shared[k] == 0 and gate == f.OPEN:
                for m in range(n):
                    lane[f.SHIP, k, m] = lane[f.REQUEST, k, m] * site[f.RATIO, s, m]
            elif shared[k] == 0:
                for m in range(n):
                    lane[f.SHIP, k, m] = f.ZERO
            if keep:
                _keep_backlog(par, slot, lane, i, k, shared[k], gate)
            if gate == f.CLOSED:
                continue
            for m in range(n):
                work[0, m] += lane[f.SHIP, k, m]
            if lead_extra.shape[0] > 0 and lead_extra[k] > 0:
                delay(slot, lane, box, i, k, box_row[r] + (t + lead_extra[k]) % box_days[r])
            else:
                for m in range(n):
                    box[row, m] += lane[f.SHIP, k, m]
        _settle(par, site, work, s, plain, last, keep)


@inner
def _settle(par, site, work, s, plain, last, keep):  # type: ignore[no-untyped-def]
    """Serve final demand; what is left stays as finished goods.

    Without shared room everybody receives one share of what was asked, so that what left need
    not be added up.
    """
    n = site.shape[2]
    if last:
        for m in range(n):
            rest = max(f.ZERO, site[f.AVAILABLE, s, m] - work[0, m])
            site[f.SOLD, s, m] = min(site[f.FINAL, s, m], rest)
    else:
        for m in range(n):
            site[f.SOLD, s, m] = site[f.FINAL, s, m] * site[f.RATIO, s, m]
    if plain:
        for m in range(n):
            sent = site[f.ASKED, s, m] * site[f.RATIO, s, m]
            site[f.FINISHED, s, m] = max(f.ZERO, site[f.AVAILABLE, s, m] - sent)
    else:
        for m in range(n):
            rest = site[f.AVAILABLE, s, m] - work[0, m] - site[f.SOLD, s, m]
            site[f.FINISHED, s, m] = max(f.ZERO, rest)
    if keep:
        for m in range(n):
            rest = site[f.FINAL, s, m] - site[f.SOLD, s, m]
            site[f.FINAL_BACKLOG, s, m] = (
                rest if rest > par[f.DUST] * site[f.FINAL, s, m] else f.ZERO
            )


@inner
def _keep_backlog(par, slot, lane, i, k, shared, gate):  # type: ignore[no-untyped-def]
    """Keep on the book what scarcity refused; what the gate refused is dropped.

    Lanes that share room hold their first offer in ``BACKLOG`` at this point.
    """
    for m in range(slot.shape[2]):
        admitted = lane[f.REQUEST, k, m] if gate == f.OPEN else f.ZERO
        if shared == 1:
            admitted = lane[f.BACKLOG, k, m]
        rest = admitted - lane[f.SHIP, k, m]
        rest = rest if rest > par[f.DUST] * admitted else f.ZERO
        lane[f.BACKLOG, k, m] = rest
        slot[f.BACKLOG_SUM, i, m] += rest


@inner
def _consume(site, slot, work, site_group_ptr, group_slot_ptr):  # type: ignore[no-untyped-def]
    """Take the inputs of the day's output: the usual mix first, then by rank."""
    n = site.shape[2]
    for s in range(site.shape[1]):
        for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
            first, last = group_slot_ptr[g], group_slot_ptr[g + 1]
            for m in range(n):
                work[0, m] = site[f.MADE, s, m]
            for i in range(first, last):
                for m in range(n):
                    slot[f.USED, i, m] = min(
                        slot[f.STOCK, i, m],
                        site[f.MADE, s, m] * slot[f.SHARE, i, m] * slot[f.USE, i, m],
                    )
                if last - first > 1:
                    for m in range(n):
                        work[0, m] -= slot[f.USED, i, m] * slot[f.PER_USE, i, m]
            for i in range(first, last if last - first > 1 else first):
                for m in range(n):
                    more = max(f.ZERO, work[0, m]) * slot[f.USE, i, m] * slot[f.QUALIFIED, i, m]
                    more = min(slot[f.STOCK, i, m] - slot[f.USED, i, m], more)
                    slot[f.USED, i, m] += more
                    work[0, m] -= more * slot[f.PER_USE, i, m]
            for i in range(first, last):
                for m in range(n):
                    slot[f.STOCK, i, m] = max(f.ZERO, slot[f.STOCK, i, m] - slot[f.USED, i, m])


@inner
def _tally(par, site, work, made_total, demand_factor, t):  # type: ignore[no-untyped-def]
    """Add up output and note the first days of a cut and of a line-down.

    A site whose final demand is below its baseline on the day, as between seasons, is measured
    against what is asked of it, so that nothing wanted is not a stop.
    """
    n = site.shape[2]
    cut, down = par[f.CUT_BELOW], par[f.LINE_DOWN_BELOW]
    for s in range(site.shape[1]):
        for m in range(n):
            made_total[s, m] += site[f.MADE, s, m]
        for m in range(n):
            work[0, m] = site[f.X0, s, m]
        if demand_factor.shape[0] > 0:
            for m in range(n):
                less = f.ONE - demand_factor[s, m]
                if less > f.ZERO:
                    work[0, m] = max(f.ZERO, work[0, m] - site[f.FINAL_DEMAND, s, m] * less)
        low = 0
        for m in range(n):
            low += 1 if site[f.MADE, s, m] < cut * work[0, m] else 0
        if low == 0:
            continue
        for m in range(n):
            if site[f.MADE, s, m] < cut * work[0, m] and site[f.FIRST_CUT, s, m] < f.ZERO:
                site[f.FIRST_CUT, s, m] = t
            if site[f.MADE, s, m] < down * work[0, m] and site[f.LINE_DOWN, s, m] < f.ZERO:
                site[f.LINE_DOWN, s, m] = t


@inner
def _add_rows(total, table, ptr, rows):  # type: ignore[no-untyped-def]
    """Add rows of a table to the series that they belong to."""
    for r in range(total.shape[0]):
        for k in range(ptr[r], ptr[r + 1]):
            row = rows[k]
            for m in range(total.shape[1]):
                total[r, m] += table[row, m]


@inner
def _add_cover(total, site, rows):  # type: ignore[no-untyped-def]
    """Add the days of baseline output that selected sites could still make."""
    for r in range(total.shape[0]):
        s = rows[r]
        for m in range(total.shape[1]):
            total[r, m] += (site[f.LIMIT, s, m] - site[f.MADE, s, m]) / site[f.X0, s, m]


@inner
def _flush(total, out, step, share):  # type: ignore[no-untyped-def]
    """Write the means of a step and start the next."""
    for r in range(total.shape[0]):
        for m in range(total.shape[1]):
            out[r, step, m] = total[r, m] * share
            total[r, m] = f.ZERO


@inner
def _days_of_step(step_of_day, t):  # type: ignore[no-untyped-def]
    """Days in the step that ends on day `t`; 0 if none ends there."""
    step = step_of_day[t]
    if t + 1 < step_of_day.shape[0] and step_of_day[t + 1] == step:
        return 0
    days = 1
    while t - days >= 0 and step_of_day[t - days] == step:
        days += 1
    return days


@outer
def advance(  # type: ignore[no-untyped-def]
    par, site, slot, lane, licence, cap, credit, ring, box, made_total, work, active, flags,
    site_group_ptr, group_slot_ptr, supplier_lane_ptr, lane_slot, slot_lane_ptr, slot_lanes,
    lane_route, lane_kept, route_slot, route_lead, ring_ptr, box_row, box_step, box_days, box_now,
    way_lead, way_days, way_depth, way_back, ahead,
    essentiality, loss, slot_base,
    gate_of_day, gate, shared, sharers_ptr, sharers, sharers_supplier, sharing_ptr, sharing,
    unknown_open,
    lane_licence, lane_cap, credit_group, cap_of_day, cap_rate, cap_reset,
    shock_of_day, capacity_factor, demand_factor, lead_extra,
    step_of_day, site_ptr, site_rows, lane_ptr, lane_rows, cover_rows,
    site_sum, lane_sum, cover_sum, site_out, lane_out, cover_out,
    first, last,
):  # fmt: skip
    """Run the days ``[first, last)``; tables and series are written in place.

    The arguments are those of :class:`coercivity.engine.blocks.Block`, in its order.
    """
    for t in range(first, last):
        now, shock = gate_of_day[t], shock_of_day[t]
        gates, together = gate[now], shared[now]
        who = sharers[sharers_ptr[now] : sharers_ptr[now + 1]]
        whose = sharers_supplier[sharers_ptr[now] : sharers_ptr[now + 1]]
        sites = sharing[sharing_ptr[now] : sharing_ptr[now + 1]]
        factor_c, factor_d, extra = capacity_factor[shock], demand_factor[shock], lead_extra[shock]
        place_routes(
            box_row, box_step, box_days, box_now, way_lead, way_depth, way_back, ring_ptr, ahead, t
        )
        arrive(
            slot, ring, box, work, ring_ptr, box_row, box_step, box_now, route_slot, route_lead,
            way_back, t,
        )  # fmt: skip
        _request(par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, factor_d)
        _produce(
            par, site, slot, work, site_group_ptr, group_slot_ptr, essentiality, loss, factor_c
        )
        rate, reset = cap_rate[cap_of_day[t]], cap_reset[t]
        n = site.shape[2]
        open_room(n, par, licence, cap, credit, flags, credit_group, rate, reset, t)
        if who.shape[0] > 0:
            count = share_room(
                n, par, site, lane, licence, cap, flags, gates, unknown_open, lane_licence,
                lane_cap, who, whose, sites, active,
            )  # fmt: skip
        _ration(par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, together, gates)
        if who.shape[0] > 0:
            settle_room(
                n, par, site, lane, licence, cap, credit, gates, unknown_open, lane_licence,
                lane_cap, who, whose, sites, credit_group, active, count,
            )  # fmt: skip
        _depart(
            par, site, slot, lane, box, work, flags, supplier_lane_ptr, lane_slot, lane_route,
            lane_kept, together, gates, box_row, box_now, box_days, extra, t,
        )  # fmt: skip
        leave(slot, ring, box, ring_ptr, box_row, box_step, box_now, box_days, route_slot, ahead, t)
        _consume(site, slot, work, site_group_ptr, group_slot_ptr)
        learn_fill(
            par, site, slot, lane, work, flags, supplier_lane_ptr, lane_slot, slot_base, together,
            gates,
        )  # fmt: skip
        weigh_lanes(
            slot, lane, flags, slot_lane_ptr, slot_lanes, lane_route, route_lead, way_days, extra
        )
        place_orders(par, site, slot, work, flags, site_group_ptr, group_slot_ptr, t)
        _tally(par, site, work, made_total, factor_d, t)
        _add_rows(site_sum, site[f.MADE], site_ptr, site_rows)
        _add_rows(lane_sum, lane[f.SHIP], lane_ptr, lane_rows)
        _add_cover(cover_sum, site, cover_rows)
        days = _days_of_step(step_of_day, t)
        if days > 0:
            _flush(site_sum, site_out, step_of_day[t], 1.0 / days)
            _flush(lane_sum, lane_out, step_of_day[t], 1.0 / days)
            _flush(cover_sum, cover_out, step_of_day[t], 1.0 / days)
