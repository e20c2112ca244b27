"""The history scenario beside what was observed: untuned, misses shown as misses.

Which observed series stands beside which result is data of the pack (table ``history``): a variable
of the results, a selector such as ``flow=exports/US`` and how days become the period. The selector
``relative=baseline`` divides by the network's baseline over the same days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, NotFoundError
from coercivity.experiments.recording import read_selector
from coercivity.experiments.statistics import band
from coercivity.units import convert, parse_unit

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack, Record
    from coercivity.results import Results

__all__ = ["COLUMNS", "HistoryCheck", "against_history"]

COLUMNS: Final = (
    "series",
    "title",
    "period",
    "date",
    "unit",
    "p05",
    "p50",
    "p95",
    "observed",
    "hit",
    "relative_miss",
    "status",
    "imposed",
    "source",
    "fact",
    "note",
)

IMPOSED: Final = "imposed"
"""Selector key for a series that the scenario itself was given: no test of the model."""


@dataclass(frozen=True, eq=False)
class HistoryCheck:
    """Simulation beside observation.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an observation: ``series, title, period, date, unit, p05, p50, p95, observed, hit,
        relative_miss, status, imposed, source, fact, note``. `hit` says whether the observation
        lies between the 5th and 95th percentile; `relative_miss` is the distance from the nearer
        end of that band, as a share of the observation (0 for a hit); `imposed` marks series that
        were an input of the scenario.
    outside : pandas.DataFrame
        Observations whose period does not lie inside the run: not comparable.
    """

    table: pd.DataFrame
    outside: pd.DataFrame

    @property
    def coverage(self) -> float:
        """Share of the observations inside the band, leaving out imposed series."""
        free = self.table[~self.table["imposed"].astype(bool)] if len(self.table) else self.table
        return float(free["hit"].mean()) if len(free) else float("nan")

    def summary(self) -> str:
        """Return the coverage in a sentence."""
        free = self.table[~self.table["imposed"].astype(bool)] if len(self.table) else self.table
        if not len(free):
            return "no observation lies inside the run"
        return (
            f"{int(free['hit'].sum())} of {len(free)} observations lie in the simulated 5 to 95 % "
            "band; nothing was tuned to them"
        )


def against_history(results: Results, pack: Pack) -> HistoryCheck:
    """Set a run beside the observed series of a pack.

    Parameters
    ----------
    results : Results
        Of the history scenario, recorded daily.
    pack : Pack
        Its tables ``history`` and ``series`` are read.

    Returns
    -------
    HistoryCheck

    Raises
    ------
    InputError
        If a row of ``history`` names something that the results or the series do not have.
    """
    import pandas as pd

    observed: dict[str, list[Record]] = {}
    for row in pack.table("series"):
        observed.setdefault(row["series"], []).append(row)
    inside, outside = [], []
    for link in pack.table("history"):
        if link["series"] not in observed:
            raise InputError(
                f"no series is called {link['series']!r}", where=link.where, expected="series.csv"
            )
        selector = read_selector(link["selector"])
        days, values, unit = _simulated(results, link, selector)
        for row in sorted(observed[link["series"]], key=lambda r: r["month"].earliest):
            entry = _entry(link, row, imposed=selector.get(IMPOSED) == "yes")
            chosen = _within(days, row["month"].earliest, row["month"].latest)
            if chosen is None:
                outside.append(entry)
                continue
            simulated = _aggregate(values[chosen], unit, row["unit"], link)
            inside.append({**entry, **_judged(simulated, float(row["value"]))})
    return HistoryCheck(
        pd.DataFrame(inside, columns=list(COLUMNS)), pd.DataFrame(outside, columns=list(COLUMNS))
    )


def _entry(link: Record, row: Record, *, imposed: bool) -> dict[str, Any]:
    return {
        "series": link["series"],
        "title": link.get("title") or link["series"].replace("_", " "),
        "period": row["month"].text,
        "date": row["month"].earliest,
        "unit": row["unit"],
        "observed": float(row["value"]),
        "status": row["status"],
        "imposed": imposed,
        "source": row["source"],
        "fact": row["fact"] or "",
        "note": "; ".join(part for part in (link["note"], row["note"]) if part),
    }


def _judged(simulated: NDArray[np.float64], observed: float) -> dict[str, Any]:
    """Percentiles, whether the observation lies between the outer two, and by how much not."""
    found = {name: float(value) for name, value in band(simulated).items()}
    low, high = found["p05"], found["p95"]
    # A cap is met to rounding only; a part in a million is no miss.
    slack = 1e-6 * abs(observed)
    hit = low - slack <= observed <= high + slack
    distance = 0.0 if hit else max(low - observed, observed - high)
    scale = abs(observed) if observed else max(abs(high), 1.0)
    return {**found, "hit": bool(hit), "relative_miss": float(distance / scale)}


def _simulated(
    results: Results, link: Record, selector: Mapping[str, str]
) -> tuple[list[date], NDArray[np.float64], str]:
    """Days, values by day and member, and unit per day (or ``1`` for a share)."""
    name, where = link["variable"], link.where
    try:
        variable = results[name]
    except NotFoundError as error:
        raise InputError(error.problem.what, where=where, expected=error.problem.expected) from None
    dimension = next((str(d) for d in variable.dims if d in selector), None)
    if dimension is None or "day" not in variable.dims:
        raise InputError(
            f"the selector {link['selector']!r} does not choose a part of {name}",
            where=where,
            expected=" or ".join(f"{d}=…" for d in variable.dims if d not in ("day", "member")),
        )
    labels = [str(label) for label in variable[dimension].to_numpy()]
    wanted = selector[dimension]
    if wanted not in labels:
        raise InputError(
            f"{name} has no {dimension} {wanted!r}",
            where=where,
            expected="one of " + ", ".join(labels),
        )
    row = labels.index(wanted)
    values = variable.isel({dimension: row}).transpose("day", "member").to_numpy()
    unit = str(variable[f"{dimension}_unit"].to_numpy()[row])
    if selector.get("relative") == "baseline":
        values = values / results[f"{name}_baseline"].to_numpy()[row]
        unit = ""
    days: list[date] = variable["day"].to_numpy().astype("datetime64[D]").tolist()
    if len(days) > 1 and days[1] - days[0] != timedelta(days=1):
        raise InputError(
            f"{name} was recorded every {(days[1] - days[0]).days} days",
            where="results",
            expected="daily series of the history scenario",
        )
    return days, np.asarray(values, dtype=np.float64), unit


def _within(days: list[date], first: date, last: date) -> slice | None:
    """Positions of the days of a period, or None if the run does not hold all of it."""
    if not days or first < days[0] or last > days[-1]:
        return None
    return slice((first - days[0]).days, (last - days[0]).days + 1)


def _aggregate(
    values: NDArray[np.float64], unit: str, wanted: str, link: Record
) -> NDArray[np.float64]:
    """Days to the period, in the unit of the observation."""
    if (link["aggregation"] or "sum") == "mean":
        found = values.mean(axis=0)
        have = f"{unit}/day" if unit else "1"
    else:
        found = values.sum(axis=0)
        have = unit or "1"
        # A monthly total is at times written as a rate; summed days are the total itself.
        wanted = wanted.removesuffix("/month")
    if parse_unit(have).dims != parse_unit(wanted).dims:
        raise InputError(
            f"series {link['series']} is in {wanted}, the simulation in {have}",
            where=link.where,
            expected="units of one kind",
        )
    return np.asarray(convert(found, have, wanted))
