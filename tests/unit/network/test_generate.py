"""The generator of firm networks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coercivity.errors import InputError
from coercivity.network.generate import generate_firms


@pytest.fixture(scope="module")
def network():
    return generate_firms(30_000, 180_000, seed=4)


def hill(degrees, share=0.01):
    """Tail exponent of the largest `share` of degrees [Hill's estimator]."""
    tail = np.sort(degrees)[::-1][: int(degrees.size * share)]
    return 1.0 / np.log(tail[:-1] / tail[-1]).mean()


def test_the_same_seed_gives_the_same_tables():
    left, right = (generate_firms(500, 2000, seed=9) for _ in range(2))
    pd.testing.assert_frame_equal(left.firms, right.firms)
    pd.testing.assert_frame_equal(left.lanes, right.lanes)
    np.testing.assert_array_equal(left.essentiality, right.essentiality)
    other = generate_firms(500, 2000, seed=10)
    assert not left.lanes.equals(other.lanes)


def test_lanes_are_different_and_join_two_firms(network):
    lanes = network.lanes
    assert len(lanes) == 180_000
    assert not lanes.duplicated(["supplier", "buyer"]).any()
    assert (lanes["supplier"] != lanes["buyer"]).all()
    assert lanes[["supplier", "buyer"]].to_numpy().min() >= 0
    assert lanes[["supplier", "buyer"]].to_numpy().max() < 30_000
    assert lanes["supplier"].is_monotonic_increasing
    assert (lanes["weight"] > 0).all()
    assert np.isfinite(lanes["weight"]).all()


@pytest.mark.parametrize(("side", "exponent"), [("supplier", 1.26), ("buyer", 1.35)])
def test_degrees_have_heavy_tails(network, side, exponent):
    degrees = np.bincount(network.lanes[side], minlength=30_000)
    assert hill(degrees) == pytest.approx(exponent, abs=0.5)
    assert degrees.max() > 50 * degrees.mean()


def test_sizes_have_heavy_tails(network):
    assert hill(network.firms["output"].to_numpy()) == pytest.approx(1.06, abs=0.25)


def test_accounts_add_up(network):
    firms, lanes = network.firms, network.lanes
    sold = np.bincount(lanes["supplier"], lanes["weight"], len(firms))
    bought = np.bincount(lanes["buyer"], lanes["weight"], len(firms))
    np.testing.assert_allclose(firms["output"], sold + firms["final_demand"])
    np.testing.assert_allclose(firms["cost"], bought)
    assert (firms["cost"] <= 0.5 * firms["output"] * (1 + 1e-12)).all()
    assert (firms["final_demand"] >= 0.3 * firms["output"] * (1 - 1e-12)).all()


def test_sectors_stand_in_tiers(network):
    firms, lanes = network.firms, network.lanes
    assert firms["sector"].nunique() == 80
    assert (firms.groupby("sector")["tier"].nunique() == 1).all()
    assert sorted(firms["tier"].unique()) == [0, 1, 2, 3]
    tier = firms["tier"].to_numpy()
    step = tier[lanes["supplier"]] - tier[lanes["buyer"]]
    inner = tier[lanes["buyer"]] < 3
    assert (step[inner] == 1).mean() > 0.5
    assert (step < 0).any()
    buys = np.bincount(lanes["buyer"], minlength=len(firms)) > 0
    assert buys[tier < 3].all()


def test_sectors_have_recipes(network):
    """A sector buys most of its inputs from few others."""
    sector = network.firms["sector"].to_numpy()
    lanes = network.lanes
    counts = np.zeros((80, 80))
    np.add.at(counts, (sector[lanes["buyer"]], sector[lanes["supplier"]]), 1)
    shares = -np.sort(-counts / counts.sum(axis=1, keepdims=True), axis=1)
    assert np.median(shares[:, :10].sum(axis=1)) > 0.7


def test_classes(network):
    assert network.essentiality.shape == (80, 80)
    assert set(np.unique(network.essentiality)) == {1, 2}
    assert (network.essentiality == 2).mean() == pytest.approx(0.5, abs=0.05)
    linear = generate_firms(100, 300, seed=1, n_sectors=5, essential_share=0.0)
    assert (linear.essentiality == 1).all()


@pytest.mark.parametrize(
    ("n_firms", "n_lanes", "n_sectors", "n_tiers"),
    [(10, 22, 1, 1), (40, 390, 40, 4), (40, 390, 4, 4), (300, 300, 300, 4)],
)
def test_small_and_crowded_networks(n_firms, n_lanes, n_sectors, n_tiers):
    network = generate_firms(n_firms, n_lanes, seed=1, n_sectors=n_sectors, n_tiers=n_tiers)
    assert len(network.lanes.drop_duplicates(["supplier", "buyer"])) == n_lanes
    assert network.firms["sector"].nunique() == n_sectors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_firms": 1}, "n_firms is 1"),
        ({"n_lanes": 99}, "n_lanes is 99"),
        ({"n_lanes": 2476}, "n_lanes is 2476"),
        ({"n_firms": 200_000, "n_lanes": 2**31}, "n_lanes is 2147483648"),
        ({"n_sectors": 101}, "n_sectors is 101"),
        ({"n_sectors": 0}, "n_sectors is 0"),
        ({"n_tiers": 9}, "n_tiers is 9"),
        ({"essential_share": float("nan")}, "essential_share is nan"),
        ({"final_share": 1.0}, "final_share is 1.0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    request = {"n_firms": 100, "n_lanes": 400, "seed": 1, "n_sectors": 8, **arguments}
    with pytest.raises(InputError, match=message):
        generate_firms(request.pop("n_firms"), request.pop("n_lanes"), **request)


@pytest.mark.slow
def test_a_million_firms():
    network = generate_firms(1_000_000, 5_000_000, seed=1)
    lanes = network.lanes
    key = lanes["supplier"].to_numpy(np.int64) * 1_000_000 + lanes["buyer"].to_numpy()
    assert (np.diff(key) > 0).all()
    assert len(lanes) == 5_000_000
