"""One rule at a time; each message names the rows."""

from __future__ import annotations

import pandas as pd
import pytest

from coercivity.errors import InputError
from coercivity.network import Network, check_network
from coercivity.network.checks import (
    check_balance,
    check_capacity,
    check_coefficients,
    check_cycles,
    check_references,
    check_shares,
    check_supplied,
)


def raises(tables):
    with pytest.raises(InputError) as caught:
        Network.from_tables(**tables)
    return "\n".join(str(problem) for problem in caught.value.problems)


def test_a_sound_network_has_no_problem(tables):
    assert check_network(Network.from_tables(**tables)) == []


def test_essential_input_without_lane(tables):
    tables["inputs"] = pd.concat(
        [tables["inputs"], tables["inputs"].assign(group="spice")], ignore_index=True
    )
    text = raises(tables)
    assert "inputs row 1: essential input 'spice' of plant has no lane" in text
    tables["inputs"]["essentiality"] = [2.0, 1.0]
    assert check_network(Network.from_tables(**tables)) == []


def test_coefficients_must_reproduce_the_flows(tables):
    tables["inputs"]["coefficient"] = 0.25
    text = raises(tables)
    assert "inputs row 0: flows into group 'raw' of plant feed 80 units a day" in text
    assert "its baseline output is 100" in text


def test_output_must_equal_flows_and_demand(tables):
    tables["sites"].loc[2, "final_demand"] = 90.0
    assert "sites row 2: plant makes 100 a day but sends and sells 90" in raises(tables)


def test_capacity_must_feed_the_buyers(tables):
    tables["sites"].loc[0, "capacity"] = 9.0
    text = raises(tables)
    assert "sites row 0: mine can make 9 a day but its buyers take 10 at baseline" in text


def test_stated_shares_sum_to_one(tables):
    tables["inputs"]["base_share"] = 0.9
    assert "inputs row 0: baseline shares of group 'raw' of plant sum to 0.9" in raises(tables)


def test_twice_the_same_row(tables):
    tables["lanes"] = pd.concat([tables["lanes"], tables["lanes"].iloc[:1]], ignore_index=True)
    text = raises(tables)
    assert "lanes row 2: lane mine > plant > raw > ore is given twice" in text
    assert "see lanes row 0" in text


def test_a_lane_carries_what_its_supplier_makes(tables):
    tables["sites"].loc[1, "item"] = "part"
    tables["sites"].loc[1, "unit"] = "unit"
    assert "lanes row 1: trader makes 'part', not 'ore'" in raises(tables)


def loop(*, cover=0.0, finished=0.0):
    """Return a smelter and a recycler that feed one another."""
    sites = pd.DataFrame(
        [
            {"id": "smelter", "item": "metal", "unit": "t", "final_demand": 10.0},
            {"id": "recycler", "item": "scrap", "unit": "t", "final_demand": 0.0},
        ]
    ).assign(finished_stock=[finished, 0.0])
    inputs = pd.DataFrame(
        [
            {"site": "smelter", "group": "in", "item": "scrap", "unit": "t", "coefficient": 0.5},
            {"site": "recycler", "group": "in", "item": "metal", "unit": "t", "coefficient": 1.0},
        ]
    ).assign(cover=[0.0, cover])
    lanes = pd.DataFrame(
        [
            {"supplier": "recycler", "buyer": "smelter", "item": "scrap", "flow": 10.0},
            {"supplier": "smelter", "buyer": "recycler", "item": "metal", "flow": 10.0},
        ]
    ).assign(group="in", lead=1.0)
    return {"sites": sites, "inputs": inputs, "lanes": lanes}


def test_cycle_without_stock():
    text = raises(loop())
    assert "cycle without stock" in text
    assert "smelter" in text
    assert "recycler" in text
    assert "lanes row 0" in text
    assert "lanes row 1" in text


@pytest.mark.parametrize("stock", [{"cover": 2.0}, {"finished": 5.0}])
def test_a_cycle_with_stock_is_sound(stock):
    assert check_network(Network.from_tables(**loop(**stock))) == []


def test_the_worst_member_decides(tables):
    network = Network.from_tables(**tables)
    flow = network.values("lanes", "flow").repeat(3, axis=1)
    flow[0, 1] += 1.0
    varied = Network(network.sites, network.inputs, network.lanes, {"lanes.flow": flow})
    assert varied.n_members == 3
    assert len(check_coefficients(varied)) == 1
    for rule in (check_balance, check_capacity, check_cycles, check_shares, check_supplied):
        assert rule(varied) == [], rule
    assert check_references(varied) == []
    flow[1, 2] = -1.0
    assert "flow is -1" in str(check_network(varied)[0])
