"""How applications fare, from the counts sources report; a plain estimate with its uncertainty.

A share of applications decided or approved is a proportion ``k / n`` of a reported total. Its range
is Wilson's score interval [Wilson1927]_, which stays inside 0 to 1 and needs no large numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import NormalDist

from coercivity.errors import InputError
from coercivity.licences.asserted import ApplicationCount

__all__ = ["Share", "share_approved", "share_decided", "wilson_interval"]


@dataclass(frozen=True)
class Share:
    """A proportion reported by one source for one day.

    Parameters
    ----------
    count : ApplicationCount
        Where it comes from.
    numerator, total : float
        ``k`` and ``n``, in units of the count's measure.
    best, low, high : float
        ``k / n`` and the interval, 0 to 1.
    """

    count: ApplicationCount
    numerator: float
    total: float
    best: float
    low: float
    high: float

    @property
    def as_of(self) -> date:
        """Last day the count may be of."""
        return self.count.as_of.latest


def wilson_interval(k: float, n: float, *, confidence: float = 0.9) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion.

    Parameters
    ----------
    k, n : float
        Successes and trials, ``0 <= k <= n`` and ``n > 0``.
    confidence : float
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper bound, 0 to 1.

    Raises
    ------
    InputError
        If the counts or the confidence are not possible.

    Examples
    --------
    >>> low, high = wilson_interval(0, 30)
    >>> low, round(high, 3)
    (0.0, 0.083)
    """
    if not 0 <= k <= n or n <= 0:
        raise InputError(f"{k} of {n} is no share", expected="0 <= k <= n and n above zero")
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence}", expected="a number between 0 and 1")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(k * (n - k) / n + z * z / 4)
    # At the ends the exact bound is 0 or 1; rounding must not push it past them.
    return (0.0 if k == 0 else max(middle - half, 0.0), 1.0 if k == n else min(middle + half, 1.0))


def share_decided(
    counts: Iterable[ApplicationCount], *, confidence: float = 0.9
) -> tuple[Share, ...]:
    """Return, per count, the share of applications that had a decision.

    Parameters
    ----------
    counts : iterable of ApplicationCount
        Those that state neither a total nor enough to derive it are left out.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    tuple of Share
        By country and date.
    """
    return _shares(counts, ("approved", "rejected"), confidence)


def share_approved(
    counts: Iterable[ApplicationCount], *, confidence: float = 0.9
) -> tuple[Share, ...]:
    """Return, per count, the share of applications that had been approved.

    Parameters
    ----------
    counts : iterable of ApplicationCount
    confidence : float

    Returns
    -------
    tuple of Share
        By country and date.
    """
    return _shares(counts, ("approved",), confidence)


def _shares(
    counts: Iterable[ApplicationCount], parts: tuple[str, ...], confidence: float
) -> tuple[Share, ...]:
    shares = []
    for count in sorted(counts, key=lambda c: (c.country, c.as_of.latest, c.id)):
        total, k = total_of(count), _sum(count, parts)
        if total is not None and total > 0 and k is not None and k <= total:
            low, high = wilson_interval(k, total, confidence=confidence)
            shares.append(Share(count, k, total, k / total, low, high))
    return tuple(shares)


def _sum(count: ApplicationCount, parts: tuple[str, ...]) -> float | None:
    """Add up what is stated; None if nothing is. Unstated rejections count as none reported."""
    stated = [getattr(count, part) for part in parts if getattr(count, part) is not None]
    return sum(stated) if stated else None


def total_of(count: ApplicationCount) -> float | None:
    """Return the number of applications: as stated, or as the sum of every outcome stated."""
    if count.applied is not None:
        return count.applied
    if count.approved is not None and count.pending is not None:
        return count.approved + count.pending + (count.rejected or 0)
    return None
