"""The engine at scale: threads, precision, results, explanations and refusals."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from coercivity.engine.kernels import scale_fields as k
from coercivity.engine.method import Method
from coercivity.engine.scale import run_days, simulate_scale
from coercivity.engine.scale_laws import make_check
from coercivity.engine.scale_layout import lay_out
from coercivity.engine.scale_schedule import CapacityLoss, ScaleSchedule, ScopeGate, prepare
from coercivity.engine.schedule import CLOSED, LICENCE_ONLY, UNKNOWN, Credit
from coercivity.errors import InputError, InvariantError, NotFoundError, UsageError
from coercivity.network.edges import read_edges
from coercivity.options import Options
from support.scale_networks import small_edges

START = date(2025, 1, 1)


def hurt(net, days):
    return ScaleSchedule(
        START, days,
        gates=[ScopeGate("scope 0", CLOSED, 2), ScopeGate("scope 1", LICENCE_ONLY, 4)],
        credits=[Credit("scope 1", "L", 5.0, 8, 40)],
        losses=[CapacityLoss({net.ids[3]: 0.6, net.ids[11]: 1.0}, 5, 30)],
    )  # fmt: skip


def test_nothing_changed_nothing_changes():
    net = small_edges(3, n_firms=300, n_lanes=1500)
    results = simulate_scale(net, ScaleSchedule(START, 300), method=Method())
    change = results["output_sector"] / results["output_sector_baseline"] - 1.0
    assert float(np.abs(change).max()) < 1e-12
    single = simulate_scale(net, ScaleSchedule(START, 300))
    change = single["output_sector"] / single["output_sector_baseline"] - 1.0
    assert float(np.abs(change).max()) < 1e-4
    assert int(single["line_down_day"].max()) == -1


@pytest.mark.parametrize("precision", ["single", "double"])
def test_same_bits_on_any_number_of_threads(precision):
    net = small_edges(5, n_firms=2000, n_lanes=12000, n_sectors=9)
    method, plan = Method(precision=precision), hurt(net, 80)
    one, two = (
        simulate_scale(net, plan, method=method, options=Options(threads=n), parts=3)
        for n in (1, 3)
    )
    for name in one.data.data_vars:
        np.testing.assert_array_equal(one[name], two[name])
    assert float(one["lost_output"].max()) > 0.0


def test_single_precision_stays_near_double():
    net = small_edges(8, n_firms=3000, n_lanes=15000, n_sectors=12)
    plan = hurt(net, 120)
    double = simulate_scale(net, plan, method=Method())
    single = simulate_scale(net, plan)
    assert double["output_sector"].min(...) > 0.0
    difference = np.abs(single["output_sector"] / double["output_sector"] - 1.0)
    assert float(difference.max()) < 2e-3
    assert float(difference.median()) < 1e-5


def test_results_of_named_firms_and_line_down():
    net = small_edges(5)
    firm = net.ids[11]
    results = simulate_scale(net, hurt(net, 60), method=Method(), firms=[firm])
    output = results["output"].sel(firm_selected=firm).to_numpy()
    assert output[4] > 0.0
    assert output[5] == 0.0
    assert int(results["line_down_day"].sel(firm=firm)) == 5
    usual = float(results["output_baseline"].sel(firm_selected=firm))
    lost = float(results["lost_output"].sel(firm=firm))
    assert lost == pytest.approx(usual * 60 - output.sum())


def line():
    """A mine, a mill and a plant, one lane each; the mill's goods travel three days."""
    firms = pd.DataFrame(
        {"id": ["mine", "mill", "plant"], "sector": ["ore", "metal", "part"],
         "output": [1.0, 1.0, 1.0], "cover_days": [2.0, 2.0, 2.0]}
    )  # fmt: skip
    lanes = pd.DataFrame(
        {"supplier": ["mine", "mill"], "buyer": ["mill", "plant"], "flow": [1.0, 1.0],
         "lead_days": [1, 3], "scope": ["ore control", None]}
    )  # fmt: skip
    return read_edges(firms, lanes)


