"""Bands of a comparison against percentiles taken one day at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coercivity.experiments import Ensemble, compare
from coercivity.experiments.comparison import _coarser, sectors


def test_bands_are_percentiles_of_paired_shares(run: Ensemble) -> None:
    bands = compare(run, ["licensed"]).bands
    sector = sectors(run)[0]
    rows = bands[bands["sector_id"] == sector.id].reset_index(drop=True)
    whole, part = (
        run[name]["output_sector"].sel(sector=sector.id) for name in (run.baseline, "licensed")
    )
    assert run[run.baseline].attrs["step_days"] == run["licensed"].attrs["step_days"]
    assert rows["date"].tolist() == pd.DatetimeIndex(whole["day"].to_numpy()).tolist()
    for step in range(0, len(rows), 5):
        share = part[step].to_numpy().astype(float) / whole[step].to_numpy()
        for name, level in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
            assert rows[name][step] == pytest.approx(np.quantile(share, level), rel=1e-12)
    assert rows["p50"].min() < 1.0


def test_every_scenario_and_sector_has_its_own_rows(run: Ensemble) -> None:
    chosen = ["closed", "relaxed"]
    bands = compare(run, chosen).bands
    for name in chosen:
        alone = compare(run, [name]).bands
        rows = bands[bands["scenario_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, alone, check_exact=True)
    assert list(dict.fromkeys(bands["scenario_id"])) == chosen


def test_a_daily_run_is_compared_by_the_steps_of_the_other(run: Ensemble) -> None:
    daily = run.history
    assert daily is not None
    assert run[daily].attrs["step_days"] == 1
    bands = compare(run, [daily]).bands
    assert bands["date"].nunique() == run[run.baseline].data.sizes["day"]
    same = compare(run, [run.baseline], baseline=daily).bands
    assert same["date"].tolist() == bands["date"].tolist()


def test_the_last_step_is_the_mean_of_the_days_that_are_left() -> None:
    daily = np.arange(10.0, dtype=np.float32).reshape(1, 10, 1)
    assert _coarser(daily, 7)[0, :, 0].tolist() == [3.0, 8.0]
    assert _coarser(daily, 1).dtype == np.float64
