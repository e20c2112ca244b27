"""Room: what may depart on a day under the licences, for the engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Protocol

import numpy as np

from coercivity.errors import InputError
from coercivity.licences.asserted import AssertedLicence, LicenceGroup
from coercivity.licences.model import LicenceKind
from coercivity.units import compatible, convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DrawsLike", "licence_groups", "room_in"]


class DrawsLike(Protocol):
    """What this room needs of :class:`~coercivity.claims.distributions.Draws`."""

    @property
    def members(self) -> int:
        """Number of members."""

    def __getitem__(self, quantity: str) -> NDArray[np.float64]:
        """Return float64[member]."""

    def unit(self, quantity: str) -> str:
        """Return the unit of a quantity's draws."""


def licence_groups(
    licences: Iterable[AssertedLicence], draws: DrawsLike, *, start: date, days: int
) -> list[LicenceGroup]:
    """Return the room of each licence that is usable in a span of days.

    Parameters
    ----------
    licences : iterable of AssertedLicence
    draws : Draws
        Authorised quantities, and whether a licence exists, by quantity id.
    start : date
        First simulated day.
    days : int
        Number of simulated days.

    Returns
    -------
    list of LicenceGroup
        Sorted by id; those that end before the start or begin after the end are left out.

    Raises
    ------
    InputError
        If an individual licence has neither a published nor an assumed quantity.
    NotFoundError
        If a quantity has no draw.
    """
    groups = []
    for licence in sorted(licences, key=lambda licence: licence.id):
        from_day = max((licence.valid_from - start).days, 0)
        until_day = days if licence.valid_to is None else (licence.valid_to - start).days
        until_day = min(until_day, days)
        if from_day >= until_day:
            continue
        quantity, unit = _quantity(licence, draws)
        groups.append(
            LicenceGroup(
                id=licence.id,
                holder=licence.holder,
                exporters=licence.exporters,
                items=licence.items,
                origin=licence.origin,
                destination=licence.destination,
                from_day=from_day,
                until_day=until_day,
                quantity=quantity,
                unit=unit,
            )
        )
    return groups


def _quantity(licence: AssertedLicence, draws: DrawsLike) -> tuple[NDArray[np.float64], str]:
    """Return the authorised quantity, and zero where the licence does not exist."""
    exists = np.ones(draws.members)
    if licence.exists is not None:
        exists = draws[licence.exists]
        if ((exists < 0) | (exists > 1)).any():
            raise InputError(
                f"{licence.exists} is no probability or truth value",
                where=f"licence {licence.id}",
                expected="draws from 0 to 1",
            )
    if licence.quantity is not None:
        return exists * draws[licence.quantity], draws.unit(licence.quantity)
    if licence.kind is LicenceKind.INDIVIDUAL:
        raise InputError(
            "an individual licence has no quantity",
            where=f"licence {licence.id}",
            expected="a quantity id, be it an assumed range",
            hint="add a quantity of quality 'assumed' to quantities.yaml and name it",
        )
    # A general licence sets no quantity: it lets everything through, where it exists.
    return np.where(exists > 0, np.inf, 0.0), ""


def room_in(
    group: LicenceGroup,
    unit: str,
    *,
    flow_per_day: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Return the quantity of a group in the unit of its items.

    Parameters
    ----------
    group : LicenceGroup
        Its quantity may be an amount, a share of the holder's flow over the validity, or a time
        for which it covers the holder's flow.
    unit : str
        Unit of the items.
    flow_per_day : float64[member] or float
        The holder's baseline flow over the lanes covered, in `unit` per day.

    Returns
    -------
    float64[member]
        In `unit`.

    Raises
    ------
    InputError
        If the group's unit is none of these.
    """
    if not group.unit:
        return group.quantity
    if compatible(group.unit, unit):
        return np.asarray(convert(group.quantity, group.unit, unit), dtype=np.float64)
    if compatible(group.unit, "1"):
        n_days = group.until_day - group.from_day
        return np.asarray(convert(group.quantity, group.unit, "1") * flow_per_day * n_days)
    if compatible(group.unit, "day"):
        return np.asarray(convert(group.quantity, group.unit, "day") * flow_per_day)
    raise InputError(
        f"a licence in {group.unit} gives no room in {unit}",
        where=f"licence {group.id}",
        expected=f"an amount in {unit}, a share of the flow, or a time",
    )
