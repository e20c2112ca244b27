"""Licence room and caps: sharing what may depart, and settling what did.

Only lanes that share room on the day come here.  In each round every such lane is *offered* its
part of the room, in proportion to what it still asks for; the supplier then delivers against the
offers.  What a scarce supplier could not use of its offer goes to the others in the next round.
"""

from __future__ import annotations

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner


@inner
def open_room(par, licence, cap, credit, credit_group, rate, reset, t):  # type: ignore[no-untyped-def]
    """Credit and lapse licences, and open the day's caps."""
    n = licence.shape[2]
    for g in range(licence.shape[1]):
        for m in range(n):
            licence[f.ROOM, g, m] = 0.0
            licence[f.DRAWN, g, m] = 0.0
    for c in range(credit.shape[1]):
        g = credit_group[c]
        for m in range(n):
            if credit[f.DAY, c, m] == t:
                credit[f.BALANCE, c, m] = credit[f.AMOUNT, c, m]
            if credit[f.EXPIRY, c, m] <= t:
                licence[f.LAPSED, g, m] += credit[f.BALANCE, c, m]
                credit[f.BALANCE, c, m] = 0.0
            licence[f.ROOM, g, m] += credit[f.BALANCE, c, m]
    for k in range(cap.shape[1]):
        for m in range(n):
            kept = cap[f.ROOM, k, m] if par[f.CARRY] > 0.0 and reset == 0 else 0.0
            kept = kept if kept < f.NO_LIMIT else 0.0
            cap[f.ROOM, k, m] = rate[k, m] + kept


@inner
def share_room(  # type: ignore[no-untyped-def]
    par, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier,
):  # fmt: skip
    """Make the first offers of the day."""
    n = lane.shape[2]
    for q in range(sharers.shape[0]):
        k = sharers[q]
        for m in range(n):
            lane[f.SHIP, k, m] = 0.0
    for s in range(site.shape[1]):
        for m in range(n):
            site[f.LEFT, s, m] = 1.0
    _offer(
        site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
        supplier,
    )  # fmt: skip
    if par[f.KEEP] > 0.0:
        for q in range(sharers.shape[0]):
            k = sharers[q]
            for m in range(n):
                lane[f.BACKLOG, k, m] = lane[f.OFFER, k, m]


@inner
def _offer(  # type: ignore[no-untyped-def]
    site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier,
):  # fmt: skip
    """Offer each lane its part of licence room, then of cap room.

    A lane whose supplier has nothing left asks for no room.
    """
    n = lane.shape[2]
    _clear(licence, f.POOL_ASKED)
    _clear(cap, f.POOL_ASKED)
    for q in range(sharers.shape[0]):
        k = sharers[q]
        gate, g, s = gates[k], lane_licence[k], supplier[q]
        if gate == f.CLOSED or (gate == f.LICENCE_ONLY and g < 0):
            for m in range(n):
                lane[f.OFFER, k, m] = 0.0
            continue
        for m in range(n):
            rest = max(0.0, lane[f.REQUEST, k, m] - lane[f.SHIP, k, m])
            lane[f.OFFER, k, m] = rest if site[f.LEFT, s, m] > 0.0 else 0.0
        if gate == f.LICENCE_ONLY:
            for m in range(n):
                licence[f.POOL_ASKED, g, m] += lane[f.OFFER, k, m]
        elif gate == f.UNKNOWN and g < 0:
            for m in range(n):
                lane[f.OFFER, k, m] *= unknown_open[m]
        elif gate == f.UNKNOWN:
            for m in range(n):
                licence[f.POOL_ASKED, g, m] += lane[f.OFFER, k, m] * (1.0 - unknown_open[m])
    _allow(licence)
    for q in range(sharers.shape[0]):
        k = sharers[q]
        gate, g = gates[k], lane_licence[k]
        if g >= 0 and gate == f.LICENCE_ONLY:
            for m in range(n):
                lane[f.OFFER, k, m] *= licence[f.POOL_ASKED, g, m]
        elif g >= 0 and gate == f.UNKNOWN:
            for m in range(n):
                lane[f.OFFER, k, m] *= 1.0 if unknown_open[m] > 0.0 else licence[f.POOL_ASKED, g, m]
        c = lane_cap[k]
        if c >= 0:
            for m in range(n):
                cap[f.POOL_ASKED, c, m] += lane[f.OFFER, k, m]
    _allow(cap)
    for q in range(sharers.shape[0]):
        k = sharers[q]
        c = lane_cap[k]
        if c >= 0:
            for m in range(n):
                lane[f.OFFER, k, m] *= cap[f.POOL_ASKED, c, m]


