"""Building from a pack: expansion, propagation, and messages that name file and row."""

from __future__ import annotations

import numpy as np
import pytest

from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.errors import InputError
from coercivity.network import build_network, build_tables


def built(pack, members=16, seed=3):
    return build_network(pack, draw(load_quantities(pack), members=members, seed=seed))


def problems_of(pack):
    with pytest.raises(InputError) as caught:
        built(pack)
    return "\n".join(str(problem) for problem in caught.value.problems)


def test_demand_travels_upstream(small_pack):
    pack = small_pack()
    draws = draw(load_quantities(pack), members=16, seed=3)
    net = build_network(pack, draws)
    x0 = dict(zip(net.site_ids, net.x0, strict=True))
    cars = draws["cars"] / 365.25
    np.testing.assert_allclose(x0["maker"], cars)
    np.testing.assert_allclose(x0["part_n"], 2 * cars * draws["part_share"])
    np.testing.assert_allclose(x0["part_s"], 2 * cars * (1 - draws["part_share"]))
    ore = draws["ore_per_part"] / 1000
    use = x0["part_n"] * ore / draws["good"] + x0["part_s"] * ore
    np.testing.assert_allclose(x0["mine_a"] + x0["mine_b"], use)
    np.testing.assert_allclose(x0["scrapper"], 0.0)
    np.testing.assert_allclose(net.capacity, net.x0 * (1 + draws["slack"] / 100))


def test_units_convert_and_goods_take_a_day_at_least(small_pack):
    net = built(small_pack())
    lead = dict(zip(net.lane_ids, net.lead, strict=True))
    weeks = lead["part_n>maker/body/part"]
    assert weeks.min() >= 7
    assert weeks.max() <= 21
    assert set(lead["scrapper>part_s/raw/scrap"].tolist()) == {1}


def test_site_rows_replace_general_rows_of_the_group(small_pack):
    net = built(small_pack())
    slots = net.slots.set_index("id")
    assert "part_s/raw/scrap" in slots.index
    assert "part_n/raw/scrap" not in slots.index
    np.testing.assert_array_equal(net.yield_[list(net.slot_ids).index("part_s/raw/ore")], 1.0)


def test_site_rows_of_sourcing_replace_pool_rows(small_pack, files):
    text = files["sourcing.csv"] + "maker,body,part,part_n,,,week\n"
    net_text = text.replace("makers,body,part,part_n,part_share,,week\n", "").replace(
        "makers,body,part,part_s,,,week\n", ""
    )
    net = built(small_pack(**{"sourcing.csv": net_text}))
    assert (net.x0[net.site_ids.index("part_s")] == 0).all()
    assert "no input of makers in group 'body' is left for this row" in problems_of(
        small_pack(**{"sourcing.csv": text})
    )


def test_splits_are_drawn_and_the_rest_is_equal(small_pack):
    net = built(small_pack())
    weight = dict(zip(net.lane_ids, net.weight, strict=True))
    np.testing.assert_allclose(weight["mine_a>part_s/raw/ore"], 0.5)
    drawn = weight["mine_a>part_n/raw/ore"]
    np.testing.assert_allclose(drawn + weight["mine_b>part_n/raw/ore"], 1.0)
    assert drawn.std() > 0.05


def test_same_seed_same_bytes_other_seed_other_network(small_pack):
    pack = small_pack()
    one, two, other = built(pack), built(pack), built(pack, seed=4)
    assert one.flow0.tobytes() == two.flow0.tobytes()
    assert one.flow0.tobytes() != other.flow0.tobytes()


def test_tables_hold_medians_beside_the_members(small_pack):
    pack = small_pack()
    network = build_tables(pack, draw(load_quantities(pack), members=9, seed=1))
    assert network.n_members == 9
    np.testing.assert_allclose(
        network.lanes["flow"], np.median(network.values("lanes", "flow"), axis=1)
    )
    assert network.where("sites", 0) == "sites.csv:2"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("sourcing.csv", "part_s,,,week", "part_x,,,week", "supplier 'part_x' is unknown"),
        ("sourcing.csv", "makers,body,part,part_s", "mkers,body,part,part_s", "buyer 'mkers'"),
        ("sourcing.csv", "makers,body,part,part_s", "makers,body,ore,mines", "does not accept ore"),
        ("sourcing.csv", "part_n,raw,ore,mines", "part_n,raw,ore,part_s", "does not make ore"),
        ("sourcing.csv", "part_n,part_share", "part_n,", "two rows take the remainder"),
        (
            "sourcing.csv",
            "part_n,part_share",
            "part_n,large_share",
            "shares of group 'body' of maker",
        ),
        ("sourcing.csv", "part_n,part_share", "part_n,week", "week cannot be converted to 1"),
        ("recipes.csv", "part,0,parts_per_car", "part,0,ore_per_part", "cannot be converted"),
    ],
)
def test_a_wrong_row_is_named(small_pack, files, file, old, new, expected):
    assert old in files[file]
    text = problems_of(small_pack(**{file: files[file].replace(old, new)}))
    assert expected in text
    assert f"{file}:" in text


def test_essential_input_without_lane(small_pack, files):
    rows = files["sourcing.csv"].replace("part_n,raw,ore,mines,,spread,week\n", "")
    text = problems_of(small_pack(**{"sourcing.csv": rows}))
    assert "recipes.csv:2: essential input 'raw' of part_n has no lane" in text


def test_sourcing_in_a_circle(small_pack, files):
    recipes = files["recipes.csv"] + "ore,,power,car,0,parts_per_tonne,,,stock_days,2\n"
    sourcing = files["sourcing.csv"] + "mines,power,car,maker,,,week\n"
    quantities = files["quantities.yaml"] + files["quantities.yaml"].split("\n\n")[0].replace(
        "cars", "parts_per_tonne"
    ).replace("unit/year", "unit/t")
    pack = small_pack(
        **{"recipes.csv": recipes, "sourcing.csv": sourcing, "quantities.yaml": quantities}
    )
    text = problems_of(pack)
    assert "sourcing runs in a circle" in text
    assert "sourcing.csv:7" in text


def test_a_pack_without_sites(small_pack):
    pack = small_pack(
        **{"sites.csv": "id\n", "recipes.csv": "product\n", "sourcing.csv": "buyer\n"}
    )
    assert "sites.csv: the pack has no sites" in problems_of(pack)