def test_stock_and_pipeline_by_hand():
    plan = ScaleSchedule(START, 30, gates=[ScopeGate("ore control", CLOSED, 4, "order 7 says so")])
    results = simulate_scale(line(), plan, method=Method(), firms=["mill", "plant"])
    output = results["output"].to_numpy()
    # Nothing departs from day 4 on: day 4's delivery and two days of stock are left.
    assert output[:, 0].tolist() == pytest.approx([1.0] * 7 + [0.0] * 23)
    # The mill's last goods leave on day 6 and arrive on day 9; two days of stock follow.
    assert output[:, 1].tolist() == pytest.approx([1.0] * 12 + [0.0] * 18)


def test_why_leads_to_the_gate():
    plan = ScaleSchedule(START, 30, gates=[ScopeGate("ore control", CLOSED, 4, "order 7 says so")])
    results = simulate_scale(line(), plan)
    chain = results.why("plant", START + timedelta(days=20))
    text = str(chain)
    assert chain.output == 0.0
    for part in ("plant makes 0.0%", "stock from metal", "mill makes 0.0%", "stock from ore",
                 "mine", "ore control is closed because order 7 says so"):  # fmt: skip
        assert part in text, text
    fine = results.why("plant", START)
    assert len(fine.steps) == 1


def test_why_names_licences_and_losses():
    plan = ScaleSchedule(
        START, 30, gates=[ScopeGate("ore control", LICENCE_ONLY, 0)],
        credits=[Credit("ore control", "licence 9", 3.0)],
    )  # fmt: skip
    chain = simulate_scale(line(), plan).why("mill", START + timedelta(days=15))
    assert "licence 9" in chain.refs
    assert "no more room" in str(chain)
    plan = ScaleSchedule(START, 30, losses=[CapacityLoss({"mine": 1.0}, 3, name="flood")])
    assert "flood" in str(simulate_scale(line(), plan).why("plant", START + timedelta(days=25)))
    with pytest.raises(UsageError, match="was not simulated"):
        simulate_scale(line(), plan).why("plant", START + timedelta(days=30))


def test_a_broken_law_is_noticed():
    net = small_edges(2)
    state = lay_out(net, method=Method(), days=3)
    check = make_check(net, state)

    def leak(day, moment, now):
        if day == 1 and moment == 3:
            now.slots.table[k.STOCK, 7] *= 0.5
        check(day, moment, now)

    timeline = prepare(net, ScaleSchedule(START, 3), state)
    with pytest.raises(InvariantError, match="day 1"):
        run_days(state, timeline, Method(), days=3, options=Options(), hooks=[leak])


def test_refusals():
    net = small_edges(1)
    plan = ScaleSchedule(START, 5)
    with pytest.raises(UsageError, match="proportional"):
        simulate_scale(net, plan, method=Method(backlog="keep"))
    with pytest.raises(NotFoundError, match="no firm"):
        simulate_scale(net, plan, firms=["nobody"])
    with pytest.raises(NotFoundError, match="no scope"):
        simulate_scale(net, ScaleSchedule(START, 5, gates=[ScopeGate("nothing", CLOSED)]))
    with pytest.raises(UsageError, match="OPEN"):
        ScaleSchedule(START, 5, gates=[ScopeGate("scope 0", UNKNOWN)])
    with pytest.raises(UsageError, match="days"):
        ScaleSchedule(START, 0)
    with pytest.raises(InputError, match="between 0 and 1"):
        CapacityLoss({1: 1.5})
    with pytest.raises(UsageError, match="amount"):
        simulate_scale(net, ScaleSchedule(START, 5, credits=[Credit("scope 0", "L", -1.0)]))
    with pytest.raises(NotFoundError, match="no variable"):
        simulate_scale(net, plan)["nothing"]
