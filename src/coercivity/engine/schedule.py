"""What the world allows on each day: gates, licence room, caps and shocks.

A :class:`Schedule` is the only thing a scenario tells the engine.  It is made of plain arrays,
so that a day costs nothing but reading them, and of the reasons behind each gate, so that
``why`` can lead from a stopped lane back to the measure or licence.

Days are counted from 0 (the day ``start``); a change listed for day *d* holds from the morning
of day *d* on.  Members are the last axis; an axis of length one stands for all members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import UsageError

__all__ = [
    "CLOSED",
    "LICENCE_ONLY",
    "NEVER",
    "OPEN",
    "UNKNOWN",
    "Caps",
    "Credit",
    "LicenceRoom",
    "Reason",
    "Schedule",
    "Shocks",
    "licence_room",
    "open_schedule",
]

OPEN: Final = 0
"""Goods may depart."""
LICENCE_ONLY: Final = 1
"""Goods may depart as far as the lane's licence group has room."""
CLOSED: Final = 2
"""No departure, licence or not."""
UNKNOWN: Final = 3
"""Nobody knows: open for the members drawn open, licence room only for the others."""
NEVER: Final = np.iinfo(np.int32).max
"""Day index of something that does not happen."""


@dataclass(frozen=True)
class Reason:
    """Why a gate stands as it does.

    Parameters
    ----------
    text : str
        One clause that completes "the lane is closed because …".
    refs : tuple of str
        Ids of the measures, actions, licences or claims that say so.
    """

    text: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Credit:
    """One licence, as room of a licence group.

    Parameters
    ----------
    group : str
        Licence group whose lanes may use it.
    licence : str
        Id of the licence or grant, for ``why``.
    amount : float64[member] or float, unit of the lane's item
        Quantity that may depart in all; zero for members in which it was not granted.
    day : int32[member] or int, day index
        First day of use.  Days before the start count as day 0.
    expiry : int32[member] or int, day index
        First day on which what is left can no longer be used (expiry or revocation).
    """

    group: str
    licence: str
    amount: NDArray[np.float64] | float
    day: NDArray[np.int32] | int = 0
    expiry: NDArray[np.int32] | int = NEVER


@dataclass(frozen=True, eq=False)
class LicenceRoom:
    """Balances that let goods depart over lanes that are licence-only.

    Lanes in a group share its room in proportion to what their buyers ask for.  Within a group
    the credit listed first is drawn first; :func:`licence_room` lists them by expiry.

    Attributes
    ----------
    group_ids : tuple of str
        Labels of the licence groups, ``B``.
    lane_licence : int32[lane]
        Group of each lane, -1 for none.
    credit_ids : tuple of str
        Licence behind each credit, ``C``.
    credit_group : int32[credit]
        Group that receives it.
    credit_day, credit_expiry : int32[credit, member], day index
        Usable on the days ``[credit_day, credit_expiry)``.
    credit_amount : float64[credit, member], unit of the lanes' item
    """

    group_ids: tuple[str, ...]
    lane_licence: NDArray[np.int32]
    credit_ids: tuple[str, ...]
    credit_group: NDArray[np.int32]
    credit_day: NDArray[np.int32]
    credit_expiry: NDArray[np.int32]
    credit_amount: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Caps:
    """Upper bounds on what groups of lanes may carry in a day, licensed or not.

    What is short is shared in proportion to what the lanes' buyers ask for.

    Attributes
    ----------
    cap_ids : tuple of str
        Labels of the cap groups, ``K``.
    lane_cap : int32[lane]
        Cap group of each lane, -1 for none.
    days : int32[step], day index
        First day of each step; the first is 0.
    rate : float64[step, cap, member], unit of the lanes' item per day
        ``inf`` where no cap holds.
    carry : bool
        Whether room not used on a day is kept for the next days until a reset day.
    reset_days : int32[reset], day index
        Days on which kept room lapses, such as the first of each month.
    """

    cap_ids: tuple[str, ...]
    lane_cap: NDArray[np.int32]
    days: NDArray[np.int32]
    rate: NDArray[np.float64]
    carry: bool = False
    reset_days: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


