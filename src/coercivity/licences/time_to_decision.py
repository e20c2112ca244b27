"""How long an application waits and how it ends, estimated from counts reported over time.

Nobody publishes when each application was made and decided; sources report, for one day, how many
had been approved or rejected and how many were waiting. That is current-status data with competing
risks [Jewell2003]_: approval and rejection compete, and what still waits is right-censored.

The model, kept to what such counts can bear:

* applications arrive evenly from the day the control took effect, ``t = 0``, to the day ``T`` of
  the count, in working days;
* each meets a decision at a constant rate ``h = h_a + h_r`` per working day, which is an approval
  with rate ``h_a`` and a rejection with rate ``h_r`` (cause-specific hazards [Putter2007]_).

So of those made by ``T``, the share still waiting is ``w = (1 - exp(-h T)) / (h T)``, the share
approved ``p (1 - w)`` with ``p = h_a / h``, and the counts are multinomial in these; a source that
counts the approved and the waiting but no rejections tells ``a / (a + w)`` only. The rate ``h`` has
a log-uniform prior and ``p`` a uniform one, on a grid; there is one posterior a witness family,
never one for the mean of witnesses: a draw believes one family, with probability by its grade, as
it does for quantities in conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError
from coercivity.licences.asserted import ApplicationCount
from coercivity.licences.processing import total_of

__all__ = [
    "DecisionTimes",
    "Reading",
    "estimate_decision_times",
    "usable_readings",
    "working_days",
]

FloatArray = NDArray[np.float64]

SLOWEST_PER_DAY: Final = 1e-4
FASTEST_PER_DAY: Final = 1.0
"""Ends of the log-uniform prior of the rate of decision, per working day: a mean wait of forty
years, and of one day. A default of the method."""

TINY: Final = float(np.finfo(np.float64).tiny)
"""Smallest chance whose logarithm is taken."""

GRID: Final = 201
"""Points of the rate and of the share approved: neighbouring rates differ by 5 %, neighbouring
shares by 0.5 %, far less than any posterior from such counts is wide."""


@dataclass(frozen=True)
class Reading:
    """A count that can be read as current status: how many of a total had which end.

    Parameters
    ----------
    count : ApplicationCount
        Where it comes from.
    days : int
        Working days from the start of the control to the count.
    total, approved : float
        In units of the count's measure.
    rejected : float or None
        None if the source says nothing of rejections.
    counts_waiting : bool
        Whether the total is of approved and waiting alone, so that rejections are outside of it.
    weight : float
        Vote of its witness family.
    """

    count: ApplicationCount
    days: int
    total: float
    approved: float
    rejected: float | None
    counts_waiting: bool = False
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class DecisionTimes:
    """Rates of decision with their uncertainty.

    Parameters
    ----------
    country : str
        Of the applicants.
    since : date
        Day from which applications were needed.
    readings : tuple of Reading
        One a witness family.
    believed : int[draw]
        Position in `readings` of the family a draw believes.
    approve, reject : float64[draw]
        Cause-specific hazards, per working day.
    """

    country: str
    since: date
    readings: tuple[Reading, ...]
    believed: NDArray[np.intp]
    approve: FloatArray
    reject: FloatArray

    def waiting(self, days: Sequence[float] | FloatArray) -> FloatArray:
        """Return float64[draw, day]: share still waiting some working days after applying."""
        return np.asarray(np.exp(-np.outer(self.approve + self.reject, np.asarray(days))))

    def approved(self, days: Sequence[float] | FloatArray) -> FloatArray:
        """Return float64[draw, day]: share approved by then (cumulative incidence)."""
        return (1.0 - self.waiting(days)) * self.approval_share[:, None]

    @property
    def approval_share(self) -> FloatArray:
        """float64[draw]: share of decisions that are approvals."""
        return np.asarray(self.approve / (self.approve + self.reject))

    @property
    def mean_wait(self) -> FloatArray:
        """float64[draw]: mean time to a decision, working days."""
        return np.asarray(1.0 / (self.approve + self.reject))

    def to_json(self, *, days: Sequence[int], confidence: float = 0.9) -> dict[str, Any]:
        """Return medians and intervals at some working days, with the readings behind them."""
        edges = ((1 - confidence) / 2, 0.5, (1 + confidence) / 2)

        def spread(values: FloatArray) -> dict[str, float]:
            low, middle, high = np.quantile(values, edges)
            return {"low": float(low), "median": float(middle), "high": float(high)}

        return {
            "country": self.country,
            "since": self.since.isoformat(),
            "confidence": confidence,
            "mean_wait_working_days": spread(self.mean_wait),
            "approval_share": spread(self.approval_share),
            "after": [
                {
                    "working_days": day,
                    "decided": spread(1.0 - self.waiting([day])[:, 0]),
                    "approved": spread(self.approved([day])[:, 0]),
                }
                for day in days
            ],
            "readings": [
                {
                    "count": r.count.id,
                    "source": r.count.source,
                    "family": r.count.family,
                    "as_of": r.count.as_of.text,
                    "measure": r.count.measure,
                    "working_days": r.days,
                    "total": r.total,
                    "approved": r.approved,
                    "rejected": r.rejected,
                }
                for r in self.readings
            ],
        }


def working_days(start: date, end: date) -> int:
    """Return the weekdays in ``[start, end)``; public holidays are not known here.

    Examples
    --------
    >>> working_days(date(2025, 4, 4), date(2025, 4, 11))
    5
    """
    return int(np.busday_count(start.isoformat(), end.isoformat()))


def usable_readings(
    counts: Iterable[ApplicationCount],
    *,
    country: str,
    since: date,
    weights: Mapping[str, float] | None = None,
) -> tuple[Reading, ...]:
    """Return the last usable count of each witness family.

    Parameters
    ----------
    counts : iterable of ApplicationCount
    country : str
        Code or group of the applicants.
    since : date
        Start of the control.
    weights : mapping of str to float, optional
        Vote by source id; 1 if not given.

    Returns
    -------
    tuple of Reading
        Sorted by family. A count without total, or without the number approved, cannot be read and
        is left out; so is one of a day before `since`.
    """
    last: dict[str, Reading] = {}
    for count in sorted(counts, key=lambda c: (c.as_of.latest, c.id)):
        reading = _read(count, since) if count.country == country else None
        if reading is not None:
            vote = (weights or {}).get(count.source, 1.0)
            last[count.family] = replace(reading, weight=vote)
    return tuple(last[family] for family in sorted(last))


def _read(count: ApplicationCount, since: date) -> Reading | None:
    total, days = _total(count), working_days(since, count.as_of.latest)
    if count.approved is None or not total or days < 1:
        return None
    if count.approved + (count.rejected or 0.0) > total:
        return None
    only_waiting = count.applied is None and count.pending is not None and count.rejected is None
    return Reading(count, days, total, count.approved, count.rejected, only_waiting)


def _total(count: ApplicationCount) -> float | None:
    """Total, or what the importer's government endorsed: that is what reached the authority."""
    stated = total_of(count)
    return stated if stated is not None else count.endorsed


