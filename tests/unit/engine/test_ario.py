"""The regional model: events, threads, laws, errors and reasons."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from coercivity.engine.ario import Ario, CapacityLoss, CapitalLoss, Recovery, simulate_ario
from coercivity.engine.ario_shocks import make_loss
from coercivity.errors import InputError, InvariantError, NotFoundError, UsageError
from coercivity.network.mrio import MrioTable, make_mrio
from coercivity.options import Options

START = date(2025, 1, 1)


@pytest.fixture
def table() -> MrioTable:
    """Ore of the north and the south feeds steel, which feeds cars, which users buy."""
    z = np.zeros((6, 6))
    z[0, 1], z[3, 1] = 300.0, 100.0  # ore of both to steel of the north
    z[3, 4] = 50.0
    z[1, 2], z[4, 2], z[1, 5] = 700.0, 90.0, 200.0
    y = np.zeros((6, 2))
    y[1], y[4], y[2], y[5] = 50.0, 20.0, 900.0, 300.0
    return make_mrio(z, y, regions=["north", "south"], sectors=["ore", "steel", "cars"], unit="EUR")


def no_capital() -> np.ndarray:
    raise AssertionError("not asked for")


def test_nothing_changes_when_nothing_happens(table: MrioTable) -> None:
    for order_type in ("alt", "noalt"):
        found = simulate_ario(table, start=START, days=200, parameters=Ario(order_type=order_type))
        usual = found["production_baseline"].to_numpy()
        gap = np.abs(found["production"].to_numpy() - usual)
        assert gap.max() <= 1e-12 * usual.max()
        assert np.abs(found["final_demand_unmet"].to_numpy()).max() <= 1e-12


def test_a_capacity_loss_is_felt_a_day_later(table: MrioTable) -> None:
    event = CapacityLoss({("north", "ore"): 0.5}, day=3, duration=2, recovery=Recovery("linear", 4))
    loss = make_loss(table, [event], capital=no_capital, days=12)
    expected = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0.375, 0.25, 0.125, 0, 0]
    # Day 6: the first step of the recovery, which leaves everything (0 days have passed).
    assert loss.share[:, 0].tolist() == [*expected[:6], 0.5, 0.5, 0.375, 0.25, 0.125, 0]


def test_a_capital_loss_is_felt_at_once_and_adds_up(table: MrioTable) -> None:
    capital = np.full(6, 200.0)
    events = [
        CapitalLoss({("north", "ore"): 50.0}, day=2, duration=1, recovery=Recovery("linear", 2)),
        CapitalLoss({("north", "ore"): 100.0}, day=3, duration=1, recovery=Recovery("linear", 2)),
    ]
    loss = make_loss(table, events, capital=lambda: capital, days=8)
    assert loss.share[:, 0].tolist() == [0, 0, 0.25, 0.75, 0.75, 0.625, 0.25, 0]
    worse = [*events, CapitalLoss({("north", "ore"): 60.0}, day=3)]
    with pytest.raises(InputError, match="210 destroyed of a capital of 200"):
        make_loss(table, worse, capital=lambda: capital, days=8)


def test_the_largest_of_two_capacity_losses_counts(table: MrioTable) -> None:
    events = [
        CapacityLoss({("north", "ore"): 0.5}, day=1, duration=3),
        CapacityLoss({("north", "ore"): 0.2, ("south", "ore"): 0.1}, day=1, duration=5),
    ]
    loss = make_loss(table, events, capital=no_capital, days=10)
    assert loss.industries.tolist() == [0, 3]
    assert loss.share[2].tolist() == [0.5, 0.1]
    assert loss.share[7, 0] == 0.2


@pytest.mark.parametrize(
    ("shape", "elapsed", "left"),
    [
        ("linear", 15, 0.75),
        ("convex", 15, (59 / 60) ** 60),
        ("convex_unscaled", 15, (59 / 60) ** 15),
        ("concave", 0, 1.0),
        ("concave", 30, 0.5),  # half complete after half the time, by its definition
    ],
)
def test_recovery_shapes(shape: str, elapsed: int, left: float) -> None:
    assert Recovery(shape, 60).left(elapsed) == pytest.approx(left, rel=1e-12)


def test_orders_turn_to_those_who_can_deliver(table: MrioTable) -> None:
    events = [CapacityLoss({("north", "ore"): 0.8}, day=2, duration=100)]
    tried = {
        order_type: simulate_ario(
            table, events, start=START, days=150, parameters=Ario(order_type=order_type)
        )
        for order_type in ("alt", "noalt")
    }
    asked = {name: found["orders"].sel(industry="south/ore") for name, found in tried.items()}
    assert float(asked["alt"][60]) > 1.05 * float(asked["noalt"][60])


def test_threads_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    big = make_mrio(
        rng.random((60, 60)) ** 4, 10.0 * rng.random((60, 4)),
        regions=list("abcd"), sectors=[f"s{i}" for i in range(15)], balance=None,
    )  # fmt: skip
    events = [CapacityLoss({("a", "s3"): 0.9}, day=2, duration=30)]
    one = simulate_ario(big, events, start=START, days=90, stocks="all")
    monkeypatch.setattr("coercivity.engine.ario._THREADED", 0)
    for threads in (2, 3):
        many = simulate_ario(
            big, events, start=START, days=90, stocks="all", options=Options(threads=threads)
        )
        assert one.data.equals(many.data)


def test_goods_are_conserved(table: MrioTable) -> None:
    # What users receive and what moves the stocks of a sector's product is what was made of it.
    events = [CapacityLoss({("north", "steel"): 0.6}, day=2, duration=40)]
    parameters = Ario(cover=10.0)
    found = simulate_ario(table, events, start=START, days=120, stocks="all", parameters=parameters)
    made, stock = found["production"].to_numpy(), found["stock"].to_numpy()
    final = table.y.sum(axis=1) / 365.0
    served = final - found["final_demand_undelivered"].to_numpy()
    need = table.pooled_inputs() / np.where(table.x > 0, table.x, 1.0)
    steel = 1
    rows = [1, 4]
    use = made @ need[steel]
    moved = np.diff(stock[:, steel].sum(axis=1))
    sold = (made[:, rows] - served[:, rows]).sum(axis=1)
    np.testing.assert_allclose(moved, (sold - use)[:-1], atol=1e-9 * stock.max())
    assert np.abs(moved).max() > 1e-3 * stock.max()


def test_why_leads_from_cars_to_the_event(table: MrioTable) -> None:
    event = CapacityLoss({("north", "ore"): 0.9}, day=5, duration=200, name="flood in the north")
    parameters = Ario(cover=10.0, order_type="noalt")
    found = simulate_ario(table, [event], start=START, days=150, parameters=parameters)
    chain = found.why("north/cars", date(2025, 3, 20))
    assert chain.output < 0.9 * chain.baseline
    kinds = [step.kind for step in chain.steps]
    assert kinds[:3] == ["output", "input", "supplier"]
    assert "stock of steel" in chain.steps[1].text
    assert "flood in the north" in chain.refs
    assert any("lacks 90.0% of its capacity" in step.text for step in chain.steps)
    ends = [step for step in chain.steps if step.kind == "shock"]
    assert {step.subject for step in ends} == {"north/ore"}
    assert "makes 100.0%" in found.why(("south", "ore"), START).steps[0].text


def test_why_names_lost_demand(table: MrioTable) -> None:
    event = CapacityLoss({("north", "cars"): 0.9}, day=5, duration=100)
    found = simulate_ario(table, [event], start=START, days=150)
    chain = found.why("north/steel", date(2025, 3, 1))
    assert [step.kind for step in chain.steps][:2] == ["output", "demand"]
    assert any("north/cars makes" in step.text for step in chain.steps)


def test_negative_stock_is_an_error(table: MrioTable) -> None:
    # With less than a day of stock before output falls, use can exceed what is there.
    event = CapacityLoss({("north", "ore"): 1.0}, day=2, duration=50)
    with pytest.raises(InvariantError, match="the stock of ore falls below zero"):
        simulate_ario(table, [event], start=START, days=60, parameters=Ario(cover=1.5, psi=0.1))


def test_errors_say_what_to_do(table: MrioTable) -> None:
    with pytest.raises(UsageError, match="cover is 1"):
        Ario(cover=1.0)
    with pytest.raises(UsageError, match="unknown order type"):
        Ario(order_type="best")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"psi is 1\.5"):
        Ario(psi=1.5)
    with pytest.raises(UsageError, match="no value for sector 'cars'"):
        simulate_ario(table, start=START, days=3, parameters=Ario(cover={"ore": 9.0, "steel": 9.0}))
    with pytest.raises(NotFoundError, match="no region 'west'"):
        simulate_ario(table, [CapacityLoss({("west", "ore"): 0.5})], start=START, days=9)
    with pytest.raises(InputError, match="an event on day 9"):
        simulate_ario(table, [CapacityLoss({("north", "ore"): 0.5}, day=9)], start=START, days=9)
    with pytest.raises(InputError, match="more than the whole"):
        CapacityLoss({("north", "ore"): 1.5})
    with pytest.raises(UsageError, match="concave"):
        Recovery("concave", 2)
    found = simulate_ario(table, start=START, days=3)
    with pytest.raises(UsageError, match="was not simulated"):
        found.why("north/ore", date(2026, 1, 1))
    with pytest.raises(NotFoundError, match="no variable 'stock'"):
        found["stock"]
