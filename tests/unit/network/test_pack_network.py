"""The network of the first pack: its size, its anchors and what hangs on the conflicts."""

from __future__ import annotations

import time

import numpy as np
import pytest

from coercivity.claims.distributions import draw
from coercivity.claims.quantities import load_quantities
from coercivity.network import build_network, check_network, supplier_shares
from coercivity.network.build import build_tables

YEAR = 365.25
MAGNETS = ["ndfeb_magnet_light", "ndfeb_magnet_heavy", "smco_magnet"]
MEMBERS = 200


@pytest.fixture(scope="module")
def draws(pack):
    return draw(load_quantities(pack), members=MEMBERS, seed=11)


@pytest.fixture(scope="module")
def net(pack, draws):
    return build_network(pack, draws)


def trade(net, *, origin=None, destination=None, items=MAGNETS):
    """Return tonnes a year that cross a border, by member."""
    lanes = net.lanes
    chosen = lanes["item"].isin(items) & (lanes["origin"] != lanes["destination"])
    if origin:
        chosen &= lanes["origin"] == origin
    if destination:
        chosen &= lanes["destination"] == destination
    return net.flow0[chosen.to_numpy()].sum(axis=0) * YEAR


def test_size(net):
    assert net.n_sites >= 120
    assert net.n_lanes >= 500
    assert net.n_members == MEMBERS


def test_it_breaks_no_rule(pack, draws):
    assert check_network(build_tables(pack, draws)) == []


def test_chinas_exports_are_the_reported_total(net, draws):
    total = trade(net, origin="CN")
    np.testing.assert_allclose(total, draws["china_magnet_exports_base"], rtol=0.01)
    assert 56_000 < np.median(total) < 63_000


@pytest.mark.parametrize(
    ("destination", "quantity"),
    [
        ("US", "exports_to_us"),
        ("DE", "exports_to_germany"),
        ("KR", "exports_to_korea"),
        ("VN", "exports_to_vietnam"),
        ("JP", "exports_to_japan"),
        ("IN", "exports_to_india"),
    ],
)
def test_competing_destinations_are_anchored(net, draws, destination, quantity):
    sold = trade(net, origin="CN", destination=destination)
    # Motors made abroad for India take a few more magnets than the reported imports.
    np.testing.assert_allclose(sold, draws[quantity], rtol=0.06)


def test_indias_imports_are_the_drawn_claim(net, draws):
    bought = trade(net, destination="IN")
    np.testing.assert_allclose(bought, draws["india_magnet_imports_total"], rtol=1e-3)
    # The three totals that sources report exclude one another, and each has its members.
    for low, high in ((500, 600), (800, 950), (2500, 3200)):
        assert ((bought > low) & (bought < high)).mean() > 0.1


def test_where_little_is_imported_motors_come_complete(net, draws):
    lanes = net.lanes
    motors = lanes["item"].isin(["traction_motor", "eps_motor"]) & (lanes["destination"] == "IN")
    flows = net.flow0[motors.to_numpy()]
    foreign = (lanes.loc[motors, "origin"] != "IN").to_numpy()
    share = flows[foreign].sum(axis=0) / flows.sum(axis=0)
    total = draws["india_magnet_imports_total"]
    assert share[total < 600].mean() > share[total > 2000].mean() + 0.1


def test_named_firms_stand_where_facts_name_them(net):
    parties = set(net.sites["party"])
    assert parties >= {"jl_mag", "ningbo_yunsheng", "zhong_ke_san_huan"}
    assert parties >= {"continental_in", "hitachi_astemo_in", "jay_ushin", "de_diamond"}
    assert parties >= {"sona_comstar", "bosch_in", "mahle_in", "in_pending_applicants"}
    assert parties >= {"bajaj_auto", "tvs_motor", "ather_energy", "ola_electric", "maruti_suzuki"}
    holders = net.lanes[(net.lanes["origin"] == "CN") & net.lanes["item"].isin(MAGNETS)]
    assert {"continental_in", "hitachi_astemo_in", "jay_ushin", "de_diamond"} <= set(
        holders["importer"]
    )


def test_firms_output_is_the_reported_one(net, draws):
    x0 = dict(zip(net.site_ids, net.x0, strict=True))
    month = YEAR / 12
    np.testing.assert_allclose(x0["bajaj_e2w"] * month, draws["output_chetak"])
    np.testing.assert_allclose(x0["tvs_e2w"] * month, draws["output_iqube"])
    np.testing.assert_allclose(x0["ather_e2w"] * month, draws["output_ather"])
    e2w = net.x0[(net.sites["sector"] == "e2w").to_numpy()].sum(axis=0) * YEAR
    np.testing.assert_allclose(e2w, draws["e2w_india_year"], rtol=0.05)
    cars = net.x0[(net.sites["sector"] == "ice_car").to_numpy()].sum(axis=0) * YEAR
    np.testing.assert_allclose(cars + draws["ev_car_india_year"], draws["cars_india_year"])


def test_heavy_magnets_have_a_light_substitute_after_qualification(net, draws):
    slot = net.slot_ids.index("bajaj_motor_line/magnet/ndfeb_magnet_light")
    assert net.slot_rank[slot] == 1
    np.testing.assert_array_equal(net.qualification[slot], np.rint(draws["qualification_bajaj"]))
    # Decided in late June, vehicles delivered on 20 August, the voyage between.
    first_light = net.qualification[slot] + draws["lead_sea_china_india"]
    assert (abs(first_light - 138) < 12).all()
    assert (net.base_share[slot] == 0).all()
    ferrite = [n for n, item in enumerate(net.slots["item"]) if item == "ferrite_magnet"]
    assert {int(net.slot_rank[n]) for n in ferrite} == {0, 1}


def test_lapse_of_the_suspension_would_reach_the_network(net):
    lanes = net.lanes
    for item in ("lithium_battery", "graphite_anode", "holmium_erbium_group"):
        assert ((lanes["item"] == item) & (lanes["origin"] == "CN")).any(), item
    abroad = (lanes["item"] == "rare_earth_equipment") & (lanes["origin"] == "CN")
    assert (lanes.loc[abroad, "destination"] != "CN").all()
    assert abroad.any()


def test_china_leads_indias_magnet_imports(net):
    table = supplier_shares(net, MAGNETS, "IN")
    assert table.index[0] == "CN"
    assert 0.75 < table.loc["CN", "share"] < 0.97


def test_a_quantity_changes_only_what_hangs_on_it(pack, draws, net):
    values = dict(draws.values_by_id)
    values["output_ather"] = values["output_ather"] * 1.1
    changed = build_network(pack, type(draws)(values, draws.units, draws.members, draws.seed))
    x0, x1 = (dict(zip(n.site_ids, n.x0, strict=True)) for n in (net, changed))
    assert (x1["ather_e2w"] > x0["ather_e2w"]).all()
    np.testing.assert_array_equal(x1["bajaj_e2w"], x0["bajaj_e2w"])
    np.testing.assert_array_equal(x1["maruti_ice_car"], x0["maruti_ice_car"])
    assert (x1["cn_cells_standard"] > x0["cn_cells_standard"]).all()


def test_a_thousand_members_build_fast(pack):
    many = draw(load_quantities(pack), members=1000, seed=1)
    build_network(pack, many)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        build_network(pack, many)
        seconds.append(time.process_time() - start)
    # Half a second on an idle machine; the bound leaves room for a busy one.
    assert min(seconds) < 1.5
