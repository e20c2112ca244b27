r"""A firm's exposure: days of cover, line-down dates, and what a licence would buy.

The firm's own chain (:mod:`coercivity.experiments.own_chain`) is simulated under the scenarios of a
pack. From these only what concerns a single firm is taken: what is in force, what is unknown,
grants stated as a share of what buyers usually take, and revocations. Totals of whole countries
(caps, grants in tonnes, queues) say nothing about one firm and are left out.

With use :math:`u` a day, stock :math:`S` and lead time :math:`L`, a single source that closes on
day :math:`c` stops the line after :math:`c + L + \lfloor S/u \rfloor` days, and a licence of
:math:`q` whose goods are all used saves :math:`q/u` days of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.engine.schedule import NEVER
from coercivity.errors import InputError
from coercivity.experiments.own_network import (
    OWN_PARTY,
    OwnGates,
    daily_use,
    line_id,
    own_network,
    stock_of,
)
from coercivity.experiments.planning import Plan, kinship, plan
from coercivity.experiments.room import Allowance
from coercivity.experiments.scenarios import Scenario, find_scenario, load_scenarios
from coercivity.experiments.statistics import band, day_band
from coercivity.options import Options
from coercivity.units import compatible, parse_unit

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.catalogue import Pack
    from coercivity.claims.distributions import Draws
    from coercivity.experiments.own_chain import OwnChain
    from coercivity.network import CompiledNetwork
    from coercivity.results import Results

__all__ = ["Exposure", "Firm", "LicenceOffer", "cover_table", "expose"]

FloatArray = NDArray[np.float64]

HORIZON_DAYS: Final = 365
"""Days simulated unless something else is asked for."""

WEEK: Final = 7

SIZES: Final = (0.5, 1.0, 2.0)
"""Parts of the quantity asked for, to show what more or less of it would buy."""

DELAYS: Final = (0, 30, 60)
"""Days by which the licence comes later, to show what waiting costs."""


@dataclass(frozen=True)
class Firm:
    """Whose chain it is.

    Parameters
    ----------
    country : str
        Where its lines stand.
    end_use : str
        What the products are for, as the pack's controls tell it.
    counted_on : date
        Day on which the stock was counted; day 0.
    party : str
        Party of the pack that it is, if any; its reported licences then count.
    """

    country: str
    end_use: str
    counted_on: date
    party: str = OWN_PARTY


@dataclass(frozen=True)
class LicenceOffer:
    """A licence of which the worth is asked.

    Parameters
    ----------
    item : str
        Item id of the pack.
    quantity : float
        In `unit`.
    unit : str
        Of the quantity.
    on : date
        First day of use.
    """

    item: str
    quantity: float
    unit: str
    on: date


@dataclass(frozen=True, eq=False)
class Exposure:
    """What the scenarios mean for one firm.

    Parameters
    ----------
    cover : pandas.DataFrame
        As :func:`cover_table`.
    stops : pandas.DataFrame
        By scenario and product: first day with less than the usual output (``cut_p05, cut_p50,
        cut_p95``), first day of standstill (``p05, p50, p95``), ``share_down`` of the members, and
        ``days_lost_p05, …``: days' worth of output not made.
    bands : pandas.DataFrame
        Output as a share of the usual, by week: ``scenario_id, scenario, product, date, p05, p50,
        p95``.
    licence : pandas.DataFrame
        Line-days that a licence saves: ``scenario_id, scenario, quantity, unit, on, p05, p50, p95,
        share_positive``; empty if none was asked for.
    assumptions : tuple of str
        What the numbers rest on.
    members, seed : int
        Size and seed of the ensemble.
    start, end : date
        Day 0, and the day after the last.
    """

    cover: pd.DataFrame
    stops: pd.DataFrame
    bands: pd.DataFrame
    licence: pd.DataFrame
    assumptions: tuple[str, ...]
    members: int
    seed: int
    start: date
    end: date


@dataclass(frozen=True, eq=False)
class _Ground:
    """What all runs of one exposure share."""

    pack: Pack
    chain: OwnChain
    firm: Firm
    network: CompiledNetwork
    gates: OwnGates
    draws: Draws
    licences: tuple[Any, ...]


def cover_table(chain: OwnChain) -> pd.DataFrame:
    """Return the stock of every component in days, without any simulation.

    Parameters
    ----------
    chain : OwnChain

    Returns
    -------
    pandas.DataFrame
        ``component, item, unit, stock, use_per_day, days_of_cover, longest_lead_days,
        sources``; fewest days first. Cover is stock over use, without what is under way.
    """
    import pandas as pd

    stock = stock_of(chain)
    item = {part.component: part.item for part in chain.parts}
    rows = []
    for name, (used, unit) in daily_use(chain).items():
        own = [row for row in chain.suppliers if row.component == name]
        shares = sorted(own, key=lambda row: -row.share_percent)
        rows.append(
            {
                "component": name,
                "item": item[name],
                "unit": unit,
                "stock": stock[name],
                "use_per_day": used,
                "days_of_cover": stock[name] / used,
                "longest_lead_days": max(row.lead_days for row in own),
                "sources": ", ".join(
                    f"{row.supplier} ({row.origin}) {row.share_percent:g} %" for row in shares
                ),
            }
        )
    rows.sort(key=lambda row: (float(str(row["days_of_cover"])), str(row["component"])))
    return pd.DataFrame(rows)


def expose(
    pack: Pack,
    chain: OwnChain,
    firm: Firm,
    *,
    scenarios: Sequence[str],
    licence: LicenceOffer | None = None,
    days: int = HORIZON_DAYS,
    members: int = 64,
    seed: int = 1,
    options: Options | None = None,
) -> Exposure:
    """Simulate a firm's own chain under scenarios of a pack.

    Parameters
    ----------
    pack : Pack
    chain : OwnChain
    firm : Firm
    scenarios : sequence of str
        Ids.
    licence : LicenceOffer, optional
        Its worth is worked out in every scenario.
    days : int
        Length of the run.
    members, seed : int
        Size and seed of the ensemble; members differ only in what nobody knows and in drawn
        shares, since the chain is known.
    options : Options, optional
        Threads and progress.

    Returns
    -------
    Exposure

    Raises
    ------
    InputError
        If the licence names an item that the chain does not use, or a quantity that cannot be
        counted in its unit.
    NotFoundError
        If a scenario is unknown.
    """
    import pandas as pd

    options = options or Options()
    known = load_scenarios(pack)
    chosen = [find_scenario(known, name) for name in scenarios]
    if licence is not None:
        _check(pack, chain, firm, licence, days)
    ground = _lay(pack, chain, firm, days=days, members=members, seed=seed)
    notes: list[str] = _standing(chain)
    stops, bands, worth = [], [], []
    for number, scenario in enumerate(chosen):
        options.progress("simulate", number / len(chosen))
        alone, left_out = _for_one_firm(scenario, ground.draws)
        notes += [f"{scenario.title}: {text}" for text in left_out]
        results, saved = _run(ground, alone, licence, options)
        stops += _stops(ground, scenario, results)
        bands += _bands(ground, scenario, results)
        worth += [{"scenario_id": scenario.id, "scenario": scenario.title, **row} for row in saved]
    return Exposure(
        cover=cover_table(chain),
        stops=_dated(pd.DataFrame(stops)),
        bands=pd.DataFrame(bands),
        licence=pd.DataFrame(worth),
        assumptions=tuple(dict.fromkeys(notes)),
        members=members,
        seed=seed,
        start=firm.counted_on,
        end=firm.counted_on + timedelta(days=days),
    )


def _check(pack: Pack, chain: OwnChain, firm: Firm, licence: LicenceOffer, days: int) -> None:
    used = sorted({part.item for part in chain.parts if part.item})
    if licence.item not in used:
        raise InputError(
            f"the bill of materials does not use {licence.item!r}",
            where="item",
            expected="one of " + (", ".join(used) or "the pack's items, of which it names none"),
        )
    if not compatible(licence.unit, pack.items[licence.item].unit):
        raise InputError(
            f"the unit is {licence.unit!r}",
            where="unit",
            expected=f"one that converts to {pack.items[licence.item].unit}",
        )
    if not (licence.quantity > 0.0 and np.isfinite(licence.quantity)):
        raise InputError(
            f"the quantity is {licence.quantity}", where="quantity", expected="above zero"
        )
    last = firm.counted_on + timedelta(days=days - 1)
    if not firm.counted_on <= licence.on <= last:
        raise InputError(
            f"the licence begins on {licence.on}",
            where="on",
            expected=f"a day from {firm.counted_on} to {last}",
        )


def _standing(chain: OwnChain) -> list[str]:
    """Say what is assumed of every chain."""
    notes = [
        "goods under way today equal what is usually under way",
        "stock of a component belongs to the lines in proportion to their use of it",
        "suppliers deliver no more than today, apart from the spare part that the table names",
    ]
    if any(not part.item for part in chain.parts):
        notes.append("components without an item of the pack are never held up")
    return notes


def _lay(pack: Pack, chain: OwnChain, firm: Firm, *, days: int, members: int, seed: int) -> _Ground:
    from coercivity.controls import build_register
    from coercivity.licences import licence_groups, load_licences

    draws = draw(load_quantities(pack), members=members, seed=seed)
    network = own_network(
        chain, country=firm.country, end_use=firm.end_use, party=firm.party, members=members
    )
    start = firm.counted_on
    own = [row for row in load_licences(pack) if row.holder == firm.party]
    return _Ground(
        pack=pack,
        chain=chain,
        firm=firm,
        network=network,
        gates=OwnGates(build_register(pack), network, start=start, days=days),
        draws=draws,
        licences=tuple(licence_groups(own, draws, start=start, days=days)),
    )


def _for_one_firm(scenario: Scenario, draws: Draws) -> tuple[Scenario, list[str]]:
    """Leave out what is a total of many firms, and say so."""
    shares = tuple(g for g in scenario.grants if not parse_unit(draws.unit(g.quantity)).dims)
    lost = [grant.id for grant in scenario.grants if grant not in shares]
    lost += [cap.id for cap in scenario.caps]
    lost += [change.id for change in scenario.queue_changes]
    kept = replace(scenario, grants=shares, caps=(), queue_changes=())
    if not lost:
        return kept, []
    return kept, [f"left out, as they are totals of many buyers: {', '.join(lost)}"]


def _offers(licence: LicenceOffer | None, ground: _Ground) -> dict[str, Allowance]:
    """Every size and delay of the licence that begins within the run, by name."""
    found = {}
    if licence is None:
        return {}
    members = ground.network.n_members
    for size in SIZES:
        for delay in DELAYS:
            on = (licence.on - ground.gates.start).days + delay
            if on >= ground.gates.days:
                continue
            found[f"offer/{size:g}/{delay}"] = Allowance(
                id=f"offer/{size:g}/{delay}",
                holders=(ground.firm.party,),
                items=(licence.item,),
                from_day=on,
                until_day=NEVER,
                quantity=np.full(members, size * licence.quantity),
                unit=licence.unit,
            )
    return found


def _run(
    ground: _Ground, scenario: Scenario, licence: LicenceOffer | None, options: Options
) -> tuple[Results, list[dict[str, Any]]]:
    """Simulate a scenario without the licence, and with every offer of it alone."""
    from coercivity.engine import Method, simulate_all
    from coercivity.engine.record import Record

    offers = _offers(licence, ground)
    # Planned with all offers at once, so that lanes are grouped alike in every run.
    planned = _planned(ground, scenario, tuple(offers.values()))
    schedules = {"": _only(planned, offers, "")}
    schedules |= {name: _only(planned, offers, name) for name in offers}
    sites = [line_id(product) for product in _products(ground.chain)]
    records = dict.fromkeys(schedules, Record(sectors=False))
    records[""] = Record(sites=sites, sectors=False, every=WEEK)
    quiet = Options(threads=options.n_threads)
    results = simulate_all(
        ground.network,
        {name: entry.schedule for name, entry in schedules.items()},
        method=Method(),
        records=records,
        options=quiet,
    )
    made = {name: _line_days(ground, found) for name, found in results.items()}
    rows = []
    for name, offer in offers.items():
        saved = made[name] - made[""]
        rows.append(
            {
                "quantity": float(offer.quantity[0]),
                "unit": offer.unit,
                "on": (ground.gates.start + timedelta(days=offer.from_day)).isoformat(),
                **{key: float(value) for key, value in band(saved).items()},
                "share_positive": float((saved > _ROUNDING).mean()),
            }
        )
    return results[""], rows


_ROUNDING: Final = 1e-6
"""Line-days below which a difference is rounding."""


def _planned(ground: _Ground, scenario: Scenario, extra: tuple[Allowance, ...]) -> Plan:
    return plan(
        scenario,
        ground.network,
        gates=ground.gates,
        draws=ground.draws,
        licences=ground.licences,
        kin=kinship(ground.pack),
        extra=extra,
    )


def _only(planned: Plan, offers: Mapping[str, Allowance], kept: str) -> Plan:
    """Leave nothing under all offers but one."""
    room = planned.schedule.room
    if room is None:
        return planned
    amount = room.credit_amount.copy()
    amount[[name in offers and name != kept for name in room.credit_ids]] = 0.0
    changed = replace(planned.schedule, room=replace(room, credit_amount=amount))
    return replace(planned, schedule=changed)


def _products(chain: OwnChain) -> list[str]:
    return list(dict.fromkeys(part.product for part in chain.parts))


def _rows_of(ground: _Ground) -> dict[str, int]:
    """Position of the line of every product."""
    return {name: ground.network.site_index(line_id(name)) for name in _products(ground.chain)}


def _line_days(ground: _Ground, results: Results) -> FloatArray:
    """Days' worth of output made by all lines together: float64[member]."""
    rows = list(_rows_of(ground).values())
    made = results["made"].to_numpy()[rows]
    return np.asarray((made / ground.network.x0[rows]).sum(axis=0), dtype=np.float64)


