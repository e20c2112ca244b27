"""Scenarios side by side: paired differences from the baseline, with bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import NotFoundError, UsageError
from coercivity.experiments.statistics import band, day_band

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack
    from coercivity.experiments.ensemble import Ensemble

__all__ = [
    "Comparison",
    "Sector",
    "built_output",
    "compare",
    "lost_output",
    "sector_sites",
    "sectors",
    "summed",
    "total_of",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Sector:
    """A group of final makers that the pack puts in focus.

    Parameters
    ----------
    id, title, unit : str
        Id in ``sites``, words, unit of its output.
    """

    id: str
    title: str
    unit: str


Places = Mapping[Sector, NDArray[np.intp]]
"""Positions of the sites of each sector that sell to final users."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What each scenario changes against the baseline.

    Every number is a percentile of a difference between two runs of the same member, never the
    difference of two percentiles.

    Parameters
    ----------
    baseline : str
        Id of the scenario compared with.
    lost : pandas.DataFrame
        Lost output: ``scenario_id, scenario, sector_id, sector, unit, p05, p50, p95, share_p05,
        share_p50, share_p95``; shares are of the baseline's output. Sectors that share the unit of
        the pack's total are also added up under its id, in the last row.
    bands : pandas.DataFrame
        Output over time as a share of the baseline's on the same day: ``scenario_id, scenario,
        sector_id, sector, date, p05, p50, p95``.
    stops : pandas.DataFrame
        Line-down dates: ``scenario_id, scenario, place_id, place, sector_id, p05, p50, p95,
        share_down``; a date is missing where fewer members stop.
    """

    baseline: str
    lost: pd.DataFrame
    bands: pd.DataFrame
    stops: pd.DataFrame


def sectors(ensemble: Ensemble) -> tuple[Sector, ...]:
    """Return the sectors in the pack's focus that the network has."""
    focus = ensemble.setting.pack.meta.get("focus") or {}
    known = set(ensemble.network.sites["sector"].tolist())
    return tuple(
        Sector(str(row["id"]), str(row.get("title") or row["id"]), str(row.get("unit") or "unit"))
        for row in focus.get("sectors") or ()
        if row["id"] in known
    )


def total_of(pack: Pack) -> Sector | None:
    """Return the sum that a pack makes of sectors in focus; None if it makes none.

    Parameters
    ----------
    pack : Pack
        Its ``focus.total`` is read.
    """
    row = (pack.meta.get("focus") or {}).get("total")
    return None if row is None else Sector(str(row["id"]), str(row["title"]), str(row["unit"]))


def summed(ensemble: Ensemble) -> list[str]:
    """Return the sectors that the pack's total adds up.

    Raises
    ------
    UsageError
        If the pack makes no sum, or none of its sectors is in the unit of the sum.
    """
    whole = total_of(ensemble.setting.pack)
    found = [s.id for s in sectors(ensemble) if whole is not None and s.unit == whole.unit]
    if not found:
        raise UsageError(
            "the pack adds up no sectors in focus",
            where="pack.yaml",
            expected="focus.total with the unit of some sectors, or name a sector",
        )
    return found


def sector_sites(ensemble: Ensemble, sector: str) -> NDArray[np.intp]:
    """Return the positions of a sector's sites that sell to final users.

    Raises
    ------
    NotFoundError
        If there are none.
    """
    network = ensemble.network
    inside = (network.sites["sector"] == sector).to_numpy()
    found = np.flatnonzero(inside & (network.final_demand > 0.0).any(axis=1))
    if not found.size:
        raise NotFoundError(
            f"no site of sector {sector!r} sells to final users",
            expected="one of " + ", ".join(s.id for s in sectors(ensemble)),
        )
    return found


def lost_output(
    ensemble: Ensemble, scenario: str, *, sector: str | None = None, baseline: str | None = None
) -> FloatArray:
    """Return what each member makes less than in the baseline scenario.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str
        Scenario id.
    sector : str, optional
        Sector id; by default those that the pack's total adds up.
    baseline : str, optional
        Scenario compared with; by default the ensemble's.

    Returns
    -------
    float64[member], unit of the sector's item
        Positive where less is made.
    """
    first = built_output(ensemble, baseline or ensemble.baseline, sector=sector)
    return first - built_output(ensemble, scenario, sector=sector)


def built_output(ensemble: Ensemble, scenario: str, *, sector: str | None = None) -> FloatArray:
    """Return what each member makes in a scenario.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str
        Scenario id.
    sector : str, optional
        Sector id; by default those that the pack's total adds up.

    Returns
    -------
    float64[member], unit of the sector's item
    """
    chosen = [sector] if sector else summed(ensemble)
    sites = np.concatenate([sector_sites(ensemble, name) for name in chosen])
    return np.asarray(ensemble[scenario]["made"].to_numpy()[sites].sum(axis=0))


def compare(
    ensemble: Ensemble, scenarios: Sequence[str] | None = None, *, baseline: str | None = None
) -> Comparison:
    """Compare scenarios with the baseline, member by member.

    Parameters
    ----------
    ensemble : Ensemble
    scenarios : sequence of str, optional
        Ids; by default all but the baseline.
    baseline : str, optional
        By default the ensemble's.

    Returns
    -------
    Comparison

    Raises
    ------
    NotFoundError
        If a scenario was not run.
    """
    import pandas as pd

    base = baseline or ensemble.baseline
    chosen = list(scenarios or (name for name in ensemble.results if name != base))
    places = {sector: sector_sites(ensemble, sector.id) for sector in sectors(ensemble)}
    lost = [row for name in chosen for row in _lost_rows(ensemble, name, base, places)]
    bands = _band_columns(ensemble, chosen, base, tuple(places))
    stops = [row for name in chosen for row in _stop_rows(ensemble, name, places)]
    stop_table = pd.DataFrame(stops)
    for column in ("p05", "p50", "p95"):
        if len(stop_table):
            stop_table[column] = pd.to_datetime(stop_table[column])
    return Comparison(
        baseline=base,
        lost=pd.DataFrame(lost),
        bands=pd.DataFrame(bands),
        stops=stop_table,
    )


