"""From labelled tables to the arrays of the engine: a pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError
from coercivity.network.checks import require
from coercivity.network.compiled import CompiledNetwork, FloatArray, IndexArray
from coercivity.network.sums import baseline_output, positions, slot_flow, slot_of_lane, sum_by

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.network.tables import Network

__all__ = ["compile_network"]

MOST_ROWS = int(np.iinfo(np.int32).max)


def compile_network(network: Network, *, check: bool = True) -> CompiledNetwork:
    """Compile a network to arrays.

    Parameters
    ----------
    network : Network
    check : bool
        Check the tables first; leave out only for tables that were checked before.

    Returns
    -------
    CompiledNetwork
        Slots sorted by site, group and rank; lanes by supplier and slot.

    Raises
    ------
    InputError
        If the tables break a rule, or have more rows than a 32-bit index can count.
    """
    _require_countable(network)
    if check:
        require(network)
    slots = _slot_order(network)
    lane_slot = _inverse(slots)[slot_of_lane(network)]
    supplier = positions(network, "lanes", "supplier")
    lanes = np.lexsort((lane_slot, supplier))
    values = _Values(network, slots, lanes)
    slot_site = positions(network, "inputs", "site")[slots]
    group_names, slot_group, group_slot_ptr = _group_slots(network, slots)
    group_site = slot_site[group_slot_ptr[:-1]] if len(group_names) else np.zeros(0, np.int64)
    by_slot = np.lexsort((np.arange(len(lanes)), lane_slot[lanes]))
    x0 = values.of(baseline_output(network))
    share, weight = _shares(network)
    site_frame, slot_frame, lane_frame = _labels(network, slots, lanes)
    base_share = values.of(share[slots])
    coef, yield_ = values.slot("coefficient"), values.slot("yield")
    cover = values.slot("cover")
    use = x0[slot_site] * base_share * coef / yield_
    stock = values.slot("stock")
    capacity = values.site("capacity")
    return CompiledNetwork(
        site_ids=tuple(site_frame["id"]),
        group_ids=group_names,
        slot_ids=tuple(slot_frame["id"]),
        lane_ids=tuple(lane_frame["id"]),
        capacity=np.where(np.isnan(capacity), x0, capacity),
        x0=x0,
        final_demand=values.site("final_demand"),
        finished_stock=values.site("finished_stock"),
        site_priority=_index(network.sites["priority"].to_numpy()),
        site_group_ptr=_pointer(group_site, len(network.sites)),
        group_site=_index(group_site),
        group_slot_ptr=group_slot_ptr,
        essentiality=_index(network.inputs["essentiality"].to_numpy()[slots][group_slot_ptr[:-1]]),
        slot_site=_index(slot_site),
        slot_group=slot_group,
        slot_rank=_index(network.inputs["rank"].to_numpy()[slots]),
        coef=coef,
        yield_=yield_,
        base_share=base_share,
        cover=cover,
        stock0=np.where(np.isnan(stock), cover * use, stock),
        qualification=_index(np.rint(values.slot("qualification"))),
        tau=values.slot("tau"),
        lane_supplier=_index(supplier[lanes]),
        lane_slot=_index(lane_slot[lanes]),
        supplier_lane_ptr=_pointer(supplier[lanes], len(network.sites)),
        slot_lane_ptr=_pointer(lane_slot, len(slots)),
        slot_lanes=_index(by_slot),
        flow0=values.lane("flow"),
        weight=values.of(weight[lanes]),
        lead=_index(np.rint(values.lane("lead"))),
        sites=site_frame,
        slots=slot_frame,
        lanes=lane_frame,
    )


def _require_countable(network: Network) -> None:
    """Raise if rows outnumber what a 32-bit index can count."""
    if max(len(network.inputs), len(network.lanes)) >= MOST_ROWS:
        raise InputError(
            f"the network has {len(network.lanes)} lanes and {len(network.inputs)} inputs",
            where="lanes",
            expected=f"fewer than {MOST_ROWS} rows",
        )


class _Values:
    """Numeric columns in compiled order, for every member, innermost and contiguous."""

    def __init__(
        self, network: Network, slots: NDArray[np.int64], lanes: NDArray[np.int64]
    ) -> None:
        self.network = network
        self.slots = slots
        self.lanes = lanes

    def of(self, array: FloatArray) -> FloatArray:
        """Return an array widened to all members."""
        shape = (array.shape[0], self.network.n_members)
        return np.ascontiguousarray(np.broadcast_to(array, shape), dtype=np.float64)

    def site(self, column: str) -> FloatArray:
        """Return float64[site, member]."""
        return self.of(self.network.values("sites", column))

    def slot(self, column: str) -> FloatArray:
        """Return float64[slot, member]."""
        return self.of(self.network.values("inputs", column)[self.slots])

    def lane(self, column: str) -> FloatArray:
        """Return float64[lane, member]."""
        return self.of(self.network.values("lanes", column)[self.lanes])


def _index(array: NDArray[np.float64] | NDArray[np.int64]) -> IndexArray:
    return np.ascontiguousarray(array, dtype=np.int32)


def _inverse(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place in the new order of each old row."""
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place


