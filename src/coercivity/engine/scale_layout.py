"""Lay a large network out for its kernels: blocks of sites, runs of alike slots, overlays.

A block is a range of firms of one sector whose rows fit a near cache; a part is a range of blocks.
The slots of a part stand in order of *tile*, a range of suppliers whose numbers fit a near cache
together, and of *band*, a range of buyers; there in runs of one kind: one plain lane, several, one
long lane, or any lanes with long or gated ones among them.
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
from coercivity.network.edges import EdgeNetwork

__all__ = ["BLOCK", "TAU_DAYS", "ScaleState", "count_parts", "lay_out"]

BLOCK: Final = 16_384
"""Firms of a block, at most: its rows stay in cache."""
BAND: Final = 32_768
"""Buyers of a run, at most: their positions are of 16 bits."""
TILE: Final = 65_536
"""Suppliers of a run, about: 12 bytes of each are read and written at random, and all of them
should stay in a cache of one core."""
_SMALL: Final = 100_000
"""Lanes below which one part, and one thread, is faster: handing work over takes longer."""
_PARTS: Final = 2
"""Each part has a table of suppliers of its own: 24 bytes of traffic per firm and day."""
_LEVELS: Final = 3
"""Essentialities."""
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
    gated_lane : int64[gated lane]
        Position in the layout of each gated lane, in order of scope.
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
    gated_lane: Long
    capacity: NDArray[np.float64]

    def nbytes(self) -> int:
        """Bytes of all arrays."""
        arrays = [self.site, self.buyer, self.supply, self.slot_of, self.lane_of]
        arrays += [a for t in (self.slots, self.lanes, self.over, self.clock) for a in t]
        return sum(int(a.nbytes) for a in arrays)


@dataclass(eq=False)
class _Order:
    """Slots and lanes in the order of the layout."""

    block_site: Long
    block_sector: Long
    parts: Long
    slot: Long
    lane: NDArray[np.int32]
    part: Long
    base: Long
    cell: Long
    n_lanes: Long
    start: Long
    n_over: Long


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
    order = _order(network, n_parts)
    site = _sites(network, method, real)
    slots = _slots(network, order, real)
    need = network.need()
    flow = network.flow[order.lane]
    supplier = network.supplier[order.lane].astype(np.uint32)
    weight = flow / np.repeat(need[order.slot], order.n_lanes)
    lanes = k.Lanes(supplier, weight.astype(real))
    over, gated = _overlay(network, order, flow, real)
    state = ScaleState(
        site=site,
        buyer=_buyers(network, real),
        supply=np.zeros((n_parts, network.n_firms, int(k.ROW)), real),
        par=_parameters(method, real),
        slots=slots,
        lanes=lanes,
        over=over,
        clock=_clock(network, order, slots, days, real),
        gates=_gates(network, order, supplier, gated, real),
        parts=order.parts,
        block_sector=order.block_sector,
        slot_of=order.slot,
        lane_of=order.lane,
        gated_lane=gated,
        capacity=network.capacity * method.overproduction,
    )
    _first_orders(state, flow, order)
    return state


def _order(network: EdgeNetwork, n_parts: int) -> _Order:
    """Cut blocks and parts, and put slots in runs."""
    block_site, block_sector = _blocks(network)
    counts = np.diff(network.slot_lane).astype(np.int64)
    lane_special = (network.lead > 1) | (network.scope >= 0)
    number = np.bincount(
        np.repeat(np.arange(network.n_slots), counts), lane_special, network.n_slots
    ).astype(np.int64)
    buyer = network.slot_firm().astype(np.int64)
    cost = np.bincount(buyer, _cost(counts, number), network.n_firms).astype(np.float64)
    parts = _parts(block_site, cost, n_parts)
    part = np.searchsorted(block_site[parts], buyer, side="right") - 1
    base = block_site[parts][part]
    base += (buyer - base) // BAND * BAND
    cell = _cells(network, part, base, _kinds(network, counts, number))
    # Buyers last, as the network has them: within a run their rows are read in order.
    slot = np.lexsort((counts, number, cell))
    n_lanes = counts[slot]
    start = np.concatenate(([0], np.cumsum(n_lanes)))
    shift = network.slot_lane[:-1][slot] - start[:-1]
    lane = (np.repeat(shift, n_lanes) + np.arange(network.n_lanes)).astype(np.int32)
    # Long and gated lanes last within their slot.
    at = np.repeat(np.arange(slot.size) * 2, n_lanes) + lane_special[lane]
    lane = lane[np.argsort(at, kind="stable")]
    return _Order(
        block_site, block_sector, parts, slot, lane, part[slot], base[slot], cell[slot], n_lanes,
        start, number[slot],
    )  # fmt: skip


def _cost(counts: Long, number: Long) -> Long:
    """Work of each slot: a plain lane costs about what the rest does, a long one half as more."""
    return 2 * counts + number + 2


def _kinds(network: EdgeNetwork, counts: Long, number: Long) -> Long:
    """Kind of the run in which each slot stands."""
    # Slots without a lane have no first one; nothing is asked of it.
    first = np.minimum(network.slot_lane[:-1], max(network.n_lanes - 1, 0))
    is_single = counts == 1
    is_long = is_single & (network.lead[first] > 1) & (network.scope[first] < 0)
    kind = np.where(is_single, k.SINGLE, k.SEVERAL)
    kind = np.where(number > 0, k.MIXED, kind)
    return np.where(is_long, k.LONG, kind).astype(np.int64)


def _cells(network: EdgeNetwork, part: Long, base: Long, kind: Long) -> Long:
    """One number for part, tile, band, kind and essentiality of each slot, in this order."""
    first = np.minimum(network.slot_lane[:-1], max(network.n_lanes - 1, 0))
    cell = part
    for what, size in (
        # A slot's suppliers are of one sector, so that they are near its first one.
        (network.supplier[first] // TILE, network.n_firms // TILE + 1),
        (base, network.n_firms + 1),
        (kind, k.N_KIND),
        (network.essentiality, _LEVELS),
    ):
        cell = cell * size + what
    return cell


def _blocks(network: EdgeNetwork) -> tuple[Long, Long]:
    """First firm of each block and the end; the sector of each block."""
    edges = np.searchsorted(network.sector, np.arange(len(network.sectors) + 1))
    starts = [np.arange(first, end, BLOCK) for first, end in pairwise(edges)]
    sectors = np.repeat(np.arange(len(starts)), [len(each) for each in starts])
    return np.append(np.concatenate(starts), network.n_firms).astype(np.int64), sectors


def _sites(network: EdgeNetwork, method: Method, real: type[np.floating[Any]]) -> NDArray[Any]:
    """Table of sites on the morning of day 0."""
    site = np.zeros((k.N_SITE, network.n_firms), real)
    output = network.output
    site[k.X0] = output
    site[k.PER_X0] = np.divide(1.0, output, out=np.zeros_like(output), where=output > 0.0)
    site[k.CAPACITY] = network.capacity * method.overproduction
    site[k.FINAL] = network.final_demand
    site[k.FINISHED0] = site[k.FINISHED] = network.finished
    site[k.FILL] = 1.0
    return site


def _buyers(network: EdgeNetwork, real: type[np.floating[Any]]) -> NDArray[Any]:
    """Table of buyers on the morning of day 0."""
    buyer = np.zeros((network.n_firms, int(k.WIDTH)), real)
    buyer[:, k.COVER] = network.cover
    buyer[:, k.HARD] = buyer[:, k.SOFT] = network.cover + 1.0  # what arrives on day 0 is there
    has = np.zeros((_LEVELS, network.n_firms), np.bool_)
    has[network.essentiality, network.slot_firm()] = True
    buyer[~has[2], k.HARD] = buyer[~has[1], k.SOFT] = NO_LIMIT
    return buyer


def _slots(network: EdgeNetwork, order: _Order, real: type[np.floating[Any]]) -> k.Slots:
    """Slots with their stocks and first orders, and the runs."""
    buyer, need = network.slot_firm()[order.slot], network.need()[order.slot]
    table = np.zeros((k.N_SLOT, network.n_slots), real)
    table[k.NEED] = table[k.QUOTIENT] = need
    table[k.STOCK] = need * (network.cover[buyer] + 1.0)
    return k.Slots(
        table=table,
        local=(buyer - order.base).astype(np.uint16),
        n_lanes=order.n_lanes.astype(np.int32),
        n_over=order.n_over.astype(np.int32),
        runs=(runs := _runs(order)),
        part_run=np.searchsorted(order.part[runs[:, k.SLOT]], np.arange(order.parts.size)).astype(
            np.int64
        ),
        block_site=order.block_site,
    )


def _runs(order: _Order) -> Long:
    """Cut the slots in runs."""
    run, level = np.divmod(order.cell, _LEVELS)
    new = np.ones(run.size, np.bool_)
    new[1:] = np.diff(run) != 0
    starts = np.flatnonzero(new)
    runs = np.zeros((starts.size, k.N_RUN), np.int64)
    runs[:, k.KIND] = run[starts] % k.N_KIND
    runs[:, k.SLOT] = starts
    owner = np.cumsum(new) - 1
    for column, essentiality in ((k.SOFT_SLOT, 0), (k.HARD_SLOT, 1)):
        runs[:, column] = starts + np.bincount(owner, level <= essentiality, starts.size)
    runs[:, k.SLOT_END] = np.append(starts[1:], run.size)
    runs[:, k.LANE] = order.start[starts]
    special = order.n_over > 0
    runs[:, k.PLACE] = (np.cumsum(special) - special)[starts]
    runs[:, k.OVER] = (np.cumsum(order.n_over) - order.n_over)[starts]
    runs[:, k.BASE] = order.base[starts]
    return runs


def _overlay(
    network: EdgeNetwork, order: _Order, flow: NDArray[np.float64], real: type[np.floating[Any]]
) -> tuple[k.Overlay, Long]:
    """Pipelines and gated lanes, and the places of the gated lanes."""
    rows = np.flatnonzero((network.lead[order.lane] > 1) | (network.scope[order.lane] >= 0))
    lead, scope = network.lead[order.lane[rows]], network.scope[order.lane[rows]]
    leads, code = np.unique(np.append(lead, 1), return_inverse=True)
    code = code[:-1]
    width = np.bincount(code, minlength=leads.size)
    width[0] = 0  # a day's way needs no pipeline
    place = np.zeros(rows.size, np.int64)
    by_code = np.argsort(code, kind="stable")
    first = np.cumsum(np.bincount(code, minlength=leads.size)) - np.bincount(
        code, minlength=leads.size
    )
    place[by_code] = np.arange(rows.size) - first[code[by_code]]
    start = np.concatenate(([0], np.cumsum(width * (leads - 1))))
    ring = np.zeros(int(start[-1]), real)
    for c in range(1, leads.size):
        usual = flow[rows[code == c]].astype(real)
        ring[start[c] : start[c + 1]].reshape(int(leads[c]) - 1, -1)[:] = usual
    is_gated = np.flatnonzero(scope >= 0)
    # In order of scope: all lanes of a scope have one gate.
    is_gated = is_gated[np.argsort(scope[is_gated], kind="stable")]
    gated = np.zeros(rows.size, np.uint32)
    gated[is_gated] = np.arange(is_gated.size)
    number = order.n_over[order.n_over > 0]
    owner = np.repeat(np.arange(number.size), number)
    transit = np.bincount(owner, (lead - 1) * flow[rows], minlength=number.size).astype(real)
    at = rows[is_gated]
    over = k.Overlay(
        code=(code + 128 * (scope >= 0)).astype(np.uint8),
        place=place.astype(np.uint32),
        gated=gated,
        transit=transit,
        ring=ring,
        ring_start=start[:-1].astype(np.int64),
        ring_width=width.astype(np.int64),
        ring_lead=leads.astype(np.int64),
        ring_now=start[:-1].astype(np.int64),
        ring_days=leads.astype(real),
        request=flow[at].astype(real),
        ship=np.zeros(at.size, real),
        fill=np.ones(at.size, real),
    )
    return over, at


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
    order: _Order,
    slots: k.Slots,
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
        output=np.zeros((order.block_sector.size, days)),
    )


def _gates(
    network: EdgeNetwork,
    order: _Order,
    supplier: NDArray[np.uint32],
    gated: Long,
    real: type[np.floating[Any]],
) -> Gates:
    """Gated lanes and their suppliers, all open, without licences."""
    sites, at = np.unique(supplier[gated].astype(np.int64), return_inverse=True)
    n_scopes = len(network.scopes)
    scope = network.scope[order.lane[gated]].astype(np.int64)
    return Gates(
        site=sites,
        supplier=at.astype(np.int64),
        scope=scope,
        scope_ptr=np.searchsorted(scope, np.arange(n_scopes + 1)).astype(np.int64),
        gate=np.zeros(n_scopes, np.int8),
        table=np.zeros((N_SUPPLIER, sites.size), real),
        scopes=np.zeros((N_SCOPE, n_scopes), real),
        offer=np.zeros(gated.size, real),
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


def _first_orders(state: ScaleState, flow: NDArray[np.float64], order: _Order) -> None:
    """Enter the usual orders of lanes without a gate as demand of day 0."""
    first = np.searchsorted(order.part, np.arange(state.parts.size))
    usual = flow.copy()
    usual[state.gated_lane] = 0.0
    for part in range(state.parts.size - 1):
        rows = slice(order.start[first[part]], order.start[first[part + 1]])
        state.supply[part, :, k.DEMAND] = np.bincount(
            state.lanes.supplier[rows], usual[rows], state.site.shape[1]
        )
