"""What a run keeps: a plan of series, laid out for the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from coercivity.network.compiled import CompiledNetwork

__all__ = ["Record", "RecordPlan", "plan_record"]


@dataclass(frozen=True)
class Record:
    """Choice of the series to keep.

    Totals per site, lane and licence are always kept.

    Parameters
    ----------
    sites : sequence of str
        Sites whose own output and cover are kept.
    flows : mapping of str to sequence of int
        Label of a flow → positions of the lanes that add up to it (all of one unit).
    sectors : bool
        Whether output by sector is kept: the sum over sites that sell to final users and share a
        sector and an item.
    every : int, day
        Days per step; a step holds the mean of its days.  Seven keeps a scenario of 1,000
        members small.
    """

    sites: Sequence[str] = ()
    flows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    sectors: bool = True
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1:
            raise UsageError(f"every is {self.every}", where="every", expected="one day or more")


@dataclass(frozen=True, eq=False)
class RecordPlan:
    """A :class:`Record` resolved against a network.

    Attributes
    ----------
    sectors, sites, flows : tuple of str
        Labels; the rows of the site series are the sectors, then the sites.
    sector_units, site_units, flow_units : tuple of str
        Unit per day of each row.
    site_ptr, site_rows : int32
        Sites that add up to each row of the site series.
    lane_ptr, lane_rows : int32
        Lanes that add up to each flow.
    cover_rows : int32[site_selected]
        Position of each selected site.
    step_of_day : int32[day]
    n_steps : int
    """

    sectors: tuple[str, ...]
    sites: tuple[str, ...]
    flows: tuple[str, ...]
    sector_units: tuple[str, ...]
    site_units: tuple[str, ...]
    flow_units: tuple[str, ...]
    site_ptr: NDArray[np.int32]
    site_rows: NDArray[np.int32]
    lane_ptr: NDArray[np.int32]
    lane_rows: NDArray[np.int32]
    cover_rows: NDArray[np.int32]
    step_of_day: NDArray[np.int32]
    n_steps: int


def plan_record(record: Record, net: CompiledNetwork, *, days: int) -> RecordPlan:
    """Resolve a choice of series against a network.

    Parameters
    ----------
    record : Record
    net : CompiledNetwork
    days : int
        Number of simulated days.

    Raises
    ------
    NotFoundError
        If a site is not in the network.
    UsageError
        If a flow names a lane that does not exist, or adds up different units.
    """
    positions = {site: row for row, site in enumerate(net.site_ids)}
    unknown = [site for site in record.sites if site not in positions]
    if unknown:
        raise NotFoundError(
            f"no site {unknown[0]!r} in the network",
            where="record.sites",
            expected="ids as in network.sites",
        )
    sectors = _sectors(net) if record.sectors else {}
    selected = [positions[site] for site in record.sites]
    lanes = {label: _lanes(label, rows, net) for label, rows in record.flows.items()}
    units = net.sites["unit"].astype(str).to_numpy()
    lane_units = net.lanes["unit"].astype(str).to_numpy()
    site_ptr, site_rows = _csr([*sectors.values(), *([row] for row in selected)])
    lane_ptr, lane_rows = _csr(list(lanes.values()))
    step_of_day = (np.arange(days) // record.every).astype(np.int32)
    return RecordPlan(
        sectors=tuple(sectors),
        sites=tuple(record.sites),
        flows=tuple(lanes),
        sector_units=tuple(units[rows[0]] for rows in sectors.values()),
        site_units=tuple(units[row] for row in selected),
        flow_units=tuple(lane_units[rows[0]] if rows else "1" for rows in lanes.values()),
        site_ptr=site_ptr,
        site_rows=site_rows,
        lane_ptr=lane_ptr,
        lane_rows=lane_rows,
        cover_rows=np.array(selected, np.int32),
        step_of_day=step_of_day,
        n_steps=int(step_of_day[-1]) + 1,
    )


def _sectors(net: CompiledNetwork) -> dict[str, list[int]]:
    """Group the sites that sell to final users by sector, split by item where needed."""
    sector = net.sites["sector"].fillna("").astype(str).to_numpy()
    item = net.sites["item"].astype(str).to_numpy()
    final = np.flatnonzero((net.final_demand > 0.0).any(axis=1))
    items: dict[str, set[str]] = {}
    for row in final:
        items.setdefault(sector[row], set()).add(item[row])
    groups: dict[str, list[int]] = {}
    for row in final:
        if not sector[row]:
            continue
        whole = len(items[sector[row]]) == 1
        label = sector[row] if whole else f"{sector[row]}/{item[row]}"
        groups.setdefault(label, []).append(int(row))
    return {label: groups[label] for label in sorted(groups)}


def _lanes(label: str, rows: Sequence[int], net: CompiledNetwork) -> list[int]:
    """Check the lanes of a flow."""
    lanes = [int(row) for row in rows]
    if any(not 0 <= lane < net.n_lanes for lane in lanes):
        raise UsageError(
            f"flow {label!r} names a lane that does not exist",
            where="record.flows",
            expected=f"positions from 0 to {net.n_lanes - 1}",
        )
    units = sorted(set(net.lanes["unit"].astype(str).iloc[lanes]))
    if len(units) > 1:
        raise UsageError(
            f"flow {label!r} adds up lanes of different units: {', '.join(units)}",
            where="record.flows",
            expected="lanes of one unit",
        )
    return lanes


def _csr(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Lay ragged rows end to end."""
    ptr = np.zeros(len(rows) + 1, np.int32)
    np.cumsum([len(row) for row in rows], out=ptr[1:])
    flat = [value for row in rows for value in row]
    return ptr, np.array(flat, np.int32)