def _pointer(owner: NDArray[np.int64], count: int) -> IndexArray:
    """CSR pointer of rows sorted by owner."""
    pointer = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=count), out=pointer[1:])
    return _index(pointer)


def _slot_order(network: Network) -> NDArray[np.int64]:
    """Input rows sorted by site, by first appearance of the group, by rank, by row."""
    first: dict[tuple[str, str], int] = {}
    keys = network.inputs[["site", "group"]].itertuples(index=False, name=None)
    group = np.array([first.setdefault(key, row) for row, key in enumerate(keys)], dtype=np.int64)
    rank = network.inputs["rank"].to_numpy()
    order = np.lexsort((np.arange(len(rank)), rank, group, positions(network, "inputs", "site")))
    return order.astype(np.int64)


def _group_slots(
    network: Network, slots: NDArray[np.int64]
) -> tuple[tuple[str, ...], IndexArray, IndexArray]:
    """Names of groups in order, group of each slot, and the group to slots pointer."""
    sites = network.inputs["site"].to_numpy()[slots]
    groups = network.inputs["group"].to_numpy()[slots]
    names = [f"{site}/{group}" for site, group in zip(sites, groups, strict=True)]
    ordered = tuple(dict.fromkeys(names))
    number = {name: row for row, name in enumerate(ordered)}
    owner = np.array([number[name] for name in names], dtype=np.int64)
    return ordered, _index(owner), _pointer(owner, len(ordered))


def _shares(network: Network) -> tuple[FloatArray, FloatArray]:
    """Baseline share of each input row in its group, and order weight of each lane in its slot.

    What is not stated follows from the flows; where nothing flows, the rows of rank 0 share
    equally, and so do the lanes of a slot.
    """
    stated = network.values("inputs", "base_share")
    if np.isnan(stated).any():
        stated = np.where(np.isnan(stated), _shares_by_flow(network), stated)
    slot = slot_of_lane(network)
    flow = network.values("lanes", "flow")
    given = network.values("lanes", "weight")
    wanted = np.where(np.isnan(given), flow, given)
    return stated, _normalised(wanted, np.ones((len(slot), 1)), slot, len(network.inputs))


def _shares_by_flow(network: Network) -> FloatArray:
    """Share of each input row in what the flows into its group can feed."""
    keys = list(network.inputs[["site", "group"]].itertuples(index=False, name=None))
    number = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    owner = np.array([number[key] for key in keys], dtype=np.int64)
    served = slot_flow(network) * network.values("inputs", "yield")
    served = served / network.values("inputs", "coefficient")
    rank = network.inputs["rank"].to_numpy(dtype=np.float64)
    usual = (rank == 0).astype(np.float64)[:, np.newaxis]
    return _normalised(served, usual, owner, len(number))


def _normalised(
    parts: FloatArray, fallback: FloatArray, owner: NDArray[np.int64], count: int
) -> FloatArray:
    """Scale parts to sum to one within each owner; use the fallback where they sum to zero."""
    total = sum_by(owner, parts, count)
    parts = np.where(total[owner] > 0, parts, fallback)
    total = sum_by(owner, parts, count)[owner]
    return np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)


def _labels(
    network: Network, slots: NDArray[np.int64], lanes: NDArray[np.int64]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Label tables of sites, slots and lanes in compiled order."""
    columns = ["id", "party", "country", "item", "sector", "tier", "end_use", "unit"]
    sites = network.sites[columns].reset_index(drop=True)
    sites = sites.assign(tier=sites["tier"].astype(int))
    slot = network.inputs.iloc[slots].reset_index(drop=True)
    slot = slot[["site", "group", "item", "rank", "unit"]].assign(rank=slot["rank"].astype(int))
    slot.insert(0, "id", slot["site"] + "/" + slot["group"] + "/" + slot["item"])
    lane = network.lanes.iloc[lanes].reset_index(drop=True)
    lane = lane[["supplier", "buyer", "group", "item"]]
    place = sites.set_index("id")
    for column, end, attribute in (
        ("origin", "supplier", "country"),
        ("destination", "buyer", "country"),
        ("end_use", "buyer", "end_use"),
        ("exporter", "supplier", "party"),
        ("importer", "buyer", "party"),
        ("unit", "supplier", "unit"),
    ):
        lane = lane.assign(**{column: place[attribute].reindex(lane[end]).to_numpy()})
    names = lane["supplier"] + ">" + lane["buyer"] + "/" + lane["group"] + "/" + lane["item"]
    lane.insert(0, "id", names)
    return sites, slot, lane
