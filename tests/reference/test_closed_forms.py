"""The engine against results that can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.engine import Caps, Credit, Method, Record, Shocks, licence_room, simulate
from coercivity.engine.kernels import fields as f
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, NEVER, OPEN, UNKNOWN, open_schedule
from coercivity.engine.trace import trace
from support.engine_networks import (
    START,
    Lane,
    Site,
    Slot,
    Spec,
    compile_spec,
    lane_index,
    pair,
)


def gated(net, days, *changes, **more):
    """Schedule whose lanes change gate: (day, {lane: code}) on top of what held before."""
    base = open_schedule(START, days, n_lanes=net.n_lanes, n_members=net.n_members)
    rows, gate = [], np.zeros(net.n_lanes, np.int8)
    starts = [0]
    rows.append(gate.copy())
    for day, codes in changes:
        for lane, code in codes.items():
            gate[lane] = code
        if day == 0:
            rows[0] = gate.copy()
        else:
            starts.append(day)
            rows.append(gate.copy())
    table = np.array(rows, np.int8)
    return replace(
        base,
        gate_days=np.array(starts, np.int32),
        gate=table,
        reason=np.full(table.shape, -1, np.int32),
        **more,
    )


def daily(net, schedule, *sites, method=None):
    """Daily output in float64, by site."""
    kept = trace(net, schedule, members=slice(None), days=schedule.days, method=method)
    return [kept.site[:, f.MADE, net.site_ids.index(site)] for site in sites]


def room_of(net, lanes, *granted):
    """One licence group 'g' over some lanes."""
    table = np.full(net.n_lanes, -1, np.int32)
    table[list(lanes)] = 0
    return licence_room(table, ["g"], credits=granted, n_members=net.n_members)


def chain() -> Spec:
    """Four tiers with several suppliers, two needs, odd numbers, finished goods."""
    m = 7
    rng = np.random.default_rng(3)

    def sp(low, high):
        return rng.uniform(low, high, m)

    return Spec(
        [
            Site("oxide1", "oxide", slack=sp(0, 0.2)),
            Site("oxide2", "oxide", final=sp(1, 2)),
            Site("metal", "metal", finished_days=4.0),
            Site("magnet", "magnet", slack=sp(0, 0.3)),
            Site("motor1", "motor"),
            Site("motor2", "motor", final=sp(3, 4)),
            Site("car", "car", final=sp(50, 90), sector="cars"),
        ],
        [
            Slot("metal", "o", "oxide", coef=sp(1, 2), yield_=sp(0.7, 1), cover=sp(0, 50)),
            Slot("magnet", "m", "metal", coef=sp(0.3, 2), cover=0.0),
            Slot("magnet", "o", "oxide", coef=sp(0.01, 0.02), essentiality=1),
            Slot("motor1", "m", "magnet", coef=sp(0.3, 2), cover=sp(3, 90)),
            Slot("motor2", "m", "magnet", coef=sp(0.3, 2), cover=sp(3, 90), tau=1.0),
            Slot("car", "m", "motor", coef=2.0, cover=sp(0, 5)),
        ],
        [
            Lane("oxide1", "metal", "o", "oxide", weight=0.3, lead=rng.integers(1, 60, m)),
            Lane("oxide2", "metal", "o", "oxide", weight=0.7, lead=11),
            Lane("oxide2", "magnet", "o", "oxide", lead=3),
            Lane("metal", "magnet", "m", "metal", lead=1),
            Lane("magnet", "motor1", "m", "magnet", lead=rng.integers(1, 60, m)),
            Lane("magnet", "motor2", "m", "magnet", lead=rng.integers(1, 60, m)),
            Lane("motor1", "car", "m", "motor", weight=0.4, lead=2),
            Lane("motor2", "car", "m", "motor", weight=0.6, lead=1),
        ],
        m,
    )


@pytest.mark.parametrize("backlog", ["drop", "keep"])
@pytest.mark.parametrize("rule", ["proportional", "final_demand_last"])
def test_undisturbed_network_stays_at_its_baseline(rule, backlog):
    net = compile_spec(chain())
    schedule = gated(net, 700)
    kept = trace(
        net, schedule, members=slice(None), days=700, method=Method(rule=rule, backlog=backlog)
    )
    worst = np.abs(kept.site[:, f.MADE] / net.x0 - 1.0).max()
    assert worst < 1e-12
    assert np.abs(kept.lane[:, f.SHIP] / net.flow0 - 1.0).max() < 1e-11


@pytest.mark.parametrize(
    ("stock", "lead", "closed"), [(10, 5, 7), (0, 1, 0), (1, 30, 3), (25, 2, 40)]
)
def test_line_goes_down_exactly_when_stock_and_pipeline_are_used_up(stock, lead, closed):
    net = compile_spec(pair(days_cover=float(stock), lead=lead))
    schedule = gated(net, 100, (closed, {0: CLOSED}))
    (made,) = daily(net, schedule, "maker")
    down = closed + lead + stock
    assert np.allclose(made[:down], 100.0, rtol=1e-12)
    assert (made[down:] == 0.0).all()
    results = simulate(net, schedule)
    assert results["line_down_day"].sel(site="maker").item() == down


def test_line_makes_the_fraction_that_a_broken_stock_allows():
    net = compile_spec(pair(days_cover=10.25, lead=5))
    (made,) = daily(net, gated(net, 60, (7, {0: CLOSED})), "maker")
    assert np.allclose(made[21:24, 0], [100.0, 25.0, 0.0], rtol=1e-9)


def test_goods_that_left_before_the_closure_arrive():
    net = compile_spec(pair(days_cover=4.0, lead=9))
    kept = trace(net, gated(net, 40, (6, {0: CLOSED})), members=slice(None), days=40)
    sent = kept.lane[:, f.SHIP, 0, 0]
    assert (sent[:6] > 0.0).all()
    assert (sent[6:] == 0.0).all()
    used = kept.slot[:, f.USED, 0, 0].sum()
    assert used == pytest.approx(net.flow0[0, 0] * (4.0 + 9 + 6), rel=1e-12)


@pytest.mark.parametrize("quantity", [3.0, 120.0, 777.7])
def test_licence_lifts_output_by_its_quantity_over_the_coefficient(quantity):
    coef = 0.4
    net = compile_spec(pair(days_cover=8.0, lead=6, coef=coef))
    without = gated(net, 400, (10, {0: LICENCE_ONLY}))
    credit = Credit("g", "one", quantity, day=90)
    licensed = replace(without, room=room_of(net, [0], credit))
    (before,), (after,) = daily(net, without, "maker"), daily(net, licensed, "maker")
    assert after.sum() - before.sum() == pytest.approx(quantity / coef, rel=1e-9)
    results = simulate(net, licensed)
    assert results["licence_drawn"].item() == pytest.approx(quantity, rel=1e-12)
    assert results["licence_left"].item() == pytest.approx(0.0, abs=1e-9)


def test_yield_raises_what_a_unit_needs():
    spec = pair(days_cover=8.0, lead=6, coef=0.4)
    spec.slots[0].yield_ = 0.8
    net = compile_spec(spec)
    without = gated(net, 300, (0, {0: LICENCE_ONLY}))
    licensed = replace(without, room=room_of(net, [0], Credit("g", "one", 50.0)))
    (before,), (after,) = daily(net, without, "maker"), daily(net, licensed, "maker")
    assert after.sum() - before.sum() == pytest.approx(50.0 * 0.8 / 0.4, rel=1e-9)


def two_buyers(**more) -> Spec:
    return Spec(
        [
            Site("mine", "ore"),
            Site("east", "car", final=100.0),
            Site("west", "car", final=100.0),
        ],
        [Slot("east", "o", "ore", **more), Slot("west", "o", "ore", **more)],
        [Lane("mine", "east", "o", "ore", lead=3), Lane("mine", "west", "o", "ore", lead=3)],
    )


def test_the_licensed_buyer_receives_what_the_other_may_not():
    net = compile_spec(two_buyers(cover=5.0))
    east, west = lane_index(net, "mine", "east"), lane_index(net, "mine", "west")
    half = np.ones((2, net.n_sites, 1))
    half[1, 0] = 0.5
    scarce = Shocks(np.array([0, 10], np.int32), capacity=half)
    both = gated(net, 60, shocks=scarce)
    shared = trace(net, both, members=slice(None), days=60).lane[40, f.SHIP, :, 0]
    assert shared[east] == pytest.approx(shared[west])
    one = gated(
        net,
        60,
        (10, {east: LICENCE_ONLY, west: LICENCE_ONLY}),
        shocks=scarce,
        room=room_of(net, [east], Credit("g", "east's", 1e6)),
    )
    sent = trace(net, one, members=slice(None), days=60).lane[40, f.SHIP, :, 0]
    assert sent[west] == 0.0
    # East takes the whole of what the mine can make, up to what it asks for.
    assert sent[east] == pytest.approx(100.0, rel=1e-6)
    assert sent[east] == pytest.approx(2.0 * shared[east], rel=1e-6)


def test_lanes_share_a_licence_in_proportion_to_their_requests():
    spec = two_buyers(cover=5.0)
    spec.sites[1].final = 300.0
    net = compile_spec(spec)
    schedule = gated(
        net,
        20,
        (5, {0: LICENCE_ONLY, 1: LICENCE_ONLY}),
        room=room_of(net, [0, 1], Credit("g", "shared", 100.0, day=5)),
    )
    sent = trace(net, schedule, members=slice(None), days=20).lane[5, f.SHIP, :, 0]
    assert sent.tolist() == pytest.approx([75.0, 25.0])


def test_room_that_a_scarce_supplier_cannot_use_goes_to_the_other():
    spec = Spec(
        [Site("a", "ore"), Site("b", "ore", slack=9.0), Site("c", "car", final=100.0)],
        [Slot("c", "o", "ore", cover=5.0)],
        [
            Lane("a", "c", "o", "ore", weight=0.5, lead=1),
            Lane("b", "c", "o", "ore", weight=0.5, lead=1),
        ],
    )
    net = compile_spec(spec)
    dead = np.ones((2, 3, 1))
    dead[1, 0] = 0.0
    schedule = gated(
        net,
        10,
        (5, {0: LICENCE_ONLY, 1: LICENCE_ONLY}),
        shocks=Shocks(np.array([0, 5], np.int32), capacity=dead),
        room=room_of(net, [0, 1], Credit("g", "both", 40.0, day=5)),
    )
    for rounds, expected in ((1, 20.0), (2, 40.0)):
        kept = trace(net, schedule, members=slice(None), days=6, method=Method(rounds=rounds))
        assert kept.lane[5, f.SHIP, 0, 0] == 0.0
        assert kept.lane[5, f.SHIP, 1, 0] == pytest.approx(expected)


def test_licence_lapses_on_its_expiry_and_the_earlier_one_is_used_first():
    net = compile_spec(pair(days_cover=0.0, lead=1, coef=1.0, output=10.0))
    schedule = gated(
        net,
        40,
        (0, {0: LICENCE_ONLY}),
        room=room_of(
            net,
            [0],
            Credit("g", "late", 1000.0, day=5, expiry=9),
            Credit("g", "early", 15.0, day=5, expiry=7),
        ),
    )
    sent = trace(net, schedule, members=slice(None), days=40).lane[:, f.SHIP, 0, 0]
    assert (sent[:5] == 0.0).all()
    assert (sent[5:9] > 0.0).all()
    assert (sent[9:] == 0.0).all()
    results = simulate(net, schedule)
    assert results["licence_drawn"].item() == pytest.approx(sent.sum())
    assert results["licence_lapsed"].item() == pytest.approx(1015.0 - sent.sum())


def test_revocation_stops_departures_but_not_what_is_on_the_way():
    net = compile_spec(pair(days_cover=0.0, lead=8, coef=1.0, output=10.0))
    schedule = gated(
        net,
        60,
        (0, {0: LICENCE_ONLY}),
        room=room_of(net, [0], Credit("g", "revoked", 1e6, day=0, expiry=20)),
    )
    (made,) = daily(net, schedule, "maker")
    assert np.allclose(made[:28, 0], 10.0)
    assert (made[28:] == 0.0).all()


def test_cap_is_rationed_in_proportion_and_may_be_carried_within_the_month():
    spec = two_buyers(cover=5.0)
    spec.sites[1].final = 300.0
    net = compile_spec(spec)
    rate = np.array([[[np.inf]], [[100.0]]])

    def caps(carry):
        return Caps(
            ("total",),
            np.zeros(2, np.int32),
            np.array([0, 5], np.int32),
            rate,
            carry,
            np.array([0, 30], np.int32),
        )

    schedule = gated(net, 40, caps=caps(False))
    sent = trace(net, schedule, members=slice(None), days=40).lane[:, f.SHIP, :, 0]
    assert sent[5].tolist() == pytest.approx([75.0, 25.0])
    assert np.allclose(sent[5:].sum(axis=1), 100.0)
    # Nothing may depart on days 10 to 19; kept room lets more depart afterwards.
    shut = gated(net, 40, (10, {0: CLOSED, 1: CLOSED}), (20, {0: OPEN, 1: OPEN}))
    kept = trace(net, replace(shut, caps=caps(True)), members=slice(None), days=40)
    total = kept.lane[:, f.SHIP, :, 0].sum(axis=1)
    assert (total[10:20] == 0.0).all()
    assert total[20] > 100.0 * (1 + 1e-9)
    assert total[5:30].sum() <= 100.0 * 25 * (1 + 1e-9)
    assert total[30:].sum() <= 100.0 * 10 * (1 + 1e-9)


def test_unknown_gate_is_open_in_some_members_only():
    spec = pair(days_cover=2.0, lead=2)
    spec.n_members = 2
    net = compile_spec(spec)
    schedule = gated(net, 40, (5, {0: UNKNOWN}), unknown_open=np.array([True, False]))
    (made,) = daily(net, schedule, "maker")
    assert np.allclose(made[:, 0], 100.0)
    assert (made[9:, 1] == 0.0).all()


def substitutes(delay: int) -> Spec:
    return Spec(
        [
            Site("m1", "heavy"),
            Site("m2", "light", final=500.0, slack=1.0),
            Site("c", "car", final=10.0),
        ],
        [
            Slot("c", "magnet", "heavy", coef=2.0, cover=12.0),
            Slot(
                "c", "magnet", "light", rank=1, share=0.0, coef=3.0, cover=12.0, qualification=delay
            ),
        ],
        [Lane("m1", "c", "magnet", "heavy", lead=4), Lane("m2", "c", "magnet", "light", lead=6)],
    )


def test_a_substitute_is_used_after_its_qualification():
    net = compile_spec(substitutes(30))
    schedule = gated(net, 200, (10, {lane_index(net, "m1", "c"): CLOSED}))
    kept = trace(net, schedule, members=slice(None), days=200)
    started = int(kept.slot[-1, f.STARTED, 1, 0])
    light = kept.lane[:, f.SHIP, lane_index(net, "m2", "c"), 0]
    first = int(np.flatnonzero(light > 0.0)[0])
    # Half of the usual items' remembered fill is gone after five days of refusal.
    assert started == 14
    assert first == started + 30
    made = kept.site[:, f.MADE, net.site_ids.index("c"), 0]
    assert made[26:50].max() == 0.0
    assert made[-1] == pytest.approx(10.0, rel=1e-6)
    never = replace(schedule, substitution=False)
    (stuck,) = daily(net, never, "c")
    assert (stuck[26:] == 0.0).all()


def test_a_slow_substitute_is_late_by_its_delay():
    times = []
    for delay in (20, 65):
        net = compile_spec(substitutes(delay))
        schedule = gated(net, 200, (10, {lane_index(net, "m1", "c"): CLOSED}))
        light = trace(net, schedule, members=slice(None), days=200).lane[
            :, f.SHIP, lane_index(net, "m2", "c"), 0
        ]
        times.append(int(np.flatnonzero(light > 0.0)[0]))
    assert times[1] - times[0] == 45


def test_a_missing_non_essential_input_costs_its_part_of_output():
    spec = Spec(
        [Site("a", "ore"), Site("b", "paint"), Site("c", "car", final=100.0)],
        [
            Slot("c", "ore", "ore", cover=3.0),
            Slot("c", "paint", "paint", cover=3.0, essentiality=1),
        ],
        [Lane("a", "c", "ore", "ore", lead=1), Lane("b", "c", "paint", "paint", lead=1)],
    )
    net = compile_spec(spec)
    schedule = gated(net, 60, (0, {lane_index(net, "b", "c"): CLOSED}))
    (made,) = daily(net, schedule, "c")
    assert made[0, 0] == pytest.approx(100.0)
    assert made[-1, 0] == pytest.approx(50.0)


def test_final_users_wait_when_they_are_served_last():
    spec = two_buyers(cover=5.0)
    spec.sites[0].final = 100.0
    net = compile_spec(spec)
    half = np.full((1, net.n_sites, 1), 1.0)
    half[0, 0] = 0.75
    schedule = gated(net, 30, shocks=Shocks(np.zeros(1, np.int32), capacity=half))
    fair = trace(net, schedule, members=slice(None), days=30)
    last = trace(
        net, schedule, members=slice(None), days=30, method=Method(rule="final_demand_last")
    )
    assert fair.site[0, f.SOLD, 0, 0] == pytest.approx(75.0)
    assert last.site[0, f.SOLD, 0, 0] == pytest.approx(25.0)
    assert last.lane[0, f.SHIP, :, 0].tolist() == pytest.approx([100.0, 100.0])


def test_unmet_final_demand_is_made_up_for_only_if_it_is_kept():
    net = compile_spec(pair(days_cover=2.0, lead=2, slack=1.0))
    spec_top = np.full((3, 2, 1), 1.0)
    spec_top[1, 1] = 0.0
    spec_top[2, 1] = 2.0
    shocks = Shocks(np.array([0, 10, 15], np.int32), capacity=spec_top)
    schedule = gated(net, 200, shocks=shocks)
    (dropped,) = daily(net, schedule, "maker")
    (kept,) = daily(net, schedule, "maker", method=Method(backlog="keep"))
    assert dropped.sum() == pytest.approx(100.0 * 195)
    assert kept.sum() == pytest.approx(100.0 * 200, rel=1e-9)


def test_finished_goods_bridge_a_stop_of_production():
    spec = pair(days_cover=0.0, lead=1)
    spec.sites[0].finished_days = 6.0
    net = compile_spec(spec)
    stop = np.ones((2, 2, 1))
    stop[1, 0] = 0.0
    schedule = gated(net, 40, shocks=Shocks(np.array([0, 10], np.int32), capacity=stop))
    (made,) = daily(net, schedule, "maker")
    # The last of six days of finished goods leaves on day 15 and is used on day 16.
    assert np.allclose(made[:17, 0], 100.0)
    assert (made[18:] < 1e-9).all()


def test_a_longer_way_delays_what_departs_from_then_on():
    net = compile_spec(pair(days_cover=0.0, lead=3))
    extra = np.array([[0], [4]], np.int32)
    schedule = gated(net, 40, shocks=Shocks(np.array([0, 10], np.int32), lead_extra=extra))
    (made,) = daily(net, schedule, "maker")
    assert np.allclose(made[:13, 0], 100.0)
    assert (made[13:17] == 0.0).all()
    assert made[17, 0] > 0.0


def test_never_is_after_every_day():
    net = compile_spec(pair())
    room = room_of(net, [0], Credit("g", "never", 5.0, day=NEVER))
    schedule = gated(net, 30, (0, {0: LICENCE_ONLY}), room=room)
    results = simulate(net, schedule, record=Record(flows={"all": [0]}))
    assert results["licence_drawn"].item() == 0.0
    assert float(results["shipped"].sum()) == 0.0