def _title(ensemble: Ensemble, scenario: str) -> str:
    return ensemble.plans[scenario].scenario.title


def _lost_rows(
    ensemble: Ensemble, scenario: str, base: str, places: Places
) -> list[dict[str, Any]]:
    rows = []
    made = ensemble[base]["made"].to_numpy()
    left = ensemble[scenario]["made"].to_numpy()
    groups = [(s.id, s.title, s.unit, [sites]) for s, sites in places.items()]
    total = total_of(ensemble.setting.pack)
    if total is not None:
        parts = [sites for s, sites in places.items() if s.unit == total.unit]
        if len(parts) > 1:
            groups.append((total.id, total.title, total.unit, parts))
    for group_id, title, unit, members in groups:
        sites = np.concatenate(members)
        whole = made[sites].sum(axis=0)
        lost = whole - left[sites].sum(axis=0)
        share = np.divide(lost, whole, out=np.zeros_like(lost), where=whole > 0.0)
        row: dict[str, Any] = {
            "scenario_id": scenario,
            "scenario": _title(ensemble, scenario),
            "sector_id": group_id,
            "sector": title,
            "unit": unit,
        }
        row |= {name: float(value) for name, value in band(lost).items()}
        row |= {f"share_{name}": float(value) for name, value in band(share).items()}
        rows.append(row)
    return rows


def _band_columns(
    ensemble: Ensemble, chosen: Sequence[str], base: str, focus: Sequence[Sector]
) -> dict[str, Any]:
    """Columns of the bands, one block of rows per scenario and sector.

    Filled array by array: a frame per scenario and sector costs more than the numbers in it.
    """
    first = _step_days(ensemble, base)
    wholes: dict[int, FloatArray] = {}
    parts: dict[str, list[Any]] = {}
    for name in chosen if focus else ():
        step = max(first, _step_days(ensemble, name))
        if step not in wholes:
            wholes[step] = _sector_output(ensemble, base, focus, step)
        whole = wholes[step]
        part = _sector_output(ensemble, name, focus, step)
        share = np.divide(part, whole, out=np.ones_like(part), where=whole > 0.0)
        longer = name if _step_days(ensemble, name) == step else base
        days = ensemble[longer]["day"].to_numpy()
        block = {
            "scenario_id": _repeated([name], share.shape[0] * days.size),
            "scenario": _repeated([_title(ensemble, name)], share.shape[0] * days.size),
            "sector_id": _repeated([sector.id for sector in focus], days.size),
            "sector": _repeated([sector.title for sector in focus], days.size),
            "date": np.tile(days, share.shape[0]),
            **{key: level.ravel() for key, level in band(share).items()},
        }
        for key, column in block.items():
            parts.setdefault(key, []).append(column)
    return {key: np.concatenate(columns) for key, columns in parts.items()}


def _repeated(words: Sequence[str], times: int) -> NDArray[np.object_]:
    return np.repeat(np.array(words, dtype=object), times)


def _is_of(label: str, sector: str) -> bool:
    return label == sector or label.startswith(f"{sector}/")


def _step_days(ensemble: Ensemble, scenario: str) -> int:
    return int(ensemble[scenario].attrs["step_days"])


def _sector_output(
    ensemble: Ensemble, scenario: str, focus: Sequence[Sector], step_days: int
) -> FloatArray:
    """Output by sector, step of `step_days` and member: float64[sector, step, member]."""
    results = ensemble[scenario]
    output = results["output_sector"].to_numpy()
    labels = [str(label) for label in results["sector"].to_numpy()]
    summed = [
        output[[_is_of(label, sector.id) for label in labels]].sum(axis=0) for sector in focus
    ]
    return _coarser(np.stack(summed), step_days // _step_days(ensemble, scenario))


def _coarser(series: NDArray[Any], factor: int) -> FloatArray:
    """Mean over `factor` steps at a time, the last of them over what is left."""
    if factor == 1:
        return series.astype(np.float64)
    starts = np.arange(0, series.shape[1], factor)
    counts = np.diff(np.append(starts, series.shape[1]))
    sums = np.add.reduceat(series, starts, axis=1, dtype=np.float64)
    return np.asarray(sums / counts[:, None])


def _lower_first(title: str) -> str:
    """Lower the first letter, unless the word is an abbreviation."""
    word = title.split(" ", 1)[0]
    return title if sum(c.isupper() for c in word) > 1 else title[:1].lower() + title[1:]


def _stop_rows(ensemble: Ensemble, scenario: str, places: Places) -> list[dict[str, Any]]:
    results = ensemble[scenario]
    down = results["line_down_day"].to_numpy()
    network, parties = ensemble.network, ensemble.setting.pack.parties
    owners = network.sites["party"].tolist()
    rows = []
    for sector, sites in places.items():
        for site in sites.tolist():
            days, share = day_band(down[site])
            site_id = network.site_ids[site]
            party = str(owners[site])
            name = parties[party].name if party in parties else party or site_id
            row: dict[str, Any] = {
                "scenario_id": scenario,
                "scenario": _title(ensemble, scenario),
                "place_id": site_id,
                "place": f"{name}, {_lower_first(sector.title)}",
                "sector_id": sector.id,
            }
            row |= {key: None if day is None else results.date_of(day) for key, day in days.items()}
            rows.append({**row, "share_down": share})
    return rows
