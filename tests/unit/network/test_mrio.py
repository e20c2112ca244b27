"""Tables of industries: reading, order, memory, errors."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from coercivity.errors import InputError, NotFoundError
from coercivity.network.mrio import make_mrio, read_mrio

REGIONS, SECTORS = ["north", "south"], ["ore", "steel", "cars"]


def system(z: np.ndarray | None = None) -> SimpleNamespace:
    flows = np.arange(36, dtype=float).reshape(6, 6) if z is None else z
    industries = pd.MultiIndex.from_product([REGIONS, SECTORS], names=["region", "sector"])
    demands = pd.MultiIndex.from_product([REGIONS, ["households", "state"]])
    y = pd.DataFrame(np.ones((6, 4)), index=industries, columns=demands)
    x = pd.DataFrame({"indout": flows.sum(axis=1) + 4.0}, index=industries)
    frame = pd.DataFrame(flows, index=industries, columns=industries)
    return SimpleNamespace(Z=frame, Y=y, x=x)


def test_reads_labels_and_pools_final_demand() -> None:
    table = read_mrio(system())
    assert table.regions == ("north", "south")
    assert table.sectors == ("ore", "steel", "cars")
    assert table.y.tolist() == [[2.0, 2.0]] * 6
    assert table.industries[4] == "south/steel"
    assert table.position("south", "steel") == 4


def test_shares_memory_with_a_table_in_order() -> None:
    flows = np.random.default_rng(1).random((6, 6))
    table = make_mrio(flows, np.ones((6, 2)), regions=REGIONS, sectors=SECTORS)
    assert np.shares_memory(table.z, flows)
    io = system(flows)
    io.Z = pd.DataFrame(flows, index=io.Z.index, columns=io.Z.columns, copy=False)
    assert np.shares_memory(read_mrio(io).z, io.Z.to_numpy())


def test_puts_a_shuffled_table_in_order() -> None:
    io, wanted = system(), read_mrio(system())
    order = [3, 0, 5, 1, 4, 2]
    io.Z = io.Z.iloc[order, order[::-1]]
    io.Y, io.x = io.Y.iloc[order[::-1]], io.x.iloc[order]
    table = read_mrio(io)
    # The order of first appearance, south/ore first, is kept; numbers follow their labels.
    assert table.regions == ("south", "north")
    for region in REGIONS:
        for sector in SECTORS:
            a, b = table.position(region, sector), wanted.position(region, sector)
            assert table.x[a] == wanted.x[b]
            c, d = table.position("north", "cars"), wanted.position("north", "cars")
            assert table.z[a, c] == wanted.z[b, d]


def test_pooled_inputs_are_sums_over_regions() -> None:
    table = read_mrio(system())
    expected = table.z[:3] + table.z[3:]
    np.testing.assert_array_equal(table.pooled_inputs(), expected)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_refuses_bad_flows(bad: float) -> None:
    flows = np.ones((6, 6))
    flows[4, 2] = bad
    with pytest.raises(InputError, match="row south/steel"):
        make_mrio(flows, np.ones((6, 2)), x=np.full(6, 8.0), regions=REGIONS, sectors=SECTORS)


def test_negative_final_demand_is_refused_or_kept() -> None:
    y = np.ones((6, 2))
    y[1, 0] = -0.5
    with pytest.raises(InputError, match="negative_final_demand='keep'"):
        make_mrio(np.ones((6, 6)), y, regions=REGIONS, sectors=SECTORS)
    kept = make_mrio(
        np.ones((6, 6)), y, regions=REGIONS, sectors=SECTORS, negative_final_demand="keep"
    )
    assert kept.y[1, 0] == -0.5


def test_refuses_rows_that_do_not_add_up() -> None:
    x = np.full(6, 8.0)
    x[2] = 9.0
    with pytest.raises(InputError, match="north/cars"):
        make_mrio(np.ones((6, 6)), np.ones((6, 2)), x=x, regions=REGIONS, sectors=SECTORS)
    loose = make_mrio(
        np.ones((6, 6)), np.ones((6, 2)), x=x, regions=REGIONS, sectors=SECTORS, balance=None
    )
    assert loose.x[2] == 9.0


def test_names_what_is_missing() -> None:
    io = system()
    io.Z = io.Z.iloc[:5, :5]
    with pytest.raises(InputError, match="south/cars is missing"):
        read_mrio(io)
    with pytest.raises(InputError, match="no table Y"):
        read_mrio(SimpleNamespace(Z=system().Z, Y=None, x=system().x))
    with pytest.raises(NotFoundError, match="no sector 'tin'"):
        read_mrio(system()).position("north", "tin")


def test_refuses_shapes_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="shape"):
        make_mrio(np.ones((6, 6)), np.ones((6, 3)), regions=REGIONS, sectors=SECTORS)
