"""Gates and licences of a very large network: the few lanes that have them, and their suppliers.

The pass over sites takes every lane for open.  What it found for suppliers of gated lanes is found
again here, from what only open lanes may take and what licences allow; rules as in :mod:`.room`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import fields as f
from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.kernels.compile import inner, outer

__all__ = ["Gates", "open_gates", "settle_gates"]

Float = NDArray[Any]

# Rows of the table of suppliers of gated lanes.
PLAIN: Final = 0  # orders over lanes without a gate, per unit of fill rate
HELD: Final = 1  # finished goods on the morning
BEFORE: Final = 2  # remembered fill rate on the morning
ASKED: Final = 3
RATIO: Final = 4
LEFT: Final = 5
SENT: Final = 6
N_SUPPLIER: Final = 7

# Rows of the table of scopes: lanes under one control share a scope and its licences.
ROOM: Final = 0
DRAWN: Final = 1
DRAWN_TOTAL: Final = 2
LAPSED: Final = 3
N_SCOPE: Final = 4


class Gates(NamedTuple):
    """Gated lanes, their suppliers, scopes and licences.

    Attributes
    ----------
    site : int64[supplier]
        Position of each supplier of a gated lane.
    supplier, scope : int64[gated lane]
        Position among the suppliers, and the scope.
    scope_ptr : int64[scope + 1]
        Gated lanes of each scope, which stand together.
    gate : int8[scope]
        Today's gate.
    table : float[N_SUPPLIER, supplier]
    scopes : float[N_SCOPE, scope]
    offer : float[gated lane]
    credit_scope, credit_day, credit_expiry : int64[credit]
    credit_amount, balance : float[credit]
    """

    site: NDArray[np.int64]
    supplier: NDArray[np.int64]
    scope: NDArray[np.int64]
    scope_ptr: NDArray[np.int64]
    gate: NDArray[np.int8]
    table: Float
    scopes: Float
    offer: Float
    credit_scope: NDArray[np.int64]
    credit_day: NDArray[np.int64]
    credit_expiry: NDArray[np.int64]
    credit_amount: Float
    balance: Float


@outer
def open_gates(site, supply, par, over, gates, day):  # type: ignore[no-untyped-def]
    """Credit licences, and add the requests of gated lanes to what suppliers are asked for.

    Parameters
    ----------
    site : float[N_SITE, site]
    supply : float[part, site, ROW]
    par : float[N_PAR]
    over : Overlay
    gates : Gates
    day : int
    """
    for j in range(gates.site.shape[0]):
        s = gates.site[j]
        gates.table[PLAIN, j] = f.ZERO
        for p in range(supply.shape[0]):
            gates.table[PLAIN, j] += supply[p, s, k.DEMAND]
        gates.table[HELD, j] = site[k.FINISHED, s]
        gates.table[BEFORE, j] = site[k.FILL, s]
    for g in range(gates.scope.shape[0]):
        s = gates.site[gates.supplier[g]]
        supply[0, s, k.DEMAND] += over.request[g] / max(site[k.FILL, s], par[k.PROBE])
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
def _offer(over, gates, again):  # type: ignore[no-untyped-def]
    """Find what each gated lane may take in a round; in a further one, what it still misses."""
    request, ship, offer, left = over.request, over.ship, gates.offer, gates.table[LEFT]
    for c in range(gates.gate.shape[0]):
        gate, first, end = gates.gate[c], gates.scope_ptr[c], gates.scope_ptr[c + 1]
        for g in range(first, end):
            offer[g] = f.ZERO
        if gate == f.CLOSED or (again and gate == f.OPEN):
            continue
        wanted = gates.scopes[ROOM, c] * f.ZERO
        for g in range(first, end):
            more = request[g]
            if again:
                more = max(f.ZERO, more - ship[g]) if left[gates.supplier[g]] > f.ZERO else f.ZERO
            offer[g] = more
            wanted += more
        if gate == f.LICENCE_ONLY:
            room = gates.scopes[ROOM, c]
            share = room / wanted if wanted > room else f.ONE
            share = share if room > f.ZERO else f.ZERO
            for g in range(first, end):
                offer[g] *= share


@inner
def _send(over, gates, first):  # type: ignore[no-untyped-def]
    """Deliver against the offers and take what left out of the room."""
    table, offer = gates.table, gates.offer
    for g in range(offer.shape[0]):
        table[ASKED, gates.supplier[g]] += offer[g]
    for j in range(gates.site.shape[0]):
        asked, have = table[ASKED, j], table[LEFT, j]
        share = have / asked if asked > have else f.ONE
        table[SENT, j] = share
        if first:
            table[RATIO, j] = share
        table[LEFT, j] = max(f.ZERO, have - asked)
        table[ASKED, j] = f.ZERO
    for c in range(gates.gate.shape[0]):
        gate = gates.gate[c]
        if not first and gate != f.LICENCE_ONLY:
            continue
        drawn = gates.scopes[ROOM, c] * f.ZERO
        for g in range(gates.scope_ptr[c], gates.scope_ptr[c + 1]):
            sent = offer[g] * table[SENT, gates.supplier[g]]
            over.ship[g] = sent if first else over.ship[g] + sent
            drawn += sent
        if gate == f.LICENCE_ONLY:
            gates.scopes[DRAWN, c] += drawn
            gates.scopes[ROOM, c] = max(f.ZERO, gates.scopes[ROOM, c] - drawn)


@inner
def _close_suppliers(site, supply, par, over, gates):  # type: ignore[no-untyped-def]
    """Settle finished goods and fill rates of the suppliers of gated lanes."""
    table = gates.table
    for j in range(gates.site.shape[0]):
        table[SENT, j] = f.ZERO
    for g in range(gates.scope.shape[0]):
        table[SENT, gates.supplier[g]] += over.ship[g]
    for j in range(gates.site.shape[0]):
        s, ratio = gates.site[j], table[RATIO, j]
        old = max(table[BEFORE, j], par[k.PROBE])
        plain = table[PLAIN, j] * old + site[k.FINAL, s]
        have = table[HELD, j] + site[k.MADE, s]
        site[k.FINISHED, s] = max(f.ZERO, have - plain * ratio - table[SENT, j])
        fill = _learn(table[BEFORE, j], ratio, par[k.GAIN])
        site[k.FILL, s] = fill
        for p in range(supply.shape[0]):
            supply[p, s, k.SHARE] = old * ratio
            supply[p, s, k.EFFECTIVE] = max(fill, par[k.PROBE])


@inner
def _learn(fill, seen, gain):  # type: ignore[no-untyped-def]
    """Move a remembered fill rate towards the day's."""
    fill = fill + (seen - fill) * gain
    if fill <= f.FAILED:
        return fill * f.ZERO
    return fill if fill < f.ONE - f.FAILED else fill * f.ZERO + f.ONE


