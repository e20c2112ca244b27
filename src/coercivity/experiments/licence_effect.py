"""What one licence changes: a pack run with and without it, member by member.

The same members are run twice under one scenario. The schedules differ only in the quantity of the
licence, so every difference is due to it alone. It is model output, not a fact: what it rests on is
listed with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.schedule import NEVER
from coercivity.errors import InputError, Problem
from coercivity.experiments.comparison import Sector, sector_sites, sectors, total_of
from coercivity.experiments.ensemble import Ensemble, plan_scenario, prepare
from coercivity.experiments.recording import focus_sites
from coercivity.experiments.room import Allowance
from coercivity.experiments.scenarios import COUNTRY, find_scenario, load_scenarios
from coercivity.experiments.statistics import band
from coercivity.experiments.tables import site_title
from coercivity.options import Options
from coercivity.units import compatible

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack
    from coercivity.engine.method import Method
    from coercivity.experiments.ensemble import Setting
    from coercivity.experiments.planning import Plan
    from coercivity.results import Results

__all__ = ["AskedLicence", "LicenceEffect", "LicensedItem", "effect_of_licence"]

FloatArray = NDArray[np.float64]

WEEK: Final = 7

_ROUNDING: Final = 1e-9
"""Part of an output below which a difference is rounding."""

_WITH, _WITHOUT = "with", "without"


@dataclass(frozen=True)
class LicensedItem:
    """One line of a licence.

    Parameters
    ----------
    item : str
        Item id of the pack.
    quantity : float
        In `unit`.
    unit : str
        Of the quantity.
    """

    item: str
    quantity: float
    unit: str


@dataclass(frozen=True)
class AskedLicence:
    """A licence whose effect is asked for.

    Parameters
    ----------
    holders : tuple of str
        Party ids of buyers or sellers; empty if none of them is in the pack.
    items : tuple of LicensedItem
        Its lines.
    origin, destination : str
        Country codes.
    valid_from : date
        First day of use.
    valid_to : date or None
        First day it can no longer be used; None is the end of the run.
    """

    holders: tuple[str, ...]
    items: tuple[LicensedItem, ...]
    origin: str
    destination: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, eq=False)
class LicenceEffect:
    """What a licence changes.

    Every band is a percentile of a difference between two runs of the same member.

    Parameters
    ----------
    scenario, title : str
        Id and words of the scenario in which it is added.
    output : pandas.DataFrame
        More made with the licence: ``sector_id, sector, unit, p05, p50, p95, share_positive``; the
        pack's total first.
    lines : pandas.DataFrame
        One row: lines that stand still without it and not with it, ``p05, p50, p95``, and
        ``places`` that can stand still in all.
    places : pandas.DataFrame
        Lines that the licence keeps going in some member: ``place_id, place, share_saved,
        days_p05, days_p50, days_p95``: days' worth of baseline output gained.
    cover : pandas.DataFrame
        Mean days of cover over its validity, with less without: ``place_id, place, without_p50,
        with_p50, p05, p50, p95``.
    used : pandas.DataFrame
        Quantity that more left under licences: ``item, item_name, unit, asked, p05, p50, p95``.
    assumptions : tuple of str
        What the numbers rest on, one sentence each.
    members, seed : int
        Size and seed of the ensemble.
    start, end : date
        First day of the run, and the day after its last.
    """

    scenario: str
    title: str
    output: pd.DataFrame
    lines: pd.DataFrame
    places: pd.DataFrame
    cover: pd.DataFrame
    used: pd.DataFrame
    assumptions: tuple[str, ...]
    members: int
    seed: int
    start: date
    end: date


def effect_of_licence(
    pack: Pack,
    licence: AskedLicence,
    *,
    scenario: str,
    members: int = 64,
    seed: int = 1,
    end: date | None = None,
    method: Method | None = None,
    options: Options | None = None,
) -> LicenceEffect:
    """Run a pack with and without a licence, under one scenario.

    Parameters
    ----------
    pack : Pack
    licence : AskedLicence
    scenario : str
        Scenario id.
    members, seed : int
        Size and seed of the ensemble.
    end : date, optional
        Day after the last; by default the pack's ``network_end``.
    method : Method, optional
    options : Options, optional
        Threads and progress.

    Returns
    -------
    LicenceEffect

    Raises
    ------
    InputError
        If the licence covers no lane of the pack, lies outside the run, or has a quantity that
        cannot be counted in the item's unit.
    NotFoundError
        If the scenario is unknown.
    """
    from coercivity.engine import Method, simulate_all
    from coercivity.engine.record import Record

    options = options or Options()
    chosen = find_scenario(load_scenarios(pack), scenario)
    _check(pack, licence)
    options.progress("prepare", 0.0)
    setting = prepare(pack, members=members, seed=seed, end=end)
    extra, notes = _allowances(setting, licence)
    # Planned with the licence, so that lanes are grouped alike with and without it.
    planned = plan_scenario(setting, chosen, extra=extra)
    _check_covered(planned, extra, pack)
    plans = {_WITHOUT: _without(planned, extra), _WITH: planned}
    sites = focus_sites(pack, setting.network)
    results = simulate_all(
        setting.network,
        {name: entry.schedule for name, entry in plans.items()},
        method=method or Method(),
        records=dict.fromkeys(plans, Record(sites=sites, every=WEEK)),
        options=options,
    )
    options.progress("compare", 0.95)
    ensemble = Ensemble(setting=setting, results=results, plans=plans, baseline=_WITHOUT)
    return LicenceEffect(
        scenario=chosen.id,
        title=chosen.title,
        output=_output(ensemble),
        lines=_lines(ensemble),
        places=_places(ensemble),
        cover=_cover(ensemble, licence),
        used=_used(ensemble, licence),
        assumptions=(*notes, *planned.assumptions),
        members=members,
        seed=seed,
        start=setting.start,
        end=results[_WITH].date_of(setting.days),
    )


def _check(pack: Pack, licence: AskedLicence) -> None:
    """Refuse what cannot be simulated, with everything that is wrong."""
    problems = []
    if not licence.items:
        problems.append(Problem("the licence names no item", "items", "one line or more"))
    for row in licence.items:
        if row.item not in pack.items:
            problems.append(
                Problem(f"the pack has no item {row.item!r}", "items", "an id of items.yaml")
            )
        elif not compatible(row.unit, pack.items[row.item].unit):
            problems.append(
                Problem(
                    f"{row.quantity:g} {row.unit} of {row.item} cannot be counted",
                    "items",
                    f"a unit that converts to {pack.items[row.item].unit}",
                )
            )
        elif not (row.quantity > 0.0 and np.isfinite(row.quantity)):
            problems.append(Problem(f"the quantity is {row.quantity}", "items", "above zero"))
    if licence.valid_to is not None and licence.valid_to <= licence.valid_from:
        problems.append(
            Problem(f"it ends on {licence.valid_to}", "valid_to", f"after {licence.valid_from}")
        )
    if problems:
        raise InputError("the licence cannot be simulated", problems=problems)


def _allowances(setting: Setting, licence: AskedLicence) -> tuple[list[Allowance], list[str]]:
    """Lay the licence out as room, one allowance a line, and say what that assumes."""
    from_day = (licence.valid_from - setting.start).days
    until = NEVER if licence.valid_to is None else (licence.valid_to - setting.start).days
    if from_day >= setting.days or until <= 0:
        raise InputError(
            f"the licence is valid from {licence.valid_from}",
            where="valid_from",
            expected=f"days between {setting.start} and {_end(setting)}",
            hint="the pack is simulated over these days only",
        )
    known = [name for name in licence.holders if _has_lanes(setting, name)]
    notes = []
    holders = tuple(known) or (f"{COUNTRY}{licence.destination}",)
    if not known:
        notes.append(
            f"nobody on the licence is a firm of the model: it is shared by all buyers of the "
            f"item in {licence.destination}, in proportion to what they usually buy"
        )
    members = setting.network.n_members
    return [
        Allowance(
            id=f"asked/{number}",
            holders=holders,
            items=(row.item,),
            from_day=max(from_day, 0),
            until_day=until,
            quantity=np.full(members, row.quantity),
            unit=row.unit,
            origin=licence.origin,
            destination=licence.destination,
        )
        for number, row in enumerate(licence.items, start=1)
    ], notes


def _end(setting: Setting) -> str:
    return str(np.datetime64(setting.start) + np.timedelta64(setting.days, "D"))


def _has_lanes(setting: Setting, party: str) -> bool:
    lanes = setting.network.lanes
    return bool(((lanes["importer"] == party) | (lanes["exporter"] == party)).any())


def _check_covered(planned: Plan, extra: Sequence[Allowance], pack: Pack) -> None:
    idle = [entry for entry in extra if entry.id in planned.room.idle]
    if len(idle) == len(extra):
        names = ", ".join(pack.items[name].name for entry in idle for name in entry.items)
        raise InputError(
            f"no trade of the model is covered: {names}",
            where="items",
            expected="an item that somebody in the pack buys on this way",
            hint="name another end user, or the item one level up",
        )


def _without(planned: Plan, extra: Sequence[Allowance]) -> Plan:
    """Return the same plan with nothing under the licence."""
    room, names = planned.schedule.room, {entry.id for entry in extra}
    if room is None:
        return planned
    amount = room.credit_amount.copy()
    amount[[name in names for name in room.credit_ids]] = 0.0
    empty = replace(room, credit_amount=amount)
    return replace(planned, schedule=replace(planned.schedule, room=empty))


def _groups(ensemble: Ensemble) -> list[tuple[Sector, NDArray[np.intp]]]:
    """Sites behind each outcome: the pack's total first, then each sector."""
    single = [(sector, sector_sites(ensemble, sector.id)) for sector in sectors(ensemble)]
    whole = total_of(ensemble.setting.pack)
    parts = [sites for sector, sites in single if whole is not None and sector.unit == whole.unit]
    if whole is None or len(parts) < 2:
        return single
    return [(whole, np.concatenate(parts)), *single]


