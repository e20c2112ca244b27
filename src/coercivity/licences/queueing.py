"""One authority, one queue: what a day's decisions are worth to each destination.

The officials who decide on one country's applications are those who decide on another's. So an
exemption for one country's buyers frees places for all others, and a batch of general licences for
it takes places. The queue is a fluid: applications arrive per working day, a number of decisions is
made per working day, and a discipline says whose they are.

``shared``
    Decisions go to destinations in proportion to what each has waiting, as when files are taken
    at random (processor sharing).
``first_come``
    Strictly by the day of arrival, whatever the destination: cumulated decisions ``D(t)`` reach
    the arrivals of the time ``s`` with ``A(s) = D(t)``, and destination ``d`` has had ``A_d(s)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError

__all__ = ["DISCIPLINES", "QueueChange", "decisions"]

FloatArray = NDArray[np.float64]

DISCIPLINES: Final = ("first_come", "shared")


@dataclass(frozen=True)
class QueueChange:
    """What a relaxation or a general licence for one destination does to the queue.

    Parameters
    ----------
    day : int
        First working day on which it holds.
    destination : int
        Position of the destination whose buyers it is for.
    leaves : float
        Share, 0 to 1, of that destination's waiting and later applications that are no longer
        needed.
    takes : float or float64[member]
        Decisions its own handling costs, made before all others from that day on.
    """

    day: int
    destination: int
    leaves: float = 0.0
    takes: float | FloatArray = 0.0


def decisions(
    waiting: FloatArray,
    arrivals: FloatArray,
    capacity: FloatArray,
    *,
    discipline: str = "shared",
    changes: Sequence[QueueChange] = (),
) -> FloatArray:
    """Return the decisions each destination gets, day by day.

    Parameters
    ----------
    waiting : float64[destination, member]
        Applications waiting before the first day.
    arrivals : float64[destination, day, member]
        New applications.
    capacity : float64[day, member]
        Decisions that can be made; what a day does not need is lost.
    discipline : str
        ``shared`` or ``first_come``.
    changes : sequence of QueueChange
        Relaxations and general licences.

    Returns
    -------
    float64[destination, day, member]
        Applications decided. No more than arrived by then, no more than the capacity in all, and
        none is idle while somebody waits.

    Raises
    ------
    InputError
        If a number is negative, a share is above 1, or the discipline is unknown.
    """
    _check(waiting, arrivals, capacity, discipline, changes)
    come, left_over, places = _changed(waiting, arrivals, capacity, changes)
    serve = _serve_shared if discipline == "shared" else _serve_first_come
    return serve(come, left_over, places)


def _check(
    waiting: FloatArray,
    arrivals: FloatArray,
    capacity: FloatArray,
    discipline: str,
    changes: Sequence[QueueChange],
) -> None:
    if discipline not in DISCIPLINES:
        raise InputError(
            f"no discipline is called {discipline!r}", expected=" or ".join(DISCIPLINES)
        )
    for name, values in (("waiting", waiting), ("arrivals", arrivals), ("capacity", capacity)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise InputError(f"{name} of the queue holds a number below zero or none at all")
    for change in changes:
        if not 0 <= change.leaves <= 1 or np.any(np.less(change.takes, 0)) or change.day < 0:
            raise InputError(
                f"a change of the queue on working day {change.day}: leaves {change.leaves}, "
                f"takes {change.takes}",
                expected="a day of 0 or more, a share of 0 to 1 and 0 or more decisions",
            )


def _changed(
    waiting: FloatArray,
    arrivals: FloatArray,
    capacity: FloatArray,
    changes: Sequence[QueueChange],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arrivals with those waiting put on day 0, share that leaves [destination, day], capacity."""
    come = arrivals.copy()
    come[:, 0] += waiting
    leaving = np.zeros(arrivals.shape[:2])
    places = capacity.copy()
    for change in changes:
        if change.day >= come.shape[1]:
            continue
        leaving[change.destination, change.day] = change.leaves
        come[change.destination, change.day :] *= 1.0 - change.leaves
        owed = np.full(places.shape[1], 1.0) * change.takes
        for day in range(change.day, places.shape[0]):
            used = np.minimum(places[day], owed)
            places[day] -= used
            owed -= used
    # On the day of the change those who arrive then have left already; those waiting leave below.
    return come, leaving, places


def _serve_shared(come: FloatArray, leaving: FloatArray, places: FloatArray) -> FloatArray:
    decided = np.zeros_like(come)
    backlog = np.zeros((come.shape[0], come.shape[2]))
    for day in range(come.shape[1]):
        backlog *= 1.0 - leaving[:, day, None]
        backlog += come[:, day]
        total = backlog.sum(axis=0)
        share = np.divide(
            np.minimum(places[day], total), total, out=np.zeros_like(total), where=total > 0
        )
        decided[:, day] = backlog * share
        backlog -= decided[:, day]
    return decided


def _serve_first_come(come: FloatArray, leaving: FloatArray, places: FloatArray) -> FloatArray:
    """Keep what waits by day of arrival and take the oldest first."""
    decided = np.zeros_like(come)
    held = np.zeros_like(come)
    for day in range(come.shape[1]):
        held[:, :day] *= 1.0 - leaving[:, day, None, None]
        held[:, day] = come[:, day]
        by_age = held[:, : day + 1].sum(axis=0)
        before = np.cumsum(by_age, axis=0) - by_age
        taken = np.clip(places[day] - before, 0.0, by_age)
        share = np.divide(taken, by_age, out=np.zeros_like(taken), where=by_age > 0)
        served = held[:, : day + 1] * share
        decided[:, day] = served.sum(axis=1)
        held[:, : day + 1] -= served
    return decided
