"""From a scenario to a schedule: gates, licence room, caps, and what had to be assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.schedule import NEVER, UNKNOWN, Schedule, Shocks
from coercivity.experiments.caps import MonthlySeries, plan_caps
from coercivity.experiments.gates import GateCache
from coercivity.experiments.room import Allowance, PlannedRoom, plan_room

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.distributions import Draws
    from coercivity.experiments.scenarios import Grant, Revocation, Scenario
    from coercivity.licences import LicenceGroup
    from coercivity.network import CompiledNetwork

__all__ = ["Kinship", "Plan", "kinship", "plan"]


@dataclass(frozen=True)
class Kinship:
    """Which items and parties belong to others, so that a licence for the parent covers them."""

    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario made ready to run.

    Parameters
    ----------
    scenario : Scenario
    schedule : Schedule
        For the engine.
    room : PlannedRoom
        Licence groups with their importers, for the ledger of what was drawn.
    assumptions : tuple of str
        What the plan had to assume, one sentence each.
    """

    scenario: Scenario
    schedule: Schedule
    room: PlannedRoom
    assumptions: tuple[str, ...] = ()


def kinship(pack: Pack) -> Kinship:
    """Return the parents of a pack's items and parties."""
    return Kinship(
        items={key: item.parents for key, item in pack.items.items()},
        parties={key: party.parent for key, party in pack.parties.items() if party.parent},
    )


def plan(
    scenario: Scenario,
    network: CompiledNetwork,
    *,
    gates: GateCache,
    draws: Draws,
    licences: Sequence[LicenceGroup] = (),
    series: Mapping[str, MonthlySeries] | None = None,
    kin: Kinship | None = None,
    extra: Sequence[Allowance] = (),
    seasons: Shocks | None = None,
) -> Plan:
    """Turn a scenario into a schedule for one network and one set of draws.

    Parameters
    ----------
    scenario : Scenario
    network : CompiledNetwork
    gates : GateCache
        Made once for all scenarios of an ensemble; it carries register, start and length.
    draws : Draws
        Values of the quantities that grants and unknown gates name.
    licences : sequence of LicenceGroup
        Reported licences; the scenario chooses among them.
    series : mapping of str to MonthlySeries, optional
        Observed series that caps name.
    kin : Kinship, optional
        Parents of items and parties.
    extra : sequence of Allowance, optional
        Further licences, such as the one whose worth is measured.
    seasons : Shocks, optional
        Seasons of final demand; scenarios that share the object can share days of a run.

    Returns
    -------
    Plan

    Raises
    ------
    NotFoundError
        If a quantity, an instrument or a series is missing.
    InputError
        If a cap or a grant does not fit the network.
    """
    start, days, kin = gates.start, gates.days, kin or Kinship()
    found = gates.gates(scenario).with_unknown(scenario.unknown_as)
    allowances = [
        *(_reported(licence) for licence in licences if _counts(licence, scenario)),
        *(_granted(grant, draws, start) for grant in scenario.grants),
        *extra,
    ]
    room = plan_room(
        allowances,
        network,
        days=days,
        revocations=[((r.on - start).days, r) for r in scenario.revocations],
        item_parents=kin.items,
        party_parents=kin.parties,
    )
    caps, cap_notes = plan_caps(scenario.caps, network, series=series or {}, start=start, days=days)
    unknown_open = _unknown_open(scenario, draws, network.n_members)
    schedule = Schedule(
        start=start,
        days=days,
        gate_days=found.days,
        gate=found.gate,
        reason=found.reason,
        reasons=found.reasons,
        unknown_open=unknown_open,
        room=room.room,
        caps=caps,
        shocks=seasons,
        substitution=scenario.substitution,
        network_start=start,
    )
    notes = _assumptions(scenario, room, has_unknown=bool((found.gate == UNKNOWN).any()))
    return Plan(scenario, schedule, room, (*notes, *cap_notes))


def _counts(licence: LicenceGroup, scenario: Scenario) -> bool:
    return scenario.licences is None or licence.id in scenario.licences


def _reported(licence: LicenceGroup) -> Allowance:
    return Allowance(
        id=licence.id,
        holders=(licence.holder,),
        items=licence.items,
        from_day=max(licence.from_day, 0),
        until_day=licence.until_day,
        quantity=licence.quantity,
        unit=licence.unit,
        exporters=licence.exporters,
        origin=licence.origin,
        destination=licence.destination,
    )


def _granted(grant: Grant, draws: Draws, start: date) -> Allowance:
    return Allowance(
        id=grant.id,
        holders=grant.holders,
        items=grant.items,
        from_day=max((grant.on - start).days, 0),
        until_day=NEVER if grant.valid_to is None else (grant.valid_to - start).days,
        quantity=np.asarray(draws[grant.quantity], dtype=np.float64),
        unit=draws.unit(grant.quantity),
        origin=grant.origin,
    )


def _unknown_open(scenario: Scenario, draws: Draws, members: int) -> NDArray[np.bool_]:
    if scenario.unknown_as != "drawn" or scenario.unknown_open is None:
        return np.zeros(members, np.bool_)
    return np.asarray(draws[scenario.unknown_open] > 0.5, dtype=np.bool_)


def _assumptions(scenario: Scenario, room: PlannedRoom, *, has_unknown: bool) -> list[str]:
    """Say what the scenario assumes beyond what was published."""
    notes = [f"{action.id}: {_act(action.kind.value)}" for action in scenario.actions]
    notes += [
        f"{grant.id}: from {grant.on} on, quantity {grant.quantity}" for grant in scenario.grants
    ]
    notes += [
        f"{relief.id}: from {relief.on} on, buyers of {relief.destination} leave places in the "
        f"queue {relief.queue} to others"
        for relief in scenario.queue_changes
    ]
    notes += [f"licences end on {_ends(revocation)}" for revocation in scenario.revocations]
    if has_unknown and scenario.unknown_as == "drawn":
        notes.append(
            f"where nobody knows what applies, a lane is open in the members drawn by "
            f"{scenario.unknown_open}"
        )
    notes += [f"{name} covers no lane of the network and changes nothing" for name in room.idle]
    return notes


def _act(kind: str) -> str:
    return f"hypothetical act of kind {kind}, no part of the register"


def _ends(revocation: Revocation) -> str:
    which = "all" if revocation.licences is None else ", ".join(revocation.licences)
    return f"{revocation.on} ({which})"