@inner
def _clear(table, field):  # type: ignore[no-untyped-def]
    """Set a field of all rows to zero."""
    for row in range(table.shape[1]):
        for m in range(table.shape[2]):
            table[field, row, m] = 0.0


@inner
def _allow(pool):  # type: ignore[no-untyped-def]
    """Replace what was asked of each pool by the share of it that its room allows."""
    for g in range(pool.shape[1]):
        for m in range(pool.shape[2]):
            room, asked = pool[f.ROOM, g, m], pool[f.POOL_ASKED, g, m]
            share = room / asked if asked > room else 1.0
            pool[f.POOL_ASKED, g, m] = share if room > 0.0 else 0.0


@inner
def settle_room(  # type: ignore[no-untyped-def]
    par, site, lane, licence, cap, credit, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier, credit_group,
):  # fmt: skip
    """Deliver against the offers, offer what is left again, and draw the licences down."""
    n = lane.shape[2]
    for s in range(site.shape[1]):
        for m in range(n):
            site[f.LEFT, s, m] = max(0.0, site[f.AVAILABLE, s, m] - site[f.ASKED, s, m])
    _deliver(
        site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
        supplier, f.RATIO,
    )  # fmt: skip
    for _ in range(1, int(par[f.ROUNDS])):
        _offer(
            site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
            supplier,
        )  # fmt: skip
        _clear(site, f.EXTRA)
        for q in range(sharers.shape[0]):
            k, s = sharers[q], supplier[q]
            for m in range(n):
                site[f.EXTRA, s, m] += lane[f.OFFER, k, m]
        for s in range(site.shape[1]):
            for m in range(n):
                asked, have = site[f.EXTRA, s, m], site[f.LEFT, s, m]
                site[f.EXTRA, s, m] = have / asked if asked > have else 1.0
                site[f.LEFT, s, m] = max(0.0, have - asked)
        _deliver(
            site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
            supplier, f.EXTRA,
        )  # fmt: skip
    for c in range(credit.shape[1]):
        g = credit_group[c]
        for m in range(n):
            draw = min(credit[f.BALANCE, c, m], licence[f.DRAWN, g, m])
            credit[f.BALANCE, c, m] -= draw
            licence[f.DRAWN, g, m] -= draw
            licence[f.DRAWN_TOTAL, g, m] += draw


@inner
def _deliver(  # type: ignore[no-untyped-def]
    site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier, ratio,
):  # fmt: skip
    """Add a round's deliveries to the shipments and take them out of the room.

    `ratio` is the site field that holds the round's delivery ratio.
    """
    n = lane.shape[2]
    for q in range(sharers.shape[0]):
        k = sharers[q]
        gate, g = gates[k], lane_licence[k]
        s, c = supplier[q], lane_cap[k]
        for m in range(n):
            lane[f.OFFER, k, m] *= site[ratio, s, m]
        for m in range(n):
            lane[f.SHIP, k, m] += lane[f.OFFER, k, m]
        if c >= 0:
            for m in range(n):
                cap[f.ROOM, c, m] = max(0.0, cap[f.ROOM, c, m] - lane[f.OFFER, k, m])
        if g >= 0 and (gate == f.LICENCE_ONLY or gate == f.UNKNOWN):
            for m in range(n):
                under = 1.0 if gate == f.LICENCE_ONLY else 1.0 - unknown_open[m]
                licence[f.DRAWN, g, m] += lane[f.OFFER, k, m] * under
                licence[f.ROOM, g, m] = max(
                    0.0, licence[f.ROOM, g, m] - lane[f.OFFER, k, m] * under
                )
