"""Gates and licences of a very large network: the few lanes that have them, and their suppliers.

A gated lane has a row of its own in the tables of suppliers, behind those of the sites, so that the
pass over slots needs no test of gates: what is ordered over the lane is the demand of that row, and
what departs is its share.  The rules are those of :mod:`.room`.  Licences are found before the pass
over sites (`open_gates`), the first round is settled in it for each supplier of gated lanes, the
others after it (`settle_gates`).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.kernels.borrow import borrow
from coercivity.engine.kernels.compile import inner, outer

__all__ = ["Gates", "borrow_gates", "deliver_gated", "note_requests", "open_gates", "settle_gates"]

Float = NDArray[Any]

# Rows of the table of suppliers of gated lanes.
PLAIN: Final = 0  # what others ask for than gated lanes
HELD: Final = 1  # finished goods on the morning
RATIO: Final = 2  # share of each request that is delivered in the first round
LEFT: Final = 3  # goods left after a round
ASKED: Final = 4  # requests of a later round
LATER: Final = 5  # share of them that is delivered
EXTRA: Final = 6  # delivered in later rounds
N_SUPPLIER: Final = 7

# Rows of the table of scopes: lanes under one control share a scope and its licences.
ROOM: Final = 0
DRAWN: Final = 1
DRAWN_TOTAL: Final = 2
LAPSED: Final = 3
WANTED: Final = 4  # requests in a round
FACTOR: Final = 5  # share of them that may depart
GONE: Final = 6  # departed behind licences in a round
N_SCOPE: Final = 7


class Gates(NamedTuple):
    """Gated lanes in order of supplier, their suppliers, scopes and licences.

    Attributes
    ----------
    site : int64[supplier]
        Position of each supplier of a gated lane, ascending.
    lane_ptr : int64[supplier + 1]
        Gated lanes of each.
    block_ptr : int64[block + 1]
        Suppliers of gated lanes in each block.
    supplier, scope : int32[gated lane]
        Position among the suppliers, and the scope.
    request, ship, fill, offer : float[gated lane]
    gate : int8[scope]
        Today's gate.
    table : float[N_SUPPLIER, supplier]
    scopes : float[N_SCOPE, scope]
    credit_scope, credit_day, credit_expiry : int64[credit]
    credit_amount, balance : float[credit]
    """

    site: NDArray[np.int64]
    lane_ptr: NDArray[np.int64]
    block_ptr: NDArray[np.int64]
    supplier: NDArray[np.int32]
    scope: NDArray[np.int32]
    request: Float
    ship: Float
    fill: Float
    offer: Float
    gate: NDArray[np.int8]
    table: Float
    scopes: Float
    credit_scope: NDArray[np.int64]
    credit_day: NDArray[np.int64]
    credit_expiry: NDArray[np.int64]
    credit_amount: Float
    balance: Float


@inner
def borrow_gates(gates):  # type: ignore[no-untyped-def]
    """Borrow the arrays of the gates."""
    return Gates(
        borrow(gates.site), borrow(gates.lane_ptr), borrow(gates.block_ptr),
        borrow(gates.supplier), borrow(gates.scope), borrow(gates.request), borrow(gates.ship),
        borrow(gates.fill), borrow(gates.offer), borrow(gates.gate), borrow(gates.table),
        borrow(gates.scopes), borrow(gates.credit_scope), borrow(gates.credit_day),
        borrow(gates.credit_expiry), borrow(gates.credit_amount), borrow(gates.balance),
    )  # fmt: skip


@inner
def _credit(gates, day):  # type: ignore[no-untyped-def]
    """Credit licences, let others lapse, and find the room of each scope."""
    for c in range(gates.scopes.shape[1]):
        gates.scopes[ROOM, c] = f.ZERO
    for c in range(gates.balance.shape[0]):
        scope = gates.credit_scope[c]
        if gates.credit_day[c] == day:
            gates.balance[c] = gates.credit_amount[c]
        if gates.credit_expiry[c] <= day:
            gates.scopes[LAPSED, scope] += gates.balance[c]
            gates.balance[c] = f.ZERO
        gates.scopes[ROOM, scope] += gates.balance[c]


@inner
def _divide(gates):  # type: ignore[no-untyped-def]
    """Find what share of the requests of each scope may depart."""
    scopes = gates.scopes
    for c in range(gates.gate.shape[0]):
        room, wanted, gate = scopes[ROOM, c], scopes[WANTED, c], gates.gate[c]
        share = room / wanted if wanted > room else room * f.ZERO + f.ONE
        if gate == f.CLOSED or (gate == f.LICENCE_ONLY and room <= f.ZERO):
            share = f.ZERO * room
        elif gate == f.OPEN:
            share = f.ZERO * room + f.ONE
        scopes[FACTOR, c] = share


@outer
def open_gates(supply, par, gates, day):  # type: ignore[no-untyped-def]
    """Credit licences, and find what gated lanes request and may take in the first round.

    Parameters
    ----------
    supply : float[part, row, ROW]
    par : float[N_PAR]
    gates : Gates
    day : int
    """
    n, probe, scopes = gates.scope.shape[0], par[k.PROBE], gates.scopes
    _credit(gates, day)
    for c in range(scopes.shape[1]):
        scopes[WANTED, c] = f.ZERO
    first = supply.shape[1] - n
    for g in range(n):
        gates.request[g] = supply[0, first + g, k.DEMAND]
    for p in range(1, supply.shape[0]):
        for g in range(n):
            gates.request[g] += supply[p, first + g, k.DEMAND]
    for g in range(n):
        gates.request[g] *= max(gates.fill[g], probe)
        scopes[WANTED, gates.scope[g]] += gates.request[g]
    _divide(gates)


@inner
def note_requests(gates, asked, finished, start, stop, first):  # type: ignore[no-untyped-def]
    """Add the requests of gated lanes to what suppliers `start` to `stop` are asked for."""
    for j in range(start, stop):
        i = gates.site[j] - first
        gates.table[PLAIN, j] = asked[i]
        gates.table[HELD, j] = finished[i]
        for g in range(gates.lane_ptr[j], gates.lane_ptr[j + 1]):
            asked[i] += gates.request[g]


@inner
def deliver_gated(gates, finished, made, ratio, start, stop, first):  # type: ignore[no-untyped-def]
    """Settle the first round of suppliers `start` to `stop`, which took every lane for open."""
    table, ship = gates.table, gates.ship
    for j in range(start, stop):
        i = gates.site[j] - first
        asked, have = table[PLAIN, j], table[HELD, j] + made[i]
        for g in range(gates.lane_ptr[j], gates.lane_ptr[j + 1]):
            ship[g] = gates.request[g] * gates.scopes[FACTOR, gates.scope[g]]
            asked += ship[g]
        share = have / asked if asked > have else f.ONE
        sent = table[PLAIN, j] * share
        for g in range(gates.lane_ptr[j], gates.lane_ptr[j + 1]):
            ship[g] *= share
            sent += ship[g]
        table[RATIO, j] = share
        table[LEFT, j] = max(f.ZERO, have - asked)
        finished[i] = max(f.ZERO, have - sent)
        ratio[i] = share


@inner
def _ask_again(gates):  # type: ignore[no-untyped-def]
    """Find what lanes behind a licence still miss where their supplier has goods left.

    Return whether any does.
    """
    table, scopes, offer = gates.table, gates.scopes, gates.offer
    asking = 0
    for c in range(gates.gate.shape[0]):
        scopes[WANTED, c] = f.ZERO
    for g in range(offer.shape[0]):
        c, more = gates.scope[g], gates.request[g] - gates.ship[g]
        able = gates.gate[c] == f.LICENCE_ONLY and table[LEFT, gates.supplier[g]] > f.ZERO
        offer[g] = more if able and more > f.ZERO else f.ZERO
        scopes[WANTED, c] += offer[g]
        asking += 1 if offer[g] > f.ZERO else 0
    _divide(gates)
    return asking > 0


@inner
def _send_again(gates):  # type: ignore[no-untyped-def]
    """Deliver against the offers of a later round."""
    table, scopes, offer = gates.table, gates.scopes, gates.offer
    for j in range(gates.site.shape[0]):
        table[ASKED, j] = f.ZERO
    for g in range(offer.shape[0]):
        offer[g] *= scopes[FACTOR, gates.scope[g]]
        table[ASKED, gates.supplier[g]] += offer[g]
    for j in range(gates.site.shape[0]):
        asked, have = table[ASKED, j], table[LEFT, j]
        table[LATER, j] = have / asked if asked > have else f.ONE
        table[LEFT, j] = max(f.ZERO, have - asked)
    for g in range(offer.shape[0]):
        sent = offer[g] * table[LATER, gates.supplier[g]]
        gates.ship[g] += sent
        table[EXTRA, gates.supplier[g]] += sent
        scopes[GONE, gates.scope[g]] += sent


@inner
def _draw(gates):  # type: ignore[no-untyped-def]
    """Take what left in a round out of the room; return whether a licence has some left."""
    more, scopes = False, gates.scopes
    for c in range(gates.gate.shape[0]):
        if gates.gate[c] == f.LICENCE_ONLY:
            scopes[DRAWN, c] += scopes[GONE, c]
            scopes[ROOM, c] = max(f.ZERO, scopes[ROOM, c] - scopes[GONE, c])
            more = more or scopes[ROOM, c] > f.ZERO
        scopes[GONE, c] = f.ZERO
    return more


@inner
def _charge(gates):  # type: ignore[no-untyped-def]
    """Charge what was drawn to licences, the first one first."""
    scopes = gates.scopes
    for c in range(gates.balance.shape[0]):
        scope = gates.credit_scope[c]
        drawn = min(gates.balance[c], scopes[DRAWN, scope])
        gates.balance[c] -= drawn
        scopes[DRAWN, scope] -= drawn
        scopes[DRAWN_TOTAL, scope] += drawn


@inner
def _learn(fill, seen, gain):  # type: ignore[no-untyped-def]
    """Move a remembered fill rate towards the day's."""
    fill = fill + (seen - fill) * gain
    if fill <= f.FAILED:
        return fill * f.ZERO
    return fill if fill < f.ONE - f.FAILED else fill * f.ZERO + f.ONE


