"""The worth of a tonne: shared days and sets of members change nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from coercivity.engine import simulate
from coercivity.engine.record import Record
from coercivity.engine.schedule import NEVER
from coercivity.experiments import Ensemble, worth, worth_of_tonne
from coercivity.experiments.comparison import sector_sites, sectors
from coercivity.experiments.ensemble import plan_scenario
from coercivity.experiments.room import Allowance
from coercivity.experiments.subset import members_of_setting

DAY = date(2025, 3, 1)
COUNT = 12


def lamps_for_a_tonne(run: Ensemble, holder: str, item: str) -> np.ndarray:
    """Gain of each member in all lamps, from two runs that share nothing."""
    lamps = np.concatenate([sector_sites(run, sector.id) for sector in sectors(run)])
    setting = members_of_setting(run.setting, np.arange(COUNT, dtype=np.intp))
    made = []
    for amount in (0.0, 1.0):
        one_more = Allowance(
            id="one_more",
            holders=(holder,),
            items=(item,),
            from_day=(DAY - setting.start).days,
            until_day=NEVER,
            quantity=np.full(COUNT, amount),
            unit="t",
        )
        planned = plan_scenario(setting, run.plans["licensed"].scenario, extra=[one_more])
        results = simulate(setting.network, planned.schedule, record=Record(sectors=False))
        made.append(results["made"].to_numpy()[lamps].sum(axis=0))
    return made[1] - made[0]


def test_it_is_the_difference_of_two_runs_that_share_nothing(run: Ensemble) -> None:
    table = worth_of_tonne(run, "licensed", on=DAY, members=COUNT)
    row = table.iloc[0]
    gain = lamps_for_a_tonne(run, row["importer"], row["item"])
    assert row["mean"] > 0.0
    assert row["mean"] == pytest.approx(gain.mean(), rel=1e-12)
    assert row["p05"] == pytest.approx(np.quantile(gain, 0.05), rel=1e-12)


@pytest.mark.parametrize("sets", [1, 2, 50])
def test_sets_of_members_change_nothing(
    run: Ensemble, monkeypatch: pytest.MonkeyPatch, sets: int
) -> None:
    who = [("maker_se", "wire"), ("maker_fi", "wire")]
    expected = worth_of_tonne(run, "licensed", on=DAY, members=COUNT, chosen=who)
    monkeypatch.setattr(worth, "SETS", sets)
    found = worth_of_tonne(run, "licensed", on=DAY, members=COUNT, chosen=who)
    for importer, item in who:
        row = found[found["importer"] == importer].iloc[0]
        gain = lamps_for_a_tonne(run, importer, item)
        # Lanes are grouped by all extra quantities at once, which moves the last digits.
        assert row["mean"] == pytest.approx(gain.mean(), rel=1e-9, abs=1e-9)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_tonne_from_the_first_day_on_shares_no_days(run: Ensemble) -> None:
    table = worth_of_tonne(run, "licensed", on=run.setting.start, members=COUNT)
    late = worth_of_tonne(run, "licensed", on=DAY, members=COUNT)
    assert table.iloc[0]["mean"] >= late.iloc[0]["mean"] > 0.0
