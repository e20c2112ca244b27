"""What one more licensed tonne is worth, by importer: paired runs with and without it.

The members are repeated once per importer, and in each copy one importer has the extra quantity.
The difference to the copy without is exact, because the rest of each member is the same. Copies are
spread over a few schedules that differ only from the day of the extra quantity on, and over a few
sets of members in each, so that the days before it are run once for all schedules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.schedule import LICENCE_ONLY, NEVER, UNKNOWN
from coercivity.errors import NotFoundError, UsageError
from coercivity.experiments.comparison import Sector, sector_sites, sectors, total_of
from coercivity.experiments.ensemble import plan_scenario
from coercivity.experiments.recording import EXPORTS, export_lanes
from coercivity.experiments.room import Allowance
from coercivity.experiments.statistics import band
from coercivity.experiments.subset import members_of_setting
from coercivity.options import Options

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.engine.method import Method
    from coercivity.engine.schedule import Schedule
    from coercivity.experiments.ensemble import Ensemble, Setting

__all__ = ["FEWER_MEMBERS", "Applicant", "applicants", "worth_of_tonne"]

FEWER_MEMBERS: Final = 32
"""Members behind a worth: a difference between paired runs needs far fewer than a level."""

SETS: Final = 4
"""Sets of members in one schedule: more repeat more days before the extra quantity, fewer need more
schedules."""

Applicant = tuple[str, str]
"""Importing party and item."""


def applicants(ensemble: Ensemble, scenario: str) -> tuple[Applicant, ...]:
    """Return importers and items in the pack's focus that need a licence on some day.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str
        Scenario id.

    Returns
    -------
    tuple of (party, item)
        Sorted.
    """
    setting, planned = ensemble.setting, ensemble.plans[scenario]
    country = (setting.pack.meta.get("focus") or {}).get("country")
    lanes = setting.network.lanes
    needs = np.isin(planned.schedule.gate, (LICENCE_ONLY, UNKNOWN))
    bound = np.asarray(needs.any(axis=0), dtype=np.bool_).tolist()
    inside = set(export_lanes(setting.pack, setting.network).get(EXPORTS, ()))
    columns = (lanes[name].tolist() for name in ("destination", "importer", "item"))
    found = {
        (str(importer), str(item))
        for lane, (destination, importer, item) in enumerate(zip(*columns, strict=True))
        if lane in inside and bound[lane] and destination == country
    }
    return tuple(sorted(found))


def worth_of_tonne(
    ensemble: Ensemble,
    scenario: str,
    *,
    on: date | None = None,
    amount: float = 1.0,
    unit: str = "t",
    chosen: Sequence[Applicant] | None = None,
    members: int = FEWER_MEMBERS,
    method: Method | None = None,
    options: Options | None = None,
) -> pd.DataFrame:
    """Measure how much more is made for one more licensed tonne, by importer.

    Parameters
    ----------
    ensemble : Ensemble
    scenario : str
        Scenario in which the extra quantity is added.
    on : date, optional
        First day on which it can be used; by default the pack's date of knowledge, or day 0 if
        that lies outside the run.
    amount, unit : float, str
        Extra quantity.
    chosen : sequence of (party, item), optional
        By default every importer of the focus country that needs a licence.
    members : int
        Members behind the bands; the first ones of the ensemble.
    method : Method, optional
    options : Options, optional

    Returns
    -------
    pandas.DataFrame
        ``importer, importer_name, item, item_name, sector_id, sector, unit, mean, p05, p50, p95,
        share_positive``: output gained per `unit` of the extra quantity, best mean first. The
        pack's total comes first, else its first sector; the others follow in one row each where
        they change by more than a millionth. `share_positive` is the share of members in
        which the tonne is worth anything: where a licence does not bind, it is worth nothing.

    Raises
    ------
    NotFoundError
        If nobody needs a licence in the scenario.
    UsageError
        If the amount is not positive.
    """
    from coercivity.engine import Method, simulate_all
    from coercivity.engine.record import Record

    if not amount > 0.0:
        raise UsageError(f"the extra quantity is {amount}", where="amount", expected="above zero")
    who = tuple(chosen) if chosen is not None else applicants(ensemble, scenario)
    if not who:
        raise NotFoundError(
            f"nobody in focus needs a licence in scenario {scenario!r}",
            hint="choose a scenario with controls",
        )
    count = min(members, ensemble.network.n_members)
    schedules, setting = _varied(ensemble, scenario, who, count, on, amount, unit)
    results = simulate_all(
        setting.network,
        schedules,
        method=method or Method(),
        records=dict.fromkeys(schedules, Record(sectors=False)),
        options=options or Options(),
    )
    made = np.concatenate([found["made"].to_numpy() for found in results.values()], axis=1)
    return _table(ensemble, who, made[:, : count * (len(who) + 1)], count, amount)


def _varied(
    ensemble: Ensemble,
    scenario: str,
    who: Sequence[Applicant],
    count: int,
    on: date | None,
    amount: float,
    unit: str,
) -> tuple[dict[str, Schedule], Setting]:
    """Schedules of the repeated members: copy 0 as it is, copy k with the k-th extra quantity.

    Copies are counted through the sets of members of the first schedule, then of the second, and
    so on; what is left over in the last is a further copy without an extra quantity.
    """
    copies = len(who) + 1
    sets = min(SETS, copies)
    members = np.tile(np.arange(count, dtype=np.intp), sets)
    setting = members_of_setting(ensemble.setting, members)
    day = on or setting.pack.meta.get("default_as_of") or setting.start
    from_day = (day - setting.start).days
    if not 0 <= from_day < setting.days:
        from_day = 0
    extra = [
        Allowance(
            id=f"one_more_{importer}_{item}",
            holders=(importer,),
            items=(item,),
            from_day=from_day,
            until_day=NEVER,
            quantity=np.full(members.size, amount),
            unit=unit,
        )
        for importer, item in who
    ]
    # Planned with every extra quantity at once, so that lanes are grouped alike in all schedules.
    planned = plan_scenario(setting, ensemble.plans[scenario].scenario, extra=extra).schedule
    names = [allowance.id for allowance in extra]
    return {
        f"copies from {first}": _with_some(
            planned, names, {copy - 1: copy - first for copy in range(first, first + sets)}, count
        )
        for first in range(0, copies, sets)
    }, setting


def _with_some(
    schedule: Schedule, names: Sequence[str], places: Mapping[int, int], count: int
) -> Schedule:
    """Leave each extra quantity in its set of members, and those without a set in none."""
    room = schedule.room
    if room is None:
        return schedule
    numbers = {name: number for number, name in enumerate(names)}
    credited = room.credit_amount.copy()
    for row, name in enumerate(room.credit_ids):
        if name in numbers:
            place = places.get(numbers[name])
            kept = slice(0, 0) if place is None else slice(place * count, (place + 1) * count)
            left = credited[row, kept].copy()
            credited[row] = 0.0
            credited[row, kept] = left
    return replace(schedule, room=replace(room, credit_amount=credited))


def _table(
    ensemble: Ensemble,
    who: Sequence[Applicant],
    made: NDArray[np.float64],
    count: int,
    amount: float,
) -> pd.DataFrame:
    import pandas as pd

    pack = ensemble.setting.pack
    outcomes = _outcomes(ensemble)
    first = outcomes[0][0].id
    rows = []
    for sector, sites in outcomes:
        output = made[sites].sum(axis=0).reshape(len(who) + 1, count)
        for copy, (importer, item) in enumerate(who, start=1):
            gain = (output[copy] - output[0]) / amount
            # Supply moves a little between all buyers whenever one of them gets more; changes
            # below a millionth of the output say nothing and would fill the table.
            gain = np.where(np.abs(gain) < 1e-6 * output[0], 0.0, gain)
            if sector.id != first and not gain.any():
                continue
            rows.append(
                {
                    "importer": importer,
                    "importer_name": _name(pack.parties, importer),
                    "item": item,
                    "item_name": _name(pack.items, item),
                    "sector_id": sector.id,
                    "sector": sector.title,
                    "unit": sector.unit,
                    "mean": float(gain.mean()),
                    **{name: float(value) for name, value in band(gain).items()},
                    "share_positive": float((gain > 0.0).mean()),
                }
            )
    table = pd.DataFrame(rows)
    table["_all"] = table["sector_id"] != first
    table = table.sort_values(
        ["_all", "mean", "p95", "importer", "item", "sector_id"],
        ascending=[True, False, False, True, True, True],
        kind="stable",
    )
    return table.drop(columns="_all").reset_index(drop=True)


def _outcomes(ensemble: Ensemble) -> list[tuple[Sector, NDArray[np.intp]]]:
    """Sites behind each outcome: the pack's total first, then each sector."""
    single = [(sector, sector_sites(ensemble, sector.id)) for sector in sectors(ensemble)]
    total = total_of(ensemble.setting.pack)
    parts = [sites for sector, sites in single if total is not None and sector.unit == total.unit]
    whole = [(total, np.concatenate(parts))] if total is not None and parts else []
    return whole + single


def _name(table: Any, key: str) -> str:
    return str(table[key].name) if key in table else key