def _gain(ensemble: Ensemble, sites: NDArray[np.intp]) -> FloatArray:
    """More made with the licence than without: float64[member]; rounding is none."""
    more = ensemble.results[_WITH]["made"].to_numpy()[sites].sum(axis=0, dtype=np.float64)
    less = ensemble.results[_WITHOUT]["made"].to_numpy()[sites].sum(axis=0, dtype=np.float64)
    gain = more - less
    return np.where(np.abs(gain) <= _ROUNDING * np.maximum(less, 1.0), 0.0, gain)


def _bands(values: FloatArray, prefix: str = "") -> dict[str, float]:
    return {f"{prefix}{name}": float(level) for name, level in band(values).items()}


def _output(ensemble: Ensemble) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for sector, sites in _groups(ensemble):
        gain = _gain(ensemble, sites)
        rows.append(
            {
                "sector_id": sector.id,
                "sector": sector.title,
                "unit": sector.unit,
                **_bands(gain),
                "share_positive": float((gain > 0.0).mean()),
            }
        )
    return pd.DataFrame(rows)


def _final_sites(ensemble: Ensemble) -> NDArray[np.intp]:
    found = [sector_sites(ensemble, sector.id) for sector in sectors(ensemble)]
    return np.concatenate(found) if found else np.zeros(0, np.intp)