@inner
def _remember(supply, par, gates):  # type: ignore[no-untyped-def]
    """Enter the day's departures of gated lanes into their rows, and remember them."""
    n = gates.scope.shape[0]
    first, probe = supply.shape[1] - n, par[k.PROBE]
    for g in range(n):
        gate, seen = gates.gate[gates.scope[g]], gates.table[RATIO, gates.supplier[g]]
        asked, fill = gates.request[g], gates.fill[g]
        part = gates.ship[g] / asked if asked > f.ZERO else f.ZERO * fill
        if gate == f.CLOSED:
            seen = f.ZERO * seen
        elif gate == f.LICENCE_ONLY:
            seen = min(f.ONE, part) if asked > f.ZERO else fill
        gates.fill[g] = _learn(fill, seen, par[k.GAIN])
        for p in range(supply.shape[0]):
            supply[p, first + g, k.SHARE] = part * max(fill, probe)
            supply[p, first + g, k.FILL] = gates.fill[g]
            supply[p, first + g, k.DEMAND] = f.ZERO


@outer
def settle_gates(site, supply, par, gates, rounds):  # type: ignore[no-untyped-def]
    """Settle the later rounds, what departs over gated lanes, and licences.

    Parameters
    ----------
    site : float[N_SITE, site]
    supply : float[part, row, ROW]
    par : float[N_PAR]
    gates : Gates
    rounds : int
        Rounds in which room and supply are offered.
    """
    table, scopes, n = gates.table, gates.scopes, gates.site.shape[0]
    for c in range(scopes.shape[1]):
        scopes[DRAWN, c] = f.ZERO
        scopes[GONE, c] = f.ZERO
    for g in range(gates.scope.shape[0]):
        scopes[GONE, gates.scope[g]] += gates.ship[g]
    more, turn = _draw(gates), 1
    if more and turn < rounds:
        for j in range(n):
            table[EXTRA, j] = f.ZERO
        while more and turn < rounds and _ask_again(gates):
            _send_again(gates)
            more, turn = _draw(gates), turn + 1
        for j in range(n):
            if table[EXTRA, j] > f.ZERO:
                s = gates.site[j]
                site[k.FINISHED, s] = max(f.ZERO, site[k.FINISHED, s] - table[EXTRA, j])
    _remember(supply, par, gates)
    _charge(gates)
