"""The order of a day, compiled.

One call of :func:`advance` runs a block of members over a range of days.  Members are
independent, and every operation is elementwise in the member, in a fixed order: the results do
not depend on the block's size nor on the number of threads.  Numbers are vectors of members
(:mod:`.vector`); what happens to a site within a day stays in registers where it can.

Equations and notation: ``docs/explanation/engine.md``.  Tables: :mod:`.fields`.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import lean, outer, woven
from coercivity.engine.kernels.orders import learn_fill, restore, usable_output, weigh_lanes
from coercivity.engine.kernels.pipeline import arrive, delay, leave, place_routes
from coercivity.engine.kernels.room import open_room, settle_room, share_room
from coercivity.engine.kernels.vector import WIDTH, at, count, least, most, splat, where


@lean
def _make(  # type: ignore[no-untyped-def]
    par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, site_group_ptr,
    group_slot_ptr, essentiality, loss, capacity_factor, demand_factor,
):  # fmt: skip
    """Ask every site for what its customers ordered, and let it make what it can of that."""
    for s in range(site.shape[1]):
        for c in range(0, site.shape[2], WIDTH):
            m = at(c)
            asked = _ask(
                par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, demand_factor, s, m
            )
            _produce(
                par, site, slot, asked, site_group_ptr, group_slot_ptr, essentiality, loss,
                capacity_factor, s, m,
            )  # fmt: skip


@woven
def _ask(  # type: ignore[no-untyped-def]
    par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, demand_factor, s, m
):
    """Add up what a site is asked for.

    Only lanes marked in `lane_kept` store their request; the others work it out again when they
    ship.
    """
    keep = par[f.KEEP] > f.ZERO
    asked = site[f.FINAL_DEMAND, s, m]
    if demand_factor.shape[0] > 0:
        asked *= demand_factor[s, m]
    if keep:
        asked += site[f.FINAL_BACKLOG, s, m]
    site[f.FINAL, s, m] = asked
    for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
        request = slot[f.QUOTIENT, lane_slot[k], m] * lane[f.EFFECTIVE, k, m]
        if lane_kept[k] == 1:
            if keep:
                request += lane[f.BACKLOG, k, m]
            lane[f.REQUEST, k, m] = request
        asked += request
    site[f.ASKED, s, m] = asked
    return asked


@woven
def _produce(  # type: ignore[no-untyped-def]
    par, site, slot, asked, site_group_ptr, group_slot_ptr, essentiality, loss, capacity_factor,
    s, m,
):  # fmt: skip
    """Make the least of what is wanted, what capacity allows and what inputs allow."""
    finished = site[f.FINISHED, s, m]
    gap = site[f.FINISHED0, s, m] - finished
    wanted = asked + where(gap < f.ZERO, gap, gap * par[f.PER_FINISHED_TAU])
    capacity = site[f.CAPACITY, s, m] * par[f.OVERPRODUCTION]
    if capacity_factor.shape[0] > 0:
        capacity *= capacity_factor[s, m]
    limit = splat(site, f.NO_LIMIT)
    linear = False
    for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
        linear = linear or essentiality[g] == 1
        if essentiality[g] == 2:
            limit = least(limit, usable_output(slot, group_slot_ptr[g], group_slot_ptr[g + 1], m))
    site[f.LIMIT, s, m] = limit
    made = least(least(most(f.ZERO, wanted), capacity), limit)
    if linear:
        made *= _part_left(slot, made, site_group_ptr, group_slot_ptr, essentiality, loss, s, m)
    site[f.MADE, s, m] = made
    site[f.AVAILABLE, s, m] = finished + made


@woven
def _part_left(slot, made, site_group_ptr, group_slot_ptr, essentiality, loss, s, m):  # type: ignore[no-untyped-def]
    """Share of the output that is left by what is missing of the non-essential groups."""
    left = splat(slot, f.ONE)
    for g in range(site_group_ptr[s], site_group_ptr[s + 1]):
        if essentiality[g] == 1:
            usable = usable_output(slot, group_slot_ptr[g], group_slot_ptr[g + 1], m)
            left = where(usable < made, left - loss[g] * (f.ONE - usable / made), left)
    return most(f.ZERO, left)


@woven
def _ration(  # type: ignore[no-untyped-def]
    par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, shared, gates, plain, s, m
):
    """Find a site's delivery ratio over what its customers ask for and may take."""
    last = par[f.FINAL_LAST] > f.ZERO
    asked = site[f.ASKED, s, m]
    if not plain:  # otherwise it is right already
        asked = splat(site, f.ZERO) if last else site[f.FINAL, s, m]
        for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
            if shared[k] == 1:
                asked += lane[f.OFFER, k, m]
            elif gates[k] == f.OPEN and lane_kept[k] == 0:
                asked += slot[f.QUOTIENT, lane_slot[k], m] * lane[f.EFFECTIVE, k, m]
            elif gates[k] == f.OPEN:
                asked += lane[f.REQUEST, k, m]
        site[f.ASKED, s, m] = asked
    available = site[f.AVAILABLE, s, m]
    ratio = where(asked > available, available / asked, f.ONE)
    site[f.RATIO, s, m] = ratio
    return ratio