def _down(results: Results) -> NDArray[np.bool_]:
    """Whether a site stands still on some day: bool[site, member]."""
    return np.asarray(results["line_down_day"].to_numpy() >= 0)


def _lines(ensemble: Ensemble) -> pd.DataFrame:
    import pandas as pd

    sites = _final_sites(ensemble)
    before, after = (_down(ensemble.results[name])[sites] for name in (_WITHOUT, _WITH))
    # A licence that feeds one buyer can starve another: saved lines are counted net.
    saved = (before & ~after).sum(axis=0) - (after & ~before).sum(axis=0)
    return pd.DataFrame([{**_bands(saved.astype(np.float64)), "places": int(sites.size)}])


def _places(ensemble: Ensemble) -> pd.DataFrame:
    """Lines of final makers on which the licence changes anything, the most days first."""
    import pandas as pd

    network = ensemble.network
    before, after = (_down(ensemble.results[name]) for name in (_WITHOUT, _WITH))
    rows: list[dict[str, Any]] = []
    for site in _final_sites(ensemble).tolist():
        level = network.x0[site]
        gain = _gain(ensemble, np.array([site], np.intp))
        days = np.divide(gain, level, out=np.zeros_like(gain), where=level > 0.0)
        saved = before[site] & ~after[site]
        if not days.any() and not saved.any():
            continue
        name = network.site_ids[site]
        rows.append(
            {
                "place_id": name,
                "place": site_title(ensemble, name),
                "share_saved": float(saved.mean()),
                **_bands(days, "days_"),
            }
        )
    rows.sort(key=lambda row: (-row["days_p50"], -row["days_p95"], row["place_id"]))
    return pd.DataFrame(rows)


