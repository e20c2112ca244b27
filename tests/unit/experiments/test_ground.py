"""Ground laid before the register is known carries the same runs."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from coercivity.catalogue import Pack
from coercivity.errors import UsageError
from coercivity.experiments import load_scenarios, plan_scenario, prepare, run_ensemble
from coercivity.experiments.ensemble import plan_ensemble
from coercivity.experiments.ground import lay_ground


def test_a_setting_on_given_ground_is_the_same(small: Pack) -> None:
    ground = lay_ground(small, members=8, seed=3)
    given = prepare(small, ground=ground)
    whole = prepare(small, members=8, seed=3)
    assert given.network is ground.network
    assert (given.start, given.days, given.seed) == (whole.start, whole.days, whole.seed)
    assert given.used == whole.used
    assert given.quantities == whole.quantities
    assert given.series == whole.series
    assert list(given.draws) == list(whole.draws)
    assert all(np.array_equal(given.draws[name], whole.draws[name]) for name in whole.draws)
    for field in fields(whole.network):
        mine, other = getattr(given.network, field.name), getattr(whole.network, field.name)
        if isinstance(other, np.ndarray):
            assert mine.tobytes() == other.tobytes(), field.name


def test_runs_on_given_ground_are_the_same(small: Pack) -> None:
    setting = prepare(small, ground=lay_ground(small, members=8, seed=3))
    plans = plan_ensemble(small, setting)
    first = run_ensemble(small, setting=setting, plans=plans)
    assert first.plans == plans
    assert first.baseline == run_ensemble(small, setting=setting).baseline
    second = run_ensemble(small, members=8, seed=3)
    assert set(first.results) == set(second.results)
    for name, results in first.results.items():
        assert results.data.identical(second[name].data)


def test_one_ground_serves_several_registers(small: Pack) -> None:
    ground = lay_ground(small, members=8, seed=3)
    late, early = prepare(small, ground=ground), prepare(small, ground=ground, known_at=date.min)
    told = next(s for s in load_scenarios(small) if s.id == "as_told")
    assert plan_scenario(late, told).schedule.gate.any()
    assert not plan_scenario(early, told).schedule.gate.any()


def test_a_run_needs_members_and_days(small: Pack) -> None:
    with pytest.raises(UsageError, match="members is 0"):
        lay_ground(small, members=0, seed=1)
    with pytest.raises(UsageError, match="before it starts"):
        lay_ground(small, members=2, seed=1, end=date(2020, 1, 1))
