"""What relief for one destination does to the others' places in the authority's queue.

A pack says who waits (``queues.yaml``), a scenario who is relieved (``queue_changes``). The queue
is run twice, without the relief and with it; what is decided earlier, or at all, because of it
becomes licences of the simulation, one per tranche of days. What the baseline decides is no part of
them: licences that were reported are in the pack, and those that were not are not made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, NotFoundError
from coercivity.experiments.room import Allowance
from coercivity.experiments.scenarios import COUNTRY, QueueRelief
from coercivity.licences.queueing import QueueChange, decisions
from coercivity.units import convert

if TYPE_CHECKING:
    from coercivity.catalogue import Pack, Record

__all__ = ["Queue", "QueueLine", "extra_decisions", "load_queues", "queue_allowances"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class QueueLine:
    """One destination's applications.

    Parameters
    ----------
    destination : str
        Code or group.
    waiting, arrivals : str
        Quantity ids: applications, and applications per working day.
    approval, coverage : str or None
        Quantity ids: share of decisions that are approvals, and share of the applicants' flow that
        all who wait would cover. None for a line that only competes for places.
    items : tuple of str
        Item ids of the licences.
    """

    destination: str
    waiting: str
    arrivals: str
    approval: str | None = None
    coverage: str | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queue:
    """An authority's queue.

    Parameters
    ----------
    id, title, authority, instrument : str
        Names; party and instrument ids.
    start : date
        First day.
    discipline : str
        As in :func:`~coercivity.licences.queueing.decisions`.
    statutory, capacity, validity : str
        Quantity ids: time the law sets, decisions per working day, validity of a licence.
    tranche_days : int
        Days put together into one licence of the simulation.
    lines : tuple of QueueLine
    where : str
        File and line.
    """

    id: str
    title: str
    authority: str
    instrument: str
    start: date
    discipline: str
    statutory: str
    capacity: str
    validity: str
    tranche_days: int
    lines: tuple[QueueLine, ...]
    where: str = ""

    def position(self, destination: str, *, where: str = "") -> int:
        """Return the position of a destination's line, or raise NotFoundError."""
        names = [line.destination for line in self.lines]
        if destination not in names:
            raise NotFoundError(
                f"queue {self.id} has no line for {destination!r}",
                where=where or self.where,
                expected="one of " + ", ".join(names),
            )
        return names.index(destination)


def load_queues(pack: Pack) -> dict[str, Queue]:
    """Return a pack's queues by id.

    Raises
    ------
    InputError
        If a line has a coverage but no share approved or no items, or tranches have no day.
    """
    return {row["id"]: _queue(row) for row in pack.table("queues")}


def _queue(row: Record) -> Queue:
    if int(row["tranche_days"]) < 1:
        raise InputError(f"tranche_days is {row['tranche_days']}", where=row.where, expected=">= 1")
    return Queue(
        id=row["id"],
        title=row["title"],
        authority=row["authority"],
        instrument=row["instrument"],
        start=row["start"],
        discipline=row["discipline"],
        statutory=row["statutory"],
        capacity=row["capacity"],
        validity=row["validity"],
        tranche_days=int(row["tranche_days"]),
        lines=tuple(_line(part) for part in row["lines"]),
        where=row.where,
    )


def _line(row: Record) -> QueueLine:
    if row["coverage"] and not (row["approval"] and row["items"]):
        raise InputError(
            f"the line of {row['destination']} has a coverage without approval or items",
            where=row.where,
            expected="approval: a quantity, items: a list",
        )
    return QueueLine(
        destination=row["destination"],
        waiting=row["waiting"],
        arrivals=row["arrivals"],
        approval=row["approval"] or None,
        coverage=row["coverage"] or None,
        items=tuple(row["items"] or ()),
    )


