"""Licence room and caps: sharing what may depart, and settling what did.

Only lanes that share room on the day come here.  In each round every such lane is *offered* its
part of the room, in proportion to what it still asks for; the supplier then delivers against the
offers.  What a scarce supplier could not use of its offer goes to the others in the next round.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import inner


@inner
def open_room(n, par, licence, cap, credit, flags, credit_group, rate, reset, t):  # type: ignore[no-untyped-def]
    """Credit and lapse licences, and open the day's caps.

    The fourth row of `flags` marks the licence groups that have room in some member.
    """
    today = np.float32(t)
    for g in range(licence.shape[1]):
        flags[3, g] = 0
        for m in range(n):
            licence[f.ROOM, g, m] = f.ZERO
            licence[f.DRAWN, g, m] = f.ZERO
    for c in range(credit.shape[1]):
        g = credit_group[c]
        for m in range(n):
            # Both are read before either is chosen, so that the loop has no branch.
            full, held = credit[f.AMOUNT, c, m], credit[f.BALANCE, c, m]
            begins, ends = credit[f.DAY, c, m] == today, credit[f.EXPIRY, c, m] <= today
            held = full if begins else held
            licence[f.LAPSED, g, m] += held if ends else f.ZERO
            credit[f.BALANCE, c, m] = f.ZERO if ends else held
        holders = 0
        for m in range(n):
            licence[f.ROOM, g, m] += credit[f.BALANCE, c, m]
            holders += 1 if credit[f.BALANCE, c, m] > f.ZERO else 0
        if holders > 0:
            flags[3, g] = 1
    for k in range(cap.shape[1]):
        for m in range(n):
            kept = cap[f.ROOM, k, m] if par[f.CARRY] > f.ZERO and reset == 0 else f.ZERO
            kept = kept if kept < f.NO_LIMIT else f.ZERO
            cap[f.ROOM, k, m] = rate[k, m] + kept


@inner
def share_room(  # type: ignore[no-untyped-def]
    n, par, site, lane, licence, cap, flags, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier, sites, active,
):  # fmt: skip
    """Make the first offers of the day; return how many lanes have any.

    `sharers` are the lanes that share room, `supplier` their suppliers, `sites` each supplier
    once.  Positions of the sharers that may receive an offer are written into `active`; the
    fifth row of `flags` marks the others.
    """
    count = 0
    for q in range(sharers.shape[0]):
        k = sharers[q]
        gate, g = gates[k], lane_licence[k]
        idle = gate == f.CLOSED or (gate == f.LICENCE_ONLY and (g < 0 or flags[3, g] == 0))
        if not idle:
            active[count] = q
            count += 1
        if not idle or flags[4, k] == 0:
            for m in range(n):
                lane[f.SHIP, k, m] = f.ZERO
                lane[f.OFFER, k, m] = f.ZERO
        flags[4, k] = 1 if idle else 0
    for q in range(sites.shape[0]):
        s = sites[q]
        for m in range(n):
            site[f.LEFT, s, m] = f.ONE
    _offer(
        n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
        supplier, active, count,
    )  # fmt: skip
    if par[f.KEEP] > f.ZERO:
        for q in range(sharers.shape[0]):
            k = sharers[q]
            for m in range(n):
                lane[f.BACKLOG, k, m] = lane[f.OFFER, k, m]
    return count


@inner
def _offer(  # type: ignore[no-untyped-def]
    n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers, supplier,
    active, count,
):  # fmt: skip
    """Offer each lane its part of licence room, then of cap room; say whether any asks for more.

    A lane whose supplier has nothing left asks for no room.
    """
    asking = 0
    _clear(n, licence)
    _clear(n, cap)
    for a in range(count):
        q = active[a]
        k, s = sharers[q], supplier[q]
        gate, g = gates[k], lane_licence[k]
        for m in range(n):
            rest = max(f.ZERO, lane[f.REQUEST, k, m] - lane[f.SHIP, k, m])
            rest = rest if site[f.LEFT, s, m] > f.ZERO else f.ZERO
            lane[f.OFFER, k, m] = rest
            asking += 1 if rest > f.ZERO else 0
        if gate == f.LICENCE_ONLY:
            for m in range(n):
                licence[f.POOL_ASKED, g, m] += lane[f.OFFER, k, m]
        elif gate == f.UNKNOWN and g < 0:
            for m in range(n):
                lane[f.OFFER, k, m] *= unknown_open[m]
        elif gate == f.UNKNOWN:
            for m in range(n):
                licence[f.POOL_ASKED, g, m] += lane[f.OFFER, k, m] * (f.ONE - unknown_open[m])
    _allow(n, licence)
    for a in range(count):
        k = sharers[active[a]]
        gate, g, c = gates[k], lane_licence[k], lane_cap[k]
        if g >= 0 and gate == f.LICENCE_ONLY:
            for m in range(n):
                lane[f.OFFER, k, m] *= licence[f.POOL_ASKED, g, m]
        elif g >= 0 and gate == f.UNKNOWN:
            for m in range(n):
                part = licence[f.POOL_ASKED, g, m]
                lane[f.OFFER, k, m] *= f.ONE if unknown_open[m] > f.ZERO else part
        if c >= 0:
            for m in range(n):
                cap[f.POOL_ASKED, c, m] += lane[f.OFFER, k, m]
    if cap.shape[1] > 0:
        _allow(n, cap)
        for a in range(count):
            k = sharers[active[a]]
            c = lane_cap[k]
            if c >= 0:
                for m in range(n):
                    lane[f.OFFER, k, m] *= cap[f.POOL_ASKED, c, m]
    return asking > 0


@inner
def _clear(n, pool):  # type: ignore[no-untyped-def]
    """Nothing is asked of any pool yet."""
    for g in range(pool.shape[1]):
        for m in range(n):
            pool[f.POOL_ASKED, g, m] = f.ZERO


@inner
def _allow(n, pool):  # type: ignore[no-untyped-def]
    """Replace what was asked of each pool by the share of it that its room allows."""
    for g in range(pool.shape[1]):
        for m in range(n):
            room, asked = pool[f.ROOM, g, m], pool[f.POOL_ASKED, g, m]
            share = room / asked if asked > room else f.ONE
            pool[f.POOL_ASKED, g, m] = share if room > f.ZERO else f.ZERO


@inner
def settle_room(  # type: ignore[no-untyped-def]
    n, par, site, lane, licence, cap, credit, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier, sites, credit_group, active, count,
):  # fmt: skip
    """Deliver against the offers, offer what is left again, and draw the licences down."""
    for q in range(sites.shape[0]):
        s = sites[q]
        for m in range(n):
            site[f.LEFT, s, m] = max(f.ZERO, site[f.AVAILABLE, s, m] - site[f.ASKED, s, m])
            site[f.EXTRA, s, m] = site[f.RATIO, s, m]
    _deliver(
        n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
        supplier, active, count,
    )  # fmt: skip
    for _ in range(1, int(par[f.ROUNDS])):
        more = _offer(
            n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
            supplier, active, count,
        )  # fmt: skip
        if not more:
            for q in range(sites.shape[0]):
                for m in range(n):
                    site[f.EXTRA, sites[q], m] = f.ONE
            break
        _deliver_rest(n, site, lane, sharers, supplier, sites, active, count)
        _deliver(
            n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
            supplier, active, count,
        )  # fmt: skip
    for c in range(credit.shape[1]):
        g = credit_group[c]
        for m in range(n):
            draw = min(credit[f.BALANCE, c, m], licence[f.DRAWN, g, m])
            credit[f.BALANCE, c, m] -= draw
            licence[f.DRAWN, g, m] -= draw
            licence[f.DRAWN_TOTAL, g, m] += draw


@inner
def _deliver_rest(n, site, lane, sharers, supplier, sites, active, count):  # type: ignore[no-untyped-def]
    """Find the delivery ratio of a further round in ``EXTRA``."""
    for q in range(sites.shape[0]):
        s = sites[q]
        for m in range(n):
            site[f.EXTRA, s, m] = f.ZERO
    for a in range(count):
        k, s = sharers[active[a]], supplier[active[a]]
        for m in range(n):
            site[f.EXTRA, s, m] += lane[f.OFFER, k, m]
    for q in range(sites.shape[0]):
        s = sites[q]
        for m in range(n):
            asked, have = site[f.EXTRA, s, m], site[f.LEFT, s, m]
            site[f.EXTRA, s, m] = have / asked if asked > have else f.ONE
            site[f.LEFT, s, m] = max(f.ZERO, have - asked)


@inner
def _deliver(  # type: ignore[no-untyped-def]
    n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers, supplier,
    active, count,
):  # fmt: skip
    """Add a round's deliveries to the shipments and take them out of the room.

    The round's delivery ratio is in ``EXTRA``.
    """
    for a in range(count):
        k, s = sharers[active[a]], supplier[active[a]]
        gate, g, c = gates[k], lane_licence[k], lane_cap[k]
        for m in range(n):
            sent = lane[f.OFFER, k, m] * site[f.EXTRA, s, m]
            lane[f.OFFER, k, m] = sent
            lane[f.SHIP, k, m] += sent
        if c >= 0:
            for m in range(n):
                cap[f.ROOM, c, m] = max(f.ZERO, cap[f.ROOM, c, m] - lane[f.OFFER, k, m])
        if g >= 0 and gate == f.LICENCE_ONLY:
            for m in range(n):
                sent = lane[f.OFFER, k, m]
                licence[f.DRAWN, g, m] += sent
                licence[f.ROOM, g, m] = max(f.ZERO, licence[f.ROOM, g, m] - sent)
        elif g >= 0 and gate == f.UNKNOWN:
            for m in range(n):
                sent = lane[f.OFFER, k, m] * (f.ONE - unknown_open[m])
                licence[f.DRAWN, g, m] += sent
                licence[f.ROOM, g, m] = max(f.ZERO, licence[f.ROOM, g, m] - sent)
