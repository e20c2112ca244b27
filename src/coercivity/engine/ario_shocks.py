"""Events of the regional model: what share of capacity each industry lacks, day by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, UsageError
from coercivity.network.mrio import MrioTable

__all__ = ["CapacityLoss", "CapitalLoss", "Loss", "Recovery", "Shape", "make_loss"]

Float = NDArray[np.float64]
Industry = tuple[str, str]
"""Region and sector."""

Shape = Literal["linear", "convex", "convex_unscaled", "concave"]

_SHARE_DECIMALS: Final = 6
"""Decimals to which a recovering share of capacity is rounded, as in BoARIO 0.7: this is what ends
a recovery that only tends to zero."""

_CONVEX_SCALE: Final = 4.0
"""Factor that makes a convex recovery nearly complete after its duration (BoARIO 0.7)."""

_CONCAVE_STEEPNESS: Final = 1e-6
"""Steepness of the S-shaped recovery (BoARIO 0.7)."""

_CONCAVE_HALF: Final = 2.0
"""The S-shaped recovery is half complete after its duration over this (BoARIO 0.7)."""


@dataclass(frozen=True)
class Recovery:
    r"""How a loss wears off once its duration is over.

    With :math:`e` days since then and duration :math:`\tau`, the share of the loss left is

    * ``linear``: :math:`1 - e/\tau`,
    * ``convex``: :math:`(1 - 1/\tau)^{4e}`, and ``convex_unscaled``: :math:`(1 - 1/\tau)^{e}`,
    * ``concave``: :math:`\tau / (\tau + k e^p)` with :math:`k = 10^{-6}` and
      :math:`p = (\ln\tau - \ln k)/(\ln\tau - \ln 2)`,

    as in BoARIO 0.7.

    Parameters
    ----------
    shape : {"linear", "convex", "convex_unscaled", "concave"}
    days : int, day
        :math:`\tau`.

    Raises
    ------
    UsageError
        If there is no such shape, or the days are too few for it.
    """

    shape: Shape = "linear"
    days: int = 1

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise UsageError(
                f"unknown recovery {self.shape!r}",
                where="recovery",
                expected=" or ".join(get_args(Shape)),
            )
        least = 3 if self.shape == "concave" else 1
        if self.days < least:
            raise UsageError(
                f"a {self.shape} recovery over {self.days} days",
                where="recovery.days",
                expected=f"{least} or more",
            )

    def left(self, elapsed: int) -> float:
        """Share of the loss left after some days of recovery.

        Examples
        --------
        >>> Recovery("linear", 4).left(1)
        0.75
        """
        tau = float(self.days)
        if self.shape == "linear":
            return 1.0 - elapsed / tau
        if self.shape == "concave":
            power = (log(tau) - log(_CONCAVE_STEEPNESS)) / (log(tau) - log(_CONCAVE_HALF))
            return float(tau / (tau + _CONCAVE_STEEPNESS * float(elapsed) ** power))
        scale = _CONVEX_SCALE if self.shape == "convex" else 1.0
        return float((1.0 - 1.0 / tau) ** (scale * elapsed))


@dataclass(frozen=True)
class CapacityLoss:
    """A share of capacity is lost; equal to BoARIO's ``EventArbitraryProd``.

    As there, capacity reacts on the day after `day`.  Where several such events hit an industry,
    the largest share counts.

    Parameters
    ----------
    share : mapping of (region, sector) to float
        Share of capacity lost, above 0 and at most 1.
    day : int
        Index of the day of the event, at least 1.
    duration : int, day
        How long the loss is whole.
    recovery : Recovery
    name : str
        Shown by ``why``.
    """

    share: Mapping[Industry, float]
    day: int = 1
    duration: int = 1
    recovery: Recovery = Recovery()
    name: str = ""

    def __post_init__(self) -> None:
        _check_event(self.share, self.day, self.duration)
        if max(self.share.values()) > 1.0:
            raise InputError(
                "a loss of more than the whole capacity", where="share", expected="≤ 1"
            )


@dataclass(frozen=True)
class CapitalLoss:
    """Productive capital is destroyed and recovers; equal to ``EventKapitalRecover``.

    The share of capacity lost is the share of capital lost.  Losses of several events add up.

    Parameters
    ----------
    amount : mapping of (region, sector) to float, monetary unit of the table
        Capital destroyed, above 0.
    day, duration, recovery, name
        As in :class:`CapacityLoss`; here capacity reacts on the day itself.
    decimals : int
        Decimals to which recovering capital is rounded.  BoARIO takes one more than the decimal
        logarithm of the event's monetary factor: 7 for events in millions.
    """

    amount: Mapping[Industry, float]
    day: int = 1
    duration: int = 1
    recovery: Recovery = Recovery()
    name: str = ""
    decimals: int = 7

    def __post_init__(self) -> None:
        _check_event(self.amount, self.day, self.duration)


def _check_event(sizes: Mapping[Industry, float], day: int, duration: int) -> None:
    """Raise unless an event hits somebody, some time."""
    if not sizes or not all(np.isfinite(size) and size > 0.0 for size in sizes.values()):
        raise InputError(
            "an event without a loss, or with one that is not a number above zero",
            where="event",
            expected="a loss above zero for each industry named",
        )
    if day < 1 or duration < 1:
        raise InputError(
            f"day {day}, duration {duration}", where="event", expected="both 1 or more"
        )


@dataclass(frozen=True, eq=False)
class Loss:
    """Share of capacity lost, of the industries that lose any.

    Attributes
    ----------
    industries : int64[k]
    share : float64[day, k]
    """

    industries: NDArray[np.int64]
    share: Float

    def at(self, day: int, industry: int) -> float:
        """Share lost by an industry on a day."""
        found = np.flatnonzero(self.industries == industry)
        return float(self.share[day, found[0]]) if found.size else 0.0


def make_loss(
    table: MrioTable,
    events: Sequence[CapacityLoss | CapitalLoss],
    *,
    capital: Callable[[], Float],
    days: int,
) -> Loss:
    """Lay out what events take from capacity.

    Parameters
    ----------
    table : MrioTable
    events : sequence of CapacityLoss or CapitalLoss
    capital : callable
        Returns the productive capital, float64[industry], in the unit of the table; called if an
        event destroys some.
    days : int

    Raises
    ------
    NotFoundError
        If the table has no such industry.
    InputError
        If more capital is destroyed than there is, or an event begins after the last day.
    """
    for event in events:
        if event.day >= days:
            raise InputError(
                f"an event on day {event.day} of a run of {days} days",
                where=event.name or "event",
                hint="simulate more days; the first is day 0",
            )
    named = sorted({table.position(*pair) for event in events for pair in _sizes(event)})
    at = {industry: k for k, industry in enumerate(named)}
    shares, amounts = np.zeros((days, len(named))), np.zeros((days, len(named)))
    for event in events:
        columns = [at[table.position(*pair)] for pair in _sizes(event)]
        path = _path(event, np.array(list(_sizes(event).values())), days)
        if isinstance(event, CapacityLoss):
            shares[:, columns] = np.maximum(shares[:, columns], path)
        else:
            amounts[:, columns] += path
    rows = np.array(named, np.int64)
    if amounts.any():
        shares = np.maximum(shares, _share_of(table, amounts, capital()[rows], rows))
    return Loss(rows, shares)


def _sizes(event: CapacityLoss | CapitalLoss) -> Mapping[Industry, float]:
    """Return what an event takes, by industry."""
    return event.share if isinstance(event, CapacityLoss) else event.amount


def _path(event: CapacityLoss | CapitalLoss, size: Float, days: int) -> Float:
    """Loss left on each day: float64[day, industry]."""
    is_share = isinstance(event, CapacityLoss)
    decimals = _SHARE_DECIMALS if isinstance(event, CapacityLoss) else event.decimals
    # A loss of capacity takes a day to be felt; a recovery is felt the day after its step.
    begins = event.day + is_share
    recovers = event.day + event.duration + 1 + is_share
    path = np.zeros((days, size.size))
    path[begins:recovers] = size
    for day in range(recovers, days):
        left = np.round(size * event.recovery.left(day - recovers), decimals)
        if not left.any():
            break
        path[day] = left
    return path


def _share_of(table: MrioTable, amounts: Float, capital: Float, rows: NDArray[np.int64]) -> Float:
    """Share of capital lost on each day."""
    over = np.flatnonzero((amounts > capital).any(axis=0))
    if over.size:
        k = int(over[0])
        raise InputError(
            f"{amounts[:, k].max():g} destroyed of a capital of {capital[k]:g}",
            where=table.industries[rows[k]],
            expected="no more than there is",
            hint="losses are in the unit of the table; capital is value added times a factor",
        )
    share = np.zeros_like(amounts)
    np.divide(amounts, capital, out=share, where=capital != 0.0)
    return share
