"""Laws that every cascade obeys, on networks of any shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.engine.cascade import CascadeMethod, systemic_risk
from coercivity.engine.cascade_graph import build_firm_graph
from coercivity.engine.cascade_reference import run_plain_cascade
from coercivity.options import Options

ONE = Options(threads=1)


@st.composite
def networks(draw):
    """Draw firms, lanes (some twice, some of no weight), classes and a random source."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_sectors = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    n_lanes = draw(st.integers(0, 40))
    supplier = rng.integers(0, n, n_lanes)
    buyer = (supplier + rng.integers(1, n, n_lanes)) % n
    weight = np.exp(rng.normal(0.0, 3.0, n_lanes)) * (rng.random(n_lanes) < 0.9)
    firms = pd.DataFrame({"sector": rng.integers(0, n_sectors, n)})
    lanes = pd.DataFrame({"supplier": supplier, "buyer": buyer, "weight": weight})
    if draw(st.booleans()):
        firms["output"] = np.bincount(supplier, weight, n) * (1 + rng.random(n)) + 0.1
        firms["cost"] = np.bincount(buyer, weight, n) * (1 + rng.random(n))
    return firms, lanes, rng.integers(0, 3, (n_sectors, n_sectors)).astype(np.int8), rng


def shock_of(rng, n):
    """Return who loses how much."""
    hit = rng.choice(n, rng.integers(1, n + 1), replace=False)
    loss = np.where(rng.random(hit.size) < 0.5, 1.0, rng.random(hit.size))
    return dict(zip(hit.tolist(), loss.tolist(), strict=True))


@settings(max_examples=300)
@given(networks(), st.booleans(), st.sampled_from([1e-2, 1e-6, 1e-9]))
def test_equals_the_plain_implementation(network, replaceable, tolerance):
    firms, lanes, needs, rng = network
    graph = build_firm_graph(firms, lanes, essentiality=needs)
    shock = shock_of(rng, len(firms))
    method = CascadeMethod(tolerance=tolerance, max_steps=200, replaceable=replaceable)
    found = systemic_risk(graph, failures={0: shock}, method=method, keep_losses=True, options=ONE)
    psi = np.ones(len(firms))
    psi[list(shock)] -= list(shock.values())
    plain = run_plain_cascade(
        firms, lanes, psi, essentiality=needs, tolerance=tolerance, max_steps=200,
        replaceable=replaceable,
    )  # fmt: skip
    if int(found.steps[0]) == plain.steps:  # rounding may decide a tie with the tolerance
        assert abs(float(found.esri[0]) - plain.esri) < 1e-9
        assert np.abs(1 - found.loss_downstream[0].values - plain.h_down).max() < 1e-9
        assert np.abs(1 - found.loss_upstream[0].values - plain.h_up).max() < 1e-9
    else:
        assert abs(float(found.esri[0]) - plain.esri) <= 2 * tolerance


@settings(max_examples=150)
@given(networks())
def test_losses_are_shares_and_no_less_than_the_shock(network):
    firms, lanes, needs, _ = network
    graph = build_firm_graph(firms, lanes, essentiality=needs)
    found = systemic_risk(graph, keep_losses=True, options=ONE)
    for name in ("loss_downstream", "loss_upstream"):
        assert float(found[name].min()) >= 0.0
        assert float(found[name].max()) <= 1.0
        np.testing.assert_array_equal(np.diag(found[name]), 1.0)
    both = found.esri.values
    single = np.maximum(found.esri_downstream, found.esri_upstream).values
    assert (both >= single - 1e-12).all()
    assert (both <= (found.esri_downstream + found.esri_upstream).values + 1e-12).all()
    assert (both >= found.direct.values - 1e-12).all()
    assert (both <= 1.0 + 1e-12).all()


@settings(max_examples=150)
@given(networks())
def test_a_larger_shock_loses_no_less(network):
    firms, lanes, needs, rng = network
    graph = build_firm_graph(firms, lanes, essentiality=needs)
    small = shock_of(rng, len(firms))
    large = {firm: min(1.0, loss * 1.3) for firm, loss in small.items()}
    found = systemic_risk(graph, failures={"small": small, "large": large}, options=ONE)
    slack = 1e-6  # how far a slow cascade may be from its end when it stops
    assert float(found.esri[1]) >= float(found.esri[0]) - slack


@settings(max_examples=100)
@given(networks(), st.integers(1, 9))
def test_no_bit_depends_on_blocks_or_on_the_order_of_failures(network, width):
    firms, lanes, needs, rng = network
    graph = build_firm_graph(firms, lanes, essentiality=needs)
    method = CascadeMethod(max_steps=100)
    whole = systemic_risk(graph, method=method, options=ONE)
    order = rng.permutation(len(firms))
    mixed = systemic_risk(graph, failures=order, method=method, options=ONE, block_size=width)
    for name in whole.data_vars:
        left, right = whole[name].sel(failure=order).values, mixed[name].values
        assert left.tobytes() == right.tobytes(), name


@settings(max_examples=100)
@given(networks())
def test_units_do_not_matter(network):
    firms, lanes, needs, _ = network
    scaled = firms.copy()
    for column in set(firms) - {"sector"}:
        scaled[column] *= 1024.0  # a power of two: not even rounding changes
    left = systemic_risk(build_firm_graph(firms, lanes, essentiality=needs), options=ONE)
    lanes = lanes.assign(weight=lanes["weight"] * 1024.0)
    right = systemic_risk(build_firm_graph(scaled, lanes, essentiality=needs), options=ONE)
    assert left.esri.values.tobytes() == right.esri.values.tobytes()
