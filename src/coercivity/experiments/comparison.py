"""Scenarios side by side: paired differences from the baseline, with bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import NotFoundError, UsageError
from coercivity.experiments.statistics import band, day_band

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.experiments.ensemble import Ensemble

__all__ = ["Comparison", "Sector", "compare", "lost_output", "sector_sites", "sectors"]

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
        share_p50, share_p95``; shares are of the baseline's output. Sectors that share a unit of
        vehicles are also added up under the id ``vehicles``.
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
        Sector id; by default all sectors counted in vehicles.
    baseline : str, optional
        Scenario compared with; by default the ensemble's.

    Returns
    -------
    float64[member], unit of the sector's item
        Positive where less is made.
    """
    chosen = [sector] if sector else _vehicle_sectors(ensemble)
    sites = np.concatenate([sector_sites(ensemble, name) for name in chosen])
    first, second = ensemble[baseline or ensemble.baseline], ensemble[scenario]
    return np.asarray(
        first["made"].to_numpy()[sites].sum(axis=0) - second["made"].to_numpy()[sites].sum(axis=0)
    )


def _vehicle_sectors(ensemble: Ensemble) -> list[str]:
    found = [sector.id for sector in sectors(ensemble) if sector.unit == "vehicle"]
    if not found:
        raise UsageError(
            "the pack puts no sector in focus that is counted in vehicles",
            where="pack.yaml",
            expected="focus.sectors with unit vehicle, or name a sector",
        )
    return found


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
    lost = [row for name in chosen for row in _lost_rows(ensemble, name, base)]
    bands = [frame for name in chosen for frame in _band_frames(ensemble, name, base)]
    stops = [row for name in chosen for row in _stop_rows(ensemble, name)]
    stop_table = pd.DataFrame(stops)
    for column in ("p05", "p50", "p95"):
        if len(stop_table):
            stop_table[column] = pd.to_datetime(stop_table[column])
    return Comparison(
        baseline=base,
        lost=pd.DataFrame(lost),
        bands=pd.concat(bands, ignore_index=True) if bands else pd.DataFrame(),
        stops=stop_table,
    )


def _title(ensemble: Ensemble, scenario: str) -> str:
    return ensemble.plans[scenario].scenario.title


def _lost_rows(ensemble: Ensemble, scenario: str, base: str) -> list[dict[str, Any]]:
    rows = []
    made = ensemble[base]["made"].to_numpy()
    groups = [(s.id, s.title, s.unit, [s.id]) for s in sectors(ensemble)]
    vehicles = [s.id for s in sectors(ensemble) if s.unit == "vehicle"]
    if len(vehicles) > 1:
        groups.append(("vehicles", "All vehicles", "vehicle", vehicles))
    for group_id, title, unit, members in groups:
        sites = np.concatenate([sector_sites(ensemble, name) for name in members])
        whole = made[sites].sum(axis=0)
        lost = whole - ensemble[scenario]["made"].to_numpy()[sites].sum(axis=0)
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


def _band_frames(ensemble: Ensemble, scenario: str, base: str) -> list[pd.DataFrame]:
    """Output as a share of the baseline's, over the steps of the scenario."""
    import pandas as pd

    frames = []
    first, second = _on_steps(ensemble, base, scenario)
    for sector in sectors(ensemble):
        labels = [name for name in first.coords["sector"].to_numpy() if _is_of(name, sector.id)]
        whole = first.sel(sector=labels).sum("sector").to_numpy().astype(np.float64)
        part = second.sel(sector=labels).sum("sector").to_numpy().astype(np.float64)
        share = np.divide(part, whole, out=np.ones_like(part), where=whole > 0.0)
        frame = pd.DataFrame({"date": pd.DatetimeIndex(first["day"].to_numpy()), **band(share)})
        frame.insert(0, "sector", sector.title)
        frame.insert(0, "sector_id", sector.id)
        frame.insert(0, "scenario", _title(ensemble, scenario))
        frame.insert(0, "scenario_id", scenario)
        frames.append(frame)
    return frames


def _is_of(label: str, sector: str) -> bool:
    return label == sector or label.startswith(f"{sector}/")


def _on_steps(ensemble: Ensemble, base: str, scenario: str) -> tuple[Any, Any]:
    """Output by sector of two runs on the coarser of their steps."""
    first, second = ensemble[base]["output_sector"], ensemble[scenario]["output_sector"]
    steps = [int(ensemble[name].attrs["step_days"]) for name in (base, scenario)]
    if steps[0] < steps[1]:
        first = _coarser(first, steps[1] // steps[0], second)
    elif steps[1] < steps[0]:
        second = _coarser(second, steps[0] // steps[1], first)
    return first, second


def _coarser(series: Any, factor: int, like: Any) -> Any:
    """Mean over `factor` steps, labelled like another series."""
    coarse = series.coarsen(day=factor, boundary="pad").mean()
    return coarse.assign_coords(day=like["day"])


def _stop_rows(ensemble: Ensemble, scenario: str) -> list[dict[str, Any]]:
    results = ensemble[scenario]
    down = results["line_down_day"].to_numpy()
    network, parties = ensemble.network, ensemble.setting.pack.parties
    rows = []
    for sector in sectors(ensemble):
        for site in sector_sites(ensemble, sector.id):
            days, share = day_band(down[site])
            site_id = network.site_ids[site]
            party = str(network.sites["party"].iloc[site])
            name = parties[party].name if party in parties else party or site_id
            row: dict[str, Any] = {
                "scenario_id": scenario,
                "scenario": _title(ensemble, scenario),
                "place_id": site_id,
                "place": f"{name}, {sector.title.lower()}",
                "sector_id": sector.id,
            }
            row |= {key: None if day is None else results.date_of(day) for key, day in days.items()}
            rows.append({**row, "share_down": share})
    return rows
