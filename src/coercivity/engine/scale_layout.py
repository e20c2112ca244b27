"""Lay a large network out for its kernels: blocks of sites, pieces of slots, pipelines, gates.

A block is a range of firms of one sector whose rows fit a near cache; a part is a range of blocks.
:mod:`.scale_order` puts the slots of each part in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.kernels.fields import NO_LIMIT
from coercivity.engine.kernels.scale_gates import N_SCOPE, N_SUPPLIER, Gates
from coercivity.engine.method import DUST, Method
from coercivity.engine.scale_order import Order, put_in_order
from coercivity.network.edges import EdgeNetwork

__all__ = ["BLOCK", "TAU_DAYS", "ScaleState", "count_parts", "lay_out"]

BLOCK: Final = 16_384
"""Firms of a block, at most: its rows stay in cache."""
_SMALL: Final = 100_000
"""Lanes below which one part, and one thread, is faster: handing work over takes longer."""
_PARTS: Final = 2
"""Each part has a table of suppliers of its own: 24 bytes of traffic per firm and day."""
TAU_DAYS: Final = 6.0
"""Time over which a gap in stock is ordered, where the method gives none [InoueTodo2019]."""

Long = NDArray[np.int64]


@dataclass(eq=False)
class ScaleState:
    """Everything the kernels read and write, on the morning of a day.

    Attributes
    ----------
    site, buyer, supply, par, slots, lanes, over, clock, gates
        As in the kernels.
    parts : int64[part + 1]
        First block of each part.
    block_sector : int64[block]
    slot_of : int64[slot]
        Position in the network of each slot of the layout.
    lane_of : int32[lane]
        The same for lanes.
    lane_slot : int32[lane]
        Slot of each lane, as its position in the layout.
    long_slot : int64[slot with a long lane]
        Their positions in the layout.
    gated_lane : int64[gated lane]
        Position in the layout of each gated lane, in order of supplier.
    capacity : float64[site], per day
        Before losses.
    """

    site: NDArray[Any]
    buyer: NDArray[Any]
    supply: NDArray[Any]
    par: NDArray[Any]
    slots: k.Slots
    lanes: k.Lanes
    over: k.Overlay
    clock: k.Clock
    gates: Gates
    parts: Long
    block_sector: Long
    slot_of: Long
    lane_of: NDArray[np.int32]
    lane_slot: NDArray[np.int32]
    long_slot: Long
    gated_lane: Long
    capacity: NDArray[np.float64]

    def nbytes(self) -> int:
        """Bytes of all arrays."""
        arrays = [self.site, self.buyer, self.supply, self.slot_of, self.lane_of]
        arrays += [a for t in (self.slots, self.lanes, self.over, self.clock) for a in t]
        return sum(int(a.nbytes) for a in arrays)


def count_parts(network: EdgeNetwork) -> int:
    """Parts in which demand is scattered; a matter of size alone, so that bits are too."""
    return 1 if network.n_lanes < _SMALL else _PARTS


def lay_out(network: EdgeNetwork, *, method: Method, days: int, parts: int = 0) -> ScaleState:
    """Lay a network out, on the morning of day 0.

    Parameters
    ----------
    network : EdgeNetwork
    method : Method
    days : int
        Days to record.
    parts : int
        Parts in which demand is scattered: the most threads that can be used.  By default one for
        small networks and two for others.  Numbers depend on it in the last places.
    """
    real: type[np.floating[Any]] = np.float32 if method.precision == "single" else np.float64
    n_parts = parts or count_parts(network)
    block_site, block_sector = _blocks(network)
    block = _parts(block_site, _cost(network), n_parts)
    order = put_in_order(network, block_site[block])
    need = network.need()
    flow = network.flow[order.lane]
    gated = _gated(network, order)
    row = network.supplier[order.lane].astype(np.uint32)
    row[gated] = network.n_firms + np.arange(gated.size)
    supply = np.zeros((n_parts, network.n_firms + gated.size, int(k.ROW)), real)
    supply[:, :, k.FILL] = 1.0
    slots = _slots(network, order, block_site, real)
    state = ScaleState(
        site=_sites(network, method, real),
        buyer=_buyers(network, real),
        supply=supply,
        par=_parameters(method, real),
        slots=slots,
        lanes=k.Lanes(row, (flow / need[order.slot[order.lane_slot]]).astype(real)),
        over=_overlay(order, flow, real),
        clock=_clock(network, order, block_sector.size, days, real),
        gates=_gates(network, order, block_site, gated, real),
        parts=block,
        block_sector=block_sector,
        slot_of=order.slot,
        lane_of=order.lane,
        lane_slot=order.lane_slot,
        long_slot=order.long_slot,
        gated_lane=gated,
        capacity=network.capacity * method.overproduction,
    )
    _first_orders(state, flow, order)
    return state


def _cost(network: EdgeNetwork) -> NDArray[np.float64]:
    """Work for the slots of each buyer, float64[site]: lanes, long ones more, and slots."""
    owner = np.repeat(network.slot_firm(), np.diff(network.slot_lane))
    lanes = np.bincount(owner, 2.0 + (network.lead > 1), network.n_firms)
    return np.asarray(lanes + 2.0 * np.diff(network.firm_slot), np.float64)


def _gated(network: EdgeNetwork, order: Order) -> Long:
    """Positions of gated lanes in the layout, in order of supplier."""
    rows = np.flatnonzero(network.scope[order.lane] >= 0)
    return rows[np.argsort(network.supplier[order.lane[rows]], kind="stable")]


def _blocks(network: EdgeNetwork) -> tuple[Long, Long]:
    """First firm of each block and the end; the sector of each block."""
    edges = np.searchsorted(network.sector, np.arange(len(network.sectors) + 1))
    starts = [np.arange(first, end, BLOCK) for first, end in pairwise(edges)]
    sectors = np.repeat(np.arange(len(starts)), [len(each) for each in starts])
    return np.append(np.concatenate(starts), network.n_firms).astype(np.int64), sectors


def _sites(network: EdgeNetwork, method: Method, real: type[np.floating[Any]]) -> NDArray[Any]:
    """Table of sites on the morning of day 0."""
    site = np.zeros((k.N_SITE, network.n_firms), real)
    site[k.X0] = network.output
    site[k.CAPACITY] = network.capacity * method.overproduction
    site[k.FINAL] = network.final_demand
    site[k.FINISHED0] = site[k.FINISHED] = network.finished
    return site


def _buyers(network: EdgeNetwork, real: type[np.floating[Any]]) -> NDArray[Any]:
    """Table of buyers on the morning of day 0."""
    buyer = np.zeros((k.N_BUYER, network.n_firms), real)
    buyer[k.HARD] = buyer[k.SOFT] = network.cover + 1.0  # what arrives on day 0 is there
    has = np.zeros((k.N_LEVEL, network.n_firms), np.bool_)
    has[network.essentiality, network.slot_firm()] = True
    buyer[k.HARD, ~has[2]] = buyer[k.SOFT, ~has[1]] = NO_LIMIT
    return buyer


def _slots(
    network: EdgeNetwork, order: Order, block_site: Long, real: type[np.floating[Any]]
) -> k.Slots:
    """Slots with their stocks and first orders, and the pieces."""
    buyer, need = network.slot_firm()[order.slot], network.need()[order.slot]
    table = np.zeros((k.N_SLOT, network.n_slots), real)
    table[k.NEED] = table[k.QUOTIENT] = need
    table[k.DAYS] = network.cover[buyer] + 1.0
    table[k.STOCK] = need * (network.cover[buyer] + 1.0)
    sells = np.append(0, np.maximum.accumulate(np.where(
        np.diff(network.sold_lane) > 0, np.arange(1, network.n_firms + 1), 0
    )))  # fmt: skip
    return k.Slots(
        table=table,
        local=order.local,
        n_lanes=np.diff(network.slot_lane)[order.slot].astype(np.int32),
        pieces=order.pieces,
        part_piece=order.part_piece,
        block_site=block_site,
        block_asked=np.maximum(sells[block_site[1:]], block_site[:-1]),
    )


def _overlay(order: Order, flow: NDArray[np.float64], real: type[np.floating[Any]]) -> k.Overlay:
    """Pipelines, with the usual flows in them."""
    leads, usual = order.leads, flow[order.long_lane]
    width = np.bincount(order.long_class, minlength=leads.size)
    start = np.concatenate(([0], np.cumsum(width * (leads - 1)))).astype(np.int64)
    ring = np.zeros(int(start[-1]), real)
    for c in range(leads.size):
        # Ways stand in the order of places within a class.
        rows = ring[start[c] : start[c + 1]].reshape(int(leads[c]) - 1, -1)
        rows[:] = usual[order.long_class == c]
    owner = order.lane_slot[order.long_lane]
    transit = np.bincount(owner, (leads[order.long_class] - 1) * usual, order.slot.size)
    return k.Overlay(
        ways=order.ways,
        lane=order.mixed_lane,
        slot=order.mixed_slot,
        transit=transit[order.long_slot].astype(real),
        ring=ring,
        ring_start=start[:-1].copy(),
        ring_width=width.astype(np.int64),
        ring_lead=leads,
        ring_now=start[:-1].copy(),
        ring_extra=(leads - 1).astype(real),
    )


def _parameters(method: Method, real: type[np.floating[Any]]) -> NDArray[Any]:
    """Return the method as the kernels read it."""
    par = np.zeros(k.N_PAR, real)
    par[k.GAIN] = 1.0 / method.fill_days
    par[k.PROBE] = method.probe
    par[k.PER_FINISHED_TAU] = 1.0 / method.finished_tau
    par[k.PER_TAU] = 1.0 / (TAU_DAYS if method.tau is None else method.tau)
    par[k.DUST] = DUST[method.precision]
    par[k.DOWN_BELOW] = method.line_down_below
    return par


def _clock(
    network: EdgeNetwork,
    order: Order,
    n_blocks: int,
    days: int,
    real: type[np.floating[Any]],
) -> k.Clock:
    """Room for the record, and what the rule for inputs that are not essential reads."""
    n = network.n_firms
    soft = np.flatnonzero(network.essentiality[order.slot] == 1)
    owner = network.slot_firm()[order.slot[soft]]
    pointers = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n))))
    groups = np.diff(network.firm_slot)
    return k.Clock(
        line_down=np.full(n, -1, np.int32),
        soft_ptr=pointers.astype(np.int32),
        # In order of input within the firm, as the equations add them up.
        soft_slot=soft[np.lexsort((order.slot[soft], owner))].astype(np.int32),
        loss=np.divide(1.0, groups, out=np.zeros(n), where=groups > 0).astype(real),
        output=np.zeros((n_blocks, days)),
    )


def _gates(
    network: EdgeNetwork,
    order: Order,
    block_site: Long,
    gated: Long,
    real: type[np.floating[Any]],
) -> Gates:
    """Gated lanes and their suppliers, all open, without licences."""
    supplier = network.supplier[order.lane[gated]].astype(np.int64)
    sites, at = np.unique(supplier, return_inverse=True)
    n_scopes = len(network.scopes)
    return Gates(
        site=sites,
        lane_ptr=np.searchsorted(at, np.arange(sites.size + 1)).astype(np.int64),
        block_ptr=np.searchsorted(sites, block_site).astype(np.int64),
        supplier=at.astype(np.int32),
        scope=network.scope[order.lane[gated]].astype(np.int32),
        request=np.zeros(gated.size, real),
        ship=np.zeros(gated.size, real),
        fill=np.ones(gated.size, real),
        offer=np.zeros(gated.size, real),
        gate=np.zeros(n_scopes, np.int8),
        table=np.zeros((N_SUPPLIER, sites.size), real),
        scopes=np.zeros((N_SCOPE, n_scopes), real),
        credit_scope=np.zeros(0, np.int64),
        credit_day=np.zeros(0, np.int64),
        credit_expiry=np.zeros(0, np.int64),
        credit_amount=np.zeros(0, real),
        balance=np.zeros(0, real),
    )


def _parts(block_site: Long, cost: NDArray[np.float64], n_parts: int) -> Long:
    """Cut the blocks in parts of about the same work: first block of each part and the end."""
    done = np.concatenate(([0.0], np.cumsum(cost + 1.0)))[block_site[1:]]
    cuts = np.searchsorted(done, done[-1] * np.arange(1, n_parts) / n_parts)
    return np.concatenate(([0], cuts, [block_site.size - 1])).astype(np.int64)


def _first_orders(state: ScaleState, flow: NDArray[np.float64], order: Order) -> None:
    """Enter the usual orders as demand of day 0."""
    lanes = np.append(order.pieces[:, k.LANE], flow.size)
    for part, supply in enumerate(state.supply):
        rows = slice(*lanes[order.part_piece[part : part + 2]])
        supply[:, k.DEMAND] = np.bincount(state.lanes.supplier[rows], flow[rows], len(supply))
