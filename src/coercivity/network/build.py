r"""Build a network from a pack and draws: expand the tables, then send demand upstream.

Baseline flows follow from final demand.  With output :math:`x_s` of site :math:`s`, the share
:math:`w_l` of lane :math:`l` in the need of its group, coefficient :math:`a_i` and yield
:math:`y_i` of its slot,

.. math:: z_l = w_l \, x_s \, a_i / y_i, \qquad x_s = f_s + \sum_{l \in out(s)} z_l .

Buyers are handled before their suppliers; every step is one numpy operation over all members.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import numpy as np
import pandas as pd

from coercivity.catalogue import Pack
from coercivity.claims.distributions import Draws
from coercivity.errors import InputError
from coercivity.network.checks import require
from coercivity.network.compiled import CompiledNetwork
from coercivity.network.compiling import compile_network
from coercivity.network.expand import Expansion, Input, Lane, Values, expand
from coercivity.network.tables import DEFAULT_TAU_DAYS, FloatArray, Network

__all__ = ["build_network", "build_tables"]


def build_network(pack: Pack, draws: Draws) -> CompiledNetwork:
    """Build and compile the network of a pack.

    Parameters
    ----------
    pack : Pack
        With ``sites.csv``, ``recipes.csv`` and ``sourcing.csv``.
    draws : Draws
        Of every quantity that the three tables name.

    Returns
    -------
    CompiledNetwork
        Its frames label the arrays.

    Raises
    ------
    InputError
        If the tables are wrong; each problem names the file and row.
    """
    return compile_network(build_tables(pack, draws), check=False)


def build_tables(pack: Pack, draws: Draws) -> Network:
    """Build the labelled tables of a pack's network; see :func:`build_network`."""
    values = Values(draws)
    expansion = expand(pack, values)
    unit = {item: entry.unit for item, entry in pack.items.items()}
    flows, output, final = _propagate(expansion, values, unit)
    inputs, varying = _input_table(expansion, values, unit)
    slack = [values.get(s["slack"], "1", s.where) for s in expansion.sites]
    varying |= {
        "sites.final_demand": final,
        "sites.output": output,
        "sites.capacity": output * (1.0 + np.array(slack)),
        "sites.finished_stock": output * _finished_days(expansion, values),
        "inputs.base_share": _base_shares(expansion, values.draws.members),
        "lanes.flow": flows,
        "lanes.weight": _stack([lane.share for lane in expansion.lanes], draws.members),
        "lanes.lead": _stack([lane.lead for lane in expansion.lanes], draws.members),
    }
    sites, lanes = _site_table(expansion, unit), _lane_table(expansion, unit)
    frames = {"sites": sites, "inputs": inputs, "lanes": lanes}
    for key, array in varying.items():
        table, column = key.split(".")
        frames[table][column] = np.median(array, axis=1) if len(array) else np.zeros(0)
    network = Network(sites, inputs, lanes, varying)
    require(network)
    return network


def _stack(rows: Sequence[FloatArray], members: int) -> FloatArray:
    """Rows above one another, also when there are none."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), members)


def _upstream(expansion: Expansion) -> list[str]:
    """Sites in an order in which buyers come before their suppliers."""
    feeds: dict[str, set[str]] = {site["id"]: set() for site in expansion.sites}
    usual = {entry.key for entry in expansion.inputs if not entry.recipe["rank"]}
    first: dict[tuple[str, str], str] = {}
    for lane in expansion.lanes:
        if (lane.buyer, lane.group, lane.item) in usual:
            feeds[lane.supplier].add(lane.buyer)
            first.setdefault((lane.supplier, lane.buyer), lane.where)
    try:
        return list(TopologicalSorter({key: sorted(feeds[key]) for key in feeds}).static_order())
    except CycleError as error:
        loop = [str(name) for name in error.args[1]]
        steps = [first.get((after, before), "") for before, after in pairwise(loop)]
        raise InputError(
            "sourcing runs in a circle: " + " < ".join(loop),
            where=", ".join(step for step in steps if step),
            expected="a chain from raw material to final product",
            hint="state explicit flows with Network.from_tables for a network with recycling",
        ) from error


def _propagate(
    expansion: Expansion, values: Values, unit: dict[str, str]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Baseline flows of lanes, output and final demand of sites.

    Returns
    -------
    flows : float64[lane, member]
    output, final : float64[site, member]
        All in units per day.
    """
    members = values.draws.members
    row = {site["id"]: number for number, site in enumerate(expansion.sites)}
    final = np.zeros((len(row), members))
    for site in expansion.sites:
        if site["output"]:
            rate = f"{unit[site['item']]}/day"
            final[row[site["id"]]] = values.get(site["output"], rate, site.where)
    flows = np.zeros((len(expansion.lanes), members))
    use = {
        entry.key: _coefficient(entry, values, unit) / _yield(entry, values)
        for entry in expansion.inputs
        if not entry.recipe["rank"]
    }
    entering: dict[str, list[int]] = {}
    for number, lane in enumerate(expansion.lanes):
        entering.setdefault(lane.buyer, []).append(number)
    output = final.copy()
    for name in _upstream(expansion):
        for number in entering.get(name, ()):
            lane = expansion.lanes[number]
            rate_of_use = use.get((lane.buyer, lane.group, lane.item))
            if rate_of_use is not None:
                flows[number] = output[row[name]] * lane.share * rate_of_use
                output[row[lane.supplier]] += flows[number]
    return flows, output, final