@lean
def _ration_sharers(  # type: ignore[no-untyped-def]
    par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, shared, gates, sites
):
    """Find the delivery ratios of the sites whose customers share room."""
    for q in range(sites.shape[0]):
        for c in range(0, site.shape[2], WIDTH):
            _ration(
                par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, shared, gates,
                False, sites[q], at(c),
            )  # fmt: skip


@lean
def _serve(  # type: ignore[no-untyped-def]
    par, site, slot, lane, box, flags, supplier_lane_ptr, lane_slot, lane_route, lane_kept,
    slot_base, shared, gates, box_row, box_now, box_days, lead_extra, made_total, demand_factor, t,
):  # fmt: skip
    """Let every site deliver, and its customers learn from it.

    The ratios of the sites whose customers share room are there already.
    """
    n = site.shape[2]
    keep, last = par[f.KEEP] > f.ZERO, par[f.FINAL_LAST] > f.ZERO
    for i in range(slot.shape[1] if keep else 0):
        for c in range(0, n, WIDTH):
            slot[f.BACKLOG_SUM, i, at(c)] = f.ZERO
    for s in range(site.shape[1]):
        all_open, alone = not last, True
        for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
            alone = alone and shared[k] == 0
            all_open = all_open and gates[k] == f.OPEN
            if shared[k] == 0:
                flags[4, k] = 0
        scarce = 0
        for c in range(0, n, WIDTH):
            m = at(c)
            ratio = site[f.RATIO, s, m]
            if alone:
                ratio = _ration(
                    par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, shared, gates,
                    all_open, s, m,
                )  # fmt: skip
            scarce += count(ratio < f.ONE)
            sent = _depart(
                par, site, slot, lane, box, flags, supplier_lane_ptr, lane_slot, lane_route,
                lane_kept, shared, gates, box_row, box_now, box_days, lead_extra, ratio, s, m, t,
            )  # fmt: skip
            _settle(par, site, sent, ratio, s, alone and not last, last, keep, m)
            _tally(par, site, made_total, demand_factor, s, m, t)
        learn_fill(
            par, site, slot, lane, flags, supplier_lane_ptr, lane_slot, slot_base, shared, gates,
            scarce, s,
        )  # fmt: skip


