"""Licence room and caps: sharing what may depart, and settling what did.

Only lanes that share room on the day come here.  In each round every such lane is *offered* its
part of the room, in proportion to what it still asks for; the supplier then delivers against the
offers.  What a scarce supplier could not use of its offer goes to the others in the next round.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels.compile import lean, woven
from coercivity.engine.kernels.vector import WIDTH, at, count, least, most, where


@lean
def open_room(n, par, licence, cap, credit, flags, credit_group, rate, reset, t):  # type: ignore[no-untyped-def]
    """Credit and lapse licences, and open the day's caps.

    The fourth row of `flags` marks the licence groups that have room in some member.
    """
    today = np.float32(t)
    for g in range(licence.shape[1]):
        flags[3, g] = 0
        for c in range(0, n, WIDTH):
            m = at(c)
            licence[f.ROOM, g, m] = f.ZERO
            licence[f.DRAWN, g, m] = f.ZERO
    for q in range(credit.shape[1]):
        g = credit_group[q]
        for c in range(0, n, WIDTH):
            m = at(c)
            begins = credit[f.DAY, q, m] == today
            held = where(begins, credit[f.AMOUNT, q, m], credit[f.BALANCE, q, m])
            ends = credit[f.EXPIRY, q, m] <= today
            licence[f.LAPSED, g, m] += where(ends, held, f.ZERO)
            held = where(ends, f.ZERO, held)
            credit[f.BALANCE, q, m] = held
            licence[f.ROOM, g, m] += held
            if count(held > f.ZERO) > 0:
                flags[3, g] = 1
    carry = par[f.CARRY] > f.ZERO and reset == 0
    for k in range(cap.shape[1]):
        for c in range(0, n, WIDTH):
            m = at(c)
            room = rate[k, m]
            if carry:
                kept = cap[f.ROOM, k, m]
                room += where(kept < f.NO_LIMIT, kept, f.ZERO)
            cap[f.ROOM, k, m] = room


@lean
def share_room(  # type: ignore[no-untyped-def]
    n, par, site, lane, licence, cap, flags, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier, sites, active,
):  # fmt: skip
    """Make the first offers of the day; return how many lanes have any.

    `sharers` are the lanes that share room, `supplier` their suppliers, `sites` each supplier
    once.  Positions of the sharers that may receive an offer are written into `active`; the
    fifth row of `flags` marks the others.
    """
    n_active = 0
    for q in range(sharers.shape[0]):
        k = sharers[q]
        gate, g = gates[k], lane_licence[k]
        idle = gate == f.CLOSED or (gate == f.LICENCE_ONLY and (g < 0 or flags[3, g] == 0))
        if not idle:
            active[n_active] = q
            n_active += 1
        if not idle or flags[4, k] == 0:
            for c in range(0, n, WIDTH):
                m = at(c)
                lane[f.SHIP, k, m] = f.ZERO
                lane[f.OFFER, k, m] = f.ZERO
        flags[4, k] = 1 if idle else 0
    for q in range(sites.shape[0]):
        for c in range(0, n, WIDTH):
            site[f.LEFT, sites[q], at(c)] = f.ONE
    _offer(
        n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
        supplier, active, n_active,
    )  # fmt: skip
    if par[f.KEEP] > f.ZERO:
        for q in range(sharers.shape[0]):
            k = sharers[q]
            for c in range(0, n, WIDTH):
                m = at(c)
                lane[f.BACKLOG, k, m] = lane[f.OFFER, k, m]
    return n_active


@woven
def _offer(  # type: ignore[no-untyped-def]
    n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers, supplier,
    active, n_active,
):  # fmt: skip
    """Offer each lane its part of licence room, then of cap room; say whether any asks for more.

    A lane whose supplier has nothing left asks for no room.
    """
    asking = 0
    _clear(n, licence)
    _clear(n, cap)
    for a in range(n_active):
        q = active[a]
        k, s = sharers[q], supplier[q]
        gate, g = gates[k], lane_licence[k]
        for c in range(0, n, WIDTH):
            m = at(c)
            rest = most(f.ZERO, lane[f.REQUEST, k, m] - lane[f.SHIP, k, m])
            rest = where(site[f.LEFT, s, m] > f.ZERO, rest, f.ZERO)
            asking += count(rest > f.ZERO)
            if gate == f.LICENCE_ONLY:
                licence[f.POOL_ASKED, g, m] += rest
            elif gate == f.UNKNOWN and g < 0:
                rest *= unknown_open[m]
            elif gate == f.UNKNOWN:
                licence[f.POOL_ASKED, g, m] += rest * (f.ONE - unknown_open[m])
            lane[f.OFFER, k, m] = rest
    _allow(n, licence)
    for a in range(n_active):
        k = sharers[active[a]]
        gate, g, pool = gates[k], lane_licence[k], lane_cap[k]
        licensed = g >= 0 and (gate == f.LICENCE_ONLY or gate == f.UNKNOWN)
        for c in range(0, n if licensed or pool >= 0 else 0, WIDTH):
            m = at(c)
            offer = lane[f.OFFER, k, m]
            if licensed:
                part = licence[f.POOL_ASKED, g, m]
                if gate == f.UNKNOWN:
                    part = where(unknown_open[m] > f.ZERO, f.ONE, part)
                offer *= part
                lane[f.OFFER, k, m] = offer
            if pool >= 0:
                cap[f.POOL_ASKED, pool, m] += offer
    if cap.shape[1] > 0:
        _allow(n, cap)
        for a in range(n_active):
            k = sharers[active[a]]
            pool = lane_cap[k]
            for c in range(0, n if pool >= 0 else 0, WIDTH):
                m = at(c)
                lane[f.OFFER, k, m] *= cap[f.POOL_ASKED, pool, m]
    return asking > 0


@woven
def _clear(n, pool):  # type: ignore[no-untyped-def]
    """Nothing is asked of any pool yet."""
    for g in range(pool.shape[1]):
        for c in range(0, n, WIDTH):
            pool[f.POOL_ASKED, g, at(c)] = f.ZERO


@woven
def _allow(n, pool):  # type: ignore[no-untyped-def]
    """Replace what was asked of each pool by the share of it that its room allows."""
    for g in range(pool.shape[1]):
        for c in range(0, n, WIDTH):
            m = at(c)
            room, asked = pool[f.ROOM, g, m], pool[f.POOL_ASKED, g, m]
            share = where(asked > room, room / asked, f.ONE)
            pool[f.POOL_ASKED, g, m] = where(room > f.ZERO, share, f.ZERO)


@lean
def settle_room(  # type: ignore[no-untyped-def]
    n, par, site, lane, licence, cap, credit, gates, unknown_open, lane_licence, lane_cap, sharers,
    supplier, sites, credit_group, active, n_active,
):  # fmt: skip
    """Deliver against the offers, offer what is left again, and draw the licences down."""
    for q in range(sites.shape[0]):
        s = sites[q]
        for c in range(0, n, WIDTH):
            m = at(c)
            rest = site[f.AVAILABLE, s, m] - site[f.ASKED, s, m]
            site[f.LEFT, s, m] = most(f.ZERO, rest)
            site[f.EXTRA, s, m] = site[f.RATIO, s, m]
    _deliver(
        n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
        supplier, active, n_active,
    )  # fmt: skip
    for _ in range(1, int(par[f.ROUNDS])):
        more = _offer(
            n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
            supplier, active, n_active,
        )  # fmt: skip
        if not more:
            for q in range(sites.shape[0]):
                for c in range(0, n, WIDTH):
                    site[f.EXTRA, sites[q], at(c)] = f.ONE
            break
        _deliver_rest(n, site, lane, sharers, supplier, sites, active, n_active)
        _deliver(
            n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers,
            supplier, active, n_active,
        )  # fmt: skip
    for q in range(credit.shape[1]):
        g = credit_group[q]
        for c in range(0, n, WIDTH):
            m = at(c)
            draw = least(credit[f.BALANCE, q, m], licence[f.DRAWN, g, m])
            credit[f.BALANCE, q, m] -= draw
            licence[f.DRAWN, g, m] -= draw
            licence[f.DRAWN_TOTAL, g, m] += draw


@woven
def _deliver_rest(n, site, lane, sharers, supplier, sites, active, n_active):  # type: ignore[no-untyped-def]
    """Find the delivery ratio of a further round in ``EXTRA``."""
    for q in range(sites.shape[0]):
        for c in range(0, n, WIDTH):
            site[f.EXTRA, sites[q], at(c)] = f.ZERO
    for a in range(n_active):
        k, s = sharers[active[a]], supplier[active[a]]
        for c in range(0, n, WIDTH):
            m = at(c)
            site[f.EXTRA, s, m] += lane[f.OFFER, k, m]
    for q in range(sites.shape[0]):
        s = sites[q]
        for c in range(0, n, WIDTH):
            m = at(c)
            asked, have = site[f.EXTRA, s, m], site[f.LEFT, s, m]
            site[f.EXTRA, s, m] = where(asked > have, have / asked, f.ONE)
            site[f.LEFT, s, m] = most(f.ZERO, have - asked)


@woven
def _deliver(  # type: ignore[no-untyped-def]
    n, site, lane, licence, cap, gates, unknown_open, lane_licence, lane_cap, sharers, supplier,
    active, n_active,
):  # fmt: skip
    """Add a round's deliveries to the shipments and take them out of the room.

    The round's delivery ratio is in ``EXTRA``.
    """
    for a in range(n_active):
        k, s = sharers[active[a]], supplier[active[a]]
        gate, g, pool = gates[k], lane_licence[k], lane_cap[k]
        for c in range(0, n, WIDTH):
            m = at(c)
            sent = lane[f.OFFER, k, m] * site[f.EXTRA, s, m]
            lane[f.OFFER, k, m] = sent
            lane[f.SHIP, k, m] += sent
            if pool >= 0:
                cap[f.ROOM, pool, m] = most(f.ZERO, cap[f.ROOM, pool, m] - sent)
            if g >= 0 and gate == f.UNKNOWN:
                sent *= f.ONE - unknown_open[m]
            if g >= 0 and (gate == f.LICENCE_ONLY or gate == f.UNKNOWN):
                licence[f.DRAWN, g, m] += sent
                licence[f.ROOM, g, m] = most(f.ZERO, licence[f.ROOM, g, m] - sent)