def queue_allowances(
    reliefs: Sequence[QueueRelief],
    queues: Mapping[str, Queue],
    draws: Mapping[str, FloatArray],
    units: Mapping[str, str],
    *,
    start: date,
    days: int,
) -> list[Allowance]:
    """Return the licences that come out of the queue because somebody was relieved.

    Parameters
    ----------
    reliefs : sequence of QueueRelief
        Of one scenario.
    queues : mapping of str to Queue
    draws : mapping of str to float64[member]
    units : mapping of str to str
        Unit of each draw.
    start : date
        Day 0 of the run.
    days : int
        Length of the run.

    Returns
    -------
    list of Allowance
        One per line with a coverage and tranche in which something more is decided.

    Raises
    ------
    NotFoundError
        If a queue or a line is not there.
    """
    found: list[Allowance] = []
    for name in dict.fromkeys(relief.queue for relief in reliefs):
        if name not in queues:
            raise NotFoundError(f"no queue is called {name!r}", expected=", ".join(queues))
        queue = queues[name]
        mine = [relief for relief in reliefs if relief.queue == name]
        calendar = _weekdays(queue.start, start + timedelta(days=days))
        extra = extra_decisions(queue, mine, draws, calendar=calendar)
        found.extend(_tranches(queue, extra, calendar, draws, units, start=start))
    # What is decided on the last day leaves after the end.
    return [allowance for allowance in found if allowance.from_day < days]


def extra_decisions(
    queue: Queue,
    reliefs: Sequence[QueueRelief],
    draws: Mapping[str, FloatArray],
    *,
    calendar: Sequence[date],
) -> FloatArray:
    """Return float64[line, day, member]: decisions more than without the reliefs, cumulated.

    Never below zero: what a batch of general licences takes away from others delays decisions that
    no source reports and the baseline does not hold.
    """
    waiting = np.stack([draws[line.waiting] for line in queue.lines])
    per_day = np.stack([draws[line.arrivals] for line in queue.lines])
    arrivals = np.repeat(per_day[:, None, :], len(calendar), axis=1)
    capacity = np.repeat(draws[queue.capacity][None, :], len(calendar), axis=0)
    changes = [_change(queue, relief, draws, calendar) for relief in reliefs]
    runs = [
        decisions(waiting, arrivals, capacity, discipline=queue.discipline, changes=what)
        for what in ((), changes)
    ]
    return np.maximum(np.cumsum(runs[1] - runs[0], axis=1), 0.0)


def _change(
    queue: Queue, relief: QueueRelief, draws: Mapping[str, FloatArray], calendar: Sequence[date]
) -> QueueChange:
    day = sum(1 for weekday in calendar if weekday < relief.on)
    takes = draws[relief.takes] if relief.takes else 0.0
    line = queue.position(relief.destination, where=relief.where)
    return QueueChange(day, line, leaves=relief.leaves, takes=takes)


def _tranches(
    queue: Queue,
    extra: FloatArray,
    calendar: Sequence[date],
    draws: Mapping[str, FloatArray],
    units: Mapping[str, str],
    *,
    start: date,
) -> list[Allowance]:
    valid = convert(draws[queue.validity], units[queue.validity], "day")
    longest = int(np.ceil(valid.max()))
    ends = _tranche_ends(queue, calendar)
    found = []
    for position, line in enumerate(queue.lines):
        if not (line.coverage and line.approval):
            continue
        waiting = draws[line.waiting]
        one = np.divide(1.0, waiting, out=np.zeros_like(waiting), where=waiting > 0)
        share = convert(draws[line.coverage], units[line.coverage], "1") * one
        share = share * convert(draws[line.approval], units[line.approval], "1")
        before = np.zeros_like(waiting)
        for number, last in enumerate(ends):
            # A later day may have fewer extra decisions; what was licensed stays licensed.
            now = np.maximum(extra[position, last], before)
            gained, before = now - before, now
            from_day = (calendar[last] + timedelta(days=1) - start).days
            if from_day < 0 or not (gained > 0).any():
                continue
            found.append(
                Allowance(
                    id=f"{queue.id}_{line.destination.lower()}_{number + 1}",
                    holders=(f"{COUNTRY}{line.destination}",),
                    items=line.items,
                    from_day=from_day,
                    until_day=from_day + longest,
                    quantity=gained * share * valid,
                    unit="day",
                )
            )
    return found


def _tranche_ends(queue: Queue, calendar: Sequence[date]) -> list[int]:
    """Position of the last weekday of each tranche."""
    number = [(day - queue.start).days // queue.tranche_days for day in calendar]
    return [
        at for at in range(len(calendar)) if at + 1 == len(calendar) or number[at + 1] > number[at]
    ]


def _weekdays(first: date, end: date) -> list[date]:
    days = [first + timedelta(days=n) for n in range(max((end - first).days, 0))]
    return [day for day in days if day.weekday() < 5]