def estimate_decision_times(
    readings: Sequence[Reading],
    *,
    country: str,
    since: date,
    draws: int,
    seed: int,
) -> DecisionTimes:
    """Draw rates of decision from the posterior of each witness family.

    Parameters
    ----------
    readings : sequence of Reading
    country : str
    since : date
    draws : int
        Number of draws.
    seed : int
        Of the generator; the same seed gives the same draws.

    Returns
    -------
    DecisionTimes

    Raises
    ------
    InputError
        If there is no reading: without counts nothing can be said.
    """
    if not readings:
        raise InputError(
            f"no count of applications of {country} can be read as approved of a total",
            where="applications.yaml",
            expected="a row with the number approved and a total, or approved and pending",
            hint="without such a row the waiting time is unknown",
        )
    generator = np.random.default_rng(seed)
    votes = np.array([reading.weight for reading in readings])
    believed = generator.choice(len(readings), size=draws, p=votes / votes.sum())
    place = generator.random(draws)
    rates = np.geomspace(SLOWEST_PER_DAY, FASTEST_PER_DAY, GRID)
    shares = (np.arange(GRID) + 0.5) / GRID
    rate, share = np.empty(draws), np.empty(draws)
    for position, reading in enumerate(readings):
        mine = np.flatnonzero(believed == position)
        cell = _inverse(_posterior(reading, rates, shares), place[mine])
        rate[mine], share[mine] = rates[cell // GRID], shares[cell % GRID]
    times = tuple(readings), believed
    return DecisionTimes(country, since, *times, rate * share, rate * (1.0 - share))


def _posterior(reading: Reading, rates: FloatArray, shares: FloatArray) -> FloatArray:
    """Posterior mass float64[cell] on the grid of (rate, share approved), summing to 1."""
    exposure = rates * reading.days
    waiting = (-np.expm1(-exposure) / exposure)[:, None]
    approved = (1.0 - waiting) * shares[None, :]
    rejected = (1.0 - waiting) * (1.0 - shares[None, :])
    rest = reading.total - reading.approved
    ends: list[tuple[float, FloatArray]]
    if reading.rejected is not None:
        ends = [(reading.approved, approved), (reading.rejected, rejected)]
        ends.append((rest - reading.rejected, waiting))
    elif reading.counts_waiting:
        seen = approved + waiting
        ends = [(reading.approved, approved / seen), (rest, waiting / seen)]
    else:
        ends = [(reading.approved, approved), (rest, 1.0 - approved)]
    log_mass = np.zeros_like(approved)
    for number, chance in ends:
        log_mass = log_mass + number * np.log(np.maximum(chance, TINY))
    mass = np.exp(log_mass - np.max(log_mass)).ravel()
    return np.asarray(mass / mass.sum())


def _inverse(mass: FloatArray, place: FloatArray) -> NDArray[np.intp]:
    """Cell whose cumulated mass first reaches each place in 0 to 1."""
    cell = np.searchsorted(np.cumsum(mass), place, side="right")
    return np.asarray(np.minimum(cell, mass.size - 1), dtype=np.intp)
