"""What 32-bit numbers change in a run of the pack, and that a quiet run is the run in full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercivity.catalogue import open_pack
from coercivity.engine import Method, Record, simulate, simulate_all
from coercivity.engine.blocks import lay_out
from coercivity.engine.kernels.day import advance
from coercivity.engine.simulation import empty_results, keep_block, prepare_frame
from coercivity.engine.steady import is_quiet
from coercivity.experiments import find_scenario, load_scenarios, prepare
from coercivity.experiments.ensemble import plan_scenario
from coercivity.options import Options

MEMBERS = 24


@pytest.fixture(scope="module")
def planned():
    pack = open_pack("rare_earth_magnets")
    setting = prepare(pack, members=MEMBERS, seed=3)
    scenarios = load_scenarios(pack)
    names = ("no_controls", "reported_licences", "us_only_relaxation")
    return setting, {
        name: plan_scenario(setting, find_scenario(scenarios, name)).schedule for name in names
    }


def runs(planned, precision):
    setting, schedules = planned
    return simulate_all(
        setting.network,
        schedules,
        method=Method(precision=precision),
        records=dict.fromkeys(schedules, Record(every=7)),
    )


@pytest.fixture(scope="module")
def both(planned):
    return runs(planned, "double"), runs(planned, "single")


@pytest.mark.parametrize("name", ["no_controls", "reported_licences", "us_only_relaxation"])
def test_single_precision_differs_by_rounding(planned, both, name):
    setting, schedules = planned
    double, single = (found[name] for found in both)
    whole = setting.network.x0 * schedules[name].days
    gap = np.abs(double["made"].to_numpy() - single["made"].to_numpy())
    assert gap.max() > 0.0
    assert (gap <= 2e-5 * whole).all()
    assert (double["line_down_day"].to_numpy() == single["line_down_day"].to_numpy()).mean() > 0.999
    drawn, small = double["licence_drawn"].to_numpy(), single["licence_drawn"].to_numpy()
    np.testing.assert_allclose(small, drawn, rtol=1e-4, atol=1e-3)


def test_differences_between_scenarios_hold_no_more_rounding_than_either(planned, both):
    setting, schedules = planned
    whole = setting.network.x0 * schedules["no_controls"].days

    def gained(found):
        return (
            found["us_only_relaxation"]["made"].to_numpy()
            - found["reported_licences"]["made"].to_numpy()
        )

    double, single = (gained(found) for found in both)
    assert (np.abs(double - single) <= 1e-5 * whole).all()


def test_nobody_is_drawn_over_a_licence_in_single_precision(planned):
    _, schedules = planned
    room = schedules["reported_licences"].room
    drawn = runs(planned, "single")["reported_licences"]["licence_drawn"].to_numpy()
    granted = np.zeros_like(drawn)
    np.add.at(granted, room.credit_group, room.credit_amount)
    assert (drawn <= granted * (1.0 + 2e-5)).all()
    assert (drawn > 0.0).any()


def test_a_checked_run_of_the_pack_is_the_run_that_stores_less(planned, both):
    """No goods appear or vanish where shipments that nobody reads are not stored."""
    setting, schedules = planned
    name = "reported_licences"
    checked = simulate(
        setting.network,
        schedules[name],
        record=Record(every=7),
        options=Options(check_invariants=True),
    )
    assert checked["made"].to_numpy().tobytes() == both[0][name]["made"].to_numpy().tobytes()


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_quiet_run_is_what_the_run_in_full_gives(planned, precision):
    setting, schedules = planned
    schedule, record = schedules["no_controls"], Record(every=7)
    assert is_quiet(schedule)
    method = Method(precision=precision)
    short = simulate(setting.network, schedule, method=method, record=record)
    frame = prepare_frame(setting.network, schedule, method, record)
    everyone = slice(0, MEMBERS)
    block, full = lay_out(frame, everyone), empty_results(frame, MEMBERS)
    advance(*block.arguments(), 0, schedule.days)
    keep_block(block, everyone, full)
    rtol = {"double": 1e-11, "single": 2e-5}[precision]
    np.testing.assert_allclose(short["made"].to_numpy(), full.made, rtol=rtol)
    sectors = short["output_sector"].to_numpy()
    np.testing.assert_allclose(sectors, full.site_series[: sectors.shape[0]], rtol=max(rtol, 1e-6))
    assert (short["first_cut_day"].to_numpy() == full.first_cut).all()


def test_a_network_that_moves_by_itself_is_run_to_its_end(planned):
    """Half the stock on the first morning: orders rise although nothing is controlled."""
    setting, schedules = planned
    short = replace(setting.network, stock0=setting.network.stock0 * 0.5)
    schedule, record = schedules["no_controls"], Record(every=7)
    found = simulate(short, schedule, record=record)
    frame = prepare_frame(short, schedule, Method(), record)
    everyone = slice(0, MEMBERS)
    block, full = lay_out(frame, everyone), empty_results(frame, MEMBERS)
    advance(*block.arguments(), 0, schedule.days)
    keep_block(block, everyone, full)
    assert found["made"].to_numpy().tobytes() == full.made.tobytes()
