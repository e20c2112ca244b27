"""Laws of the engine on random networks and schedules."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.engine import Method, Record, simulate
from coercivity.engine.kernels import fields as f
from coercivity.engine.reference import simulate_reference
from coercivity.engine.schedule import open_schedule
from coercivity.engine.trace import trace
from coercivity.options import Options
from support.engine_networks import START, compile_spec, random_schedule, random_spec

methods = st.builds(
    Method,
    rule=st.sampled_from(["proportional", "final_demand_last"]),
    backlog=st.sampled_from(["drop", "keep"]),
    rounds=st.integers(1, 3),
    overproduction=st.sampled_from([1.0, 1.3]),
    tau=st.sampled_from([None, 1.0, 12.0]),
)
seeds = st.integers(0, 2**32 - 1)


def case(seed, *, members=3, days=50):
    rng = np.random.default_rng(seed)
    net = compile_spec(random_spec(rng, n_members=members))
    return net, random_schedule(rng, net, days=days)


@settings(max_examples=200)
@given(seed=seeds, method=methods)
def test_no_law_is_broken_on_any_day(seed, method):
    net, schedule = case(seed)
    results = simulate(net, schedule, method=method, options=Options(check_invariants=True))
    drawn = results["licence_drawn"].to_numpy()
    if schedule.room is not None:
        granted = np.zeros_like(drawn)
        np.add.at(granted, schedule.room.credit_group, schedule.room.credit_amount)
        assert (drawn <= granted * (1 + 1e-12)).all()


@settings(max_examples=80)
@given(seed=seeds, method=methods)
def test_kernel_equals_its_plain_twin(seed, method):
    net, schedule = case(seed)
    fast = trace(net, schedule, members=slice(None), days=schedule.days, method=method)
    slow = simulate_reference(net, schedule, method=method)
    pairs = {
        "made": (fast.site[:, f.MADE], slow.made),
        "sold": (fast.site[:, f.SOLD], slow.sold),
        "finished": (fast.site[:, f.FINISHED], slow.finished),
        "stock": (fast.slot[:, f.STOCK], slow.stock),
        "order": (fast.slot[:, f.ORDER], slow.order),
        "qualified": (fast.slot[:, f.QUALIFIED], slow.qualified),
        "request": (fast.lane[:, f.REQUEST], slow.request),
        "ship": (fast.lane[:, f.SHIP], slow.ship),
        "fill": (fast.lane[:, f.FILL], slow.fill),
    }
    for name, (ours, theirs) in pairs.items():
        scale = max(1.0, float(np.abs(theirs).max()))
        assert np.abs(ours - theirs).max() <= 1e-10 * scale, name


@settings(max_examples=40)
@given(seed=seeds, method=methods)
def test_undisturbed_networks_stay_at_their_baseline(seed, method):
    net, schedule = case(seed, days=120)
    calm = open_schedule(START, 120, n_lanes=net.n_lanes, n_members=net.n_members)
    kept = trace(net, calm, members=slice(None), days=120, method=method)
    made = kept.site[:, f.MADE]
    assert (np.abs(made - net.x0) <= 1e-12 * np.maximum(net.x0, 1e-300) * 10).all()
    assert (kept.slot[:, f.STARTED] == -1.0).all()
    del schedule


@settings(max_examples=25)
@given(seed=seeds, method=methods, size=st.sampled_from([1, 2, 3, 5, 8, 64]))
def test_block_size_and_threads_change_no_bit(seed, method, size):
    net, schedule = case(seed, members=9, days=40)
    record = Record(sites=net.site_ids[-2:], flows={"all": list(range(net.n_lanes))}, every=7)
    one = simulate(net, schedule, method=method, record=record, options=Options(threads=1))
    two = simulate(
        net, schedule, method=method, record=record, options=Options(threads=3), block_size=size
    )
    for name, values in one.data.data_vars.items():
        assert values.to_numpy().tobytes() == two.data[name].to_numpy().tobytes(), name


@settings(max_examples=60)
@given(seed=seeds, method=methods)
def test_what_is_not_stored_changes_nothing(seed, method):
    """A checked run stores what every lane ships; others store only what somebody reads."""
    net, schedule = case(seed, days=40)
    record = Record(sites=net.site_ids)
    lean = simulate(net, schedule, method=method, record=record)
    full = simulate(
        net, schedule, method=method, record=record, options=Options(check_invariants=True)
    )
    for name, values in lean.data.data_vars.items():
        assert values.to_numpy().tobytes() == full.data[name].to_numpy().tobytes(), name


@settings(max_examples=25)
@given(seed=seeds)
def test_members_do_not_know_each_other(seed):
    net, schedule = case(seed, members=4, days=40)
    whole = trace(net, schedule, members=slice(None), days=40)
    for member in range(4):
        alone = trace(net, schedule, members=np.array([member]), days=40)
        assert whole.site[..., member].tobytes() == alone.site[..., 0].tobytes()


@settings(max_examples=40)
@given(seed=seeds)
def test_licences_are_accounted_for_to_the_last_unit(seed):
    net, schedule = case(seed, days=40)
    if schedule.room is None:
        return
    more = replace(schedule.room, credit_amount=schedule.room.credit_amount * 2.0)
    granted = simulate(net, schedule)["licence_drawn"].to_numpy()
    doubled = simulate(net, replace(schedule, room=more))
    bound = np.zeros_like(granted)
    np.add.at(bound, more.credit_group, more.credit_amount)
    settled = sum(doubled[f"licence_{part}"].to_numpy() for part in ("drawn", "left", "lapsed"))
    assert (settled <= bound * (1 + 1e-9) + 1e-9).all()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("backlog", ["drop", "keep"])
@pytest.mark.parametrize("rule", ["proportional", "final_demand_last"])
@settings(max_examples=300, deadline=None)
@given(seed=seeds, method=methods)
def test_no_law_is_broken_in_many_networks(rule, backlog, precision, seed, method):
    """All eight combinations of rules, 2,400 networks; substitution varies with the schedule."""
    net, schedule = case(seed)
    chosen = replace(method, rule=rule, backlog=backlog, precision=precision)
    simulate(net, schedule, method=chosen, options=Options(check_invariants=True))
