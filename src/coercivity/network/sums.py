"""Sums over a network's labelled tables, shared by the rules and the compiler."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coercivity.network.tables import FloatArray, Network

__all__ = [
    "baseline_output",
    "group_service",
    "groups",
    "outgoing",
    "positions",
    "slot_flow",
    "slot_of_lane",
    "sum_by",
]


def sum_by(owner: NDArray[np.int64], parts: FloatArray, count: int) -> FloatArray:
    """Sum rows by owner, in the order of the rows.

    Parameters
    ----------
    owner : int64[row]
    parts : float64[row, member]
    count : int
        Number of owners.

    Returns
    -------
    float64[owner, member]
    """
    total = np.zeros((count, parts.shape[1]))
    if len(owner):
        order = np.argsort(owner, kind="stable")
        starts = np.flatnonzero(np.diff(owner[order], prepend=-1))
        total[owner[order][starts]] = np.add.reduceat(parts[order], starts, axis=0)
    return total


def outgoing(network: Network) -> FloatArray:
    """Sum of the baseline flows that leave each site.

    Returns
    -------
    float64[site, member], unit of the site's item per day
    """
    flow = network.values("lanes", "flow")
    return sum_by(positions(network, "lanes", "supplier"), flow, len(network.sites))


def baseline_output(network: Network) -> FloatArray:
    """Baseline production: as stated, or outgoing flows plus final demand.

    Returns
    -------
    float64[site, member], unit of the site's item per day
    """
    stated = network.values("sites", "output")
    computed = outgoing(network) + network.values("sites", "final_demand")
    return np.where(np.isnan(stated), computed, stated)


def positions(network: Network, table: str, column: str) -> NDArray[np.int64]:
    """Row of the sites table that each cell of a column names."""
    place = {name: row for row, name in enumerate(network.sites["id"])}
    return np.array([place[name] for name in network.table(table)[column]], dtype=np.int64)


def slot_of_lane(network: Network) -> NDArray[np.int64]:
    """Row of the inputs table that each lane ends in."""
    columns = ["site", "group", "item"]
    keys = network.inputs[columns].itertuples(index=False, name=None)
    place = {key: row for row, key in enumerate(keys)}
    lanes = network.lanes[["buyer", "group", "item"]].itertuples(index=False, name=None)
    return np.array([place[key] for key in lanes], dtype=np.int64)


def slot_flow(network: Network) -> FloatArray:
    """Sum of the baseline flows that enter each slot.

    Returns
    -------
    float64[input row, member], unit of the slot's item per day
    """
    flow = network.values("lanes", "flow")
    return sum_by(slot_of_lane(network), flow, len(network.inputs))


def group_service(network: Network) -> tuple[FloatArray, FloatArray, list[int]]:
    """Output that the flows into each group can feed, and output at baseline.

    Returns
    -------
    fed, needed : float64[group, member], unit of the site's item per day
    rows : list of int
        First input row of each group.
    """
    per_unit = network.values("inputs", "yield") / network.values("inputs", "coefficient")
    served = slot_flow(network) * per_unit
    index, rows = groups(network)
    fed = sum_by(index, served, len(rows))
    sites = positions(network, "inputs", "site")[rows] if rows else np.zeros(0, np.int64)
    fed, needed = np.broadcast_arrays(fed, baseline_output(network)[sites])
    return fed, needed, rows


def groups(network: Network) -> tuple[NDArray[np.int64], list[int]]:
    """Group number of each input row, and the first row of each group."""
    number: dict[tuple[str, str], int] = {}
    index, rows = [], []
    keys = network.inputs[["site", "group"]].itertuples(index=False, name=None)
    for row, key in enumerate(keys):
        if key not in number:
            number[key] = len(number)
            rows.append(row)
        index.append(number[key])
    return np.array(index, dtype=np.int64), rows
