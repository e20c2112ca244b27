"""Determinations as gates: what each lane may carry, segment by segment, and why.

Scenarios that share instruments and actions share their gates, so they are computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.controls import Outcome, Query, determine, gate_table
from coercivity.controls.gates import OUTCOMES
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, OPEN, UNKNOWN, Reason

if TYPE_CHECKING:
    from coercivity.controls import GateTable, LaneKey, Register
    from coercivity.experiments.scenarios import Scenario
    from coercivity.network import CompiledNetwork

__all__ = ["GateCache", "Gates"]

GATE_OF: Final = {
    Outcome.FREE: OPEN,
    Outcome.DECLARATION: OPEN,
    Outcome.LICENCE_REQUIRED: LICENCE_ONLY,
    Outcome.GENERAL_LICENCE_AVAILABLE: LICENCE_ONLY,
    Outcome.PRESUMED_DENIED: CLOSED,
    Outcome.PROHIBITED: CLOSED,
    Outcome.UNKNOWN_REFER: UNKNOWN,
}
"""Gate of each outcome. A general licence is room like any other, so its lanes stay licence-only;
where denial is presumed, nothing is taken to pass."""

UNKNOWN_GATE: Final = {"open": OPEN, "closed": CLOSED, "licence": LICENCE_ONLY, "drawn": UNKNOWN}
"""Gate of an unknown determination by a scenario's ``unknown_as``."""


@dataclass(frozen=True, eq=False)
class Gates:
    """Gates of all lanes of a network over a run.

    Attributes
    ----------
    days : int32[segment], day index
        First day of each segment.
    gate : int8[segment, lane]
    reason : int32[segment, lane]
        Position in `reasons`; -1 where a lane is open.
    reasons : tuple of Reason
    """

    days: NDArray[np.int32]
    gate: NDArray[np.int8]
    reason: NDArray[np.int32]
    reasons: tuple[Reason, ...]

    def with_unknown(self, unknown_as: str) -> Gates:
        """Return the gates with unknown determinations read as a scenario says."""
        gate = np.where(self.gate == UNKNOWN, np.int8(UNKNOWN_GATE[unknown_as]), self.gate)
        return Gates(self.days, gate.astype(np.int8), self.reason, self.reasons)


@dataclass
class GateCache:
    """Gates of a network by the instruments and actions in force.

    Parameters
    ----------
    register : Register
        The pack's register; hypothetical actions are laid over it and never enter it.
    network : CompiledNetwork
    start : date
        Day 0 of the run.
    days : int
        Length of the run.
    known_at : date or None
        Only acts recorded by this day count; None counts all. Hypotheses always count.
    """

    register: Register
    network: CompiledNetwork
    start: date
    days: int
    known_at: date | None = None
    _found: dict[object, Gates] = field(default_factory=dict, repr=False)
    _reasons: dict[object, Reason] = field(default_factory=dict, repr=False)

    def gates(self, scenario: Scenario) -> Gates:
        """Return the gates of a scenario, unknown determinations still marked as such.

        Raises
        ------
        NotFoundError
            If the scenario names an instrument that is not in the register.
        InputError
            If one of its actions acts on nothing.
        """
        key = (scenario.instruments, scenario.actions)
        if key not in self._found:
            self._found[key] = self._compute(scenario)
        return self._found[key]

    def _compute(self, scenario: Scenario) -> Gates:
        if scenario.instruments == () and not scenario.actions:
            shape = (1, self.network.n_lanes)
            nothing = np.full(shape, -1, np.int32)
            return Gates(np.zeros(1, np.int32), np.zeros(shape, np.int8), nothing, ())
        if scenario.actions:
            # Fills the reasons that lanes keep; whatever else is run, they come out the same.
            self.gates(replace(scenario, actions=()))
        register = self.register
        if scenario.instruments is not None:
            register = register.only(scenario.instruments)
        if scenario.actions:
            register = register.with_actions(scenario.actions)
        table = gate_table(
            register,
            self.network.lanes[["item", "origin", "destination", "end_use"]],
            start=self.start,
            end=self.start + timedelta(days=self.days),
            known_at=self.known_at,
        )
        plain = (scenario.instruments, ())

        def reason(key: LaneKey, day: date, outcome: Outcome) -> Reason:
            # A lane whose outcome a hypothesis does not change keeps the reason it has without.
            known = self._reasons.get((plain, key, day, outcome))
            if known is None:
                known = _reason(register, key, day, self.known_at)
                if not scenario.actions:
                    self._reasons[plain, key, day, outcome] = known
            return known

        return _explained(table, reason, start=self.start)


def _explained(
    table: GateTable, explain: Callable[[LaneKey, date, Outcome], Reason], *, start: date
) -> Gates:
    """Turn outcomes into gates, join equal segments, and give each change its reason."""
    to_gate = np.array([GATE_OF[outcome] for outcome in OUTCOMES], np.int8)
    codes = table.codes
    kept = [0] + [s for s in range(1, len(table.days)) if (codes[s] != codes[s - 1]).any()]
    reasons: list[Reason] = []
    reason = np.full((len(kept), len(table.keys)), -1, np.int32)
    for row, segment in enumerate(kept):
        for k, key in enumerate(table.keys):
            if to_gate[codes[segment, k]] == OPEN:
                continue
            if row > 0 and codes[segment, k] == codes[kept[row - 1], k]:
                reason[row, k] = reason[row - 1, k]
                continue
            reason[row, k] = len(reasons)
            outcome = OUTCOMES[int(codes[segment, k])]
            reasons.append(explain(key, table.days[segment], outcome))
    return Gates(
        days=np.array([(table.days[s] - start).days for s in kept], np.int32),
        gate=np.ascontiguousarray(to_gate[codes[kept]][:, table.lane_key]),
        reason=np.ascontiguousarray(reason[:, table.lane_key]),
        reasons=tuple(reasons),
    )


def _reason(register: Register, key: LaneKey, day: date, known_at: date | None) -> Reason:
    """Say which measure decides, with the ids of measure, actions and sources."""
    query = Query(
        item=key.item,
        origin=key.origin,
        destination=key.destination,
        end_use=key.end_use,
        end_user=key.end_user,
        on=day,
        known_at=known_at,
    )
    found = determine(register, query)
    step = found.deciding
    if step is None:
        return Reason(f"the determination is {found.outcome.value}")
    name = step.number or step.title
    wording = {
        OPEN: f"{name} applies and leaves it free",
        LICENCE_ONLY: f"{name} requires a licence",
        CLOSED: f"{name} forbids it",
        UNKNOWN: f"nobody tells whether {name} applies",
    }[GATE_OF[found.outcome]]
    return Reason(wording, (step.measure, *step.actions, *step.facts))
