"""The compiled arrays, against a network small enough to work by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coercivity.errors import InputError
from coercivity.network import CompiledNetwork, Network, compile_network


@pytest.fixture
def net(tables) -> CompiledNetwork:
    return compile_network(Network.from_tables(**tables))


def test_arrays_by_hand(net):
    assert net.site_ids == ("mine", "trader", "plant")
    assert net.x0[:, 0].tolist() == [10.0, 15.0, 100.0]
    assert net.capacity[:, 0].tolist() == [30.0, 30.0, 100.0]
    assert net.need0()[:, 0].tolist() == [25.0]
    assert net.stock0[:, 0].tolist() == [250.0]
    assert net.use_per_output()[:, 0].tolist() == [0.25]
    assert net.weight[:, 0].tolist() == [0.4, 0.6]
    assert net.lead[:, 0].tolist() == [5, 2]
    assert net.max_lead == 5
    assert net.base_share[:, 0].tolist() == [1.0]
    assert net.site_group_ptr.tolist() == [0, 0, 0, 1]
    assert net.supplier_lane_ptr.tolist() == [0, 1, 2, 2]
    assert net.slot_lane_ptr.tolist() == [0, 2]
    assert net.slot_lanes.tolist() == [0, 1]


def test_types_and_layout(net):
    for name in ("capacity", "x0", "final_demand", "coef", "yield_", "flow0", "weight", "stock0"):
        array = getattr(net, name)
        assert array.dtype == np.float64, name
        assert array.flags.c_contiguous, name
    for name in ("lane_supplier", "lane_slot", "slot_site", "lead", "qualification", "slot_rank"):
        assert getattr(net, name).dtype == np.int32, name


def test_lanes_are_labelled_by_both_ends(net):
    row = net.lanes.iloc[1]
    assert row["id"] == "trader>plant/raw/ore"
    assert (row["origin"], row["destination"], row["end_use"]) == ("CN", "IN", "ev")
    assert row["importer"] == "plant_ltd"
    assert net.slots["id"].tolist() == list(net.slot_ids)


def test_lanes_are_sorted_by_supplier_whatever_the_order_of_rows(tables):
    tables["lanes"] = tables["lanes"].iloc[::-1].reset_index(drop=True)
    net = compile_network(Network.from_tables(**tables))
    assert net.lane_supplier.tolist() == [0, 1]
    assert net.flow0[:, 0].tolist() == [10.0, 15.0]


def test_a_substitute_has_a_slot_without_stock_or_flow(tables):
    tables["sites"] = pd.concat(
        [
            tables["sites"],
            pd.DataFrame([{"id": "yard", "item": "scrap", "unit": "t", "capacity": 5.0}]),
        ],
        ignore_index=True,
    ).fillna({"final_demand": 0.0})
    extra = tables["inputs"].assign(item="scrap", rank=1.0, qualification=20.0)
    tables["inputs"] = pd.concat([extra, tables["inputs"]], ignore_index=True).fillna(0.0)
    lane = {"supplier": "yard", "buyer": "plant", "group": "raw", "item": "scrap", "flow": 0.0}
    tables["lanes"] = pd.concat(
        [tables["lanes"], pd.DataFrame([{**lane, "lead": 3.0}])], ignore_index=True
    )
    net = compile_network(Network.from_tables(**tables))
    assert net.slot_ids == ("plant/raw/ore", "plant/raw/scrap")
    assert net.slot_rank.tolist() == [0, 1]
    assert net.base_share[:, 0].tolist() == [1.0, 0.0]
    assert net.stock0[:, 0].tolist() == [250.0, 0.0]
    assert net.qualification[:, 0].tolist() == [0, 20]
    assert net.weight[:, 0].tolist() == [0.4, 0.6, 1.0]


def test_wrong_tables_are_not_compiled(tables):
    network = Network.from_tables(**tables)
    network.lanes.loc[0, "flow"] = 11.0
    with pytest.raises(InputError, match="problems"):
        compile_network(network)


def test_unknown_site_has_no_index(net):
    assert net.site_index("plant") == 2
    with pytest.raises(KeyError):
        net.site_index("nowhere")
