"""Networks from edge lists: layout, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coercivity.errors import InputError, NotFoundError
from coercivity.network.edge_tables import check_count
from coercivity.network.edges import read_edges
from coercivity.network.generate import generate_firms


def tables(**changes):
    firms = pd.DataFrame(
        {"id": ["a", "b", "c", "d"], "sector": ["ore", "ore", "metal", "magnet"],
         "output": [4.0, 3.0, 6.0, 9.0]}
    )  # fmt: skip
    lanes = pd.DataFrame(
        {"supplier": ["a", "b", "c", "a"], "buyer": ["c", "c", "d", "d"],
         "flow": [2.0, 1.0, 4.0, 1.0], "lead_days": [1, 3, 1, 2],
         "scope": [None, "x", None, "x"]}
    )  # fmt: skip
    for name, value in changes.items():
        frame, column = name.split("_", 1)
        (firms if frame == "firms" else lanes)[column] = value
    return firms, lanes


def test_layout():
    net = read_edges(*tables())
    assert net.sectors == ("magnet", "metal", "ore")
    assert net.ids.tolist() == ["d", "c", "a", "b"]  # a has more customers than b
    assert net.n_slots == 3
    lane = {(net.ids[net.supplier[i]]): i for i in range(net.slot_lane[1])}
    assert set(lane) == {"c"}  # d's first input is metal
    np.testing.assert_allclose(net.need(), [4.0, 1.0, 3.0])
    np.testing.assert_allclose(net.final_demand, [9.0, 2.0, 1.0, 2.0])
    a = net.position("a")
    sold = net.sold[net.sold_lane[a] : net.sold_lane[a + 1]]
    np.testing.assert_allclose(np.sort(net.flow[sold]), [1.0, 2.0])
    assert sorted(net.scope.tolist()) == [-1, -1, 0, 0]
    assert net.lead[net.scope >= 0].tolist() == [2, 3]


def test_integer_ids_and_parquet(tmp_path):
    drawn = generate_firms(60, 300, seed=4, n_sectors=5)
    firms = drawn.firms.reset_index().rename(columns={"firm": "id"})
    firms["id"] += 7_000_000_000
    lanes = drawn.lanes.assign(
        supplier=drawn.lanes["supplier"].astype(np.int64) + 7_000_000_000,
        buyer=drawn.lanes["buyer"].astype(np.int64) + 7_000_000_000,
    )
    for name, frame in (("firms", firms), ("lanes", lanes)):
        pq.write_table(pa.Table.from_pandas(frame), tmp_path / f"{name}.parquet")
    net = read_edges(tmp_path / "firms.parquet", tmp_path / "lanes.parquet")
    assert net.n_lanes == 300
    buyer = np.repeat(net.slot_firm(), np.diff(net.slot_lane))
    found = pd.DataFrame(
        {"supplier": net.ids[net.supplier], "buyer": net.ids[buyer], "weight": net.flow}
    ).sort_values(["supplier", "buyer"])
    np.testing.assert_array_equal(found.to_numpy(), lanes[found.columns].to_numpy())
    sold = np.bincount(net.supplier, net.flow, net.n_firms)
    np.testing.assert_allclose(net.output, sold + net.final_demand)


def test_zero_flows_are_left_out():
    net = read_edges(*tables(lanes_flow=[2.0, 0.0, 4.0, 1.0]))
    assert net.n_lanes == 3


def refused(match, firms, lanes, **more):
    with pytest.raises(InputError) as caught:
        read_edges(firms, lanes, **more)
    text = str(caught.value) + " ".join(str(p) for p in caught.value.problems)
    for part in match:
        assert part in text, text


def test_bad_input_is_named():
    firms, lanes = tables()
    flows = pa.array([2.0, 1.0, float("nan"), 1.0])
    table = pa.Table.from_pandas(lanes.drop(columns="flow")).append_column("flow", flows)
    refused(["row 2", "not an amount", "nan"], firms, table)
    refused(["row 1", "-1"], *tables(lanes_flow=[2.0, -1.0, 1.0, 1.0]))
    refused(["row 0", "inf"], *tables(firms_output=[np.inf, 3.0, 6.0, 9.0]))
    refused(["row 1", "'zz'", "supplier"], *tables(lanes_supplier=["a", "zz", "c", "a"]))
    refused(["row 0", "supplies itself"], *tables(lanes_buyer=["a", "c", "d", "d"]))
    refused(["occur more than once", "'a'"], *tables(firms_id=["a", "a", "c", "d"]))
    refused(["row 1", "0.5", "lead time"], *tables(lanes_lead_days=[1, 0.5, 1, 2]))
    refused(["row 0", "'a'", "do not add up"], *tables(firms_output=[2.0, 3.0, 6.0, 9.0]))
    refused(["makes nothing", "'d'"], *tables(firms_output=[4.0, 3.0, 6.0, 0.0]))
    refused(["no value", "row 3"], *tables(firms_sector=["ore", "ore", "metal", None]))
    refused(["no column 'buyer'"], firms, lanes.drop(columns="buyer"))
    refused(["accounts", "final_demand"], *tables(firms_final_demand=[9.0, 2.0, 2.0, 9.0]))


def test_essential_input_without_a_lane():
    inputs = pd.DataFrame({"firm": ["d", "c"], "input": ["ore", "magnet"], "essentiality": [1, 2]})
    refused(["row 1", "'c'", "no lane brings"], *tables(), inputs=inputs)
    inputs["essentiality"] = [1, 1]
    net = read_edges(*tables(), inputs=inputs)
    assert net.essentiality.tolist() == [2, 1, 2]
    recipes = pd.DataFrame({"sector": ["magnet"], "input": ["metal"], "essentiality": [0]})
    assert read_edges(*tables(), recipes=recipes).essentiality.tolist() == [0, 2, 2]
    refused(["brass"], *tables(), recipes=recipes.assign(input="brass"))
    refused(["row 0", "no such essentiality"], *tables(), recipes=recipes.assign(essentiality=3))


def test_too_many_lanes_for_32_bits():
    firms, _ = tables()
    chunk = pa.array(np.zeros(2**21, np.int8))
    many = pa.chunked_array([chunk] * (2**10 + 1))  # the same memory over and over
    lanes = pa.table({"supplier": many, "buyer": many, "flow": many})
    refused(["2149580800", "2147483647"], firms, lanes)
    check_count(2**31 - 1, "lanes")


def test_unreadable_file_and_unknown_firm(tmp_path):
    firms, lanes = tables()
    path = tmp_path / "lanes.parquet"
    refused(["lanes.parquet"], firms, path)
    path.write_text("supplier,buyer,flow\n")
    refused(["lanes.parquet", "Parquet"], firms, path)
    with pytest.raises(NotFoundError):
        read_edges(firms, lanes).position("zz")


def test_ids_of_another_type():
    firms, lanes = tables()
    refused(["ids are of type"], firms.assign(id=[1, 2, 3, 4]), lanes)
