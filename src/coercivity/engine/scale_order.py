"""Put the slots and lanes of a large network in the order in which a day visits them.

A part is a range of buyers.  Its slots stand in order of *band*, a range of buyers, and *tile*, a
range of suppliers; there in order of kind: one lane, several, one long lane, or several with long
ones among them.  Slots of a kind that have one number of lanes (or whose lane has one lead time)
stand together, in order of essentiality and supplier, and are cut into *pieces*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.engine.kernels import scale_fields as k
from coercivity.network.edges import EdgeNetwork

__all__ = ["Order", "put_in_order"]

BAND: Final = 65_536
"""Buyers of a piece, at most: their positions are of 16 bits, and their rows stay in a near cache
while the band is worked on."""
TILE: Final = 131_072
"""Suppliers of a piece, about: the rows that one band follows its lanes to stay in a near cache."""
CURSORS: Final = 8
"""Ranges of suppliers that a piece reads in turn.  Neighbours in a piece then seldom have the same
supplier, whose demand could not be added to before the addition before it is done."""
_EVEN: Final = 8
"""Slots with the same number of lanes that are worth loops of their own."""

Long = NDArray[np.int64]


@dataclass(eq=False)
class Order:
    """Slots and lanes in the order of the layout.

    Attributes
    ----------
    slot, lane : int64[slot], int32[lane]
        Positions in the network.
    lane_slot : int32[lane]
        Position of each lane's slot in the layout.
    local : uint16[slot]
        Buyer, counted from the base of the piece.
    pieces : int32[piece, N_PIECE]
    part_piece : int64[part + 1]
    long_slot : int64[slot with a long lane]
        Their positions, in the order of transit.
    ways : int32[way, N_WAY]
    leads : int64[class]
    long_lane, long_class : int64[long lane]
        Position and class of each long lane, in the order of ways.
    mixed_lane, mixed_slot : uint32[long lane of a mixed piece], uint16[same]
    """

    slot: Long
    lane: NDArray[np.int32]
    lane_slot: NDArray[np.int32]
    local: NDArray[np.uint16]
    pieces: NDArray[np.int32]
    part_piece: Long
    long_slot: Long
    ways: NDArray[np.int32]
    leads: Long
    long_lane: Long
    long_class: Long
    mixed_lane: NDArray[np.uint32]
    mixed_slot: NDArray[np.uint16]


@dataclass(eq=False)
class _Group:
    """Slots in order: the stretch that each belongs to, its kind and its number of lanes."""

    slot: Long
    stretch: Long
    kind: Long
    count: Long
    n_lanes: Long


def put_in_order(network: EdgeNetwork, part_site: Long) -> Order:
    """Order the slots and lanes of a network.

    Parameters
    ----------
    network : EdgeNetwork
    part_site : int64[part + 1]
        First buyer of each part, and the end.

    Returns
    -------
    Order
    """
    buyer = network.slot_firm().astype(np.int64)
    part = np.searchsorted(part_site, buyer, side="right") - 1
    base = part_site[part]
    base += (buyer - base) // BAND * BAND
    group = _sort_slots(network, base)
    piece, starts = _cut(group)
    pieces = np.zeros((starts.size, k.N_PIECE), np.int32)
    pieces[:, k.KIND], pieces[:, k.COUNT] = group.kind[starts], group.count[starts]
    pieces[:, k.SLOT] = starts
    ends = np.append(starts[1:], group.slot.size)
    pieces[:, k.SLOT_END] = ends
    pieces[:, k.BASE] = base[group.slot][starts]
    level = network.essentiality[group.slot]
    for column, most in ((k.SOFT_SLOT, 0), (k.HARD_SLOT, 1)):
        pieces[:, column] = starts + np.bincount(piece, level <= most, starts.size)
    is_long = group.kind >= k.LONG
    pieces[:, k.PLACE] = (np.cumsum(is_long) - is_long)[starts]
    lane, lane_slot = _place_lanes(network, group, piece, pieces)
    return Order(
        slot=group.slot,
        lane=lane,
        lane_slot=lane_slot,
        local=(buyer - base)[group.slot].astype(np.uint16),
        pieces=pieces,
        part_piece=np.searchsorted(part[group.slot][starts], np.arange(part_site.size)).astype(
            np.int64
        ),
        long_slot=np.flatnonzero(is_long),
        **_order_long(network, pieces, piece, lane, lane_slot),
    )


def _sort_slots(network: EdgeNetwork, base: Long) -> _Group:
    """Sort slots by band, tile, kind, lanes or lead time, essentiality and supplier."""
    counts = np.diff(network.slot_lane).astype(np.int64)
    first = network.slot_lane[:-1]
    supplier = network.supplier[first].astype(np.int64)
    longest = np.maximum.reduceat(network.lead, first) if first.size else counts
    kind = np.where(counts == 1, k.SINGLE, k.SEVERAL) + np.where(longest > 1, k.LONG, 0)
    stretch = base
    for what, size in (
        # A slot's suppliers are of one sector, so that they are near its first one.
        (supplier // TILE, network.n_firms // TILE + 1),
        (kind, k.N_KIND),
        (np.where(counts > 1, counts, longest), int(max(counts.max(), longest.max())) + 1),
    ):
        stretch = stretch * size + what
    _, stretch, number = np.unique(stretch, return_inverse=True, return_counts=True)
    even = (counts == 1) | (number[stretch] >= _EVEN)
    # Slots with a rare number of lanes stand together, as the last ones of their kind.
    crowd = np.where(even, stretch, stretch.size)
    of_kind = (base * (network.n_firms // TILE + 1) + supplier // TILE) * k.N_KIND + kind
    order = np.lexsort((supplier, network.essentiality, counts * ~even, crowd, of_kind))
    label = np.stack((of_kind, crowd))[:, order]
    stretch = np.cumsum(np.append(0, (np.diff(label) != 0).any(axis=0)))
    order = order[_take_turns(stretch * k.N_LEVEL + network.essentiality[order])]
    count = np.where(even, counts, 0)[order]
    return _Group(order, stretch, kind[order], count, counts[order])


def _take_turns(group: Long) -> Long:
    """Read each group, which stand in turn, at several places at a time."""
    _, first, number = np.unique(group, return_index=True, return_counts=True)
    rank = np.arange(group.size) - np.repeat(first, number)
    width = np.repeat(-(-number // CURSORS), number)
    return np.lexsort((rank // width, rank % width, group))


def _cut(group: _Group) -> tuple[Long, Long]:
    """Cut stretches in pieces of few slots and lanes: piece of each slot, first slot of each."""
    new = np.append(True, np.diff(group.stretch) != 0)
    first = np.flatnonzero(new)[np.cumsum(new) - 1]
    position = np.arange(group.slot.size) - first
    most = np.minimum(k.CHUNK, k.LANES // np.maximum(group.count, 1)).clip(1)
    before = np.cumsum(group.n_lanes) - group.n_lanes
    lanes = (before - before[first]) // k.LANES
    part = position // np.where(group.count > 0, most, k.CHUNK)
    new[1:] |= np.diff(part) != 0
    new[1:] |= (np.diff(lanes) != 0) & (group.count[1:] == 0)
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _place_lanes(
    network: EdgeNetwork, group: _Group, piece: Long, pieces: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Enter the lanes of each piece; return the lane and the slot at each place."""
    owner = np.repeat(np.arange(group.slot.size), group.n_lanes)
    start = np.cumsum(group.n_lanes) - group.n_lanes
    pieces[:, k.LANE] = lane_start = start[pieces[:, k.SLOT]]
    pieces[:, k.LANE_END] = np.append(lane_start[1:], network.n_lanes)
    number = np.arange(network.n_lanes) - start[owner]
    lane = network.slot_lane[:-1][group.slot][owner] + number
    # Where slots have the same number of lanes: first ones first, then second ones, and so on.
    at = piece[owner]
    size = (pieces[:, k.SLOT_END] - pieces[:, k.SLOT])[at]
    turned = lane_start[at] + number * size + owner - pieces[at, k.SLOT]
    place = np.where(group.count[owner] > 0, turned, np.arange(network.n_lanes))
    lanes, slots = np.empty((2, network.n_lanes), np.int32)
    lanes[place], slots[place] = lane, owner
    return lanes, slots


