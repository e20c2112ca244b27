"""Reading networks from frames and files, and what the messages say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coercivity.errors import InputError
from coercivity.network import Network, compile_network


def problems_of(tables, **options):
    with pytest.raises(InputError) as caught:
        Network.from_tables(**tables, **options)
    assert caught.value.exit_code == 3
    return [str(problem) for problem in caught.value.problems]


def test_frames_become_a_network_with_defaults(tables):
    network = Network.from_tables(**tables)
    assert network.n_members == 1
    assert network.sites["end_use"].tolist() == ["civil", "civil", "ev"]
    assert network.inputs["essentiality"].tolist() == [2.0]
    assert network.where("lanes", 1) == "lanes row 1"


def test_files_and_frames_give_the_same_network(tables, tmp_path):
    paths = {}
    for name, frame in tables.items():
        paths[name] = tmp_path / f"my_{name}.csv"
        frame.to_csv(paths[name], index=False)
    from_files = compile_network(Network.from_tables(**paths))
    from_frames = compile_network(Network.from_tables(**tables))
    np.testing.assert_array_equal(from_files.flow0, from_frames.flow0)
    np.testing.assert_array_equal(from_files.capacity, from_frames.capacity)
    assert from_files.lane_ids == from_frames.lane_ids


def test_a_problem_in_a_file_names_file_and_line(tables, tmp_path):
    tables["lanes"]["flow"] = ["10", "-15"]
    path = tmp_path / "my_lanes.csv"
    tables["lanes"].to_csv(path, index=False)
    tables["lanes"] = path
    assert any("my_lanes.csv:3: flow is -15" in text for text in problems_of(tables))


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("inputs", "stock", -1.0, "inputs row 0: stock is -1 for ore of plant"),
        ("inputs", "cover", -3.0, "inputs row 0: cover is -3"),
        ("inputs", "yield", 0.0, "inputs row 0: yield is 0"),
        ("inputs", "coefficient", np.nan, "inputs row 0: coefficient is nan"),
        ("lanes", "flow", np.nan, "lanes row 0: flow is nan"),
        ("lanes", "flow", np.inf, "lanes row 0: flow is inf"),
        ("lanes", "flow", "lots", "lanes row 0: flow is 'lots', not a number"),
        ("lanes", "flow", "", "lanes row 0: flow is missing"),
        ("lanes", "lead", 0.0, "lanes row 0: lead is 0"),
        ("lanes", "buyer", "nobody", "lanes row 0: buyer is 'nobody', which is not a site"),
        ("lanes", "supplier", "ghost", "lanes row 0: supplier is 'ghost', which is not a site"),
        ("lanes", "item", "gold", "has no input 'gold' in group 'raw'"),
        ("inputs", "item", "gold", "inputs row 0: item is 'gold', which no site makes"),
        ("inputs", "site", "plnt", "inputs row 0: site is 'plnt', which is not a site"),
        ("inputs", "unit", "kg", "inputs row 0: unit of ore is kg, elsewhere t"),
        ("inputs", "unit", "day", "inputs row 0: unit of ore is day, elsewhere t"),
        ("sites", "unit", "stone", "sites row 0: 'stone' is not a known unit"),
        ("sites", "finished_stock", -2.0, "sites row 0: finished_stock is -2 for site mine"),
    ],
)
def test_a_wrong_cell_is_named(tables, table, column, value, expected):
    frame = tables[table]
    if column in frame:
        frame[column] = frame[column].astype(object)
        frame.loc[0, column] = value
    else:
        frame[column] = [value] + [0.0] * (len(frame) - 1)
    assert any(expected in text for text in problems_of(tables)), problems_of(tables)


def test_blank_numbers_take_their_default(tables):
    tables["inputs"]["cover"] = [""]
    assert Network.from_tables(**tables).inputs["cover"].tolist() == [0.0]


def test_missing_and_unknown_columns_are_named(tables):
    tables["lanes"] = tables["lanes"].drop(columns="lead").assign(leed=1.0)
    found = problems_of(tables)
    assert any("lanes has no column 'lead'" in text for text in found)
    assert any("lanes has no column 'leed'" in text for text in found)


def test_unreadable_file_is_a_problem(tables, tmp_path):
    tables["sites"] = tmp_path / "absent.csv"
    assert any("absent.csv: table sites cannot be read" in text for text in problems_of(tables))
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    tables["sites"] = tmp_path / "binary.csv"
    assert any("binary.csv" in text for text in problems_of(tables))


def test_items_outside_a_list_are_unknown(tables):
    found = problems_of(tables, items={"ore": "t"})
    assert any("sites row 2: item 'part' is unknown" in text for text in found)
    assert Network.from_tables(**tables, items={"ore": "t", "part": "unit"}).n_members == 1
    assert any(
        "unit of ore" in t for t in problems_of(tables, items={"ore": "kWh", "part": "unit"})
    )


def test_all_problems_are_told_at_once(tables):
    tables["lanes"]["flow"] = [np.nan, np.nan]
    assert len(problems_of(tables)) == 2


def test_a_stated_empty_table_gives_sites_without_lanes(tables):
    sites = tables["sites"].iloc[:1].assign(final_demand=3.0)
    empty = {name: pd.DataFrame(columns=tables[name].columns) for name in ("inputs", "lanes")}
    net = compile_network(Network.from_tables(sites, **empty))
    assert net.summary() == {"sites": 1, "groups": 0, "slots": 0, "lanes": 0, "members": 1}
    assert net.x0.tolist() == [[3.0]]
    assert net.max_lead == 0
