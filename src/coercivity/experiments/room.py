"""Licences and grants as room on lanes: who is covered, how much, from when to when.

The engine knows licence *groups*: lanes that share balances, each lane in one group. Lanes are
grouped by importer, item and the set of licences that cover them, and a licence that covers several
groups is split over them in proportion to their baseline flow. So no importer can use up what was
licensed to another one, no lane gets room from a licence that does not cover it, and a group has
one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.catalogue import places
from coercivity.engine.schedule import NEVER, Credit, LicenceRoom, licence_room
from coercivity.experiments.scenarios import COUNTRY, Revocation
from coercivity.units import compatible, convert, parse_unit

if TYPE_CHECKING:
    from coercivity.network import CompiledNetwork

__all__ = ["Allowance", "LaneLabels", "PlannedRoom", "covered_lanes", "plan_room"]

FloatArray = NDArray[np.float64]

SHARE: Final = "1"

_UNLIMITED: Final = 1e12
"""Room of a licence without quantity, in units of its item: more than any run can ship, and small
enough for the balance to keep four decimals."""


@dataclass(frozen=True, eq=False)
class Allowance:
    """A licence or grant, reported or assumed, before it is laid on lanes.

    Parameters
    ----------
    id : str
        Licence or grant id.
    holders : tuple of str
        Parties (as importer, exporter or parent of either), or ``country:`` and a code.
    items : tuple of str
        Item ids; a parent covers its children.
    from_day, until_day : int, day index
        Half-open; :data:`~coercivity.engine.schedule.NEVER` for no end.
    quantity : float64[member]
        In `unit`; infinite if no quantity limits it.
    unit : str
        A share is one of the baseline flow over the days of validity; a rate is multiplied by
        them; a time is one for which the baseline flow is covered; anything else is the quantity
        itself.
    exporters : tuple of str
        Parties; empty is any.
    origin, destination : str
        Codes or ``*``.
    """

    id: str
    holders: tuple[str, ...]
    items: tuple[str, ...]
    from_day: int
    until_day: int
    quantity: FloatArray
    unit: str
    exporters: tuple[str, ...] = ()
    origin: str = "*"
    destination: str = "*"


@dataclass(frozen=True, eq=False)
class PlannedRoom:
    """Room on lanes, with what is needed to explain and to vary it.

    Attributes
    ----------
    room : LicenceRoom or None
        For the engine; None if no allowance covers a lane.
    importers, items, units : tuple of str
        Importing party, item and unit of each group.
    allowances : tuple of tuple of str
        Ids of the allowances behind each group.
    idle : tuple of str
        Allowances that cover no lane of the network.
    """

    room: LicenceRoom | None
    importers: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    allowances: tuple[tuple[str, ...], ...] = ()
    idle: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LaneLabels:
    """Columns of a lane table as distinct labels and positions, so that each is tested once.

    Attributes
    ----------
    labels : dict of str to tuple of str
        Distinct labels by column.
    positions : dict of str to int[lane]
        Label of each lane.
    """

    labels: Mapping[str, tuple[str, ...]]
    positions: Mapping[str, NDArray[np.intp]]

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[str]]) -> LaneLabels:
        """Read columns of text."""
        labels, positions = {}, {}
        for name, column in columns.items():
            found, place = np.unique(np.asarray(column, dtype=np.str_), return_inverse=True)
            labels[name], positions[name] = tuple(str(x) for x in found), place
        return cls(labels, positions)

    def where(self, column: str, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return bool[lane]: whether the lane's label passes a test."""
        passed = np.array([test(label) for label in self.labels[column]], np.bool_)
        return np.asarray(passed[self.positions[column]])


def covered_lanes(
    allowance: Allowance,
    lanes: LaneLabels,
    *,
    item_parents: Mapping[str, Iterable[str]],
    party_parents: Mapping[str, str],
) -> NDArray[np.bool_]:
    """Return which lanes an allowance covers.

    Parameters
    ----------
    allowance : Allowance
    lanes : LaneLabels
        Columns ``item, origin, destination, exporter, importer``.
    item_parents : mapping of str to iterable of str
        Parents of each item.
    party_parents : mapping of str to str
        Parent of each party.

    Returns
    -------
    bool[lane]
    """
    goods, exporters = set(allowance.items), set(allowance.exporters)
    parties = {h for h in allowance.holders if not h.startswith(COUNTRY)}
    countries = tuple(h.removeprefix(COUNTRY) for h in allowance.holders if h.startswith(COUNTRY))

    def is_holder(party: str) -> bool:
        return bool(parties & {party, party_parents.get(party), places.ANY})

    covered = lanes.where("item", lambda x: bool(goods & {x, *item_parents.get(x, ())}))
    covered &= lanes.where("origin", lambda x: places.is_in(x, (allowance.origin,)))
    covered &= lanes.where("destination", lambda x: places.is_in(x, (allowance.destination,)))
    if exporters:
        covered &= lanes.where("exporter", exporters.__contains__)
    held = lanes.where("importer", is_holder) | lanes.where("exporter", is_holder)
    if countries:
        held |= lanes.where("destination", lambda x: places.is_in(x, countries))
    return np.asarray(covered & held)