def _order_long(
    network: EdgeNetwork,
    pieces: NDArray[np.int32],
    piece: Long,
    lane: NDArray[np.int32],
    lane_slot: NDArray[np.int32],
) -> dict[str, Any]:
    """Order long lanes by piece and lead time, and give them places in their pipelines."""
    rows = np.flatnonzero(network.lead[lane] > 1)
    leads, kind = np.unique(network.lead[lane[rows]], return_inverse=True)
    at = piece[lane_slot[rows]]
    order = np.lexsort((rows, kind, at))
    rows, kind, at = rows[order], kind[order], at[order]
    new = np.append(True, (np.diff(at) != 0) | (np.diff(kind) != 0))[: rows.size]
    first = np.flatnonzero(new)
    number = np.diff(np.append(first, rows.size))
    ways = np.zeros((first.size, k.N_WAY), np.int32)
    ways[:, k.CLASS], ways[:, k.NUMBER] = kind[first], number
    by_kind = np.argsort(kind[first], kind="stable")
    before = np.cumsum(number[by_kind]) - number[by_kind]
    starts = np.searchsorted(kind[first][by_kind], kind[first][by_kind])
    ways[by_kind, k.FIRST] = before - before[starts]
    pieces[:, k.WAY] = np.searchsorted(at[first], np.arange(len(pieces)))
    pieces[:, k.WAY_END] = np.searchsorted(at[first], np.arange(len(pieces)), side="right")
    mixed = pieces[at, k.KIND] == k.MIXED
    pieces[:, k.OVER] = np.searchsorted(at[mixed], np.arange(len(pieces)))
    own = pieces[at[mixed]]
    return {
        "ways": ways,
        "leads": leads.astype(np.int64),
        "long_lane": rows,
        "long_class": kind,
        "mixed_lane": (rows[mixed] - own[:, k.LANE]).astype(np.uint32),
        "mixed_slot": (lane_slot[rows[mixed]] - own[:, k.SLOT]).astype(np.uint16),
    }
