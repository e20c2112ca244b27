from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from coercivity.engine import Method, Record, simulate
from coercivity.engine.schedule import CLOSED, open_schedule
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.options import Options
from support.engine_networks import START, Spec, compile_spec, pair


@pytest.fixture
def net():
    return compile_spec(pair())


def calm(net, days=30, **more):
    base = open_schedule(START, days, n_lanes=net.n_lanes, n_members=net.n_members)
    return replace(base, **more)


def closed_from(net, day, days=60):
    gate = np.array([[0], [CLOSED]], np.int8)
    return calm(
        net,
        days,
        gate_days=np.array([0, day], np.int32),
        gate=gate,
        reason=np.full(gate.shape, -1, np.int32),
    )


def test_results_carry_labels_units_and_provenance(net):
    results = simulate(
        net,
        calm(net),
        record=Record(sites=["maker"], flows={"ore": [0]}),
        provenance={"seed": "7"},
    )
    assert results["output_sector"].dims == ("sector", "day", "member")
    assert results.data["sector"].values.tolist() == ["cars"]
    assert results.data["day"].values[0] == np.datetime64(START)
    assert results.data["flow_unit"].values.tolist() == ["t"]
    assert results["stock_cover"].values[0, :, 0].tolist() == pytest.approx([10.0] * 30)
    assert results.attrs["seed"] == "7"
    assert results.attrs["method_rule"] == "proportional"
    assert all("units" in variable.attrs for variable in results.data.data_vars.values())


def test_steps_hold_the_mean_of_their_days(net):
    schedule = closed_from(net, 7, days=31)
    daily = simulate(net, schedule, record=Record(sites=["maker"]))
    weekly = simulate(net, schedule, record=Record(sites=["maker"], every=7))
    days = daily["site_output"].values[0, :, 0].astype(float)
    means = [days[k : k + 7].mean() for k in range(0, 31, 7)]
    assert weekly["site_output"].values[0, :, 0].tolist() == pytest.approx(means, rel=1e-6)
    assert weekly.data["day"].values[1] == np.datetime64("2025-01-08")
    assert weekly["lost_output"].equals(daily["lost_output"])


def test_sites_without_essential_input_have_no_cover(net):
    results = simulate(net, calm(net), record=Record(sites=["mine"]))
    assert np.isnan(results["stock_cover"].values).all()


def test_progress_reaches_one(net):
    seen = []
    simulate(net, calm(net), options=Options(progress=lambda stage, share: seen.append(share)))
    assert seen[-1] == 1.0


def test_a_run_before_the_network_starts_is_refused(net):
    schedule = calm(net, network_start=date(2025, 4, 1))
    with pytest.raises(InputError, match="before the network does") as raised:
        simulate(net, schedule)
    assert raised.value.exit_code == 3
    assert "2025-04-01 or later" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("stock0", -1.0, "stock0 holds -1.0"),
        ("stock0", np.nan, "stock0 holds nan"),
        ("flow0", np.inf, "flow0 holds inf"),
        ("coef", 0.0, "finite numbers above zero"),
        ("lead", 0, "lead time is 0 days"),
        ("base_share", 0.4, "base shares sum to 0.4"),
    ],
)
def test_impossible_numbers_are_refused_by_row(net, name, value, words):
    table = np.full_like(getattr(net, name), value)
    with pytest.raises(InputError) as raised:
        simulate(replace(net, **{name: table}), calm(net))
    assert words in str(raised.value)
    assert "maker/ore" in str(raised.value)
    assert raised.value.exit_code == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gate": np.zeros((1, 5), np.int8)}, "shape (1, 1)"),
        ({"gate": np.full((1, 1), 9, np.int8)}, "0, 1, 2 or 3"),
        ({"gate_days": np.array([3], np.int32)}, "the first is 0"),
        ({"reason": np.zeros((1, 1), np.int32)}, "list of reasons"),
        ({"unknown_open": np.zeros(4, bool)}, "unknown_open"),
        ({"days": 0}, "at least one"),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(net, change, words):
    with pytest.raises(InputError) as raised:
        simulate(net, calm(net, **change))
    assert words in str(raised.value)


def test_unknown_sites_lanes_and_units_are_refused(net):
    with pytest.raises(NotFoundError, match="no site 'nobody'"):
        simulate(net, calm(net), record=Record(sites=["nobody"]))
    with pytest.raises(UsageError, match="lane that does not exist"):
        simulate(net, calm(net), record=Record(flows={"x": [4]}))
    with pytest.raises(UsageError, match="one day or more"):
        Record(every=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "fair"},
        {"backlog": "maybe"},
        {"rounds": 0},
        {"tau": 0.5},
        {"probe": 0.0},
        {"trigger_fill": 1.5},
        {"overproduction": float("inf")},
        {"line_down_below": 0.9, "cut_below": 0.5},
    ],
)
def test_impossible_methods_are_refused(wrong):
    with pytest.raises(UsageError) as raised:
        Method(**wrong)
    assert raised.value.exit_code == 2


def test_flows_of_different_units_are_not_added(net):
    spec = pair()
    from support.engine_networks import Lane, Site, Slot

    spec.sites.append(Site("other", "paint"))
    spec.slots.append(Slot("maker", "paint", "paint"))
    spec.lanes.append(Lane("other", "maker", "paint", "paint"))
    mixed = compile_spec(spec)
    mixed.lanes["unit"] = ["t", "unit"]
    with pytest.raises(UsageError, match="different units: t, unit"):
        simulate(mixed, calm(mixed), record=Record(flows={"both": [0, 1]}))


def test_a_network_without_lanes_makes_its_baseline():
    from support.engine_networks import Site

    net = compile_spec(Spec([Site("lone", "thing", final=5.0)], [], []))
    results = simulate(net, calm(net))
    assert results["made"].item() == pytest.approx(150.0)


def test_importing_the_room_is_light():
    import subprocess
    import sys

    code = (
        "import sys, coercivity.engine, coercivity.results\n"
        "heavy = {'numba', 'xarray', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