@woven
def _depart(  # type: ignore[no-untyped-def]
    par, site, slot, lane, box, flags, supplier_lane_ptr, lane_slot, lane_route,
    lane_kept, shared, gates, box_row, box_now, box_days, lead_extra, ratio, s, m, t,
):  # fmt: skip
    """Send a site's shipments; return how much leaves."""
    keep = par[f.KEEP] > f.ZERO
    sent = splat(site, f.ZERO)
    for k in range(supplier_lane_ptr[s], supplier_lane_ptr[s + 1]):
        gate, i, r = gates[k], lane_slot[k], lane_route[k]
        if flags[4, k] == 1 and not keep:
            continue
        ship = splat(site, f.ZERO)
        if shared[k] == 1:
            ship = lane[f.SHIP, k, m]
        elif gate == f.OPEN and lane_kept[k] == 0:
            ship = slot[f.QUOTIENT, i, m] * lane[f.EFFECTIVE, k, m] * ratio
        elif gate == f.OPEN:
            ship = lane[f.REQUEST, k, m] * ratio
        if shared[k] == 0 and lane_kept[k] == 1:
            lane[f.SHIP, k, m] = ship
        if keep:
            _keep_backlog(par, slot, lane, ship, i, k, shared[k], gate, m)
        if gate == f.CLOSED:
            continue
        sent += ship
        if lead_extra.shape[0] > 0 and lead_extra[k] > 0:
            delay(slot, box, ship, i, box_row[r] + (t + lead_extra[k]) % box_days[r], m)
        else:
            box[box_now[r], m] += ship
    return sent


@woven
def _settle(par, site, sent, ratio, s, plain, last, keep, m):  # type: ignore[no-untyped-def]
    """Serve final demand; what is left stays as finished goods.

    Without shared room everybody receives one share of what was asked.
    """
    available, final = site[f.AVAILABLE, s, m], site[f.FINAL, s, m]
    sold = least(final, most(f.ZERO, available - sent)) if last else final * ratio
    rest = available - site[f.ASKED, s, m] * ratio if plain else available - sent - sold
    site[f.SOLD, s, m] = sold
    site[f.FINISHED, s, m] = most(f.ZERO, rest)
    if keep:
        unmet = final - sold
        site[f.FINAL_BACKLOG, s, m] = where(unmet > par[f.DUST] * final, unmet, f.ZERO)


@woven
def _keep_backlog(par, slot, lane, ship, i, k, shared, gate, m):  # type: ignore[no-untyped-def]
    """Keep on the book what scarcity refused; what the gate refused is dropped.

    Lanes that share room hold their first offer in ``BACKLOG`` at this point.
    """
    admitted = splat(slot, f.ZERO)
    if shared == 1:
        admitted = lane[f.BACKLOG, k, m]
    elif gate == f.OPEN:
        admitted = lane[f.REQUEST, k, m]
    rest = admitted - ship
    rest = where(rest > par[f.DUST] * admitted, rest, f.ZERO)
    lane[f.BACKLOG, k, m] = rest
    slot[f.BACKLOG_SUM, i, m] += rest


@woven
def _tally(par, site, made_total, demand_factor, s, m, t):  # type: ignore[no-untyped-def]
    """Add up a site's output and note the first days of a cut and of a line-down.

    A site whose final demand is below its baseline on the day, as between seasons, is measured
    against what is asked of it, so that nothing wanted is not a stop.
    """
    today = np.float32(t)
    made, usual = site[f.MADE, s, m], site[f.X0, s, m]
    made_total[s, m] += made
    if demand_factor.shape[0] > 0:
        less = f.ONE - demand_factor[s, m]
        lower = most(f.ZERO, usual - site[f.FINAL_DEMAND, s, m] * less)
        usual = where(less > f.ZERO, lower, usual)
    is_cut = made < par[f.CUT_BELOW] * usual
    if count(is_cut) > 0:
        day = site[f.FIRST_CUT, s, m]
        site[f.FIRST_CUT, s, m] = where(is_cut & (day < f.ZERO), today, day)
        day, is_down = site[f.LINE_DOWN, s, m], made < par[f.LINE_DOWN_BELOW] * usual
        site[f.LINE_DOWN, s, m] = where(is_down & (day < f.ZERO), today, day)


