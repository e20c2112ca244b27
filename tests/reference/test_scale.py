"""The engine at scale beside the plain numpy engine, on small networks."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.method import Method
from coercivity.engine.reference import simulate_reference
from coercivity.engine.scale import EVENING, OUTPUT, SENT, run_days, simulate_scale
from coercivity.engine.scale_layout import lay_out
from coercivity.engine.scale_schedule import CapacityLoss, ScaleSchedule, ScopeGate, prepare
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, OPEN, Credit
from coercivity.options import Options
from support.scale_networks import compile_edges, compile_schedule, small_edges

START = date(2025, 1, 1)


def plan_for(net, days, *, seed=0):
    """Closures, licences that lapse, and lost capacity."""
    rng = np.random.default_rng(seed)
    hit = rng.choice(net.n_firms, 4, replace=False)
    usual = float(net.flow[net.scope == 0].sum()) if (net.scope == 0).any() else 1.0
    return ScaleSchedule(
        START,
        days,
        gates=(
            ScopeGate("scope 0", LICENCE_ONLY, 3),
            ScopeGate("scope 1", CLOSED, 5),
            ScopeGate("scope 1", OPEN, 40),
            ScopeGate("scope 2", LICENCE_ONLY, 0),
        ),
        credits=(
            Credit("scope 0", "A", usual * 7.3, 6, 30),
            Credit("scope 0", "B", usual * 9.1, 12, 200),
            Credit("scope 2", "C", 4.0, 0, 50),
        ),
        losses=(
            CapacityLoss({net.ids[f]: 0.7 for f in hit}, 10, 25),
            CapacityLoss({net.ids[hit[0]]: 1.0}, 15, 20),
        ),
    )


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_equals_plain_numpy(seed, parts):
    net = small_edges(seed)
    days = 90
    plan = plan_for(net, days, seed=seed)
    want = simulate_reference(compile_edges(net), compile_schedule(net, plan))
    state = lay_out(net, method=Method(), days=days, parts=parts)
    made, finished = np.zeros((days, net.n_firms)), np.zeros((days, net.n_firms))
    stock = np.zeros((days, net.n_slots))

    def keep(day, moment, now):
        if moment == OUTPUT:
            made[day] = now.site[k.MADE]
        elif moment == SENT:
            finished[day] = now.site[k.FINISHED]
        elif moment == EVENING:
            stock[day, now.slot_of] = now.slots.table[k.STOCK]

    run_days(state, prepare(net, plan, state), Method(), days=days, options=Options(), hooks=[keep])
    scale = net.output
    assert np.min(want.made[:, :, 0] / scale) < 0.5, "the plan must hurt"
    np.testing.assert_allclose(made / scale, want.made[:, :, 0] / scale, atol=1e-9)
    np.testing.assert_allclose(finished / scale, want.finished[:, :, 0] / scale, atol=1e-9)
    # The reference notes stocks in the evening before what arrives the next morning.
    arrived = stock[:-1] - want.stock[:-1, :, 0]
    assert arrived.min() > -1e-9
    results = simulate_scale(net, plan, method=Method())
    total = want.drawn[:, :, 0].sum(axis=0)
    np.testing.assert_allclose(results["licence_drawn"], total, rtol=1e-9)
    assert total.sum() > 0.0
    np.testing.assert_allclose(
        results["licence_lapsed"], want.lapsed[:, :, 0].sum(axis=0), rtol=1e-9, atol=1e-12
    )
