"""Laws that no day of a very large network may break, checked in plain numpy.

For every firm: what was sent to customers and sold, and what is left finished, equals what was
finished and made.  For every input: stock and transit change by what was sent and used.  Nothing is
negative, nothing departs through a closed lane, no licence is overdrawn.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.kernels import scale_gates as g
from coercivity.engine.scale_layout import ScaleState
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY
from coercivity.errors import InvariantError, Problem
from coercivity.network.edges import EdgeNetwork

__all__ = ["TOLERANCE", "make_check", "shipments"]

TOLERANCE: Final = {"float64": 1e-9, "float32": 1e-3}
"""Error of a day's balance, relative to what is there.  In 32 bits a firm with ten thousand
customers adds up as many rounded numbers."""

_SHOWN: Final = 10
_MORNING, _SENT, _EVENING = 0, 2, 3


def shipments(state: ScaleState) -> NDArray[np.float64]:
    """Departures of the day over each lane, float64[lane of the layout].

    To be called after gates are settled and before stocks are used.
    """
    sent: NDArray[np.float64] = state.slots.table[k.QUOTIENT, state.lane_slot].astype(np.float64)
    sent *= state.lanes.weight
    sent *= state.supply[0, state.lanes.supplier, k.SHARE]
    sent[state.gated_lane] = state.gates.ship
    return sent


class _Check:
    """Notes taken on the way through a day."""

    def __init__(self, network: EdgeNetwork, state: ScaleState) -> None:
        self.network = network
        self.lane_slot = state.lane_slot
        self.supplier = network.supplier[state.lane_of]
        self.buyer = network.slot_firm()[state.slot_of]
        self.tolerance = TOLERANCE[str(state.site.dtype)]

    def __call__(self, day: int, moment: int, state: ScaleState) -> None:
        """Take notes in the morning and before use; check before use and in the evening."""
        if moment == _MORNING:
            self.finished = state.site[k.FINISHED].astype(np.float64)
            self.fill = np.maximum(
                state.supply[0, : self.network.n_firms, k.FILL], state.par[k.PROBE]
            )
            self.held = self._held(state)
            self.room = self._room(state)
        elif moment == _SENT:
            self.sent = shipments(state)
            self._check_sites(day, state)
            self._check_gates(day, state)
            rate = state.buyer[k.LEVEL, self.buyer]
            self.used = np.minimum(state.slots.table[k.STOCK], state.slots.table[k.NEED] * rate)
        elif moment == _EVENING:
            self._check_slots(day, state)

    def _held(self, state: ScaleState) -> NDArray[np.float64]:
        """Stock and transit of each slot."""
        held = state.slots.table[k.STOCK].astype(np.float64)
        held[state.long_slot] += state.over.transit
        return np.asarray(held, np.float64)

    def _room(self, state: ScaleState) -> NDArray[np.float64]:
        """Room of the licences of each scope."""
        gates = state.gates
        return np.bincount(gates.credit_scope, gates.balance, gates.gate.size).astype(np.float64)

    def _check_sites(self, day: int, state: ScaleState) -> None:
        """Output and finished goods are sent, sold or left; nothing is negative."""
        site = state.site
        out = np.bincount(self.supplier, self.sent, site.shape[1])
        had = self.finished + site[k.MADE]
        ratio = state.supply[0, : self.network.n_firms, k.SHARE] / self.fill
        # Where final users alone ask, no lane needs to know the share.
        alone = np.divide(had, site[k.FINAL], out=np.ones_like(had), where=site[k.FINAL] > had)
        ratio = np.where(np.diff(self.network.sold_lane) > 0, ratio, alone)
        left = out + site[k.FINAL] * ratio + site[k.FINISHED]
        usual = site[k.X0] + site[k.FINISHED0]
        self._raise(day, "goods of a firm do not add up", np.abs(left - had), usual + had)
        negative = -np.minimum(site[k.MADE], site[k.FINISHED])
        self._raise(day, "output or finished goods are negative", negative, 0.0 * usual)
        self._raise(day, "more is made than capacity", site[k.MADE] - site[k.CAPACITY], usual)

    def _check_gates(self, day: int, state: ScaleState) -> None:
        """Nothing through a closed lane, no licence overdrawn."""
        gate = state.gates.gate[state.gates.scope]
        closed = np.where(gate == CLOSED, state.gates.ship, 0.0)
        self._raise(day, "departure through a closed lane", closed, 0.0 * closed)
        n = state.gates.gate.size
        behind = np.where(gate == LICENCE_ONLY, state.gates.ship, 0.0)
        drawn = np.bincount(state.gates.scope, behind, n)
        self._raise(day, "a licence is overdrawn", drawn - self.room, drawn)
        less = self.room - self._room(state) - drawn
        self._raise(day, "departures are not drawn from licences", np.abs(less), self.room)
        self._raise(day, "a licence is negative", -state.gates.scopes[g.ROOM], 0.0 * drawn)

    def _check_slots(self, day: int, state: ScaleState) -> None:
        """Stock and transit change by what was sent and used."""
        came = np.bincount(self.lane_slot, self.sent, self.held.size)
        now = self._held(state)
        wrong = np.abs(now - (self.held - self.used + came))
        # What is in transit is a running sum: its rounding is that of the usual amounts.
        usual = state.slots.table[k.NEED] * state.slots.table[k.DAYS]
        self._raise(day, "goods of an input do not add up", wrong, usual + self.held + came)
        low = np.minimum(state.slots.table[k.STOCK], state.slots.table[k.QUOTIENT])
        self._raise(day, "a stock or an order is negative", -low, 0.0 * came)
        ring = -state.over.ring
        self._raise(day, "a pipeline is negative", ring, 0.0 * ring)

    def _raise(self, day: int, law: str, excess: NDArray[Any], scale: NDArray[Any]) -> None:
        """Raise if an excess is more than rounding of a scale."""
        rows = np.flatnonzero(~(excess <= self.tolerance * scale))
        if rows.size:
            problems = [
                Problem(f"{law} by {excess[row]:.3g}", where=f"day {day}, row {row}")
                for row in rows[:_SHOWN]
            ]
            raise InvariantError(f"day {day}: {law} in {rows.size} rows", problems=problems)


def make_check(network: EdgeNetwork, state: ScaleState) -> _Check:
    """Return a hook of :func:`coercivity.engine.scale.run_days` that checks every day.

    Raises
    ------
    InvariantError
        From the hook, with the day and the rows.
    """
    return _Check(network, state)
