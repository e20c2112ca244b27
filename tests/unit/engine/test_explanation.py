from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from coercivity.engine import Credit, Reason, Shocks, licence_room, simulate
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, open_schedule
from coercivity.errors import NotFoundError, UsageError
from support.engine_networks import START, Lane, Site, Slot, Spec, compile_spec

DOWN = START + timedelta(days=40)


def network():
    return compile_spec(
        Spec(
            [
                Site("mine", "ore"),
                Site("plant", "magnet"),
                Site("maker", "car", final=10.0, sector="cars"),
            ],
            [Slot("plant", "o", "ore", cover=3.0), Slot("maker", "m", "magnet", cover=5.0)],
            [
                Lane("mine", "plant", "o", "ore", lead=2),
                Lane("plant", "maker", "m", "magnet", lead=4),
            ],
            n_members=3,
        )
    )


def schedule_of(net, lane, code, **more):
    base = open_schedule(START, 60, n_lanes=net.n_lanes, n_members=3)
    gate = np.zeros((2, net.n_lanes), np.int8)
    gate[1, lane] = code
    reason = np.full(gate.shape, -1, np.int32)
    reason[1, lane] = 0
    return replace(
        base,
        gate_days=np.array([0, 10], np.int32),
        gate=gate,
        reason=reason,
        reasons=(Reason("measure M of order O is in force", ("O/M", "claim-1")),),
        **more,
    )


def kinds(chain):
    return [step.kind for step in chain.steps]


def test_a_closed_lane_is_the_end_of_the_walk():
    net = network()
    results = simulate(net, schedule_of(net, 1, CLOSED))
    chain = results.why("maker", DOWN)
    assert kinds(chain) == ["output", "input", "lane", "gate"]
    assert chain.output == 0.0
    assert chain.refs == ("O/M", "claim-1")
    assert "measure M of order O is in force" in str(chain)
    assert chain.steps[2].day == DOWN - timedelta(days=4)
    assert [step.depth for step in chain.steps] == [0, 1, 2, 3]


def test_the_walk_goes_through_the_supplier():
    net = network()
    results = simulate(net, schedule_of(net, 0, CLOSED))
    chain = results.why("maker", DOWN, member=2)
    assert kinds(chain) == [
        "output",
        "input",
        "lane",
        "supplier",
        "output",
        "input",
        "lane",
        "gate",
    ]
    assert chain.member == 2
    assert chain.refs == ("O/M", "claim-1")


def test_an_exhausted_licence_is_named():
    net = network()
    room = licence_room(
        np.array([-1, 0], np.int32),
        ["maker's"],
        credits=[Credit("maker's", "licence-7", 20.0, day=12)],
        n_members=3,
    )
    results = simulate(net, schedule_of(net, 1, LICENCE_ONLY, room=room))
    chain = results.why("maker", DOWN)
    assert kinds(chain)[-2:] == ["gate", "licence"]
    assert "licence-7" in chain.refs
    assert {n: v for n, v, _ in chain.steps[-1].numbers}["room left"] == pytest.approx(0.0)


def test_a_missing_licence_is_said():
    net = network()
    results = simulate(net, schedule_of(net, 1, LICENCE_ONLY))
    assert "No licence covers the lane" in str(results.why("maker", DOWN))


def test_capacity_and_demand_bind_too():
    net = network()
    base = open_schedule(START, 60, n_lanes=2, n_members=3)
    half = np.ones((1, 3, 1))
    half[0, 2] = 0.5
    shocks = Shocks(np.zeros(1, np.int32), capacity=half, note="a fire")
    chain = simulate(net, replace(base, shocks=shocks)).why("maker", START)
    assert kinds(chain) == ["output", "shock"]
    assert "a fire" in str(chain)
    shut = simulate(net, schedule_of(net, 1, CLOSED)).why("plant", DOWN)
    assert kinds(shut) == ["output", "demand", "gate"]


def test_nothing_to_explain_is_one_step():
    net = network()
    chain = simulate(net, open_schedule(START, 9, n_lanes=2, n_members=3)).why("maker", START)
    assert kinds(chain) == ["output"]
    assert "100%" in str(chain)


def test_an_unknown_site_day_or_member_is_said():
    net = network()
    results = simulate(net, schedule_of(net, 1, CLOSED))
    with pytest.raises(NotFoundError, match="no site 'nobody'") as raised:
        results.why("nobody", DOWN)
    assert raised.value.exit_code == 4
    with pytest.raises(UsageError, match="not simulated"):
        results.why("maker", date(2024, 12, 31))
    with pytest.raises(UsageError, match="no member 9"):
        results.why("maker", DOWN, member=9)


def test_the_explained_member_is_the_simulated_one():
    net = network()
    schedule = schedule_of(net, 0, CLOSED)
    results = simulate(net, schedule)
    chain = results.why("maker", DOWN, member=1)
    series = results["output_sector"].sel(sector="cars", member=1)
    assert chain.output == pytest.approx(float(series.sel(day=np.datetime64(DOWN))), rel=1e-6)
    assert chain.to_json() == simulate(net, schedule).why("maker", DOWN, member=1).to_json()
