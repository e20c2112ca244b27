"""What happens to a very large network: gates of scopes, licences, and lost capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.method import Method
from coercivity.engine.scale_layout import ScaleState
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, NEVER, OPEN, Credit
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.network.edges import EdgeNetwork

__all__ = ["CapacityLoss", "ScaleSchedule", "ScopeGate", "Timeline", "prepare"]


@dataclass(frozen=True)
class ScopeGate:
    """A gate that holds over every lane of a scope from a day on.

    Parameters
    ----------
    scope : str
        As in the column ``scope`` of the lanes.
    gate : int
        ``schedule.OPEN``, ``LICENCE_ONLY`` or ``CLOSED``.
    day : int, day index
        First day; holds until the scope's next gate.
    reason : str
        One clause that completes "… because".
    """

    scope: str
    gate: int
    day: int = 0
    reason: str = ""


@dataclass(frozen=True)
class CapacityLoss:
    """Firms lose a share of their capacity.

    Parameters
    ----------
    share : mapping of firm id to float
        Share lost, 0 to 1.  Where several losses hit a firm on a day, the largest counts.
    day : int, day index
    until : int, optional
        First day without the loss; by default it lasts.
    name : str
        Shown by ``why``.
    """

    share: Mapping[Any, float]
    day: int = 0
    until: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not all(0.0 <= share <= 1.0 for share in self.share.values()):
            raise InputError("a loss must lie between 0 and 1", where="share")
        if self.day < 0 or (self.until is not None and self.until <= self.day):
            raise InputError(f"a loss from day {self.day} until {self.until}", where="day")


@dataclass(frozen=True)
class ScaleSchedule:
    """What is simulated.

    Parameters
    ----------
    start : datetime.date
        Date of day 0.
    days : int
    gates : sequence of ScopeGate
        A scope is open until its first.
    credits : sequence of Credit
        Licences: ``group`` is the scope whose lanes may use them; ``amount``, ``day`` and
        ``expiry`` are single numbers.  The one listed first is drawn first.
    losses : sequence of CapacityLoss
    """

    start: date
    days: int
    gates: Sequence[ScopeGate] = ()
    credits: Sequence[Credit] = ()
    losses: Sequence[CapacityLoss] = ()

    def __post_init__(self) -> None:
        if self.days < 1:
            raise UsageError(f"{self.days} days", where="days", expected="1 or more")
        for row, gate in enumerate(self.gates):
            if gate.gate not in (OPEN, LICENCE_ONLY, CLOSED) or gate.day < 0:
                raise UsageError(
                    f"gate {gate.gate} from day {gate.day}",
                    where=f"gates, row {row} ({gate.scope})",
                    expected="OPEN, LICENCE_ONLY or CLOSED from day 0 on",
                    hint="an unknown gate is one run with it open and one with it licence-only",
                )


@dataclass(eq=False)
class Timeline:
    """Days on which something changes, and what.

    Attributes
    ----------
    gates : dict of day to list of (scope position, ScopeGate)
    capacity_days : set of int
    hit : int64[firm hit]
    losses : list of (rows of `hit`, share, first day, end)
    """

    gates: dict[int, list[tuple[int, ScopeGate]]]
    capacity_days: set[int]
    hit: NDArray[np.int64]
    losses: list[tuple[NDArray[np.int64], NDArray[np.float64], int, int]]

    def factor(self, day: int) -> NDArray[np.float64]:
        """Share of capacity left on a day, float64[firm hit]."""
        lost = np.zeros(self.hit.size)
        for rows, share, first, end in self.losses:
            if first <= day < end:
                lost[rows] = np.maximum(lost[rows], share)
        return 1.0 - lost


def prepare(network: EdgeNetwork, schedule: ScaleSchedule, state: ScaleState) -> Timeline:
    """Resolve the names of a schedule, and put its licences into the state.

    Raises
    ------
    NotFoundError
        If a scope or firm is not in the network.
    """
    scopes = {label: at for at, label in enumerate(network.scopes)}
    for gate in schedule.gates:
        _find(scopes, gate.scope, "scope")
    for credit in schedule.credits:
        _find(scopes, credit.group, "scope")
    gates: dict[int, list[tuple[int, ScopeGate]]] = {}
    for gate in schedule.gates:
        gates.setdefault(gate.day, []).append((scopes[gate.scope], gate))
    _put_credits(schedule, state, scopes)
    named = sorted({firm for loss in schedule.losses for firm in loss.share}, key=repr)
    # A dictionary of a million ids is made only if firms are named.
    at = {firm: row for row, firm in enumerate(network.ids.tolist())} if named else {}
    hit = np.array([_find(at, firm, "firm") for firm in named], np.int64)
    column = {firm: row for row, firm in enumerate(named)}
    losses = [
        (
            np.array([column[firm] for firm in loss.share], np.int64),
            np.array(list(loss.share.values()), np.float64),
            loss.day,
            NEVER if loss.until is None else loss.until,
        )
        for loss in schedule.losses
    ]
    days = {day for _, _, first, end in losses for day in (first, end)}
    return Timeline(gates, days, hit, losses)


def _find(at: Mapping[Any, int], name: object, kind: str) -> int:
    """Return a position."""
    if name not in at:
        raise NotFoundError(f"no {kind} {name!r} in the network", where=kind)
    return at[name]


def _put_credits(schedule: ScaleSchedule, state: ScaleState, scopes: Mapping[str, int]) -> None:
    """Enter the licences."""
    real = state.site.dtype
    for row, credit in enumerate(schedule.credits):
        numbers = (credit.amount, credit.day, credit.expiry)
        if any(np.size(number) != 1 for number in numbers) or not float(credit.amount) >= 0.0:
            raise UsageError(
                f"amount {credit.amount}, day {credit.day}, expiry {credit.expiry}",
                where=f"credits, row {row} ({credit.licence})",
                expected="single numbers; an amount of 0 or more",
            )
    listed = schedule.credits
    state.gates = state.gates._replace(
        credit_scope=np.array([scopes[c.group] for c in listed], np.int64),
        credit_day=np.array([max(0, int(c.day)) for c in listed], np.int64),
        credit_expiry=np.array([int(c.expiry) for c in listed], np.int64),
        credit_amount=np.array([float(c.amount) for c in listed], real),
        balance=np.zeros(len(listed), real),
    )


def apply(timeline: Timeline, state: ScaleState, method: Method, day: int) -> None:
    """Enter what changes on a day."""
    for scope, gate in timeline.gates.get(day, ()):
        state.gates.gate[scope] = gate.gate
    if day in timeline.capacity_days:
        from coercivity.engine.kernels import scale_fields as k

        rows = timeline.hit
        state.site[k.CAPACITY, rows] = state.capacity[rows] * timeline.factor(day)