def _stops(ground: _Ground, scenario: Scenario, results: Results) -> list[dict[str, Any]]:
    rows = []
    for product, site in _rows_of(ground).items():
        cut, _ = day_band(results["first_cut_day"].to_numpy()[site])
        down, share = day_band(results["line_down_day"].to_numpy()[site])
        lost = results["lost_output"].to_numpy()[site] / ground.network.x0[site]
        lost = np.where(np.abs(lost) < _ROUNDING, 0.0, lost)
        row: dict[str, Any] = {"scenario_id": scenario.id, "scenario": scenario.title}
        row["product"] = product
        row |= {f"cut_{k}": None if d is None else results.date_of(d) for k, d in cut.items()}
        row |= {k: None if d is None else results.date_of(d) for k, d in down.items()}
        row["share_down"] = share
        row |= {f"days_lost_{k}": float(v) for k, v in band(lost).items()}
        rows.append(row)
    return rows


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    for name in ("cut_p05", "cut_p50", "cut_p95", "p05", "p50", "p95"):
        table[name] = pd.to_datetime(table[name])
    return table


def _bands(ground: _Ground, scenario: Scenario, results: Results) -> list[dict[str, Any]]:
    output = results["site_output"]
    names = [str(label) for label in output["site_selected"].to_numpy()]
    days = output["day"].to_numpy().astype("datetime64[D]").astype(str)
    rows = []
    for product, site in _rows_of(ground).items():
        values = output.isel(site_selected=names.index(line_id(product)))
        share = values.transpose("day", "member").to_numpy() / ground.network.x0[site]
        levels = band(share)
        rows += [
            {
                "scenario_id": scenario.id,
                "scenario": scenario.title,
                "product": product,
                "date": str(day),
                **{key: float(level[step]) for key, level in levels.items()},
            }
            for step, day in enumerate(days)
        ]
    return rows


def licensable(chain: OwnChain) -> tuple[str, ...]:
    """Return the items of the pack that a chain uses, sorted: those a licence can be asked for."""
    return tuple(sorted({part.item for part in chain.parts if part.item}))