def _coefficient(entry: Input, values: Values, unit: dict[str, str]) -> FloatArray:
    wanted = f"{unit[entry.recipe['accepts']]}/{unit[entry.site['item']]}"
    return values.get(entry.recipe["coefficient"], wanted, entry.recipe.where)


def _yield(entry: Input, values: Values) -> FloatArray:
    if not entry.recipe["yield"]:
        return np.ones(values.draws.members)
    return values.get(entry.recipe["yield"], "1", entry.recipe.where)


def _days(entry: Input, column: str, values: Values) -> FloatArray:
    if not entry.recipe[column]:
        return np.zeros(values.draws.members)
    return values.get(entry.recipe[column], "day", entry.recipe.where)


def _finished_days(expansion: Expansion, values: Values) -> FloatArray:
    """Finished stock of each site in days of output; zero where the pack says nothing."""
    none = np.zeros(values.draws.members)
    return np.array(
        [
            values.get(site["finished_days"], "day", site.where) if site["finished_days"] else none
            for site in expansion.sites
        ]
    )


def _base_shares(expansion: Expansion, members: int) -> FloatArray:
    """Part of its group's need that each input fills: the shares of its lanes at rank 0.

    Left open (NaN) for a group that has no lane, which only a non-essential one may be.
    """
    place = {entry.key: row for row, entry in enumerate(expansion.inputs)}
    shares = np.zeros((len(place), members))
    for lane in expansion.lanes:
        row = place[lane.buyer, lane.group, lane.item]
        if not expansion.inputs[row].recipe["rank"]:
            shares[row] += lane.share
    fed = {(lane.buyer, lane.group) for lane in expansion.lanes}
    shares[[entry.key[:2] not in fed for entry in expansion.inputs]] = np.nan
    return shares


def _input_table(
    expansion: Expansion, values: Values, unit: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """Rows of inputs, and the columns that vary."""
    members = values.draws.members
    entries = expansion.inputs
    tau = np.full(members, DEFAULT_TAU_DAYS)
    frame = pd.DataFrame(
        {
            "site": [entry.key[0] for entry in entries],
            "group": [entry.key[1] for entry in entries],
            "item": [entry.key[2] for entry in entries],
            "unit": [unit[entry.key[2]] for entry in entries],
            "rank": [float(entry.recipe["rank"] or 0) for entry in entries],
            "stock": np.nan,
            "essentiality": [float(_or(entry.recipe["essentiality"], 2)) for entry in entries],
            "where": [entry.recipe.where for entry in entries],
        }
    )
    rows = {
        "coefficient": [_coefficient(entry, values, unit) for entry in entries],
        "yield": [_yield(entry, values) for entry in entries],
        "cover": [_days(entry, "cover", values) for entry in entries],
        "qualification": [_days(entry, "qualification", values) for entry in entries],
        "tau": [tau for _ in entries],
    }
    return frame, {f"inputs.{name}": _stack(arrays, members) for name, arrays in rows.items()}


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _site_table(expansion: Expansion, unit: dict[str, str]) -> pd.DataFrame:
    sites = expansion.sites
    columns = ("id", "item", "party", "country", "sector")
    frame = pd.DataFrame({name: [site[name] for site in sites] for name in columns})
    return frame.assign(
        unit=[unit[site["item"]] for site in sites],
        tier=[float(site["tier"]) for site in sites],
        end_use=[site["end_use"] or "civil" for site in sites],
        priority=0.0,
        where=[site.where for site in sites],
    )


def _lane_table(expansion: Expansion, unit: dict[str, str]) -> pd.DataFrame:
    lanes: tuple[Lane, ...] = expansion.lanes
    columns = ("supplier", "buyer", "group", "item", "where")
    frame = pd.DataFrame(
        {name: [getattr(lane, name) for lane in lanes] for name in columns}, dtype=object
    )
    return frame.assign(unit=[unit[lane.item] for lane in lanes])
