"""Observed monthly totals as daily caps on groups of lanes."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.schedule import Caps
from coercivity.errors import InputError
from coercivity.units import compatible, convert

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.experiments.scenarios import Cap
    from coercivity.network import CompiledNetwork

__all__ = ["MonthlySeries", "plan_caps", "read_series"]


@dataclass(frozen=True)
class MonthlySeries:
    """An observed series by month.

    Parameters
    ----------
    name, unit : str
        Name and unit of the monthly totals, such as ``t`` or ``t/month``.
    values : mapping of date to float
        First day of the month to total of the month, in `unit`.
    sources : mapping of date to str
        Source id of each value.
    statuses : mapping of date to str
        ``reported`` or ``derived``.
    """

    name: str
    unit: str
    values: Mapping[date, float]
    sources: Mapping[date, str]
    statuses: Mapping[date, str]


def read_series(pack: Pack) -> dict[str, MonthlySeries]:
    """Return the observed monthly series of a pack by name; longer periods are left out.

    Raises
    ------
    InputError
        If a series mixes units.
    """
    rows: dict[str, list[tuple[date, float, str, str, str]]] = {}
    for row in pack.table("series"):
        period = row["month"]
        if period.precision == "month":
            entry = (period.earliest, row["value"], row["unit"], row["source"], row["status"])
            rows.setdefault(row["series"], []).append(entry)
    found = {}
    for name, entries in rows.items():
        units = {unit for _, _, unit, _, _ in entries}
        if len(units) > 1:
            raise InputError(
                f"series {name} mixes the units {', '.join(sorted(units))}",
                where="series.csv",
                expected="one unit a series",
            )
        entries.sort()
        found[name] = MonthlySeries(
            name=name,
            unit=units.pop(),
            values={day: value for day, value, *_ in entries},
            sources={day: source for day, _, _, source, _ in entries},
            statuses={day: status for day, _, _, _, status in entries},
        )
    return found


def plan_caps(
    caps: Sequence[Cap],
    network: CompiledNetwork,
    *,
    series: Mapping[str, MonthlySeries],
    start: date,
    days: int,
) -> tuple[Caps | None, tuple[str, ...]]:
    """Turn observed totals into daily caps that carry unused room to the end of the month.

    Parameters
    ----------
    caps : sequence of Cap
    network : CompiledNetwork
    series : mapping of str to MonthlySeries
    start, days : date, int
        The run.

    Returns
    -------
    Caps or None
        None without caps.
    tuple of str
        What had to be assumed: months without a total have no cap.
    """
    if not caps:
        return None, ()
    months = _months(start, days)
    lane_cap = np.full(network.n_lanes, -1, np.int32)
    rate = np.full((len(months), len(caps), 1), np.inf)
    notes = []
    for position, cap in enumerate(caps):
        lanes = _capped_lanes(cap, network)
        if (lane_cap[lanes] >= 0).any():
            raise _overlap(cap)
        lane_cap[lanes] = position
        unit = _one_unit(cap, [str(u) for u in network.lanes["unit"][lanes]])
        missing = []
        for step, month in enumerate(months):
            value = _daily(cap, series[cap.series], month, unit)
            rate[step, position, 0] = np.inf if value is None else value
            if value is None and _holds(cap, month):
                missing.append(month.strftime("%Y-%m"))
        if missing:
            notes.append(
                f"no total of {cap.series} is known for {', '.join(missing)}: "
                "no cap is applied in those months"
            )
    steps = np.array([max(0, (month - start).days) for month in months], np.int32)
    return (
        Caps(
            cap_ids=tuple(cap.id for cap in caps),
            lane_cap=lane_cap,
            days=steps,
            rate=rate,
            carry=True,
            reset_days=steps,
        ),
        tuple(notes),
    )


def _months(start: date, days: int) -> list[date]:
    """First days of the months that the run touches."""
    months = [start.replace(day=1)]
    last = start + timedelta(days=days - 1)
    while (following := _next_month(months[-1])) <= last:
        months.append(following)
    return months


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _capped_lanes(cap: Cap, network: CompiledNetwork) -> NDArray[np.bool_]:
    lanes = network.lanes
    inside = (
        lanes["item"].isin(cap.items)
        & (lanes["origin"] == cap.origin)
        & (lanes["destination"] != cap.origin)
    )
    return np.asarray(inside.to_numpy(), dtype=np.bool_)


def _overlap(cap: Cap) -> InputError:
    return InputError(
        f"cap {cap.id} covers lanes that an earlier cap covers",
        where=cap.where,
        expected="each lane under one cap",
    )


def _one_unit(cap: Cap, units: Sequence[str]) -> str:
    found = sorted(set(units))
    if len(found) != 1:
        raise InputError(
            f"cap {cap.id} covers {'no lane' if not found else 'units ' + ', '.join(found)}",
            where=cap.where,
            expected="lanes of items counted in one unit",
        )
    return found[0]


def _holds(cap: Cap, month: date) -> bool:
    return (cap.end is None or month < cap.end) and (
        cap.start is None or _next_month(month) > cap.start
    )


def _daily(cap: Cap, series: MonthlySeries, month: date, unit: str) -> float | None:
    """Total of a month spread over its days, in `unit` per day."""
    if not _holds(cap, month) or month not in series.values:
        return None
    total = series.values[month]
    monthly = f"{unit}/month"
    if compatible(series.unit, monthly):
        total = float(convert(total, series.unit, monthly))
    else:
        total = float(convert(total, series.unit, unit))
    return total / calendar.monthrange(month.year, month.month)[1]