def _cover(ensemble: Ensemble, licence: AskedLicence) -> pd.DataFrame:
    """Mean days of cover while the licence is valid, at recorded sites where it differs."""
    import pandas as pd

    first, second = (ensemble.results[name]["stock_cover"] for name in (_WITHOUT, _WITH))
    days = first["day"].to_numpy()
    inside = days >= np.datetime64(licence.valid_from) - np.timedelta64(WEEK - 1, "D")
    if licence.valid_to is not None:
        inside &= days < np.datetime64(licence.valid_to)
    rows: list[dict[str, Any]] = []
    for row, name in enumerate(str(label) for label in first["site_selected"].to_numpy()):
        without, with_it = (
            cover.isel(site_selected=row).transpose("day", "member").to_numpy()[inside]
            for cover in (first, second)
        )
        if not without.size or np.isnan(without).any():
            continue
        less, more = (part.mean(axis=0, dtype=np.float64) for part in (without, with_it))
        change = more - less
        if np.abs(change).max() <= _ROUNDING * max(float(less.max()), 1.0):
            continue
        rows.append(
            {
                "place_id": name,
                "place": site_title(ensemble, name),
                "without_p50": float(np.median(less)),
                "with_p50": float(np.median(more)),
                **_bands(change),
            }
        )
    rows.sort(key=lambda found: (-found["p50"], found["place_id"]))
    return pd.DataFrame(rows)


def _used(ensemble: Ensemble, licence: AskedLicence) -> pd.DataFrame:
    """Return what more departed over the lanes that the licence covers, by item."""
    import pandas as pd

    pack, room = ensemble.setting.pack, ensemble.plans[_WITH].room
    drawn = {name: ensemble.results[name]["licence_drawn"].to_numpy() for name in (_WITH, _WITHOUT)}
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(licence.items, start=1):
        groups = [g for g, ids in enumerate(room.allowances) if f"asked/{number}" in ids]
        if not groups:
            continue
        more = drawn[_WITH][groups].sum(axis=0) - drawn[_WITHOUT][groups].sum(axis=0)
        rows.append(
            {
                "item": line.item,
                "item_name": pack.items[line.item].name,
                "unit": room.units[groups[0]],
                "asked": _asked(line, room.units[groups[0]]),
                **_bands(np.asarray(more, dtype=np.float64)),
            }
        )
    return pd.DataFrame(rows)


def _asked(line: LicensedItem, unit: str) -> float:
    from coercivity.units import convert

    return float(convert(line.quantity, line.unit, unit))


def effect_tables(effect: LicenceEffect) -> Mapping[str, pd.DataFrame]:
    """Return the tables of an effect by name, in the order in which they are read."""
    return {
        "output": effect.output,
        "lines": effect.lines,
        "places": effect.places,
        "cover": effect.cover,
        "used": effect.used,
    }