@dataclass(frozen=True, eq=False)
class Shocks:
    """Changes of capacity, final demand and lead time, all relative to the baseline.

    Attributes
    ----------
    days : int32[step], day index
        First day of each step; the first is 0.
    capacity : float64[step, site, member] or None, share
        Factor on capacity; None leaves it.
    demand : float64[step, site, member] or None, share
        Factor on final demand; None leaves it.
    lead_extra : int32[step, lane] or None, day
        Days added to the lead time of what departs in the step.
    note : str
        What the shocks stand for, for ``why``.
    """

    days: NDArray[np.int32]
    capacity: NDArray[np.float64] | None = None
    demand: NDArray[np.float64] | None = None
    lead_extra: NDArray[np.int32] | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Schedule:
    """Everything that a scenario tells the engine.

    Attributes
    ----------
    start : date
        Day 0.
    days : int
        Number of simulated days.
    gate_days : int32[segment], day index
        First day of each segment; strictly increasing, the first is 0.
    gate : int8[segment, lane]
        :data:`OPEN`, :data:`LICENCE_ONLY`, :data:`CLOSED` or :data:`UNKNOWN`.
    reason : int32[segment, lane]
        Position in `reasons`, -1 where nothing needs explaining.
    reasons : tuple of Reason
        Why gates stand as they do.
    unknown_open : bool[member]
        Members in which a gate that nobody knows is open.
    room : LicenceRoom or None
        Licence balances; None when there are no licences.
    caps : Caps or None
        Daily caps; None when there are none.
    shocks : Shocks or None
        Changes of capacity, demand and lead time.
    substitution : bool
        Whether buyers may qualify substitutes.
    network_start : date or None
        Day for which the network's baseline was drawn up; a run may not start earlier.
    """

    start: date
    days: int
    gate_days: NDArray[np.int32]
    gate: NDArray[np.int8]
    reason: NDArray[np.int32]
    reasons: tuple[Reason, ...]
    unknown_open: NDArray[np.bool_]
    room: LicenceRoom | None = None
    caps: Caps | None = None
    shocks: Shocks | None = None
    substitution: bool = True
    network_start: date | None = None

    def index_of(self, day: date) -> int:
        """Return the day index of a date.

        Raises
        ------
        UsageError
            If the date is not simulated.
        """
        index = (day - self.start).days
        if not 0 <= index < self.days:
            raise UsageError(
                f"{day} is not simulated",
                where="day",
                expected=f"a day from {self.start} to {self.date_of(self.days - 1)}",
                hint="choose a day inside the run, or a longer run",
            )
        return index

    def date_of(self, index: int) -> date:
        """Return the date of a day index."""
        return self.start + timedelta(days=index)

    def segment_of(self, index: int) -> int:
        """Return the gate segment in force on a day index."""
        return int(np.searchsorted(self.gate_days, index, side="right")) - 1


def open_schedule(
    start: date, days: int, *, n_lanes: int, n_members: int, substitution: bool = True
) -> Schedule:
    """Return a schedule in which every lane is open on every day.

    Parameters
    ----------
    start : date
        Day 0.
    days : int
        Number of simulated days.
    n_lanes, n_members : int
        Sizes of the network.
    substitution : bool
        Whether buyers may qualify substitutes.
    """
    return Schedule(
        start=start,
        days=days,
        gate_days=np.zeros(1, np.int32),
        gate=np.zeros((1, n_lanes), np.int8),
        reason=np.full((1, n_lanes), -1, np.int32),
        reasons=(),
        unknown_open=np.zeros(n_members, np.bool_),
        substitution=substitution,
    )


def licence_room(
    lane_licence: NDArray[np.int32],
    group_ids: Sequence[str],
    *,
    credits: Sequence[Credit],  # noqa: A002 - the field's word
    n_members: int,
) -> LicenceRoom:
    """Lay out licences as the engine's balances, those that lapse first ahead of others.

    Parameters
    ----------
    lane_licence : int32[lane]
        Position in `group_ids` of each lane's group, -1 for none.
    group_ids : sequence of str
        Labels of the licence groups.
    credits : sequence of Credit
        The licences.
    n_members : int
        Number of members.

    Raises
    ------
    UsageError
        If a credit names an unknown group.
    """
    positions = {group: index for index, group in enumerate(group_ids)}
    for credit in credits:
        if credit.group not in positions:
            raise UsageError(
                f"licence {credit.licence!r} gives room to unknown group {credit.group!r}",
                expected="one of the licence groups",
            )
    ordered = sorted(credits, key=lambda c: (positions[c.group], int(np.min(c.expiry)), c.licence))
    shape = (len(ordered), n_members)
    day, expiry = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    amount = np.zeros(shape)
    for row, credit in enumerate(ordered):
        day[row] = np.maximum(credit.day, 0)
        expiry[row] = credit.expiry
        amount[row] = credit.amount
    return LicenceRoom(
        group_ids=tuple(group_ids),
        lane_licence=np.asarray(lane_licence, np.int32),
        credit_ids=tuple(credit.licence for credit in ordered),
        credit_group=np.array([positions[c.group] for c in ordered], np.int32),
        credit_day=day,
        credit_expiry=expiry,
        credit_amount=amount,
    )
