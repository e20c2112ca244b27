"""Consistency of a network, one function per rule; every problem names its table and row.

A rule looks at all members and reports the worst of them.  :func:`check_network` runs the rules in
order and stops after the first stage with problems, because later rules presuppose the earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import CoercivityError, InputError, Problem
from coercivity.network.sums import (
    baseline_output,
    group_service,
    groups,
    outgoing,
    positions,
    slot_of_lane,
    sum_by,
)
from coercivity.network.tables import COLUMNS, TABLES, FloatArray, Network
from coercivity.units import compatible, parse_unit

__all__ = [
    "check_balance",
    "check_capacity",
    "check_coefficients",
    "check_cycles",
    "check_items",
    "check_items_known",
    "check_network",
    "check_numbers",
    "check_references",
    "check_shares",
    "check_signs",
    "check_supplied",
    "check_units",
    "require",
]

TOLERANCE = 1e-6
"""Relative difference between two sums that still counts as equal."""

_ABOVE_ZERO = {("inputs", "coefficient"), ("inputs", "yield"), ("inputs", "tau")}
_ABSENT_OK = {
    (table, column.name)
    for table, columns in COLUMNS.items()
    for column in columns
    if isinstance(column.default, float) and np.isnan(column.default)
}


def check_numbers(network: Network) -> list[Problem]:
    """Every number is finite; columns that are worked out may be absent."""
    problems = []
    for table, column in _numeric():
        values = network.values(table, column)
        bad = ~np.isfinite(values)
        if (table, column) in _ABSENT_OK:
            bad &= ~np.isnan(values)
        problems += [
            Problem(
                f"{column} is {values[row][bad[row]][0]}",
                network.where(table, row),
                "a finite number",
                "write the value",
            )
            for row in np.flatnonzero(bad.any(axis=1))
        ]
    return problems


def check_signs(network: Network) -> list[Problem]:
    """No stock, flow, demand or time is negative; coefficients and yields are above zero."""
    problems = []
    for table, column in _numeric():
        values = network.values(table, column)
        above = (table, column) in _ABOVE_ZERO
        bad = values <= 0.0 if above else values < 0.0
        expected = "a number above zero" if above else "zero or more"
        if (table, column) == ("lanes", "lead"):
            bad, expected = values < 1.0, "one day or more: goods sent today arrive tomorrow"
        problems += [
            Problem(
                f"{column} is {values[row].min():g}{_of(network, table, row)}",
                network.where(table, row),
                expected,
            )
            for row in np.flatnonzero(bad.any(axis=1))
        ]
    return problems


def check_references(network: Network) -> list[Problem]:
    """Sites, slots and lanes are named once, and inputs and lanes name sites that exist."""
    known = set(network.sites["id"])
    hint = "add it to the sites table or correct the name"
    problems = _repeated(network, "sites", ("id",), "site")
    problems += _repeated(network, "inputs", ("site", "group", "item"), "input")
    problems += _repeated(network, "lanes", ("supplier", "buyer", "group", "item"), "lane")
    for table, column in (("inputs", "site"), ("lanes", "supplier"), ("lanes", "buyer")):
        problems += [
            Problem(
                f"{column} is {name!r}, which is not a site",
                network.where(table, row),
                "an id of the sites table",
                hint,
            )
            for row, name in enumerate(network.table(table)[column])
            if name not in known
        ]
    slots = set(network.inputs[["site", "group", "item"]].itertuples(index=False, name=None))
    columns = ["buyer", "group", "item"]
    for row, key in enumerate(network.lanes[columns].itertuples(index=False, name=None)):
        if key not in slots and key[0] in known:
            problems.append(
                Problem(
                    f"{key[0]} has no input {key[2]!r} in group {key[1]!r}",
                    network.where("lanes", row),
                    "a row of the inputs table for this buyer, group and item",
                )
            )
    return problems


def check_items(network: Network) -> list[Problem]:
    """Every item bought is made somewhere, and a lane carries what its supplier makes."""
    made = dict(zip(network.sites["id"], network.sites["item"], strict=True))
    items = set(made.values())
    problems = [
        Problem(
            f"item is {item!r}, which no site makes",
            network.where("inputs", row),
            "an item of the sites table",
            "add a site that makes it or correct the name",
        )
        for row, item in enumerate(network.inputs["item"])
        if item not in items
    ]
    pairs = zip(network.lanes["supplier"], network.lanes["item"], strict=True)
    for row, (supplier, item) in enumerate(pairs):
        if supplier in made and made[supplier] != item:
            problems.append(
                Problem(
                    f"{supplier} makes {made[supplier]!r}, not {item!r}",
                    network.where("lanes", row),
                    "the item that the supplier makes",
                )
            )
    return problems


def check_items_known(network: Network, items: Mapping[str, str]) -> list[Problem]:
    """Every item is one of `items`, and is measured in a unit of the same dimension.

    Parameters
    ----------
    network : Network
    items : mapping of str to str
        Unit by item.
    """
    problems = []
    for table in TABLES:
        for row, item in enumerate(network.table(table)["item"]):
            if item not in items:
                problems.append(
                    Problem(
                        f"item {item!r} is unknown",
                        network.where(table, row),
                        "one of " + ", ".join(sorted(items)[:8]),
                        "correct the name or add the item",
                    )
                )
            elif table == "sites":
                problems += _unit_problem(
                    network, table, row, str(network.sites["unit"].iloc[row]), items[item], item
                )
    return problems


def check_units(network: Network) -> list[Problem]:
    """All sites, inputs and lanes of an item state the same unit."""
    first: dict[str, str] = {}
    problems = []
    sites = zip(network.sites["item"], network.sites["unit"], strict=True)
    for row, (item, unit) in enumerate(sites):
        if first.setdefault(item, unit) == unit:
            problems += _unit_unknown(network, row, str(unit))
    for table in TABLES:
        frame = network.table(table)
        for row, (item, unit) in enumerate(zip(frame["item"], frame["unit"], strict=True)):
            if unit and item in first:
                problems += _unit_problem(network, table, row, str(unit), first[item], str(item))
    return problems


def check_supplied(network: Network) -> list[Problem]:
    """Every essential input that is used at baseline has a lane."""
    lanes = network.lanes[["buyer", "group"]].itertuples(index=False, name=None)
    fed = set(lanes)
    seen: set[tuple[str, str]] = set()
    problems = []
    is_essential = (network.inputs["essentiality"] == 2).to_numpy()
    for row, key in enumerate(network.inputs[["site", "group"]].itertuples(index=False, name=None)):
        if is_essential[row] and key not in fed and key not in seen:
            seen.add(key)
            problems.append(
                Problem(
                    f"essential input {key[1]!r} of {key[0]} has no lane",
                    network.where("inputs", row),
                    "at least one lane that ends in it",
                    "add a lane, or lower the essentiality",
                )
            )
    return problems


def check_balance(network: Network) -> list[Problem]:
    """Output equals the flows that leave plus final demand, where the output is stated."""
    output = network.values("sites", "output")
    computed = outgoing(network) + network.values("sites", "final_demand")
    output, computed = np.broadcast_arrays(output, computed)
    bad = _differ(output, computed) & ~np.isnan(output)
    return [
        Problem(
            f"{network.sites['id'].iloc[row]} makes {output[row].max():g} a day but "
            f"sends and sells {computed[row].max():g}",
            network.where("sites", row),
            "output = outgoing flows + final demand",
            "correct the output or the flows, or leave the output blank",
        )
        for row in np.flatnonzero(bad.any(axis=1))
    ]


def check_capacity(network: Network) -> list[Problem]:
    """Every site can make its baseline output, so that every buyer can be fed."""
    output, capacity = np.broadcast_arrays(
        baseline_output(network), network.values("sites", "capacity")
    )
    bad = (capacity < output * (1 - TOLERANCE)) & ~np.isnan(capacity)
    return [
        Problem(
            f"{network.sites['id'].iloc[row]} can make {capacity[row].min():g} a day but its "
            f"buyers take {output[row].max():g} at baseline",
            network.where("sites", row),
            "capacity of at least the baseline output",
        )
        for row in np.flatnonzero(bad.any(axis=1))
    ]


def check_coefficients(network: Network) -> list[Problem]:
    """Flows into a group cover exactly what the coefficients say the baseline output needs."""
    fed, needed, rows = group_service(network)
    # A group without any lane is the business of check_supplied, or is not needed.
    lanes = set(network.lanes[["buyer", "group"]].itertuples(index=False, name=None))
    keys = network.inputs[["site", "group"]].iloc[rows].itertuples(index=False, name=None)
    has_lane = np.array([key in lanes for key in keys], dtype=bool)
    bad = _differ(fed, needed) & has_lane[:, np.newaxis]
    problems = []
    for group in np.flatnonzero(bad.any(axis=1)):
        row = rows[group]
        member = int(np.argmax(np.abs(fed[group] - needed[group])))
        site, name = network.inputs["site"].iloc[row], network.inputs["group"].iloc[row]
        problems.append(
            Problem(
                f"flows into group {name!r} of {site} feed {fed[group, member]:g} units a day, "
                f"its baseline output is {needed[group, member]:g}",
                network.where("inputs", row),
                "sum of flow * yield / coefficient = output",
                "correct the flows of its lanes or the coefficient",
            )
        )
    return problems


def check_shares(network: Network) -> list[Problem]:
    """Baseline shares, where stated, sum to one within each group."""
    shares = network.values("inputs", "base_share")
    index, rows = groups(network)
    total = sum_by(index, shares, len(rows))
    return [
        Problem(
            f"baseline shares of group {network.inputs['group'].iloc[row]!r} of "
            f"{network.inputs['site'].iloc[row]} sum to {total[group].min():g}",
            network.where("inputs", row),
            "shares that sum to 1",
        )
        for group, row in enumerate(rows)
        # Shares that are not stated are worked out, and then sum to one.
        if not np.isnan(total[group]).any() and np.abs(total[group] - 1.0).max() > TOLERANCE
    ]


def check_cycles(network: Network) -> list[Problem]:
    """No loop of sites waits for itself without any stock in it.

    A lane counts as buffered if its slot or its supplier's finished goods hold stock.  A loop of
    unbuffered lanes could never start again after a stop, and would hide a deadlock.
    """
    graph: dict[str, dict[str, int]] = {}
    buffered = _buffered(network)
    flowing = network.values("lanes", "flow").max(axis=1) > 0
    for row in np.flatnonzero(flowing & ~buffered):
        supplier, buyer = network.lanes["supplier"].iloc[row], network.lanes["buyer"].iloc[row]
        graph.setdefault(buyer, {}).setdefault(supplier, int(row))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = [str(name) for name in error.args[1]]
        rows = [graph[buyer][supplier] for supplier, buyer in pairwise(names)]
        return [
            Problem(
                "cycle without stock: " + " > ".join(names),
                ", ".join(network.where("lanes", row) for row in rows),
                "stock in at least one input of the loop",
                "give a cover or a finished stock, or break the loop",
            )
        ]
    return []


Rule = Callable[[Network], list[Problem]]
STAGES: tuple[tuple[Rule, ...], ...] = (
    (check_numbers, check_references, check_items),
    (check_signs, check_units),
    (check_supplied, check_shares),
    (check_balance, check_capacity, check_coefficients, check_cycles),
)
"""Rules in order; a stage presupposes those before it."""


def check_network(network: Network) -> list[Problem]:
    """Run every rule.

    Returns
    -------
    list of Problem
        Of the first stage that has any; empty for a consistent network.
    """
    for stage in STAGES:
        problems = [problem for rule in stage for problem in rule(network)]
        if problems:
            return problems
    return []


def require(network: Network, *, extra: Iterable[Problem] = ()) -> None:
    """Raise if the network breaks a rule.

    Raises
    ------
    InputError
        With the problems of :func:`check_network` and `extra`.
    """
    problems = [*extra, *check_network(network)]
    if problems:
        raise InputError(
            f"the network tables have {len(problems)} problems",
            hint="repair the rows named below",
            problems=problems,
        )


# --- parts of the rules ------------------------------------------------------------------------


def _numeric() -> list[tuple[str, str]]:
    return [(t, c.name) for t, columns in COLUMNS.items() for c in columns if c.is_number]


def _of(network: Network, table: str, row: SupportsIndex) -> str:
    """Name what a row is about."""
    frame, row = network.table(table), int(row)
    if table == "sites":
        return f" for site {frame['id'].iloc[row]}"
    buyer = "site" if table == "inputs" else "buyer"
    return f" for {frame['item'].iloc[row]} of {frame[buyer].iloc[row]}"


def _differ(first: FloatArray, second: FloatArray) -> NDArray[np.bool_]:
    """Whether two sums differ by more than the tolerance."""
    scale = np.maximum(np.abs(first), np.abs(second))
    return np.asarray(np.abs(first - second) > TOLERANCE * scale)


def _repeated(network: Network, table: str, columns: tuple[str, ...], noun: str) -> list[Problem]:
    """Problems for rows whose key occurred before."""
    seen: dict[tuple[str, ...], int] = {}
    problems = []
    keys = network.table(table)[list(columns)].itertuples(index=False, name=None)
    for row, key in enumerate(keys):
        if key in seen:
            problems.append(
                Problem(
                    f"{noun} {' > '.join(key)} is given twice",
                    network.where(table, row),
                    f"one row; see {network.where(table, seen[key])}",
                )
            )
        seen.setdefault(key, row)
    return problems


def _unit_problem(
    network: Network, table: str, row: int, unit: str, expected: str, item: str
) -> list[Problem]:
    """Problem of a unit that is unknown, of another dimension, or of another size."""
    if unit == expected:
        return []
    where = network.where(table, row)
    try:
        fits = compatible(unit, expected)
        same = parse_unit(unit).factor == parse_unit(expected).factor
    except CoercivityError as error:
        return [Problem(error.problem.what, where, error.problem.expected)]
    if fits and same:
        return []
    hint = f"convert the numbers of the row to {expected}" if fits else "correct the unit"
    return [Problem(f"unit of {item} is {unit}, elsewhere {expected}", where, expected, hint)]


def _unit_unknown(network: Network, row: int, unit: str) -> list[Problem]:
    """Problem of a symbol that is no unit."""
    try:
        parse_unit(unit)
    except CoercivityError as error:
        problem = error.problem
        return [Problem(problem.what, network.where("sites", row), problem.expected)]
    return []


def _buffered(network: Network) -> NDArray[np.bool_]:
    """Whether some stock stands between a lane's supplier and its buyer, in every member."""
    slot = slot_of_lane(network)
    stock = network.values("inputs", "stock")
    held = np.where(np.isnan(stock), network.values("inputs", "cover"), stock)
    finished = network.values("sites", "finished_stock")
    supplier = positions(network, "lanes", "supplier")
    both = np.broadcast_arrays(held[slot] > 0, finished[supplier] > 0)
    return np.asarray((both[0] | both[1]).all(axis=1))
