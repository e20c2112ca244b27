"""How long two schedules allow the same.

Every schedule is outlined once: a study compares each with all before it, and a licensed quantity
of a thousand members is read more cheaply as bytes than number by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.schedule import UNKNOWN, LicenceRoom, Schedule
from coercivity.engine.steady import is_quiet

__all__ = ["CreditKey", "Outline", "are_equal", "shared_days"]

Days = NDArray[np.int32]
CreditKey = tuple[bytes, str]
"""Lanes of a credit's group, and its licence: what a credit is, whatever its group is called."""

_NEVER: Final = int(np.iinfo(np.int32).max)


@dataclass(frozen=True, eq=False)
class _Credit:
    """A licensed quantity.

    Attributes
    ----------
    day, expiry : int32[member], day index
    opens : int
        First day on which any member has room from it.
    given : bytes
        Days and amounts of all members.
    """

    day: Days
    expiry: Days
    opens: int
    given: bytes


@dataclass(frozen=True, eq=False)
class Outline:
    """What of a schedule is compared with others.

    Parameters
    ----------
    schedule : Schedule
    """

    schedule: Schedule

    @cached_property
    def is_quiet(self) -> bool:
        """Whether it is not run to its end, so that no other can begin from it."""
        return is_quiet(self.schedule)

    @cached_property
    def lane_sets(self) -> list[bytes]:
        """Lanes of each licence group."""
        room = self.schedule.room
        return [] if room is None else _lane_sets(room)

    @cached_property
    def credit_keys(self) -> list[CreditKey]:
        """Each credit, in the order in which credits of a group are drawn."""
        room = self.schedule.room
        if room is None:
            return []
        return [
            (self.lane_sets[group], licence)
            for group, licence in zip(room.credit_group, room.credit_ids, strict=True)
        ]

    @cached_property
    def credits(self) -> dict[CreditKey, _Credit]:
        """Terms of each credit."""
        room = self.schedule.room
        if room is None:
            return {}
        return {key: _credit(room, row) for row, key in enumerate(self.credit_keys)}

    @cached_property
    def opening(self) -> dict[bytes, int]:
        """First day on which each group may have room."""
        days: dict[bytes, int] = {}
        for (group, _), credit in self.credits.items():
            days[group] = min(credit.opens, days.get(group, credit.opens))
        return days

    @cached_property
    def lane_groups(self) -> list[bytes]:
        """Licence group of each lane, empty for none."""
        room = self.schedule.room
        if room is None:
            return [b""] * self.schedule.gate.shape[1]
        return [self.lane_sets[group] if group >= 0 else b"" for group in room.lane_licence]


def _lane_sets(room: LicenceRoom) -> list[bytes]:
    return [
        np.flatnonzero(room.lane_licence == group).tobytes() for group in range(len(room.group_ids))
    ]


def _credit(room: LicenceRoom, row: int) -> _Credit:
    day, amount = room.credit_day[row], room.credit_amount[row]
    return _Credit(
        day=day,
        expiry=room.credit_expiry[row],
        opens=int(day[amount > 0].min(initial=_NEVER)),
        given=day.tobytes() + amount.tobytes(),
    )


def shared_days(first: Outline, second: Outline) -> int:
    """Count the days, from the first on, on which two schedules allow the same.

    Parameters
    ----------
    first, second : Outline

    Returns
    -------
    int
        Number of days; 0 if they cannot share a run at all.
    """
    one, other = first.schedule, second.schedule
    if (one.start, one.days, one.substitution) != (other.start, other.days, other.substitution):
        return 0
    if one.shocks is not other.shocks or not _same_caps(one, other):
        return 0
    return min(
        one.days,
        _first_gate_difference(one, other),
        _first_room_difference(first, second),
    )


def are_equal(first: object, second: object) -> bool:
    """Whether two values, or all numbers of two arrays, are equal."""
    if first is second:
        return True
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return bool(np.array_equal(np.asarray(first), np.asarray(second)))
    return first == second


def _same_caps(first: Schedule, second: Schedule) -> bool:
    if first.caps is None or second.caps is None:
        return first.caps is second.caps
    return all(
        are_equal(getattr(first.caps, part.name), getattr(second.caps, part.name))
        for part in fields(first.caps)
    )


def _first_gate_difference(first: Schedule, second: Schedule) -> int:
    """First day on which a gate differs, or stands unknown to members drawn differently."""
    same_draw = np.array_equal(first.unknown_open, second.unknown_open)
    for day in sorted({*first.gate_days.tolist(), *second.gate_days.tolist()}):
        mine, theirs = (s.gate[s.segment_of(day)] for s in (first, second))
        if not np.array_equal(mine, theirs) or (not same_draw and bool((mine == UNKNOWN).any())):
            return int(day)
    return first.days


def _first_room_difference(first: Outline, second: Outline) -> int:
    """First day on which licence room may differ."""
    mine, theirs = first.credits, second.credits
    day = first.schedule.days
    for key in mine.keys() | theirs.keys():
        day = min(day, _first_credit_difference(mine.get(key), theirs.get(key)))
    day = min(day, _first_order_difference(first.credit_keys, second.credit_keys, mine))
    for a, b in set(zip(first.lane_groups, second.lane_groups, strict=True)):
        if a != b:
            day = min(day, first.opening.get(a, day), second.opening.get(b, day))
    return day


def _first_order_difference(
    mine: list[CreditKey], theirs: list[CreditKey], terms: Mapping[CreditKey, _Credit]
) -> int:
    """First day on which credits of one group are drawn in another order."""
    common = set(mine) & set(theirs)
    day = _NEVER
    for group in {key[0] for key in common}:
        order = [key for key in mine if key in common and key[0] == group]
        if order != [key for key in theirs if key in common and key[0] == group]:
            day = min([day, *(int(terms[key].day.min()) for key in order)])
    return day


def _first_credit_difference(mine: _Credit | None, theirs: _Credit | None) -> int:
    """First day on which a credit gives the one run other room than the other."""
    if mine is None or theirs is None:
        only = mine or theirs
        return _NEVER if only is None else only.opens
    if mine.given != theirs.given:
        return int(min(mine.day.min(), theirs.day.min()))
    if np.array_equal(mine.expiry, theirs.expiry):
        return _NEVER
    differ = mine.expiry != theirs.expiry
    return int(np.minimum(mine.expiry, theirs.expiry)[differ].min(initial=_NEVER))
