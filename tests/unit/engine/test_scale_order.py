"""The order in which a day of a very large network visits slots and lanes."""

from __future__ import annotations

import numpy as np
import pytest

from coercivity.engine import scale_order
from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.method import Method
from coercivity.engine.scale_layout import lay_out
from support.scale_networks import small_edges


@pytest.fixture
def laid_out(monkeypatch):
    """A network with several parts, bands and tiles, and its layout."""
    monkeypatch.setattr(scale_order, "BAND", 256)
    monkeypatch.setattr(scale_order, "TILE", 512)
    net = small_edges(4, n_firms=2000, n_lanes=14000, n_sectors=7)
    return net, lay_out(net, method=Method(), days=1, parts=2)


def lane_slots(net):
    return np.repeat(np.arange(net.n_slots), np.diff(net.slot_lane))


def test_every_slot_and_lane_has_one_place(laid_out):
    net, state = laid_out
    assert sorted(state.slot_of.tolist()) == list(range(net.n_slots))
    assert sorted(state.lane_of.tolist()) == list(range(net.n_lanes))
    pieces = state.slots.pieces
    for first, end, n in ((k.SLOT, k.SLOT_END, net.n_slots), (k.LANE, k.LANE_END, net.n_lanes)):
        np.testing.assert_array_equal(pieces[1:, first], pieces[:-1, end])
        assert (pieces[0, first], pieces[-1, end]) == (0, n)
    np.testing.assert_array_equal(state.slot_of[state.lane_slot], lane_slots(net)[state.lane_of])


def test_lanes_stand_in_columns_where_slots_are_alike(laid_out):
    _, state = laid_out
    counts = set()
    for piece in state.slots.pieces:
        own = state.lane_slot[piece[k.LANE] : piece[k.LANE_END]]
        slots = np.arange(piece[k.SLOT], piece[k.SLOT_END])
        number = state.slots.n_lanes[slots]
        counts.add(int(piece[k.COUNT]))
        if piece[k.COUNT]:
            np.testing.assert_array_equal(number, piece[k.COUNT])
            np.testing.assert_array_equal(own, np.tile(slots, piece[k.COUNT]))
        else:
            np.testing.assert_array_equal(own, np.repeat(slots, number))
    assert {0, 1, 2, 3} <= counts


def test_pieces_hold_slots_of_their_part_band_and_kind(laid_out):
    net, state = laid_out
    buyer = net.slot_firm()[state.slot_of]
    longest = np.maximum.reduceat(net.lead, net.slot_lane[:-1])[state.slot_of]
    level = net.essentiality[state.slot_of]
    starts = state.slots.block_site[state.parts]
    for part in range(2):
        for piece in state.slots.pieces[slice(*state.slots.part_piece[part : part + 2])]:
            rows = slice(piece[k.SLOT], piece[k.SLOT_END])
            np.testing.assert_array_equal(buyer[rows], piece[k.BASE] + state.slots.local[rows])
            assert starts[part] <= buyer[rows].min()
            assert buyer[rows].max() < starts[part + 1]
            assert state.slots.local[rows].max() < scale_order.BAND
            assert ((longest[rows] > 1) == (piece[k.KIND] >= k.LONG)).all()
            cuts = piece[[k.SOFT_SLOT, k.HARD_SLOT]] - piece[k.SLOT]
            np.testing.assert_array_equal(cuts, np.searchsorted(level[rows], [1, 2]))


def test_every_long_lane_has_one_place_in_its_pipeline(laid_out):
    net, state = laid_out
    over = state.over
    assert over.ways[:, k.NUMBER].sum() == (net.lead > 1).sum()
    for c, lead in enumerate(over.ring_lead):
        ways = over.ways[over.ways[:, k.CLASS] == c]
        places = np.concatenate([w[k.FIRST] + np.arange(w[k.NUMBER]) for w in ways])
        assert sorted(places.tolist()) == list(range((net.lead == lead).sum()))
    at = 0
    for piece in state.slots.pieces:
        ways = over.ways[piece[k.WAY] : piece[k.WAY_END]]
        assert (len(ways) > 0) == (piece[k.KIND] >= k.LONG)
        if piece[k.KIND] == k.MIXED:
            assert piece[k.OVER] == at
            number = int(ways[:, k.NUMBER].sum())
            lane = over.lane[at : at + number].astype(np.int64) + piece[k.LANE]
            lead = np.repeat(over.ring_lead[ways[:, k.CLASS]], ways[:, k.NUMBER])
            np.testing.assert_array_equal(net.lead[state.lane_of[lane]], lead)
            slot = over.slot[at : at + number].astype(np.int64) + piece[k.SLOT]
            np.testing.assert_array_equal(state.lane_slot[lane], slot)
            at += number
    assert at == over.lane.size


def test_gated_lanes_have_rows_of_their_own(laid_out):
    net, state = laid_out
    gated = net.scope[state.lane_of] >= 0
    rows = state.lanes.supplier.astype(np.int64)
    np.testing.assert_array_equal(rows[~gated], net.supplier[state.lane_of[~gated]])
    np.testing.assert_array_equal(rows[state.gated_lane], net.n_firms + np.arange(gated.sum()))
    supplier = state.gates.site[state.gates.supplier]
    np.testing.assert_array_equal(supplier, net.supplier[state.lane_of[state.gated_lane]])
