"""Invariants of networks: whatever is built reproduces its own baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercivity.errors import InputError
from coercivity.network import Network, check_network, compile_network, hhi


@st.composite
def networks(draw):
    """Draw a layered network whose flows follow from coefficients, yields and final demand."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    members = draw(st.integers(1, 4))
    layers = [draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 4)))]
    names = [[f"s{depth}_{n}" for n in range(size)] for depth, size in enumerate(layers)]
    sites = [
        {"id": name, "item": f"item{depth}", "unit": "t", "tier": float(depth)}
        for depth, layer in enumerate(names)
        for name in layer
    ]
    row = {site["id"]: number for number, site in enumerate(sites)}
    final = rng.uniform(0.5, 2, (len(sites), members))
    output, flows, inputs, lanes, varying = final.copy(), [], [], [], []
    for depth in range(len(layers) - 1, 0, -1):
        for buyer in names[depth]:
            coefficient, good = rng.uniform(0.1, 3, members), rng.uniform(0.3, 1, members)
            inputs.append({"site": buyer, "group": "g", "item": f"item{depth - 1}", "unit": "t"})
            varying.append((coefficient, good))
            chosen = rng.permutation(names[depth - 1])[: rng.integers(1, layers[depth - 1] + 1)]
            shares = rng.dirichlet(np.ones(len(chosen)), members).T
            for supplier, share in zip(chosen, shares, strict=True):
                flow = output[row[buyer]] * coefficient / good * share
                output[row[supplier]] += flow
                flows.append(flow)
                lane = {"supplier": supplier, "buyer": buyer, "group": "g"}
                lanes.append(
                    {**lane, "item": f"item{depth - 1}", "lead": float(rng.integers(1, 9))}
                )
    return _network(sites, inputs, lanes, final, flows, varying)


def _network(sites, inputs, lanes, final, flows, varying):
    """Return the tables with the columns that every network has."""
    members = final.shape[1]
    flow = np.array(flows).reshape(len(flows), members)
    pair = np.array(varying).reshape(len(varying), 2, members)
    columns = {
        "sites": {"party": "", "country": "", "sector": "", "end_use": "civil", "priority": 0.0},
        "inputs": {"rank": 0.0, "cover": 5.0, "stock": np.nan, "base_share": np.nan},
        "lanes": {"weight": np.nan, "unit": "t"},
    }
    columns["sites"] |= {"output": np.nan, "capacity": np.nan, "finished_stock": 0.0}
    columns["inputs"] |= {"essentiality": 2.0, "qualification": 0.0, "tau": 10.0}
    site_frame = pd.DataFrame(sites).assign(final_demand=final[:, 0], **columns["sites"])
    labels = {
        "inputs": ["site", "group", "item", "unit"],
        "lanes": ["supplier", "buyer", "group", "item", "lead"],
    }
    input_frame = pd.DataFrame(inputs, columns=labels["inputs"]).assign(**columns["inputs"])
    lane_frame = pd.DataFrame(lanes, columns=labels["lanes"]).assign(**columns["lanes"])
    input_frame["coefficient"], input_frame["yield"] = pair[:, 0, 0], pair[:, 1, 0]
    lane_frame["flow"] = flow[:, 0]
    frames = [
        f.assign(where=[f"row {n}" for n in range(len(f))]) for f in (site_frame, input_frame)
    ]
    lane_frame["where"] = [f"row {n}" for n in range(len(lane_frame))]
    return Network(
        *frames,
        lane_frame.astype({"lead": float}),
        {
            "sites.final_demand": final,
            "lanes.flow": flow,
            "inputs.coefficient": pair[:, 0],
            "inputs.yield": pair[:, 1],
        },
    )


@given(networks())
def test_coefficients_reproduce_the_flows(network):
    assert check_network(network) == []
    net = compile_network(network)
    entering = np.zeros((net.n_slots, net.n_members))
    np.add.at(entering, net.lane_slot, net.flow0)
    np.testing.assert_allclose(entering, net.need0(), rtol=1e-9)
    leaving = np.zeros((net.n_sites, net.n_members))
    np.add.at(leaving, net.lane_supplier, net.flow0)
    np.testing.assert_allclose(leaving + net.final_demand, net.x0, rtol=1e-9)


@given(networks())
def test_shares_and_weights_sum_to_one(network):
    net = compile_network(network)
    groups = np.zeros((net.n_groups, net.n_members))
    np.add.at(groups, net.slot_group, net.base_share)
    np.testing.assert_allclose(groups, 1.0)
    slots = np.zeros((net.n_slots, net.n_members))
    np.add.at(slots, net.lane_slot, net.weight)
    np.testing.assert_allclose(slots, 1.0)


@given(networks())
def test_pointers_are_consistent(network):
    net = compile_network(network)
    for pointer, owner, count in (
        (net.site_group_ptr, net.group_site, net.n_sites),
        (net.group_slot_ptr, net.slot_group, net.n_groups),
        (net.supplier_lane_ptr, net.lane_supplier, net.n_sites),
        (net.slot_lane_ptr, net.lane_slot[net.slot_lanes], net.n_slots),
    ):
        assert pointer[0] == 0
        assert pointer[-1] == len(owner)
        assert (np.diff(pointer) >= 0).all()
        for place in range(count):
            assert (owner[pointer[place] : pointer[place + 1]] == place).all()
    assert sorted(net.slot_lanes.tolist()) == list(range(net.n_lanes))
    np.testing.assert_array_equal(net.slot_site, net.group_site[net.slot_group])
    ends = zip(net.lanes["supplier"], net.lanes["buyer"], strict=True)
    for lane, (supplier, buyer) in enumerate(ends):
        assert net.site_ids[net.lane_supplier[lane]] == supplier
        assert net.site_ids[net.slot_site[net.lane_slot[lane]]] == buyer


@given(networks(), st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 1.5, -1.0, np.nan]))
def test_a_disturbed_flow_is_always_found(network, choice, factor):
    if not len(network.lanes):
        return
    flow = network.values("lanes", "flow").copy()
    lane, member = choice % flow.shape[0], choice % flow.shape[1]
    flow[lane, member] *= factor
    spoilt = Network(
        network.sites, network.inputs, network.lanes, {**network.varying, "lanes.flow": flow}
    )
    with pytest.raises(InputError):
        compile_network(spoilt)


@given(networks(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(network, random):
    order = list(range(len(network.lanes)))
    random.shuffle(order)
    flow = network.values("lanes", "flow")[order]
    shuffled = Network(
        network.sites,
        network.inputs,
        network.lanes.iloc[order].reset_index(drop=True),
        {**network.varying, "lanes.flow": flow},
    )
    one, two = compile_network(network), compile_network(shuffled)
    assert one.lane_ids == two.lane_ids
    np.testing.assert_array_equal(one.flow0, two.flow0)


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=30))
def test_concentration_lies_between_equal_parts_and_one(amounts):
    assert 1 / len(amounts) * (1 - 1e-9) <= hhi(amounts) <= 1 + 1e-9