@outer
def settle_gates(site, supply, par, over, gates, rounds):  # type: ignore[no-untyped-def]
    """Find what departs over gated lanes, and settle their suppliers and licences.

    Parameters
    ----------
    site : float[N_SITE, site]
    supply : float[part, site, ROW]
    par : float[N_PAR]
    over : Overlay
    gates : Gates
    rounds : int
        Rounds in which room and supply are offered.
    """
    table = gates.table
    for c in range(gates.scopes.shape[1]):
        gates.scopes[DRAWN, c] = f.ZERO
    for j in range(gates.site.shape[0]):
        s = gates.site[j]
        old = max(table[BEFORE, j], par[k.PROBE])
        table[ASKED, j] = table[PLAIN, j] * old + site[k.FINAL, s]
        table[LEFT, j] = table[HELD, j] + site[k.MADE, s]
    for turn in range(rounds):
        _offer(over, gates, turn > 0)
        _send(over, gates, turn == 0)
    _close_suppliers(site, supply, par, over, gates)
    for g in range(gates.scope.shape[0]):
        gate, seen = gates.gate[gates.scope[g]], table[RATIO, gates.supplier[g]]
        if gate == f.CLOSED:
            seen = f.ZERO * seen
        elif gate == f.LICENCE_ONLY:
            asked = over.request[g]
            seen = min(f.ONE, over.ship[g] / asked) if asked > f.ZERO else over.fill[g]
        over.fill[g] = _learn(over.fill[g], seen, par[k.GAIN])
    for c in range(gates.balance.shape[0]):
        scope = gates.credit_scope[c]
        drawn = min(gates.balance[c], gates.scopes[DRAWN, scope])
        gates.balance[c] -= drawn
        gates.scopes[DRAWN, scope] -= drawn
        gates.scopes[DRAWN_TOTAL, scope] += drawn
