"""The regional model against BoARIO 0.7.2: every variable, every step, 365 steps."""

from __future__ import annotations

import numpy as np
import pytest

from reference.boario import environment, make, ours, tables

TOLERANCE = 1e-9
CASES = [
    (name, kind, order_type)
    for name in make.TABLES
    for kind in ("arbitrary", "recovery")
    for order_type in ("noalt", "alt")
]
CACHE: dict[str, tuple] = {}


def load(name: str) -> tuple:
    """Return a table in its three forms and what is stored of it."""
    if name not in CACHE:
        with np.load(environment.HERE / f"{name}.reference.npz") as stored:
            CACHE[name] = (*ours.load_table(name), dict(stored))
    return CACHE[name]


def scenario_of(table: tables.Table, name: str, kind: str, order_type: str) -> tables.Scenario:
    wanted = f"{name}-{kind}-{order_type}"
    return next(each for each in tables.scenarios(table, name) if each.name == wanted)


def relative(ours_: np.ndarray, theirs: np.ndarray, scale: np.ndarray) -> float:
    size = np.maximum(np.abs(theirs), scale)
    with np.errstate(invalid="ignore"):
        gap = np.where(ours_ == theirs, 0.0, np.abs(ours_ - theirs))
    return float((gap / np.where(size > 0.0, size, 1.0)).max())


@pytest.mark.parametrize(("name", "kind", "order_type"), CASES)
def test_equal_to_the_stored_series(name: str, kind: str, order_type: str) -> None:
    own, table, _, stored = load(name)
    scenario = scenario_of(table, name, kind, order_type)
    found, scale = ours.run(own, scenario), ours.scales(own)
    for variable in make.VARIABLES:
        sums = make.sums(variable, found[variable], scale[variable])
        theirs = stored[f"{scenario.name}.{variable}.sums"]
        assert sums.shape == theirs.shape == (365, make.N_SUMS)
        np.testing.assert_allclose(sums, theirs, rtol=0, atol=TOLERANCE, err_msg=variable)
        if variable != "stock":
            whole = stored[f"{scenario.name}.{variable}.days"]
            days = found[variable][list(make.WHOLE_DAYS)]
            assert relative(days, whole, scale[variable]) <= TOLERANCE, variable
    stocks = found["stock"][list(make.STOCK_DAYS)]
    step = make.stock_step(stocks[0].size, stocks.shape[2])
    whole = stored[f"{scenario.name}.stock.days"]
    assert relative(stocks[:, :, ::step], whole, scale["stock"][:, ::step]) <= TOLERANCE
    if name == "pymrio_test":
        all_days = stored[f"{scenario.name}.production.all"]
        assert relative(found["production"], all_days, scale["production"]) <= TOLERANCE


@pytest.mark.parametrize("name", make.TABLES)
def test_the_scenarios_bite(name: str) -> None:
    # Series that are equal because nothing happens would say nothing.
    own, table, _, _ = load(name)
    for kind in ("arbitrary", "recovery"):
        found = ours.run(own, scenario_of(table, name, kind, "alt"), with_stocks=False)
        demand = found["orders"] + own.y.sum(axis=1) / 365.0
        stopped = found["production"] < (1 - 1e-9) * np.minimum(found["capacity"], demand)
        assert stopped.any(), "no stock limits output"
        assert found["unmet"].max() > 0.0


def test_a_sum_notices_one_number() -> None:
    own, table, _, stored = load("random_10x20")
    scenario = scenario_of(table, "random_10x20", "recovery", "alt")
    found, scale = ours.run(own, scenario, with_stocks=False), ours.scales(own)
    moved = found["orders"].copy()
    moved[200, 77] += 3e-9 * scale["orders"][77]
    theirs = stored[f"{scenario.name}.orders.sums"]
    gap = np.abs(make.sums("orders", moved, scale["orders"]) - theirs)
    assert gap[200].max() > TOLERANCE > gap[199].max()


@pytest.mark.slow
@pytest.mark.parametrize("name", make.TABLES)
def test_equal_to_the_peer_run_again(name: str) -> None:
    try:
        environment.peer_python()
    except environment.PeerMissingError as missing:
        pytest.skip(f"the peer's environment cannot be made: {missing}")
    own, table, arrays, _ = load(name)
    for scenario in tables.scenarios(table, name):
        settings = {
            "order_type": scenario.order_type, "events": scenario.events,
            "model": scenario.model, "days": scenario.days,
        }  # fmt: skip
        theirs = environment.run_peer(arrays, settings)
        different = ours.differences(ours.run(own, scenario), theirs, own)
        assert max(different.values()) <= TOLERANCE, (scenario.name, different)