def plan_room(
    allowances: Sequence[Allowance],
    network: CompiledNetwork,
    *,
    days: int,
    revocations: Sequence[tuple[int, Revocation]] = (),
    item_parents: Mapping[str, Iterable[str]],
    party_parents: Mapping[str, str],
) -> PlannedRoom:
    """Lay allowances on the lanes of a network.

    Parameters
    ----------
    allowances : sequence of Allowance
    network : CompiledNetwork
    days : int
        Length of the run, for allowances without end.
    revocations : sequence of (int, Revocation)
        Day index and what is revoked.
    item_parents, party_parents : mapping
        As in :func:`covered_lanes`.

    Returns
    -------
    PlannedRoom
    """
    lanes = {
        name: network.lanes[name].astype(str).tolist()
        for name in ("item", "origin", "destination", "exporter", "importer", "unit")
    }
    labels = LaneLabels.of({name: column for name, column in lanes.items() if name != "unit"})
    cover = [
        covered_lanes(a, labels, item_parents=item_parents, party_parents=party_parents)
        for a in allowances
    ]
    idle = tuple(a.id for a, lane in zip(allowances, cover, strict=True) if not lane.any())
    lane_group, keys = _groups(cover, lanes["importer"], lanes["item"])
    if not keys:
        return PlannedRoom(None, idle=idle)
    names = tuple(
        f"{importer}/{item}/{'+'.join(allowances[p].id for p in members)}"
        for importer, item, members in keys
    )
    flow = np.zeros((len(keys), network.n_members))
    np.add.at(flow, lane_group[lane_group >= 0], network.flow0[lane_group >= 0])
    units = [""] * len(keys)
    for lane, group in enumerate(lane_group.tolist()):
        if group >= 0:
            units[group] = lanes["unit"][lane]
    shared_out = [
        credit
        for position, allowance in enumerate(allowances)
        for credit in _credits(
            allowance,
            [g for g, (_, _, members) in enumerate(keys) if position in members],
            names=names,
            flow=flow,
            units=units,
            days=days,
            revocations=revocations,
        )
    ]
    return PlannedRoom(
        room=licence_room(lane_group, names, credits=shared_out, n_members=network.n_members),
        importers=tuple(importer for importer, _, _ in keys),
        items=tuple(item for _, item, _ in keys),
        units=tuple(units),
        allowances=tuple(tuple(allowances[p].id for p in members) for _, _, members in keys),
        idle=idle,
    )


def _groups(
    cover: Sequence[NDArray[np.bool_]], importers: Sequence[str], items: Sequence[str]
) -> tuple[NDArray[np.int32], list[tuple[str, str, tuple[int, ...]]]]:
    """Group of each lane (-1 for none); importer, item and allowances of each group."""
    lane_group = np.full(len(importers), -1, np.int32)
    if not cover:
        return lane_group, []
    table = np.stack(cover)
    signature = {
        lane: (
            importers[lane],
            items[lane],
            tuple(int(p) for p in np.flatnonzero(table[:, lane])),
        )
        for lane in np.flatnonzero(table.any(axis=0)).tolist()
    }
    keys = sorted(set(signature.values()))
    place = {key: position for position, key in enumerate(keys)}
    for lane, key in signature.items():
        lane_group[lane] = place[key]
    return lane_group, keys


def _credits(
    allowance: Allowance,
    groups: Sequence[int],
    *,
    names: Sequence[str],
    flow: FloatArray,
    units: Sequence[str],
    days: int,
    revocations: Sequence[tuple[int, Revocation]],
) -> list[Credit]:
    """Split one allowance over its groups."""
    if not groups:
        return []
    expiry = _expiry(allowance, revocations)
    valid = min(allowance.until_day, days) - allowance.from_day
    if allowance.until_day != NEVER:
        valid = allowance.until_day - allowance.from_day
    total = flow[list(groups)].sum(axis=0)
    found = []
    for group in groups:
        share = np.divide(
            flow[group], total, out=np.full_like(total, 1.0 / len(groups)), where=total > 0.0
        )
        amount = _amount(allowance, flow[group], share, valid=max(valid, 0), unit=units[group])
        found.append(
            Credit(names[group], allowance.id, amount, day=allowance.from_day, expiry=expiry)
        )
    return found


def _amount(
    allowance: Allowance, flow: FloatArray, share: FloatArray, *, valid: int, unit: str
) -> FloatArray:
    """Quantity for one group, in the unit of its lanes."""
    limited = np.isfinite(allowance.quantity)
    given = np.where(limited, allowance.quantity, 0.0)
    if allowance.unit and not parse_unit(allowance.unit).dims:
        amount: Any = convert(given, allowance.unit, SHARE) * flow * valid
    elif allowance.unit and compatible(allowance.unit, "day"):
        amount = convert(given, allowance.unit, "day") * flow
    elif allowance.unit and compatible(allowance.unit, f"{unit}/day"):
        amount = convert(given, allowance.unit, f"{unit}/day") * share * valid
    elif not limited.any() and not allowance.unit:
        amount = given
    else:
        amount = convert(given, allowance.unit, unit) * share
    return np.asarray(np.where(limited, amount, _UNLIMITED), dtype=np.float64)


def _expiry(allowance: Allowance, revocations: Sequence[tuple[int, Revocation]]) -> int:
    expiry = allowance.until_day
    for day, revocation in revocations:
        named = revocation.licences is None or allowance.id in revocation.licences
        if named and allowance.from_day < day:
            expiry = min(expiry, day)
    return expiry
