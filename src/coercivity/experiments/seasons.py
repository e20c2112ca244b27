r"""Seasons: how final demand is spread over the months of a year.

A site with a season asks in month :math:`k` for

.. math:: f_{s,k} = f_s \frac{w_k}{d_k} \frac{\sum_j d_j}{\sum_j w_j},

with weights :math:`w` drawn per member and :math:`d_k` days in the month: over a common year its
demand adds up to twelve even months, and the weights tell how much of it falls in each.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.schedule import Shocks
from coercivity.errors import InputError
from coercivity.units import convert

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.distributions import Draws
    from coercivity.network import CompiledNetwork

__all__ = ["seasonal_demand"]

FloatArray = NDArray[np.float64]

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""Names of the months as ``seasons.csv`` writes them."""

_COMMON_YEAR: Final = 2001


def seasonal_demand(
    pack: Pack, network: CompiledNetwork, *, draws: Draws, start: date, days: int
) -> Shocks | None:
    """Return the changes of final demand that the seasons of a pack's sites stand for.

    Parameters
    ----------
    pack : Pack
        Its tables ``sites`` and ``seasons`` are read.
    network : CompiledNetwork
    draws : Draws
        Of the weights that ``seasons`` names.
    start, days : date, int
        The run.

    Returns
    -------
    Shocks or None
        One step a month; None if no site has a season.

    Raises
    ------
    InputError
        If a season is unknown, lacks a month, or has no demand at all in some member.
    NotFoundError
        If a weight has no draw.
    """
    seasonal = {row["id"]: row["season"] for row in pack.table("sites") if row["season"]}
    if not seasonal:
        return None
    factors = {name: _factors(pack, name, draws) for name in sorted(set(seasonal.values()))}
    firsts = _month_starts(start, days)
    demand = np.ones((len(firsts), network.n_sites, draws.members))
    for row, site in enumerate(network.site_ids):
        if site in seasonal:
            for step, first in enumerate(firsts):
                demand[step, row] = factors[seasonal[site]][first.month - 1]
    steps = np.array([(first - start).days for first in firsts], np.int32)
    return Shocks(np.maximum(steps, 0), demand=demand, note="seasons of final demand")


def _month_starts(start: date, days: int) -> list[date]:
    """First days of the months of a run; the first month may have begun before it."""
    found, last = [start.replace(day=1)], start + timedelta(days=days - 1)
    while (following := (found[-1] + timedelta(days=31)).replace(day=1)) <= last:
        found.append(following)
    return found


def _factors(pack: Pack, season: str, draws: Draws) -> FloatArray:
    """Demand of each month as a factor on the mean: float64[month, member]."""
    rows = {row["month"]: row for row in pack.table("seasons") if row["season"] == season}
    missing = [month for month in MONTHS if month not in rows]
    if missing:
        raise InputError(
            f"season {season!r} says nothing of {', '.join(missing)}",
            where="seasons.csv",
            expected="a weight for each of the twelve months",
        )
    unit = draws.unit(rows[MONTHS[0]]["weight"])
    weight = np.array([_weight(rows[month]["weight"], unit, draws) for month in MONTHS])
    total = weight.sum(axis=0)
    if not (total > 0.0).all() or (weight < 0.0).any():
        raise InputError(
            f"season {season!r} has no demand, or a negative one, in some member",
            where=rows[MONTHS[0]].where,
            expected="weights of zero or more, not all zero",
        )
    length = np.array([calendar.monthrange(_COMMON_YEAR, k + 1)[1] for k in range(len(MONTHS))])
    return np.asarray(weight / length[:, None] * (length.sum() / total))


def _weight(quantity: str, unit: str, draws: Draws) -> FloatArray:
    return np.asarray(convert(draws[quantity], draws.unit(quantity), unit))
