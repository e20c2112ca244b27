"""Tables of an ensemble that figures draw: days of cover, exports by destination, licences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from coercivity.catalogue import places
from coercivity.errors import NotFoundError
from coercivity.experiments.recording import AGGREGATE, EXPORTS, export_lanes
from coercivity.experiments.statistics import band

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.experiments.ensemble import Ensemble

__all__ = ["cover_bands", "export_flows", "licence_ledger", "site_title"]


def site_title(ensemble: Ensemble, site: str) -> str:
    """Return a site in words: the name of its party and of what it makes."""
    row = ensemble.network.sites.set_index("id").loc[site]
    pack = ensemble.setting.pack
    party, item = str(row["party"]), str(row["item"])
    maker = pack.parties[party].name if party in pack.parties else party or site
    made = pack.items[item].name if item in pack.items else item
    return f"{maker}: {made}"


def cover_bands(
    ensemble: Ensemble, scenario: str, *, sites: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the days that stocks last at recorded sites, for ``figures.days_of_cover``.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str
    sites : sequence of str, optional
        Site ids; by default all that were recorded.

    Returns
    -------
    pandas.DataFrame
        ``place_id, place, scenario, date, p05, p50, p95``, in days.

    Raises
    ------
    NotFoundError
        If a site was not recorded.
    """
    import pandas as pd

    cover = ensemble[scenario]["stock_cover"]
    known = [str(name) for name in cover["site_selected"].to_numpy()]
    frames = []
    for site in sites if sites is not None else known:
        if site not in known:
            raise NotFoundError(
                f"the cover of site {site!r} was not recorded",
                expected="one of " + ", ".join(known),
            )
        values = cover.isel(site_selected=known.index(site)).transpose("day", "member").to_numpy()
        if np.isnan(values).all():
            continue
        frame = pd.DataFrame({"date": pd.DatetimeIndex(cover["day"].to_numpy()), **band(values)})
        frame.insert(0, "scenario", ensemble.plans[scenario].scenario.title)
        frame.insert(0, "place", site_title(ensemble, site))
        frame.insert(0, "place_id", site)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def export_flows(
    ensemble: Ensemble,
    scenario: str,
    *,
    start: date | None = None,
    end: date | None = None,
    baseline: str | None = None,
) -> pd.DataFrame:
    """Return exports in focus by destination, before and after, for ``figures.supply_flows``.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str
    start, end : date, optional
        Half-open span averaged over; by default the whole run.
    baseline : str, optional
        By default the ensemble's.

    Returns
    -------
    pandas.DataFrame
        ``destination_id, destination, unit, before, after, change_p05, change_p50, change_p95``:
        medians of both runs in units per month, and percentiles of the paired relative change. The
        row ``All`` has the id ``exports``; groups of countries are left out.
    """
    import pandas as pd

    first = _mean_flows(ensemble, baseline or ensemble.baseline, start, end)
    second = _mean_flows(ensemble, scenario, start, end)
    rows = []
    for name, (before, unit) in first.items():
        if name != EXPORTS and not name.startswith(f"{EXPORTS}/"):
            continue
        code = name.removeprefix(f"{EXPORTS}/")
        if code != EXPORTS and len(places.expand(code)) > 1:
            # A group is the sum of rows that are there already.
            continue
        after, _ = second[name]
        ratio = np.divide(after - before, before, out=np.zeros_like(after), where=before > 0.0)
        rows.append(
            {
                "destination_id": code,
                "destination": "All" if code == EXPORTS else _destination(ensemble, code),
                "unit": f"{unit}/month",
                "before": float(np.median(before)),
                "after": float(np.median(after)),
                **{f"change_{key}": float(value) for key, value in band(ratio).items()},
            }
        )
    return pd.DataFrame(rows)


def _destination(ensemble: Ensemble, code: str) -> str:
    """Name a destination: by its country, or by the only buyer if that one stands for many.

    An aggregate such as the rest of the world has a country only as a stand-in, and to print that
    country would be wrong.
    """
    lanes = export_lanes(ensemble.setting.pack, ensemble.network)[f"{EXPORTS}/{code}"]
    importers = set(ensemble.network.lanes["importer"].iloc[lanes].tolist())
    if len(importers) == 1:
        party = ensemble.setting.pack.parties.get(importers.pop())
        if party is not None and party.kind == AGGREGATE:
            return party.name
    return places.country_name(code)


_DAYS_PER_MONTH = 365.25 / 12.0


def _mean_flows(
    ensemble: Ensemble, scenario: str, start: date | None, end: date | None
) -> dict[str, tuple[Any, str]]:
    """Mean flow per month of each member, by name of the flow, and its unit."""
    shipped = ensemble[scenario]["shipped"]
    days = shipped["day"].to_numpy()
    inside = np.ones(days.size, np.bool_)
    if start is not None:
        inside &= days >= np.datetime64(start)
    if end is not None:
        inside &= days < np.datetime64(end)
    units = [str(unit) for unit in shipped["flow_unit"].to_numpy()]
    found = {}
    for row, name in enumerate(str(label) for label in shipped["flow"].to_numpy()):
        values = shipped.isel(flow=row).transpose("day", "member").to_numpy()[inside]
        found[name] = (values.mean(axis=0, dtype=np.float64) * _DAYS_PER_MONTH, units[row])
    return found


def licence_ledger(ensemble: Ensemble, scenario: str) -> pd.DataFrame:
    """Return what was drawn, left and lost under each importer's licences by the end of the run.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str

    Returns
    -------
    pandas.DataFrame
        ``importer, importer_name, item, item_name, allowances, unit`` and, for ``granted, drawn,
        left, lapsed``, the columns ``…_p05, …_p50, …_p95``. Empty if the scenario has no licence.
    """
    import pandas as pd

    planned, results = ensemble.plans[scenario].room, ensemble[scenario]
    if planned.room is None:
        return pd.DataFrame()
    pack = ensemble.setting.pack
    granted = np.zeros((len(planned.room.group_ids), ensemble.network.n_members))
    np.add.at(granted, planned.room.credit_group, planned.room.credit_amount)
    amounts = {
        "granted": granted,
        "drawn": results["licence_drawn"].to_numpy(),
        "left": results["licence_left"].to_numpy(),
        "lapsed": results["licence_lapsed"].to_numpy(),
    }
    rows = []
    for group, (importer, item) in enumerate(zip(planned.importers, planned.items, strict=True)):
        row: dict[str, Any] = {
            "importer": importer,
            "importer_name": pack.parties[importer].name if importer in pack.parties else importer,
            "item": item,
            "item_name": pack.items[item].name if item in pack.items else item,
            "allowances": planned.allowances[group],
            "unit": planned.units[group],
        }
        for name, values in amounts.items():
            row |= {f"{name}_{key}": float(value) for key, value in band(values[group]).items()}
        rows.append(row)
    return pd.DataFrame(rows)
