"""Schedules that share their first days give the bits that each gives alone."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.engine import Credit, Method, Record, licence_room, simulate
from coercivity.engine.agreement import Outline, shared_days
from coercivity.engine.branching import simulate_all
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, OPEN, open_schedule
from support.engine_networks import START, compile_spec, random_schedule, random_spec

DAYS = 60


def gated(net, *segments, **more):
    base = open_schedule(START, DAYS, n_lanes=net.n_lanes, n_members=net.n_members)
    gate = np.array([np.full(net.n_lanes, code) for _, code in segments], np.int8)
    return replace(
        base,
        gate_days=np.array([day for day, _ in segments], np.int32),
        gate=gate,
        reason=np.full(gate.shape, -1, np.int32),
        **more,
    )


def room(net, day):
    lanes = np.zeros(net.n_lanes, np.int32)
    return licence_room(
        lanes, ["g"], credits=[Credit("g", f"from {day}", 90.0, day=day)], n_members=net.n_members
    )


@pytest.mark.parametrize("seed", range(12))
def test_branches_are_the_same_bits_as_runs_alone(seed):
    rng = np.random.default_rng(seed)
    net = compile_spec(random_spec(rng, n_members=5))
    schedules = {
        "open": gated(net, (0, OPEN)),
        "closed": gated(net, (0, OPEN), (20, CLOSED)),
        "licensed": gated(net, (0, OPEN), (20, LICENCE_ONLY)),
        "granted": gated(net, (0, OPEN), (20, LICENCE_ONLY), room=room(net, 33)),
        "reopened": gated(net, (0, OPEN), (20, CLOSED), (41, OPEN)),
        "other": random_schedule(rng, net, days=DAYS),
    }
    record = Record(sites=net.site_ids[-1:], flows={"all": list(range(net.n_lanes))}, every=7)
    method = Method(backlog=["drop", "keep"][seed % 2])
    together = simulate_all(
        net, schedules, method=method, records=dict.fromkeys(schedules, record), block_size=2
    )
    for name, schedule in schedules.items():
        alone = simulate(net, schedule, method=method, record=record)
        for variable, values in alone.data.data_vars.items():
            ours = together[name].data[variable].to_numpy()
            assert ours.tobytes() == values.to_numpy().tobytes(), (name, variable)


def agreed(first, second):
    return shared_days(Outline(first), Outline(second))


def test_days_are_shared_up_to_the_first_difference():
    net = compile_spec(random_spec(np.random.default_rng(0)))
    whole = gated(net, (0, OPEN))
    assert agreed(whole, gated(net, (0, OPEN), (20, CLOSED))) == 20
    assert agreed(whole, whole) == DAYS
    assert agreed(whole, replace(whole, substitution=False)) == 0
    shut = gated(net, (0, OPEN), (20, LICENCE_ONLY))
    assert agreed(shut, replace(shut, room=room(net, 33))) == 33
