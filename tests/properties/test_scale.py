"""Laws of the engine at scale on random networks and plans."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.method import Method
from coercivity.engine.reference import simulate_reference
from coercivity.engine.scale import EVENING, OUTPUT, run_days, simulate_scale
from coercivity.engine.scale_layout import lay_out
from coercivity.engine.scale_schedule import CapacityLoss, ScaleSchedule, ScopeGate, prepare
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, OPEN, Credit
from coercivity.options import Options
from support.scale_networks import compile_edges, compile_schedule, small_edges

START = date(2025, 1, 1)
DAYS = 30


@st.composite
def cases(draw):
    """A network, a plan over it, a method and a number of parts."""
    n_firms = draw(st.integers(12, 40))
    net = small_edges(
        draw(st.integers(0, 10_000)),
        n_firms=n_firms,
        n_lanes=n_firms * draw(st.integers(1, 2)),
        n_sectors=draw(st.integers(4, 8)),
        long_share=draw(st.sampled_from([0.0, 0.3, 1.0])),
        gated_share=draw(st.sampled_from([0.0, 0.2, 1.0])),
    )
    scopes = st.sampled_from(net.scopes) if net.scopes else st.nothing()
    day = st.integers(0, DAYS - 1)
    gates = st.builds(ScopeGate, scopes, st.sampled_from([0, 1, 2]), day)
    licences = st.builds(
        Credit, scopes, st.just("L"), st.floats(0.0, 50.0), day, st.integers(1, DAYS)
    )
    share = st.dictionaries(
        st.sampled_from(net.ids.tolist()), st.floats(0.0, 1.0), min_size=1, max_size=5
    )
    losses = st.builds(CapacityLoss, share, st.integers(0, 10), st.integers(11, DAYS))
    plan = ScaleSchedule(
        START,
        DAYS,
        draw(st.lists(gates, max_size=6)) if net.scopes else [],
        draw(st.lists(licences, max_size=4)) if net.scopes else [],
        draw(st.lists(losses, max_size=3)),
    )
    method = Method(
        precision=draw(st.sampled_from(["double", "single"])),
        rounds=draw(st.sampled_from([1, 2, 3])),
        tau=draw(st.sampled_from([None, 1.0, 4.0])),
        fill_days=draw(st.sampled_from([1.0, 7.0])),
        overproduction=draw(st.sampled_from([1.0, 1.25])),
    )
    return net, plan, method, draw(st.sampled_from([1, 2, 3]))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_no_law_is_broken(case):
    check_laws(case)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_no_law_is_broken_in_two_thousand_networks(case):
    check_laws(case)


def check_laws(case):
    net, plan, method, parts = case
    options = Options(check_invariants=True, threads=1)
    results = simulate_scale(net, plan, method=method, options=options, parts=parts)
    assert np.isfinite(results["output_sector"]).all()
    granted = np.zeros(len(net.scopes))
    for credit in plan.credits:
        granted[net.scopes.index(credit.group)] += credit.amount
    used = results["licence_drawn"].to_numpy() + results["licence_lapsed"].to_numpy()
    assert (used <= granted * (1.0 + 1e-5) + 1e-9).all()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_equals_plain_numpy(case):
    net, plan, method, parts = case
    method = Method(
        rounds=method.rounds, tau=method.tau, fill_days=method.fill_days,
        overproduction=method.overproduction,
    )  # fmt: skip
    want = simulate_reference(compile_edges(net), compile_schedule(net, plan), method=method)
    state = lay_out(net, method=method, days=DAYS, parts=parts)
    made, order = np.zeros((DAYS, net.n_firms)), np.zeros((DAYS, net.n_slots))

    def keep(day, moment, now):
        if moment == OUTPUT:
            made[day] = now.site[k.MADE]
        elif moment == EVENING:
            order[day, now.slot_of] = now.slots.table[k.QUOTIENT]

    run_days(state, prepare(net, plan, state), method, days=DAYS, options=Options(), hooks=[keep])
    np.testing.assert_allclose(
        made / net.output, want.made[:, :, 0] / net.output, atol=1e-9, rtol=1e-9
    )
    np.testing.assert_array_equal(order > 0.0, want.order[:, :, 0] > 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["single", "double"])
def test_no_law_is_broken_at_a_million_firms(precision):
    net = small_edges(
        3, n_firms=1_000_000, n_lanes=5_000_000, n_sectors=100, long_share=0.2, gated_share=0.01
    )
    hit = dict.fromkeys(net.ids[::1000].tolist(), 0.5)
    gates = [
        ScopeGate(net.scopes[0], LICENCE_ONLY, 1),
        ScopeGate(net.scopes[1], CLOSED, 1),
        ScopeGate(net.scopes[1], OPEN, 3),
    ]
    usual = net.flow[net.scope == 0].sum()
    plan = ScaleSchedule(
        START, 5, gates, [Credit(net.scopes[0], "L", usual, 2)], [CapacityLoss(hit, 1, 4)]
    )
    options = Options(check_invariants=True)
    results = simulate_scale(net, plan, method=Method(precision=precision), options=options)
    output = results["output_sector"].sum("sector").to_numpy()
    assert output[0] > output[2] > 0.9 * output[0]
    assert 0.0 < float(results["licence_drawn"].sum()) <= usual * (1.0 + 1e-5)