@lean
def _add_rows(total, table, ptr, rows):  # type: ignore[no-untyped-def]
    """Add rows of a table to the series that they belong to."""
    for r in range(total.shape[0]):
        for c in range(0, total.shape[1], WIDTH):
            m = at(c)
            added = total[r, m]
            for k in range(ptr[r], ptr[r + 1]):
                added += table[rows[k], m]
            total[r, m] = added


@lean
def _add_cover(total, site, rows):  # type: ignore[no-untyped-def]
    """Add the days of baseline output that selected sites could still make."""
    for r in range(total.shape[0]):
        s = rows[r]
        for c in range(0, total.shape[1], WIDTH):
            m = at(c)
            total[r, m] += (site[f.LIMIT, s, m] - site[f.MADE, s, m]) / site[f.X0, s, m]


@lean
def _flush(total, out, step, share):  # type: ignore[no-untyped-def]
    """Write the means of a step and start the next."""
    for r in range(total.shape[0]):
        for c in range(0, total.shape[1], WIDTH):
            m = at(c)
            out[r, step, m] = total[r, m] * share
            total[r, m] = f.ZERO


@lean
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
    par, site, slot, lane, licence, cap, credit, ring, box, made_total, active, flags,
    site_group_ptr, group_slot_ptr, supplier_lane_ptr, lane_slot, slot_lane_ptr, slot_lanes,
    lane_route, lane_kept, slot_route_ptr, route_lead, ring_ptr, box_row, box_step, box_days,
    box_now, way_lead, way_days, way_depth, way_width, way_back, ahead,
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
            box_row, box_step, box_days, box_now, way_lead, way_depth, way_width, way_back,
            ring_ptr, ahead, t,
        )  # fmt: skip
        arrive(
            slot, ring, box, ring_ptr, box_row, box_step, box_now, slot_route_ptr, route_lead,
            way_back, t,
        )  # fmt: skip
        _make(
            par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, site_group_ptr,
            group_slot_ptr, essentiality, loss, factor_c, factor_d,
        )  # fmt: skip
        rate, reset = cap_rate[cap_of_day[t]], cap_reset[t]
        n = site.shape[2]
        open_room(n, par, licence, cap, credit, flags, credit_group, rate, reset, t)
        if who.shape[0] > 0:
            n_active = share_room(
                n, par, site, lane, licence, cap, flags, gates, unknown_open, lane_licence,
                lane_cap, who, whose, sites, active,
            )  # fmt: skip
            _ration_sharers(
                par, site, slot, lane, supplier_lane_ptr, lane_slot, lane_kept, together, gates,
                sites,
            )  # fmt: skip
            settle_room(
                n, par, site, lane, licence, cap, credit, gates, unknown_open, lane_licence,
                lane_cap, who, whose, sites, credit_group, active, n_active,
            )  # fmt: skip
        _serve(
            par, site, slot, lane, box, flags, supplier_lane_ptr, lane_slot, lane_route,
            lane_kept, slot_base, together, gates, box_row, box_now, box_days, extra, made_total,
            factor_d, t,
        )  # fmt: skip
        leave(
            slot, ring, box, ring_ptr, box_row, box_step, box_now, box_days, slot_route_ptr, ahead,
            t,
        )  # fmt: skip
        weigh_lanes(
            slot, lane, flags, slot_lane_ptr, slot_lanes, lane_route, route_lead, way_days, extra
        )
        restore(par, site, slot, flags, site_group_ptr, group_slot_ptr, t)
        _add_rows(site_sum, site[f.MADE], site_ptr, site_rows)
        _add_rows(lane_sum, lane[f.SHIP], lane_ptr, lane_rows)
        _add_cover(cover_sum, site, cover_rows)
        days = _days_of_step(step_of_day, t)
        if days > 0:
            _flush(site_sum, site_out, step_of_day[t], 1.0 / days)
            _flush(lane_sum, lane_out, step_of_day[t], 1.0 / days)
            _flush(cover_sum, cover_out, step_of_day[t], 1.0 / days)
