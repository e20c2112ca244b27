"""The compiled cascade against the plain one, closed forms, hand-worked cases and the peer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coercivity.engine.cascade import CascadeMethod, systemic_risk
from coercivity.engine.cascade_graph import build_firm_graph
from coercivity.engine.cascade_reference import run_plain_cascade
from coercivity.network.generate import generate_firms
from coercivity.options import Options

EXACT = 1e-9


def tables(weights, sectors, **columns):
    """Return firms and lanes of a dense matrix of weights."""
    weights = np.asarray(weights, float)
    supplier, buyer = np.nonzero(weights)
    firms = pd.DataFrame({"sector": sectors, **columns})
    lanes = pd.DataFrame({"supplier": supplier, "buyer": buyer, "weight": weights[supplier, buyer]})
    return firms, lanes


def risk(firms, lanes, essentiality=None, **arguments):
    graph = build_firm_graph(firms, lanes, essentiality=essentiality)
    return systemic_risk(graph, options=Options(threads=1), **arguments)


@pytest.mark.parametrize("replaceable", [True, False])
@pytest.mark.parametrize("tolerance", [1e-2, 1e-9])
@pytest.mark.parametrize(
    ("seed", "n_firms", "n_lanes", "n_sectors", "closed"),
    [
        (1, 60, 240, 6, False),
        (2, 200, 900, 20, False),
        (3, 80, 400, 40, True),
        (4, 90, 1500, 4, True),
    ],
)
def test_equals_the_plain_implementation(
    seed, n_firms, n_lanes, n_sectors, closed, tolerance, replaceable
):
    network = generate_firms(n_firms, n_lanes, seed=seed, n_sectors=n_sectors)
    firms = network.firms[["sector"]] if closed else network.firms
    needs = network.essentiality.copy()
    needs[np.random.default_rng(seed).random(needs.shape) < 0.2] = 0
    method = CascadeMethod(tolerance=tolerance, replaceable=replaceable, max_steps=400)
    found = risk(firms, network.lanes, needs, method=method, keep_losses=True, block_size=16)
    for firm in range(n_firms):
        psi = np.ones(n_firms)
        psi[firm] = 0.0
        plain = run_plain_cascade(
            firms, network.lanes, psi, essentiality=needs, tolerance=tolerance, max_steps=400,
            replaceable=replaceable,
        )  # fmt: skip
        mine = found.sel(failure=firm)
        assert int(mine.steps) == plain.steps
        assert float(mine.esri) == pytest.approx(plain.esri, abs=EXACT)
        assert float(mine.esri_downstream) == pytest.approx(plain.downstream, abs=EXACT)
        assert float(mine.esri_upstream) == pytest.approx(plain.upstream, abs=EXACT)
        np.testing.assert_allclose(1 - mine.loss_downstream, plain.h_down, rtol=0, atol=EXACT)
        np.testing.assert_allclose(1 - mine.loss_upstream, plain.h_up, rtol=0, atol=EXACT)


def test_partial_shocks_and_sets_of_firms_equal_the_plain_implementation():
    network = generate_firms(150, 700, seed=5, n_sectors=12)
    rng = np.random.default_rng(5)
    scenarios = {
        name: {int(f): float(rng.random()) for f in rng.choice(150, size, replace=False)}
        for name, size in (("few", 3), ("many", 60), ("all", 150))
    }
    scenarios["whole"] = dict.fromkeys(range(10), 1.0)
    found = risk(network.firms, network.lanes, network.essentiality, failures=scenarios)
    for name, shock in scenarios.items():
        psi = np.ones(150)
        psi[list(shock)] -= list(shock.values())
        plain = run_plain_cascade(
            network.firms, network.lanes, psi, essentiality=network.essentiality, tolerance=1e-9
        )
        assert float(found.esri.sel(failure=name)) == pytest.approx(plain.esri, abs=EXACT)
        assert int(found.steps.sel(failure=name)) == plain.steps


def test_equals_the_code_of_the_method_s_authors():
    """Six firms in three sectors with all classes of input.

    The expected numbers are those of ``fastcascade`` 0.9.3.1, the R/C++ package of the authors of
    the method, as the tests of ESRIcascade.jl state them.
    """
    weights = [
        [0, 3, 2, 7, 5, 11],
        [4, 0, 9, 1, 8, 6],
        [10, 2, 0, 4, 3, 7],
        [6, 5, 1, 0, 9, 2],
        [8, 3, 6, 10, 0, 4],
        [2, 7, 5, 3, 11, 0],
    ]
    needs = np.array([[2, 1, 0], [0, 2, 1], [1, 0, 2]])
    firms, lanes = tables(weights, [0, 1, 2, 0, 1, 2])
    method = CascadeMethod(tolerance=1e-12)
    found = risk(firms, lanes, needs, failures=[0], method=method, keep_losses=True)
    assert float(found.esri_downstream[0]) == pytest.approx(0.50687988214742541, abs=1e-12)
    np.testing.assert_allclose(
        1 - found.loss_downstream[0],
        [0.0, 0.6, 0.7894068197483480, 0.0, 0.6111111111111110, 0.8786670560685980],
        rtol=0, atol=1e-12,
    )  # fmt: skip


def test_hand_worked_chain():
    """Mine 0 (one of two) feeds smelters 2 and 3; the plant 4 needs both of them.

    Output: 0: 3, 1: 1, 2: 2 and 3: 2 to the plant and 1 each elsewhere, 4: 10.  If 0 fails, half
    of its sector's output cannot be had from anyone else beyond what is left: sigma = 3/1 -> 1.
    Smelter 2 buys of 0 alone and loses all; 3 buys half of 0, half of 1.  The plant takes metal
    from 2 and 3 in halves: losses 1 and 1/2, sigma of 2 = 3 / (3/2) -> 1, of 3 the same: 3/4.
    """
    weights = np.zeros((5, 5))
    weights[0, 2], weights[0, 3], weights[1, 3] = 2, 1, 1
    weights[2, 4], weights[3, 4] = 2, 2
    firms, lanes = tables(weights, ["mine"] * 2 + ["smelter"] * 2 + ["plant"],
                          output=[3.0, 1.0, 3.0, 3.0, 10.0])  # fmt: skip
    found = risk(firms, lanes, failures=[0], keep_losses=True)
    np.testing.assert_allclose(found.loss_downstream[0], [1, 0, 1, 0.5, 0.75], atol=1e-12)
    np.testing.assert_allclose(found.loss_upstream[0], [1, 0, 0, 0, 0], atol=1e-12)
    assert float(found.esri[0]) == pytest.approx((3 + 3 + 1.5 + 7.5) / 20)
    # If the plant fails, the smelters lose two thirds of their sales, and the mines theirs.
    found = risk(firms, lanes, failures=[4], keep_losses=True)
    np.testing.assert_allclose(found.loss_upstream[0], [2 / 3] * 4 + [1], atol=1e-12)
    np.testing.assert_allclose(found.loss_downstream[0], [0, 0, 0, 0, 1], atol=1e-12)


def test_market_share_limits_what_is_lost():
    """Nine tenths of the sector remain: a tenth over nine tenths of the loss is passed on."""
    weights = np.zeros((3, 3))
    weights[0, 2] = 1.0
    firms, lanes = tables(weights, [0, 0, 1], output=[1.0, 9.0, 5.0])
    with_others = risk(firms, lanes, failures=[0], keep_losses=True)
    assert float(with_others.loss_downstream[0, 2]) == pytest.approx(1 / 9)
    without = risk(
        firms, lanes, failures=[0], keep_losses=True, method=CascadeMethod(replaceable=False)
    )
    assert float(without.loss_downstream[0, 2]) == 1.0


def test_non_essential_inputs_add_up_and_essential_ones_take_the_worst():
    weights = np.zeros((4, 4))
    weights[:3, 3] = 2.0, 3.0, 5.0
    firms, lanes = tables(weights, [0, 1, 2, 3])
    alone = CascadeMethod(replaceable=False)
    linear = np.where(np.eye(4) > 0, 1, 1)
    both = {"both": [0, 1]}
    found = risk(firms, lanes, linear, failures=both, method=alone, keep_losses=True)
    assert float(found.loss_downstream[0, 3]) == pytest.approx(0.5)
    firms["cost"] = [0.0, 0.0, 0.0, 20.0]
    found = risk(firms, lanes, linear, failures=both, method=alone, keep_losses=True)
    assert float(found.loss_downstream[0, 3]) == pytest.approx(0.25)
    needs = linear.copy()
    needs[1, 3] = 2
    shock = {"half": {0: 0.5, 1: 0.5}}
    found = risk(firms, lanes, needs, failures=shock, method=alone, keep_losses=True)
    assert float(found.loss_downstream[0, 3]) == pytest.approx(0.5)


def test_upstream_loss_is_the_chance_of_a_walk_along_sales_to_reach_the_failed_firm():
    """Closed form: column f of (1 - L)^-1 over its diagonal, L the shares of output sold."""
    network = generate_firms(120, 600, seed=8, n_sectors=10)
    lanes, output = network.lanes, network.firms["output"].to_numpy()
    shares = np.zeros((120, 120))
    np.add.at(shares, (lanes["supplier"], lanes["buyer"]), lanes["weight"])
    shares /= output[:, None]
    inverse = np.linalg.inv(np.eye(120) - shares)
    expected = inverse / np.diag(inverse)
    found = risk(
        network.firms, lanes, network.essentiality, keep_losses=True,
        method=CascadeMethod(tolerance=1e-13),
    )  # fmt: skip
    np.testing.assert_allclose(found.loss_upstream.values.T, expected, rtol=0, atol=1e-10)
